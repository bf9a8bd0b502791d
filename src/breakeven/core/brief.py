"""product.yaml -> Need: every key checked, unknown ones refused with the nearest known, every default visible.

>>> table = Section("table", needs_target=True, roles=("number", "text"), metrics=("accuracy",))
>>> brief = {"name": "churn", "scenario": "table", "data": "churn.csv", "target": "left"}
>>> need = parse(brief, Path("."), lambda name: table)
>>> need.split.test, need.limits.minutes
(0.2, 10.0)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import yaml

from breakeven.core import brief_columns, brief_yaml, database_address
from breakeven.core.brief_prices import hosted_of, prices_of
from breakeven.core.brief_sections import DEVICES, FINALS, PREFERENCES, dataclass_of, positive
from breakeven.core.brief_sections import section as keys_of
from breakeven.core.errors import InputError, nearest
from breakeven.core.product_folder import NAME
from breakeven.core.types import Device, Fairness, Final, Limits, Need, Prefer, Privacy, Split, Traffic

BRIEF = "product.yaml"
#: Name of the column that holds an image's sub-folder.
FOLDER_TARGET = "class"
REQUIRED = ("name", "scenario", "data")
#: Keys of every scenario; a scenario's own keys stand in a section under its name.
KEYS = (
    *REQUIRED,
    "target",
    "query",
    "columns",
    "timezone",
    "encoding",
    "metric",
    "split",
    "limits",
    "volume",
    "prices",
    "hosted",
    "privacy",
    "fairness",
    "margin",
    "seed",
    "effort",
    "prefer",
    "final",
    "device",
)
PROFILES = ("flat", "bursty", "growing")


@dataclass(frozen=True)
class Section:
    """What one scenario allows in a brief.

    `keys` are those of its own section. `metric_suffix` names the setting that a number after `@` gives: with "k",
    `metric: ndcg@10` means `metric: ndcg` and `k: 10`. `asks_hosted`: a hosted model with an address is measured.
    `errs`: answers are right or wrong. `prefers`: the product may be
    one that is expected to be better, where that is not proven. `finals`: what the product may learn from, the default first.
    `check` looks at the values of its section and raises InputError for a wrong one; it is given the place to name.
    """

    name: str
    needs_target: bool
    roles: tuple[str, ...]
    metrics: tuple[str, ...]
    keys: tuple[str, ...] = ()
    metric_suffix: str | None = None
    asks_hosted: bool = False
    errs: bool = False
    prefers: bool = False
    check: Callable[[Mapping[str, object], str], object] | None = None
    finals: tuple[Final, ...] = ("twin",)


def read(folder: Path) -> dict[str, object]:
    """product.yaml of a folder as a mapping, its keys unchecked. Raises InputError naming file, line and remedy."""
    path = folder / BRIEF
    if not path.is_file():
        raise InputError(str(path), "there is no such file", f"write one, or run: breakeven new predict {folder}")
    try:
        with path.open(encoding="utf-8-sig") as file:
            raw = brief_yaml.load(file.read(brief_yaml.MAX_CHARACTERS + 1))
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or (str(error).splitlines() or ["it cannot be read"])[0]
        raise InputError(f"{path}{line}", f"not valid YAML ({what})", "fix the line") from None
    if not isinstance(raw, dict):
        raise InputError(str(path), "not a mapping of keys to values", "start with 'name: ...'")
    return raw


def parse(
    raw: Mapping[str, object], folder: Path, section_of: Callable[[str], Section], sections: Sequence[str] = ()
) -> Need:
    """Check a mapping as read from YAML.

    `section_of` gives what a scenario allows and raises InputError for an unknown one; `sections` are the names of
    other scenarios whose sections may stand in the brief. Raises InputError on the first mistake.
    """
    where = str(folder / BRIEF)
    known = (*KEYS, *sections, str(raw.get("scenario", "")))
    for key in raw:
        if key not in known:
            raise InputError(where, f"unknown key {key!r}", nearest(str(key), known))
    for key in REQUIRED:
        if not raw.get(key):
            raise InputError(where, f"the key {key!r} is missing", f"add '{key}: ...'")
    scenario = str(raw["scenario"])
    section = _section_of(scenario, section_of, where)
    data, query = _data(raw, where)
    database = database_address.parse(data)
    data = data if database is None else database.shown
    target = raw.get("target")
    if target is None and section.needs_target and not (folder / data).is_dir():
        raise InputError(where, "the key 'target' is missing", "add 'target: ' and the name of the column to predict")
    if target is None and section.needs_target:
        target = FOLDER_TARGET
    metric, from_metric = _metric(raw.get("metric"), section, where)
    prices, table = prices_of(raw, folder, section.errs, where)
    columns, formats = brief_columns.columns_of(raw.get("columns"), where, section.roles)
    return Need(
        name=_name(raw["name"], where),
        scenario=scenario,
        data=data,
        query=query,
        target=None if target is None else str(target),
        folder=folder,
        columns=columns,
        formats=formats,
        timezone=brief_columns.timezone_of(raw.get("timezone", "UTC"), where),
        encoding=brief_columns.encoding_of(raw.get("encoding"), where),
        metric=metric,
        split=_split(raw.get("split"), where),
        limits=dataclass_of(Limits, raw, "limits", where),
        traffic=_traffic(raw, where),
        prices=prices,
        hosted=hosted_of(raw, table, section.asks_hosted, where),
        privacy=_privacy(raw, where),
        fairness=_fairness(raw, where),
        margin=positive(raw.get("margin", 0.005), f"{where}, margin"),
        seed=int(positive(raw.get("seed", 0), f"{where}, seed")),
        effort=_effort(raw.get("effort", 2), where),
        prefer=_prefer(raw.get("prefer"), section, where),
        final=_final(raw.get("final"), section, where),
        device=_device(raw.get("device", "auto"), where),
        settings=_settings(raw, section, from_metric, where),
        database=database,
    )


def defaults(need: Need, raw: Mapping[str, object]) -> list[str]:
    """One line for each default that stands because the brief says nothing, to be printed."""
    lines = []
    for name in ("split", "limits", "prices", "privacy", "fairness"):
        section = raw.get(name)
        given = section if isinstance(section, dict) else {}
        rest = {k: v for k, v in asdict(getattr(need, name)).items() if k not in given and k != "chosen_by"}
        if rest:
            absent = "no limit" if name == "limits" else "none"
            lines.append(f"{name}: " + ", ".join(f"{k} {_show(v, absent)}" for k, v in rest.items()))
    for key, value in (
        ("volume", f"requests_per_month {need.traffic.requests_per_month:,.0f}, {need.traffic.profile}"),
        ("margin", need.margin),
        ("seed", need.seed),
        ("effort", need.effort),
        ("prefer", need.prefer),
        ("final", need.final),
        ("device", need.device),
        ("timezone", f"{need.timezone} for times that name none"),
        ("encoding", "found in the file"),
        ("metric", "by the target's kind"),
        ("hosted", "none named"),
    ):
        if key not in raw:
            lines.append(f"{key}: {value}")
    return lines


def dump(need: Need) -> dict[str, object]:
    """The full need as plain values, to be saved with the build; without what connects to a database."""
    plain = asdict(replace(need, database=None))
    del plain["database"]
    plain["folder"] = str(need.folder.resolve())
    return plain


def _show(value: object, absent: str) -> str:
    return absent if value in (None, (), "") else str(list(value) if isinstance(value, tuple) else value)


def _section_of(scenario: str, section_of: Callable[[str], Section], where: str) -> Section:
    """The scenario's section; an unknown scenario is reported with the place of the brief."""
    try:
        return section_of(scenario)
    except InputError as error:
        raise InputError(f"{where}, {error.where}", error.what, error.remedy) from None


def _settings(
    raw: Mapping[str, object], section: Section, from_metric: Mapping[str, object], where: str
) -> dict[str, object]:
    given = raw.get(section.name)
    if given is not None and not isinstance(given, dict):
        raise InputError(
            f"{where}, {section.name}", f"expected keys and values, not {given!r}", "write 'key: value' lines below it"
        )
    for key in given or {}:
        if key not in section.keys:
            raise InputError(f"{where}, {section.name}", f"unknown key {key!r}", nearest(str(key), section.keys))
    settings = {**from_metric, **(given or {})}
    if section.check is not None:
        section.check(settings, f"{where}, {section.name}")
    return settings


def _name(value: object, where: str) -> str:
    name = str(value)
    if not NAME.fullmatch(name):
        raise InputError(where, f"name {name[:80]!r} is not usable", "use up to 64 letters, digits, '-', '_' or '.'")
    return name


def _data(raw: Mapping[str, object], where: str) -> tuple[str, str | None]:
    data, query = raw["data"], raw.get("query")
    if isinstance(data, dict):
        for key in data:
            if key not in ("url", "query"):
                raise InputError(
                    f"{where}, data",
                    f"unknown key {database_address.shown(str(key))!r}",
                    nearest(str(key), ("url", "query")),
                )
        data, query = data.get("url", ""), data.get("query", query)
    data = str(data).strip()
    if "://" in data and query is None:  # "sqlite:///shop.db select ..." on one line
        data, _, rest = data.partition(" ")
        query = rest.strip() or None
    if query is None and database_address.is_address(data):
        raise InputError(f"{where}, data", "a database needs a query", "add 'query: select ... from ...'")
    return data, query if query is None else str(query)


def _traffic(raw: Mapping[str, object], where: str) -> Traffic:
    given = keys_of(raw, "volume", {f.name: f for f in fields(Traffic) if f.name != "assumed"}, where)
    assumed = given.get("requests_per_month") is None
    profile = str(given.pop("profile", Traffic.profile))
    if profile not in PROFILES:
        raise InputError(f"{where}, volume.profile", f"unknown profile {profile!r}", nearest(profile, PROFILES))
    numbers = {k: positive(v, f"{where}, volume.{k}") for k, v in given.items() if v is not None}
    return Traffic(profile=profile, assumed=assumed, **numbers)  # type: ignore[arg-type]


def _metric(given: object, section: Section, where: str) -> tuple[str | None, dict[str, int]]:
    """The metric's name, and the setting that a number after `@` gives."""
    if given is None:
        return None, {}
    name, settings = str(given), dict[str, int]()
    if section.metric_suffix:
        head, mark, number = name.partition("@")
        if mark and number.isdigit():
            name, settings = head, {section.metric_suffix: int(number)}
    if name not in section.metrics:
        raise InputError(f"{where}, metric", f"unknown metric {name!r}", nearest(name, section.metrics))
    return name, settings


def _split(given: object, where: str) -> Split:
    if given is None:
        return Split()
    known = keys_of({"split": given}, "split", {"test": 0, "by": 0, "column": 0}, where)
    test = positive(known.get("test", 0.2), f"{where}, split.test")
    if not 0.01 <= test <= 0.8:
        raise InputError(f"{where}, split.test", f"{test} is not a share", "give a share from 0.01 to 0.8")
    by = str(known.get("by", "random"))
    match = re.fullmatch(r"(random|time|group)(?:\((.+)\))?", by.strip())
    column = known.get("column") or (match.group(2).strip() if match and match.group(2) else None)
    if not match or (match.group(1) != "random" and not column):
        raise InputError(f"{where}, split.by", f"{by!r} is not a split", "use random, time(column) or group(column)")
    return Split(test=test, by=match.group(1), column=column, chosen_by="brief" if "by" in known else "default")  # type: ignore[arg-type]


def _privacy(raw: Mapping[str, object], where: str) -> Privacy:
    given = keys_of(raw, "privacy", {"anonymise": 0, "epsilon": 0, "encrypt": 0}, where)
    for key, what in (("epsilon", "private training"), ("encrypt", "an encrypted product")):
        if given.get(key):
            raise InputError(f"{where}, privacy.{key}", f"{what} is not part of this version", f"remove '{key}'")
    return Privacy(anonymise=bool(given.get("anonymise", False)))


def _fairness(raw: Mapping[str, object], where: str) -> Fairness:
    given = keys_of(raw, "fairness", {"groups": 0, "max_gap": 0}, where)
    groups = given.get("groups") or []
    if not isinstance(groups, list):
        raise InputError(f"{where}, fairness.groups", f"expected a list, not {groups!r}", "write [column, column]")
    gap = given.get("max_gap")
    return Fairness(tuple(map(str, groups)), None if gap is None else positive(gap, f"{where}, fairness.max_gap"))


def _effort(value: object, where: str) -> int:
    if value not in (1, 2, 3, 4, 5):
        raise InputError(f"{where}, effort", f"{value!r} is not an effort", "give 1 (quick) to 5 (thorough)")
    return int(value)


def _prefer(value: object, section: Section, where: str) -> Prefer:
    """What the product takes; a scenario that compares by proof alone knows `cheap`."""
    known = PREFERENCES if section.prefers else PREFERENCES[:1]
    if value is None:
        return "balanced" if section.prefers else "cheap"
    found = next((one for one in known if one == value), None)
    if found is not None:
        return found
    if value in PREFERENCES:
        what = f"{value!r} is not for {section.name}, whose settings are taken where they are proven better alone"
        raise InputError(f"{where}, prefer", what, "write 'prefer: cheap', or leave it out")
    raise InputError(f"{where}, prefer", f"unknown preference {value!r}", nearest(str(value), known))


def _device(value: object, where: str) -> Device:
    """What nets are trained on; whether it is there is seen when a build begins."""
    found = next((one for one in DEVICES if one == value), None)
    if found is None:
        raise InputError(f"{where}, device", f"unknown device {value!r}", nearest(str(value), DEVICES))
    return found


def _final(value: object, section: Section, where: str) -> Final:
    """What the product learns from."""
    found = section.finals[0] if value is None else next((one for one in FINALS if one == value), None)
    if found is None:
        raise InputError(f"{where}, final", f"{value!r} is not known", nearest(str(value), FINALS))
    if found not in section.finals:
        what = f"{value!r} is not for {section.name}, whose product is always fitted as by 'final: {section.finals[0]}'"
        raise InputError(f"{where}, final", what, "leave it out")
    return found

"""From a data file alone to a brief beside it: `breakeven build my.csv --target churned`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import yaml

from breakeven.core import brief, brief_yaml, database_address, store
from breakeven.core.errors import InputError, nearest
from breakeven.core.types import Array, Table
from breakeven.files.read import READERS, kind_of, read_file, split_sheet
from breakeven.runtime.batch import IMAGES
from breakeven.scenarios import registry
from breakeven.scenarios.base import AnyScenario

#: Names of columns that are often the one to predict.
_TARGETS = re.compile(
    r"target|label|class|outcome|result|response|y|churn(ed)?|left|default(ed)?|fraud|price|amount|sales|revenue|score|rating|"
    r"survived|converted|cancelled|canceled|returned|目标|标签|结果|是否.*|价格|销量",
    re.IGNORECASE,
)
#: Classes up to which a column of words is likely to be predicted; likely columns that are named.
FEW, SHOWN = 20, 3


def is_data_file(path: Path) -> bool:
    """Whether a path names a data file rather than a product's folder."""
    file, _ = split_sheet(path)
    return not file.is_dir() and (kind_of(file) in READERS or file.is_file())


def is_picture_folder(path: Path) -> bool:
    """Whether a path is a folder without a brief in which two sub-folders or more hold pictures: one a class."""
    if not path.is_dir() or (path / brief.BRIEF).exists():
        return False
    try:
        classes = [one for one in path.iterdir() if one.is_dir() and not one.name.startswith(".")]
        return sum(any(p.suffix.lower() in IMAGES for p in one.iterdir()) for one in classes) > 1
    except OSError:  # not ours to read
        return False


def brief_beside(
    path: Path,
    target: str | None,
    minutes: float | None,
    hosted: Mapping[str, object] | None = None,
    keys: Mapping[str, str | float | None] | None = None,
) -> Path:
    """The folder of a data file, or of a folder of pictures, with a brief for it: the one that is there, or a new one, with a
    `hosted` model; `keys` are other keys of the brief, such as "volume.requests_per_month" (None: not given).

    What the brief that is there leaves open is added at its end, so that `check FILE` and then `build FILE --minutes 5` go
    together. Raises InputError where it says something else, where no target is named, and for a brief that could not be read;
    then none is written.
    """
    folder = path.resolve().parent
    if not split_sheet(path)[0].exists():
        beside = [file.name for file in _data_files(folder)]
        raise InputError(str(path), "there is no such file", nearest(path.name, beside) if beside else "check the path")
    said = {key: value for key, value in {"limits.minutes": minutes, **(keys or {})}.items() if value is not None}
    if (folder / brief.BRIEF).is_file():
        _extend(folder, _not_said(folder, path, target, said))
        return folder
    lines = [f"name: {name_of(path)}", "scenario: predict", f"data: {_quoted(path.name)}"]
    if not path.is_dir():
        table = read_file(path)
        other = _other_scenario(path, table) if target is None else ""
        lines.append(f"target: {_quoted(target_of(table, target, other=other))}")
    elif target not in (None, brief.FOLDER_TARGET):
        raise InputError(
            "--target", f"{path} is a folder of pictures, whose sub-folders are the classes", "leave it out"
        )
    lines += [_line(key, value) for key, value in said.items()]
    if hosted is not None:
        flow = yaml.safe_dump(dict(hosted), default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000)
        lines.append(f"hosted: {flow.strip()}")
    text = "\n".join(lines) + "\n"
    registry.parse_brief(yaml.safe_load(text), folder)
    store.write_text(folder / brief.BRIEF, text)
    return folder


def _other_scenario(path: Path, table: Table) -> str:
    """Which scenario the names of the columns speak for, and what to run for it; empty where there is none."""
    for name in registry.names():
        if roles := registry.get(name).suits(list(table.columns)):
            folder, move = path.parent, ""
            if _data_files(folder) != [path] or (folder / brief.BRIEF).exists():
                folder, move = path.with_suffix(""), f"move it to {path.with_suffix('')}, and "
            columns = ", ".join(roles.values())
            return f"; or, if it is a case for {name} ({columns}): {move}run breakeven new {name} {folder}, then breakeven build {folder}"
    return ""


def _data_files(folder: Path) -> list[Path]:
    return [p for p in sorted(folder.glob("*")) if p.is_file() and kind_of(p) in READERS] if folder.is_dir() else []


def _not_said(folder: Path, path: Path, target: str | None, keys: Mapping[str, str | float]) -> dict[str, str | float]:
    """The keys that the brief in a folder leaves open. Raises InputError where it says something else."""
    given, where = brief.read(folder), str(folder / brief.BRIEF)
    if str(given.get("data")) != path.name:
        remedy = f"move {path.name} to a folder of its own, or run: breakeven build {folder}"
        raise InputError(where, f"it is of other data ({database_address.shown(str(given.get('data')))})", remedy)
    if target is not None and str(given.get("target")) != target:
        raise InputError(where, f"its target is {given.get('target')!r}, not {target!r}", "change 'target' there")
    left = {}
    for key, value in keys.items():
        section, _, name = key.rpartition(".")
        inside = given.get(section, {}) if section else given
        said = inside.get(name) if isinstance(inside, dict) else None
        if said is None and (section or name) not in given:
            left[key] = value
        elif said != value:
            what = f"its {name} {'are' if name == 'minutes' else 'is'} {'the default' if said is None else _shown(said)}, not {_shown(value)}"
            raise InputError(where, what, f"set '{_line(key, value)}' there")
    return left


def _extend(folder: Path, keys: Mapping[str, str | float]) -> None:
    """Add keys at the end of a brief, the rest of it as it is. Raises InputError where it could not be read then."""
    if not keys:
        return
    path, lines = folder / brief.BRIEF, [_line(key, value) for key, value in keys.items()]
    text = path.read_text(encoding="utf-8-sig")
    text = "\n".join([text.removesuffix("\n"), *lines]) + "\n"
    try:
        raw = brief_yaml.load(text)
    except (yaml.YAMLError, ValueError):
        raw = None
    if not isinstance(raw, dict):
        raise InputError(str(path), "nothing can be added at its end", f"set '{lines[0]}' there")
    registry.parse_brief(raw, folder)
    store.write_text(path, text)


def _line(key: str, value: str | float) -> str:
    """A line of a brief: "volume.requests_per_month" stands in braces under `volume`."""
    section, _, name = key.rpartition(".")
    return f"{section}: {{{name}: {_shown(value)}}}" if section else f"{name}: {_shown(value)}"


def _shown(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def propose(table: Table) -> list[tuple[str, str]]:
    """Columns that are likely to be predicted, with the reason, the likeliest first."""
    names = list(table.columns)
    scored = []
    for i, name in enumerate(names):
        points, why = _points(table.columns[name])
        if points == 0:
            continue
        if _TARGETS.fullmatch(name.strip().replace(" ", "_").split("_")[-1]) or _TARGETS.fullmatch(name.strip()):
            points, why = points + 3, f"{why}, and named like an outcome"
        if i == len(names) - 1:
            points, why = points + 2, f"{why}, the last column"
        scored.append((points, -i, name, why))
    return [(name, why) for _, _, name, why in sorted(scored, reverse=True)][:SHOWN]


def _points(values: Array) -> tuple[int, str]:
    """How likely a column's values are to be predicted: few classes, or numbers that differ."""
    if values.dtype == object:
        levels = {v for v in values.tolist() if v is not None}
        return (2, f"{len(levels)} classes") if 2 <= len(levels) <= FEW else (0, "")
    known = values[np.isfinite(values)]
    distinct = len(np.unique(known))
    if distinct < 2:
        return 0, ""
    return (2, f"{distinct} whole numbers") if distinct <= FEW else (1, "a number")


def target_of(table: Table, target: str | None, option: str = "--target NAME", other: str = "") -> str:
    """The column to predict. Raises InputError, naming likely ones and what else may be done, where none is named or there is
    none of that name.
    """
    flag = option.partition(" ")[0].partition("=")[0]
    if target is not None:
        if target not in table.columns:
            raise InputError(
                f"{table.source}, {flag}", f"there is no column {target!r}", nearest(target, table.columns)
            )
        return target
    likely = ", ".join(f"{name} ({why})" for name, why in propose(table)) or "none stands out"
    raise InputError(table.source, "it is not said which column to predict", f"add {option}; likely: {likely}{other}")


def name_of(path: Path) -> str:
    """A product's name made of the file's."""
    file = split_sheet(path)[0]
    stem = Path(file.stem).stem if file.suffix.lower() == ".gz" else file.stem
    words = re.sub(r"[^\w.-]+", "-", stem).strip("-._")[:60]
    return words or "product"


def _quoted(text: str) -> str:
    """A text as YAML reads it back."""
    plain = re.fullmatch(r"[A-Za-z_][\w./-]*", text) and not re.fullmatch(
        "yes|no|on|off|true|false|null|y|n", text.lower()
    )
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def new_from_data(folder: Path, scenario: AnyScenario) -> str | None:
    """Write a brief for the data file that a folder holds; its name, None where there is none or more than one, or where it
    is not the scenario's.

    Raises InputError for a folder of pictures: a sample would only lie among them.
    """
    needs_target = scenario.brief_section().needs_target
    if needs_target and is_picture_folder(folder):
        raise InputError(str(folder), "it holds folders of pictures, one a class", f"run: breakeven build {folder}")
    files = _data_files(folder)
    if len(files) != 1:
        return None
    table = read_file(files[0])
    lines = _brief_with_target(files[0], table) if needs_target else _brief_of_roles(files[0], table, scenario)
    if not lines:
        return None
    store.write_text(folder / brief.BRIEF, "\n".join([*lines, "limits: {minutes: 5}"]) + "\n")
    return files[0].name


def _brief_of_roles(file: Path, table: Table, scenario: AnyScenario) -> list[str]:
    """The lines of a brief for a file whose columns the scenario knows by their names; none where it does not."""
    roles = scenario.suits(list(table.columns))
    read_as = ", ".join(f"{column} is {role}" for role, column in roles.items())
    lines = [f"name: {name_of(file)}", f"scenario: {scenario.name}", f"data: {_quoted(file.name)}   # {read_as}"]
    return lines if roles else []


def _brief_with_target(file: Path, table: Table) -> list[str]:
    """The lines of a brief for a file, with the likeliest target; none where no column is likely."""
    likely = propose(table)
    if not likely:
        return []
    others = [name for name in table.columns if name != likely[0][0]]
    also = f"; also likely: {', '.join(name for name, _ in likely[1:])}" if likely[1:] else ""
    return [
        f"name: {name_of(file)}",
        "scenario: predict",
        f"data: {_quoted(file.name)}",
        f"target: {_quoted(likely[0][0])}   # {likely[0][1]}{also}",
        f"# other columns: {', '.join(others[:20])}",
        "# columns: {NAME: text}   # only where the guess of `breakeven check` is wrong",
    ]

"""product.yaml: what is accepted, what is refused, and how it is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from breakeven.core import brief
from breakeven.core.errors import InputError
from breakeven.scenarios.registry import load_brief, parse_brief

GOOD = {"name": "churn", "scenario": "predict", "data": "churn.csv", "target": "left"}
DESIGN = """
name: tumour-triage
scenario: predict
data: data/cells.csv
target: diagnosis
columns: {notes: text}
metric: roc_auc
split: {test: 0.2, by: random}
limits: {latency_ms: 20, size_mb: 50, minutes: 5, usd_per_1000: 0.05}
volume: {requests_per_month: 40000}
privacy: {anonymise: true, epsilon: null, encrypt: false}
fairness: {groups: [sex], max_gap: 0.1}
support: {error_budget: 0.01}
"""


def test_the_designs_example_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "product.yaml").write_text(DESIGN)
    found = load_brief(tmp_path)
    assert (found.limits.latency_ms, found.limits.minutes, found.traffic.requests_per_month) == (20, 5, 40000)
    assert found.privacy.anonymise
    assert found.fairness.groups == ("sex",)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"metrc": "f1"}, ["metrc", "metric"]),
        ({"scenario": "predicts"}, ["predicts", "predict"]),
        ({"scenario": None}, ["scenario", "missing"]),
        ({"target": None}, ["target", "missing"]),
        ({"name": "a/b"}, ["a/b"]),
        ({"metric": "acuracy"}, ["acuracy", "accuracy"]),
        ({"limits": {"latency": 3}}, ["latency", "latency_ms"]),
        ({"limits": {"minutes": -1}}, ["limits.minutes", "-1"]),
        ({"limits": 5}, ["limits"]),
        ({"split": {"by": "time"}}, ["time", "time(column)"]),
        ({"split": {"test": 0.99}}, ["0.99"]),
        ({"columns": {"age": "numeric"}}, ["numeric", "number"]),
        ({"columns": ["age"]}, ["columns"]),
        ({"hosted": {"model": "x"}}, ["price"]),
        ({"privacy": {"epsilon": 3}}, ["epsilon"]),
        ({"volume": {"requests": 3}}, ["requests_per_month"]),
        ({"volume": {"profile": "burst"}}, ["profile", "bursty"]),
        ({"volume": {"growth_per_month": "10%"}}, ["growth_per_month"]),
        ({"hosted": {"model": "x", "usd_per_1000": 1, "accuracy": 97}}, ["accuracy", "share"]),
        ({"effort": 9}, ["effort"]),
        ({"prefer": "bset"}, ["prefer", "best"]),
        ({"prefer": 1}, ["prefer", "balanced, best, cheap"]),
        ({"device": "gpu"}, ["device", "'gpu'"]),
        ({"device": 7}, ["device", "auto, cpu, cuda, mps"]),
        ({"data": "sqlite:///x.db"}, ["query"]),
        ({"data": {"url": "sqlite:///x.db", "sql": "q"}}, ["sql"]),
    ],
)
def test_what_is_wrong_is_named(change: dict, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        parse_brief({**GOOD, **change}, Path("p"))
    text = str(caught.value)
    assert "\n" not in text
    assert all(word in text for word in ["product.yaml", *words])


@pytest.mark.parametrize("text", ["name: [", "- a\n- b", "", "\tname: x"])
def test_what_is_no_brief_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "product.yaml").write_text(text)
    with pytest.raises(InputError, match=r"product\.yaml"):
        load_brief(tmp_path)


@pytest.mark.parametrize(
    "data", ["sqlite:///x.db select * from t", {"url": "sqlite:///x.db", "query": "select * from t"}]
)
def test_a_query_in_every_form(data: object) -> None:
    found = parse_brief({**GOOD, "data": data}, Path())
    assert (found.data, found.query) == ("sqlite:///x.db", "select * from t")


def test_splits_by_column() -> None:
    found = parse_brief({**GOOD, "split": {"by": "group(customer)"}}, Path())
    assert (found.split.by, found.split.column) == ("group", "customer")


def test_every_default_is_told() -> None:
    lines = "\n".join(brief.defaults(parse_brief(GOOD, Path()), GOOD))
    for key in (
        "split",
        "limits",
        "prices",
        "privacy",
        "fairness",
        "volume",
        "margin",
        "seed",
        "effort",
        "metric",
        "hosted",
    ):
        assert key in lines
    assert "seed" not in "\n".join(brief.defaults(parse_brief({**GOOD, "seed": 3}, Path()), {**GOOD, "seed": 3}))


def test_a_format_stands_in_brackets_behind_a_role(tmp_path: Path) -> None:
    given = {"sold_on": "time(%d/%m/%Y)", "price": "number( comma )", "code": "category(exact)", "note": "text"}
    need = parse_brief({**GOOD, "columns": given}, tmp_path)
    assert dict(need.columns) == {"sold_on": "time", "price": "number", "code": "category", "note": "text"}
    assert dict(need.formats) == {"sold_on": "%d/%m/%Y", "price": "comma", "code": "exact"}


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"columns": {"note": "text(long)"}}, "a text has no format"),
        ({"columns": {"note": "number(comma"}}, "unknown role 'number(comma'"),
        ({"timezone": "Mars/Olympus"}, "there is no time zone 'Mars/Olympus'"),
        ({"encoding": "utf-9"}, "there is no encoding 'utf-9'"),
    ],
)
def test_a_format_zone_or_encoding_that_is_none_is_refused(tmp_path: Path, more: dict[str, object], what: str) -> None:
    with pytest.raises(InputError, match=re.escape(what)):
        parse_brief({**GOOD, **more}, tmp_path)


def test_the_zone_and_the_encoding_are_kept(tmp_path: Path) -> None:
    need = parse_brief({**GOOD, "timezone": "Europe/Berlin", "encoding": "Windows-1251"}, tmp_path)
    assert (need.timezone, need.encoding) == ("Europe/Berlin", "cp1251")


def test_a_preference_is_obeyed_or_refused() -> None:
    assert parse_brief(GOOD, Path()).prefer == "balanced"
    assert parse_brief({**GOOD, "prefer": "best"}, Path()).prefer == "best"
    shop = {"name": "shop", "scenario": "recommend", "data": "events.csv"}
    assert parse_brief(shop, Path()).prefer == parse_brief({**shop, "prefer": "cheap"}, Path()).prefer == "cheap"
    with pytest.raises(InputError, match=r"prefer: 'balanced' is not for recommend.*write 'prefer: cheap'"):
        parse_brief({**shop, "prefer": "balanced"}, Path())

"""verdict.json, format 2: the JSON Schema is current, documents come back unchanged, and unknown keys are refused."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import jsonschema
import pytest

from breakeven.core import store
from breakeven.core.errors import InputError
from breakeven.core.verdict import dump, from_plain
from breakeven.scenarios import registry

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "verdict.schema.json"
WRITE = "python -m breakeven.scenarios.registry > docs/verdict.schema.json"


@pytest.fixture
def plain(built: Path) -> dict:
    return store.read_json(built / "build" / "latest" / "verdict.json")


def test_the_schema_is_current() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == registry.verdict_schema(), f"run: {WRITE}"


def test_a_verdict_validates_and_comes_back_unchanged(plain: dict) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(plain, schema)
    assert dump(from_plain(plain)) == plain


def test_the_scenarios_own_part_stands_under_its_name(plain: dict) -> None:
    assert plain["predict"]["classes"] == ["no", "yes"]
    assert from_plain(plain).section == plain["predict"]
    assert "section" not in plain


@pytest.mark.parametrize("place", [(), ("chosen",), ("product",), ("test", 0), ("curves", 0), ("breakeven", "rows")])
def test_an_unknown_key_is_refused_by_types_and_schema(plain: dict, place: tuple) -> None:
    changed = copy.deepcopy(plain)
    inner = changed
    for key in place:
        inner = inner[key]
    inner["no_such_key"] = 1
    with pytest.raises(InputError, match="no_such_key"):
        from_plain(changed)
    with pytest.raises(jsonschema.ValidationError, match="no_such_key"):
        jsonschema.validate(changed, json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_another_format_is_refused_with_the_remedy(plain: dict) -> None:
    with pytest.raises(InputError, match=r"format 1, this version reads format 2; run 'breakeven build' again"):
        from_plain({**plain, "format": 1})


def test_probabilities_stay_between_0_and_1(plain: dict) -> None:
    changed = copy.deepcopy(plain)
    changed["chosen"]["p_large"] = 1.5
    with pytest.raises(InputError, match="p_large"):
        from_plain(changed)

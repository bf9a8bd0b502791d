"""The number format of a column: decided from all its cells, the same in training and serving."""

from __future__ import annotations

import json
import math

import pytest

from breakeven.features.number_format import NumberFormat
from breakeven.features.schema import Field, Schema


@pytest.mark.parametrize(
    ("cells", "decimal", "values"),
    [
        (["12,500", "0,125"], ",", [12.5, 0.125]),
        (["9,99", "9,999", "10"], ",", [9.99, 9.999, 10]),
        (["12,500", "9,999", "1500"], ".", [12500, 9999, 1500]),
        (["12,500", "1,234.50"], ".", [12500, 1234.5]),
        (["12,500", "1,234,567"], ".", [12500, 1234567]),
        (["1.234,5", "12,500"], ",", [1234.5, 12.5]),
        (["1.234", "12,5"], ",", [1234, 12.5]),
        (["12.5", "1,200", "7.25"], ".", [12.5, 1200, 7.25]),
        (["$1,200", "１２", "30%", "-1e3", "+.5"], ".", [1200, 12, 0.3, -1000, 0.5]),
        (["12,5%", "€ 0,500"], ",", [0.125, 0.5]),
    ],
)
def test_the_whole_column_decides(cells: list[str], decimal: str, values: list[float]) -> None:
    found = NumberFormat.detect(cells)
    assert found.decimal == decimal
    assert [found.parse(cell) for cell in cells] == values


def test_one_slip_does_not_change_the_others() -> None:
    points = NumberFormat.detect(["1,234.50", "2,345.00", "9,5"])
    assert [points.parse(cell) for cell in ("1,234.50", "12,500", "9,5")] == [1234.5, 12500, 9.5]
    commas = NumberFormat.detect(["0,125", "2,50", "9.5"])
    assert [commas.parse(cell) for cell in ("12,500", "9.5", "12.34")] == [12.5, 9.5, 12.34]
    assert math.isnan(commas.parse("12.345"))  # twelve and a bit, or twelve thousand


@pytest.mark.parametrize(
    "cell", ["", "abc", "1,2,3", "1.2.3", "12,5,000", "--5", "1,234.5.6", "1 00", "inf", "nan", "1_000"]
)
def test_what_is_no_number_is_none_in_any_format(cell: str) -> None:
    for one in (NumberFormat(), NumberFormat(",", ""), NumberFormat(",", ".")):
        assert math.isnan(one.parse(cell))


def test_a_schema_keeps_the_format_and_an_old_one_reads_as_before() -> None:
    schema = Schema((Field("kg", "number", format=NumberFormat(",", "")),))
    plain = json.loads(json.dumps(schema.to_json()))
    assert Schema.from_json(plain) == schema
    assert [schema.one({"kg": v})[0, 0] for v in ("12,500", "12,5", "12.5", 12.5)] == [12.5] * 4
    del plain["fields"][0]["format"]
    old = Schema.from_json(plain)
    assert old.fields[0].format is None
    assert [old.one({"kg": v})[0, 0] for v in ("12,500", "12,5", "12.5", 12.5)] == [12500, 12.5, 12.5, 12.5]

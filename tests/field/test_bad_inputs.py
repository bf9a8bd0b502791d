"""Data that is wrong by half: one line says what, where, how many and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from breakeven import pipeline
from breakeven.core.errors import InputError
from breakeven.files.read import read_file
from breakeven.runtime import batch
from breakeven.scenarios.registry import load_brief

ROWS = 400
CHANGE = 300


def amount(i: int) -> float:
    return 1_000 + (i * 7_919 % 800_000) / 100


def german(value: float) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def day(i: int, form: str) -> str:
    return form.format(d=i % 15 + 13, m=i % 12 + 1)


#: What is wrong -> (a cell by its row, the role of the brief or "", what the error says).
CELLS: dict[str, tuple[Callable[[int], str], str, str]] = {
    "two number formats, row by row": (
        lambda i: f"{amount(i):,.2f}" if i % 2 else german(amount(i)),
        "",
        r"data.csv, column 'x': two number formats are mixed: 200 of 400 different values are written as .*write all one way",
    ),
    "two decimal marks, half and half": (
        lambda i: f"{amount(i):.2f}" if i < ROWS // 2 else f"{amount(i):.2f}".replace(".", ","),
        "",
        r"column 'x': two number formats are mixed: 200 of 400 different values",
    ),
    "days that come first up to a row": (
        lambda i: day(i, "{d}/{m}/2026") if i < CHANGE else day(i, "{m}/{d}/2026"),
        "",
        r"column 'x': two date formats are mixed: most are day first, \d+ different values are not, such as '1/13/2026' in row 301",
    ),
    "a format of days that ends at a row": (
        lambda i: day(i, "{d}/{m}/2026") if i < CHANGE else f"week {i % 52}",
        "time",
        r"column 'x': 100 of 400 values are no time, such as 'week 40' in row 301; fix them, or say how",
    ),
    "numbers of which a fourth are words": (
        lambda i: f"{amount(i):.2f}" if i % 4 else "see note",
        "number",
        r"column 'x': 100 of 400 values are no number, such as 'see note' in row 1",
    ),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_column_that_is_wrong_by_half_is_refused_with_a_row(tmp_path: Path, name: str) -> None:
    cell, role, said = CELLS[name]
    lines = [f"{cell(i)};{i % 7};{'yn'[i % 2]}" for i in range(ROWS)]
    (tmp_path / "data.csv").write_text("x;b;y\n" + "\n".join(lines) + "\n", encoding="utf-8")
    roles = f"columns: {{x: {role}}}\n" if role else ""
    brief = f"name: t\nscenario: predict\ndata: data.csv\ntarget: y\n{roles}"
    (tmp_path / "product.yaml").write_text(brief, encoding="utf-8")
    with pytest.raises(InputError, match=said) as error:
        pipeline.check(load_brief(tmp_path))
    assert "\n" not in str(error.value)


def test_a_million_columns_are_refused_before_they_are_parsed(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(",".join(f"c{i}" for i in range(1_000_000)) + "\n" + "1," * 999_999 + "1\n", encoding="utf-8")
    for read in (read_file, batch.read):
        with pytest.raises(InputError, match=r"data.csv, line 1: 1,000,000 columns \(limit 20,000\); keep"):
            read(path)


def test_very_many_columns_of_parquet_are_refused(tmp_path: Path) -> None:
    one = pa.array([1])
    parquet.write_table(pa.table({f"c{i}": one for i in range(20_001)}), tmp_path / "d.parquet")
    with pytest.raises(InputError, match=r"d.parquet: 20,001 columns \(limit 20,000\)"):
        read_file(tmp_path / "d.parquet")


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ([{"a": {"b": {"c": [1, 2]}}}], r"column 's.a.b.c' holds list<"),
        ([[{"a": 1}]], r"column 's' holds list<"),
    ],
)
def test_structs_that_are_not_one_value_a_row_are_refused_by_name(
    tmp_path: Path, column: list[object], said: str
) -> None:
    parquet.write_table(pa.table({"s": pa.array(column * 9), "y": ["a"] * 9}), tmp_path / "d.parquet")
    with pytest.raises(InputError, match=said):
        read_file(tmp_path / "d.parquet")


def test_structs_within_structs_are_columns(tmp_path: Path) -> None:
    nested = [{"a": {"b": {"c": i, "d": "u"}}} for i in range(9)]
    parquet.write_table(pa.table({"s": pa.array(nested)}), tmp_path / "d.parquet")
    columns = read_file(tmp_path / "d.parquet").columns
    assert columns["s.a.b.c"].tolist() == list(range(9)) and columns["s.a.b.d"][0] == "u"

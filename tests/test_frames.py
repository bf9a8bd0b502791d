"""Tables of any library become plain cells, and answers tables of the same kind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from breakeven import frames
from breakeven.core.errors import InputError

CELLS = {
    "n": [1.5, None],
    "when": [datetime(2026, 1, 31, 8), None],
    "took": [timedelta(minutes=2), None],
    "word": ["a", None],
}
PLAIN = {"when": ["2026-01-31T08:00:00", None], "took": [120.0, None], "word": ["a", None]}


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_the_same_cells_whatever_the_library(make) -> None:
    frame = frames.read(make(CELLS))
    np.testing.assert_array_equal(frame.columns["n"], [1.5, np.nan])
    assert {name: frame.columns[name] for name in PLAIN} == PLAIN
    out = frame.like({"prediction": [1, 2]})
    assert type(out) is type(make(CELLS))
    assert frames.read(out).columns == {"prediction": [1, 2]}


def test_rows_and_columns() -> None:
    rows = frames.read([{"a": 1, "b": "x"}, {"a": float("nan")}])
    assert rows.columns == {"a": [1, None], "b": ["x", None]}
    assert rows.like({"p": [1, 2]}) == [{"p": 1}, {"p": 2}]
    columns = frames.read({"a": np.array([1, 2]), "b": ("x", pd.NA)})
    assert columns.columns == {"a": [1, 2], "b": ["x", None]}
    assert columns.like({"p": [1, 2]}) == {"p": [1, 2]}


def test_the_index_stays_where_there_are_as_many_rows() -> None:
    frame = frames.read(pd.DataFrame({1: [1.0, 2.0]}, index=pd.Index(["x", "y"], name="id")))
    assert list(frame.columns) == ["1"]
    assert frame.like({"p": [1, 2]}).index.equals(pd.Index(["x", "y"], name="id"))
    assert list(frame.like({"p": [1, 2, 3]}).index) == [0, 1, 2]


@pytest.mark.parametrize(
    ("cell", "plain"),
    [
        (pd.NaT, None),
        (pd.NA, None),
        (np.datetime64("NaT"), None),
        (np.float32("nan"), None),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.datetime64("2026-01-31T08:00:00", "ns"), "2026-01-31T08:00:00"),
        (np.timedelta64(2, "m"), 120.0),
        (Decimal("12"), 12),
        (Decimal("1.5"), 1.5),
        (Decimal("NaN"), None),
        (date(2026, 1, 31), "2026-01-31"),
        (pd.Timestamp("2026-01-31T08:00", tz="UTC"), "2026-01-31T08:00:00+00:00"),
        (datetime(2026, 1, 31, tzinfo=UTC), "2026-01-31T00:00:00+00:00"),
        (b"GIF", b"GIF"),
    ],
)
def test_a_cell_of_any_library_is_plain(cell: object, plain: object) -> None:
    found = frames.plain(cell)
    assert found == plain and type(found) is type(plain)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "unique"),
        (pd.DataFrame([[1, 2]], columns=["a", " a"]), "'a' occurs twice"),
        (pd.DataFrame([[1]], columns=[""]), "column 1 of 1 has no name"),
        (np.zeros((2, 2)), "a numpy.ndarray is no table"),
        (pl.LazyFrame({"a": [1]}), "call .collect"),
        (pd.Series([1]), "no table"),
        ({"a": 1}, "column 'a': its values are no list"),
        ({"a": "text"}, "column 'a': its values are no list"),
        ({"a": [1], "b": [1, 2]}, "columns of 1 to 2 values"),
        ([1], "row 0: expected a dict"),
        (3, "a builtins.int is no table"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(data: object, said: str) -> None:
    with pytest.raises(InputError, match=said) as error:
        frames.read(data)
    assert "\n" not in str(error.value)

"""Tables of any library in, answers of the same kind out: pandas, polars, Arrow, lists of dicts, mappings of columns.

Cells become plain Python values on the way in, so that a cell means the same in training, in `predict` and over HTTP:
None for everything that says missing, ISO 8601 for moments, seconds for durations.

>>> read([{"age": 31, "plan": "paid"}, {"age": None, "plan": "free"}]).columns
{'age': [31, None], 'plan': ['paid', 'free']}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeVar, cast

import numpy as np

from breakeven.core.errors import InputError, MissingExtra
from breakeven.files.dialect import check_header

if TYPE_CHECKING:
    import narwhals as nw
    import pandas as pd

    from breakeven.core.types import Table

#: A table of some kind; functions that take one and give one give the same kind.
F = TypeVar("F")
KNOWN = "give a pandas or polars DataFrame, an Arrow table, a list of dicts or a mapping of columns"
#: Whole numbers up to here are the same as float64.
EXACT = 2**53


@dataclass(frozen=True)
class Frame:
    """A table as it was given: columns of n plain cells (float64 arrays where all are numbers), and what made it."""

    columns: Mapping[str, Sequence[object]]
    count: int
    kind: Literal["frame", "rows", "columns"]
    native: nw.DataFrame[pd.DataFrame] | None = None

    def like(self, columns: Mapping[str, Sequence[object]]) -> object:
        """Columns as a table of the same kind; with the same index where there are as many rows."""
        if self.native is None:
            if self.kind == "columns":
                return {name: list(values) for name, values in columns.items()}
            return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
        import narwhals as nw

        out = nw.from_dict(dict(columns), backend=nw.get_native_namespace(self.native)).to_native()
        index = nw.maybe_get_index(self.native)
        if index is not None and len(out) == self.count:
            cast("pd.DataFrame", out).index = index
        return out


def read(data: object, where: str = "data") -> Frame:
    """Look at a table of any kind. Raises InputError for what is none, for columns of one name, and for ragged ones."""
    if isinstance(data, Mapping):
        return _of_columns(data, where)
    if isinstance(data, list | tuple):
        return _of_rows(data, where)
    return _of_frame(data, where)


def table(frame: Frame, source: str) -> Table:
    """A frame as the raw columns that a build reads. Raises InputError where it has no rows."""
    from breakeven.files.read import from_columns

    return from_columns(frame.columns, source)


def pandas(columns: Mapping[str, Sequence[object]]) -> pd.DataFrame:
    """Columns as pandas' DataFrame. Raises MissingExtra without pandas."""
    try:
        import pandas as pd
    except ImportError:
        raise MissingExtra("DataFrame", "pandas is not installed", "pip install pandas") from None
    return pd.DataFrame(dict(columns))


def plain(value: object) -> object:
    """A cell of any library as a plain value.

    >>> from datetime import date, timedelta
    >>> plain(date(2026, 1, 31)), plain(timedelta(minutes=2)), plain(np.float32(1.5)), plain(float("nan"))
    ('2026-01-31', 120.0, 1.5, None)
    """
    if value is None or isinstance(value, str | bool | int | bytes):
        return value
    if isinstance(value, float):
        return None if value != value else float(value)
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, np.datetime64 | np.timedelta64):
        return None if np.isnat(value) else plain(value.astype(f"{type(value).__name__}[us]").item())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return (int(value) if value == value.to_integral_value() else float(value)) if value.is_finite() else None
    return value.isoformat() if hasattr(value, "isoformat") else value


def labels(names: Sequence[object], classes: Sequence[str]) -> list[object]:
    """Class names as a frame has them: whole numbers and truth values where all classes are such; None stays.

    >>> labels(["1", None], ["0", "1"]), labels(["true"], ["false", "true"]), labels(["01"], ["01", "02"])
    ([1, None], [True], ['01'])
    """
    if set(classes) <= {"true", "false"}:
        return [None if name is None else name == "true" for name in names]
    if all(text.isascii() and text.lstrip("-").isdigit() and str(int(text)) == text for text in classes):
        return [None if name is None else int(str(name)) for name in names]
    return list(names)


def _of_columns(data: Mapping[object, object], where: str) -> Frame:
    columns = dict[str, Sequence[object]]()
    for name, values in data.items():
        if isinstance(values, str | bytes) or not hasattr(values, "__len__") or not hasattr(values, "__iter__"):
            raise InputError(f"{where}, column {str(name)!r}", "its values are no list", KNOWN)
        columns[str(name)] = _cells(list(cast("Sequence[object]", values)))
    counts = {len(values) for values in columns.values()}
    if len(counts) > 1:
        raise InputError(where, f"columns of {min(counts):,} to {max(counts):,} values", "give as many in each")
    return Frame(columns, counts.pop() if counts else 0, "columns")


def _of_rows(data: Sequence[object], where: str) -> Frame:
    for i, row in enumerate(data):
        if not isinstance(row, Mapping):
            raise InputError(f"{where}, row {i}", f"expected a dict of cells, got {type(row).__name__}", KNOWN)
    rows = cast("Sequence[Mapping[object, object]]", data)
    names = dict.fromkeys(name for row in rows for name in row)
    return Frame({str(n): _cells([row.get(n) for row in rows]) for n in names}, len(rows), "rows")


def _of_frame(data: object, where: str) -> Frame:
    try:
        import narwhals as nw
    except ImportError:
        raise MissingExtra(
            where, "narwhals is not installed", "pip install narwhals, or give a list of dicts"
        ) from None

    try:
        given = nw.from_native(_known(data), eager_only=True)  # type: ignore[call-overload]
        names = [str(name) for name in given.columns]
    except TypeError:
        what = f"a {type(data).__module__}.{type(data).__qualname__} is no table that can be read"
        remedy = "call .collect() first" if hasattr(data, "collect") else KNOWN
        raise InputError(where, what, remedy) from None
    except Exception as error:  # the error for columns of one name is another for each library
        raise InputError(where, " ".join(str(error).split())[:200], KNOWN) from None
    columns = zip(check_header(names, where), given.iter_columns(), strict=True)
    return Frame({name: _series(values) for name, values in columns}, len(given), "frame", given)


def _known(data: object) -> object:
    """What narwhals knows, made of anything else that offers Arrow's stream of a table."""
    if hasattr(type(data), "columns") or not hasattr(data, "__arrow_c_stream__"):
        return data
    import pyarrow as pa

    try:
        return pa.table(data)
    except (pa.ArrowInvalid, TypeError):
        return data


def _series(values: nw.Series[pd.Series]) -> Sequence[object]:
    if values.dtype.is_float():
        import narwhals as nw

        return cast("Sequence[object]", np.array(values.cast(nw.Float64).fill_null(np.nan).to_numpy(), dtype=float))
    return _cells(values.to_list())


def _cells(values: list[object]) -> Sequence[object]:
    return [plain(value) for value in values]

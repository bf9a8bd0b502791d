"""Arrow's columns as numpy's: float64 where all cells are numbers and nothing of their spelling counts, else text or None."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from breakeven.core.errors import InputError
from breakeven.core.types import Array
from breakeven.features.values import MISSING, level
from breakeven.files.dialect import MAX_CELL

if TYPE_CHECKING:
    import pyarrow as pa

#: Whole numbers that a float64 does not keep as they are written: more than fifteen digits; codes such as 12E4, since numbers
#: with an exponent have one digit before it, or a point.
CODE = r"^\s*([+-]?\d{16,}|\d{2,}[eE]\d+)\s*$"
#: Zeros in front, which a float64 does not keep either.
PADDED = r"^\s*[+-]?0\d+(\.\d*)?\s*$"
#: Two decimals or more that end in a zero, as of version 1.10, which is not 1.1 where others have other numbers of decimals.
ENDS_IN_ZERO = r"\.\d+0\s*$"
#: What is a decimal fraction, or a number with a point between thousands, as in files with semicolons.
DOUBTFUL = r"^\s*[+-]?[1-9]\d{0,2}(\.\d{3})+\s*$"
#: Codes among which `NA` is one more, such as that of Namibia: two capitals.
_TWO_CAPITALS = r"^[A-Z]{2}$"


def column(values: pa.ChunkedArray, where: str, name: str, text: bool = False, delimiter: str = "") -> Array:
    """One column (n,). `text`: it stays text although it looks like numbers. Raises InputError for nested kinds."""
    import pyarrow as pa

    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.cast(kind.value_type)
        kind = values.type
    if str(kind) in ("string_view", "large_string"):
        values, kind = values.cast(pa.string()), pa.string()
    if text and (pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        values = _as_written(values)
        kind = values.type
    if pa.types.is_boolean(kind):
        return np.array([None if v is None else ("true" if v else "false") for v in values.to_pylist()], dtype=object)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _number(values, kind)
    if pa.types.is_duration(kind):
        scale = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[kind.unit]
        return np.asarray(values.cast(pa.int64()).cast(pa.float64(), safe=False).to_numpy(), dtype=float) / scale
    if pa.types.is_temporal(kind):
        return np.array([None if v is None else str(v.isoformat()) for v in values.to_pylist()], dtype=object)
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)):
        raise InputError(where, f"column {name!r} holds {kind}, which is not one value a row", "flatten or remove it")
    if values.null_count == len(values):
        return np.full(len(values), np.nan)
    return _from_text(values, where, name, text, delimiter)


def _number(values: pa.ChunkedArray, kind: pa.DataType) -> Array:
    """Numbers as float64; whole ones that it does not hold exactly, such as account numbers, as text."""
    import pyarrow as pa
    from pyarrow import compute as pc

    is_integer = pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale <= 0)
    if is_integer and values.null_count < len(values):
        bounds = pc.min_max(values).as_py()
        if max(abs(bounds["min"]), abs(bounds["max"])) > 2**53:
            return _objects(_as_written(values))
    return np.asarray(values.cast(pa.float64(), safe=False).to_numpy(), dtype=float)


def _as_written(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whole and decimal numbers as texts, all digits kept."""
    import pyarrow as pa

    if not pa.types.is_decimal(values.type):
        return values.cast(pa.string())
    return pa.chunked_array([[None if v is None else f"{v:f}" for v in values.to_pylist()]], pa.string())


def _from_text(values: pa.ChunkedArray, where: str, name: str, text: bool, delimiter: str) -> Array:
    import pyarrow as pa
    from pyarrow import compute as pc

    absent = pc.is_in(values, value_set=pa.array(sorted(MISSING)))
    said = pc.if_else(absent, None, values) if pc.any(absent).as_py() else values
    if said.null_count == len(said):
        return np.full(len(said), np.nan)
    if not text:
        try:
            numbers = np.asarray(pc.cast(said, pa.float64()).to_numpy(), dtype=float)
        except pa.ArrowInvalid:
            numbers = None
        if numbers is not None and not _spelling_counts(said, numbers, delimiter):
            return numbers
    check_cells(values, where, name)
    return _objects(values.combine_chunks() if _na_is_a_code(said) else said)


def _spelling_counts(values: pa.ChunkedArray, numbers: Array, delimiter: str) -> bool:
    """Whether numbers lose something as float64: zeros in front, digits, or what a point between their digits means."""
    from pyarrow import compute as pc

    known = numbers[np.isfinite(numbers)]
    if pc.any(pc.match_substring_regex(values, PADDED)).as_py():
        return True
    if bool(np.all(known == np.floor(known))):
        if pc.any(pc.match_substring_regex(values, CODE)).as_py():
            return True
    elif pc.any(pc.match_substring_regex(values, ENDS_IN_ZERO)).as_py() and _other_decimals(values):
        return True
    return delimiter == ";" and bool(pc.all(pc.match_substring_regex(values.drop_null(), DOUBTFUL)).as_py())


def _other_decimals(values: pa.ChunkedArray) -> bool:
    """Whether texts with a point have different numbers of decimals."""
    from pyarrow import compute as pc

    known = values.drop_null()
    pointed = known.filter(pc.match_substring(known, "."))
    places = pc.subtract(pc.utf8_length(pointed), pc.find_substring(pointed, "."))
    return bool(len(pc.unique(places)) > 1)


def _na_is_a_code(said: pa.ChunkedArray) -> bool:
    """Whether the other cells of a column are two capitals each, so that `NA` is one of them."""
    from pyarrow import compute as pc

    levels = pc.unique(said).drop_null()
    if not 4 <= len(levels) <= 1000:
        return False
    return bool(pc.sum(pc.match_substring_regex(levels, _TWO_CAPITALS)).as_py() >= 0.9 * len(levels))


def _objects(values: pa.ChunkedArray | pa.Array) -> Array:
    """Texts through a dictionary, so that equal texts share one Python object: 8 bytes a row instead of 60."""
    import pyarrow as pa

    one = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    coded = one.dictionary_encode()
    texts = np.array([*coded.dictionary.to_pylist(), None], dtype=object)
    return np.asarray(texts[coded.indices.fill_null(len(texts) - 1).to_numpy(zero_copy_only=False)])


def check_cells(values: pa.ChunkedArray, where: str, name: str) -> None:
    """Raises InputError for a cell beyond MAX_CELL bytes: an open quote, as a rule."""
    from pyarrow import compute as pc

    lengths = pc.binary_length(values)
    longest = pc.max(lengths).as_py() or 0
    if longest > MAX_CELL:
        row = pc.index(lengths, longest).as_py()
        raise InputError(
            f"{where}, row {row + 1}, column {name!r}",
            f"a cell of {longest / 1e6:.1f} MB (limit {MAX_CELL >> 20} MB)",
            "shorten it, or close an open quote before it",
        )


def of_values(values: list[object]) -> Array:
    """Python values as float64 when all are numbers or missing, else as text or None."""
    plain = [None if _absent(v) else v for v in values]
    numbers = [v for v in plain if v is not None]
    if all(isinstance(v, int | float | np.number) and not isinstance(v, bool | np.bool_) for v in numbers):
        if any(isinstance(v, int) and abs(v) > 2**53 for v in numbers):
            return np.array([None if v is None else str(v) for v in plain], dtype=object)
        return np.array([np.nan if v is None else float(v) for v in plain])  # type: ignore[arg-type]
    texts = [_text(v) for v in plain]
    others = {text for text in texts if text is not None and text not in MISSING}
    codes = 4 <= len(others) <= 1000 and sum(len(t) == 2 and t.isupper() for t in others) >= 0.9 * len(others)
    keep = {"NA"} if codes else set()
    return np.array([None if t in MISSING and t not in keep else t for t in texts], dtype=object)


def _absent(value: object) -> bool:
    """None, NaN, and pandas' NA and NaT, which do not compare."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def _text(value: object) -> str | None:
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return value if isinstance(value, str) else level(value)

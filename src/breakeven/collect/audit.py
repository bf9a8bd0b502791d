"""What is odd about the data: found, counted, placed, and said - with what was done about it.

The target's own faults (missing, infinite, one class, too few rows) are errors: nothing can be learned around them.
"""

from __future__ import annotations

import numpy as np

from breakeven.collect.roles import Typed, unique
from breakeven.core import personal_data
from breakeven.core.errors import InputError
from breakeven.core.types import MEDIA_ROLES, USED_ROLES, Array, Finding, Task
from breakeven.features.values import level, missing

MIN_ROWS = 40
#: A class with fewer rows cannot be both learned and checked.
MIN_CLASS = 5
#: Whole-number targets with at most this many different values are classes.
MAX_NUMBER_CLASSES = 20
MAX_CLASSES = 1000
#: Share of what there is to know about the target that one column may tell before it is held to be a leak.
LEAK = 0.99
LEAK_SAMPLE = 20_000
LEAK_BINS = 64
IMBALANCE = 0.1
#: Quartile ranges beyond the quartiles from which a number is called an outlier.
FAR = 10.0


def target(typed: Typed, name: str, role: str | None) -> tuple[Task, Array, tuple[str, ...]]:
    """Task, y (class numbers or floats) and classes. Raises InputError for a target nothing can be learned from."""
    values, source = typed.table.columns[name], typed.table.source
    where = f"{source}, target {name!r}"
    rows = len(values)
    if rows < MIN_ROWS:
        raise InputError(source, f"{rows} rows are too few", f"give at least {MIN_ROWS}")
    _whole(values, where, typed.table.first_line)
    distinct, _ = unique(values)
    if len(distinct) == 1:
        raise InputError(
            where, f"only one value, {str(distinct[0])[:30]!r}", "there is nothing to predict; check the column"
        )
    numeric = values.dtype != object
    whole = numeric and bool(np.all(distinct == np.floor(distinct)))
    if role == "number" or (role != "category" and numeric and not (whole and len(distinct) <= MAX_NUMBER_CLASSES)):
        if not numeric:
            bad = next(str(v) for v in values if not _is_number(v))
            raise InputError(where, f"{bad[:30]!r} is not a number", "fix it, or give the target the role category")
        return "regression", values.astype(float), ()
    _mixed(values, distinct, where)
    if len(distinct) > min(MAX_CLASSES, rows // 3):
        raise InputError(
            where,
            f"{len(distinct):,} different values in {rows:,} rows are no classes",
            "check that this is the column to predict",
        )
    texts = [level(v) or "" for v in distinct.tolist()]
    # A class keeps the spelling it was first seen with; values of the same canonical text are the same class.
    spelled: dict[str, str] = {}
    for text, value in zip(texts, distinct.tolist(), strict=True):
        spelled.setdefault(text, value.strip() if isinstance(value, str) else text)
    order = list(spelled) if numeric else sorted(spelled, key=lambda t: spelled[t])
    classes = tuple(spelled[t] for t in order)
    place = {t: i for i, t in enumerate(order)}
    code = {v: place[t] for v, t in zip(distinct.tolist(), texts, strict=True)}
    return "classification", np.array([code[v] for v in values.tolist()], dtype=np.int64), classes


def _is_number(value: object) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return True


def _whole(values: Array, where: str, first_line: int) -> None:
    absent = missing(values)
    infinite = np.zeros(len(values), bool) if values.dtype == object else np.isinf(values)
    for bad, what, remedy in (
        (absent, "missing", "fill it in or remove those rows"),
        (infinite, "infinite", "fix those rows"),
    ):
        rows = np.flatnonzero(bad)
        if len(rows):
            places = ", ".join(f"{r + first_line:,}" for r in rows[:5])
            raise InputError(where, f"{what} in {len(rows):,} of {len(values):,} rows (lines {places})", remedy)


def _mixed(values: Array, distinct: Array, where: str) -> None:
    """A text target of which most different values are numbers is a number column with faults, not classes."""
    if values.dtype != object or len(distinct) <= MAX_NUMBER_CLASSES:
        return
    numbers = [v for v in distinct.tolist() if _is_number(v)]
    if len(numbers) > len(distinct) / 2:
        bad = next(str(v) for v in distinct.tolist() if not _is_number(v))
        raise InputError(
            where, f"mixed types: {len(numbers):,} different numbers, but also {bad[:30]!r}", "fix those rows"
        )


def rare(y: Array, classes: tuple[str, ...], name: str) -> tuple[Array, list[Finding]]:
    """Rows to keep: those of classes too rare to learn and check are left out, and said."""
    counts = np.bincount(y, minlength=len(classes))
    small = np.flatnonzero(counts < MIN_CLASS)
    keep = ~np.isin(y, small)
    if not len(small):
        return keep, []
    names = ", ".join(f"{classes[k]!r} ({counts[k]})" for k in small[:5])
    rows = np.flatnonzero(~keep)
    what = f"{len(small)} classes have fewer than {MIN_CLASS} rows: {names}"
    return keep, [Finding("rare classes", what, f"{len(rows)} rows left out", name, len(rows), _first(rows), "warning")]


def columns(typed: Typed) -> list[Finding]:
    """Missing values, constants, identifiers, outliers and unused columns."""
    out = []
    for column in typed.columns:
        values = typed.table.columns[column.name]
        absent = np.flatnonzero(missing(values))
        if column.role not in USED_ROLES:
            kind = {"id": "identifier", "ignore": "ignored column", "group": "group column"}.get(
                column.role, "unused column"
            )
            done = "not shown to any model"
            if column.role == "audio":
                done += f" ({column.role} columns are not read by this version)"
            out.append(Finding(kind, column.reason, done, column.name, len(values)))
            continue
        if len(absent):
            what = f"{len(absent):,} of {len(values):,} values missing ({len(absent) / len(values):.1%})"
            out.append(Finding("missing values", what, "kept as missing", column.name, len(absent), _first(absent)))
        if column.role == "number":
            out += _outliers(column.name, values)
    return out


def _outliers(name: str, values: Array) -> list[Finding]:
    known = values[np.isfinite(values)]
    q1, q3 = np.quantile(known, [0.25, 0.75])
    if q3 <= q1:
        return []
    far = np.flatnonzero((values > q3 + FAR * (q3 - q1)) | (values < q1 - FAR * (q3 - q1)))
    if not len(far):
        return []
    what = f"{len(far):,} values lie more than {FAR:.0f} quartile ranges out, such as {values[far[0]]:g}"
    return [Finding("outliers", what, "kept", name, len(far), _first(far))]


def balance(y: Array, classes: tuple[str, ...], name: str) -> list[Finding]:
    """Imbalance: the smallest class is a small share of an even one."""
    shares = np.bincount(y, minlength=len(classes)) / len(y)
    worst = int(shares.argmin())
    if shares[worst] * len(classes) >= 2 * IMBALANCE:
        return []
    what = f"class {classes[worst]!r} is {shares[worst]:.1%} of the rows"
    return [
        Finding(
            "imbalance",
            what,
            "kept; splits keep the shares, consider metric balanced_accuracy or roc_auc",
            name,
            int(shares[worst] * len(y)),
            (),
            "warning",
        )
    ]


def personal(typed: Typed) -> list[Finding]:
    """Columns that hold e-mail addresses, phone or identity numbers."""
    out = []
    for column in typed.columns:
        values = typed.table.columns[column.name]
        if values.dtype != object:
            continue
        texts = unique(values)[0][:2000].tolist()
        for kind, (_, pattern) in personal_data.KINDS.items():
            count = sum(bool(pattern.search(t)) for t in texts)
            # In running text one address in a hundred is worth a word; in a short column chance hits are not.
            if count > (0.01 if column.role == "text" else 0.1) * max(len(texts), 1):
                used = column.role in USED_ROLES
                out.append(
                    Finding(
                        "personal data",
                        f"{kind} in {count:,} of {len(texts):,} different values",
                        "kept" if used else "not shown to any model",
                        column.name,
                        count,
                        (),
                        "warning",
                    )
                )
                break
    return out


def leaks(typed: Typed, y: Array, task: Task, keep: frozenset[str]) -> dict[str, float]:
    """Columns that alone tell at least LEAK of the target, and how much; those the brief names are kept.

    A column is binned (numbers by quantile, categories by level, missing apart); the target's mean or commonest class
    in each bin is learned on half of the rows and judged on the other half. 1: it determines the target, 0: it says nothing.
    """
    pick = np.random.default_rng(0).permutation(len(y))[:LEAK_SAMPLE]
    half = len(pick) // 2
    found = {}
    for column in typed.columns:
        if column.role in USED_ROLES and column.role not in MEDIA_ROLES and column.name not in keep:
            bins = _bins(typed.table.columns[column.name][pick])
            share = _explained(bins[:half], y[pick[:half]], bins[half:], y[pick[half:]], task)
            if task == "regression":
                share = max(share, _linear(typed.table.columns[column.name][pick], y[pick]))
            if share >= LEAK:
                found[column.name] = share
    return found


def _bins(values: Array) -> Array:
    if values.dtype == object:
        place: dict[object, int] = {}
        return np.array([place.setdefault(v, len(place)) for v in values.tolist()])
    known = np.isfinite(values)
    cuts = np.unique(np.quantile(values[known], np.linspace(0, 1, LEAK_BINS + 1)[1:-1])) if known.any() else np.zeros(0)
    return np.where(known, np.searchsorted(cuts, values, side="right") + 1, 0)


def _explained(bins: Array, y: Array, new_bins: Array, new_y: Array, task: Task) -> float:
    size = int(max(bins.max(), new_bins.max())) + 1
    if task == "regression":
        mean = y.mean()
        sums, counts = np.bincount(bins, y - mean, size), np.bincount(bins, minlength=size)
        guess = mean + sums / np.maximum(counts, 1)
        spread = float(((new_y - mean) ** 2).mean())
        return 1 - float(((new_y - guess[new_bins]) ** 2).mean()) / spread if spread > 0 else 0.0
    classes = int(max(y.max(), new_y.max())) + 1
    table = np.bincount(bins * classes + y, minlength=size * classes).reshape(size, classes)
    base = float((new_y == np.bincount(y).argmax()).mean())
    hit = float((table.argmax(axis=1)[new_bins] == new_y).mean())
    return (hit - base) / (1 - base) if base < 1 else 0.0


def _linear(values: Array, y: Array) -> float:
    """Squared correlation with the target, over rows where the value is known."""
    if values.dtype == object:
        return 0.0
    known = np.isfinite(values)
    if known.sum() < MIN_ROWS or values[known].std() == 0:
        return 0.0
    # 0.9999: a real measurement this close to another is a copy in other units.
    r2 = float(np.corrcoef(values[known], y[known])[0, 1] ** 2)
    return r2 if r2 > 0.9999 else 0.0


def _first(rows: Array) -> tuple[int, ...]:
    return tuple(int(r) for r in rows[:5])

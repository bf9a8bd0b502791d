"""What is odd about the data: found, counted, placed, and said - with what was done about it."""

from __future__ import annotations

import numpy as np

from breakeven.collect.profile import SAID, unique
from breakeven.collect.roles import Typed
from breakeven.collect.target import MIN_ROWS
from breakeven.core import personal_data
from breakeven.core.types import MEDIA_ROLES, USED_ROLES, Array, Finding, Task, places
from breakeven.core.wording import counted
from breakeven.features.values import missing

#: A class with fewer rows cannot be both learned and checked.
MIN_CLASS = 5
#: Share of what there is to know about the target that one column may tell before it is held to be a leak.
LEAK = 0.99
LEAK_SAMPLE = 20_000
#: Share from which a column that is set aside is worth a warning.
STRONG = 0.1
LEAK_BINS = 64
IMBALANCE = 0.1
#: Quartile ranges beyond the quartiles from which a number is called an outlier.
FAR = 10.0


def rare(y: Array, classes: tuple[str, ...], name: str) -> tuple[Array, list[Finding]]:
    """Rows to keep: those of classes too rare to learn and check are left out, and said."""
    counts = np.bincount(y, minlength=len(classes))
    small = np.flatnonzero(counts < MIN_CLASS)
    keep = ~np.isin(y, small)
    if not len(small):
        return keep, []
    names = ", ".join(f"{classes[k]!r} ({counts[k]})" for k in small[:5])
    rows = np.flatnonzero(~keep)
    what = f"{counted(len(small), 'class has', 'classes have')} fewer than {MIN_CLASS} rows: {names}"
    return keep, [
        Finding("rare classes", what, f"{counted(len(rows), 'row')} left out", name, len(rows), places(rows), "warning")
    ]


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
            out.append(Finding("missing values", what, "kept as missing", column.name, len(absent), places(absent)))
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
    what = f"{counted(len(far), 'value lies', 'values lie')} more than {FAR:.0f} quartile ranges out, such as {values[far[0]]:g}"
    return [Finding("outliers", what, "kept", name, len(far), places(far))]


def balance(y: Array, classes: tuple[str, ...], name: str) -> list[Finding]:
    """Imbalance: the smallest class is a small share of an even one."""
    shares = np.bincount(y, minlength=len(classes)) / len(y)
    worst = int(shares.argmin())
    if shares[worst] * len(classes) >= 2 * IMBALANCE:
        return []
    what = f"class {classes[worst]!r} is {shares[worst]:.1%} of the rows"
    done = "kept; splits keep the shares" + (", consider metric: balanced_accuracy" if len(classes) > 2 else "")
    return [
        Finding(
            "imbalance",
            what,
            done,
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
        for kind in personal_data.KINDS:
            count = sum(personal_data.holds(kind, t) for t in texts)
            # In running text one address in a hundred is worth a word; in a short column chance hits are not, of which
            # a check digit lets one number in ten through.
            least = 0.01 if column.role == "text" else 0.5 if kind == "bank cards" else 0.1
            if count > least * max(len(texts), 1):
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


def set_aside(typed: Typed, y: Array, task: Task) -> list[Finding]:
    """A warning for every column that no model sees although it says much of the target: it may be no id or group at all."""
    pick = np.random.default_rng(0).permutation(len(y))[:LEAK_SAMPLE]
    half, out = len(pick) // 2, []
    for column in typed.columns:
        if column.role not in ("id", "group", "ignore") or column.reason.startswith(SAID):
            continue
        bins = _bins(typed.table.columns[column.name][pick])
        if int(bins.max()) >= half / 2:  # nothing can be learned of values that do not come again
            continue
        share = _explained(bins[:half], y[pick[:half]], bins[half:], y[pick[half:]], task)
        if share >= STRONG:
            what = f"no model sees this column ({column.reason}), but it tells {share:.0%} of the target"
            done = f"if it is a quantity or a choice, say so: columns: {{{column.name}: number}} or category"
            out.append(Finding("strong column set aside", what, done, column.name, len(y), (), "warning"))
    return out


def _bins(values: Array) -> Array:
    if values.dtype == object:
        first_row: dict[object, int] = {}
        return np.array([first_row.setdefault(v, len(first_row)) for v in values.tolist()])
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

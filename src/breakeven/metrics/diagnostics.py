"""Scores, calibration, confusion or residuals, importance and group gaps on the sealed test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from breakeven import metrics
from breakeven.core.types import Array, Finding, Interval
from breakeven.metrics import probability_gap

Predict = Callable[[Array], Array]
#: Bins of the reliability diagram, of equal numbers of rows.
BINS = 10
#: Mean gap between said and true probability above which probabilities are not to be relied on.
MOST_OFF = 0.05
#: Shuffles of a column in permutation importance.
SHUFFLES = 5
#: The most rows used for importance: it is a ranking, not a score.
IMPORTANCE_ROWS = 1_000
#: The most where texts or images are among the columns: an answer costs milliseconds.
IMPORTANCE_MEDIA_ROWS = 200
#: Groups with fewer sealed rows are not scored by themselves.
GROUP_ROWS = 20


@dataclass(frozen=True)
class Importance:
    """How much the score falls when a column is shuffled (positive: it is used), with a 90 % interval."""

    column: str
    value: float
    low: float
    high: float


def difference(metric: str, y: Array, large: Array, traditional: Array, units: Array | None = None) -> Interval:
    """Large minus traditional on the sealed rows, positive when large is better, 90 % paired interval over units."""
    value, error = metrics.difference(metric, y, large, traditional, units)
    return Interval(value, value - metrics.Z90 * error, value + metrics.Z90 * error)


def confusion(y: Array, answered: Array, classes: int) -> list[list[int]]:
    """Rows: true class; columns: answered class."""
    table = np.zeros((classes, classes), dtype=int)
    np.add.at(table, (y, answered), 1)
    return [[int(n) for n in row] for row in table]


def reliability(
    y: Array, probabilities: Array, units: Array | None = None, answers: Array | None = None
) -> dict[str, object]:
    """How often answers given with a certain probability are right, in ten bins of equal size; and the mean gap between
    both: as it is (ECE), less what chance adds (`gap`, with its interval), and what chance alone gives.

    `answers` (n,) are class numbers; by default the likeliest.
    """
    units = np.arange(len(y)) if units is None else units
    answers = probabilities.argmax(axis=1) if answers is None else answers
    said, right = probabilities[np.arange(len(y)), answers], answers == y
    bins = []
    for part in probability_gap.equal_parts(said, min(BINS, max(1, len(y) // 10))):
        low, high = _share(right[part], units[part])
        was = float(right[part].mean())
        bins.append({"said": float(said[part].mean()), "was": was, "low": low, "high": high, "rows": len(part)})
    found = probability_gap.measure(said, right, units)
    gap = Interval(found.value, found.low, found.high)
    unreliable = found.shown and found.value > MOST_OFF
    return {"bins": bins, "ece": found.plain, "gap": gap, "by_chance": found.by_chance, "unreliable": unreliable}


def residuals(y: Array, values: Array, half_width: float, units: Array | None = None) -> dict[str, object]:
    """Quantiles of truth minus answer, and how often the 90 % interval held."""
    rest = y - values
    inside = np.abs(rest) <= half_width
    held, (low, high) = float(inside.mean()), _share(inside, units)
    levels = (0.05, 0.25, 0.5, 0.75, 0.95)
    quantiles = dict(zip(map(str, levels), np.quantile(rest, levels).tolist(), strict=True))
    return {"quantiles": quantiles, "interval_held": {"value": held, "low": low, "high": high}}


def _share(hits: Array, units: Array | None) -> tuple[float, float]:
    """Wilson's interval of a share of rows, by their effective number."""
    measured = metrics.UnitLosses.mean(hits, units)
    return metrics.wilson(measured.value, metrics.effective_rows(measured))


def importance(
    metric: str,
    predict: Predict,
    X: Array,
    y: Array,
    columns: Sequence[tuple[str, Sequence[int]]],
    seed: int,
    most: int = IMPORTANCE_ROWS,
) -> list[Importance]:
    """Permutation importance (Breiman 2001) of each input column; `columns` gives its positions in X (n, p)."""
    rng = np.random.default_rng([seed, 11])
    pick = rng.permutation(len(y))[:most]
    X, y = X[pick], y[pick]
    full, sign = metrics.score(metric, y, predict(X)), metrics.METRICS[metric].sign
    out = []
    for name, places in columns:
        drops = []
        for _ in range(SHUFFLES):
            shuffled = X.copy()
            shuffled[:, list(places)] = X[rng.permutation(len(X))][:, list(places)]
            drops.append(sign * (full - metrics.score(metric, y, predict(shuffled))))
        half = metrics.Z90 * float(np.std(drops, ddof=1))
        mean = float(np.mean(drops))
        out.append(Importance(name, mean, mean - half, mean + half))
    return sorted(out, key=lambda i: -i.value)


def group_gaps(
    metric: str,
    y: Array,
    prediction: Array,
    groups: Mapping[str, Array],
    max_gap: float | None,
    units: Array | None = None,
) -> list[Finding]:
    """The score of each group with at least 20 sealed rows, and the gap between the best and the worst."""
    units = np.arange(len(y)) if units is None else units
    out = []
    for column, values in groups.items():
        shown, scores = [], []
        for group in sorted(set(values.tolist())):
            in_group = values == group
            if in_group.sum() < GROUP_ROWS:
                continue
            found = metrics.interval(metric, y[in_group], prediction[in_group], units[in_group])
            scores.append(found.value or 0.0)
            shown.append(f"{group} {found.value:.3f} ({found.low:.3f} to {found.high:.3f}, {int(in_group.sum())} rows)")
        if len(scores) > 1:
            gap = max(scores) - min(scores)
            over = max_gap is not None and gap > max_gap
            done = f"over the brief's limit of {max_gap:g}" if over else "reported"
            what = f"{metric} by {column}: {'; '.join(shown)}; gap {gap:.3f}"
            out.append(Finding("group gap", what, done, column, len(y), (), "warning" if over else "info"))
    return out

"""Champion or challenger: both answer the same sealed rows, and the difference decides."""

from __future__ import annotations

from breakeven import metrics
from breakeven.core.types import Array, Interval


def promote(
    metric: str, y: Array, challenger: Array, champion: Array, margin: float, units: Array | None = None
) -> tuple[bool, Interval]:
    """Promote when the challenger is better, and not worse than the margin at the low end of the 90 % interval.

    `units` (n,): rows of one unit are counted together. Returns the decision and challenger minus champion (positive: the challenger is better).
    """
    value, error = metrics.difference(metric, y, challenger, champion, units)
    interval = Interval(value, value - metrics.Z90 * error, value + metrics.Z90 * error)
    floor = metrics.margin_of(metric, margin, metrics.score(metric, y, champion))
    return value > 0 and value - metrics.Z90 * error > -floor, interval

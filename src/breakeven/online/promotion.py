"""Champion or challenger: both answer the same sealed units, and the difference decides."""

from __future__ import annotations

from breakeven import metrics
from breakeven.core.types import Interval
from breakeven.metrics import ScoreScale, UnitLosses


def promote(challenger: UnitLosses, champion: UnitLosses, scale: ScoreScale, margin: float) -> tuple[bool, Interval]:
    """Promote when the challenger is better, and not worse than the margin at the low end of the 90 % interval.

    Both are scores on the same sealed units. Returns the decision and challenger minus champion (positive: the challenger
    is better).
    """
    gap = metrics.paired(challenger, champion, scale.higher_is_better)
    low = gap.value - metrics.Z90 * gap.error
    return gap.value > 0 and low > -scale.margin(margin, champion.value), gap.interval

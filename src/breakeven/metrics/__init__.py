"""Scores of predictions: losses by unit, standard errors and intervals over units, ranking metrics, diagnostics."""

from breakeven.metrics.intervals import Z90, normal, wilson
from breakeven.metrics.scores import (
    DEFAULT,
    METRICS,
    Metric,
    ScoreScale,
    auc_of,
    difference,
    effective_rows,
    interval,
    losses,
    margin_of,
    score,
)
from breakeven.metrics.units import UnitLosses, paired, pooled

__all__ = [
    "DEFAULT",
    "METRICS",
    "Z90",
    "Metric",
    "ScoreScale",
    "UnitLosses",
    "auc_of",
    "difference",
    "effective_rows",
    "interval",
    "losses",
    "margin_of",
    "normal",
    "paired",
    "pooled",
    "score",
    "wilson",
]

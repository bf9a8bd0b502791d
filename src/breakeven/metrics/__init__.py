"""Scores of predictions: losses by unit, standard errors and intervals over units, ranking metrics, diagnostics."""

from breakeven.metrics.scores import (
    DEFAULT,
    METRICS,
    Z90,
    Metric,
    auc_of,
    difference,
    interval,
    margin_of,
    normal,
    pool,
    score,
    se,
    wilson,
)

__all__ = [
    "DEFAULT",
    "METRICS",
    "Z90",
    "Metric",
    "auc_of",
    "difference",
    "interval",
    "margin_of",
    "normal",
    "pool",
    "score",
    "se",
    "wilson",
]

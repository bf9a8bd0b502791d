"""Our scores against scikit-learn's on random answers."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as theirs

from breakeven import metrics
from breakeven.scenarios.recommend import ranking_metrics as judge

CLASSIFICATION = {
    "accuracy": lambda y, p: theirs.accuracy_score(y, p.argmax(1)),
    "balanced_accuracy": lambda y, p: theirs.balanced_accuracy_score(y, p.argmax(1)),
    "f1": lambda y, p: theirs.f1_score(y, p.argmax(1), average="binary" if p.shape[1] == 2 else "macro"),
    "roc_auc": lambda y, p: theirs.roc_auc_score(y, p[:, 1] if p.shape[1] == 2 else p, multi_class="ovr"),
    "log_loss": lambda y, p: theirs.log_loss(y, p),
    "brier": lambda y, p: float(((p - np.eye(p.shape[1])[y]) ** 2).sum(1).mean()),
    "average_precision": lambda y, p: theirs.average_precision_score(y, p[:, 1]),
}
REGRESSION = {"r2": theirs.r2_score, "rmse": theirs.root_mean_squared_error, "mae": theirs.mean_absolute_error}


def test_every_metric_has_an_oracle() -> None:
    ranking = {name for name, m in metrics.METRICS.items() if m.task == "ranking"}
    assert set(CLASSIFICATION) | set(REGRESSION) == set(metrics.METRICS) - ranking
    assert ranking == set(judge.METRICS)  # those are held against hand counts in test_ranking.py


CASES = [(name, k) for name in CLASSIFICATION for k in (2, 4) if k == 2 or not metrics.METRICS[name].binary_only]


@pytest.mark.parametrize(("name", "classes"), CASES)
def test_classification(name: str, classes: int) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        p = rng.dirichlet(np.ones(classes), 80)
        y = np.array([rng.choice(classes, p=row) for row in p])
        assert metrics.score(name, y, p) == pytest.approx(CLASSIFICATION[name](y, p), abs=1e-12)


@pytest.mark.parametrize("name", list(REGRESSION))
def test_regression(name: str) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        y = rng.normal(size=50)
        p = y + rng.normal(size=50)
        assert metrics.score(name, y, p) == pytest.approx(REGRESSION[name](y, p), abs=1e-12)


def test_auc_with_ties() -> None:
    y, s = np.array([0, 1, 0, 1, 1]), np.array([0.2, 0.2, 0.5, 0.5, 0.9])
    assert metrics.auc_of(y == 1, s) == pytest.approx(theirs.roc_auc_score(y, s))


def test_intervals_hold_as_often_as_they_say() -> None:
    """Of 400 samples with a known accuracy, about 90 % of intervals hold it."""
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        right = rng.random(200) < 0.8
        p = np.where(right[:, None], [[0.1, 0.9]], [[0.9, 0.1]])
        i = metrics.interval("accuracy", np.ones(200, int), p)
        held += i.low <= 0.8 <= i.high
    assert 0.86 <= held / 400 <= 0.95

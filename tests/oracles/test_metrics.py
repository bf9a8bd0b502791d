"""Our scores against scikit-learn's on random answers."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as theirs

from breakeven import metrics
from breakeven.metrics import influence
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


WEIGHTED = {
    "accuracy": lambda y, p, w: theirs.accuracy_score(y, p.argmax(1), sample_weight=w),
    "balanced_accuracy": lambda y, p, w: theirs.balanced_accuracy_score(y, p.argmax(1), sample_weight=w),
    "f1": lambda y, p, w: theirs.f1_score(
        y, p.argmax(1), average="binary" if p.shape[1] == 2 else "macro", sample_weight=w
    ),
    "roc_auc": lambda y, p, w: np.mean(
        [theirs.roc_auc_score(y == k, p[:, k], sample_weight=w) for k in range(0 if p.shape[1] > 2 else 1, p.shape[1])]
    ),
    "log_loss": lambda y, p, w: theirs.log_loss(y, p, sample_weight=w),
    "brier": lambda y, p, w: np.average(((p - np.eye(p.shape[1])[y]) ** 2).sum(1), weights=w),
    "average_precision": lambda y, p, w: theirs.average_precision_score(y, p[:, 1], sample_weight=w),
    "r2": lambda y, p, w: theirs.r2_score(y, p, sample_weight=w),
    "rmse": lambda y, p, w: theirs.root_mean_squared_error(y, p, sample_weight=w),
    "mae": lambda y, p, w: theirs.mean_absolute_error(y, p, sample_weight=w),
}


def example(name: str, classes: int, rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    if name in REGRESSION:
        y = rng.normal(size=rows)
        return y, y + rng.normal(size=rows)
    p = rng.dirichlet(np.ones(classes), rows)
    return np.array([rng.choice(classes, p=row) for row in p]), p


ALL = [*CASES, *((name, 0) for name in REGRESSION)]


@pytest.mark.parametrize(("name", "classes"), ALL)
def test_influence_is_the_derivative_by_a_row_s_weight(name: str, classes: int) -> None:
    rows, step = 60, 1e-5
    y, p = example(name, classes, rows, 3)
    found = metrics.losses(name, y, p)
    assert found.value == pytest.approx(metrics.score(name, y, p), abs=1e-12)
    for i in range(rows):
        more, less = np.ones(rows), np.ones(rows)
        more[i] += step
        less[i] -= step
        slope = (WEIGHTED[name](y, p, more) - WEIGHTED[name](y, p, less)) / (2 * step)
        assert found.influence[i] == pytest.approx(slope, abs=1e-8)
    assert found.influence.sum() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("name", "classes"), ALL)
def test_standard_errors_are_those_of_a_bootstrap(name: str, classes: int) -> None:
    y, p = example(name, classes, 400, 5)
    rng = np.random.default_rng(0)
    other = np.roll(p, 1, axis=0)
    draws = [rng.integers(0, 400, 400) for _ in range(600)]
    scores = np.array([[metrics.score(name, y[i], a[i]) for a in (p, other)] for i in draws])
    assert metrics.losses(name, y, p).error == pytest.approx(scores[:, 0].std(), rel=0.12)
    value, error = metrics.difference(name, y, p, other)
    sign = metrics.METRICS[name].sign
    assert value == pytest.approx(sign * (metrics.score(name, y, p) - metrics.score(name, y, other)), abs=1e-12)
    assert error == pytest.approx((scores[:, 0] - scores[:, 1]).std(), rel=0.12)


def test_delong_s_variance_on_tied_scores() -> None:
    """The structural components counted pair by pair, as in DeLong et al. (1988), equations 3 to 5."""
    rng = np.random.default_rng(2)
    positive = rng.random(80) < 0.4
    scores = np.round(rng.normal(size=80) + positive, 1)
    wins = (scores[positive][:, None] > scores[~positive]) + 0.5 * (scores[positive][:, None] == scores[~positive])
    n1, n0 = wins.shape
    variance = wins.mean(axis=1).var() / n1 + wins.mean(axis=0).var() / n0
    found = influence.auc(positive, scores)
    assert np.square(found).sum() == pytest.approx(variance, rel=1e-12)


def test_a_class_that_is_absent_has_no_influence() -> None:
    y, p = np.zeros(20, dtype=int), np.random.default_rng(0).dirichlet(np.ones(2), 20)
    assert metrics.losses("roc_auc", y, p).error == 0
    assert metrics.losses("average_precision", y, p).error == 0
    assert metrics.losses("r2", np.ones(20), p[:, 0]).error == 0

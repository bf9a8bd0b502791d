"""What is said of the product: scores, calibration, importance, gaps; and the sealed test's seal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from breakeven.core import store
from breakeven.metrics import diagnostics
from breakeven.trust import sealed


def test_openings_are_on_record(tmp_path: Path) -> None:
    sealed.seal(tmp_path, np.eye(3), np.arange(3))
    log = store.Log(tmp_path / "log.jsonl")
    X, y = sealed.open_once(tmp_path, log, "test")
    assert (X.shape, y.tolist()) == ((3, 3), [0, 1, 2])
    assert [e["event"] for e in log.read()] == ["sealed test opened"]


def test_confusion_and_reliability() -> None:
    y = np.array([0, 0, 1, 1, 1])
    p = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7], [0.8, 0.2]])
    assert diagnostics.confusion(y, p, 2) == [[1, 1], [1, 2]]
    rng = np.random.default_rng(0)
    q = rng.dirichlet(np.ones(2), 5000)
    truth = (rng.random(5000) < q[:, 1]).astype(int)
    assert diagnostics.reliability(truth, q)["ece"] < 0.03
    assert diagnostics.reliability(1 - truth, q)["ece"] > 0.3


def test_importance_finds_the_column_that_matters() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 3))
    y = X[:, 1] * 2
    found = diagnostics.importance("r2", lambda Z: Z[:, 1] * 2, X, y, [("a", [0]), ("b", [1]), ("c", [2])], 0)
    assert found[0].column == "b"
    assert found[0].low > 0.5
    assert found[1].value == pytest.approx(0)


def test_group_gaps_are_said_and_limits_kept() -> None:
    y = np.zeros(100, int)
    right = np.tile([[1.0, 0.0]], (100, 1))
    right[:30] = [0.0, 1.0]
    groups = {"sex": np.array(["f"] * 40 + ["m"] * 60, dtype=object)}
    (finding,) = diagnostics.group_gaps("accuracy", y, right, groups, 0.1)
    assert finding.level == "warning"
    assert "gap 0.750" in finding.what
    (calm,) = diagnostics.group_gaps("accuracy", y, right, groups, None)
    assert calm.level == "info"


def test_residual_intervals_are_checked() -> None:
    y = np.arange(-50, 51) / 50
    told = diagnostics.residuals(y, np.zeros(101), 0.901)
    assert told["interval_held"]["value"] == pytest.approx(91 / 101)

"""What is said of the product: scores, calibration, importance, gaps; and the sealed test's seal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from breakeven.core import store
from breakeven.metrics import diagnostics
from breakeven.trust import evidence, sealed


def test_openings_are_on_record(tmp_path: Path) -> None:
    work, log = tmp_path / "build" / "run" / "work", store.Log(tmp_path / "log.jsonl")
    sealed.seal(work, np.eye(3), np.arange(3))
    X, y = sealed.open_once(work, log, "test")
    assert (X.shape, y.tolist()) == ((3, 3), [0, 1, 2])
    assert [e["event"] for e in log.read()] == ["sealed test opened"]
    assert sealed.units(work).tolist() == [0, 1, 2]


def test_openings_of_the_same_rows_are_counted_over_runs(tmp_path: Path) -> None:
    log = store.Log(tmp_path / "log.jsonl")
    first, second, other = (tmp_path / "build" / run / "work" for run in ("a", "b", "c"))
    for work in (first, second):
        sealed.seal(work, np.eye(3), np.arange(3), units=np.array([0, 0, 1]))
    sealed.seal(other, np.eye(3), np.arange(3) + 1)
    assert [sealed.openings(work) for work in (first, second, other)] == [0, 0, 0]
    for work, why in (
        (first, "the choice is made"),
        (second, "the choice is made"),
        (second, "champion against challenger"),
    ):
        sealed.open_once(work, log, why)
    assert [sealed.openings(work) for work in (first, second, other)] == [3, 3, 0]
    sealed.open_once(other, log, "the choice is made")
    assert sealed.openings(other) == 1
    register = store.read_json(tmp_path / "build" / sealed.REGISTER)
    assert sorted(len(opened) for opened in register.values()) == [1, 3]
    assert sealed.openings(tmp_path / "build" / "nothing" / "work") == 0


def test_evidence_counts_units_not_rows() -> None:
    rng = np.random.default_rng(0)
    y, right = np.tile([0, 1], 100), rng.random(40) < 0.8
    p = np.eye(2)[np.where(np.repeat(right, 5), y, 1 - y)]
    units = np.repeat(np.arange(40), 5)
    by_row, by_unit = (evidence.gather("accuracy", y, {"a": p, "b": 1 - p}, u) for u in (None, units))
    assert by_unit.scores["a"].value == by_row.scores["a"].value
    wide, narrow = (s.scores["a"].high - s.scores["a"].low for s in (by_unit, by_row))
    assert wide > 1.8 * narrow
    wide, narrow = (s.difference("a", "b").high - s.difference("a", "b").low for s in (by_unit, by_row))
    assert wide == pytest.approx(np.sqrt(5) * narrow, rel=0.02)
    bins = [diagnostics.reliability(y, p, u)["bins"][0] for u in (units, None)]
    assert bins[0]["high"] - bins[0]["low"] > bins[1]["high"] - bins[1]["low"]
    gaps = [diagnostics.group_gaps("accuracy", y, p, {"g": y}, None, u)[0].what for u in (units, None)]
    assert gaps[0] != gaps[1]


def test_confusion_and_reliability() -> None:
    y = np.array([0, 0, 1, 1, 1])
    p = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7], [0.8, 0.2]])
    assert diagnostics.confusion(y, p.argmax(axis=1), 2) == [[1, 1], [1, 2]]
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

"""Recall, precision and thresholds against scikit-learn's, and classes that nobody answers or that have no rows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as peers

from breakeven.core.decision import Decision
from breakeven.metrics import per_class


def drawn(classes: int, rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(classes)
    y = rng.choice(classes, rows, p=np.arange(1, classes + 1) / (classes * (classes + 1) / 2))
    scores = rng.random((rows, classes)) + 0.7 * np.eye(classes)[y]
    return y, scores / scores.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("classes", [2, 5])
def test_scores_of_classes_are_those_of_scikit_learn(classes: int) -> None:
    y, p = drawn(classes)
    found = per_class.by_class(y, p.argmax(axis=1), [str(k) for k in range(classes)])
    precision, recall, f1, rows = peers.precision_recall_fscore_support(y, p.argmax(axis=1))
    assert [s.rows for s in found] == rows.tolist()
    assert [s.recall.value for s in found] == pytest.approx(recall)
    assert [s.precision.value for s in found] == pytest.approx(precision)
    assert all(s.recall.low < s.recall.value < s.recall.high for s in found)
    macro = per_class.macro(found)
    assert (macro.recall, macro.precision, macro.f1) == pytest.approx((recall.mean(), precision.mean(), f1.mean()))


def test_a_class_without_rows_and_one_that_is_never_answered_have_no_share() -> None:
    y, p = np.array([0, 0, 1]), np.tile([0.8, 0.1, 0.1], (3, 1))
    first, never, absent = per_class.by_class(y, p.argmax(axis=1), ["a", "b", "c"])
    assert never.precision is None and never.recall.value == 0
    assert absent.recall is None and absent.precision is None and absent.rows == 0
    assert per_class.macro([first, never, absent]).recall == 0.5  # of the classes that occur


def test_the_dearer_a_missed_yes_the_more_are_found_and_the_fewer_answers_are_right() -> None:
    y, p = drawn(2)
    y = 1 - y  # class 1 is the rarer one now
    p = p[:, ::-1]
    assert per_class.rarer(y) == 1 and per_class.rarer(1 - y) == 0
    found = per_class.thresholds(y, p, Decision(1))
    assert [t.at for t in found] == pytest.approx([1 / 2, 1 / 6, 1 / 21])
    for t in found:
        answer = p[:, 1] >= t.at
        assert t.answered == answer.mean()
        assert t.recall.value == pytest.approx(peers.recall_score(y, answer))
        assert t.precision.value == pytest.approx(peers.precision_score(y, answer))
    assert found[0].recall.value < found[-1].recall.value and found[0].precision.value > found[-1].precision.value


def test_the_briefs_prices_make_the_threshold_that_the_product_takes() -> None:
    y, p = drawn(2)
    y, p = 1 - y, p[:, ::-1]
    own, *usual = per_class.thresholds(y, p, Decision(1, usd_per_miss=30.0, usd_per_false_alarm=10.0))
    assert own.taken and own.at == 0.25 and own.missed == 3 and not any(t.taken for t in usual)
    answer = (p[:, 1] >= 0.25).astype(int)
    assert own.usd == pytest.approx((30 * ((y == 1) & (answer == 0)) + 10 * ((y == 0) & (answer == 1))).mean())
    assert all(t.usd is None for t in per_class.thresholds(y, p, Decision(1)))


@pytest.mark.parametrize(("miss", "alarm", "at", "answered"), [(5.0, 0.0, 0.0, 1.0), (0.0, 5.0, 1.0, 0.0)])
def test_a_price_of_zero_makes_one_answer_free(miss: float, alarm: float, at: float, answered: float) -> None:
    y, p = drawn(2)
    own = per_class.thresholds(y, p, Decision(1, miss, alarm))[0]
    assert own.at == at and own.answered == answered and own.usd == 0 and np.isfinite(own.missed)
    assert Decision(1, 0.0, 0.0).yes_from is None


def test_rows_of_one_unit_say_less_than_rows_by_themselves() -> None:
    y, p = drawn(2)
    units = np.repeat(np.arange(len(y) // 4), 4)
    order = np.argsort(p.argmax(axis=1) == y, kind="stable")  # units that are right or wrong as a whole
    alone, together = (
        per_class.by_class(y[order], p.argmax(axis=1)[order], ["a", "b"], u)[1].recall for u in (None, units)
    )
    assert alone.value == together.value and together.high - together.low > alone.high - alone.low

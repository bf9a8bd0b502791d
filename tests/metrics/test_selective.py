"""Certified thresholds: what is promised is kept, what cannot be promised is refused, and says what would be needed."""

from __future__ import annotations

import numpy as np
import pytest

from breakeven.metrics import selective
from breakeven.metrics.selective import budget_curve, certify, decide, least_abstention, least_answered


def draw(count: int, seed: int = 0, stages: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated stages, the later the better: confidence (n, S) and right (n, S)."""
    rng = np.random.default_rng(seed)
    confidence = np.column_stack([rng.beta(4 + 4 * s, 0.6, size=count) for s in range(stages)])
    return confidence, rng.random(confidence.shape) < confidence


def test_a_cascade_is_certified_as_one() -> None:
    confidence, right = draw(4000)
    found = certify(confidence, right, 0.02, 0.95)
    assert found.thresholds is not None and len(found.thresholds) == 2
    stage = decide(confidence, found.thresholds)
    answered = stage >= 0
    assert found.count == answered.sum()
    assert found.wrong == (~right[answered, stage[answered]]).sum()
    assert found.answered.value == pytest.approx(answered.mean()) == pytest.approx(sum(found.stages))
    assert found.stages[0] == pytest.approx((stage == 0).mean())
    assert found.wrong / found.count < found.upper <= 0.02
    assert found.answered.low < found.answered.value < found.answered.high
    assert found.needed is None


def test_a_later_stage_adds_answers() -> None:
    confidence, right = draw(6000, seed=3)
    one, both = certify(confidence[:, :1], right[:, :1], 0.02, 0.95), certify(confidence, right, 0.02, 0.95)
    assert both.answered.value > one.answered.value + 0.1


def test_too_few_questions_promise_nothing_and_say_how_many_would() -> None:
    confidence, right = np.full((200, 1), 0.999), np.ones((200, 1), dtype=bool)
    found = certify(confidence, right, 0.01, 0.95)
    assert (found.thresholds, found.count, found.upper, found.needed) == (None, 0, 1.0, 299)
    assert least_answered(0.01, 0.95) == 299
    assert certify(np.full((299, 1), 0.999), np.ones((299, 1), dtype=bool), 0.01, 0.95).count == 299


def test_what_is_needed_is_about_enough() -> None:
    confidence, right = draw(700, seed=5, stages=1)
    found = certify(confidence, right, 0.005, 0.95)
    assert found.thresholds is None and found.needed is not None
    again = [certify(*draw(3 * found.needed, seed=s, stages=1), 0.005, 0.95).thresholds for s in range(10)]
    assert sum(t is not None for t in again) >= 5


def test_errors_at_every_confidence_need_no_number() -> None:
    confidence, right = np.full((2000, 1), 0.99), np.arange(2000)[:, None] % 2 == 0
    found = certify(confidence, right, 0.01, 0.95)
    assert (found.thresholds, found.needed) == (None, None)


def test_a_larger_budget_never_buys_less() -> None:
    points = budget_curve(*draw(5000), sure=0.95)
    assert [p.budget for p in points] == list(selective.BUDGETS)
    shares = [p.certified.answered.value for p in points]
    assert shares == sorted(shares) and shares[-1] > shares[2] > 0
    assert all(p.certified.upper <= p.budget for p in points if p.certified.thresholds)


def test_questions_of_one_customer_count_as_dependent() -> None:
    """Each question ten times: the promise must be that of the questions once, not of ten times as many."""
    confidence, right = draw(1200, stages=1)
    copies = np.repeat(confidence, 10, axis=0), np.repeat(right, 10, axis=0)
    once, units = certify(confidence, right, 0.03, 0.95), np.repeat(np.arange(1200), 10)
    clustered, naive = certify(*copies, 0.03, 0.95, units), certify(*copies, 0.03, 0.95)
    assert clustered.thresholds == once.thresholds
    assert clustered.upper == pytest.approx(once.upper)
    assert naive.upper - naive.wrong / naive.count < 0.5 * (clustered.upper - clustered.wrong / clustered.count)


def test_one_customer_with_most_questions_is_no_evidence() -> None:
    confidence, right = np.full((1000, 1), 0.999), np.ones((1000, 1), dtype=bool)
    units = np.where(np.arange(1000) < 800, "one", np.arange(1000).astype(str))
    assert certify(confidence, right, 0.01, 0.95, units).thresholds is None


def test_abstention_that_no_rule_can_avoid() -> None:
    """Drop the errors one by one: at the bound exactly the budget is left."""
    share = least_abstention(0.08, 0.01)
    assert (0.08 - share) / (1 - share) == pytest.approx(0.01)
    assert least_abstention(0.01, 0.01) == 0


def test_a_stage_surer_than_it_should_be_is_held_back() -> None:
    """An early stage that errs five times as often as it says costs the cascade its answers, until its threshold is stricter."""
    confidence, right = draw(8000, seed=2)
    rng = np.random.default_rng(9)
    right[:, 0] = rng.random(len(right)) >= np.minimum(1, 5 * (1 - confidence[:, 0]))
    plain = certify(confidence, right, 0.02, 0.95)
    held = certify(confidence, right, 0.02, 0.95, stricter=(2.0, 0.0))
    assert held.answered.value > plain.answered.value + 0.05
    odds = np.log(np.array(held.thresholds) / (1 - np.array(held.thresholds)))
    assert odds[0] - odds[1] == pytest.approx(2.0, abs=1e-6)
    stage = decide(confidence, held.thresholds)
    assert held.stages == pytest.approx([(stage == 0).mean(), (stage == 1).mean()])
    assert held.wrong == (~right[stage >= 0, stage[stage >= 0]]).sum()


def test_bad_arguments() -> None:
    confidence, right = draw(10)
    with pytest.raises(ValueError, match="one shape"):
        certify(confidence, right[:, :1], 0.01, 0.95)
    with pytest.raises(ValueError, match="one shape"):
        certify(confidence[:0], right[:0], 0.01, 0.95)
    with pytest.raises(ValueError, match="between 0 and 1"):
        certify(confidence * 2, right, 0.01, 0.95)
    with pytest.raises(ValueError, match="between 0 and 1"):
        certify(np.full((10, 2), np.nan), right, 0.01, 0.95)
    with pytest.raises(ValueError, match="between 0 and 1"):
        certify(confidence, right, 0.0, 0.95)
    with pytest.raises(ValueError, match="3 log odds of 2 stages"):
        certify(confidence, right, 0.01, 0.95, stricter=(0.0, 1.0, 2.0))
    with pytest.raises(ValueError, match="3 units of 10"):
        certify(confidence, right, 0.01, 0.95, np.arange(3))

"""By group: a language that is answered worse is seen, and held to the same promise by stricter thresholds."""

from __future__ import annotations

import numpy as np
import pytest

from breakeven.metrics.selective import certify, decide
from breakeven.metrics.selective_groups import certify_groups, group_errors


def draw(rng: np.random.Generator, sizes: dict[str, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One stage; in "zh" it is wrong three times as often as it says, elsewhere as often as it says."""
    groups = np.repeat(list(sizes), list(sizes.values()))
    confidence = rng.beta(12, 0.8, size=(len(groups), 1))
    wrong = np.minimum(1, (1 - confidence[:, 0]) * np.where(groups == "zh", 3.0, 1.0))
    return confidence, (rng.random(len(groups)) >= wrong)[:, None], groups


def test_every_group_is_held_to_the_budget() -> None:
    """Over 100 draws at most 5 %, give or take the noise, break the promise in any group; one threshold for all breaks it in zh."""
    rng, broken, common = np.random.default_rng(0), 0, 0
    more, truth, group = draw(rng, {"en": 100_000, "zh": 100_000, "fr": 30_000, "de": 30_000})

    def worst(thresholds) -> bool:
        """Whether a group, or fr and de together, is wrong too often."""
        over = []
        for names in (("en",), ("zh",), ("fr", "de")):
            mine = np.isin(group, names)
            told = mine & (decide(more, thresholds(names[0]) or (2.0,)) >= 0)
            over.append(told.any() and (~truth[told, 0]).mean() > 0.05)
        return any(over)

    for _ in range(100):
        confidence, right, of = draw(rng, {"en": 4000, "zh": 2000, "fr": 90, "de": 60})
        found = certify_groups(confidence, right, of, 0.05, 0.95)
        assert set(found.groups) == {"en", "zh"}
        broken += worst(found.thresholds)
        one = certify(confidence, right, 0.05, 0.95).thresholds
        common += worst(lambda _, one=one: one)
    assert broken <= 10 < common


def test_a_worse_group_gets_a_stricter_threshold() -> None:
    found = certify_groups(*draw(np.random.default_rng(2), {"en": 6000, "zh": 6000}), 0.05, 0.95)
    assert found.rest is None
    assert found.thresholds("zh") > found.thresholds("en")
    assert found.thresholds("fr") is None


def test_errors_by_group_are_counted() -> None:
    confidence = np.array([[0.9], [0.9], [0.2], [0.9], [0.1]])
    right = np.array([[True], [False], [False], [True], [True]])
    found = group_errors(confidence, right, np.array(["a", "a", "a", "b", "c"]), (0.5,), 0.95)
    assert [(g.group, g.questions, g.count, g.wrong) for g in found] == [("a", 3, 2, 1), ("b", 1, 1, 0), ("c", 1, 0, 0)]
    assert found[0].error.value == pytest.approx(0.5) and found[0].upper > 0.9
    assert found[1].upper == pytest.approx(0.95)
    assert (found[2].error.value, found[2].upper, found[2].answered.value) == (None, 1.0, 0.0)

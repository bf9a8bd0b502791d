"""What more labels of a topic bring, on learning curves whose shape is known."""

from __future__ import annotations

import numpy as np

from breakeven.scenarios.support.label_value import MORE, _Repeat, gains

SLOPE, TOPICS, QUESTIONS = 0.8, 4, 4_000


def repeats(levels: list[float], labels_at_end: list[int]) -> list[_Repeat]:
    """Looks at growing sizes of topics whose log odds rise by SLOPE with the logarithm of their labels, up to `levels`."""
    rng = np.random.default_rng(3)
    found = []
    for share in (0.25, 0.5, 1.0):
        labels = (np.array(labels_at_end) * share).astype(int)
        odds = np.log(np.array(levels) / (1 - np.array(levels))) + SLOPE * np.log(labels / np.array(labels_at_end))
        truth = np.repeat(np.arange(TOPICS), QUESTIONS // TOPICS)
        right = rng.random(QUESTIONS) < (1 / (1 + np.exp(-odds)))[truth]
        found.append(_Repeat(truth, right, np.arange(QUESTIONS), labels))
    return found


def test_gains_follow_the_curve() -> None:
    levels, labels = [0.6, 0.9, 0.6, 0.97], [40, 40, 400, 40]
    found = gains(repeats(levels, labels), np.ones(QUESTIONS))
    level, have = np.array(levels), np.array(labels)
    expected = 1 / (1 + (1 - level) / level * ((have + MORE) / have) ** -SLOPE) - level
    np.testing.assert_allclose(found, expected / TOPICS, atol=0.008)
    assert found[0] > found[1] > found[3] and found[0] > 3 * found[2]


def test_a_topic_nobody_asked_about_gains_nothing() -> None:
    some = repeats([0.6, 0.9, 0.6, 0.97], [40, 40, 40, 40])
    without = [
        _Repeat(one.truth[one.truth > 0], one.right[one.truth > 0], one.units[one.truth > 0], one.labels)
        for one in some
    ]
    assert gains(without, np.ones(QUESTIONS))[0] == 0.0


def test_curves_that_fall_promise_nothing() -> None:
    some = repeats([0.6, 0.9, 0.6, 0.97], [40, 40, 40, 40])
    falling = [_Repeat(a.truth, b.right, a.units, a.labels) for a, b in zip(some, some[::-1], strict=True)]
    np.testing.assert_allclose(gains(falling, np.ones(QUESTIONS)), 0.0, atol=1e-12)

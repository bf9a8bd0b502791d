"""The cascade: stages judged together, topics that may not be answered, the two likeliest."""

from __future__ import annotations

import numpy as np

from breakeven.metrics import selective
from breakeven.scenarios.support import cascade

FIRST = np.array([[0.9, 0.1, 0.0], [0.4, 0.35, 0.25], [0.0, 0.1, 0.9]])
SECOND = np.array([[0.7, 0.2, 0.1], [0.0, 0.95, 0.05], [0.0, 0.2, 0.8]])
ALL = np.array([True, True, True])


def test_a_later_stage_is_judged_with_those_before_it() -> None:
    topics, sure = cascade.stages([FIRST, SECOND], ALL)
    assert topics.tolist() == [[0, 0], [0, 1], [2, 2]]
    np.testing.assert_allclose(sure, [[0.9, 0.8], [0.4, 0.65], [0.9, 0.85]])
    assert selective.decide(sure, (0.85, 0.6)).tolist() == [0, 1, 0]


def test_a_topic_that_may_not_be_answered_has_no_confidence() -> None:
    topics, sure = cascade.stages([FIRST], np.array([True, True, False]))
    assert topics[2, 0] == 2 and sure[2, 0] == 0.0
    assert selective.decide(sure, (0.0001,)).tolist() == [0, 0, -1]


def test_the_two_likeliest_topics_and_their_sum() -> None:
    two, both = cascade.nearest_two(FIRST)
    assert two.tolist() == [[0, 1], [0, 1], [2, 1]]
    np.testing.assert_allclose(both, [1.0, 0.75, 1.0])

"""What is of no topic is told from probabilities alone, and a model that knows no such thing is never read as saying it."""

from __future__ import annotations

import numpy as np

from breakeven.models.text.evidence import Units
from breakeven.scenarios.support.scope import none_of_them, out_of_scope


def test_what_the_candidates_say_is_read_back() -> None:
    """Margins far under that of "none of them" are out of scope, others are not, and the share is the one that was spread."""
    units = Units((0.0,), (1.0,), scale=2.0, none=1.0)
    margins = np.full((3, 40), -8.0)
    margins[0, 3], margins[1, 3], margins[2, 3] = 4.0, -2.0, 1.0
    found = units.probabilities(margins)
    assert np.allclose(found.sum(axis=1), 1)
    assert found.argmax(axis=1).tolist() == [3, 3, 3]
    assert none_of_them(found).round(2).tolist() == [0.0, 1.0, 0.5]
    assert out_of_scope(found)[:2].tolist() == [False, True]
    assert found[1].max() < 0.03 < 0.99 < found[0].max()


def test_a_softmax_alone_never_says_so() -> None:
    margins = np.random.default_rng(0).normal(0, 3, size=(200, 60))
    p = np.exp(margins)
    assert not out_of_scope(p / p.sum(axis=1, keepdims=True)).any()


def test_two_topics_that_are_alike_are_not_out_of_scope() -> None:
    assert none_of_them(np.array([[0.5, 0.5]])).tolist() == [0.0]

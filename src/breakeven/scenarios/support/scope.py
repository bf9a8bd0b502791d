"""Questions of no topic, told from a stage's probabilities alone, without an example of such a question.

Candidates that know "none of them" (`models.text.evidence`) spread its probability evenly over the topics, so each topic has at least
its even part of it. With many topics the least likely one has next to nothing of its own: as many times its probability as there are
topics is what "none of them" had. Models without such a class give their least likely topic next to nothing, and are never taken to say
that a question is of none. Maps that calibrate each topic for itself keep this only roughly; it names a reason and decides nothing: what
decides is the confidence, which is lower for the same reason.

>>> known, strange = [0.98] + [0.0004] * 50, [0.1] + [0.018] * 50
>>> none_of_them(np.array([known, strange])).round(2).tolist()
[0.02, 0.92]
"""

from __future__ import annotations

import numpy as np

from breakeven.core.types import Array

#: From this probability of "none of them" on a question is called out of scope.
LIKELY = 0.5
#: With fewer topics than this the least likely one has too much of its own.
LEAST_TOPICS = 8


def none_of_them(probabilities: Array) -> Array:
    """The probability (n,) that a question is of no topic, by probabilities (n, topics); 0 where there are too few topics to tell."""
    p = np.asarray(probabilities, dtype=float)
    if p.shape[1] < LEAST_TOPICS:
        return np.zeros(len(p))
    return np.asarray(np.minimum(p.min(axis=1) * p.shape[1], 1.0))


def out_of_scope(probabilities: Array) -> Array:
    """Which questions (n,) are likelier of no topic than of one."""
    return none_of_them(probabilities) > LIKELY

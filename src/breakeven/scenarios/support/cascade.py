"""The cascade: stages answer in order, each where it is sure enough; questions that no stage is sure of go to a person.

A stage is judged together with those before it: its probabilities are averaged with theirs, which are known by then. The same functions
decide in the certification, on the sealed questions and when the product is served; `metrics.selective.decide` says which stage answers.

>>> first, second = np.array([[0.9, 0.1], [0.6, 0.4]]), np.array([[0.8, 0.2], [0.1, 0.9]])
>>> topics, confidence = stages([first, second], np.array([True, True]))
>>> topics.tolist(), confidence.round(2).tolist()
([[0, 0], [0, 1]], [[0.9, 0.85], [0.6, 0.65]])
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from breakeven.core.types import Array


def joint(probabilities: Sequence[Array]) -> Array:
    """What the stages so far say together: the mean of their calibrated probabilities (n, k)."""
    return np.asarray(np.mean(probabilities, axis=0))


def confidence(said: Array, answerable: Array) -> tuple[Array, Array]:
    """The likeliest topic (n,) of joint probabilities (n, k), and how sure it may be answered (n,): not at all where the topic is not
    among the `answerable` (k,).
    """
    topics = said.argmax(axis=1)
    sure = np.take_along_axis(said, topics[:, None], axis=1)[:, 0]
    return topics, np.where(answerable[topics], sure, 0.0)


def stages(probabilities: Sequence[Array], answerable: Array) -> tuple[Array, Array]:
    """Topics (n, s) and confidences (n, s) of every stage, from each one's own probabilities (n, k)."""
    found = [confidence(joint(probabilities[: s + 1]), answerable) for s in range(len(probabilities))]
    return np.stack([topics for topics, _ in found], axis=1), np.stack([sure for _, sure in found], axis=1)


def nearest_two(said: Array) -> tuple[Array, Array]:
    """The two likeliest topics (n, 2) of joint probabilities (n, k), and their sum (n,)."""
    nearest = np.argsort(-said, axis=1, kind="stable")[:, :2]
    return nearest, np.take_along_axis(said, nearest, axis=1).sum(axis=1)

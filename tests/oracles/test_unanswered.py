"""Groups of like questions against average linkage as the textbook has it: the two most alike groups are joined until none are alike enough."""

from __future__ import annotations

import numpy as np
import pytest

from breakeven.core.types import Array
from breakeven.scenarios.support.question_vectors import vectors
from breakeven.scenarios.support.unanswered import clustered


def slowly(rows: Array, alike: float) -> set[frozenset[int]]:
    """All means of all pairs, again after each merge."""
    close = (rows @ rows.T).astype(float)
    groups = [[i] for i in range(len(rows))]
    while len(groups) > 1:
        pairs = [(a, b) for a in range(len(groups)) for b in range(a)]
        best = max(pairs, key=lambda pair: close[np.ix_(groups[pair[0]], groups[pair[1]])].mean())
        if close[np.ix_(groups[best[0]], groups[best[1]])].mean() < alike:
            break
        groups[best[1]] += groups.pop(best[0])
    return {frozenset(group) for group in groups}


@pytest.mark.parametrize("alike", [0.05, 0.3, 0.6])
@pytest.mark.parametrize("seed", range(4))
def test_groups_are_those_of_the_textbook(seed: int, alike: float) -> None:
    chance = np.random.default_rng(seed)
    middles = chance.normal(size=(6, 12))
    rows = middles[chance.integers(0, 6, 40)] + chance.normal(scale=0.7, size=(40, 12))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    labels = clustered(rows, alike)
    found = {frozenset(np.flatnonzero(np.array(labels) == g).tolist()) for g in set(labels)}
    assert found == slowly(rows, alike)
    sizes = np.bincount(labels)
    assert list(sizes) == sorted(sizes, reverse=True)


def test_groups_are_those_of_scikit_learn_on_questions() -> None:
    cluster = pytest.importorskip("sklearn.cluster")
    words = ["card", "fee", "open", "account", "lost", "transfer", "loan", "rate", "branch", "卡", "费", "开户"]
    chance = np.random.default_rng(3)
    rows = vectors([" ".join(chance.choice(words, 4)) for _ in range(80)])
    model = cluster.AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=0.6
    )
    theirs = model.fit_predict(1 - rows.astype(float) @ rows.T)
    ours = clustered(rows, 0.4)
    assert len(set(zip(ours, theirs.tolist(), strict=True))) == len(set(ours)) == len(set(theirs.tolist()))

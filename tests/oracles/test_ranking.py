"""Closed forms against plain loops: EASE by solving each column, factors by the whole confidence matrix, metrics by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from breakeven.models.ranking import ease, item_neighbours
from breakeven.models.ranking.sequence import CrossEntropy
from breakeven.runtime.ranking.histories import Histories
from breakeven.runtime.ranking.scorers import Blend, Factors, Popular, standard
from breakeven.scenarios.recommend import ranking_metrics
from tests.contracts.test_ranking import tastes


def test_ease_solves_every_column_without_its_own_item() -> None:
    """min |x_j - X b|^2 + ridge |b|^2 with b_j = 0 (Steck 2019, equation 3), one least-squares problem an item."""
    X = tastes().matrix()
    X.data[:] = 1
    B, dense = ease.matrix(X, 3.0), X.toarray()
    for j in range(dense.shape[1]):
        others = [i for i in range(dense.shape[1]) if i != j]
        A = dense[:, others]
        b = np.linalg.solve(A.T @ A + 3.0 * np.eye(len(others)), A.T @ dense[:, j])
        assert np.allclose(B[others, j], b, atol=1e-4) and B[j, j] == 0


def test_a_history_is_folded_in_as_the_whole_matrix_says() -> None:
    rng = np.random.default_rng(0)
    V = rng.normal(size=(9, 3)).astype(np.float32)
    scorer = Factors(V, ridge=0.7, alpha=2.0)
    seen = Histories.of_one([1, 4], [1.0, 3.0], 9)
    C = np.ones(9)
    C[[1, 4]] += 2.0 * np.array([1.0, 3.0])
    p = np.isin(np.arange(9), [1, 4]).astype(float)
    user = np.linalg.solve(V.T @ np.diag(C) @ V + 0.7 * np.eye(3), V.T @ np.diag(C) @ p)
    assert np.allclose(scorer.scores(seen)[0], V @ user, atol=1e-4)


def test_neighbours_are_shrunk_cosines() -> None:
    seen = tastes(people=20, items=8)
    X = (seen.matrix().toarray() > 0).astype(float)
    together = X.T @ X
    likeness = together / (np.sqrt(np.outer(np.diag(together), np.diag(together))) + 10)
    np.fill_diagonal(likeness, 0)
    found = item_neighbours.fit(seen, {}, 0)
    for i in range(8):
        columns, values = found.row(i)
        row = np.zeros(8)
        row[columns] = values
        assert np.allclose(row, likeness[i], atol=1e-5)


def test_metrics_by_hand() -> None:
    shelf = np.array([[3, 1, 0], [2, 4, -1], [0, 1, 2]])
    truth = Histories.of_events([0, 0, 1, 2], [1, 9, 2, 8], [1] * 4, [0] * 4, (3, 10))
    found = ranking_metrics.each(shelf, truth)
    assert found["hit"].tolist() == [1, 1, 0]
    assert found["precision"] == pytest.approx([1 / 3, 1 / 3, 0])
    assert found["recall"] == pytest.approx([1 / 2, 1, 0])
    assert found["map"] == pytest.approx([(1 / 2) / 2, 1, 0])
    assert found["ndcg"] == pytest.approx([(1 / math.log2(3)) / (1 + 1 / math.log2(3)), 1, 0])


def test_cross_entropy_in_parts_is_torchs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("breakeven.models.ranking.sequence.LOGITS", 100)
    torch.manual_seed(0)
    at, vectors, wanted = torch.randn(23, 5), torch.randn(31, 5), torch.randint(31, (23,))
    slopes = []
    for loss in (
        lambda a, v: CrossEntropy.apply(a, v, wanted).mean(),
        lambda a, v: torch.nn.functional.cross_entropy(a @ v.T, wanted),
    ):
        a, v = at.clone().requires_grad_(), vectors.clone().requires_grad_()
        value = loss(a, v)
        value.backward()
        slopes.append((value.detach(), a.grad, v.grad))
    for ours, theirs in zip(*slopes, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-5)


def test_a_blend_standardises_each_part() -> None:
    rng = np.random.default_rng(0)
    parts = [Factors(rng.normal(size=(50, d)).astype(np.float32) + 3, 1.0, 2.0) for d in (3, 5)]
    seen = tastes(people=9, items=50)
    slow = 0.3 * standard(parts[0].scores(seen)) + 0.7 * standard(parts[1].scores(seen))
    assert np.allclose(Blend(parts, (0.3, 0.7)).scores(seen), slow, atol=1e-3)
    flat = Blend([Popular(np.full((1, 50), 7.0, dtype=np.float32)), parts[0]], (0.5, 0.5)).scores(seen)
    assert np.isfinite(flat).all() and np.allclose(flat, 0.5 * standard(parts[0].scores(seen)), atol=1e-3)

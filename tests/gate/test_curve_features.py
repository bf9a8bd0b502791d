"""Curves on the grid, the kinds names tell of, noise without repeats."""

from __future__ import annotations

import numpy as np
import pytest

from breakeven.gate import curve_features
from breakeven.models import registry

ROWS = 64.0 * 2 ** np.arange(8)


def test_sizes_few_or_many_give_the_same_grid() -> None:
    dense = 64.0 * 2 ** (np.arange(57) / 8)
    few, many = (curve_features.Seen(n, 0.1 + 2 * n**-0.6, np.full(len(n), 0.01)) for n in (ROWS, dense))
    a, b = curve_features.shapes([few, many]).errors
    assert (np.isfinite(a) == np.isfinite(b)).all()
    assert np.nanmax(np.abs(a - b)) < 0.012  # a straight line between doublings of a bent curve


def test_noise_is_smoothed_where_sizes_are_dense() -> None:
    rng = np.random.default_rng(0)
    dense = 64.0 * 2 ** (np.arange(57) / 8)
    truth = 0.1 + 2 * dense**-0.6
    off = [abs(curve_features.shapes([curve_features.Seen(dense, truth + 0.01 * rng.normal(size=57), np.full(57, 0.01))]).now[0] - truth[-1])
           for _ in range(50)]  # fmt: skip
    assert np.mean(off) < 0.8 * 0.01


def test_roughness_is_the_noise_of_one_size() -> None:
    rng = np.random.default_rng(1)
    dense = 64.0 * 2 ** (np.arange(200) / 20)
    found = curve_features.roughness(dense, 0.1 + 2 * dense**-0.6 + 0.01 * rng.normal(size=200))
    assert found == pytest.approx(0.01, rel=0.25)
    assert curve_features.roughness(dense[:3], dense[:3]) is None


def test_repeats_are_averaged_and_their_spread_is_the_noise() -> None:
    seen = curve_features.pooled([20, 10, 10, 20], [0.2, 0.4, 0.6, 0.3])
    assert seen.rows.tolist() == [10, 20]
    assert seen.error == pytest.approx([0.5, 0.25])
    assert seen.noise == pytest.approx([0.0790569] * 2)


def test_every_candidate_but_the_baseline_has_a_kind() -> None:
    kinds = {name: curve_features.kind_of(name) for name in registry.names()}
    assert {name for name, kind in kinds.items() if not kind} == {registry.BASELINE}
    assert kinds["linear_svm"] == "linear" and kinds["rbf_svm"] == "kernel" and kinds["boosting"] == "boosting"
    assert kinds["extra_trees"] == "trees" and kinds["neighbours"] == "neighbours"
    assert kinds["cnn"] == kinds["gru"] == "net" and kinds["frozen"] == kinds["finetuned"] == "pretrained"


def test_features_are_finite_on_odd_curves() -> None:
    odd = [np.zeros(8), np.full(8, 0.5), np.linspace(0.1, 0.9, 8), np.array([0.5] * 7 + [0.0])]
    seen = curve_features.shapes([curve_features.Seen(ROWS, e, np.zeros(8)) for e in odd])
    X = curve_features.features(seen, np.full(4, 2.0))
    assert X.dtype == np.float32
    assert np.isfinite(X).all()

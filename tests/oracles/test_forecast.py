"""The power law's closed form against a general optimiser, and against curves that are power laws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from breakeven.gate import curve_features


def fits(rows, error, octaves: float):
    seen = curve_features.shapes([curve_features.Seen(rows, error, np.full(len(rows), 0.005))])
    return seen, curve_features.power_laws(seen, np.array([octaves]))


@pytest.mark.parametrize("seed", range(5))
def test_grid_fit_is_as_good_as_an_optimiser(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = 32.0 * 2 ** np.arange(7)
    error = 0.1 + rng.uniform(0.2, 1) * (rows / 32) ** -rng.uniform(0.2, 1) + 0.005 * rng.normal(size=7)
    seen, found = fits(rows, error, 1.0)
    there = np.isfinite(seen.errors[0])
    r, y = 2.0 ** curve_features.GRID[there], seen.errors[0][there]
    weights = np.sqrt(r) / np.sqrt(r).sum()

    def loss(p):
        return float((weights * (p[0] + p[1] * (r + abs(p[3])) ** -abs(p[2]) - y) ** 2).sum())

    best = min(
        minimize(loss, [0.1, 0.1, b, d], method="Nelder-Mead", options={"maxiter": 4000}).fun
        for b in (0.2, 0.8)
        for d in (0.0, 0.1)
    )
    # Within what the noise itself puts into the loss: the grid is coarse, the curve is not.
    assert float(found.residual[0]) ** 2 <= best + 0.005**2


def test_a_pure_power_law_is_found() -> None:
    rows = 50.0 * 2 ** np.arange(6)
    _, found = fits(rows, 0.05 + 2 * rows**-0.5, 3.0)
    truth = 0.05 + 2 * (rows[-1] * 8) ** -0.5
    assert float(found.best[0]) == pytest.approx(truth, abs=0.006)
    assert float(found.mean[0]) == pytest.approx(truth, abs=0.01)

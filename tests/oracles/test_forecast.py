"""The power law's closed form against a general optimiser, and against curves that are power laws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from breakeven.gate import forecast


@pytest.mark.parametrize("seed", range(5))
def test_grid_fit_is_as_good_as_an_optimiser(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = 32.0 * 2 ** np.arange(7)
    error = 0.1 + rng.uniform(0.2, 1) * (rows / 32) ** -rng.uniform(0.2, 1) + 0.005 * rng.normal(size=7)
    seen = forecast.Seen(rows, error, np.full(7, 0.005))
    weights = np.sqrt(rows / 32)

    def loss(p):
        return float((weights * (p[0] + p[1] * (rows / 32 + abs(p[3])) ** -abs(p[2]) - error) ** 2).sum())

    best = min(
        minimize(loss, [0.1, 0.5, b, d], method="Nelder-Mead", options={"maxiter": 4000}).fun
        for b in (0.2, 0.8)
        for d in (0.1, 4)
    )
    ours = float((weights * (forecast.power(seen, rows) - error) ** 2).sum())
    # Within what the noise itself puts into the loss: the grid is coarse, the curve is not.
    assert ours <= best + float(weights.sum()) * 0.005**2


def test_a_pure_power_law_is_found() -> None:
    rows = 50.0 * 2 ** np.arange(6)
    seen = forecast.Seen(rows, 0.05 + 2 * rows**-0.5, np.full(6, 1e-4))
    assert forecast.power(seen, np.array([12800.0]))[0] == pytest.approx(0.05 + 2 * 12800**-0.5, abs=0.006)

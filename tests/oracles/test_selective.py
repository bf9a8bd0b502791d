"""Selective answering against scipy, a slow twin, and the promise itself over many drawn data sets."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.stats import beta, binom, hypergeom

from breakeven.metrics import binomial, selective
from breakeven.metrics.selective import certify


def test_binomial_is_scipys() -> None:
    rng = np.random.default_rng(0)
    for _ in range(400):
        n = int(10 ** rng.uniform(0, 5.5))
        k, p = int(n * rng.random() ** 4), float(rng.random() ** 3)
        assert binomial.at_most(k, n, p) == pytest.approx(binom.cdf(k, n, p), abs=1e-9)
        if k < n:
            assert binomial.upper_bound(k, n, 0.95) == pytest.approx(beta.ppf(0.95, k + 1, n - k), rel=1e-6)


def test_fractions_are_the_beta_function() -> None:
    assert binomial.upper_bound(2.5, 310.25, 0.9) == pytest.approx(beta.ppf(0.9, 3.5, 307.75), rel=1e-8)


def test_draws_without_return_are_scipys() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        total = int(10 ** rng.uniform(0.5, 4.5))
        marked, draws = int(rng.integers(0, total + 1)), int(rng.integers(1, total + 1))
        k = int(rng.integers(0, draws + 1))
        truth = hypergeom.cdf(k, total, marked, draws)
        assert binomial.drawn_at_most(k, draws, marked, total) == pytest.approx(truth, abs=1e-7)


def slow(confidence: np.ndarray, right: np.ndarray, budget: float, sure: float) -> float | None:
    """The threshold, question by question and test by test, as the text of the module says it."""
    least = next(n for n in range(1, 10_000) if (1 - budget) ** n <= 1 - sure)
    parts = [(s * len(right), w) for s, w in selective.STARTS if s * len(right) >= selective.ROOM * least]
    parts = parts or [(least, 1.0)]
    waiting, level, found = list(parts), 0.0, None
    for threshold in selective.GRID:
        wrong = count = 0
        for row, truth in zip(confidence, right, strict=True):
            for c, r in zip(row, truth, strict=True):
                if c >= threshold:
                    count, wrong = count + 1, wrong + (not r)
                    break
        for part in [p for p in waiting if count >= p[0]]:
            waiting.remove(part)
            level += (1 - sure) * part[1] / sum(w for _, w in parts)
        if level and binom.cdf(wrong, count, budget) <= level:
            found = float(threshold)
        else:
            level = 0.0
    return found


@pytest.mark.parametrize("seed", range(12))
def test_the_slow_twin_agrees(seed: int) -> None:
    rng = np.random.default_rng(seed)
    confidence = rng.beta(6, (0.2, 0.5, 1.0)[seed % 3], size=(int(rng.integers(150, 900)), 2))
    right = rng.random(confidence.shape) < confidence
    found = certify(confidence, right, 0.05, 0.95).thresholds
    assert (None if found is None else found[0]) == slow(confidence, right, 0.05, 0.95)


def calibrated(c: np.ndarray) -> np.ndarray:
    return 1 - c


def overconfident(c: np.ndarray) -> np.ndarray:
    return np.minimum(1, 3 * (1 - c))


def uneven(c: np.ndarray) -> np.ndarray:
    """Errors come and go with confidence, and are most frequent among the surest: what the start assumes does not hold."""
    return 0.05 + 0.05 * np.cos(12 * np.log1p(-c * (1 - 1e-9)))


@pytest.mark.parametrize("error", [calibrated, overconfident, uneven])
@pytest.mark.parametrize(
    ("count", "budget", "units"), [(300, 0.05, 1), (2500, 0.05, 1), (3000, 0.1, 1), (2400, 0.1, 3)]
)
def test_the_promise_is_kept(error, count: int, budget: float, units: int) -> None:
    """Of many certifications at most 5 % end above the budget, give or take the noise of the draw."""
    rng, draws = np.random.default_rng(1), 300
    population = rng.beta(8, 1, size=(20_000, 2))
    wrong = error(population)

    @cache
    def truth(threshold: float) -> float:
        stage = selective.decide(population, (threshold, threshold))
        at = np.flatnonzero(stage >= 0)
        return float(wrong[at, stage[at]].mean())

    broken = 0
    for _ in range(draws):
        some = np.repeat(rng.integers(0, len(population), size=count // units), units)
        luck = np.repeat(rng.random((count // units, 2)), units, axis=0)
        found = certify(population[some], luck >= wrong[some], budget, 0.95, np.arange(count) // units)
        broken += found.thresholds is not None and truth(found.thresholds[0]) > budget
    assert broken <= binom.ppf(0.99, draws, 0.05)


def test_what_will_be_counted_is_promised_too() -> None:
    """Of as many answers to come more than the budget are wrong in at most 5 % of draws; where only the rate is promised, in more."""
    rng, draws, broken = np.random.default_rng(4), 400, {True: 0, False: 0}
    for _ in range(draws):
        confidence = rng.beta(6, 0.3, size=(6000, 1))
        right = rng.random(confidence.shape) < confidence
        for realised in broken:
            found = certify(confidence[:3000], right[:3000], 0.01, 0.95, realised=realised)
            told = found.thresholds is not None and confidence[3000:, 0] >= found.thresholds[0]
            broken[realised] += bool(np.any(told)) and float((~right[3000:, 0][told]).mean()) > 0.01
    assert broken[True] <= binom.ppf(0.99, draws, 0.05)
    assert broken[False] > broken[True]

"""Exact binomial probabilities and bounds without scipy, by the incomplete beta function; counts may be fractions.

The distribution function is a regularised incomplete beta function, P(X <= k) = I(1 - p; n - k, k + 1), which is defined for any
real k and n as well: effective numbers of rows need no rounding. It is computed by its continued fraction (Lentz's method).
"""

from __future__ import annotations

import math

#: Terms of the continued fraction at most; it takes about the square root of the larger argument.
TERMS = 20_000
TINY = 1e-300


def incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I(x; a, b) of a, b > 0 (DLMF 8.17.22).

    >>> round(incomplete_beta(0.5, 2, 3), 6)
    0.6875
    """
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    if x > (a + 1.0) / (a + b + 2.0):  # where the fraction of the other tail converges faster
        return 1.0 - incomplete_beta(1.0 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) * _fraction(x, a, b) / a


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function, term by term from the front."""
    upper, lower = 1.0, 1.0 / _away(1.0 - (a + b) * x / (a + 1.0))
    value = lower
    for m in range(1, TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            lower = 1.0 / _away(1.0 + term * lower)
            upper = _away(1.0 + term / upper)
            value *= lower * upper
        if abs(lower * upper - 1.0) < 1e-14:
            break
    return value


def _away(value: float) -> float:
    return value if abs(value) > TINY else TINY


def at_most(k: float, n: float, p: float) -> float:
    """P(X <= k) of a binomial X of n draws with probability p; of fractions by the beta function.

    >>> round(at_most(2, 10, 0.3), 6), at_most(10, 10, 0.3)
    (0.382783, 1.0)
    """
    return 1.0 if k >= n else incomplete_beta(1.0 - p, n - k, k + 1.0)


def drawn_at_most(k: int, draws: int, marked: int, total: int) -> float:
    """P(X <= k) of a hypergeometric X: how many of `marked` among `total` rows are found when `draws` are drawn without return.

    >>> round(drawn_at_most(1, 5, 4, 20), 6)
    0.75129
    """
    least = max(0, draws + marked - total)
    if k < least:
        return 0.0

    def log_choices(n: int, some: int) -> float:
        return math.lgamma(n + 1) - math.lgamma(some + 1) - math.lgamma(n - some + 1)

    log_all = log_choices(total, draws)
    part = math.exp(log_choices(marked, least) + log_choices(total - marked, draws - least) - log_all)
    if part == 0.0:  # so far out that the first term is none: each by its logarithm
        logs = [
            log_choices(marked, i) + log_choices(total - marked, draws - i)
            for i in range(least, _last(k, draws, marked) + 1)
        ]
        return min(1.0, sum(math.exp(one - log_all) for one in logs))
    tail = part
    for i in range(least, _last(k, draws, marked)):
        part *= (marked - i) * (draws - i) / ((i + 1) * (total - marked - draws + i + 1))
        tail += part
    return min(1.0, tail)


def _last(k: int, draws: int, marked: int) -> int:
    return min(k, draws, marked)


def upper_bound(wrong: float, answered: float, sure: float) -> float:
    """The exact one-sided upper bound of a share, `wrong` of `answered` (Clopper and Pearson 1934): the p with P(X <= wrong) = 1 - sure.

    1 where nothing was answered. Fractions are effective numbers of rows.

    >>> round(upper_bound(0, 299, 0.95), 5), upper_bound(0, 0, 0.95)
    (0.00997, 1.0)
    """
    if wrong >= answered:
        return 1.0
    low, high = wrong / answered, 1.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(wrong, answered, middle) > 1.0 - sure else (low, middle)
    return high

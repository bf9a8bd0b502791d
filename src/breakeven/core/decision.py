"""How two classes are answered where a miss and a false alarm have prices: yes from a probability on, rather than the likelier.

The cheapest answer to a calibrated probability p of a yes is yes where p * miss >= (1 - p) * false alarm (Elkan 2001, The
Foundations of Cost-Sensitive Learning, equation 2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from breakeven.core.types import Array


@dataclass(frozen=True)
class Decision:
    """`yes` is the number of the class that is looked for; prices are USD (both 0: none were given)."""

    yes: int
    usd_per_miss: float = 0.0
    usd_per_false_alarm: float = 0.0

    @property
    def yes_from(self) -> float | None:
        """The probability from which yes is the cheaper answer; None without prices.

        >>> Decision(1, 20.0, 5.0).yes_from, Decision(1).yes_from
        (0.2, None)
        """
        both = self.usd_per_miss + self.usd_per_false_alarm
        return self.usd_per_false_alarm / both if both > 0 else None

    def answered(self, probabilities: Array) -> Array:
        """Class numbers (n,) of calibrated probabilities (n, 2)."""
        return answered(probabilities, self.yes, self.yes_from)

    def usd(self, y: Array, answered: Array) -> Array:
        """What each answer's error costs (n,): `y` and `answered` are class numbers (n,)."""
        miss = (y == self.yes) & (answered != self.yes)
        alarm = (y != self.yes) & (answered == self.yes)
        return np.asarray(miss * self.usd_per_miss + alarm * self.usd_per_false_alarm, dtype=float)

    def cheapest_guess(self, y: Array) -> int:
        """The class that is cheapest to answer always: y (n,) class numbers of two classes."""
        paid = [float(self.usd(y, np.full(len(y), k)).sum()) for k in (0, 1)]
        return int(np.argmin(paid))


def answered(probabilities: Array, yes: int = 0, yes_from: float | None = None) -> Array:
    """Class numbers (n,) of calibrated probabilities (n, classes): the likeliest, or of two `yes` from a probability on.

    >>> answered(np.array([[0.7, 0.3]]), 1, 0.2), answered(np.array([[0.7, 0.3]]))
    (array([1]), array([0]))
    """
    if yes_from is None:
        return np.asarray(probabilities.argmax(axis=1))
    return np.where(probabilities[:, yes] >= yes_from, yes, 1 - yes)

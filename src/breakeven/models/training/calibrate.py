"""Which map makes probabilities mean what they say, and conformal intervals of values: both from validation rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from breakeven import metrics
from breakeven.core.types import Array
from breakeven.features.calibration import Calibration
from breakeven.models.training import calibration_maps

#: Parts of the held-out rows, each answered by maps fitted on the others.
PARTS = 5
#: Held-out rows that a map of more than one number needs: a class on average, and isotonic of the rarest.
ROWS_OF_A_CLASS = 15
#: Numbers that maps are fitted on, rows times classes: more would take seconds.
MOST_NUMBERS = 300_000
NONE, TEMPERATURE = "none", "temperature"


@dataclass(frozen=True, eq=False)
class Calibrated:
    """The map that was chosen, and how.

    Attributes
    ----------
    kind: one of `calibration_maps`, or "none".
    map: fitted on all held-out rows.
    losses: log loss of each kind tried, of rows that its fit did not see.
    rows: held-out rows that were looked at.
    why: the choice in words.
    answers: (n, classes) probabilities of all held-out rows by the chosen kind, of rows that its fit did not see.
    """

    kind: str
    map: Calibration | None
    losses: Mapping[str, float]
    rows: int
    why: str
    answers: Array


def choose(probabilities: Array, y: Array, units: Array, metric: str, seed: int = 0) -> Calibrated:
    """The kind of map with the lowest log loss on held-out rows, each answered by a map that its unit had no part in.

    A temperature is taken where it gains anything; a map of more numbers where it gains more than the standard error of
    the gain (over units) on the plainer one before it, and the brief's `metric` does not fall by more than its own.

    probabilities (n, classes) of a model that did not see the rows, y (n,) class numbers, units (n,) int.
    """
    p = np.asarray(probabilities, dtype=float)
    p = p / p.sum(axis=1, keepdims=True)
    look = _some(units, MOST_NUMBERS // p.shape[1], seed)
    part = _parts(units, seed)
    kinds, untried = _kinds(y[look], part[look], p.shape[1])
    answers = {NONE: p} | _crossed(kinds, p, y, part, look)
    losses = {kind: metrics.losses("log_loss", y, q, units) for kind, q in answers.items()}
    kept, before = NONE, metrics.losses(metric, y, p, units)
    for kind in kinds:
        gain = metrics.paired(losses[kind], losses[kept], higher_is_better=False)
        change = metrics.paired(metrics.losses(metric, y, answers[kind], units), before, _higher(metric))
        least = 0.0 if kind == TEMPERATURE else gain.error
        if gain.value > least and change.value >= -change.error:
            kept = kind
    found = {kind: loss.value for kind, loss in losses.items()}
    fitted = None if kept == NONE else calibration_maps.fit([kept], p[look], y[look])[kept]
    return Calibrated(kept, fitted, found, len(y), _why(kept, found, len(y), untried), answers[kept])


def _higher(metric: str) -> bool:
    return metrics.METRICS[metric].scale.higher_is_better


def _kinds(y: Array, part: Array, classes: int) -> tuple[list[str], str]:
    """Kinds of maps to try, and why the others are not."""
    if len(np.unique(part)) < 2:
        return [], "no map was tried, for the held-out rows are of one unit"
    if len(y) < ROWS_OF_A_CLASS * classes:
        few = f"{len(y):,} held-out rows are fewer than {ROWS_OF_A_CLASS} for each of {classes} classes"
        return [TEMPERATURE], f"no other map was tried, for {few}"
    # Of two classes vector scaling is beta calibration with a number that changes nothing.
    maps = [kind for kind in calibration_maps.MAPS if kind != "vector" or classes > 2]
    rarest = int(np.bincount(y, minlength=classes).min())
    if rarest >= ROWS_OF_A_CLASS:
        return [TEMPERATURE, *maps], ""
    maps.remove("isotonic")
    return [TEMPERATURE, *maps], f"isotonic was not tried, for a class has {rarest} held-out rows"


def _parts(units: Array, seed: int) -> Array:
    """A number below PARTS for each row, the same for all rows of a unit."""
    numbers, inverse = np.unique(units, return_inverse=True)
    return np.asarray((np.random.default_rng([seed, 13]).permutation(len(numbers)) % PARTS)[inverse])


def _some(units: Array, most: int, seed: int) -> Array:
    """Row numbers of whole units drawn at random, about `most` rows; all where there are no more."""
    if len(units) <= most:
        return np.arange(len(units))
    numbers, inverse = np.unique(units, return_inverse=True)
    rank = np.random.default_rng([seed, 17]).permutation(len(numbers))
    return np.flatnonzero(rank[inverse] < len(numbers) * most / len(units))


def _crossed(kinds: Sequence[str], p: Array, y: Array, part: Array, look: Array) -> dict[str, Array]:
    """Each row's answer by maps of each kind that were fitted on the other parts."""
    out = {kind: p.copy() for kind in kinds}
    for k in np.unique(part) if kinds else ():
        others = look[part[look] != k]
        for kind, fitted in calibration_maps.fit(kinds, p[others], y[others]).items():
            found = fitted.many(p[part == k])
            out[kind][part == k] = found / found.sum(axis=1, keepdims=True)
    return out


def _why(kept: str, losses: Mapping[str, float], rows: int, untried: str) -> str:
    """The choice in words."""
    shown = ", ".join(f"{kind} {loss:.4f}" for kind, loss in losses.items())
    taken = "probabilities are left as they are" if kept == NONE else f"probabilities are calibrated by {kept}"
    return f"{taken} (log loss on {rows:,} held-out rows: {shown})" + (f"; {untried}" if untried else "")


def half_width(values: Array, y: Array, share: float = 0.9) -> float:
    """Half of the interval that holds `share` of new rows: the conformal quantile of the absolute residuals."""
    misses = np.sort(np.abs(y - values))
    k = min(len(misses) - 1, math.ceil((len(misses) + 1) * share) - 1)
    return float(misses[k])

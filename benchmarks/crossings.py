"""Where two routes really cross on LCDB 1.1, and what was forecast of it half-way and at a quarter.

A part of learn_forecast.py, which hands each data set's forecaster, learned without it. The truth: the best of each route,
chosen on validation errors at every size, their test errors' difference smoothed over half an octave; the crossing is
where its sign last changes, where both signs are told apart from noise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from curves_data import PRETRAINED, SCRATCH, TRADITIONAL, Collection

from breakeven.core.types import Interval
from breakeven.gate.crossing import crossing as told_of
from breakeven.gate.curve_features import Seen
from breakeven.gate.forecast import Learned

#: Sizes over which a difference is smoothed, and doublings within which a crossing may be forecast.
SMOOTH, WITHIN = 5, 4
SEED = 5


@dataclass(frozen=True)
class Race:
    """Two routes on one data set: learners, anchors at which all ran, the smoothed lead of the large one."""

    d: int
    traditional: list[int]
    large: list[int]
    at: np.ndarray
    lead: np.ndarray


def races(found: Collection) -> list[Race]:
    """Every data set on which all of a pair of routes' learners ran, for both pairs."""
    out = []
    for names in (SCRATCH, PRETRAINED):
        trad, large = ([found.learners.index(n) for n in route] for route in (TRADITIONAL, names))
        for d in range(len(found.ids)):
            both = found.error[d][[*trad, *large], 0]  # (learners, anchors, validation and test)
            at = np.flatnonzero(np.isfinite(both).all(axis=(0, 2)))
            if len(at) < 3 * found.octave:
                continue
            best = [_best(both[rows][:, at]) for rows in (slice(0, len(trad)), slice(len(trad), None))]
            lead = np.convolve(
                np.pad(best[0] - best[1], SMOOTH // 2, mode="edge"), np.ones(SMOOTH) / SMOOTH, mode="valid"
            )
            out.append(Race(d, trad, large, at, lead))
    return out


def _best(errors: np.ndarray) -> np.ndarray:
    """Test error (k,) of the learner with the least validation error at each size."""
    pick = errors[:, :, 0].argmin(axis=0)
    return errors[pick, np.arange(errors.shape[1]), 1]


def crossing(race: Race, margin: float = 0.005) -> int | None:
    """Place of the last change of sign, where both sides reach the margin; None without one."""
    flips = np.flatnonzero(np.sign(race.lead[1:]) != np.sign(race.lead[:-1]))
    if not len(flips):
        return None
    k = int(flips[-1])
    return k if np.abs(race.lead[k + 1 :]).max() >= margin and np.abs(race.lead[: k + 1]).max() >= margin else None


def seen(
    found: Collection, race: Race, place: int, noisy: bool, rng: np.random.Generator
) -> tuple[list[Seen], list[Seen]]:
    """Both routes' curves up to an anchor."""
    sides = [
        [found.seen(race.d, j, int(race.at[place]), noisy, rng) for j in side]
        for side in (race.traditional, race.large)
    ]
    trad, large = ([s for s in side if s is not None] for side in sides)
    return trad, large


def line(found: Collection, race: Race, place: int) -> float:
    """The rival: a straight line in the logarithm of rows through the difference of the last two octaves, read at zero."""
    some = slice(max(place + 1 - 2 * found.octave, 0), place + 1)
    x, y = np.log2(found.anchors[race.at[some]]), race.lead[some]
    slope, offset = np.polyfit(x, y, 1)
    return float(2 ** np.clip(-offset / slope, 0, 60)) if slope else np.inf


def told(found: Collection, known: Callable[[int], Learned]) -> dict[str, Any]:
    """Half-way, at a quarter and anywhere up to 16 times before, on means of all repeats and of three; and false alarms
    where nothing crosses.
    """
    rng, everyone = np.random.default_rng(SEED), races(found)
    out: dict[str, Any] = {}
    for noisy in (False, True):
        name = "three repeats" if noisy else "all repeats"

        def cases(places: Callable[[int], Iterable[int]], noisy: bool = noisy) -> dict[str, Any]:
            some = [(race, k, p) for race in everyone if (k := crossing(race)) is not None for p in places(k)]
            some = [s for s in some if s[2] >= found.octave]
            return _sum([c for s in some if (c := _case(found, s, noisy, known, rng))])

        for doublings in (1, 2):
            out[f"{name}, seen to 1/{2**doublings}"] = cases(lambda k, d=doublings: [k - d * found.octave])  # type: ignore[misc]
        out[f"{name}, anywhere up to {2**WITHIN} times before"] = cases(
            lambda k: range(k - 1, k - WITHIN * found.octave, -found.octave)
        )
        out[f"{name}, nothing crosses within {2**WITHIN} times"] = _alarms(found, everyone, noisy, known, rng)
    return out


def _case(found: Collection, case: tuple[Race, int, int], noisy: bool, known: Callable[[int], Learned],
          rng: np.random.Generator) -> Case | None:  # fmt: skip
    """What is told of a race that crosses at the anchor `k`, seen up to `place`; None where it has crossed by then."""
    race, k, place = case
    if np.sign(race.lead[place]) == np.sign(race.lead[-1]):
        return None
    truth = float(np.sqrt(found.anchors[race.at[k]] * found.anchors[race.at[k + 1]]))
    trad, large = seen(found, race, place, noisy, rng)
    if not (trad and large):
        return None
    told = told_of(trad, large, 2.0**WITHIN, known(int(found.ids[race.d])))
    return Case(truth, float(found.anchors[race.at[place]]), told.rows, told.p_none, line(found, race, place))


@dataclass(frozen=True)
class Case:
    """A real crossing (rows), the rows seen, what was told of it with the chance of none, and the rival's place."""

    truth: float
    seen: float
    told: Interval
    p_none: float
    line: float


def _sum(cases: list[Case]) -> dict[str, Any]:
    """A place ahead is told, or none."""
    near = [c.told.value is not None and abs(np.log2(c.told.value / c.truth)) <= 1 for c in cases]
    rival = [abs(np.log2(max(c.line, 1e-9) / c.truth)) <= 1 for c in cases]
    ahead = [c for c in cases if c.told.value is not None and c.told.value > c.seen]
    held = [c.told.low <= c.truth <= c.told.high for c in ahead]  # type: ignore[operator]
    wide = [np.log2(c.told.high / c.told.low) for c in ahead]  # type: ignore[operator]
    n = max(len(cases), 1)
    return {"cases": len(cases), "within_2x": round(float(np.mean(near)), 3), "se": round(float(np.std(near) / np.sqrt(n)), 3),
            "line_within_2x": round(float(np.mean(rival)), 3), "told_ahead": len(ahead),
            "ahead_within_2x": round(float(np.mean([abs(np.log2(c.told.value / c.truth)) <= 1 for c in ahead])), 3) if ahead else None,  # type: ignore[operator]
            "ahead_band_holds": round(float(np.mean(held)), 3) if ahead else None,
            "band_octaves": round(float(np.median(wide)), 2) if ahead else None,
            "told_more_likely_than_not": round(float(np.mean([c.p_none < 0.5 for c in cases])), 3)}  # fmt: skip


def _alarms(
    found: Collection, everyone: list[Race], noisy: bool, known: Callable[[int], Learned], rng: np.random.Generator
) -> dict[str, Any]:
    alarms = []
    for race in everyone:
        for place in range(len(race.at) - 1 - WITHIN * found.octave, 2 * found.octave, -2 * found.octave):
            ahead = np.sign(race.lead[place : place + WITHIN * found.octave + 1])
            if (ahead == ahead[0]).all() and ahead[0] != 0:
                trad, large = seen(found, race, place, noisy, rng)
                if trad and large:
                    p_none = told_of(trad, large, 2.0**WITHIN, known(int(found.ids[race.d]))).p_none
                    alarms.append(p_none < 0.5)
    return {"cases": len(alarms), "alarms": round(float(np.mean(alarms)), 3)}

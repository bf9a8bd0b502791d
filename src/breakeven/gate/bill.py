"""The bill: every way to answer at the brief's traffic, where owning meets renting, and what moves that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import NamedTuple

import msgspec

from breakeven.core.types import Interval, Route
from breakeven.core.verdict_money import Arm, ArmName, CascadeLine, CostLine, Money, TornadoBar
from breakeven.gate import costs, traffic
from breakeven.gate.cascade import Cascade
from breakeven.gate.conclusion import ErrorPrice, Quality, conclude
from breakeven.gate.finalist import Finalist
from breakeven.scale import device

#: Requests a month at which costs are drawn.
VOLUMES = [10.0**k * m for k in range(3, 8) for m in (1, 2, 5)]


class Erring(NamedTuple):
    """A way's share of wrong answers (None: not known, or answers are not right or wrong), and what errors cost a request where
    misses and false alarms have prices of their own.
    """

    share: Interval | None = None
    usd: Interval | None = None


@dataclass(frozen=True)
class Bill:
    """Where owning meets renting, the lines of the picture, all ways to answer, and how often a hosted model must be right."""

    crossing: Interval | None
    lines: tuple[CostLine, ...]
    money: Money
    needed_accuracy: float | None = None


def owned_models(best: Mapping[Route, Finalist], errors: Mapping[str, Erring] | None = None) -> dict[str, costs.Owned]:
    """Finalists as they are priced, with their errors where those are known."""
    known = errors or {}
    return {
        f.candidate: costs.Owned(
            f.candidate,
            f.route,
            f.costs.per_second,
            f.costs.train_seconds,
            *known.get(f.candidate, Erring()),
            on_card=f.route == "large" and device.current() != "cpu",
        )
        for f in best.values()
        if f.costs is not None
    }


def cascade_owner(models: Mapping[str, costs.Owned], chosen: str | None) -> costs.Owned | None:
    """The model that a cascade and the break-even are of: the chosen one, else the first there is."""
    return models.get(chosen or "") or next(iter(models.values()), None)


def bill(
    models: Mapping[str, costs.Owned],
    chosen: str | None,
    scene: costs.Scene,
    cascade: Cascade | str,
    quality: Quality,
    hosted: str | None = None,
    measured: bool = False,
) -> Bill:
    """Price the finalists, the hosted model and the cascade of it and the chosen one, and say what pays.

    `cascade` says why there is none where it is text; `measured`: the hosted model's answers in it were measured
    rather than assumed from the brief. Where the scene has no rent, no hosted model is priced.
    """
    own = cascade_owner(models, chosen)
    arms = [_arm(m.route, m.candidate, costs.owned(m, scene), m.error) for m in models.values()]
    if scene.rentable:
        arms.append(_arm("hosted", hosted, costs.hosted(scene), scene.hosted_error))
    if isinstance(cascade, str) or own is None:
        line = CascadeLine(not_measured=cascade if isinstance(cascade, str) else "no own model can be offered")
    else:
        arms.append(_arm("cascade", own.candidate, costs.cascaded(own, cascade, scene), cascade.error))
        line = CascadeLine(
            threshold=min(cascade.threshold, 1.0),
            escalated=cascade.escalated,
            error=cascade.error,
            rows=cascade.rows,
            measured=measured,
        )
    arms = [msgspec.structs.replace(arm, good_enough=quality.good_enough(arm)) for arm in arms]
    joint = None if isinstance(cascade, str) else cascade

    def at_volume(requests: float) -> dict[ArmName, dict[str, float]]:
        """What every way costs at other requests a month on average."""
        return _priced(models, own, joint, costs.at_mean(scene, requests))

    money = Money(
        traffic=scene.traffic,
        requests_a_month=scene.requests,
        of=own.candidate if own else None,
        cascade=line,
        arms=tuple(arms),
        tornado=tuple(TornadoBar(**asdict(m)) for m in costs.tornado(own, scene)) if own and scene.rentable else (),
        conclusion=conclude(arms, quality, at_volume, scene.requests, _error_price(scene), not scene.traffic.assumed),
        peaks=tuple(traffic.peaks(scene.traffic).tolist()),
    )
    if own is None or not scene.rentable:
        return Bill(None, _lines(models, scene), money)
    return Bill(costs.break_even(own, scene), _lines(models, scene), money, costs.needed_accuracy(own, scene))


def _priced(
    models: Mapping[str, costs.Owned], own: costs.Owned | None, joint: Cascade | None, scene: costs.Scene
) -> dict[ArmName, dict[str, float]]:
    """The parts of every way's month."""
    out: dict[ArmName, dict[str, float]] = {m.route: costs.owned(m, scene) for m in models.values()}
    if scene.rentable:
        out["hosted"] = costs.hosted(scene)
    if joint is not None and own is not None:
        out["cascade"] = costs.cascaded(own, joint, scene)
    return out


def _error_price(scene: costs.Scene) -> ErrorPrice:
    """What an error costs; where misses and false alarms have their own prices, as a multiple of those."""
    return ErrorPrice(1.0, True) if scene.prices.by_kind else ErrorPrice(scene.prices.usd_per_error)


def _lines(models: Mapping[str, costs.Owned], scene: costs.Scene) -> tuple[CostLine, ...]:
    return tuple(
        CostLine(
            candidate=m.candidate,
            route=m.route,
            capacity=traffic.capacity(m.per_second[1]),
            usd_per_month=tuple((n, _serving(costs.owned(m, costs.at(scene, n)))) for n in VOLUMES),
        )
        for m in models.values()
    )


def _arm(name: ArmName, candidate: str | None, parts: Mapping[str, float], error: Interval | None) -> Arm:
    return Arm(arm=name, candidate=candidate, usd_per_month=costs.total(parts), parts=dict(parts), error=error)


def _serving(arm: Mapping[str, float]) -> float:
    """Without errors: the picture's hosted line has none either."""
    return costs.total(arm) - arm["errors"]

"""Four arms priced for a month: own traditional, own large, hosted, and a cascade of both; where they cross.

What serving takes was measured, servers are counted at the traffic's peak, and all prices are the brief's or
`types.Prices`. An arm is a mapping of what is paid for to USD a month, averaged over the months looked ahead.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from breakeven.core.types import Interval, Prices, Route, Traffic
from breakeven.gate import traffic
from breakeven.gate.cascade import Cascade
from breakeven.gate.unit_costs import Rent

#: Upper bound of the search for a crossing, in requests a month.
MOST = 1e12
#: Prices are looked at between these multiples in the tornado picture, retraining and labels from none at all.
HALF, TWICE = 0.5, 2.0
#: Decades by which a move can be seen.
SEEN = 0.01


@dataclass(frozen=True)
class Owned:
    """An own model as measured: answers a second of one server (slow, usual, fast), seconds of a fit, share wrong.

    `error_usd`: what errors cost a request where misses and false alarms have prices of their own (None: they have not).
    `on_card`: it is trained on a graphics card.
    """

    candidate: str
    route: Route
    per_second: tuple[float, float, float]
    train_seconds: float
    error: Interval | None = None
    error_usd: Interval | None = None
    on_card: bool = False


@dataclass(frozen=True)
class Scene:
    """What an arm is priced in: prices, traffic, rent, and the hosted model's share of wrong answers (None: not known).

    `hosted_error_usd`: what its errors cost a request, as of an own model. `rentable`: it could do the work at all.
    """

    prices: Prices
    traffic: Traffic
    rent: Rent
    hosted_error: Interval | None = None
    hosted_error_usd: Interval | None = None
    rentable: bool = True

    @property
    def requests(self) -> float:
        """Requests a month on average."""
        return traffic.mean_requests(self.traffic)


def owned(model: Owned, scene: Scene) -> dict[str, float]:
    """An own model's month."""
    prices = scene.prices
    core_second = prices.server_usd_per_month / (prices.server_cores * traffic.SECONDS_A_MONTH)
    second = prices.usd_per_gpu_hour / 3600 if model.on_card else core_second
    return {
        "servers": traffic.servers(scene.traffic, model.per_second[1]) * prices.server_usd_per_month,
        "upkeep": prices.upkeep_usd_per_month,
        "training": prices.retrainings_per_month * model.train_seconds * second,
        "labels": prices.labels_per_month * prices.usd_per_label,
        "errors": scene.requests * _paid(model.error, model.error_usd, prices),
    }


def serving(model: Owned, prices: Prices, load: Traffic) -> float:
    """USD a month of keeping an own model answering: all but labels and errors, which differ not, or not for sure."""
    arm = owned(model, Scene(prices, load, Rent(0.0, 0.0, 0.0, "")))
    return arm["servers"] + arm["upkeep"] + arm["training"]


def hosted(scene: Scene) -> dict[str, float]:
    """The hosted model's month."""
    return {"requests": scene.requests * scene.rent.usd_per_1000 / 1000,
            "errors": scene.requests * _paid(scene.hosted_error, scene.hosted_error_usd, scene.prices)}  # fmt: skip


def cascaded(model: Owned, found: Cascade, scene: Scene) -> dict[str, float]:
    """The cascade's month: all of the own model's, and rent for what is handed on."""
    rent = scene.requests * found.escalated * scene.rent.usd_per_1000 / 1000
    errors = scene.requests * _paid(found.error, found.error_usd, scene.prices)
    return {**owned(model, scene), "requests": rent, "errors": errors}


def needed_accuracy(model: Owned, scene: Scene) -> float | None:
    """The share of right answers from which renting costs no more than owning; None: at none, or the own share is not known.

    Errors without a price leave only this: a hosted model that is cheaper must be right as often, one that is dearer cannot pay.
    """
    if model.error is None or model.error.value is None:
        return None
    own, right = owned(model, scene), 1 - model.error.value
    saved = total(own) - own["errors"] - hosted(scene)["requests"]
    priced = scene.requests * usd_per_error(model, scene.prices)
    needed = right - saved / priced if priced else right if saved >= 0 else 2.0
    return max(needed, 0.0) if needed <= 1 else None


def total(arm: Mapping[str, float]) -> float:
    """USD a month."""
    return sum(arm.values())


def usd_per_error(model: Owned, prices: Prices) -> float:
    """What an error costs: the brief's price, or where misses and false alarms have their own, that of the model's usual error."""
    if model.error_usd is None:
        return prices.usd_per_error
    return _wrong(model.error_usd) / _wrong(model.error) if _wrong(model.error) > 0 else 0.0


def _paid(error: Interval | None, usd: Interval | None, prices: Prices) -> float:
    """USD a request for errors."""
    return _wrong(error) * prices.usd_per_error if usd is None else _wrong(usd)


def _wrong(error: Interval | None) -> float:
    return float(error.value) if error is not None and error.value is not None else 0.0


def at(scene: Scene, requests_per_month: float) -> Scene:
    """The same at another volume."""
    return replace(scene, traffic=replace(scene.traffic, requests_per_month=requests_per_month))


def at_mean(scene: Scene, requests: float) -> Scene:
    """The same at so many requests a month on average."""
    return at(scene, scene.traffic.requests_per_month * requests / scene.requests)


def meets(model: Owned, scene: Scene) -> float | None:
    """Requests a month (of the first month) from which owning is cheaper than renting; None when it never is.

    The least n with own(n) <= hosted(n): what is fixed at n over what each request saves, until both agree.
    """
    one = at(scene, 1.0)
    hosted_usd = _paid(scene.hosted_error, scene.hosted_error_usd, scene.prices)
    errors = hosted_usd - _paid(model.error, model.error_usd, scene.prices) if _both(model, scene) else 0.0
    saved = one.requests * (scene.rent.usd_per_1000 / 1000 + errors)
    if saved <= 0:
        return None
    n = 0.0
    while n <= MOST:
        arm = owned(model, at(scene, n))
        again = (total(arm) - arm["errors"]) / saved
        if again <= n * (1 + 1e-9):
            return n
        n = again
    return None  # every server added costs more than the requests it answers would


def _both(model: Owned, scene: Scene) -> bool:
    return model.error is not None and scene.hosted_error is not None


def break_even(model: Owned, scene: Scene) -> Interval | None:
    """`meets` with a band: the fast server, the high rent and the larger gap in errors against their opposites."""
    value = meets(model, scene)
    if value is None:
        return None
    slow, _, fast = model.per_second
    rent = scene.rent
    kind = _erring(replace(model, per_second=(slow, fast, fast)), "low")
    hard = _erring(replace(model, per_second=(slow, slow, fast)), "high")
    low = meets(kind, _renting(replace(scene, rent=replace(rent, usd_per_1000=rent.high)), "high"))
    high = meets(hard, _renting(replace(scene, rent=replace(rent, usd_per_1000=rent.low)), "low"))
    return Interval(value, low, high)


def _erring(model: Owned, end: str) -> Owned:
    return replace(model, error=_at(model.error, end), error_usd=_at(model.error_usd, end))


def _renting(scene: Scene, end: str) -> Scene:
    return replace(scene, hosted_error=_at(scene.hosted_error, end), hosted_error_usd=_at(scene.hosted_error_usd, end))


def _at(error: Interval | None, end: str) -> Interval | None:
    return None if error is None else replace(error, value=getattr(error, end))


def _times(usd: Interval | None, times: float) -> Interval | None:
    return usd and Interval(*(None if end is None else end * times for end in (usd.value, usd.low, usd.high)))


@dataclass(frozen=True)
class Move:
    """Where owning meets renting with one input at its low and at its high end (None: never)."""

    input: str
    at_low: float | None
    at_high: float | None

    @property
    def width(self) -> float:
        """In decades."""
        low, high = (math.log10(max(v or MOST, 1.0)) for v in (self.at_low, self.at_high))
        return abs(high - low)


def tornado(model: Owned, scene: Scene) -> list[Move]:
    """What moves the crossing: each input at its low and its high end, the widest first; what moves nothing is left out.

    Prices at half and twice; what was measured at the ends of its interval; retraining and labels from none to twice.
    """
    prices, rent = scene.prices, scene.rent
    slow, _, fast = model.per_second

    def priced(name: str, times: float) -> tuple[Owned, Scene]:
        return model, replace(scene, prices=replace(prices, **{name: getattr(prices, name) * times}))

    def rented(usd: float) -> tuple[Owned, Scene]:
        return model, replace(scene, rent=replace(rent, usd_per_1000=usd))

    def spread(profile: str) -> tuple[Owned, Scene]:
        return model, replace(scene, traffic=replace(scene.traffic, profile=profile))  # type: ignore[arg-type]

    def wrong(end: str, other: str) -> tuple[Owned, Scene]:
        return _erring(model, end), _renting(scene, other)

    def paying(times: float) -> tuple[Owned, Scene]:
        if model.error_usd is None:
            return priced("usd_per_error", times)
        scaled = replace(scene, hosted_error_usd=_times(scene.hosted_error_usd, times))
        return replace(model, error_usd=_times(model.error_usd, times)), scaled

    moves: dict[str, tuple[tuple[Owned, Scene], tuple[Owned, Scene]]] = {
        "tokens a request": (rented(rent.low), rented(rent.high)),
        "price of tokens": (rented(rent.usd_per_1000 * HALF), rented(rent.usd_per_1000 * TWICE)),
        "price of a server": (priced("server_usd_per_month", HALF), priced("server_usd_per_month", TWICE)),
        "upkeep": (priced("upkeep_usd_per_month", HALF), priced("upkeep_usd_per_month", TWICE)),
        "answers a second": ((replace(model, per_second=(slow, slow, fast)), scene), (replace(model, per_second=(slow, fast, fast)), scene)),
        "traffic": (spread("flat"), spread("growing")),
        "retraining": (priced("retrainings_per_month", 0), priced("retrainings_per_month", TWICE)),
        "labels": (priced("labels_per_month", 0), priced("labels_per_month", TWICE)),
        "price of an error": (paying(0), paying(TWICE)),
        "own against hosted errors": (wrong("low", "high"), wrong("high", "low")),
    }  # fmt: skip

    found = [Move(name, *(meets(*end) for end in ends)) for name, ends in moves.items()]
    return sorted((m for m in found if m.width > SEEN), key=lambda m: -m.width)

"""What pays: the cheapest way to answer that is good enough at the brief's volume, and where another would be cheaper."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from breakeven.core.types import Interval, Route
from breakeven.core.verdict_money import Arm, ArmName, Conclusion, Flip

#: A way is cheaper where it costs less by more than this many dollars a month, and by more than this share.
DOLLARS, SHARE = 1.0, 0.1
#: Requests a month between which a change of the cheapest way is looked for, in steps to the decade, and halvings that place it.
FEWEST, MOST, STEPS, HALVINGS = 10.0, 1e9, 8, 40


@dataclass(frozen=True)
class Quality:
    """What was measured of the ways.

    Attributes
    ----------
    route, candidate: the choice ("none": nothing is offered).
    as_good: whether the other route's finalist is as good.
    margin: the smallest difference of the score that matters.
    hosted: the hosted model's score minus that of the own one (of the baseline where nothing is offered), positive where the
        hosted one is better; None where it was not measured.
    affordable: whether the hosted model's price is within the brief's limit.
    cascade: share of wrong answers of the cascade minus the best way's; None where it was not measured.
    margin_of_right: the smallest difference of shares of right answers that matters.
    """

    route: Route | str
    candidate: str | None
    as_good: bool
    margin: float
    hosted: Interval | None = None
    affordable: bool = True
    cascade: float | None = None
    margin_of_right: float = 0.005

    def good_enough(self, arm: Arm) -> bool | None:
        """Whether a way's measured score is within the margin of the best one's; None where it was not measured."""
        if arm.arm == "cascade":
            return None if self.cascade is None else self.cascade <= self.margin_of_right
        if arm.arm == "hosted":
            if self.hosted is None or self.hosted.value is None or self.hosted.low is None:
                return None
            return self.affordable and (self.hosted.value >= -self.margin if self.candidate else self.hosted.low > 0)
        return (
            (arm.candidate == self.candidate or self.as_good)
            and not self._hosted_better()
            and self.candidate is not None
        )

    def differ(self, one: ArmName, other: ArmName) -> bool:
        """Whether two ways were shown to err at different rates."""
        if "cascade" in (one, other):
            return self.cascade is not None and abs(self.cascade) > self.margin_of_right
        if "hosted" in (one, other):
            d = self.hosted
            return d is not None and d.low is not None and d.high is not None and (d.low > 0 or d.high < 0)
        return not self.as_good

    def _hosted_better(self) -> bool:
        d = self.hosted
        shown = d is not None and d.value is not None and d.low is not None and d.low > 0 and d.value > self.margin
        return shown and self.affordable


@dataclass(frozen=True)
class ErrorPrice:
    """What an error costs (0: nothing is said); `by_kind`: misses and false alarms have prices, and this is a multiple of both."""

    usd: float
    by_kind: bool = False


#: USD a month of each way at a number of requests a month: the bill's `parts` of every arm.
Priced = Callable[[float], Mapping[ArmName, Mapping[str, float]]]


def conclude(
    arms: Sequence[Arm], quality: Quality, at_volume: Priced, requests: float, price: ErrorPrice, given: bool
) -> Conclusion | None:
    """The cheapest good way; the choice's own where no other is clearly cheaper. None where no way was measured to be good.

    Where errors have no price, ways that err more than the best are out; otherwise errors are part of what a way costs, and all
    measured ways are compared. `requests`: the brief's requests a month on average.
    """
    priced = price.usd > 0
    known = [a for a in arms if a.good_enough is not None and (a.error is not None or not priced)]
    ways = [a for a in known if a.good_enough or priced] if any(a.good_enough for a in known) else []
    if not ways:
        return None
    cost = {a.arm: a.usd_per_month for a in ways}
    cheapest = min(cost, key=lambda name: cost[name])
    own = next((a.arm for a in ways if a.candidate == quality.candidate and a.arm == quality.route), cheapest)
    name = cheapest if clearly_less(cost[cheapest], cost[own]) else own
    rest = sorted((n for n in cost if n != name), key=lambda n: cost[n])
    names: dict[ArmName, str | None] = {a.arm: a.candidate for a in arms}
    return Conclusion(
        arm=name,
        candidate=names[name],
        usd_per_month=cost[name],
        second=rest[0] if rest else None,
        volume_given=given,
        volume_flips=_by_volume(name, rest, names, at_volume, requests),
        error_price_flips=_by_error_price(name, known, quality, requests, price),
    )


def clearly_less(one: float, other: float) -> bool:
    """Whether one amount is less than another by a dollar and a tenth.

    >>> clearly_less(50.0, 70.0), clearly_less(69.5, 70.0), clearly_less(0.2, 1.0)
    (True, False, False)
    """
    return other - one > max(DOLLARS, SHARE * one)


def _by_volume(
    name: ArmName, others: Sequence[ArmName], names: Mapping[ArmName, str | None], at_volume: Priced, requests: float
) -> tuple[Flip, ...]:
    """The nearest volumes, above and below, from which another way is cheaper."""
    if not others or requests <= 0:
        return ()
    found = []
    for above in (True, False):
        far = MOST if above else FEWEST
        factor = 10 ** ((1 if above else -1) / STEPS)
        n = requests
        while (n < far) if above else (n > far):
            n *= factor
            cost = {arm: sum(parts.values()) for arm, parts in at_volume(n).items()}
            best = min(others, key=lambda arm: cost[arm])
            if clearly_less(cost[best], cost[name]):
                at = _crossing(name, best, at_volume, requests, n)
                found.append(Flip(arm=best, candidate=names[best], at=at, above=above))
                break
    return tuple(found)


def _crossing(name: ArmName, other: ArmName, at_volume: Priced, low: float, high: float) -> float:
    """Where the other way begins to be cheaper, between a volume at which it is not and one at which it is."""
    for _ in range(HALVINGS):
        middle = (low * high) ** 0.5
        cost = {arm: sum(parts.values()) for arm, parts in at_volume(middle).items()}
        if cost[other] < cost[name]:
            high = middle
        else:
            low = middle
    return high


def _by_error_price(
    name: ArmName, known: Sequence[Arm], quality: Quality, requests: float, price: ErrorPrice
) -> tuple[Flip, ...]:
    """The nearest prices of an error, above and below, at which another way costs less."""
    line = next(a for a in known if a.arm == name)
    found = {True: list[Flip](), False: list[Flip]()}
    for other in known:
        if other.arm == name or not quality.differ(name, other.arm) or requests <= 0:
            continue
        one, another = (_errors(a, requests, price) for a in (line, other))
        if not price.usd and other.arm != "hosted" and not other.good_enough and another < one:
            continue  # worse where the choice was made, better on the sealed rows: which errs less is not known
        at = _level(_serving(other) - _serving(line), one - another)
        if at is not None:
            fewer = another < one
            if not price.usd or (at > price.usd) == fewer:
                found[fewer].append(Flip(arm=other.arm, candidate=other.candidate, at=at, above=fewer))
    nearest = [min(found[True], key=lambda f: f.at, default=None), max(found[False], key=lambda f: f.at, default=None)]
    return tuple(f for f in nearest if f is not None)


def _level(dearer: float, fewer: float) -> float | None:
    """The price of an error at which a way that is `dearer` to run and makes `fewer` errors a month costs the same; None: at none."""
    return dearer / fewer if fewer != 0 and dearer / fewer > 0 else None


def _errors(arm: Arm, requests: float, price: ErrorPrice) -> float:
    """Errors a month; where misses and false alarms have their own prices, what those cost."""
    return arm.parts.get("errors", 0.0) if price.by_kind else requests * _wrong(arm)


def _serving(arm: Arm) -> float:
    return arm.usd_per_month - arm.parts.get("errors", 0.0)


def _wrong(arm: Arm) -> float:
    return float(arm.error.value) if arm.error is not None and arm.error.value is not None else 0.0

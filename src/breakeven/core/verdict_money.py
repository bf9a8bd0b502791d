"""The verdict's parts about money: what the ways to answer cost, and what is known of the hosted model."""

from __future__ import annotations

from typing import Literal

from breakeven.core.types import Interval, Traffic
from breakeven.core.verdict_part import Count, Part, Probability

ArmName = Literal["traditional", "large", "hosted", "cascade"]


class HostedAnswers(Part, frozen=True, kw_only=True):
    """What a hosted model answered to `rows` sealed units, and how: its score is its line in `test`.

    Of the answers, `unreadable` were none of the classes or no number, some of them because they were `refused` or `cut` short;
    `unanswered` units got none and are not among the rows. `agreement` is the share that it and the own model answered alike, of
    classes. `difference` is its score minus the own model's on the same units, positive where the hosted one is better.
    """

    model: str
    rows: Count
    unreadable: Count
    refused: Count
    cut: Count
    unanswered: Count
    structured: bool
    tokens_in: float
    tokens_out: float
    tokens_cached: float
    spent_usd: float
    ended: str | None = None
    agreement: Interval | None = None
    difference: Interval | None = None


class HostedPrice(Part, frozen=True, kw_only=True):
    """The price of a hosted model per 1,000 requests, and where it comes from; with `batch`, where answers may take a day.

    `needed_accuracy` is the share of right answers from which renting pays beside the model that `money.of` names (None: at no
    share, or answers are not right or wrong). Where it was not measured, `measure` is the command that does it, or `not_measured`
    says why it failed. Where an LLM is no `realistic` way to answer, as for lists of recommendations, it has no price (0).
    """

    usd_per_1000: float
    source: str
    batch_usd_per_1000: float | None = None
    needed_accuracy: Probability | None = None
    measure: str | None = None
    not_measured: str | None = None
    answers: HostedAnswers | None = None
    realistic: bool = True


class CostLine(Part, frozen=True, kw_only=True):
    """USD a month of a finalist by requests a month: pairs (requests, USD).

    `capacity`: requests a second with which one server is loaded in its busiest hour.
    """

    candidate: str
    route: Literal["traditional", "large"]
    usd_per_month: tuple[tuple[float, float], ...]
    capacity: float | None = None


class Arm(Part, frozen=True, kw_only=True):
    """One way to answer the brief's requests, priced a month: `parts` add up to `usd_per_month`.

    `good_enough`: its measured score is within the margin of the best way's (None: it was not measured).
    """

    arm: ArmName
    candidate: str | None
    usd_per_month: float
    parts: dict[str, float]
    error: Interval | None = None
    good_enough: bool | None = None


class CascadeLine(Part, frozen=True, kw_only=True):
    """The own model answers above `threshold`, the hosted one the rest; or why that was not measured."""

    threshold: float | None = None
    escalated: float | None = None
    error: Interval | None = None
    rows: Count = 0
    measured: bool = False
    not_measured: str | None = None


class TornadoBar(Part, frozen=True, kw_only=True):
    """Break-even requests a month with one input at its low and at its high end (None: never)."""

    input: str
    at_low: float | None
    at_high: float | None


class Flip(Part, frozen=True, kw_only=True):
    """Where the cheapest way changes to `arm`: `above` or below `at`, which is requests a month, or what errors cost.

    Of errors `at` is USD an error; where the brief prices misses and false alarms it is a multiple of both prices.
    """

    arm: ArmName
    candidate: str | None
    at: float
    above: bool


class Conclusion(Part, frozen=True, kw_only=True):
    """What pays at the brief's volume: the cheapest of the ways that are good enough, and where that changes.

    Where errors have a price they are part of `usd_per_month`, and every measured way is compared. `second` is the next cheapest
    such way. `volume_given`: the brief says how many requests come; otherwise the default is assumed.
    """

    arm: ArmName
    candidate: str | None
    usd_per_month: float
    second: ArmName | None = None
    volume_given: bool = False
    volume_flips: tuple[Flip, ...] = ()
    error_price_flips: tuple[Flip, ...] = ()


class Money(Part, frozen=True, kw_only=True):
    """All ways to answer, priced at the brief's traffic; `of` is the candidate in the cascade and the tornado.

    `conclusion` is None where no way was measured.
    `peaks`: requests a second in the busiest hour of each of the months looked ahead, for one request a month.
    """

    traffic: Traffic
    requests_a_month: float
    of: str | None
    cascade: CascadeLine
    arms: tuple[Arm, ...]
    tornado: tuple[TornadoBar, ...] = ()
    conclusion: Conclusion | None = None
    peaks: tuple[float, ...] = ()

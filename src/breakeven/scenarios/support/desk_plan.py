"""What the product would change at a company's desk: the simulated desk beside people alone, and what targets need in staff and automation.

The desk of people alone is the declared one. The product's desk has the fewest people with whom nobody who needs a person waits longer, at
the ninth decile, than customers wait today; what it saves is what those people cost. Every number is given with its range over the
assumptions that nobody has measured, which are returned beside it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from breakeven.core.types import Interval
from breakeven.scenarios.support.queue_simulation import Desk, Outcome, human_only, simulate
from breakeven.scenarios.support.settings import Human
from breakeven.scenarios.support.verdict_section import DeskLine, DeskPart

#: The targets: so much less time to the first answer at the median, and so much less money a contact.
FASTER, CHEAPER = 0.8, 0.3
#: Shares of automation that a search looks at.
STEPS = tuple(step / 20 for step in range(20))


@dataclass(frozen=True)
class Assumed:
    """What is assumed of customers and people where nothing was measured; see `Desk` for each."""

    clarified: float
    returning: float
    harder: float
    spread: float
    automation: float

    def desk(self, today: Desk, measured: Measured) -> Desk:
        """Today's desk with the product before it."""
        return replace(
            today,
            clarified=self.clarified,
            returning=self.returning,
            harder=self.harder,
            spread=self.spread,
            automation=self.automation,
            bot_seconds=measured.bot_seconds,
            usd_per_message=measured.usd_per_message,
        )


@dataclass(frozen=True)
class Measured:
    """What was measured of the product: the share it answers with its 90 % interval, its seconds an answer, and dollars a message."""

    automation: Interval
    bot_seconds: float = 1.0
    usd_per_message: float = 0.0


@dataclass(frozen=True)
class Need:
    """At a share of automation: the fewest people that keep the waits of those who need one (None: none does), and whether it meets both targets."""

    automation: float
    staff: int | None
    median_seconds: float | None
    usd_per_contact: float | None
    meets: bool


def plan(human: Human, measured: Measured, declared: bool, seed: int = 0) -> DeskPart:
    """The desk with and without the product, and the range of both changes over the assumptions."""
    today, waits = human_only(human, seed)
    before = simulate(today, seed)
    usual = usual_desk(today, measured)
    staffed = fewest(usual, before, human.staff, seed) or usual
    after = simulate(staffed, seed)
    ranges = [
        changes(before, today, one.desk(today, measured), human.staff, seed) for one in variants(measured).values()
    ]
    value = change(before, after)
    faster, cheaper = ([*(pair[i] for pair in ranges), value[i]] for i in (0, 1))
    assumptions = {name: float(v) for name, v in asdict(staffed).items() if name not in ("hours", "staff")}
    return DeskPart(
        assumptions={**assumptions, "queue_seconds_of_people_alone": waits},
        human=line(today, before),
        product=line(replace(usual, staff=human.staff), simulate(usual, seed)),
        faster=Interval(value[0], min(faster), max(faster)),
        cheaper=Interval(value[1], min(cheaper), max(cheaper)),
        declared=declared,
        fewest=line(staffed, after),
    )


def assumed(share: Interval) -> tuple[Assumed, Assumed, Assumed]:
    """The best, the usual and the worst for the product, at the share of automation that was measured."""
    value = share.value or 0.0
    low, high = (value if end is None else end for end in (share.low, share.high))
    return (
        Assumed(clarified=0.0, returning=0.02, harder=1.0, spread=0.6, automation=high),
        Assumed(clarified=0.1, returning=0.1, harder=1.25, spread=1.0, automation=value),
        Assumed(clarified=0.2, returning=0.2, harder=1.6, spread=1.4, automation=low),
    )


def usual_desk(today: Desk, measured: Measured) -> Desk:
    """Today's desk with the product before it, at the usual assumptions."""
    return assumed(measured.automation)[1].desk(today, measured)


def variants(measured: Measured) -> dict[str, Assumed]:
    """Other assumptions by name: each at its best and worst with the others as usual, all at their best, all at their worst."""
    best, usual, worst = assumed(measured.automation)
    out = {"best": best, "worst": worst}
    for name, of in (("best", best), ("worst", worst)):
        for each, value in asdict(of).items():
            out[f"{each} {name}"] = replace(usual, **{each: float(value)})
    return out


def fewest(desk: Desk, before: Outcome, most: int, seed: int) -> Desk | None:
    """The desk with the fewest people, at most `most`, so that those who need a person wait no longer at the ninth decile than all did before.

    None where no number of people does.
    """
    for staff in range(1, most + 1):
        tried = replace(desk, staff=staff)
        if tried.load < staff:
            found = simulate(tried, seed)
            if found.people_p90 <= before.p90:
                return tried
    return None


def changes(before: Outcome, today: Desk, desk: Desk, most: int, seed: int) -> tuple[float, float]:
    """How much faster and cheaper a desk is, with the fewest people it needs; today's people where no fewer do.

    The spread of working times is as much today's as the product's.
    """
    if desk.spread != today.spread:
        before = simulate(replace(today, spread=desk.spread), seed)
    return change(before, simulate(fewest(desk, before, most, seed) or desk, seed))


def change(before: Outcome, after: Outcome) -> tuple[float, float]:
    """Less time to the first answer at the median, and less money a contact, as shares of what there was."""
    return 1 - after.median / before.median, 1 - after.usd_per_contact / before.usd_per_contact


def needs(
    human: Human, measured: Measured, seed: int = 0, targets: tuple[float, float] = (FASTER, CHEAPER)
) -> list[Need]:
    """For each share of automation what it takes; the first that `meets` is the least that reaches both targets."""
    today, _ = human_only(human, seed)
    before, usual, out = simulate(today, seed), usual_desk(today, measured), list[Need]()
    for share in STEPS:
        staffed = fewest(replace(usual, automation=share), before, human.staff, seed)
        if staffed is None:
            out.append(Need(share, None, None, None, False))
            continue
        after = simulate(staffed, seed)
        faster, cheaper = change(before, after)
        meets = faster >= targets[0] and cheaper >= targets[1]
        out.append(Need(share, staffed.staff, after.median, after.usd_per_contact, meets))
    return out


def line(desk: Desk, found: Outcome) -> DeskLine:
    """An outcome as the verdict has it."""
    return DeskLine(
        median_seconds=found.median,
        p90_seconds=found.p90,
        usd_per_contact=found.usd_per_contact,
        staff=desk.staff,
        occupancy=found.occupancy,
    )

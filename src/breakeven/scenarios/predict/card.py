"""Predict's own part of card.md."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.core.types import Column, Interval
from breakeven.core.verdict import Verdict, part
from breakeven.report import bounded
from breakeven.scenarios.predict.verdict import PredictSection
from breakeven.trust.card import CardParts

#: Classes that are listed.
CLASSES = 15
#: Columns listed.
CARD_COLUMNS = 10


def card(v: Verdict, columns: Sequence[Column]) -> CardParts:
    """Calibration or residuals, importance, groups and columns of a table's product."""
    own, rows = part(PredictSection, v.section), v.rows
    size = f"{rows.all:,} rows, of which {rows.test:,} sealed. Split by {v.split.by}."
    importance = [f"`{i.column}`: {i.value:.4f} ({i.low:.4f} to {i.high:.4f})" for i in own.importance]
    gaps = [f"{g.what} ({g.done})" for g in own.group_gaps] or ["not measured: the brief names no groups"]
    return CardParts(
        identity=(f"Scenario: {v.scenario}. Classes: {', '.join(own.classes) or 'none (a number)'}.",),
        score=f"on {v.product.rows if v.product else 0:,} sealed rows",
        quality=(*_trust(own), f"Data: {size} Seed {v.seed}."),
        sections={
            "What it looks at (fall of the score when shuffled)": importance[:CARD_COLUMNS],
            "Groups": gaps,
            "Columns": [f"`{name}`: {role} ({why})" for name, role, why in bounded.columns(columns)],
        },
        limits=(
            "Measured on rows like those it was given; on other populations, times or places it was not measured.",
            "A privacy attack was not measured. Robustness against manipulated input was not measured.",
        ),
    )


def _trust(own: PredictSection) -> list[str]:
    """How far a value's interval or a class's probability may be trusted."""
    if own.residuals is not None:
        held = own.residuals.interval_held
        found = [f"The 90 % interval held on {held.value:.1%} of sealed rows ({held.low:.1%} to {held.high:.1%})."]
        if own.error is not None and own.error.value is not None and own.baseline_error is not None:
            same = f"always answering the same would be off by {own.baseline_error:.3g}"
            found.append(f"An answer is off by {own.error.value:.3g} on average, in the target's units; {same}.")
        return found
    if own.reliability is None:
        return []
    shown = [c for c in own.by_class if len(own.by_class) > 2 or c.name == own.yes][:CLASSES]
    lines = [
        f"`{c.name}`: {percent(c.recall)} found, {percent(c.precision)} right where it is answered." for c in shown
    ]
    return [*probability(own), *lines]


def probability(own: PredictSection) -> list[str]:
    """How far `probability` may be relied on, and how it was calibrated."""
    if own.reliability is None:
        return []
    r, gap = own.reliability, own.reliability.gap
    off = f"{100 * (gap.value or 0):.1f} points ({100 * (gap.low or 0):.1f} to {100 * (gap.high or 0):.1f})"
    chance = f"measured {100 * r.ece:.1f}, of which {100 * r.by_chance:.1f} are usual by chance in so many rows"
    said = "`probability` is not to be relied on: it" if r.unreliable else "`probability`"
    how = own.calibrated.why if own.calibrated else ""
    lines = f"{said} is off by {off} on average on sealed rows ({chance}).", f"{how[:1].upper()}{how[1:]}."
    return list(lines if how else lines[:1])


def percent(share: Interval | None) -> str:
    """A share with its interval.

    >>> percent(Interval(0.34, 0.28, 0.41)), percent(None)
    ('34 % (28 to 41)', 'none')
    """
    if share is None or share.value is None or share.low is None or share.high is None:
        return "none"
    return f"{100 * share.value:.0f} % ({100 * share.low:.0f} to {100 * share.high:.0f})"

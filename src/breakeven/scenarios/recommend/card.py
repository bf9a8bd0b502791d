"""Recommend's own part of card.md: every model's metrics, and limits of use."""

from __future__ import annotations

from breakeven.core.types import Interval
from breakeven.core.verdict import Verdict, part
from breakeven.scenarios.recommend.verdict import ModelLine, RecommendSection
from breakeven.trust.card import CardParts


def card(v: Verdict) -> CardParts:
    """Every model's metrics and coverage, and what offline evaluation cannot say."""
    own = part(RecommendSection, v.section)
    people = v.product.rows if v.product else 0
    size = f"{own.users:,} users, {own.items:,} items, {own.events:,} events"
    return CardParts(
        identity=(
            f"Scenario: {v.scenario}. The score is of the same candidate fitted on the events before the sealed "
            "part; the product served is fitted on all events.",
        ),
        score=f"at {own.k} for {people:,} sealed people, over all {own.items:,} items",
        quality=(
            f"Data: {size}. Held back: {own.hold}. Seed {v.seed}.",
            *(_model(line, own.columns) for line in own.lines),
        ),
        sections={},
        limits=(
            "It was measured on what people took by themselves, not on what they would take when shown; only an "
            "experiment tells that.",
            "It learns from what was shown before, and so repeats what was favoured then. A privacy attack was not measured.",
        ),
    )


def _model(line: ModelLine, columns: tuple[str, ...]) -> str:
    intervals: dict[str, Interval] = {name: getattr(line, name) for name in columns}
    scores = ", ".join(f"{name} {interval.value:.4f}" for name, interval in intervals.items())
    return f"{line.candidate}: {scores}; {line.coverage:.0%} of the items ever shown"

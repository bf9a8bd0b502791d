"""Recommend's own part of report.html and card.md: ranking metrics, groups of people and items, limits of use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from breakeven.report.page import ReportSection, template_of
from breakeven.trust.card import CardParts


def sections(v: Mapping[str, Any]) -> list[ReportSection]:
    """How good the recommendations are, and for whom."""
    return [ReportSection(template_of("breakeven.scenarios.recommend"))]


def card(v: Mapping[str, Any]) -> CardParts:
    """Every model's metrics and coverage, and what offline evaluation cannot say."""
    p, shop = v["product"], v["shop"]
    models = []
    for line in shop["lines"]:
        scores = ", ".join(f"{m} {line[m]['value']:.4f}" for m in shop["columns"])
        models.append(f"{line['candidate']}: {scores}; {line['coverage']:.0%} of the items ever shown")
    size = f"{shop['users']:,} users, {shop['items']:,} items, {shop['events']:,} events"
    return CardParts(
        identity=(
            f"Scenario: {v['scenario']}. The score is of the same candidate fitted on the events before the sealed "
            "part; the product served is fitted on all events.",
        ),
        score=f"at {shop['k']} for {p['rows']:,} sealed people, over all {shop['items']:,} items",
        quality=(f"Data: {size}. Held back: {shop['hold']}. Seed {v['seed']}.", *models),
        sections={},
        limits=(
            "It was measured on what people took by themselves, not on what they would take when shown; only an "
            "experiment tells that.",
            "It learns from what was shown before, and so repeats what was favoured then. A privacy attack was not measured.",
        ),
    )

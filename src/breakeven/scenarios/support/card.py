"""Support's parts of the model card: what is promised, what it was measured on, and what that does not say."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.core.types import Column
from breakeven.core.verdict import Verdict, part
from breakeven.scenarios.support.verdict_section import SupportSection, TopicLine
from breakeven.trust.card import CardParts

#: Topics with the least automation that the card names.
WORST = 8


def card(verdict: Verdict, columns: Sequence[Column]) -> CardParts:
    """The card's parts. `columns` of the questions are two and are not listed."""
    del columns
    section, rows = part(SupportSection, verdict.section), verdict.rows
    return CardParts(
        identity=(
            f"Scenario: {verdict.scenario}. Stages: {', '.join(stage.name for stage in section.stages) or 'none'}.",
        ),
        score=f"on {rows.test:,} sealed questions",
        quality=(
            f"Data: {rows.all:,} questions, of which {rows.test:,} sealed. Seed {verdict.seed}.",
            _promise(section),
        ),
        sections={"Topics with the least automation": [_line(topic) for topic in _worst(section)]},
        limits=(
            "The promise holds for questions like those it was given: new products, campaigns and faults bring others. Audit a sample "
            "of its answers, and learn from what people answered.",
            "An answer that fits the topic may still not help: resolution is counted by what customers confirm, not by silence.",
        ),
    )


def _promise(section: SupportSection) -> str:
    share = section.automation.value or 0.0
    if not section.certified:
        needed = f"; about {section.needed:,} labelled questions are needed" if section.needed else ""
        return f"Nothing is answered: at most {section.budget:.1%} wrong could not be shown with {section.sure:.0%}{needed}."
    return (
        f"Answers {share:.0%} of questions by itself; with a probability of {section.sure:.0%} at most {section.budget:.1%} of those "
        f"answers are wrong (bound {section.upper or 0.0:.2%})."
    )


def _worst(section: SupportSection) -> list[TopicLine]:
    return sorted(section.topics, key=lambda topic: topic.automation)[:WORST]


def _line(topic: TopicLine) -> str:
    confused = f", mostly taken for `{topic.confused_with}`" if topic.confused_with else ""
    return f"`{topic.topic}`: {topic.automation:.0%} of {topic.questions:,} answered by itself{confused}"

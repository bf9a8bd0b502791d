"""card.md: what the product is, what it was measured on, what it must not be used for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from breakeven.core.types import Finding
from breakeven.core.verdict import Verdict


@dataclass(frozen=True)
class CardParts:
    """A scenario's parts of the card, each a list of sentences.

    `score` ends the line of the product's score ("on 400 sealed rows"); `sections` are whole sections by heading.
    """

    identity: Sequence[str]
    score: str
    quality: Sequence[str]
    sections: Mapping[str, Sequence[str]]
    limits: Sequence[str]


def render(v: Verdict, parts: CardParts) -> str:
    """The model card of a product, from its verdict and its scenario's parts. Raises ValueError without a product."""
    if v.product is None:
        raise ValueError("a verdict without a product has no card")
    p, chosen = v.product, v.chosen
    score = f"{v.metric.name} {p.value:.4f} ({p.low:.4f} to {p.high:.4f}, 90 % interval) {parts.score}."
    openings = "once" if v.sealed_openings == 1 else f"{v.sealed_openings} times so far"
    sections = {
        "What it is": [
            f"Candidate: {chosen.candidate} ({chosen.route} route). {chosen.reason}",
            f"Settings: {p.settings or 'defaults'}. {p.tuning}.",
            *parts.identity,
        ],
        "How good it is": [score, f"The sealed test was opened {openings}.", *parts.quality],
        **parts.sections,
        "What was found in the data": [_finding(f) for f in v.findings] or ["nothing odd"],
        "Limits of use": parts.limits,
    }
    body = "\n\n".join(f"## {title}\n" + "\n".join(f"- {line}" for line in lines) for title, lines in sections.items())
    return f"# Model card: {v.name}\n\n{v.sentence.en}\n\n{v.sentence.zh}\n\n{v.details.en}\n\n{body}\n"


def _finding(f: Finding) -> str:
    column = f" in `{f.column}`" if f.column else ""
    return f"{f.kind}{column}: {f.what}. {f.done}."

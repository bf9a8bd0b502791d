"""card.md: what the product is, what it was measured on, what it must not be used for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from breakeven.core.types import Finding
from breakeven.core.verdict import Verdict

#: Code of Markdown: between two runs of equally many back quotes.
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
#: Signs that make links and images, and those that would take our escapes back.
_MARKUP = re.compile(r"([\\\[\]`])")
#: What would make a heading, a list or a quotation of a line.
_BLOCK = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=[#>~=]|[*+_-](?:[*_\s-]|$)))")


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
    body = "\n\n".join(
        f"## {title}\n" + "\n".join(f"- {escaped(line)}" for line in lines) for title, lines in sections.items()
    )
    said = "\n\n".join(map(escaped, (v.sentence.en, v.sentence.zh, v.details.en)))
    return f"# Model card: {escaped(v.name)}\n\n{said}\n\n{body}\n"


def escaped(text: str) -> str:
    """A text as one line of Markdown in which only code between back quotes is markup.

    Names of columns and classes come from the data: no tag, link or image of theirs may appear in what shows the card.

    >>> escaped("`a<b`: <b>, [x](y)")
    '`a<b`: &lt;b>, \\\\[x\\\\](y)'
    """
    text, out, end = " ".join(text.split()), "", 0
    for code in _CODE.finditer(text):
        out += _plain(text[end : code.start()]) + code[0]
        end = code.end()
    return _BLOCK.sub(r"\1\\", out + _plain(text[end:]))


def _plain(text: str) -> str:
    """A text without markup; a back quote in it belongs to no pair."""
    return _MARKUP.sub(r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;"))


def _finding(f: Finding) -> str:
    column = f" in `{f.column}`" if f.column else ""
    return f"{f.kind}{column}: {f.what}. {f.done}."

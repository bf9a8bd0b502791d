"""Words marked and images overlaid: what an answer was made of, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from markupsafe import Markup

from breakeven.runtime.explain import Word

#: Classes by strength, from the faintest to the strongest.
STRENGTHS = 5


def marked(text: str, words: Sequence[Word]) -> Markup:
    """A text with its words marked by how much they matter.

    >>> str(marked("pay my bill", [{"text": "bill", "start": 7, "effect": 0.4}]))
    '<p dir="auto">pay my <mark class="for5" title="+40.0">bill</mark></p>'
    """
    most = max((abs(w["effect"]) for w in words), default=0.0) or 1.0
    out, at = [], 0
    for word in words:
        start = word["start"]
        side = "for" if word["effect"] >= 0 else "against"
        strength = max(1, round(STRENGTHS * abs(word["effect"]) / most))
        out.append(escape(text[at:start]))
        out.append(f'<mark class="{side}{strength}" title="{100 * word["effect"]:+.1f}">{escape(word["text"])}</mark>')
        at = start + len(word["text"])
    return Markup(f'<p dir="auto">{"".join([*out, escape(text[at:])])}</p>')


def heat(source: str, rows: Sequence[Sequence[float]], name: str) -> Markup:
    """An image (a `data:` address) with its map over it, as SVG in the image's own proportions."""
    height, width = len(rows), len(rows[0])
    cells = "".join(
        f'<rect x="{j}" y="{i}" width="1.01" height="1.01" fill="rgb(255,120,0)" fill-opacity="{0.65 * value:.2f}"/>'
        for i, line in enumerate(rows)
        for j, value in enumerate(line)
        if value > 0.05
    )
    return Markup(
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(name)}"><image href="{escape(source)}" width="{width}" '
        f'height="{height}" preserveAspectRatio="none"/>{cells}</svg>'
    )

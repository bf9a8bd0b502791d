"""Words marked and images overlaid: what an answer was made of, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from breakeven.runtime.explain import Word

#: Colour (r, g, b) of words that speak for an answer.
FOR = (31, 111, 139)
#: Colour (r, g, b) of words that speak against it.
AGAINST = (200, 85, 61)
#: Colour (r, g, b) of an image's warm places.
WARM = (255, 120, 0)
#: Opacity of the word that matters most.
STRONGEST = 0.75


def marked(text: str, words: Sequence[Word]) -> str:
    """A text with its words marked by how much they matter.

    >>> marked("pay my bill", [{"text": "bill", "start": 7, "effect": 0.4}])
    'pay my <mark style="background:rgba(31,111,139,0.75)" title="+40.0">bill</mark>'
    """
    most = max((abs(w["effect"]) for w in words), default=0.0) or 1.0
    out, at = [], 0
    for word in words:
        start = word["start"]
        colour = ",".join(map(str, FOR if word["effect"] >= 0 else AGAINST))
        depth = STRONGEST * abs(word["effect"]) / most
        out.append(escape(text[at:start]))
        out.append(
            f'<mark style="background:rgba({colour},{depth:.2f})" title="{100 * word["effect"]:+.1f}">'
            f"{escape(word['text'])}</mark>"
        )
        at = start + len(word["text"])
    return "".join([*out, escape(text[at:])])


def heat(source: str, rows: Sequence[Sequence[float]]) -> str:
    """An image (a `data:` address) with its map over it, as SVG."""
    height, width = len(rows), len(rows[0])
    colour = ",".join(map(str, WARM))
    cells = "".join(
        f'<rect x="{j}" y="{i}" width="1.01" height="1.01" fill="rgba({colour},{0.65 * value:.2f})"/>'
        for i, line in enumerate(rows)
        for j, value in enumerate(line)
        if value > 0.05
    )
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="heat map"><image href="{escape(source)}" width="{width}" '
        f'height="{height}" preserveAspectRatio="none"/>{cells}</svg>'
    )

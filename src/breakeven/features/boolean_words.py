"""Words that mean yes or no in tables of shops and offices: English, Chinese, German, Dutch, French, Spanish, Italian,
Portuguese, Polish, Russian.

>>> truth("Yes"), truth("否"), truth("nein"), truth("perhaps"), truth(1.0)
(True, False, False, None, True)
"""

from __future__ import annotations

import unicodedata

_YES = (
    "yes",
    "y",
    "true",
    "t",
    "on",
    "1",
    "是",
    "有",
    "对",
    "真",
    "✓",
    "✔",
    "x",
    "ja",
    "j",
    "wahr",
    "oui",
    "o",
    "vrai",
)
_NO = ("no", "n", "false", "f", "off", "0", "否", "无", "不", "假", "没有", "✗", "✘", "nein", "falsch", "non", "faux")
_WORDS = {
    **dict.fromkeys((*_YES, "sí", "si", "sì", "sim", "да", "tak", "verdadero", "vero", "v"), True),
    **dict.fromkeys((*_NO, "falso", "não", "nao", "нет", "nie", "nee"), False),
}


def truth(cell: object) -> bool | None:
    """Whether a cell says yes; None where it says neither."""
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int | float):
        return bool(cell) if cell in (0, 1) else None
    return _WORDS.get(unicodedata.normalize("NFKC", str(cell)).strip().casefold())

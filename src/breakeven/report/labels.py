"""Texts of pages in English and Chinese, by name: one TOML file a language beside the code that shows them.

A text may hold values in braces. A value that is a `Text` is put in by its language, any other as it is.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from breakeven.core.verdict import Text
from breakeven.report.words import Language

LANGUAGES: tuple[Language, ...] = ("en", "zh")
#: Letters that are written from right to left: Hebrew, Arabic, Syriac, Thaana, N'Ko and what controls direction.
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]")


class Labels:
    """The texts of one package, read once."""

    def __init__(self, texts: Mapping[str, Text]) -> None:
        self.texts = texts

    def __call__(self, name: str, /, **values: object) -> Text:
        """The text with its values. Raises KeyError for a name or a value that is missing."""
        text = self.texts[name]
        if not values:
            return text
        english = {k: v.en if isinstance(v, Text) else isolated(v) for k, v in values.items()}
        chinese = {k: v.zh if isinstance(v, Text) else isolated(v) for k, v in values.items()}
        return Text(en=text.en.format_map(english), zh=text.zh.format_map(chinese))

    def get(self, name: str, otherwise: str) -> Text | str:
        """The text of a name, or what else to show."""
        return self.texts.get(name, otherwise)


@cache
def of(package: str, stem: str = "labels") -> Labels:
    """The texts in `stem`.en.toml and `stem`.zh.toml of a package. Raises ValueError where one language lacks a text."""
    folder = resources.files(package)
    english, chinese = (_flat(tomllib.loads(folder.joinpath(f"{stem}.{n}.toml").read_text("utf-8"))) for n in LANGUAGES)
    if english.keys() != chinese.keys():
        raise ValueError(f"{package}: only one language has {sorted(english.keys() ^ chinese.keys())}")
    return Labels({name: Text(en=text, zh=chinese[name]) for name, text in english.items()})


def isolated(value: object) -> object:
    """A text of the data that runs from right to left, kept from turning the sentence around it; others as they are.

    >>> isolated("plan"), isolated(3), isolated("\u05d0") == "\u2068\u05d0\u2069"
    ('plan', 3, True)
    """
    return f"\u2068{value}\u2069" if isinstance(value, str) and RIGHT_TO_LEFT.search(value) else value


def _flat(tree: Mapping[str, object], before: str = "") -> dict[str, str]:
    out = dict[str, str]()
    for name, value in tree.items():
        if isinstance(value, dict):
            out |= _flat(value, f"{before}{name}.")
        else:
            out[before + name] = str(value)
    return out

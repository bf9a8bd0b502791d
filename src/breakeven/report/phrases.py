"""What is written in English where it arises, in both languages: known sentences are looked up in the files of `FILES`.

A sentence that is not known stays English in both: it may hold what a file, a package or a database said.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from breakeven.core.verdict import Text

#: Names of what stands in a sentence and is looked up itself; other parts are taken over as they are.
INNER = frozenset(("why", "what", "place", "done", "rest", "how", "unit", "noun"))
#: Files of sentences: of the verdict and its findings, the command line, errors, and the description of the service.
FILES = (
    *("phrases", "commands", "interface", "help"),
    *("errors", "errors_brief", "errors_data", "errors_models", "errors_serving", "errors_events", "errors_desk"),
    "system",
)
#: The file of sentences that are not written in the source.
OF_OTHERS = "system"
_PART = re.compile(r"\{(\w+)\}")
#: Longer texts are messages of others.
LONGEST = 600
#: Sentences that stand within each other.
LEVELS = 5
#: Characters from which a sentence is told by its own words: a shorter one, such as `send {what}`, by what stands in it as well.
OWN = 15
#: First characters by which sentences are told apart before they are compared.
BEGINNING = 6
#: The place of what a package, a database or the system said, which may be English in a Chinese sentence.
OTHERS = "why"
#: The place of a list of names, each with a sentence in brackets that is looked up itself.
REASONED = "likely"
_BRACKETS = re.compile(r" \(([^()]*)\)")
_WORDS = re.compile(r"[a-z]{2,} [a-z]{2,}")


def kind(text: str) -> Text:
    """The kind of a finding.

    >>> kind("missing values").zh, kind("new kind").zh
    ('缺失值', 'new kind')
    """
    return _both(text, _known()[0].get(text, text))


def phrase(text: str) -> Text:
    """A sentence of collecting or the race.

    >>> phrase("97 of 900 values missing (10.8%)").zh
    '900 个值中缺失 97 个（10.8%）'
    """
    return _both(text, chinese(text))


def chinese(text: str) -> str:
    """The same as a text, for what reads no verdict: `--help` loads no more than this.

    >>> chinese("remove old builds"), chinese("something new")
    ('删除旧版本', 'something new')
    """
    return _chinese(text) or text


def is_known(text: str) -> bool:
    """Whether a sentence is said in Chinese."""
    return _chinese(text) is not None


def patterns() -> Iterator[str]:
    """The English sentences that are known and stand in the source."""
    return iter(_known()[2])


def _both(english: str, translated: str) -> Text:
    from breakeven.core.verdict import Text  # it loads numpy

    return Text(en=english, zh=translated)


@cache
def _known() -> tuple[dict[str, str], list[tuple[_Pattern, str]], list[str]]:
    """Kinds, sentences as patterns with their Chinese, the longest first, and the sentences themselves."""
    folder, kinds, sentences = resources.files("breakeven.report"), dict[str, str](), dict[str, str]()
    own = list[str]()
    for name in FILES:
        listed = tomllib.loads(folder.joinpath(f"{name}.zh.toml").read_text(encoding="utf-8"))
        kinds |= listed.get("kinds", {})
        sentences |= listed["phrases"]
        own += listed["phrases"] if name != OF_OTHERS else ()
    ordered = [(_Pattern.of(english), chinese) for english, chinese in sentences.items()]
    ordered.sort(key=lambda one: -one[0].length)
    heads = [(pattern._replace(strict=True), chinese) for pattern, chinese in ordered if pattern.is_head]
    return kinds, heads + ordered, own


@lru_cache(maxsize=1024)
def _alike(beginning: str) -> list[tuple[_Pattern, str]]:
    """Sentences with values that a text of these first characters may be, in the order of `_known`: few of the many there are."""
    return [
        (pattern, chinese)
        for pattern, chinese in _known()[1]
        if pattern.names and pattern.texts[0][:BEGINNING] == beginning[: len(pattern.texts[0])]
    ]


@cache
def _exact() -> dict[str, str]:
    """The sentences without values."""
    return {pattern.texts[0]: chinese for pattern, chinese in _known()[1] if not pattern.names}


class _Pattern(NamedTuple):
    """A sentence with places for values, as the texts around the places and the places' names."""

    texts: list[str]
    names: list[str]
    #: Whether all sentences within it have to be known.
    strict: bool = False

    @property
    def is_head(self) -> bool:
        """Whether it is a few words and a colon before a sentence of its own, which is looked for first."""
        return len(self.texts) == 2 and self.names[0] in INNER and self.texts[0].endswith(": ") and not self.texts[1]

    @property
    def length(self) -> int:
        """Characters of its own."""
        return sum(map(len, self.texts))

    @classmethod
    def of(cls, english: str) -> _Pattern:
        """
        >>> _Pattern.of("{bad} of {all} rows")
        _Pattern(texts=['', ' of ', ' rows'], names=['bad', 'all'], strict=False)
        """
        pieces = _PART.split(english)
        return cls(pieces[::2], pieces[1::2])

    def values(self, text: str) -> dict[str, str] | None:
        """What stands in the places, each as short as can be and none empty; None where the text is another sentence.

        One walk over the text, and no regular expression: a request may hold what a stranger chose, and those with several
        places take time by the cube of its length.

        >>> _Pattern.of("{bad} of {all} rows").values("3 of 90 rows"), _Pattern.of("no rows").values("no row")
        ({'bad': '3', 'all': '90'}, None)
        """
        first, *others = self.texts
        if not others:
            return {} if text == first else None
        last = others.pop()
        if not text.startswith(first) or not text.endswith(last):
            return None
        at, found = len(first), list[str]()
        for one in others:
            end = text.find(one, at + 1)
            if end < 0:
                return None
            found.append(text[at:end])
            at = end + len(one)
        end = len(text) - len(last)
        return None if end <= at else dict(zip(self.names, [*found, text[at:end]], strict=True))


def _chinese(text: str, levels: int = LEVELS) -> str | None:
    """A sentence in Chinese, whole or between semicolons; None where it is not known. `levels`: sentences within each other."""
    if len(text) > LONGEST or not levels:
        return None
    parts = [_chinese(part, levels) for part in text.split("; ")] if "; " in text else [None]
    joined = "；".join(part for part in parts if part is not None) if None not in parts else None
    if text in _exact():
        return _exact()[text]
    for pattern, translated in _alike(text[:BEGINNING]):
        if (found := pattern.values(text)) is not None:
            if joined is not None and any("; " in part for part in found.values()):
                return joined  # a value does not go over what is a sentence of its own
            said = {name: _chinese(part, levels - 1) if name in INNER else part for name, part in found.items()}
            if REASONED in found:
                said[REASONED] = _BRACKETS.sub(lambda one: f"（{chinese(one[1])}）", chinese(found[REASONED]))
            unknown = [found[name] for name, zh in said.items() if zh is None and name != OTHERS]
            if (pattern.strict and None in said.values()) or (
                pattern.length < OWN and any(map(_WORDS.search, unknown))
            ):
                continue  # two words of its own around a sentence that is not known would be half English
            values = {name: found[name] if zh is None else zh for name, zh in said.items()}
            return _PART.sub(lambda m, values=values: values[m[1]], translated)  # type: ignore[misc]
    return joined

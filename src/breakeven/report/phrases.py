"""What is written in English where it arises, in both languages: known sentences are looked up in the files of `FILES`.

A sentence that is not known stays English in both: it may hold what a file, a package or a database said.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from breakeven.core.verdict import Text

#: Names of what stands in a sentence and is looked up itself; other parts are taken over as they are.
INNER = frozenset(("why", "what", "place", "done", "rest", "how", "unit"))
#: Files of sentences: of the verdict and its findings, the command line, errors, and the description of the service.
FILES = ("phrases", "commands", "errors", "interface")
_PART = re.compile(r"\{(\w+)\}")
#: Longer texts are messages of others.
LONGEST = 600


@dataclass(frozen=True)
class Sentence:
    """A sentence with places for values, its Chinese, and its longest piece of fixed text: what lacks that cannot be it."""

    english: str
    chinese: str
    piece: str


@dataclass(frozen=True)
class Known:
    """Kinds of findings; sentences without values; those with values by their first word ("" where a value begins them), the
    longest first. Each of them is compiled when a text comes near to it: compiling all takes longer than a whole report.
    """

    kinds: dict[str, str]
    fixed: dict[str, str]
    by_word: dict[str, list[tuple[int, Sentence]]]

    def like(self, text: str) -> Iterator[Sentence]:
        """Sentences with values that a text may be, in their order."""
        near = [*self.by_word.get(text.partition(" ")[0], ()), *self.by_word.get("", ())]
        return (one for _, one in sorted(near, key=lambda pair: pair[0]) if one.piece in text)


def kind(text: str) -> Text:
    """The kind of a finding.

    >>> kind("missing values").zh, kind("new kind").zh
    ('缺失值', 'new kind')
    """
    return Text(en=text, zh=_known().kinds.get(text, text))


def phrase(text: str) -> Text:
    """A sentence of collecting or the race.

    >>> phrase("97 of 900 values missing (10.8%)").zh
    '900 个值中缺失 97 个（10.8%）'
    """
    return Text(en=text, zh=_chinese(text) or text)


def is_known(text: str) -> bool:
    """Whether a sentence is said in Chinese."""
    return _chinese(text) is not None


def patterns() -> Iterator[str]:
    """The English sentences that are known."""
    known = _known()
    yield from known.fixed
    yield from (one.english for of_word in known.by_word.values() for _, one in of_word)


@cache
def _known() -> Known:
    folder, kinds, sentences = resources.files("breakeven.report"), dict[str, str](), dict[str, str]()
    for name in FILES:
        listed = tomllib.loads(folder.joinpath(f"{name}.zh.toml").read_text(encoding="utf-8"))
        kinds |= listed.get("kinds", {})
        sentences |= listed["phrases"]
    fixed = {english: chinese for english, chinese in sentences.items() if not _PART.search(english)}
    by_word = dict[str, list[tuple[int, Sentence]]]()
    others = (one for one in sentences.items() if one[0] not in fixed)
    for place, (english, chinese) in enumerate(sorted(others, key=lambda one: -len(_PART.sub("", one[0])))):
        pieces = _PART.split(english)[::2]
        first, space, _ = pieces[0].partition(" ")
        sentence = Sentence(english, chinese, max(pieces, key=len))
        by_word.setdefault(first if space else "", []).append((place, sentence))
    return Known(kinds, fixed, by_word)


@cache
def _pattern(english: str) -> re.Pattern[str]:
    pieces = _PART.split(english)
    return re.compile("".join(f"(?P<{p}>.+?)" if i % 2 else re.escape(p) for i, p in enumerate(pieces)), re.DOTALL)


def _chinese(text: str) -> str | None:
    """A sentence in Chinese, whole or between semicolons; None where it is not known."""
    if len(text) > LONGEST:
        return None
    if text in _known().fixed:
        return _known().fixed[text]
    parts = [_chinese(part) for part in text.split("; ")] if "; " in text else [None]
    joined = "；".join(part for part in parts if part is not None) if None not in parts else None
    for sentence in _known().like(text):
        if found := _pattern(sentence.english).fullmatch(text):
            if joined is not None and any("; " in part for part in found.groups()):
                return joined  # a value does not go over what is a sentence of its own
            values = {
                name: (_chinese(part) or part) if name in INNER else part for name, part in found.groupdict().items()
            }
            return _PART.sub(lambda m, values=values: values[m[1]], sentence.chinese)  # type: ignore[misc]
    return joined

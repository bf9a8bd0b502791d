"""What is written in English where it arises, in both languages: known sentences are looked up in the files of `FILES`.

A sentence that is not known stays English in both: it may hold what a file, a package or a database said.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
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


def kind(text: str) -> Text:
    """The kind of a finding.

    >>> kind("missing values").zh, kind("new kind").zh
    ('缺失值', 'new kind')
    """
    return Text(en=text, zh=_known()[0].get(text, text))


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
    return iter(_known()[2])


@cache
def _known() -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]], list[str]]:
    """Kinds, sentences as patterns with their Chinese, the longest first, and the sentences themselves."""
    folder, kinds, sentences = resources.files("breakeven.report"), dict[str, str](), dict[str, str]()
    for name in FILES:
        listed = tomllib.loads(folder.joinpath(f"{name}.zh.toml").read_text(encoding="utf-8"))
        kinds |= listed.get("kinds", {})
        sentences |= listed["phrases"]
    ordered = sorted(sentences.items(), key=lambda one: -len(_PART.sub("", one[0])))
    compiled = [(_pattern(english), chinese) for english, chinese in ordered]
    return kinds, compiled, [english for english, _ in ordered]


def _pattern(english: str) -> re.Pattern[str]:
    pieces = _PART.split(english)
    return re.compile("".join(f"(?P<{p}>.+?)" if i % 2 else re.escape(p) for i, p in enumerate(pieces)), re.DOTALL)


def _chinese(text: str) -> str | None:
    """A sentence in Chinese, whole or between semicolons; None where it is not known."""
    if len(text) > LONGEST:
        return None
    parts = [_chinese(part) for part in text.split("; ")] if "; " in text else [None]
    joined = "；".join(part for part in parts if part is not None) if None not in parts else None
    for pattern, chinese in _known()[1]:
        if found := pattern.fullmatch(text):
            if joined is not None and any("; " in part for part in found.groups()):
                return joined  # a value does not go over what is a sentence of its own
            values = {
                name: (_chinese(part) or part) if name in INNER else part for name, part in found.groupdict().items()
            }
            return _PART.sub(lambda m, values=values: values[m[1]], chinese)  # type: ignore[misc]
    return joined

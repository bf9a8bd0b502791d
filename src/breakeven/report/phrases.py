"""What collecting and the race write in English, in both languages: known sentences are looked up in `phrases.zh.toml`.

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
INNER = frozenset(("why", "what", "done", "rest", "how", "unit"))
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
    listed = tomllib.loads(resources.files("breakeven.report").joinpath("phrases.zh.toml").read_text(encoding="utf-8"))
    ordered = sorted(listed["phrases"].items(), key=lambda one: -len(_PART.sub("", one[0])))
    compiled = [(_pattern(english), chinese) for english, chinese in ordered]
    return listed["kinds"], compiled, [english for english, _ in ordered]


def _pattern(english: str) -> re.Pattern[str]:
    pieces = _PART.split(english)
    return re.compile("".join(f"(?P<{p}>.+?)" if i % 2 else re.escape(p) for i, p in enumerate(pieces)), re.DOTALL)


def _chinese(text: str) -> str | None:
    """A sentence in Chinese, whole or between semicolons; None where it is not known."""
    if len(text) > LONGEST:
        return None
    for pattern, chinese in _known()[1]:
        if found := pattern.fullmatch(text):
            values = {
                name: (_chinese(part) or part) if name in INNER else part for name, part in found.groupdict().items()
            }
            return _PART.sub(lambda m, values=values: values[m[1]], chinese)  # type: ignore[misc]
    if "; " in text:
        parts = [_chinese(part) for part in text.split("; ")]
        return "；".join(part for part in parts if part is not None) if None not in parts else None
    return None

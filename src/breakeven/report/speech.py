"""The language of the terminal, and what is said in it: sentences, and errors as one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, TextIO, cast

from breakeven.core.errors import LONGEST, InputError, one_line

if TYPE_CHECKING:
    from breakeven.report.words import Language

#: Languages of everything that a person reads.
LANGUAGES = ("en", "zh")
_LANGUAGE: ContextVar[Language] = ContextVar("language", default="en")


def language(given: str | None, environment: Mapping[str, str] = os.environ) -> Language:
    """The language of the terminal: the one that was asked for, else that of the environment.

    >>> language(None, {"LANG": "zh_CN.UTF-8"}), language("en", {"LANG": "zh_CN.UTF-8"}), language(None, {})
    ('zh', 'en', 'en')
    """
    if given is not None:
        return cast("Language", given)
    said = next((environment[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(key)), "")
    return "zh" if said.lower().startswith("zh") else "en"


def accepted(header: str) -> Language:
    """The language that an Accept-Language header prefers, English where it names neither.

    >>> accepted("zh-CN,zh;q=0.9,en;q=0.8"), accepted("de, en;q=0.5, zh;q=0.3"), accepted("")
    ('zh', 'en', 'en')
    """
    weighed: list[tuple[float, int, Language]] = []
    for place, part in enumerate(header[:200].lower().split(",")):
        name, _, weight = part.strip().partition(";q=")
        if name[:2] in ("en", "zh"):
            weighed.append((_weight(weight), -place, cast("Language", name[:2])))
    return max(weighed)[2] if weighed and max(weighed)[0] > 0 else "en"


@contextmanager
def spoken(chosen: Language) -> Iterator[None]:
    """Speak a language on the terminal."""
    before = _LANGUAGE.set(chosen)
    try:
        yield
    finally:
        _LANGUAGE.reset(before)


def current() -> Language:
    """The language that is spoken."""
    return _LANGUAGE.get()


def said(text: str, chosen: Language | None = None) -> str:
    """A sentence in the language that is spoken, or in another; one that is not known stays English.

    >>> said("report: a.html"), said("report: a.html", "zh")
    ('report: a.html', '报告：a.html')
    """
    if (chosen or current()) == "en":
        return text
    from breakeven.report import phrases  # for Chinese alone: it reads files

    start = text[: len(text) - len(text.lstrip())]
    return start + phrases.chinese(text.lstrip())


def say(text: str, file: TextIO | None = None) -> None:
    """Print a sentence in the language that is spoken."""
    print(said(text), file=file or sys.stdout)


def error(found: Exception, chosen: Language | None = None) -> str:
    """An error as one line: where, what, and what to do."""
    spoken_in = chosen or current()
    if spoken_in == "en" or not isinstance(found, InputError):
        return said(str(found), spoken_in)
    where, what, remedy = (said(part[:LONGEST], spoken_in) for part in (found.where, found.what, found.remedy))
    return one_line(f"{where}：{what}；{remedy}")


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0

"""Every error, finding and note that the source can raise is said in Chinese as well; a new one without a phrase fails here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from breakeven.report import phrases, speech
from tests.report.raised import HOLE, Raised, raised

#: Texts for programs and programmers, and names of things: nobody reads them as sentences.
QUOTED = re.compile(r"'[^']*'|--[a-z-]+|https?://\S*|\bMB\b|\b[a-z_]+[_.(]\S*")
FOR_PROGRAMS = frozenset({"an answer was begun before", "usage:"})  # the second is found with its space
#: What is typed or named as it is, also in Chinese.
TYPED = re.compile(
    r"'[^']*'|`[^`]*`|\{[^}]*\}|breakeven [a-z]+[^；，）]*|--[a-z-]+|pip install .*|create role .*|[a-z]+: \w+"
)


@cache
def texts() -> tuple[Raised, ...]:
    """All samples."""
    return tuple(raised())


def sentences() -> Iterator[Raised]:
    """The samples that are sentences: words beside what was filled in. A place such as `product.yaml, limits.minutes` is none."""
    for one in texts():
        said = re.sub(rf"; {HOLE}$", "", one.text)  # what a package or a server said, at the end
        if "()" in said or (one.part == "where" and all(" " not in part for part in said.split(", "))):
            continue
        if re.search(r"[A-Za-z]{2,}", QUOTED.sub("", said).replace(HOLE, "")) and said not in FOR_PROGRAMS:
            yield one._replace(text=said)


def unsaid() -> list[Raised]:
    """The sentences without a Chinese phrase."""
    return [one for one in dict.fromkeys(sentences()) if not phrases.is_known(one.text)]


def test_enough_texts_are_found() -> None:
    """The count guard: texts are followed through the whole source, and not passed over."""
    places = {one.place for one in sentences()}
    assert len(places) > 700, len(places)
    assert len({one.text for one in sentences()}) > 1500


def test_every_text_that_is_raised_has_a_chinese_phrase() -> None:
    assert unsaid() == []


def test_what_is_said_in_chinese_is_not_half_english() -> None:
    half = {speech.said(one.text, "zh") for one in sentences()}
    assert sorted(text for text in half if re.search(r"[a-z]{3,} [a-z]{3,}", TYPED.sub("", text))) == []

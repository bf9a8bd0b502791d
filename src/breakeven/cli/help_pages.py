"""Pages of `--help` in the language that is spoken: each text is looked up once, and wrapped by the width it has on a terminal."""

from __future__ import annotations

import argparse
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from breakeven.report import speech

#: argparse's own words, which are not written in this source.
USAGE, OPTIONS, ARGUMENTS = "usage: ", "options", "positional arguments"
#: Signs that no line begins with.
_CLOSING = "，。、；：？！）”》"
_HEADING = re.compile(r"^([\u4e00-\u9fff]+):$", re.MULTILINE)
_PIECE = re.compile(r"[A-Za-z0-9`'\"/.:=@%$_<>{}()\[\]+*|,;!?&#~^\\-]+|\s+|.")


class Formatter(argparse.HelpFormatter):
    """Texts and headings of a page in the language that is spoken."""

    def add_text(self, text: str | None) -> None:
        """A paragraph: the description of a command or of a group."""
        super().add_text(text and speech.said(text))

    def start_section(self, heading: str | None) -> None:
        """A heading."""
        super().start_section(heading and speech.said(heading))

    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:
        """The first lines."""
        super().add_usage(usage, actions, groups, speech.said(USAGE) if prefix is None else prefix)

    def format_help(self) -> str:
        """The page; the colons that argparse sets behind headings are those of the language."""
        page = super().format_help()
        return page if speech.current() == "en" else _HEADING.sub(r"\1：", page)

    def _get_help_string(self, action: argparse.Action) -> str | None:
        """The text of an option with `%(default)s` in it: looked up as it is written."""
        return action.help and speech.said(action.help)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrapped(text, width) if speech.current() == "zh" else super()._split_lines(text, width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:  # examples stand as they were written
            return "".join(indent + line for line in text.splitlines(keepends=True))
        if speech.current() == "en":
            return super()._fill_text(text, width, indent)
        return "\n".join(indent + line for line in wrapped(text, width - len(indent)))


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns: Chinese breaks between signs, each two columns wide; words and commands stay whole.

    >>> wrapped("端口；0 表示任选 --port", 10)
    ['端口；0 表', '示任选', '--port']
    """
    lines, line = list[str](), ""
    for piece in _pieces(" ".join(text.split())):
        if line.strip() and columns(line + piece.rstrip()) > width:
            lines.append(line)
            line = ""
        line += piece.lstrip() if not line else piece
    return [one.rstrip() for one in [*lines, line]]


def columns(text: str) -> int:
    """The width of a text on a terminal.

    >>> columns("ab端口")
    6
    """
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _pieces(text: str) -> Iterable[str]:
    """What a line may break before: words, single Chinese signs with the closing signs behind them, spaces with what follows."""
    out = list[str]()
    for piece in _PIECE.findall(text):
        if out and (piece in _CLOSING or (out[-1].isspace() and not piece.isspace())):
            out[-1] += piece
        else:
            out.append(piece)
    return out

"""The encoding of a text file, found from its bytes: UTF-8 and UTF-16 for sure, older code pages as the likeliest guess.

A code page decodes nearly any bytes. Which one was meant is told by what comes out: letters that its languages use, words
without capitals in the middle, signs that do not stand inside words.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from breakeven.core.errors import InputError
from breakeven.files import plausible

#: Bytes that are read to guess; the whole file must then decode.
SAMPLE = 1 << 18
#: A guess is sure when it is this much likelier than the next, on a scale from -1 to 1.
SURE = 0.2
#: Other encodings that are named beside the guess.
OTHERS = 2
#: Share of NUL bytes below which a text has stray ones.
STRAY = 0.01
#: How other kinds of files begin, what they are, and what to do.
_PACKED = {
    b"\x1f\x8b": ("packed by gzip", "add .gz to its name"),
    b"PK\x03\x04": ("a zip archive or a workbook", "unpack it, or name it .xlsx if it is a workbook"),
    b"PAR1": ("parquet", "name it .parquet"),
}
#: Marks of encodings; that of UTF-32 begins with that of UTF-16, so it comes first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Encoding:
    """Python's name of an encoding, whether it is sure, a word beyond ASCII as it was read, and the likeliest other encodings,
    each with that word as it reads it.
    """

    name: str
    sure: bool = True
    example: str = ""
    others: tuple[tuple[str, str], ...] = ()


def find(path: Path, given: str | None = None) -> Encoding:
    """The encoding that a whole file decodes in; `given` is the brief's word.

    Raises InputError for a binary file, one that does not decode as given, and one that changes its encoding.
    """
    if given is not None:
        position = _first_undecodable(path, given)
        if position is not None:
            raise InputError(f"{path}, line {position}", f"not {given}, which the brief says", "correct 'encoding'")
        return Encoding(given)
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if wide := _marked(head) or _utf16(head):
        if (position := _first_undecodable(path, wide)) is not None:
            raise InputError(f"{path}, line {position}", f"not {wide}, as its first bytes say", "export the data again")
        return Encoding(wide)
    if kind := next((kind for mark, kind in _PACKED.items() if head.startswith(mark)), None):
        raise InputError(str(path), f"the file is {kind[0]}, not text", kind[1])
    if b"\0" in head:
        raise _not_text(path, head)
    line = _first_undecodable(path, "utf-8")
    return Encoding("utf-8") if line is None else _guess(path, line)


def beside(path: Path, usual: str | None) -> str | None:
    """The encoding to read a file in that belongs to data in the encoding `usual`; None where the file alone tells.

    Bytes that are UTF-8 throughout, or UTF-16 by their mark or zeros, are no other encoding.
    """
    if usual is None:
        return None
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    utf = _marked(head) or _utf16(head) or (b"\0" not in head and _first_undecodable(path, "utf-8") is None)
    return None if utf else usual


def _not_text(path: Path, head: bytes) -> InputError:
    """The error for a file with NUL: a stray one in a text is named with its line."""
    if head.count(b"\0") < STRAY * len(head) and _decoded(head, "utf-8") is not None:
        line = head[: head.index(b"\0")].count(b"\n") + 1
        return InputError(f"{path}, line {line}", "a NUL byte within the text", "remove it, or export the data again")
    return InputError(str(path), "the file is binary, not text", "give csv, tsv, parquet, jsonl or xlsx")


def _marked(head: bytes) -> str | None:
    """The encoding that a byte order mark names."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def _guess(path: Path, line: int) -> Encoding:
    """The likeliest code page of a file that is not UTF-8 from a line on."""
    with path.open("rb") as file:
        before = b"".join(next(file) for _ in range(line - 1))
        sample = file.read(SAMPLE)
    if not before.isascii():
        raise InputError(
            f"{path}, line {line}", "UTF-8 before this line, another encoding from here on", "save all of it as UTF-8"
        )
    if mixed := _mixed(sample):
        what = f"line {line + mixed[0]} is UTF-8, line {line + mixed[1]} is not"
        raise InputError(str(path), f"two encodings are mixed: {what}", "save all of it as UTF-8")
    scores = {name: _score(sample, name) for name in plausible.ENCODINGS}
    for name in sorted(scores, key=lambda name: -scores[name]):
        if scores[name] > -1 and _first_undecodable(path, name) is None:
            others = [score for other, score in scores.items() if _decoded(sample, other) != _decoded(sample, name)]
            sure = scores[name] - max(others, default=-1.0) >= SURE
            rivals = sorted(plausible.BY_USE, key=lambda other: -scores[other])
            return _described(path, sample, name, sure, rivals)
    raise InputError(str(path), "no encoding that is known here reads the whole file", "save it as UTF-8")


def _described(path: Path, sample: bytes, name: str, sure: bool, rivals: Sequence[str]) -> Encoding:
    """An encoding with a word that it reads, and `rivals` (the likeliest first) that read the whole file otherwise."""
    words = [w for w in _WORD.findall(_decoded(sample, name) or "") if not w.isascii()]
    word, others = (words[0] if words else "")[:20], dict[str, str]()
    for rival in rivals:
        other = _decoded(word.encode(name), rival)
        if other and other != word and other not in others.values() and _first_undecodable(path, rival) is None:
            others[rival] = other
    return Encoding(name, sure, word, tuple(others.items())[:OTHERS])


def _mixed(sample: bytes) -> tuple[int, int] | None:
    """The places of a line that is UTF-8 and of one that is not, where a tenth of the lines beyond ASCII are UTF-8."""
    lines = [(i, line) for i, line in enumerate(sample.split(b"\n")[:-1]) if not line.isascii()]
    valid = [i for i, line in lines if _decoded(line + b"\n", "utf-8") is not None]
    other = [i for i, line in lines if _decoded(line + b"\n", "utf-8") is None]
    return (valid[0], other[0]) if other and len(valid) >= max(3, 0.1 * len(lines)) else None


def _score(raw: bytes, name: str) -> float:
    """How plausible what an encoding makes of bytes is, from -1 to 1: the mean over its characters beyond ASCII."""
    text = _decoded(raw, name)
    if text is None:
        return -1.0
    words = dict.fromkeys(word for word in re.findall(r"[^\s,;|\"\x00-\x2f\x3a-\x40]+", text) if not word.isascii())
    marks = [mark for word in list(words)[:2000] for mark in plausible.marks(word, name)]
    return sum(marks) / len(marks) if marks else 0.0


@lru_cache(maxsize=64)
def _decoded(raw: bytes, name: str) -> str | None:
    """What an encoding makes of bytes that may end within a character; None if it cannot read them."""
    try:
        return codecs.getincrementaldecoder(name)().decode(raw)
    except UnicodeDecodeError:
        return None


def _utf16(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of ASCII is 0."""
    even, odd = head[: len(head) // 2 * 2 : 2], head[1::2]
    if len(odd) < 4:
        return None
    for name, zeros, letters in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros.count(0) > 0.4 * len(zeros) and letters.count(0) < 0.05 * len(letters):
            return name
    return None


def _first_undecodable(path: Path, name: str) -> int | None:
    """The number of the first line that does not decode, from 1; None where the whole file does."""
    decoder, done = codecs.getincrementaldecoder(name)(), 0
    with path.open("rb") as file:
        while piece := file.read(1 << 22):
            try:
                decoder.decode(piece)
            except UnicodeDecodeError as error:
                return done + piece[: max(error.start, 0)].count(b"\n") + 1
            done += piece.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return done + 1
    return None

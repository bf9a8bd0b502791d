"""Texts into n-grams: normalised, folded, hashed; one code for training and for serving.

Words give 1- and 2-grams; characters give 2- to 5-grams inside words, 1- to 3-grams where Han or kana are among them
(so Chinese needs no segmenter). All texts of a block are hashed at once with numpy: 20 times faster than a loop.

>>> normal("ＡＰＩ 電話，  Straße")
'api 电话, strasse'
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from breakeven.core.types import Array

#: Characters read of a text; what stands beyond is not looked at (and said by collect).
MOST_CHARACTERS = 10_000
WINDOWS = (1, 2, 3, 4, 5)
#: Longest window with Han or kana in it, and shortest without.
HAN_LONGEST, LATIN_SHORTEST = 3, 2
#: Hashes a token has at the most (see `tokens`).
PARTS = 8
BLOCK = 1 << 20
#: The top bit of a hash says that it is of a word.
WORD_BIT = np.uint32(1 << 31)
_MULTIPLIER = 0x9E3779B97F4A7C15
_SPACES = re.compile(r"\s+")
# Format characters (zero width, direction marks), controls and lone surrogates carry no words.
_HIDDEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ud800-\udfff\ufe0f]"
)
_SPACE, _END, _HAN, _WORD, _SIGN = range(5)


@cache
def _fold() -> dict[int, str]:
    """Traditional to simplified characters."""
    lines = resources.files("breakeven.features").joinpath("han.txt").read_text(encoding="utf-8").splitlines()
    return {ord(a): b for a, b in zip(lines[1], lines[2], strict=True)}


def normal(text: str) -> str:
    """Full-width and compatibility forms folded (NFKC), lower case, traditional to simplified, single spaces."""
    text = text[:MOST_CHARACTERS]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _HIDDEN.sub("", text)).casefold().translate(_fold())
    else:
        text = _HIDDEN.sub("", text).lower()
    return _SPACES.sub(" ", text).strip()


@dataclass(frozen=True)
class Ragged:
    """Rows of different lengths: row i is `values[starts[i]:starts[i + 1]]`, and so are its `counts`."""

    starts: Array
    values: Array
    counts: Array

    def __len__(self) -> int:
        return len(self.starts) - 1

    def take(self, rows: Array) -> Ragged:
        """Some rows (n,), in their order; -1 gives an empty row."""
        rows = np.asarray(rows)
        lengths = np.where(rows < 0, 0, self.starts[rows + 1] - self.starts[rows])
        starts = np.concatenate([[0], np.cumsum(lengths)])
        positions = np.repeat(self.starts[np.maximum(rows, 0)] - starts[:-1], lengths) + np.arange(starts[-1])
        return Ragged(starts, self.values[positions], self.counts[positions])


def grams(texts: Sequence[str]) -> Ragged:
    """Hashed n-grams (uint32) of normalised texts and how often each occurs.

    >>> found = grams(["pay bill", "电话"])
    >>> np.diff(found.starts).tolist()
    [27, 7]
    """
    parts = [_block(block) for block in _blocks(texts)]
    lengths = np.concatenate([np.zeros(1, np.int64), *(np.diff(p.starts) for p in parts)])
    values = np.concatenate([np.zeros(0, np.uint32), *(p.values for p in parts)])
    counts = np.concatenate([np.zeros(0, np.float32), *(p.counts for p in parts)])
    return Ragged(np.cumsum(lengths), values, counts)


def _blocks(texts: Sequence[str]) -> Iterable[Sequence[str]]:
    """Texts by about a million characters at a time, so that memory stays bounded."""
    start, size = 0, 0
    for i, text in enumerate(texts):
        size += len(text) + 3
        if size > BLOCK:
            yield texts[start : i + 1]
            start, size = i + 1, 0
    if start < len(texts):
        yield texts[start:]


@cache
def _kinds() -> Array:
    """What each character of the basic plane is; others count as signs, each a word of its own."""
    out = np.full(0x10000, _SIGN, dtype=np.uint8)
    for code in range(0x10000):
        if chr(code).isalnum() or code == 0x5F:
            out[code] = _WORD
    for low, high in ((0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF)):
        out[low : high + 1] = _HAN
    out[0x20], out[0x0A] = _SPACE, _END
    return out


def codes(texts: Sequence[str]) -> tuple[Array, Array, Array]:
    """Characters of texts in one line, a space around each text: code points, kinds, and the text each belongs to."""
    line = "".join(f" {text} \n" for text in texts)
    found = np.frombuffer(line.encode("utf-32-le"), dtype=np.uint32)
    kinds = _kinds()[np.minimum(found, 0xFFFF)]
    kinds[found > 0xFFFF] = _SIGN
    owner = np.concatenate([[0], np.cumsum(kinds[:-1] == _END)]) if len(found) else np.zeros(0, np.int64)
    return found, kinds, owner


class Hasher:
    """Hashes of any stretch of a line in one step, from prefix sums of a polynomial modulo 2^64."""

    def __init__(self, points: Array) -> None:
        powers, self._inverse = _powers(len(points) + 1)
        self._sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum((points + np.uint64(1)) * powers[:-1])])

    def __call__(self, start: Array, stop: Array) -> Array:
        """Hashes (uint64) of the stretches [start, stop)."""
        return np.asarray((self._sums[stop] - self._sums[start]) * self._inverse[start])


def _powers(count: int) -> tuple[Array, Array]:
    size = 1 << max(12, (count - 1).bit_length())
    powers, inverse = _power_table(size)
    return powers[:count], inverse[:count]


@cache
def _power_table(size: int) -> tuple[Array, Array]:
    base = _MULTIPLIER
    with np.errstate(over="ignore"):
        powers = np.full(size, base, dtype=np.uint64)
        powers[0] = 1
        inverse = np.full(size, pow(base, -1, 1 << 64), dtype=np.uint64)
        inverse[0] = 1
        return np.cumprod(powers), np.cumprod(inverse)


def scramble(values: Array, salt: int) -> Array:
    """Well-mixed uint32 of uint64 values (the finaliser of splitmix64, Steele et al. 2014)."""
    mixed = values + np.uint64((salt * _MULTIPLIER) & (2**64 - 1))
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(32)).astype(np.uint32)


def words(kinds: Array) -> tuple[Array, Array]:
    """Starts and stops of words in a line: runs of letters and digits, and signs one by one. Han is left to characters."""
    letters = kinds == _WORD
    edge = np.diff(np.concatenate([[False], letters, [False]]).astype(np.int8))
    signs = np.flatnonzero(kinds == _SIGN)
    start = np.concatenate([np.flatnonzero(edge == 1), signs])
    stop = np.concatenate([np.flatnonzero(edge == -1), signs + 1])
    order = np.argsort(start, kind="stable")
    return start[order], stop[order]


def _block(texts: Sequence[str]) -> Ragged:
    points, kinds, owner = codes(texts)
    hasher = Hasher(points)
    found = [_word_grams(hasher, kinds, owner), *(_windows(hasher, kinds, owner, n) for n in WINDOWS)]
    keys = np.concatenate([(rows.astype(np.uint64) << np.uint64(32)) | hashed for rows, hashed in found])
    keys, counts = np.unique(keys, return_counts=True)
    rows = (keys >> np.uint64(32)).astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(texts)))])
    return Ragged(starts, keys.astype(np.uint32), counts.astype(np.float32))


def _word_grams(hasher: Hasher, kinds: Array, owner: Array) -> tuple[Array, Array]:
    start, stop = words(kinds)
    hashed, rows = hasher(start, stop), owner[start]
    pair = rows[1:] == rows[:-1]
    both = hashed[:-1][pair] * np.uint64(3) + hashed[1:][pair]
    out = np.concatenate([scramble(hashed, 11), scramble(both, 12)])
    return np.concatenate([rows, rows[1:][pair]]), out | WORD_BIT


def _windows(hasher: Hasher, kinds: Array, owner: Array, n: int) -> tuple[Array, Array]:
    """Character n-grams of length n that cross no word's end: a space may only be their first or last character."""
    starts = np.arange(max(len(kinds) - n + 1, 0))
    if not len(starts):
        return starts, np.zeros(0, np.uint32)
    gaps = np.concatenate([[0], np.cumsum(kinds <= _END)])
    han = np.concatenate([[0], np.cumsum(kinds == _HAN)])
    has_han = han[starts + n] > han[starts]
    longest_ok = has_han if n < LATIN_SHORTEST else (~has_han if n > HAN_LONGEST else np.ones(len(starts), bool))
    inner = np.zeros(len(starts), np.int64) if n <= 2 else gaps[starts + n - 1] - gaps[starts + 1]
    within = (kinds[starts] != _END) & (kinds[starts + n - 1] != _END)
    # Not a space alone, nor two of them.
    content = gaps[starts + n] - gaps[starts] < n
    keep = np.flatnonzero(longest_ok & (inner == 0) & within & content)
    return owner[keep], scramble(hasher(keep, keep + n), n) & ~WORD_BIT


def tokens(texts: Sequence[str], longest: int) -> tuple[Array, Array]:
    """The first words of normalised texts with their parts: starts (n + 1,) and hashes (t, PARTS) uint32, 0 for none.

    A word has its own hash, that of the pair it forms with the word before, and those of up to six of its character
    3-grams; a Han character its own and those of the pairs it forms with its neighbours; a sign its own.
    """
    lengths, found = [np.zeros(1, np.int64)], [np.zeros((0, PARTS), np.uint32)]
    for block in _blocks(texts):
        points, kinds, owner = codes(block)
        start, stop = words(kinds)
        han = np.flatnonzero(kinds == _HAN)
        start, stop = np.concatenate([start, han]), np.concatenate([stop, han + 1])
        order = np.argsort(start, kind="stable")
        start, stop = start[order], stop[order]
        own = owner[start]
        counts = np.bincount(own, minlength=len(block))
        rank = np.arange(len(own)) - np.repeat(np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        keep = rank < longest
        lengths.append(np.minimum(counts, longest))
        found.append(_parts(Hasher(points), kinds, start[keep], stop[keep]))
    return np.cumsum(np.concatenate(lengths)), np.concatenate(found)


def _parts(hasher: Hasher, kinds: Array, start: Array, stop: Array) -> Array:
    out = np.zeros((len(start), PARTS), dtype=np.uint32)
    out[:, 0] = scramble(hasher(start, stop), 11)
    is_word, is_han = kinds[start] == _WORD, kinds[start] == _HAN
    length = stop - start
    follows = np.flatnonzero(is_word[1:] & is_word[:-1] & (start[1:] - stop[:-1] == 1)) + 1
    pair = hasher(start[follows - 1], stop[follows - 1]) * np.uint64(3) + hasher(start[follows], stop[follows])
    out[follows, 1] = scramble(pair, 12)
    for k in range(PARTS - 2):
        # The first three 3-grams and the last three, the spaces around the word counted in.
        offset = np.full(len(start), k) if k < 3 else np.maximum(k, length - (PARTS - 2) + k)
        there = np.flatnonzero(is_word & (offset < length))
        begin = start[there] - 1 + offset[there]
        out[there, k + 2] = scramble(hasher(begin, begin + 3), 3)
    for k, shift in ((1, -1), (2, 0)):
        out[is_han, k] = scramble(hasher(start[is_han] + shift, start[is_han] + shift + 2), 2)
    return out

"""The encoding of a text file, found from its bytes: UTF-8 and UTF-16 for sure, older code pages as the likeliest guess.

A code page decodes nearly any bytes. Which one was meant is told by what comes out: letters that its languages use, words
without capitals in the middle, signs that do not stand inside words.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from breakeven.core.errors import InputError

#: Bytes that are read to guess; the whole file must then decode.
SAMPLE = 1 << 18
#: A guess is sure when it is this much likelier than the next, on a scale from -1 to 1.
SURE = 0.2
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяё" + "іїєґўј"
#: Code pages in the order of preference, with the letters that the languages written in them use; those of the second text
#: are rare.
_LETTERS: dict[str, tuple[str, str]] = {
    "cp1252": ("äöüßéèêëàâáîïíôóûùúçñåæøã", "òìœõÿž"),
    "cp1250": ("ąćęłńóśźżáčďéěíňřšťúůýžőűöüßăâîşţ", "ä"),
    "cp1251": (_CYRILLIC, ""),
    "cp1254": ("çğıöşüâîi", "éèñ"),
    "cp1253": ("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋ", ""),
    "cp1255": ("אבגדהוזחטיךכלםמןנסעףפץצקרשת", ""),
    "cp1256": ("ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي", "پچژگ"),
    "cp1257": ("āčēģīķļņšūžąęėįųõäöü", ""),
    "koi8-r": (_CYRILLIC, ""),
    "cp866": (_CYRILLIC, ""),
    "cp874": ("".join(map(chr, range(0x0E01, 0x0E5B))), ""),
    "mac_roman": ("äöüßéèêëàâáîïíôóûùúçñåæø", "òìœõãÿ"),
    "cp850": ("äöüßéèêëàâáîïíôóûùúçñåæø", "òìõã"),
}
#: Encodings of two bytes a character, with the first bytes of the characters in daily use.
_WIDE: dict[str, tuple[int, int]] = {
    "gb18030": (0xB0, 0xD7),
    "big5": (0xA4, 0xC6),
    "cp932": (0x82, 0x98),
    "cp949": (0xB0, 0xC8),
    "euc_jp": (0xA4, 0xCF),
}
#: Characters that Chinese and Japanese texts and tables are full of.
_EVERYDAY = frozenset(
    "的一是了我不人在他有这個个上们們来來到时時大地为為子中你说說生国國年着就那和要她出也得里後后自以会會家可下而过過天去能对對小多然于於心学學"
    "都好看起发發当當没成只如事把还還用第样樣道想作种開开美总從从无無情己面最女但现現前些所同日手又行意动動方期它头經经长長儿回位分爱老因很给名法间間"
    "知世什两次使身者被高已其进進此话常与活正感见見明问力理点點文几定本公特做外相西果走月十实實向车車全信重三机工物气每并别真打太新比才便再书部水等体"
    "加电主门利海表少代员許先口由安写性光白住难教命花色東东京市区區县省北南路街店客户商品价格免费金额订单退货编号类型日期姓名电话地址男女元台中"
)
_VOWELS = "аеёиоуыэюяіїєАЕЁИОУЫЭЮЯІЇЄ"
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Encoding:
    """Python's name of an encoding, whether it is sure, and a word that only it could have read, as it was read."""

    name: str
    sure: bool = True
    example: str = ""


def find(path: Path, given: str | None = None) -> Encoding:
    """The encoding that a whole file decodes in; `given` is the brief's word.

    Raises InputError for a binary file, one that does not decode as given, and one that changes its encoding.
    """
    if given is not None:
        place = _first_undecodable(path, given)
        if place is not None:
            raise InputError(f"{path}, line {place}", f"not {given}, which the brief says", "correct 'encoding'")
        return Encoding(given)
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if wide := _marked(head) or _utf16(head):
        return Encoding(wide)
    if b"\0" in head:
        raise InputError(str(path), "the file is binary, not text", "give csv, tsv, parquet, jsonl or xlsx")
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
    told = _marked(head) or _utf16(head) or (b"\0" not in head and _first_undecodable(path, "utf-8") is None)
    return None if told else usual


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
    scores = {name: _score(sample, name) for name in (*_WIDE, *_LETTERS)}
    for name in sorted(scores, key=lambda name: -scores[name]):
        if scores[name] > -1 and _first_undecodable(path, name) is None:
            others = [score for other, score in scores.items() if _decoded(sample, other) != _decoded(sample, name)]
            sure = scores[name] - max(others, default=-1.0) >= SURE
            word = next((w for w in _WORD.findall(_decoded(sample, name) or "") if not w.isascii()), "")
            return Encoding(name, sure, word[:20])
    raise InputError(str(path), "no encoding that is known here reads the whole file", "save it as UTF-8")


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
    marks = [mark for word in list(words)[:2000] for mark in _marks(word, name)]
    return sum(marks) / len(marks) if marks else 0.0


@lru_cache(maxsize=64)
def _decoded(raw: bytes, name: str) -> str | None:
    """What an encoding makes of bytes that may end within a character; None if it cannot read them."""
    try:
        return codecs.getincrementaldecoder(name)().decode(raw)
    except UnicodeDecodeError:
        return None


def _marks(word: str, name: str) -> list[float]:
    """A mark for every character of a word beyond ASCII."""
    if name in _WIDE:
        return [_wide_mark(c, name) for c in word if not c.isascii()]
    common, rare = _LETTERS[name]
    letters = [c for c in word if c.isalpha()]
    if not letters:  # a currency, a dash, a quotation mark
        return [1.0 if unicodedata.category(c) in ("Sc", "Pd", "Pi", "Pf") else -0.5 for c in word if not c.isascii()]
    capitals = not any(c.islower() for c in word)
    latin = any(c.isascii() for c in letters)
    spoken = _spoken(letters)
    out = []
    for i, c in enumerate(word):
        if c.isascii():
            continue
        mark = (0.88 if name == "cp874" else 1.0) if (low := c.lower()[:1]) in common else 0.3 if low in rare else -1.0
        if not c.isalpha() and unicodedata.category(c) in ("Sc", "Pd", "Pi", "Pf") and name.startswith("cp125"):
            mark = 0.8  # an apostrophe within a word
        if len(letters) == 1:
            mark = min(mark, 0.5)
        if not spoken or (latin and c.isalpha() and _script(c) != "LATIN") or (c.isupper() and i and not capitals):
            mark = -1.0
        out.append(mark)
    return out


def _spoken(letters: Sequence[str]) -> bool:
    """Whether a word could be one of its script's: vowels in Cyrillic, an accent in Greek, plain letters in Latin."""
    script = _script(letters[-1])
    if len(letters) < 3:
        return True
    if script == "CYRILLIC":
        return sum(c in _VOWELS for c in letters) >= 0.15 * len(letters)
    if script == "GREEK":
        return any("WITH TONOS" in unicodedata.name(c, "") for c in letters) or letters[-1].isupper()
    return script != "LATIN" or any(c.isascii() for c in letters)


def _wide_mark(c: str, name: str) -> float:
    raw = c.encode(name)
    if "\uff61" <= c <= "\uff9f":  # katakana of half a width: what bytes of a code page look like
        return -0.5
    if len(raw) != 2:
        return -1.0
    low, high = _WIDE[name]
    kana = name in ("cp932", "euc_jp") and "\u3040" <= c <= "\u30ff"
    if c in _EVERYDAY:
        return 1.05
    if name == "cp949":
        return 0.9 if "\uac00" <= c <= "\ud7a3" and low <= raw[0] <= high else -0.5
    if kana:
        return 1.05
    if "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uff60":  # punctuation, full-width letters
        return 0.5
    return (0.85 if name == "gb18030" else 0.8) if low <= raw[0] <= high else -0.7


@lru_cache(maxsize=4096)
def _script(c: str) -> str:
    return unicodedata.name(c, "").partition(" ")[0]


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

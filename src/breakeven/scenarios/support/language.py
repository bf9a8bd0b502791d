"""The language of a message, by its script and, among those in Latin, Cyrillic and Arabic letters, by its commonest words.

Chat messages are short: `lost card` holds no word that English alone has. In Latin letters a text is English unless another language
has more evidence; a message in two languages is of the one that says more of it. Emoji, digits and addresses say nothing.

>>> [language(t) for t in ("my card was stolen", "我的 credit card 不见了", "what does 余额不足 mean?", "¿dónde está mi tarjeta?", "👍 42")]
['en', 'zh', 'en', 'es', 'und']
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from breakeven.scenarios.support.language_words import LETTERS, WORDS

#: What cannot be told.
UNKNOWN = "und"
#: Characters that are looked at: the language of a long message shows early.
MOST = 2_000
#: What Han characters and words are worth, each of a text with words of grammar and of a quotation without.
HAN, HAN_QUOTED, WORD, CONTENT = 0.6, 0.4, 1.2, 0.4
#: What a word of one letter is worth as evidence of a language, beside 1 for longer ones.
LETTER_WORD = 0.5
#: Evidence of a letter that only some languages have, beside 1 for a word.
LETTER = 0.9

_NOISE = re.compile(
    r"https?://\S+|www\.\S+|(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9.-]{1,100}|<[a-z-]+>|\{\w+\}"
)
_WORD = re.compile(r"(?<!\d)[^\W\d_]+(?:['’][^\W\d_]+)*")
#: Scripts of one language each; Han, Latin, Cyrillic and Arabic are told apart by more.
_SCRIPTS: Mapping[str, re.Pattern[str]] = {
    "ko": re.compile("[\uac00-\ud7af\u1100-\u11ff\u3130-\u318f]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "bn": re.compile("[\u0980-\u09ff]"),
    "ta": re.compile("[\u0b80-\u0bff]"),
    "ka": re.compile("[\u10a0-\u10ff]"),
    "hy": re.compile("[\u0530-\u058f]"),
    "my": re.compile("[\u1000-\u109f]"),
    "km": re.compile("[\u1780-\u17ff]"),
    "lo": re.compile("[\u0e80-\u0eff]"),
    "am": re.compile("[\u1200-\u137f]"),
}
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_ARABIC = re.compile("[\u0600-\u06ff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_ENGLISH = frozenset(WORDS["en"].split())
#: English words of content are no evidence of another language that has borrowed them.
_BORROWED = frozenset(WORDS["en"].partition(" ok ")[2].split())
_OTHERS: Mapping[str, frozenset[str]] = {
    name: frozenset(words.split()) - _BORROWED for name, words in WORDS.items() if name != "en"
}
#: Languages in Latin letters.
LATIN = frozenset(_OTHERS.keys() - {"ru", "uk", "bg", "ar", "fa", "ur"}) | {"en"}
#: Words that hold a sentence together; a name or a term within another language has none.
_GRAMMAR = frozenset(WORDS["en"].partition(" ok ")[0].split()).union(*_OTHERS.values())
_HAN_GRAMMAR = re.compile("[我你您他她它们們的了吗嗎呢吧啊么麼怎什哪谁誰要想能会會请請把被给給没沒在是有就也还還]")
_BY_SCRIPT = {"cyrillic": ("ru", "uk", "bg"), "arabic": ("ar", "fa", "ur")}
_APART = frozenset(name for names in _BY_SCRIPT.values() for name in names)


def language(text: str, usual: str = "en") -> str:
    """The ISO 639-1 code of a text's language; "und" for one without letters.

    `usual` is what a text in Latin letters is taken for that has no word of any language (`refund`, `hora actual`). Simplified and
    traditional Chinese are both "zh".

    >>> language("hora actual"), language("hora actual", "es"), language("lost card", "es")
    ('en', 'es', 'en')
    """
    text = _NOISE.sub(" ", _narrow(text[:MOST]))
    if text.isascii():
        found = _words(text)
        return _of_latin(found, text.lower(), usual) if found else UNKNOWN
    amounts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()}
    words = _words(text)
    latin = [w for w in words if _LATIN.match(w) and not _HAN.search(w)] or _latin_parts(text)
    han, kana = len(_HAN.findall(text)), len(_KANA.findall(text))
    said = {
        "ja" if 6 * kana > han else "zh": (han + kana) * (HAN if kana or _HAN_GRAMMAR.search(text) else HAN_QUOTED),
        "cyrillic": float(sum(bool(_CYRILLIC.match(w)) for w in words)),
        "arabic": float(sum(bool(_ARABIC.match(w)) for w in words)),
        "latin": _weight(latin),
        **{name: n / (2.5 if name == "ko" else 5.0) for name, n in amounts.items()},
    }
    script = max(said, key=lambda name: said[name])
    if said[script] == 0:
        return UNKNOWN
    if script in _BY_SCRIPT:
        return _likeliest(words, text.lower(), _BY_SCRIPT[script])
    return _of_latin(latin, text.lower(), usual) if script == "latin" else script


def _words(text: str) -> list[str]:
    return [w.lower().replace("’", "'") for w in _WORD.findall(text)]


def _narrow(text: str) -> str:
    """Full-width letters as the usual ones."""
    return text.translate({0xFF01 + i: 0x21 + i for i in range(94)})


def _latin_parts(text: str) -> list[str]:
    """Latin words that stand in Chinese text without spaces around them."""
    return [w.lower() for w in re.findall("[A-Za-z\u00c0-\u024f\u1e00-\u1eff']+", text)]


def _weight(words: list[str]) -> float:
    return sum(WORD if w in _GRAMMAR else CONTENT for w in words)


def _of_latin(words: list[str], text: str, usual: str) -> str:
    """English, unless another language has more evidence than English has; `usual` where none has any, or as much as English."""
    english = sum(1.0 for w in words if w in _ENGLISH or w.partition("'")[0] in _ENGLISH)
    found = {name: _evidence(name, words, text) for name in _OTHERS if name not in _APART}
    best = max(found, key=lambda name: (found[name], name == usual))
    if found[best] > english and found[best] >= LETTER:
        return best
    return usual if found.get(usual, 0.0) >= english else "en"


def _likeliest(words: list[str], text: str, names: tuple[str, ...]) -> str:
    """The first name, unless a later one has more evidence."""
    return max(names, key=lambda name: (_evidence(name, words, text), -names.index(name)))


def _evidence(name: str, words: list[str], text: str) -> float:
    known = _OTHERS[name]
    return sum(LETTER_WORD if len(w) == 1 else 1.0 for w in words if w in known) + LETTER * sum(
        c in text for c in LETTERS.get(name, "")
    )

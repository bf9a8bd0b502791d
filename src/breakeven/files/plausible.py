"""How plausible words are that an encoding makes of bytes: letters that its languages use, where they use them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

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
    "cp874": ("".join(chr(c) for c in range(0x0E01, 0x0E5B) if c not in (0x0E03, 0x0E05, 0x0E3A)), "ฃฅฺ"),
    "mac_roman": ("äöüßéèêëàâáîïíôóûùúçñåæøãõ", "òìœÿ"),
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
#: Those of names of people, prefectures and firms in Japan.
_JAPANESE = frozenset(
    "鈴木佐藤橋伊渡邊辺村林清森池阿部井岡島崎谷福神戸横浜仙岩手秋形城茨栃群馬埼玉千葉奈川新潟富石梨野岐阜静愛三重滋賀良和歌鳥取根広徳香媛知熊児沖縄阪都府札幌古屋"
    "株式社町丁目番号様円税込発送注返品"
)
_VOWELS = "аеёиоуыэюяіїєАЕЁИОУЫЭЮЯІЇЄ"
ENCODINGS = (*_WIDE, *_LETTERS)
#: The same, with those first that are met most where nothing speaks for any.
BY_USE = (*_LETTERS, *_WIDE)
#: Punctuation that stands between two letters.
_WITHIN = frozenset("\u2018\u2019\u2010\u2013")
#: No word begins with ь, ъ or ы or has them behind a vowel, final letters of Hebrew and Arabic end a word, and of two
#: dots on a Greek letter the vowel before it is told apart.
_MISPLACED = re.compile(r"^[ьы]|[аеёиоуыэюяіїє][ьъы]|^ъ[^аг]|[ךםןףץ](?=[א-ת])|[ةى](?=[ء-ي])|(?<![αεουάέόύ])[ϊϋ]")
#: Letters beyond ASCII of one language each.
_LANGUAGES = (
    "äöüß",  # German
    "àâæçéèêëîïôœùûüÿ",  # French
    "áéíñóúü",  # Spanish
    "áâãàçéêíóôõúü",  # Portuguese
    "àèéìíîòóùú",  # Italian
    "åäöæøéü",  # Nordic
    "áðéíóúýþæö",  # Icelandic
    "áéèëïíóöúü",  # Dutch
    "ąćęłńóśźż",  # Polish
    "áčďéěíňóřšťúůýž",  # Czech
    "áäčďéíĺľňóôŕšťúýž",  # Slovak
    "áéíóöőúüű",  # Hungarian
    "ăâîşţșț",  # Romanian
    "čćđšž",  # Croatian
    "çğıöşüâîi\u0307",  # Turkish
    "ąčęėįšųūž",  # Lithuanian
    "āčēģīķļņšūž",  # Latvian
    "äöõüšž",  # Estonian
)
#: What Latin words hardly have: ñ without a vowel behind it, ï at the beginning or behind a consonant, ğ or ý at the beginning,
#: an accent among four consonants.
_ODD = re.compile(
    r"ñ(?![aeiouáéíóú])|(?<![aeouáéóâ])ï|^[ğý]|"
    r"(?=[^\Waeiouyà-æè-öø-ýāăąēėęěīįıōőūůűų]{4})[bcdfghjklmnpqrstvwxz]*[ćčďłńňŕřśšťźżž]"
)
#: Words of Italian tables whose letters are rare elsewhere.
_ITALIAN = frozenset(["sì", "così", "lì", "però", "può", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì"])
#: The mark of letters in such words.
ODD = 0.6


def marks(word: str, name: str) -> list[float]:
    """A mark from -1 to 1 for every character of a word beyond ASCII: how well an encoding that made it of bytes may be right."""
    if name in _WIDE:
        return [_wide_mark(c, name) for c in word if not c.isascii()]
    common, rare = _LETTERS[name]
    letters = [c for c in word if c.isalpha()]
    if not letters:  # a currency, a dash, a quotation mark
        return [1.0 if unicodedata.category(c) in ("Sc", "Pd", "Pi", "Pf") else -0.5 for c in word if not c.isascii()]
    if word.lower() in _ITALIAN:
        return [1.05] * sum(not c.isascii() for c in word)
    if not _could_be(word, letters):
        return [-1.0] * sum(not c.isascii() for c in word)
    odd = _is_odd(word.lower())
    out = []
    for i, c in enumerate(word):
        if c.isascii():
            continue
        mark = (0.88 if name == "cp874" else 1.0) if (low := c.lower()[:1]) in common else 0.3 if low in rare else -1.0
        if not c.isalpha() and unicodedata.category(c) in ("Sc", "Pd", "Pi", "Pf") and name.startswith("cp125"):
            within = 0 < i < len(word) - 1 and word[i - 1].isalpha() and word[i + 1].isalpha()
            mark = -1.0 if within and c not in _WITHIN else 0.8
        if len(letters) == 1:
            mark = min(mark, 0.5)
        out.append(min(mark, ODD) if odd else mark)
    return out


def _could_be(word: str, letters: Sequence[str]) -> bool:
    """Whether a word is of one script and of one case, a first capital aside, and has the letters where its script has them."""
    scripts = {_script(c) for c in letters}
    if len(scripts) > 1 or not _spoken(letters) or _capital_within(word):
        return False
    return not _MISPLACED.search(word.lower())


def _capital_within(word: str) -> bool:
    """Whether a capital stands behind a letter in a word that is not all capitals."""
    inside = any(c.isupper() and before.isalpha() for before, c in pairwise(word))
    return inside and any(c.islower() for c in word)


def _is_odd(word: str) -> bool:
    """Whether a word in Latin letters is one that hardly any language has: of mixed languages, or with misplaced accents."""
    marked = {c for c in word if c.isalpha() and not c.isascii()}
    if not marked or any(_script(c) != "LATIN" for c in marked):
        return False
    return not any(marked <= set(language) for language in _LANGUAGES) or _ODD.search(word) is not None


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
    if len(raw) != 2 or "\ue000" <= c <= "\uf8ff":  # for private use
        return -1.0
    low, high = _WIDE[name]
    japanese = name in ("cp932", "euc_jp")
    if c in _EVERYDAY or (japanese and ("\u3040" <= c <= "\u30ff" or c in _JAPANESE)):
        return 1.05
    if name == "cp949":
        return 0.9 if "\uac00" <= c <= "\ud7a3" and low <= raw[0] <= high else -0.5
    if "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uff60":  # punctuation, full-width letters
        return 0.5
    return (0.85 if name == "gb18030" else 0.8) if low <= raw[0] <= high else -0.7


@lru_cache(maxsize=4096)
def _script(c: str) -> str:
    return unicodedata.name(c, "").partition(" ")[0]

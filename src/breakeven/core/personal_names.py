"""Names of people where a text says that they are: `my name is John Smith`, `Mr. Lee`, 我叫张伟, 收款人：李娜, 王女士.

A name without such words is not looked for: most words of a language are somebody's name.

>>> [text[a:b] for text in ("hi, my name is john smith and I lost my card", "我叫张伟，卡丢了") for a, b in spans(text)]
['john smith', '张伟']
>>> spans("my name is misspelled on the card"), spans("我是高级会员")
([], [])
"""

from __future__ import annotations

import re
import tomllib
from importlib import resources

_WORD_LISTS = tomllib.loads(resources.files("breakeven.core").joinpath("names.toml").read_text(encoding="utf-8"))
_DOUBLE = "欧阳|歐陽|司马|司馬|诸葛|諸葛|上官|夏侯|皇甫|尉迟|公孙|慕容|令狐|东方|司徒|端木"
_SURNAME = f"(?:{_DOUBLE}|[{''.join(_WORD_LISTS['surnames'].split())}])"
_GIVEN = rf"[^\W\d_a-zA-Z{''.join(_WORD_LISTS['no_given'].split())}]{{1,2}}"
_END = r"(?=$|[\s，。,.；;！!？?、（(<\"”）)：:]|的|，|手机|电话|身份证|卡号|账号|要|想|在|是|有|人呢|我)"
#: Introductions after which any name may stand, and labels of forms.
_HAN_SAID = re.compile(rf"(?:我叫|我名叫|我的名字[叫是]|名字[叫是]|本人叫?|我叫做)\s?({_SURNAME}{_GIVEN}){_END}")
_HAN_LABEL = re.compile(
    rf"(?:姓名|户名|戶名|联系人|聯繫人|收款人|收货人|付款人|汇款人|持卡人|收件人|申请人|开户人|开户名|客户名|本人姓名)"
    rf"\s*(?:是|为|叫|[:：])?\s*({_SURNAME}{_GIVEN}|{_SURNAME}[^\W\d_a-zA-Z]{{1,2}}{_END})"
)
_HAN_IS = re.compile(rf"(?:我是|这里是|这边是)\s?({_SURNAME}{_GIVEN})(?=$|[，。,.！!；;])")
_HAN_TITLE = re.compile(
    rf"(?<![\u4e00-\u9fff])({_SURNAME})(?=先生(?!效|成)|女士|小姐|太太|经理|經理|老师|老師|医生|總|总(?![额计共是结数]))"
    rf"|(?:(?:我姓|免贵姓)(?!名)|(?:我是|这是|找|给|联系|转)(?={_SURNAME}(?:先生|女士|小姐|太太|经理)))({_SURNAME})"
)
#: A signature stands among so many last characters.
SIGNATURE = 80
_HAN_WORDS = frozenset(_WORD_LISTS["chinese_words"].split())
#: Beside a phone number that is masked already, as in an address: 张霞，<phone>.
_HAN_PHONE = re.compile(
    rf"(?<![^\W\d_])({_SURNAME}{_GIVEN})收?(?:的?(?:电话|手机|联系方式)(?:号码?)?)?[\s，,：:是为]*<phone>"
    rf"|<phone>[\s，,]*({_SURNAME}{_GIVEN})(?![^\W\d_])"
)
_NAME = r"[A-Z](?:[a-z]+|['’][A-Z][a-z]+)(?:['’-][A-Z]?[a-z]+)?"
_NAMES = rf"{_NAME}(?: (?:[A-Z]\.? )?{_NAME}){{0,2}}"
_SAID = re.compile(
    r"\b(?:my (?:full |first |last |real )?name(?:'s| is| was)|(?:they |you can |please )call me|i am called)\s+"
    r"((?:[A-Za-z][\w'’-]*\.?)(?: [A-Za-z][\w'’-]*){0,2})",
    re.IGNORECASE,
)
_HERE = re.compile(
    rf"\b(?:[Tt]his is|[Ii] am|[Ii]'m|I’m)\s+({_NAMES})(?=$|[,.;!\n]| here\b| speaking\b| from\b| and\b| calling\b)"
)
_LABEL = re.compile(
    rf"\b(?:[Ff]ull [Nn]ame|[Nn]ame|[Cc]ardholder|[Aa]ccount [Hh]older|[Bb]eneficiary|[Pp]ayee|[Ss]ender|[Rr]ecipient)\s*[:：]\s*({_NAMES})"
)
_TITLE = re.compile(rf"\b(?:Mr|Mrs|Ms|Miss|Mister|Dr|Prof|Professor|Madam|Sir)\.? ({_NAMES})")
_SIGNED = re.compile(
    rf"(?:[Rr]egards|[Ss]incerely(?: yours)?|[Cc]heers|[Bb]est(?: wishes)?|[Yy]ours(?: truly| faithfully)?),?\s+({_NAMES})\s*$"
)
_WORDS = frozenset(_WORD_LISTS["english_words"].split())
_NO_NAMES = frozenset(_WORD_LISTS["no_names"].split())


def spans(text: str) -> list[tuple[int, int]]:
    """Where names stand, from first to last, without overlaps."""
    found = list[tuple[int, int]]()
    if not text.isascii():
        found += [m.span(1) for p in (_HAN_SAID, _HAN_LABEL, _HAN_IS) for m in p.finditer(text) if not _is_word(m[1])]
        found += [m.span(1 if m[1] else 2) for m in _HAN_TITLE.finditer(text)]
        found += [m.span(1 if m[1] else 2) for m in _HAN_PHONE.finditer(text) if not _is_word(m[1] or m[2])]
    found += [(m.start(1), m.start(1) + n) for m in _SAID.finditer(text) if (n := _said_length(m[1]))]
    found += [m.span(1) for p in (_HERE, _LABEL, _TITLE) for m in p.finditer(text) if not _NO_NAMES & set(m[1].split())]
    end = max(0, len(text) - SIGNATURE)
    found += [m.span(1) for m in _SIGNED.finditer(text, end) if not _NO_NAMES & set(m[1].split())]
    out = list[tuple[int, int]]()
    for start, end in sorted(found):
        if not out or start >= out[-1][1]:
            out.append((start, end))
    return out


def _is_word(name: str) -> bool:
    return name[:2] in _HAN_WORDS or name in _HAN_WORDS


def _said_length(said: str) -> int:
    """How many characters of what follows `my name is` are the name: words up to the first that goes on with the sentence."""
    kept = list[str]()
    for word in said.split(" "):
        if word.lower().strip(".") in _WORDS or (kept and word.islower() and len(kept) == 2):
            break
        kept.append(word)
    return len(" ".join(kept).rstrip(".,"))

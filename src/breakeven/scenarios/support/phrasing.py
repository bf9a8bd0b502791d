"""Whether a wording of a company's answer says that answer and nothing else; where it may not, the answer is said as it is written.

A wording may begin and end with courtesies of a closed list, and may add or leave out words that state nothing (articles, "please", 的, 您).
All other words, numbers, signs, links and addresses are those of the answer, in its order. So neither a customer's message that gives
orders nor a model that obeys it can have anything said that the company has not written; a wording is a matter of tone.

>>> answer = "We open at 9 am. Cards are free, except abroad."
>>> is_grounded("Hello! We open at 9 am, and the cards are free, except abroad. I hope this helps!", answer)
True
>>> [is_grounded(text, answer) for text in ("We open at 8 am. Cards are free, except abroad.", "We open at 9 am. Cards are free.")]
[False, False]
>>> is_grounded("您好，请您带上身份证。", "请带上身份证。"), is_grounded("您好，请您带上护照。", "请带上身份证。")
(True, False)
"""

from __future__ import annotations

import re

from breakeven.features.text import normal

#: A wording's length at the most: so many times that of the answer, and so many characters more.
TIMES, MORE = 1.5, 80
#: Courtesies, in the form of `normal`, before the answer or behind it.
BEFORE = (
    "hello", "hi", "hi there", "dear customer", "no problem", "thanks", "thanks for asking",
    "thank you", "thank you for asking", "thank you for your message", "thank you for your question", "thank you for reaching out",
    "thank you for contacting us", "good question", "happy to help", "i'm happy to help", "we're happy to help", "glad to help",
    "i understand", "sorry", "sorry to hear that", "i'm sorry to hear that", "we're sorry to hear that", "i'm sorry",
    "您好", "你好", "好的", "没问题", "谢谢", "谢谢您", "感谢您的咨询", "感谢咨询", "感谢您的提问", "感谢您的联系", "很高兴为您服务",
    "抱歉", "很抱歉", "非常抱歉", "很抱歉给您带来不便", "亲", "尊敬的客户", "亲爱的客户",
)  # fmt: skip
BEHIND = (
    "thank you", "thanks", "i hope this helps", "hope this helps", "have a nice day", "have a great day",
    "谢谢", "谢谢您", "感谢您的理解", "希望对您有帮助", "祝您生活愉快", "祝您愉快",
)  # fmt: skip
#: Words that state nothing.
EMPTY = frozenset(("a", "an", "the", "and", "so", "then", "is", "are", "be", "please"))
_EMPTY_HAN = re.compile("[请您你的了呢哦吧啊哈]")
_MARKUP = re.compile(r"[<>`{}\\\x00-\x08\x0b-\x1f\x7f]|&\w+;|&#|\]\(|\*\*|__")
_LINK = r"(?:https?://|www\.)[^\s，。；、！？\"'<>]*[\w/]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<![\w.])[a-z][\w-]*(?:\.[a-z][\w-]*)+(?:/[\w/-]*)?"
#: Links, numbers with what is joined to them, signs that give a number its meaning, Chinese characters one by one, words of other letters.
_PART = re.compile(
    rf"{_LINK}|[+-]?\d(?:[\d.,:/-]*\d)?|[$€£¥%‰°#+=~^|]|[\u3400-\u9fff]|[^\W\d_\u3400-\u9fff]+(?:'[a-z]+)?|[^\w\s.,;:!?'\"()、-]"
)
_GAP = r"[\s,.;:!?~、-]*"


def _said_before(phrases: tuple[str, ...]) -> str:
    longest_first = sorted(phrases, key=len, reverse=True)
    return "|".join(re.escape(one) + (r"(?![a-z'])" if one.isascii() else "") for one in longest_first)


_BEFORE = re.compile(rf"{_GAP}(?:(?:{_said_before(BEFORE)}){_GAP})*")
_BEHIND = re.compile(rf"(?:(?:^|(?<=[\s,.;:!?。]))(?:{_said_before(BEHIND)}){_GAP})*$")


def is_grounded(text: str, answer: str) -> bool:
    """Whether a wording says what a company's answer says; both in one language, with variables filled in."""
    if not text.strip() or len(text) > TIMES * len(answer) + MORE or _MARKUP.search(text):
        return False
    written = _parts(answer)
    return bool(written) and _parts(text) == written


def _parts(text: str) -> list[str]:
    """What a text states, part by part."""
    plain = normal(text).translate({0x2019: "'", 0x3002: "."})
    begun = _BEFORE.match(plain)
    plain = plain[begun.end() :] if begun else plain
    found = _BEHIND.search(plain)
    plain = plain[: found.start()] if found else plain
    return [one for one in _PART.findall(plain) if one not in EMPTY and not _EMPTY_HAN.fullmatch(one)]

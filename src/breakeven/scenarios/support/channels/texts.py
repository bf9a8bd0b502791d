"""Replies in the form of a channel: split at its limit, marked as an AI's, buttons as its own or as numbered lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from breakeven.scenarios.support.answer_book import Button
from breakeven.scenarios.support.transcript import Reply

_NUMBER = re.compile(r"\d{1,2}\. ")
_HAN = re.compile("[\u3400-\u9fff]")
#: Where a text may be cut, the best first: paragraphs, lines, ends of sentences, clauses, words.
_CUTS = ("\n\n", "\n", "。", "！", "？", ". ", "! ", "? ", "；", "，", "; ", ", ", " ")
#: Characters after which no text is cut in two: joiners and marks that belong to the one before or after.
_BINDS = re.compile("[\u200d\ufe0e\ufe0f\u0300-\u036f\U0001f3fb-\U0001f3ff]")


def characters(text: str) -> int:
    """The length of a text in code points."""
    return len(text)


def utf8(text: str) -> int:
    """The length of a text in bytes."""
    return len(text.encode("utf-8", "replace"))


def utf16(text: str) -> int:
    """The length of a text in UTF-16 units, as Telegram and browsers count.

    >>> utf16("好😀")
    3
    """
    return len(text) + sum(ord(one) > 0xFFFF for one in text)


def split(text: str, most: int, size: Callable[[str], int] = characters) -> list[str]:
    """A text in pieces of at most `most`, cut where it hurts least; nothing but white space at the cuts is lost.

    >>> split("One sentence. Another one.", 16)
    ['One sentence.', 'Another one.']
    >>> split("很长的句子。第二句。", 18, utf8)
    ['很长的句子。', '第二句。']
    """
    pieces = []
    while size(text) > most:
        end = _cut(text, _fitting(text, most, size))
        if piece := text[:end].rstrip():
            pieces.append(piece)
        text = text[end:].lstrip()
    if text.strip():
        pieces.append(text)
    return pieces


def _fitting(text: str, most: int, size: Callable[[str], int]) -> int:
    """How many characters fit, by halving: at least one."""
    low, high = 1, min(len(text), most)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= most else (low, middle - 1)
    return low


def _cut(text: str, most: int) -> int:
    """Where to cut a text within its first `most` characters: never in the first half, so that pieces are few."""
    for mark in _CUTS:
        at = text.rfind(mark, most // 2, most)
        if at >= 0:
            return at + len(mark)
    while most > 1 and (_BINDS.match(text[most]) or text[most - 1] == "\u200d"):
        most -= 1
    return most


def is_chinese(text: str) -> bool:
    """Whether a text has Chinese characters."""
    return _HAN.search(text) is not None


def label(button: Button, reply: Reply) -> str:
    """What a button says, in the language of the reply that it stands under."""
    wanted = ("zh", "en") if is_chinese(reply.text) else ("en", "zh")
    return next((button.label[one] for one in wanted if one in button.label), next(iter(button.label.values()), ""))


def marked(reply: Reply) -> str:
    """The text of a reply: who wrote it where that is an AI, and its source.

    >>> marked(Reply("We open at 9.", "ai", source="faq.md"))
    'AI: We open at 9.\\n(Source: faq.md)'
    >>> marked(Reply("早上九点开门。", "ai")), marked(Reply("Hello, Ann here.", "person"))
    ('AI：早上九点开门。', 'Hello, Ann here.')
    """
    chinese, text = is_chinese(reply.text), unlisted(reply)
    if reply.by == "ai":
        text = f"AI：{text}" if chinese else f"AI: {text}"
    if reply.source:
        text += f"\n（来源：{reply.source}）" if chinese else f"\n(Source: {reply.source})"
    return text


def unlisted(reply: Reply) -> str:
    """The text of a reply without the numbered lines in it that only repeat its buttons: each channel shows buttons in its own way.

    >>> unlisted(Reply("Which?\\n1. Fees\\n2. Loans", "ai", (Button({"en": "Fees"}, send="fees"),)))
    'Which?\\n2. Loans'
    """
    names = {name for one in reply.buttons for name in one.label.values()}
    lines = reply.text.split("\n")
    return "\n".join(line for line in lines if _NUMBER.sub("", line) not in names or not _NUMBER.match(line))


def with_links(text: str, reply: Reply) -> str:
    """A text with the buttons that open a page as lines below it, for channels whose buttons only say something."""
    lines = [f"{label(one, reply)}: {one.url}" for one in reply.buttons if one.url]
    return "\n".join([text, *lines])


def saying(reply: Reply) -> list[tuple[str, str]]:
    """What the buttons are called and what each says for the customer, without those that open a page."""
    return [(label(one, reply), one.send) for one in reply.buttons if one.send is not None]


def numbered(text: str, offered: Sequence[tuple[str, str]]) -> str:
    """A text with buttons as numbered lines; a customer answers with the number. A single one has none: a 1 may mean anything.

    >>> print(numbered("Which card?", [("Debit", "d"), ("Credit", "c")]))
    Which card?
    1. Debit
    2. Credit
    """
    if len(offered) == 1:
        return f"{text}\n- {offered[0][0]}"
    return "\n".join([text, *(f"{number}. {name}" for number, (name, _) in enumerate(offered, 1))])


_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


def chosen(text: str, offered: Sequence[str]) -> str:
    """What a customer says who may have answered with the number of a line, or the text itself.

    >>> chosen(" 2. ", ["debit", "credit"]), chosen("２", ["debit", "credit"]), chosen("3", ["debit"])
    ('credit', 'credit', '3')
    """
    plain = text.strip().translate(_DIGITS).rstrip(".。)）、")
    if plain.isascii() and plain.isdigit() and len(plain) <= 2 and 1 <= int(plain) <= len(offered):
        return offered[int(plain) - 1]
    return text

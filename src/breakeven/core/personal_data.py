"""Personal data by its shape: e-mail addresses, phone and identity numbers, bank cards; found, or masked.

Full-width digits and signs, as Chinese keyboards write them, count as the others.

>>> mask("call 13812345678 or write to a.b@c.com"), mask("电话：０１０－６２７８１２３４，邮箱 a@b.cn")
('call <phone> or write to <e-mail>', '电话：<phone>，邮箱 <e-mail>')
"""

from __future__ import annotations

import re

#: Kind -> (what its mask says, pattern). ASCII on purpose: \\w would take Chinese letters into an address.
KINDS = {
    "e-mail addresses": ("<e-mail>", re.compile(r"[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")),
    "identity numbers": ("<identity>", re.compile(r"(?<!\d)(\d{17}[\dXx]|\d{3}-\d{2}-\d{4})(?!\d)")),
    "bank cards": ("<card>", re.compile(r"(?<!\d)\d{4}([ -]?)\d{4}\1\d{4}\1\d{3,7}(?!\d)")),
    "phone numbers": (
        "<phone>",
        re.compile(
            r"(?<!\d)(0\d{2,3}[ -]\d{7,8}|1[3-9]\d{9}|1[3-9]\d[ -]\d{4}[ -]\d{4}|\+\d[\d -]{7,16}\d|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4})(?!\d)"
        ),
    ),
}
#: Full-width signs and their usual forms, one for one.
_NARROW = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20}


def holds(kind: str, text: str) -> bool:
    """Whether a text holds something of a kind; long account numbers are bank cards only if their check digit is right.

    >>> holds("bank cards", "4111 1111 1111 1111"), holds("bank cards", "4111 1111 1111 1112")
    (True, False)
    """
    found = KINDS[kind][1].search(text.translate(_NARROW))
    return found is not None and (kind != "bank cards" or luhn(found[0]))


def luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812 (Luhn): every second digit from the right is doubled, its digits are added.

    >>> luhn("4111 1111 1111 1111"), luhn("4111 1111 1111 1112")
    (True, False)
    """
    numbers = [int(c) for c in reversed(digits) if c.isdigit()]
    return sum(n if i % 2 == 0 else sum(divmod(2 * n, 10)) for i, n in enumerate(numbers)) % 10 == 0


def mask(text: str) -> str:
    """A text with what looks personal replaced by what it was."""
    for said, pattern in KINDS.values():
        found = [match.span() for match in pattern.finditer(text.translate(_NARROW))]
        for start, end in reversed(found):
            text = text[:start] + said + text[end:]
    return text


def is_personal(text: str) -> bool:
    """Whether a text holds personal data of any kind.

    >>> is_personal("u17"), is_personal("ann@example.org")
    (False, True)
    """
    return mask(text) != text

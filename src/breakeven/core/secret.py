"""Passwords and keys: a type that shows none of them, and that finds them in texts of others.

>>> key = Secret("sk+1/2")
>>> print(key, [key], f"{key}")
*** [***] ***
>>> key.mask('{"auth": "Bearer sk%2b1%2F2"}')
'{"auth": "Bearer ***"}'
"""

from __future__ import annotations

import base64
import html
import re
from functools import cached_property

#: What stands in the place of a secret.
MASK = "***"
#: Characters from which on the Base64 form of a secret is looked for; that of a shorter one is found by chance.
BASE64_FROM = 6


class Secret:
    """A password or a key. It is shown as `***` wherever it is printed, formatted or written; `reveal` gives it to what needs it."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself."""
        return self._value

    def mask(self, text: str) -> str:
        """A text without the secret, however it is spelled there: as it is, percent-encoded (also twice), with the escapes of
        JSON, Python or HTML, in Base64, or in a mixture of them.
        """
        return self._spellings.sub(MASK, text) if self._value else text

    @cached_property
    def _spellings(self) -> re.Pattern[str]:
        found = ["".join(map(_character, self._value))]
        if len(self._value) >= BASE64_FROM:
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                found.append(re.escape(encode(self._value.encode()).decode().rstrip("=")) + "=*")
        return re.compile("|".join(found))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return MASK

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return Secret, (self._value,)


def _character(one: str) -> str:
    """A pattern of the ways in which one character is written."""
    octets = "".join(rf"%(?:25)*(?i:{octet:02x})" for octet in one.encode("utf-8", "surrogatepass"))
    utf16 = one.encode("utf-16-be", "surrogatepass").hex()
    units = "".join(rf"\\u(?i:{utf16[i : i + 4]})" for i in range(0, len(utf16), 4))
    code = ord(one)
    ways = [rf"\\*{re.escape(one)}", octets, units, rf"\\x(?i:{code:02x})", f"&#0*{code};", f"&#(?i:x0*{code:x});"]
    if one == " ":
        ways.append(r"\+")
    if html.escape(one) != one:
        ways.append(re.escape(html.escape(one)))
    return f"(?:{'|'.join(ways)})"

"""Signatures of webhooks: compared in constant time, over the bytes as they came, within a window of time."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Literal

from breakeven.core.secret import Secret
from breakeven.scenarios.support.channels.channel import Forged

#: Seconds by which the time of a signed request may differ from ours; what is older may be a copy.
WINDOW = 300.0
#: Characters of a signature or a time; no platform sends longer ones.
LONGEST = 512


def signed(secret: Secret, *parts: bytes) -> str:
    """The HMAC-SHA256 of the parts put together, in hexadecimal digits (RFC 2104).

    >>> signed(Secret("key"), b"The quick brown fox ", b"jumps over the lazy dog")
    'f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8'
    """
    mac = hmac.new(secret.reveal().encode(), digestmod=hashlib.sha256)
    for part in parts:
        mac.update(part)
    return mac.hexdigest()


def sha1_of_sorted(*parts: str) -> str:
    """The SHA-1 of texts in order, as WeChat signs.

    >>> sha1_of_sorted("b", "a") == hashlib.sha1(b"ab").hexdigest()
    True
    """
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def check(given: str | None, expected: str, where: str) -> None:
    """Raises Forged unless a signature is the expected one."""
    if not given:
        raise Forged(where, "there is no signature", "sign the request, or see the channel's settings")
    if len(given) > LONGEST or not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        raise Forged(where, "the signature is wrong", "compare the secret with the channel's settings")


def check_time(given: str | None, now: float, where: str) -> str:
    """The time as it was sent. Raises Forged where it is none, or further than WINDOW seconds from now."""
    if not given or len(given) > 20 or not given.isascii() or not given.isdigit():
        raise Forged(where, "there is no time in seconds", "send the time at which the request is signed")
    if abs(now - int(given)) > WINDOW:
        raise Forged(
            where, f"its time is more than {WINDOW:.0f} s from the server's", "send it again; compare the clocks"
        )
    return given


def check_hub(headers: Mapping[str, str], body: bytes, secret: Secret) -> None:
    """Meta's signature of WhatsApp and Messenger: `sha256=` and the HMAC of the body. Raises Forged."""
    check(headers.get("x-hub-signature-256"), f"sha256={signed(secret, body)}", "header X-Hub-Signature-256")


def check_stamped(
    headers: Mapping[str, str], body: bytes, secret: Secret, name: Literal["breakeven", "chatwoot"], now: float
) -> None:
    """A signature over time and body, in X-NAME-Signature and X-NAME-Timestamp: ours, and Chatwoot's. Raises Forged."""
    title = name.title()
    at = check_time(headers.get(f"x-{name}-timestamp"), now, f"header X-{title}-Timestamp")
    expected = f"sha256={signed(secret, at.encode(), b'.', body)}"
    check(headers.get(f"x-{name}-signature"), expected, f"header X-{title}-Signature")

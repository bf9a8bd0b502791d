"""Who may do what: keys by their scope; on this machine's own address, without keys, the page's own token for browsers.

Without keys a service answers on the loopback address alone, where every local process may use it. A browser is the
exception: it runs what strangers wrote. So what a browser sends needs the token of the service's own page wherever it
writes, or shows what is known of people. What a proxy passed on came from elsewhere, and needs a key.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import time
from collections.abc import Callable, Sequence

from starlette.types import Scope

from breakeven.core.errors import InputError
from breakeven.serving import pages
from breakeven.serving.key_file import Key
from breakeven.serving.keys import KeyRing
from breakeven.serving.origin import PASSED_ON, Checked
from breakeven.serving.scopes import SCOPES, WITHOUT_TOKEN, KeyScope, Needed

#: Headers that only browsers send.
_BROWSER = frozenset({b"sec-fetch-site", b"origin", b"referer"})
#: How a key is sent; a browser asks for one by the second, as the password.
CHALLENGES = ((b"www-authenticate", b"Bearer"), (b"www-authenticate", b'Basic realm="breakeven", charset="UTF-8"'))
#: Seconds after the first, and at most after any, wrong key from one address until it is answered.
FIRST_WAIT, LONGEST_WAIT = 0.1, 2.0
#: Seconds after which wrong keys are forgotten.
FORGOTTEN_AFTER = 60.0
#: Addresses whose wrong keys are remembered, and wrong keys that wait for their answer at a time.
MAX_ADDRESSES, MAX_WAITING = 1_000, 64


class Refused(InputError):
    """The sender of a request may not do this, or not now; `headers` are those of the answer."""

    status = 403
    headers: tuple[tuple[bytes, bytes], ...] = ()


class NoKey(Refused):
    """A key is needed, and none was sent, or one that is not known."""

    status = 401
    headers = CHALLENGES


class WrongKey(NoKey):
    """The key that was sent is not known, or has expired."""


class NotAllowed(Refused):
    """Who calls is known, and may not do this."""


class TooManyRequests(Refused):
    """A key is over its rate, or too many wrong ones were sent."""

    status = 429
    headers = ((b"retry-after", b"1"),)


class Access:
    """What is asked of the callers of one product: its keys, or where there are none, what the module says."""

    def __init__(self, rings: Sequence[KeyRing] = ()) -> None:
        self.rings, self.tries = rings, WrongKeys()

    def check(self, needed: Needed, headers: Checked) -> None:
        """Raises NoKey, WrongKey, NotAllowed or TooManyRequests unless the sender of these headers may do it."""
        if needed == "open":
            return
        if self.rings:
            explicit = self._check_key(needed, headers)
            if explicit:
                return
        elif passed_on := sorted(PASSED_ON.intersection(headers)):
            raise NoKey(
                f"header {passed_on[0].decode().title()}",
                "a request from elsewhere needs a key, and this product has none",
                "make one: breakeven keys DIR add --scope read",
            )
        if needed not in WITHOUT_TOKEN and _is_browser(headers) and not _is_own_page(headers):
            raise NotAllowed(
                "header X-Page-Token",
                "a browser's request that writes or shows personal data was not sent by the service's own page",
                "reload the page, or send a key as X-API-Key",
            )

    async def slowed(self, error: Refused, scope: Scope) -> Refused:
        """What the sender of a request that is refused is answered; a wrong key has to wait."""
        if not isinstance(error, WrongKey):
            return error
        client = scope.get("client")
        return await self.tries.waited(error, client[0] if client else "")

    def _check_key(self, needed: KeyScope, headers: Checked) -> bool:
        """Whether the key was put in a header by the sender, which no page of another site can; not by a browser's memory."""
        secret, explicit = sent_key(headers)
        if not secret:
            raise NoKey(
                "header X-API-Key", "no key was sent", f"send one of scope {needed} as X-API-Key, or as a Bearer"
            )
        for ring in self.rings:
            key = ring.find(secret)
            if key is not None:
                _check_scope(key, needed)
                if not ring.admits(key):
                    what = f"key {key.name!r} is over its {key.per_second:,} requests a second"
                    raise TooManyRequests("header X-API-Key", what, "send fewer, or make a key of a higher rate")
                return explicit
        raise WrongKey("header X-API-Key", "this key is not known or has expired", "see: breakeven keys DIR list")


def _check_scope(key: Key, needed: KeyScope) -> None:
    if SCOPES.index(key.scope) < SCOPES.index(needed):
        what = f"key {key.name!r} is of scope {key.scope}, this needs {needed}"
        raise NotAllowed("header X-API-Key", what, f"use a key of scope {needed}")


def sent_key(headers: Checked) -> tuple[str | None, bool]:
    """The key of a request, and whether its sender put it there, as against a browser that remembers it.

    >>> sent_key({b"x-api-key": "k"}), sent_key({b"authorization": "Bearer k"}), sent_key({b"authorization": "Basic dTpr"})
    (('k', True), ('k', True), ('k', False))
    """
    if key := headers.get(b"x-api-key"):
        return key.strip(), True
    kind, _, value = headers.get(b"authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return value.strip(), True
    if kind.lower() == "basic":
        try:
            user, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        except ValueError:  # no base64, or no text in it
            return "not readable", False
        return password or user, False
    return None, False


def _is_browser(headers: Checked) -> bool:
    """Whether a browser sent this, also one too old to say where from: no page can take the name of its browser away."""
    return not _BROWSER.isdisjoint(headers) or headers.get(b"user-agent", "").startswith("Mozilla/")


def _is_own_page(headers: Checked) -> bool:
    given = headers.get(pages.TOKEN_HEADER, "")
    return hmac.compare_digest(given.encode("latin-1"), pages.TOKEN.encode())


class WrongKeys:
    """Wrong keys by the address they came from: each is answered later than the one before it; others wait for nothing."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = asyncio.sleep
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._seen: dict[str, tuple[int, float]] = {}
        self._waiting = 0

    async def waited(self, error: Refused, address: str) -> Refused:
        """What the sender of a wrong key is answered, after a while; at once where too many wait already."""
        if self._waiting >= MAX_WAITING:
            return TooManyRequests("header X-API-Key", "too many wrong keys at once", "send the right one, later")
        self._waiting += 1
        try:
            await self._sleep(self._delay(address))  # type: ignore[misc]
        finally:
            self._waiting -= 1
        return error

    def _delay(self, address: str) -> float:
        """Seconds that this try waits: twice those of the one before."""
        at = self._clock()
        count, last = self._seen.pop(address, (0, at))
        count = 0 if at - last > FORGOTTEN_AFTER else count
        while len(self._seen) >= MAX_ADDRESSES:
            del self._seen[next(iter(self._seen))]
        self._seen[address] = count + 1, at
        return min(FIRST_WAIT * 2.0 ** min(count, 30), LONGEST_WAIT)

"""Requests to platforms over HTTPS: no redirects, certificates checked, small answers, in threads of their own."""

from __future__ import annotations

import asyncio
import http.client
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from breakeven.core.network import host_of, is_loopback
from breakeven.scenarios.support.channels.channel import OutgoingRequest

#: Seconds for which an answer is waited, and bytes of it that are read.
TIMEOUT, MAX_ANSWER = 10.0, 64 << 10
#: Requests under way at a time.
THREADS = 8
#: Longest pause in seconds that a platform may ask for.
LONGEST_PAUSE = 60.0


class _Stay(urllib.request.HTTPRedirectHandler):
    """No redirects: they would carry a token to another host."""

    def redirect_request(self, *_: object) -> None:
        """Refused."""


class HttpConnection:
    """Sends requests. Proxies of the environment are used, but not to this machine."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="breakeven-channels")
        self._outside = urllib.request.build_opener(_Stay)
        self._inside = urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({}))

    async def __call__(self, request: OutgoingRequest) -> tuple[int, bytes, float]:
        """Status, body and pause of the answer. Raises OSError."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._sent, request)

    def close(self) -> None:
        """End the threads; what is under way may take until its timeout."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _sent(self, request: OutgoingRequest) -> tuple[int, bytes, float]:
        opener = self._inside if is_loopback(host_of(request.address)) else self._outside
        headers = {**request.headers, "user-agent": "breakeven", "accept": "application/json"}
        asked = urllib.request.Request(request.address, request.body or None, headers, method=request.method)  # noqa: S310  checked in settings
        try:
            with opener.open(asked, timeout=TIMEOUT) as answer:
                return answer.status, answer.read(MAX_ANSWER), 0.0
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(MAX_ANSWER), _pause(error.headers.get("retry-after"))
        except (http.client.HTTPException, ValueError) as error:  # neither says what a secret is part of
            raise OSError(type(error).__name__) from None


def _pause(value: str | None) -> float:
    """Seconds of a Retry-After header; 0 where it has none, or names a date.

    >>> _pause("7"), _pause("100000"), _pause(None)
    (7.0, 60.0, 0.0)
    """
    return min(float(value), LONGEST_PAUSE) if value and value.isascii() and value.isdigit() and len(value) < 9 else 0.0

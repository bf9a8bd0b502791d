"""A hosted model asked while somebody waits: the reply is read as it is written, with a deadline for the whole of it. Standard library only.

The protocol is that of `client`, with `stream: true`: server-sent events, each with a piece of the reply. A server that does not stream and
answers in one piece is read as well. No call outlasts its deadline for the caller, whatever the server does: the reading is done in a thread
of its own, which is given up. As many threads as there may be calls at a time can be lost to servers that never end; then no more are begun.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from breakeven.core.errors import BreakevenError
from breakeven.core.secret import Secret
from breakeven.core.types import Hosted
from breakeven.models.hosted import connection
from breakeven.models.hosted.client import Failed

#: Bytes of an answer that are read at the most, and at a time.
MOST, PIECE = 1 << 18, 1 << 14


class Full(Failed):
    """As many calls as there may be at a time are still open; nothing was sent."""


class Streaming:
    """Calls of one model, at most `most` at a time."""

    def __init__(self, hosted: Hosted, key: Secret | None, most: int) -> None:
        self._hosted, self._key = hosted, key
        self._free = threading.BoundedSemaphore(most)

    def ask(self, body: Mapping[str, Any], seconds: float) -> str:
        """The text of the reply. Raises Full, and Failed where none comes within `seconds`, or nothing of the
        protocol.
        """
        call = _Call(self._request(body), self._hosted, seconds)
        if not self._free.acquire(blocking=False):
            raise Full("as many calls as there may be at a time are still open")
        threading.Thread(target=self._run, args=(call,), name="hosted", daemon=True).start()
        if not call.ended.wait(seconds):
            raise Failed(f"no answer within {seconds:g} s")
        if call.why:
            raise Failed(self._masked(call.why))
        return self._masked(call.text)

    def _run(self, call: _Call) -> None:
        try:
            call.run()
        finally:
            self._free.release()
            call.ended.set()

    def _request(self, body: Mapping[str, Any]) -> urllib.request.Request:
        headers = {
            "content-type": "application/json",
            "accept": "text/event-stream, application/json",
            "user-agent": "breakeven",
        }
        if self._key is not None:
            headers["authorization"] = f"Bearer {self._key.reveal()}"
        address = f"{str(self._hosted.address).rstrip('/')}/chat/completions"
        content = json.dumps({**body, "stream": True}).encode()
        return urllib.request.Request(address, content, headers)  # noqa: S310  the brief takes http and https

    def _masked(self, text: str) -> str:
        return self._key.mask(text) if self._key is not None else text


class _Call:
    """One call: `text` of the reply, or `why` there is none, once it has `ended`."""

    def __init__(self, request: urllib.request.Request, hosted: Hosted, seconds: float) -> None:
        self._request, self._hosted, self._seconds = request, hosted, seconds
        self._until = time.monotonic() + seconds
        self.ended, self.text, self.why = threading.Event(), "", ""

    def run(self) -> None:
        """Read the reply to its end, in a thread of its own."""
        try:
            self.text = self._read()
        except urllib.error.HTTPError as error:
            self.why = f"status {error.code}"
            error.close()
        except (BreakevenError, OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            self.why = f"{type(error).__name__}: {error}"[:200]

    def _read(self) -> str:
        opened = connection.opener(self._hosted.private, self._hosted.insecure)
        with opened.open(self._request, timeout=self._seconds) as answer:
            events = "event-stream" in str(answer.headers.get("content-type", "")).lower()
            held, parts = bytearray(), Parts()
            for count in range(MOST):
                piece = answer.read1(PIECE)
                held += piece
                if (events and parts.take(held)) or not piece:
                    break
                if parts.read + len(held) > MOST or (count and time.monotonic() > self._until):
                    raise ValueError("the answer does not end")
        return parts.text() if events else _content(json.loads(held), "message")


class Parts:
    """Pieces of a reply, from the lines of server-sent events.

    >>> parts, event = Parts(), b'data: {"choices": [{"delta": {"content": "Hello"}}]}'
    >>> parts.take(bytearray(event)), parts.take(bytearray(event + b"\\n\\n")), parts.take(bytearray(b"data: [DONE]\\n")), parts.text()
    (False, False, True, 'Hello')
    """

    def __init__(self) -> None:
        self.read, self._pieces = 0, list[str]()

    def take(self, held: bytearray) -> bool:
        """Take the whole lines out of what was read. Whether the reply has ended. Raises ValueError for what is not of the protocol."""
        end = held.rfind(b"\n") + 1
        lines = bytes(held[:end]).decode("utf-8", "replace").splitlines()
        del held[:end]
        self.read += end
        for line in lines:
            if not line.startswith("data:"):
                continue
            data = line.removeprefix("data:").strip()
            if data == "[DONE]":
                return True
            if data:
                self._pieces.append(_content(json.loads(data), "delta"))
        return False

    def text(self) -> str:
        """What was written so far."""
        return "".join(self._pieces)


def _content(plain: Any, kind: str) -> str:
    """The text of a reply (`message`), or of a piece of one (`delta`). Raises ValueError."""
    try:
        choices = plain["choices"]
        if not choices and kind == "delta":  # the last event may hold the count of tokens alone
            return ""
        content = (choices[0].get(kind) or {}).get("content")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise ValueError("the address does not speak the protocol") from None
    return content if isinstance(content, str) else ""

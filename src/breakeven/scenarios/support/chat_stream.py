"""A conversation as server-sent events: what is new in it, as soon as it is on disk.

Each event's `id` is the entry's number, so that a browser that comes again (Last-Event-ID) misses nothing and gets nothing twice. A stream
ends by itself after a while, and the browser comes again; so a service that stops never waits for its streams for long.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec

from breakeven.online.event import Event
from breakeven.scenarios.support import history
from breakeven.scenarios.support.conversation_state import Conversation
from breakeven.scenarios.support.conversations import Conversations
from breakeven.serving.workers import Busy

#: Seconds after which a stream ends, and between two signs of life in it.
STREAM_SECONDS, ALIVE_SECONDS = 55.0, 15.0
#: Milliseconds after which a browser comes again.
RETRY_MS = 1_000
#: Streams at a time.
MOST_STREAMS = 500


class Streams:
    """All streams of a product's conversations."""

    def __init__(self, conversations: Conversations) -> None:
        self._all = conversations
        self._waiting = dict[str, set[asyncio.Event]]()
        self._count, self._ended = 0, False
        conversations.desk.listeners.append(self._tell)

    def _tell(self, state: Conversation, event: Event) -> None:
        for one in self._waiting.get(state.id, ()):
            one.set()

    def close(self) -> None:
        """End all streams."""
        self._ended = True
        for listeners in self._waiting.values():
            for one in listeners:
                one.set()

    def check_room(self) -> None:
        """Raises Busy where there are too many streams: GET /v1/chat/{conversation} tells the same."""
        if self._count >= MOST_STREAMS:
            raise Busy(f"{self._count} streams are open; ask for the history instead")

    async def of(self, key: str, after: int) -> AsyncIterator[bytes]:
        """The events of a conversation above a number."""
        news, loop = asyncio.Event(), asyncio.get_running_loop()
        ends = loop.time() + STREAM_SECONDS
        self._waiting.setdefault(key, set()).add(news)
        self._count += 1
        try:
            yield b"retry: %d\n\n" % RETRY_MS
            while True:
                news.clear()
                for entry in history.entries(await self._all.records(key), after):
                    after = entry.number
                    yield b"id: %d\nevent: %b\ndata: %b\n\n" % (after, entry.kind.encode(), msgspec.json.encode(entry))
                left = ends - loop.time()
                if left <= 0 or self._ended:
                    return
                try:
                    async with asyncio.timeout(min(left, ALIVE_SECONDS)):
                        await news.wait()
                except TimeoutError:
                    yield b": alive\n\n"
        finally:
            self._count -= 1
            self._waiting[key].discard(news)
            if not self._waiting[key]:
                del self._waiting[key]

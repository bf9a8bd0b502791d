"""Messages put to the models: the quick ones at once, slow ones in threads of their own, so that nobody waits for another one's message."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

from breakeven.scenarios.support import conversation
from breakeven.scenarios.support.conversation_state import Conversation
from breakeven.scenarios.support.understood import Staged, Understanding, Understood
from breakeven.serving.workers import Busy, thread_count

#: Seconds that models have for a message, waiting for a thread among them; messages that may wait.
MODEL_SECONDS, MOST_WAITING = 20.0, 256

_log = logging.getLogger("breakeven")


class Listener:
    """The models of a product. `failed` counts messages that they raised an error or took too long for."""

    def __init__(self, understanding: Understanding) -> None:
        self._understanding = understanding
        self._staged = understanding if isinstance(understanding, Staged) else None
        self._threads = ThreadPoolExecutor(thread_count(), thread_name_prefix="understanding")
        self._waiting, self.failed = 0, 0

    async def hear(self, state: Conversation, text: str) -> tuple[Understood | None, Understood | None]:
        """What a message means, and what it means behind the one before it; None where nothing is asked or the models failed.

        Raises Busy where too many messages wait.
        """
        if not conversation.needs_models(state, text):
            return None, None
        understood = await self._tried(text)
        if understood is None or understood.decision != "handoff" or not conversation.needs_context(state, text):
            return understood, None
        return understood, await self._tried(f"{state.last_text} {text}")

    async def _tried(self, text: str) -> Understood | None:
        """What a text means; None where the models failed."""
        try:
            return await self._understood(text)
        except Busy:
            raise
        except Exception:  # whatever a model does, the customer is answered: a person is called
            self.failed += 1
            _log.exception("a message was not understood")
            return None

    async def _understood(self, text: str) -> Understood:
        """What a text means: at once where the quick models are sure, else by a thread. Raises Busy, and TimeoutError for slow models."""
        quick = self._staged.at_once(text) if self._staged is not None else None
        if quick is not None:
            return quick
        if self._waiting >= MOST_WAITING:
            raise Busy(f"{self._waiting} messages are waiting to be understood")
        self._waiting += 1
        try:
            async with asyncio.timeout(MODEL_SECONDS):
                loop = asyncio.get_running_loop()
                return (await loop.run_in_executor(self._threads, self._understanding.understand, [text]))[0]
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Take no more messages; models at work come to their end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)

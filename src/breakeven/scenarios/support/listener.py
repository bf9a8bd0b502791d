"""Messages put to the models: the quick ones at once, slow ones in threads of their own, so that nobody waits for another one's message."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
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
        texts = [text]
        if conversation.needs_context(state, text):
            texts.append(f"{state.last_text} {text}")
        try:
            found = await self._understood(texts)
        except Busy:
            raise
        except Exception:  # whatever a model does, the customer is answered: a person is called
            self.failed += 1
            _log.exception("a message was not understood")
            return None, None
        return found[0], found[1] if len(found) > 1 else None

    async def _understood(self, texts: Sequence[str]) -> list[Understood]:
        """What texts mean: at once where the quick models are sure, else by a thread. Raises Busy, and TimeoutError for slow models."""
        quick = [self._staged.at_once(one) for one in texts] if self._staged is not None else [None] * len(texts)
        left = [one for one, found in zip(texts, quick, strict=True) if found is None]
        if not left:
            return [one for one in quick if one is not None]
        if self._waiting >= MOST_WAITING:
            raise Busy(f"{self._waiting} messages are waiting to be understood")
        self._waiting += 1
        try:
            async with asyncio.timeout(MODEL_SECONDS):
                answered = await asyncio.get_running_loop().run_in_executor(
                    self._threads, self._understanding.understand, left
                )
        finally:
            self._waiting -= 1
        slow = iter(answered)
        return [next(slow) if one is None else one for one in quick]

    def close(self) -> None:
        """Take no more messages; models at work come to their end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)

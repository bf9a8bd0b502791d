"""Messages put to the models: the quick ones at once, slow ones in threads of their own, so that nobody waits for another one's message."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

from breakeven.scenarios.support import conversation
from breakeven.scenarios.support.conversation_state import Conversation
from breakeven.scenarios.support.understood import Asking, Staged, Understanding, Understood
from breakeven.serving.workers import Busy, thread_count

#: Seconds that models have for a message, waiting for a thread among them; messages that may wait.
MODEL_SECONDS, MOST_WAITING = 20.0, 256
#: Messages that are with a hosted model at a time.
ASKED_AT_A_TIME = 8

_log = logging.getLogger("breakeven")


class Listener:
    """The models of a product. `failed` counts messages that they raised an error or took too long for."""

    def __init__(self, understanding: Understanding) -> None:
        self._understanding = understanding
        # What the bot has asked itself, such as for the amount of a form, is no question for a model that costs money.
        self._own = understanding.own if isinstance(understanding, Asking) else understanding
        more = 0 if self._own is understanding else ASKED_AT_A_TIME  # those wait for a server, not for a core
        self._threads = ThreadPoolExecutor(thread_count() + more, thread_name_prefix="understanding")
        self._waiting, self.failed = 0, 0

    async def hear(self, state: Conversation, text: str) -> tuple[Understood | None, Understood | None]:
        """What a message means, and what it means behind the one before it; None where nothing is asked or the models failed.

        Raises Busy where too many messages wait.
        """
        if not conversation.needs_models(state, text):
            return None, None
        models = self._understanding if state.pending is None else self._own
        understood = await self._tried(text, models)
        if understood is None or understood.decision != "handoff" or not conversation.needs_context(state, text):
            return understood, None
        return understood, await self._tried(f"{state.last_text} {text}", self._own)

    async def _tried(self, text: str, models: Understanding) -> Understood | None:
        """What a text means; None where the models failed."""
        try:
            return await self._understood(text, models)
        except Busy:
            raise
        except Exception:  # whatever a model does, the customer is answered: a person is called
            self.failed += 1
            _log.exception("a message was not understood")
            return None

    async def _understood(self, text: str, models: Understanding) -> Understood:
        """What a text means: at once where the quick models are sure, else by a thread. Raises Busy, and TimeoutError for slow models."""
        quick = models.at_once(text) if isinstance(models, Staged) else None
        if quick is not None:
            return quick
        if self._waiting >= MOST_WAITING:
            raise Busy(f"{self._waiting} messages are waiting to be understood")
        self._waiting += 1
        try:
            async with asyncio.timeout(MODEL_SECONDS):
                loop = asyncio.get_running_loop()
                return (await loop.run_in_executor(self._threads, models.understand, [text]))[0]
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Take no more messages; models at work come to their end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)

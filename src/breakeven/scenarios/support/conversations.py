"""All conversations of a served product: a message goes in, is understood, answered, and on disk with its replies before anybody sees them.

Each conversation does one thing at a time, in the order of arrival. A message that is delivered again (by its id) is answered as before and
stored once; one that was said before a message that came earlier is a question of its own, never the answer to what the bot has asked since.
"""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import msgspec

from breakeven.core.errors import InputError
from breakeven.core.personal_data import mask
from breakeven.online.event import Event, now
from breakeven.online.event_log import EventLog
from breakeven.online.live_log import Applied, Full, LiveLog, Replayed
from breakeven.online.logs import open_log
from breakeven.scenarios.support import conversation, customer_words, history
from breakeven.scenarios.support.answer_book import AnswerBook
from breakeven.scenarios.support.chat_types import MAX_ID, Led
from breakeven.scenarios.support.conversation_state import MOST_IDS, Conversation
from breakeven.scenarios.support.desk_state import MOST, DeskState
from breakeven.scenarios.support.draft import Incoming
from breakeven.scenarios.support.listener import Listener
from breakeven.scenarios.support.record_checks import CHECKS
from breakeven.scenarios.support.transcript import CLOSED, MESSAGE, REPLY, RETURNED, Reply, Status
from breakeven.scenarios.support.understood import Understanding
from breakeven.serving.workers import Busy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: Characters of a message's id from which on it is taken for one that nobody guesses, as a UUID is.
UNGUESSABLE = 22
#: Seconds after its end within which a channel's conversation goes on; later a new one begins.
REOPENED_WITHIN = 7 * 86_400.0
#: Characters behind the longest text that are looked at when it is masked: a number may stand across its end.
MARGIN = 40
#: Seconds of silence after which a conversation of the bot is closed.
SILENCE = 86_400.0


class NoConversation(InputError):
    """There is no conversation of that id."""

    status = 404


class Received(msgspec.Struct, frozen=True):
    """What a message led to; `last` is the number of the conversation's last record, `repeated` says that it was delivered before."""

    conversation: str
    status: Status
    decision: Led
    topic: str | None
    confidence: float | None
    language: str
    replies: tuple[Reply, ...]
    last: int
    repeated: bool = False


class Conversations:
    """The conversations over one log. `also` are further states that are rebuilt from its first record on."""

    def __init__(
        self,
        log: EventLog,
        understanding: Understanding,
        book: AnswerBook,
        clock: Callable[[], float] = now,
        also: Sequence[Replayed] = (),
        most: int = MOST,
    ) -> None:
        log.index()
        self.book, self.clock = book, clock
        self.listener = Listener(understanding)
        self.desk = DeskState(most)
        self.live = LiveLog(log, [(state, 0) for state in also], [self.desk])
        self.desk.settle(self._records)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @staticmethod
    def open(
        folder: Path, name: str, understanding: Understanding, book: AnswerBook, also: Sequence[Replayed] = ()
    ) -> Conversations:
        """The conversations of a product with the log in its folder, or in DATABASE_URL. Raises InputError."""
        return Conversations(open_log(folder, name, CHECKS), understanding, book, also=also)

    async def receive(self, channel: str, customer: str, message_id: str, text: str, at: float) -> Received:
        """A message from a channel, whose customer is known by name; `at` is the channel's time. Raises Busy and InputError."""
        if channel in ("web", "app"):
            raise InputError("channel", f"{channel!r} has conversations of its own ids", "give another name")
        for where, one in (("customer", customer), ("id", message_id)):
            _check_id(where, one)
        async with self.alone(f"{channel}\0{customer}"):
            found = await self._of(channel, customer)
            key = found or secrets.token_urlsafe(24)
            async with self.alone(key):
                state = await self.state(key) if found else None
                if state is not None and await self._known(state, f"{key}/{message_id}"):
                    return await self._again(state, f"{key}/{message_id}")
                if state is not None and not state.is_open and self.clock() - state.last_at > REOPENED_WITHIN:
                    key, state = secrets.token_urlsafe(24), None
                fresh = state or Conversation(key, customer, channel, self.clock(), addressed=True)
                return await self._take(fresh, message_id, text, "", at)

    async def chat(
        self,
        text: str,
        conversation: str | None = None,
        customer: str | None = None,
        id: str | None = None,
        channel: str = "web",
        language: str = "",
        said_at: float = 0.0,
    ) -> Received:
        """A message from a page or an app: in a conversation, by its secret id, or in a new one. Raises NoConversation and Busy."""
        for where, one in (("conversation", conversation), ("customer", customer), ("id", id)):
            if one is not None:
                _check_id(where, one)
        key = conversation or _new_id(id)
        async with self.alone(key):
            try:
                state = await self.state(key)
            except NoConversation:
                if conversation is not None:
                    raise
                state = Conversation(key, customer or key, channel, self.clock())
            message_id = id or secrets.token_urlsafe(12)
            if await self._known(state, f"{key}/{message_id}"):
                return await self._again(state, f"{key}/{message_id}")
            return await self._take(state, message_id, text, language, said_at)

    async def give_back(self, channel: str, customer: str) -> None:
        """Another desk has given a channel's customer back to the bot; nothing where the bot has the conversation."""
        key = await self._of(channel, customer)
        if key is None:
            return
        async with self.alone(key):
            state = await self.state(key)
            if state.silent:
                await self.append([self.record(state, RETURNED, {"staff": channel})])

    async def close_by_customer(self, key: str, solved: bool | None) -> Conversation:
        """The customer ends a conversation, and may say whether it was solved; one that is closed already stays as it is."""
        async with self.alone(key):
            state = await self.state(key)
            if state.is_open:
                data = {"by": "customer", "staff": None, "confirmed": solved}
                await self.append([self.record(state, CLOSED, data)])
            return await self.state(key)

    async def close_silent(self) -> int:
        """Close the bot's conversations in which nothing was said for SILENCE. Returns how many."""
        count = 0
        for key in self.desk.idle_since(self.clock() - SILENCE):
            async with self.alone(key):
                try:
                    state = await self.state(key)
                except NoConversation:  # its customer was erased
                    self.desk.forget(key)
                    continue
                if state.status == "bot" and state.last_at < self.clock() - SILENCE:
                    await self.append([self.record(state, CLOSED, {"by": "silence", "staff": None, "confirmed": None})])
                    count += 1
        return count

    async def state(self, key: str) -> Conversation:
        """A conversation, from memory or from its records. Raises NoConversation."""
        self.live.catch_up()
        found = self.desk.find(key)
        if found is None and key and len(key) <= MAX_ID:
            records = await asyncio.to_thread(self._records, key)
            found = self.desk.find(key) or self.desk.rebuilt(records)
        if found is None:
            raise NoConversation("conversation", "there is no conversation of this id", "begin one: leave it out")
        return found

    async def records(self, key: str) -> list[Event]:
        """All records of a conversation, in order."""
        return await asyncio.to_thread(self._records, key)

    async def append(self, records: Sequence[Event]) -> Applied:
        """Records on disk, then in the states. Raises Busy."""
        try:
            return await self.live.append(records)
        except (Full, OSError) as error:
            raise Busy(str(error)) from None

    def record(self, state: Conversation, kind: str, data: Mapping[str, object], id: str | None = None) -> Event:
        """A record of a conversation, now."""
        return Event(state.customer, state.id, kind, self.clock(), None, id, data)

    @asynccontextmanager
    async def alone(self, key: str) -> AsyncIterator[None]:
        """One caller at a time of those with the same key, in the order in which they came."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        async with lock:
            yield

    def _records(self, key: str) -> list[Event]:
        return list(pages_of(self.live.log, item=key))

    async def _of(self, channel: str, customer: str) -> str | None:
        """The last conversation of a channel's customer."""
        found = self.desk.of_customer(channel, customer)
        if found is not None:
            return found
        last = None
        for event in await asyncio.to_thread(lambda: list(pages_of(self.live.log, kind=MESSAGE, user=customer))):
            data = event.data or {}
            if data.get("channel") == channel and data.get("addressed"):
                last = event.item
        return last

    async def _known(self, state: Conversation, id: str) -> bool:
        """Whether a message was delivered before: by the last ids in memory, else by the log."""
        if id in state.ids or state.messages <= MOST_IDS:
            return id in state.ids
        return await asyncio.to_thread(self.live.log.holds, id)

    async def _again(self, state: Conversation, id: str) -> Received:
        """The answer that a message had before."""
        replies, topic, confidence, language = list[Reply](), None, None, state.language
        decision: Led = "silent"
        for event in await self.records(state.id):
            data = event.data or {}
            if data.get("to") != id:
                continue
            if event.kind == REPLY:
                replies.append(history.reply_of(event))
                decision, language = data["decision"], data.get("language", language)
                topic, confidence = data.get("topic", topic), data.get("confidence", confidence)
            elif data.get("reason"):
                decision = "handoff"
        return Received(
            state.id, state.status, decision, topic, confidence, language, tuple(replies), state.number, True
        )

    async def _take(self, state: Conversation, id: str, text: str, language: str, said_at: float) -> Received:
        """A new message, understood, answered, and kept with its answer."""
        masked = mask(text[: customer_words.MAX_READ + MARGIN])[: customer_words.MAX_READ]
        said = customer_words.folded(masked)
        message = Incoming(
            id=f"{state.id}/{id}",
            text=text,
            masked=masked,
            at=self.clock(),
            language=language,
            said_at=said_at,
            late=0 < said_at < state.said_at,
            rude=customer_words.is_rude(said),
            risky=customer_words.is_risky(said),
            first=state.number == 0,
            addressed=state.addressed,
        )
        understood, in_context = await self.listener.hear(state, masked)
        made = conversation.turn(state, message, understood, self.book, self._today(), in_context)
        await self.append(made.records)
        kept = self.desk.find(state.id) or state
        return Received(
            kept.id,
            kept.status,
            made.decision,
            made.topic,
            made.confidence,
            made.language,
            made.replies,
            kept.number,
        )

    def _today(self) -> datetime.date:
        return datetime.datetime.fromtimestamp(self.clock(), datetime.UTC).date()

    async def close(self) -> None:
        """Write what is in flight, and close the log."""
        self.listener.close()
        await self.live.close()


def pages_of(
    log: EventLog, kind: str | None = None, user: str | None = None, item: str | None = None
) -> Iterator[Event]:
    """All events of an item or a user."""
    after = 0
    while (page := log.page(after, kind=kind, user=user, item=item)).last != after:
        after = page.last
        yield from page.events


def _check_id(where: str, id: str) -> None:
    """Raises InputError for an id that is empty or long, or that a database would cut."""
    if not id.strip() or len(id) > MAX_ID or "\0" in id:
        raise InputError(where, f"an id of {len(id):,} characters", f"send 1 to {MAX_ID} characters, and no NUL")


def _new_id(message_id: str | None) -> str:
    """The id of a new conversation: of a message whose id nobody guesses always the same, so that it begins one conversation alone.

    >>> len(_new_id(None)), _new_id("6f1a0c7e-1111-4d7f-9b6d-000000000001") == _new_id("6f1a0c7e-1111-4d7f-9b6d-000000000001")
    (32, True)
    """
    if message_id is None or len(message_id) < UNGUESSABLE:
        return secrets.token_urlsafe(24)
    digest = hashlib.blake2b(message_id.encode(), digest_size=24, person=b"conversation").digest()
    return digest.hex()

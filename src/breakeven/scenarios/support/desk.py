"""What the staff do with conversations: look at the queue, take one, reply, give it back to the bot, close it, name a message's topic.

A conversation is had by one person: whoever takes it second is told who has it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import msgspec

from breakeven.core.errors import InputError, nearest
from breakeven.core.personal_data import mask
from breakeven.online import log_changes
from breakeven.online.event import Event
from breakeven.scenarios.support import history, promises
from breakeven.scenarios.support.chat_types import Label
from breakeven.scenarios.support.conversation_state import Conversation
from breakeven.scenarios.support.conversations import Conversations, pages_of
from breakeven.scenarios.support.desk_types import Packet, QueueItem, QueueReply, TopicReply
from breakeven.scenarios.support.transcript import CLOSED, KINDS, MESSAGE, REPLY, RETURNED, TAKEN, TOPIC, Reply
from breakeven.serving.workers import Busy

#: Who names topics by POST /v1/feedback.
FEEDBACK = "feedback"

_log = logging.getLogger("breakeven")

#: Told of a reply of the staff, so that it is sent where the customer is.
Outbound = Callable[[Conversation, Reply], Awaitable[None]]


class Conflict(InputError):
    """Somebody else was faster, or the conversation is not where it would have to be."""

    status = 409


class Desk:
    """The desk of one product. `scope` is the topic under which questions of no topic are labelled, where there is one."""

    def __init__(self, conversations: Conversations, scope: str | None = None) -> None:
        self._all, self.scope = conversations, scope
        self.outbound: Outbound | None = None
        self._sending = set[asyncio.Task[None]]()
        #: Replies that `outbound` could not send.
        self.unsent = 0

    def queue(self, status: str, staff: str | None, most: int) -> QueueReply:
        """Conversations of a status, those first who should be answered first; of one member of the staff where that is given."""
        self._all.live.catch_up()
        desk, now = self._all.desk, self._all.clock()
        counts = desk.counts()
        found = desk.queue(status, most if staff is None else counts["person"])
        shown = [_item(one, now) for one in found if staff is None or one.staff == staff][:most]
        return QueueReply(shown, counts["waiting"], counts["person"], counts["bot"])

    async def packet(self, key: str) -> Packet:
        """The hand-over packet of a conversation. Raises NoConversation."""
        state = await self._all.state(key)
        records = await self._all.records(key)
        return history.packet(state, records, self._all.book, self._all.clock())

    async def take(self, key: str, staff: str) -> Conversation:
        """Take a conversation; the one who has it already may do so again. Raises Conflict naming who has it, and NoConversation."""
        async with self._all.alone(key):
            state = await self._all.state(key)
            if state.status == "person":
                self._check_owner(state, staff)
                return state
            taken = self._all.record(state, TAKEN, {"staff": staff}, f"{key}/taken#{state.number}")
            await self._all.append([taken])
            state = await self._all.state(key)
            self._check_has(state, staff)  # another process's staff may have been first
            return state

    async def reply(self, key: str, staff: str, text: str, id: str | None) -> Conversation:
        """Say something to the customer. Raises Conflict unless this person has the conversation, and InputError for a forbidden promise."""
        held = promises.broken(text, self._all.book.never)
        if held is not None:
            raise InputError("text", f"{held!r} must never be promised", "say it otherwise")
        async with self._all.alone(key):
            state = await self._all.state(key)
            self._check_has(state, staff)
            said = Reply(text, "person")
            data: dict[str, object] = {"text": text, "by": "person", "staff": staff}
            applied = await self._all.append(
                [self._all.record(state, REPLY, data, None if id is None else f"{key}/reply/{id}")]
            )
            if applied.new and self.outbound is not None:
                task = asyncio.get_running_loop().create_task(self._send(state, said))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)
            return state

    async def give_back(self, key: str, staff: str) -> Conversation:
        """Give a conversation back to the bot. Raises Conflict where another person has it, or nobody."""
        async with self._all.alone(key):
            state = await self._all.state(key)
            if not state.silent:
                what = "the bot has it" if state.status == "bot" else "it is closed"
                raise Conflict("conversation", what, "nothing has to be given back")
            self._check_owner(state, staff)
            await self._all.append([self._all.record(state, RETURNED, {"staff": staff})])
            return await self._all.state(key)

    async def close(self, key: str, staff: str, solved: bool | None) -> Conversation:
        """Close a conversation; one that is closed stays as it is. Raises Conflict where another person has it."""
        async with self._all.alone(key):
            state = await self._all.state(key)
            if state.is_open:
                self._check_owner(state, staff)
                data: dict[str, object] = {"by": "person", "staff": staff, "confirmed": solved}
                await self._all.append([self._all.record(state, CLOSED, data)])
            return await self._all.state(key)

    async def name_topic(
        self, key: str, staff: str, topic: str, message: str | None = None, audit: float | None = None
    ) -> TopicReply:
        """Say what a message (the last one by default) was about; it is kept for training. Raises InputError for an unknown topic."""
        self._check_topic("topic", topic)
        state = await self._all.state(key)
        messages = [e for e in await self._all.records(key) if e.kind == MESSAGE]
        meant = [e for e in messages if message is None or history.own_id(e) == message]
        if not meant:
            raise InputError("message", f"the conversation has no message {(message or '')[:60]!r}", "see its entries")
        text = str((meant[-1].data or {}).get("text", ""))
        data: dict[str, object] = {"message": meant[-1].id, "text": text, "topic": topic, "staff": staff}
        if audit is not None:
            data["audit"] = audit
        await self._all.append([self._all.record(state, TOPIC, data)])
        return TopicReply(history.own_id(meant[-1]) or "", text, topic)

    async def feedback(self, labels: Sequence[Label]) -> int:
        """Keep questions with their right topics, masked. Returns how many. Raises InputError for an unknown topic."""
        for i, one in enumerate(labels):
            self._check_topic(f"outcomes[{i}], topic", one.topic)
        now = self._all.clock()
        records = []
        for one in labels:
            data = {"message": "", "text": mask(one.question), "topic": one.topic, "staff": FEEDBACK}
            records.append(Event("", "", TOPIC, now, data=data))
        return len((await self._all.append(records)).new)

    async def export(self, customer: str) -> list[dict[str, object]]:
        """All that is stored of a customer, in order."""
        found = await asyncio.to_thread(lambda: list(pages_of(self._all.live.log, user=customer)))
        return [_exported(event) for event in found if event.kind in KINDS]

    async def erase(self, customer: str) -> int:
        """Delete all records of a customer for good, and forget the conversations. Returns how many. Raises Busy."""
        try:
            change = await self._all.live.change(partial(log_changes.erase_user, user=customer))
        except OSError as error:
            raise Busy(str(error)) from None
        return change.events

    async def close_outbound(self) -> None:
        """Wait for replies that are being sent."""
        if self._sending:
            await asyncio.wait(self._sending)

    async def _send(self, state: Conversation, reply: Reply) -> None:
        assert self.outbound is not None
        try:
            await self.outbound(state, reply)
        except Exception:  # it stands in the conversation, and is counted
            self.unsent += 1
            _log.exception("a reply of the staff was not sent to channel %s", state.channel)

    def _check_owner(self, state: Conversation, staff: str) -> None:
        """Raises Conflict where another person has the conversation."""
        if state.status == "person" and state.staff != staff:
            raise Conflict("conversation", f"{state.staff} has it", "ask them, or take another one")

    def _check_has(self, state: Conversation, staff: str) -> None:
        self._check_owner(state, staff)
        if state.status != "person":
            raise Conflict("conversation", f"nobody has it (it is {state.status})", "take it first")

    def _check_topic(self, where: str, topic: str) -> None:
        topics = self._all.book.topics
        if topic not in topics and topic != self.scope:
            raise InputError(where, f"there is no topic {topic[:60]!r}", nearest(topic, topics))


def _item(state: Conversation, now: float) -> QueueItem:
    return QueueItem(
        **history.head(state, mask(state.customer), now),
        messages=state.messages,
        last_text=state.last_text,
        topics=list(state.topics),
    )


def _exported(event: Event) -> dict[str, object]:
    return {
        "conversation": event.item,
        "kind": event.kind.lstrip("$"),
        "time": event.at,
        "data": msgspec.to_builtins(event.data or {}),
    }

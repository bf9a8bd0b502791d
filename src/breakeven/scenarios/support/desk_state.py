"""All conversations that are under way, in memory: rebuilt from the log at the start, kept up to date by every record.

Those that wait for a person, or have one, all stay. Of the bot's own and of closed ones the last MOST stay; others are rebuilt from their
records when somebody writes in them again (`rebuilt`). A conversation that a replay meets in its middle is `partial` until then.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Callable, Iterable
from itertools import takewhile
from typing import Any

import msgspec

from breakeven.online.event import ERASED, Event, user_digest
from breakeven.scenarios.support import conversation_state
from breakeven.scenarios.support.conversation_state import Conversation
from breakeven.scenarios.support.transcript import KINDS, MESSAGE, TOPIC

#: Conversations of the bot, and closed ones, that are kept in memory.
MOST = 20_000
#: Seconds of waiting that a conversation of high risk has ahead of others.
AHEAD = 1_800.0
#: A conversation that stands in no conversation: what `POST /v1/feedback` says of questions.
NOWHERE = ""


class DeskState:
    """The conversations by id. It is a `Saved` state of a `LiveLog`."""

    key = "support conversations 2"

    def __init__(self, most: int = MOST) -> None:
        self._most, self._settled = most, False
        #: Those of the bot and closed ones, the one touched longest ago first; and those of people.
        self._idle, self._people = OrderedDict[str, Conversation](), dict[str, Conversation]()
        #: When something last happened in the bot's conversations that were let go, the one let go first first.
        self._far = OrderedDict[str, float]()
        #: The last conversation of a channel's customer.
        self._of_customer = dict[tuple[str, str], str]()
        self.partial = set[str]()
        self.listeners = list[Callable[[Conversation, Event], None]]()
        #: Topics that were named, of the desk and of feedback.
        self.labels = 0

    def apply(self, event: Event) -> None:
        """Take in the next record of the log; other kinds than a conversation's and an erasure's are not its own."""
        if event.kind == ERASED:
            self._erase(event.item)
            return
        self.labels += event.kind == TOPIC
        if event.kind not in KINDS or event.item == NOWHERE or event.item in self.partial:
            return
        state = self.find(event.item)
        if state is None:
            if event.kind != MESSAGE or not (event.data or {}).get("begins"):
                self.partial.add(event.item)
                return
            state = conversation_state.begun(event)
        conversation_state.apply(state, event)
        self._put(state)
        for listener in self.listeners:
            listener(state, event)

    def find(self, conversation: str) -> Conversation | None:
        """A conversation that is in memory, as a whole."""
        return self._people.get(conversation) or self._idle.get(conversation)

    def of_customer(self, channel: str, customer: str) -> str | None:
        """The last conversation of a channel's customer, where it is in memory."""
        return self._of_customer.get((channel, customer))

    def rebuilt(self, events: Iterable[Event]) -> Conversation | None:
        """A conversation from all of its records, put into memory; None where there are none."""
        state: Conversation | None = None
        for event in events:
            if event.kind in KINDS:
                state = state or conversation_state.begun(event)
                conversation_state.apply(state, event)
        if state is not None:
            self.partial.discard(state.id)
            self._put(state)
        return state

    def settle(self, read: Callable[[str], Iterable[Event]]) -> None:
        """End the replay: read conversations that it met in their middle, and let go of those beyond the most."""
        for conversation in sorted(self.partial):
            self.rebuilt(read(conversation))
        self.partial.clear()
        self._settled = True
        self._let_go()

    def idle_since(self, before: float) -> list[str]:
        """Ids of the bot's conversations in which nothing happened since a time, the oldest first; those that were let go among them."""
        let_go = takewhile(lambda pair: pair[1] < before, self._far.items())
        near = takewhile(lambda state: state.last_at < before, self._idle.values())
        return [*(key for key, _ in let_go), *(state.id for state in near if state.status == "bot")]

    def forget(self, conversation: str) -> None:
        """A conversation that was let go is not there any more."""
        self._far.pop(conversation, None)

    def queue(self, status: str, most: int) -> list[Conversation]:
        """At most so many conversations of a status: those that should be answered first first; the bot's newest first."""
        if status == "bot":
            newest = (state for state in reversed(self._idle.values()) if state.status == "bot")
            return [state for state, _ in zip(newest, range(most), strict=False)]
        return heapq.nsmallest(most, (s for s in self._people.values() if s.status == status), key=urgency)

    def counts(self) -> dict[str, int]:
        """How many conversations have each status; of the closed ones those in memory."""
        out = {"waiting": 0, "person": 0, "bot": len(self._far), "closed": 0}
        for state in (*self._people.values(), *self._idle.values()):
            out[state.status] += 1
        return out

    def snapshot(self) -> dict[str, Any]:
        """All conversations in memory as JSON."""
        everyone = [*self._idle.values(), *self._people.values()]
        return {
            "conversations": msgspec.to_builtins(everyone),
            "labels": self.labels,
            "partial": sorted(self.partial),
            "far": list(self._far.items()),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take the conversations of a snapshot."""
        self.labels, self.partial, self._far = state["labels"], set(state["partial"]), OrderedDict(state["far"])
        for one in msgspec.convert(state["conversations"], list[Conversation]):
            self._put(one)

    def _put(self, state: Conversation) -> None:
        self._far.pop(state.id, None)
        if state.silent:
            self._idle.pop(state.id, None)
            self._people[state.id] = state
        else:
            self._people.pop(state.id, None)
            self._idle[state.id] = state
            self._idle.move_to_end(state.id)
        if state.addressed:
            self._of_customer[state.channel, state.customer] = state.id
        if self._settled:
            self._let_go()

    def _let_go(self) -> None:
        while len(self._idle) > self._most:
            _, state = self._idle.popitem(last=False)
            if state.status == "bot":
                self._far[state.id] = state.last_at
            self._forget_customer(state)

    def _forget_customer(self, state: Conversation) -> None:
        if self._of_customer.get((state.channel, state.customer)) == state.id:
            del self._of_customer[state.channel, state.customer]

    def _erase(self, digest: str) -> None:
        everyone = (*self._people.values(), *self._idle.values())
        for state in [s for s in everyone if user_digest(s.customer) == digest]:
            self._people.pop(state.id, None)
            self._idle.pop(state.id, None)
            self._forget_customer(state)


def urgency(state: Conversation) -> float:
    """When a conversation should have been answered: the earlier, the sooner it is. High risk counts as half an hour of waiting."""
    return state.waits_since - (AHEAD if state.risk else 0.0)

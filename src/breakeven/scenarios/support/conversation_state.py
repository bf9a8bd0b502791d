"""Where a conversation stands, rebuilt from its records one by one: nothing but records changes it.

What a reply leaves open (a question of a form, a choice between topics) stands in the reply's record, so that the masked text of a message
never has to be read again.

>>> from breakeven.online.event import Event
>>> state = Conversation("c1", "ann", "web", opened=0.0)
>>> for kind, data in ((MESSAGE, {"text": "agent"}), (HANDOFF, {"reason": "asked for a person"}), (TAKEN, {"staff": "Li"})):
...     apply(state, Event("ann", "c1", kind, 60.0, data=data))
>>> state.status, state.staff, state.number
('person', 'Li', 3)
"""

from __future__ import annotations

from typing import Literal

import msgspec

from breakeven.online.event import Event
from breakeven.scenarios.support.transcript import (
    CLOSED,
    HANDOFF,
    MESSAGE,
    REPLY,
    RETURNED,
    TAKEN,
    TOPIC,
    Status,
)

#: Ids of the last messages that are known again from memory; older ones are looked up in the log.
MOST_IDS = 32
#: Characters of the last message that a queue shows.
SHOWN = 160


class Pending(msgspec.Struct, omit_defaults=True):
    """What the bot waits for: a `choice` between topics, or the answer to a slot of a form.

    `filled` has the masked values of the form so far, `tries` counts answers that could not be used.
    """

    kind: Literal["choice", "form"]
    topics: list[str] = []
    form: str = ""
    slot: str = ""
    filled: dict[str, str] = {}
    tries: int = 0


class Conversation(msgspec.Struct, omit_defaults=True):
    """The state of one conversation.

    Attributes
    ----------
    number: how many records it has; `row` is that of the last one in the log, where it was read from there.
    addressed: it belongs to a customer of a channel, where a message brings the customer's name and no conversation's.
    introduced: the customer was told that they write with an AI.
    unclear: how many messages in a row could not be made anything of; `rude` how many were rude.
    same: how many times in a row `topic` was answered.
    waits_since: when the customer began to wait for a person.
    said_at: the channel's time of the newest message, by which late ones are known.
    """

    id: str
    customer: str
    channel: str
    opened: float
    status: Status = "bot"
    number: int = 0
    row: int = 0
    addressed: bool = False
    language: str = ""
    introduced: bool = False
    pending: Pending | None = None
    topic: str | None = None
    same: int = 0
    unclear: int = 0
    rude: int = 0
    messages: int = 0
    last_text: str = ""
    last_at: float = 0.0
    said_at: float = 0.0
    waits_since: float = 0.0
    reason: str | None = None
    risk: bool = False
    staff: str | None = None
    topics: dict[str, float] = {}
    form: dict[str, str] = {}
    ids: list[str] = []

    @property
    def is_open(self) -> bool:
        """Whether it is not closed."""
        return self.status != "closed"

    @property
    def silent(self) -> bool:
        """Whether the bot says nothing: a person has the conversation, or is waited for."""
        return self.status in ("waiting", "person")


def begun(event: Event) -> Conversation:
    """The state before a conversation's first record."""
    data = event.data or {}
    channel = str(data.get("channel", "web"))
    return Conversation(event.item, event.user, channel, event.at, addressed=bool(data.get("addressed")))


def apply(state: Conversation, event: Event) -> None:
    """Take in the next record of the conversation; one that was taken in before changes nothing."""
    if event.number is not None:
        if event.number <= state.row:
            return
        state.row = event.number
    data = event.data or {}
    state.number += 1
    state.last_at = max(state.last_at, event.at)
    if event.kind == MESSAGE:
        _message(state, event)
    elif event.kind == REPLY:
        _reply(state, event)
    elif event.kind == HANDOFF:
        state.status, state.waits_since, state.pending = "waiting", event.at, None
        state.reason, state.risk = data.get("reason"), bool(data.get("risk"))
        state.topics, state.form = dict(data.get("topics") or {}), dict(data.get("form") or {})
    elif event.kind == TAKEN:
        if state.status != "person":  # of two processes' staff who take it at once the first in the log has it
            state.waits_since = state.waits_since if state.silent else event.at
            state.status, state.staff, state.pending = "person", data.get("staff"), None
    elif event.kind == RETURNED:
        _begin_anew(state)
    elif event.kind == CLOSED:
        _begin_anew(state)
        state.status = "closed"
    else:
        assert event.kind == TOPIC, event.kind


def _begin_anew(state: Conversation) -> None:
    """The bot has the conversation and remembers nothing that would send it to a person again."""
    state.status, state.staff, state.pending, state.reason, state.risk = "bot", None, None, None, False
    state.topic, state.same, state.unclear, state.rude = None, 0, 0, 0
    state.topics, state.form = {}, {}


def _message(state: Conversation, event: Event) -> None:
    data = event.data or {}
    if state.status == "closed":
        _begin_anew(state)
        state.introduced = False
    state.messages += 1
    state.last_text = str(data.get("text", ""))[:SHOWN]
    state.said_at = max(state.said_at, float(data.get("said_at", 0.0)))
    if data.get("language"):
        state.language = str(data["language"])
    state.rude += bool(data.get("rude"))
    if state.silent and data.get("risk"):
        state.risk = True
    if event.id is not None:
        state.ids = [*state.ids[1 - MOST_IDS :], event.id]


def _reply(state: Conversation, event: Event) -> None:
    data = event.data or {}
    if data.get("by") == "person":
        return
    state.introduced = True
    waits = data.get("pending")
    state.pending = None if waits is None else msgspec.convert(waits, Pending)
    state.unclear = state.unclear + 1 if data.get("unclear") else 0
    topic = data.get("topic")
    if data.get("decision") == "answer":
        state.same = state.same + 1 if topic == state.topic else 1
        state.topic = topic

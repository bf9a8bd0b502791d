"""The records of a conversation, as they stand in the product's event log, and the reply that a customer sees.

A record is an `online.event.Event`: `user` is the customer, `item` the conversation, `kind` one of the kinds below, `id` the name that the
sender gave it (so that a delivery that is repeated is stored once), and `data` what the kind says it holds. Texts are masked before they
are stored.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from breakeven.scenarios.support.answer_book import Button

#: A customer's message. data: text, channel, language; where they hold: begins (the first of a conversation), addressed (the channel names
#: its customer), said_at (the channel's time), late (one that was said later came earlier), rude, risk, cut (characters left out).
MESSAGE = "$message"
#: A reply. data: text, by ("ai", "person"), and of an AI's: topic, confidence, stage, decision ("answer", "clarify", "form", "talk"), source,
#: `to` (the message's id), language, and where the bot waits for an answer, pending; of a person's: staff. `talk` is what answers no topic:
#: greetings, thanks, notices.
REPLY = "$reply"
#: The conversation waits for a person. data: reason (see `understood.HandoffReason`), topics (names with confidences), form (filled slots).
HANDOFF = "$handoff"
#: A member of the staff has taken the conversation. data: staff.
TAKEN = "$taken"
#: A person gave the conversation back to the bot. data: staff.
RETURNED = "$returned"
#: The conversation is closed. data: by ("customer", "person", "silence"), staff, confirmed (the customer said it was solved: true, false, null).
CLOSED = "$closed"
#: A person named a message's topic. data: message (its id), text, topic, staff; `audit` where the answer was drawn at random to be checked:
#: how many answers it stands for (see `audit.draw`). Of questions that stand in no conversation (POST /v1/feedback) user, item and message
#: are empty.
TOPIC = "$topic"
#: All kinds of records of conversations.
KINDS = (MESSAGE, REPLY, HANDOFF, TAKEN, RETURNED, CLOSED, TOPIC)

Status = Literal["bot", "waiting", "person", "closed"]


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a customer sees. `by` says who wrote it, and is shown; `source` is cited."""

    text: str
    by: Literal["ai", "person"]
    buttons: tuple[Button, ...] = ()
    source: str | None = None

"""One contact as the desk's figures see it: from a customer's first message until it is settled, and what came of it.

Definitions (those of Chatwoot's Captain reports, 2026-07, and of Intercom where it counts confirmed resolutions):

- A **contact** starts with a customer's message. It is closed by a `$closed` record. A message within seven days of that reopens it; a later
  one starts another contact of the same conversation.
- It was **handed off** when a `$handoff` was recorded, and **touched by a person** when a person replied.
- It was **resolved autonomously** when it was closed without either, the customer confirmed it, and it was never reopened. Silence is no
  confirmation.
- It is **assisted** when the bot answered in it and a person replied too.
- A contact that was closed for the first time without a person, and confirmed, is **durable** when it was not reopened within seven days; until
  then that is not decided.
"""

from __future__ import annotations

from breakeven.online.event import Event
from breakeven.scenarios.support.transcript import CLOSED, HANDOFF, MESSAGE, REPLY, RETURNED

#: Seconds after which a closed contact is settled.
SETTLED = 7 * 86_400.0
#: Decisions of the bot's replies that are an answer to what was asked; a greeting or a notice is none.
ANSWERS = ("answer", "clarify", "form")
#: What became of contacts without a person, by which they are counted.
ENDS = ("confirmed", "silent", "unsolved", "reopened")


class Contact:
    """The state of one contact; `take` is O(1)."""

    __slots__ = (
        "bot_answered_at",
        "closed",
        "closed_at",
        "confirmed",
        "first_closed_at",
        "handed_at",
        "human",
        "language",
        "messages",
        "person_answered_at",
        "reason",
        "reopened",
        "resolved_first",
        "started_at",
        "topic",
        "waiting_since",
    )

    def __init__(self, started_at: float, language: str) -> None:
        self.started_at, self.language, self.topic = started_at, language, ""
        self.messages = 0
        self.bot_answered_at: float | None = None
        self.person_answered_at: float | None = None
        self.handed_at: float | None = None
        self.waiting_since: float | None = None
        self.reason = ""
        self.human = self.closed = self.reopened = self.resolved_first = False
        self.closed_at = 0.0
        self.first_closed_at: float | None = None
        self.confirmed: bool | None = None

    def take(self, record: Event) -> None:
        """Count a record."""
        data = record.data or {}
        if record.kind == MESSAGE:
            self.messages += 1
            self.reopened |= self.closed
            self.closed = False
        elif record.kind == REPLY and data.get("by") == "person":
            self.human, self.waiting_since = True, None
            if self.person_answered_at is None:
                self.person_answered_at = record.at
        elif record.kind == REPLY and data.get("decision") in ANSWERS:
            self.topic = self.topic or str(data.get("topic") or "")
            if self.bot_answered_at is None:
                self.bot_answered_at = record.at
        elif record.kind == HANDOFF:
            self._handed(record.at, data)
        elif record.kind == RETURNED:
            self.waiting_since = None
        elif record.kind == CLOSED:
            self.closed, self.closed_at, self.confirmed = True, record.at, data.get("confirmed")
            self.waiting_since = None
            if self.first_closed_at is None:
                self.first_closed_at = record.at
                self.resolved_first = self.confirmed is True and not self.person_needed

    def _handed(self, at: float, data: object) -> None:
        self.waiting_since = at if self.waiting_since is None else self.waiting_since
        if self.handed_at is not None or not isinstance(data, dict):
            return
        self.handed_at, self.reason = at, str(data.get("reason") or "not said")
        topics = data.get("topics")
        if isinstance(topics, dict) and topics:
            self.topic = self.topic or str(max(topics, key=lambda name: topics[name]))

    @property
    def person_needed(self) -> bool:
        """Whether it was handed off or a person replied."""
        return self.human or self.handed_at is not None

    @property
    def end(self) -> str:
        """What became of it, where it was finished without a person: one of `ENDS`, "" where it was not."""
        if self.person_needed or not (self.closed or self.reopened):
            return ""
        if self.reopened:
            return "reopened"
        return "confirmed" if self.confirmed else "unsolved" if self.confirmed is False else "silent"

    def counted(self) -> dict[str, int]:
        """What it adds to the figures: counts by name."""
        out: dict[str, int] = {"handled": 1, "depth": self.messages, "depth2": self.messages**2}
        if self.bot_answered_at is not None:
            out["answered_by_bot"] = 1
        if self.human and self.bot_answered_at is not None:
            out["assisted"] = 1
        if self.bot_answered_at is None and self.person_answered_at is None:
            out["unanswered"] = 1
        if self.handed_at is not None:
            out["handed_off"] = 1
            out["not_replied"] = int(not self.human)
            out[f"reason.{self.reason}"] = 1
        if self.first_closed_at is not None:
            out["closed"] = 1
            out["reopened"] = int(self.reopened)
            out["resolved_first"] = int(self.resolved_first)
        if self.closed:
            out["ended"] = 1
        if self.person_needed or self.closed or self.reopened:
            out["finished"] = 1
        if self.end:
            out["without_person"] = out[f"end.{self.end}"] = 1
        return out

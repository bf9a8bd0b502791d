"""What the desk achieves, counted record by record as the field counts it; see `contact` for the definitions and `figures` for what is shown.

`Evidence.take` is O(1) a record (amortised), so that the live service keeps it beside its log; taking a whole log again gives the same
figures. Only sums by day are kept of contacts that are settled, so memory grows with the contacts of the last days, and with the days.

A customer's erasure leaves the sums as they are, which hold nothing of a person; counted again from the log, they are without that customer.
"""

from __future__ import annotations

import heapq
from array import array
from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from breakeven.online.event import Event
from breakeven.scenarios.support.audit import Answered
from breakeven.scenarios.support.contact import SETTLED, Contact
from breakeven.scenarios.support.transcript import KINDS, MESSAGE, REPLY, TOPIC

DAY = 86_400.0
#: Seconds for which answers can be drawn and checked.
CHECKED = 30 * DAY
#: What is counted by language and topic.
BY_GROUP = ("handled", "finished", "without_person", "end.confirmed", "handed_off")


@dataclass
class Day:
    """Sums over the contacts that started on a day: counts by name, those of groups by (kind, name), and waiting times in seconds.

    `waits`: of the bot's first answers, of people's since each hand-off, and of whoever answered first.
    """

    counts: Counter[str] = field(default_factory=Counter)
    groups: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    waits: dict[str, array[float]] = field(
        default_factory=lambda: {name: array("d") for name in ("bot", "people", "first")}
    )


class Evidence:
    """The state of all figures.

    >>> from breakeven.scenarios.support.transcript import CLOSED
    >>> evidence = Evidence()
    >>> evidence.take(Event("ann", "c1", MESSAGE, 0.0, id="m1", data={"text": "fees?", "language": "en"}))
    >>> evidence.take(Event("ann", "c1", REPLY, 1.0, data={"by": "ai", "decision": "answer", "topic": "fees", "to": "m1"}))
    >>> evidence.take(Event("ann", "c1", CLOSED, 9.0, data={"by": "customer", "confirmed": True}))
    >>> evidence.days[0].counts["end.confirmed"]
    1
    """

    def __init__(self) -> None:
        self.days: dict[int, Day] = {}
        self.live: dict[str, Contact] = {}
        self.answers: OrderedDict[str, Answered] = OrderedDict()
        self.unmatched_checks = 0
        self.strays = 0
        self._due: list[tuple[float, int, str, Contact]] = []
        self._serial = 0
        self._checked: dict[str, tuple[int, bool, float]] = {}

    @classmethod
    def of(cls, records: Iterable[Event]) -> Evidence:
        """Of a log."""
        evidence = cls()
        for record in records:
            evidence.take(record)
        return evidence

    def apply(self, event: Event) -> None:
        """Take in the next event of a live log."""
        self.take(event)

    def take(self, record: Event) -> None:
        """Count a record; those of other kinds, and topics that were named outside of a conversation, are passed over."""
        if record.kind not in KINDS:
            return
        self.settle(record.at)
        if record.kind == TOPIC:
            self._check(record)
            return
        contact = self.live.get(record.item)
        if record.kind == MESSAGE and (contact is None or (contact.closed and record.at > contact.closed_at + SETTLED)):
            contact = self.live[record.item] = Contact(record.at, str((record.data or {}).get("language") or "und"))
        elif contact is None:
            self.strays += 1  # a reply or a closing of a conversation in which no customer said anything
            return
        else:
            self._count(contact, -1)
        first, before = contact.first_closed_at, (contact.bot_answered_at, contact.person_answered_at)
        waiting = contact.waiting_since
        contact.take(record)
        self._count(contact, 1)
        self._waited(contact, before, waiting, record)
        self._remember(record, contact)
        if contact.closed:
            self._due_at(contact.closed_at + SETTLED, record.item, contact)
        if first is None and contact.first_closed_at is not None and contact.resolved_first:
            self._due_at(contact.first_closed_at + SETTLED, "", contact)

    def settle(self, now: float) -> None:
        """Decide what seven days have decided by `now`, and forget contacts that can change no more."""
        while self._due and self._due[0][0] <= now:
            at, _, conversation, contact = heapq.heappop(self._due)
            if not conversation:
                counts = self._day(contact.started_at).counts
                counts["durable_decided"] += 1
                counts["durable"] += not contact.reopened
            elif contact.closed and contact.closed_at + SETTLED == at and self.live.get(conversation) is contact:
                del self.live[conversation]
        while self.answers and next(iter(self.answers.values())).at + CHECKED < now:
            self.answers.popitem(last=False)

    def checks(self, since: float) -> list[tuple[int, bool, float]]:
        """Checks of answers: the day, whether the answer was wrong, and for how many it stands; of days that begin at or after `since`."""
        return [check for check in self._checked.values() if start_of(check[0]) >= since]

    def is_checked(self, message: str) -> bool:
        """Whether a person checked the answer to a message that had been drawn."""
        return message in self._checked

    def _due_at(self, at: float, conversation: str, contact: Contact) -> None:
        self._serial += 1
        heapq.heappush(self._due, (at, self._serial, conversation, contact))

    def _day(self, at: float) -> Day:
        return self.days.setdefault(day_of(at), Day())

    def _count(self, contact: Contact, sign: int) -> None:
        day, counted = self._day(contact.started_at), contact.counted()
        for name, count in counted.items():
            day.counts[name] += sign * count
        for group in (("language", contact.language), ("topic", contact.topic)):
            if group[1]:
                sums = day.groups.setdefault(group, Counter())
                for name in BY_GROUP:
                    sums[name] += sign * counted.get(name, 0)

    def _waited(
        self, contact: Contact, before: tuple[float | None, float | None], waiting: float | None, record: Event
    ) -> None:
        """Keep a waiting time when it ends: a contact's first answers, and a person's first reply after each hand-off."""
        if record.kind != REPLY:
            return
        waits = self._day(contact.started_at).waits
        after = (contact.bot_answered_at, contact.person_answered_at)
        if before[0] is None and after[0] is not None:
            waits["bot"].append(max(after[0] - contact.started_at, 0.0))
        if waiting is not None and contact.waiting_since is None:
            waits["people"].append(max(record.at - waiting, 0.0))
        if before == (None, None) and after != (None, None):
            waits["first"].append(max(record.at - contact.started_at, 0.0))

    def _remember(self, record: Event, contact: Contact) -> None:
        """Keep which topic a message was answered with, so that it can be drawn and checked."""
        data = record.data or {}
        message = data.get("to")
        if record.kind == REPLY and data.get("decision") == "answer" and isinstance(message, str):
            said = str(data.get("topic") or "")
            self.answers[message] = Answered(message, record.item, said, record.at, contact.language)

    def _check(self, record: Event) -> None:
        """A person said what a message meant; it counts for the error where it was drawn at random (`audit`)."""
        data = record.data or {}
        weight = data.get("audit")
        if not isinstance(weight, int | float) or isinstance(weight, bool) or weight <= 0:
            return
        answer = self.answers.get(str(data.get("message")))
        if answer is None:
            self.unmatched_checks += 1
            return
        self._checked[answer.message] = (day_of(answer.at), data.get("topic") != answer.topic, float(weight))


def day_of(at: float) -> int:
    """The number of the day of a time since 1970 began, in UTC.

    >>> day_of(DAY), day_of(DAY - 1)
    (1, 0)
    """
    return int(at // DAY)


def start_of(day: int) -> float:
    """When a day begins, in seconds since 1970."""
    return day * DAY

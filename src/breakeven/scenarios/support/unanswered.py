"""What could not be answered, week by week: handed-off questions in groups of like ones, so that a company sees which answers it lacks.

Groups are made by average linkage on TF-IDF vectors of words and pieces of words. It needs no model, and gives the same groups for the same
questions.
"""

from __future__ import annotations

import hashlib
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import comb

import msgspec
import numpy as np

from breakeven.core.types import Array
from breakeven.online.event import ERASED, Event, user_digest
from breakeven.scenarios.support.question_vectors import vectors
from breakeven.scenarios.support.transcript import HANDOFF, MESSAGE, TOPIC

WEEK = 7 * 86_400.0
#: Weeks that are kept, most questions that are kept, and most that are grouped at a time, the newest.
KEPT, MOST, GROUPED = 4, 20_000, 2_000
#: Messages that are remembered until it is known whether they are handed off.
LAST = 1_000
#: The mean cosine of the questions of two groups from which on they are one; see LAB.md for others.
ALIKE = 0.07
#: Questions of a group that are shown, and letters of each.
EXAMPLES, LENGTH = 3, 200
#: Reasons of hand-offs that say an answer was lacking; who asks for a person, or fills in a form, asks nothing.
LACKING = ("out of scope", "not sure", "no answer written", "language")
#: A group grows where chance alone would bring so many more this week less often than this.
BY_CHANCE = 0.05


@dataclass(frozen=True)
class Open:
    """A question that was handed off; `nearest` is the topic that was likeliest, "" where there was none."""

    customer: str
    conversation: str
    message: str
    text: str
    at: float
    language: str
    reason: str
    nearest: str


class Group(msgspec.Struct, frozen=True):
    """Like questions.

    `size` are those of the last seven days, `before` those of the seven days before; `growing`: that is more than chance. `members` are
    (conversation, message) of both weeks, `nearest` the topic that was likeliest most often.
    """

    name: str
    size: int
    before: int
    growing: bool
    examples: tuple[str, ...]
    nearest: str
    languages: dict[str, int]
    reasons: dict[str, int]
    members: tuple[tuple[str, str], ...]


class Groups(msgspec.Struct, frozen=True):
    """The groups, the largest first. `questions` of the last seven days in all, `before` of those before them; `alone`: like no other.

    `left_out` were too many to be looked at.
    """

    questions: int
    before: int
    alone: int
    left_out: int
    groups: tuple[Group, ...]


class Unanswered:
    """Handed-off questions of the last weeks, kept beside a live log."""

    def __init__(self) -> None:
        self.questions = deque[Open]()
        self._last = OrderedDict[str, Event]()

    def apply(self, event: Event) -> None:
        """Take in the next event of the log."""
        data = event.data or {}
        if event.kind == MESSAGE:
            self._last[event.item] = event
            self._last.move_to_end(event.item)
            if len(self._last) > LAST:
                self._last.popitem(last=False)
        elif event.kind == HANDOFF and data.get("reason") in LACKING:
            self._keep(event, data)
        elif event.kind == TOPIC:
            self.questions = deque(one for one in self.questions if one.message != data.get("message"))
        elif event.kind == ERASED:
            self._last = OrderedDict((k, e) for k, e in self._last.items() if user_digest(e.user) != event.item)
            self.questions = deque(one for one in self.questions if user_digest(one.customer) != event.item)

    def _keep(self, event: Event, data: object) -> None:
        asked = self._last.get(event.item)
        if asked is None or asked.id is None or not isinstance(data, dict):
            return
        said, topics = asked.data or {}, data.get("topics") or {}
        text = str(said.get("text") or "").strip()
        if text:
            nearest = max(topics, key=lambda name: topics[name]) if topics else ""
            language, reason = str(said.get("language") or "und"), str(data["reason"])
            self.questions.append(
                Open(event.user, event.item, asked.id, text, event.at, language, reason, str(nearest))
            )
        while self.questions and (self.questions[0].at < event.at - KEPT * WEEK or len(self.questions) > MOST):
            self.questions.popleft()


def groups(questions: Iterable[Open], now: float) -> Groups:
    """Groups of the questions of the two weeks before `now`."""
    recent = sorted((q for q in questions if now - 2 * WEEK < q.at <= now), key=lambda q: (q.at, q.message))
    looked_at = recent[-GROUPED:]
    labels = clustered(vectors([one.text for one in looked_at])) if looked_at else []
    together: dict[int, list[Open]] = {}
    for one, label in zip(looked_at, labels, strict=True):
        together.setdefault(label, []).append(one)
    found = [_group(some, now) for some in together.values() if len(some) > 1]
    shown = sorted((g for g in found if g.size), key=lambda g: (-g.size, g.before, g.name))
    fresh = sum(one.at > now - WEEK for one in recent)
    alone = sum(len(some) == 1 and some[0].at > now - WEEK for some in together.values())
    return Groups(fresh, len(recent) - fresh, alone, len(recent) - len(looked_at), tuple(shown))


def clustered(rows: Array, alike: float = ALIKE) -> list[int]:
    """A number for each row (n, d), whose products are cosines: groups by average linkage, cut where their mean cosine falls below `alike`.

    Merges are found by the nearest-neighbour chain (Murtagh 1983) in O(n^2). Numbers go by size, the largest group has 0.
    """
    n = len(rows)
    close = (rows @ rows.T).astype(np.float64)
    np.fill_diagonal(close, -np.inf)
    sizes, group, chain = np.ones(n), list(range(n)), list[int]()
    alive = np.ones(n, dtype=bool)
    for _ in range(n - 1):
        a, b = _next_pair(close, alive, chain)
        if close[a, b] >= alike:
            group = [a if g == b else g for g in group]
        merged = (sizes[a] * close[a] + sizes[b] * close[b]) / (sizes[a] + sizes[b])
        close[a], close[:, a] = merged, merged
        close[a, a] = -np.inf
        close[b], close[:, b] = -np.inf, -np.inf
        sizes[a] += sizes[b]
        alive[b] = False
    members: dict[int, list[int]] = {}
    for row, g in enumerate(group):
        members.setdefault(g, []).append(row)
    labels = [0] * n
    for number, some in enumerate(sorted(members.values(), key=lambda rows_: (-len(rows_), rows_[0]))):
        for row in some:
            labels[row] = number
    return labels


def _next_pair(close: Array, alive: Array, chain: list[int]) -> tuple[int, int]:
    """Two groups that are each other's nearest, found along a chain that is kept from call to call; ties go to the chain's last but one."""
    if not chain:
        chain.append(int(alive.argmax()))
    while True:
        row = close[chain[-1]]
        nearest = int(row.argmax())
        if len(chain) > 1 and row[chain[-2]] >= row[nearest]:
            a, b = sorted((chain.pop(), chain.pop()))
            return a, b
        chain.append(nearest)


def grows(size: int, before: int) -> bool:
    """Whether more questions this week than the week before are more than chance: a one-sided sign test.

    >>> grows(5, 0), grows(3, 1), grows(12, 3)
    (True, False, True)
    """
    n = size + before
    return n > 0 and float(sum(comb(n, k) for k in range(size, n + 1)) / 2**n) < BY_CHANCE


def _group(some: Sequence[Open], now: float) -> Group:
    rows = vectors([one.text for one in some])
    central = (rows @ rows.mean(axis=0)).tolist()
    order = sorted(range(len(some)), key=lambda i: (-central[i], some[i].message))
    examples = list(dict.fromkeys(some[i].text[:LENGTH] for i in order))[:EXAMPLES]
    size = sum(one.at > now - WEEK for one in some)
    nearest = Counter(one.nearest for one in some if one.nearest)
    first = min(some, key=lambda one: (one.at, one.message))
    return Group(
        name=hashlib.blake2b(first.message.encode(), digest_size=6).hexdigest(),
        size=size,
        before=len(some) - size,
        growing=grows(size, len(some) - size),
        examples=tuple(examples),
        nearest=min(nearest, key=lambda name: (-nearest[name], name), default=""),
        languages=dict(sorted(Counter(one.language for one in some).items())),
        reasons=dict(sorted(Counter(one.reason for one in some).items())),
        members=tuple((one.conversation, one.message) for one in some),
    )

"""Questions that could not be answered: what is kept, what is forgotten, and what groups say."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest

from breakeven.online.event import ERASED, Event, user_digest
from breakeven.scenarios.support.question_vectors import features, vectors
from breakeven.scenarios.support.transcript import HANDOFF, MESSAGE, TOPIC
from breakeven.scenarios.support.unanswered import LACKING, WEEK, Groups, Unanswered, groups, grows

NOW = 10 * WEEK


class Log:
    """Questions that are handed off."""

    def __init__(self) -> None:
        self.kept, self._n = Unanswered(), count()

    def ask(
        self, text: str, at: float = NOW - 60, reason: str = "out of scope", customer: str = "ann", topic: str = "fees"
    ) -> str:
        n = next(self._n)
        conversation, message = f"c{n}", f"c{n}/m"
        data = {"text": text, "language": "zh" if text[:1] > "\u3000" else "en"}
        self.kept.apply(Event(customer, conversation, MESSAGE, at, id=message, data=data))
        topics = {"hours": 0.1, topic: 0.3}
        self.kept.apply(Event(customer, conversation, HANDOFF, at, data={"reason": reason, "topics": topics}))
        return message

    def groups(self, now: float = NOW) -> Groups:
        return groups(self.kept.questions, now)


def test_like_questions_are_one_group_with_its_growth() -> None:
    log = Log()
    for n in range(6):
        log.ask(f"do you lend against crypto currency number {n}")
    log.ask("can I borrow against my crypto currency", at=NOW - WEEK - 60)
    log.ask("where is your parking garage")
    log.ask("公积金贷款怎么办理")
    log.ask("请问公积金贷款如何办理")
    found = log.groups()
    first, second = found.groups
    assert (first.size, first.before, first.growing) == (6, 1, False) and len(first.members) == 7
    assert (second.size, second.languages) == (2, {"zh": 2})
    assert first.nearest == "fees" and first.reasons == {"out of scope": 7}
    assert (found.questions, found.before, found.alone, found.left_out) == (9, 1, 1, 0)
    assert 1 <= len(first.examples) <= 3 and "crypto" in first.examples[0]


def test_the_same_questions_give_the_same_groups() -> None:
    one, other = Log(), Log()
    texts = [f"{word} account {n}" for word in ("close", "joint", "child") for n in range(4)]
    for text in texts:
        one.ask(text)
        other.ask(text)
    assert one.groups() == other.groups()


@pytest.mark.parametrize("reason", ["asked for a person", "form finished", "profanity", "topic for a person"])
def test_who_asks_for_a_person_lacks_no_answer(reason: str) -> None:
    log = Log()
    log.ask("agent please", reason=reason)
    assert not log.kept.questions and reason not in LACKING


def test_what_was_named_is_left_out() -> None:
    log = Log()
    message = log.ask("do you lend against crypto")
    log.kept.apply(Event("ann", "c0", TOPIC, NOW, data={"message": message, "topic": "crypto"}))
    assert not log.kept.questions


def test_an_erased_customer_is_forgotten() -> None:
    log = Log()
    log.ask("do you lend against crypto")
    log.ask("do you lend against gold", customer="bo")
    log.kept.apply(Event("", user_digest("ann"), ERASED, NOW))
    assert [one.customer for one in log.kept.questions] == ["bo"]


def test_old_questions_go() -> None:
    log = Log()
    log.ask("do you lend against crypto", at=NOW - 5 * WEEK)
    log.ask("do you lend against gold")
    assert [one.text for one in log.kept.questions] == ["do you lend against gold"]


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_question_is_none(text: str) -> None:
    log = Log()
    log.ask(text)
    assert not log.kept.questions


def test_questions_without_letters_stand_alone() -> None:
    log = Log()
    for text in ("😀😀", "!!!", "<card>"):
        log.ask(text)
    assert (log.groups().alone, log.groups().groups) == (3, ())


def test_nothing_to_group_is_said() -> None:
    assert Log().groups() == Groups(0, 0, 0, 0, ())


def test_masks_are_no_words() -> None:
    assert features("<phone> lost") == features("lost")


def test_products_are_cosines_of_all_features() -> None:
    rows = vectors(["lost card", "lost my card", "lost card", "😀"])
    assert (rows @ rows.T)[0, [0, 2, 3]] == pytest.approx([1, 1, 0])
    assert 0 < rows[0] @ rows[1] < 1 and np.linalg.norm(rows[1]) < 1


@pytest.mark.parametrize(
    ("size", "before", "more"), [(0, 0, False), (4, 0, False), (5, 0, True), (9, 3, False), (10, 3, True)]
)
def test_growth_is_more_than_chance(size: int, before: int, more: bool) -> None:
    assert grows(size, before) is more

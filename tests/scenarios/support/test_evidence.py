"""The desk's figures: silence is no success, checks of hand-picked answers are no sample, what nobody declared is compared with nothing."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest

from breakeven.metrics.intervals import wilson
from breakeven.online.event import Event
from breakeven.scenarios.support import audit
from breakeven.scenarios.support.audit import Answered
from breakeven.scenarios.support.evidence import Evidence, day_of, start_of
from breakeven.scenarios.support.figures import Figures, figures, quantile
from breakeven.scenarios.support.settings import Human, Settings
from breakeven.scenarios.support.transcript import CLOSED, HANDOFF, MESSAGE, REPLY, RETURNED, TOPIC

DAY = 86_400.0
DECLARED = Settings(human=Human(minutes_to_first_answer=10, usd_per_contact=4), declared=True)


class Log:
    """Records of conversations, written in short."""

    def __init__(self) -> None:
        self.records: list[Event] = []
        self._ids = count()

    def __call__(self, conversation: str, kind: str, at: float, **data: object) -> None:
        number = f"m{next(self._ids)}"
        self.records.append(Event("ann", conversation, kind, at, id=number, data=data))

    def answered(self, conversation: str, at: float = 0.0, topic: str = "fees") -> str:
        """A question that the bot answers a second later; returns the message's id."""
        self(conversation, MESSAGE, at, text="?", language="en")
        message = str(self.records[-1].id)
        self(conversation, REPLY, at + 1, by="ai", decision="answer", topic=topic, to=message)
        return message

    def figures(self, now: float = DAY, settings: Settings = DECLARED, days: float | None = None) -> Figures:
        """The figures of all of it."""
        return figures(Evidence.of(self.records), settings, now, days)


def test_silence_is_no_success() -> None:
    log = Log()
    for n, confirmed in enumerate([True, None, False]):
        log.answered(f"c{n}")
        log(f"c{n}", CLOSED, 60.0, by="silence", confirmed=confirmed)
    found = log.figures()
    assert {end: s.count for end, s in found.ends.items()} == {
        "confirmed": 1,
        "silent": 1,
        "unsolved": 1,
        "reopened": 0,
    }
    assert (found.autonomous.count, found.autonomous.of, found.automation.count) == (1, 3, 3)


def test_a_confirmed_contact_that_comes_back_is_a_resolution_no_more() -> None:
    log = Log()
    log.answered("c")
    log("c", CLOSED, 60.0, confirmed=True)
    assert log.figures().autonomous.count == 1
    log.answered("c", 2 * DAY)
    found = log.figures(3 * DAY)
    assert (found.autonomous.count, found.ends["reopened"].count, found.reopened.value) == (0, 1, 1.0)
    assert (found.durable.of, found.undecided) == (0, 1)
    assert log.figures(8 * DAY).durable.value == 0.0


def test_after_seven_days_it_is_another_contact() -> None:
    log = Log()
    log.answered("c")
    log("c", CLOSED, 60.0, confirmed=True)
    log.answered("c", 8 * DAY)
    found = log.figures(9 * DAY)
    assert (found.handled, found.reopened.count, found.durable.value) == (2, 0, 1.0)


def test_a_contact_that_a_person_touched_is_assisted_not_autonomous() -> None:
    log = Log()
    log.answered("c")
    log("c", HANDOFF, 30.0, reason="not sure", topics={"fees": 0.4})
    log("c", REPLY, 330.0, by="person", staff="bo")
    log("c", CLOSED, 400.0, by="customer", confirmed=True)
    found = log.figures()
    assert (found.autonomous.count, found.assisted.count, found.reasons) == (0, 1, {"not sure": 1})
    assert found.first_answer["bot"].median.value == 1.0
    assert found.first_answer["people"].median.value == 300.0
    assert found.first_answer["first"].median.value == 1.0


def test_a_hand_off_that_came_to_nothing_does_not_lengthen_the_next() -> None:
    """A first answer after days in the bot's hands is measured from the hand-off that it answers."""
    log = Log()
    log.answered("c")
    log("c", HANDOFF, 30.0, reason="not sure", topics={})
    log("c", RETURNED, 60.0, staff="bo")
    log("c", CLOSED, 90.0, confirmed=None)
    log.answered("c", 4 * DAY)
    log("c", HANDOFF, 4 * DAY + 5, reason="not sure", topics={})
    assert log.figures(5 * DAY).not_replied.count == 1
    log("c", REPLY, 4 * DAY + 605, by="person", staff="bo")
    found = log.figures(5 * DAY)
    assert found.first_answer["people"].median.value == 600.0
    assert found.not_replied.count == 0


def test_a_greeting_is_no_first_answer() -> None:
    log = Log()
    log("c", MESSAGE, 0.0, text="hi", language="en")
    log("c", REPLY, 1.0, by="ai", decision="talk")
    found = log.figures()
    assert (found.unanswered, found.first_answer["first"].count) == (1, 0)


def test_only_answers_drawn_at_random_say_how_many_are_wrong() -> None:
    log = Log()
    ids = [log.answered(f"c{n}", float(n)) for n in range(4)]
    log("c0", TOPIC, 100.0, message=ids[0], topic="card", staff="bo")
    assert (log.figures().checked, log.figures().error.value) == (0, None)
    log("c1", TOPIC, 100.0, message=ids[1], topic="card", staff="bo", audit=1.0)
    log("c2", TOPIC, 100.0, message=ids[2], topic="fees", staff="bo", audit=3.0)
    found = log.figures()
    assert (found.checked, found.error.value) == (2, 0.25)
    low, high = wilson(0.25, 16 / 10)
    assert (found.error.low, found.error.high) == pytest.approx((low, high))


def test_the_last_check_of_an_answer_counts() -> None:
    log = Log()
    message = log.answered("c")
    for topic in ("card", "fees"):
        log("c", TOPIC, 100.0, message=message, topic=topic, audit=1.0)
    assert (log.figures().checked, log.figures().error.value) == (1, 0.0)


def test_a_check_of_an_unknown_answer_is_counted() -> None:
    log = Log()
    log("c", TOPIC, 100.0, message="gone", topic="fees", audit=1.0)
    assert (log.figures().unmatched, log.figures().checked) == (1, 0)


@pytest.mark.parametrize("weight", [0, -1, True, "2", None])
def test_a_weight_that_is_none_is_no_sample(weight: object) -> None:
    log = Log()
    message = log.answered("c")
    log("c", TOPIC, 100.0, message=message, topic="card", audit=weight)
    assert log.figures().checked == 0


def test_a_reply_without_a_question_is_counted_apart() -> None:
    log = Log()
    log("c", REPLY, 0.0, by="person")
    evidence = Evidence.of(log.records)
    assert (evidence.strays, figures(evidence, DECLARED, 1.0).handled) == (1, 0)


def test_without_a_declared_baseline_there_are_no_dollars() -> None:
    log = Log()
    log.answered("c")
    log("c", CLOSED, 60.0, confirmed=True)
    found = log.figures(settings=Settings())
    assert (found.usd_per_contact, found.baseline, found.hours_saved) == (None, None, None)
    base = log.figures().baseline
    assert base is not None and base.faster is not None and base.cheaper == -1.0
    assert base.faster == pytest.approx(1 / 600 - 1)


def test_without_contacts_every_share_is_open() -> None:
    found = figures(Evidence(), DECLARED, 5.0)
    assert (found.handled, found.automation.value, found.error.value, found.depth.value) == (0, None, None, None)
    assert found.baseline is not None and found.baseline.cheaper is None


def test_days_are_those_on_which_contacts_began() -> None:
    log, midnight = Log(), start_of(3)
    log.answered("old", midnight - 1)
    log.answered("new", midnight + 1)
    assert log.figures(midnight + 60, days=1).handled == 1
    assert log.figures(midnight + 60).handled == 2


def test_settled_contacts_are_forgotten() -> None:
    log = Log()
    for n in range(50):
        log.answered(f"c{n}")
        log(f"c{n}", CLOSED, 60.0, confirmed=True)
    evidence = Evidence.of(log.records)
    assert len(evidence.live) == 50
    evidence.settle(40 * DAY)
    assert (len(evidence.live), len(evidence.answers)) == (0, 0)


def test_languages_and_topics_need_enough_contacts() -> None:
    log = Log()
    for n in range(12):
        log.answered(f"c{n}", topic="fees" if n else "card")
    found = log.figures()
    assert [(g.name, g.handled) for g in found.languages] == [("en", 12)]
    assert [g.name for g in found.topics] == ["fees"]


@pytest.mark.parametrize(("n", "most"), [(100, 30), (7, 30), (1000, 299)])
def test_a_sample_stands_for_all(n: int, most: int) -> None:
    chance = np.random.default_rng(0)
    answers = [Answered(f"m{i}", "c", str(chance.choice(["a", "b", "c"], p=[0.9, 0.09, 0.01])), 0.0) for i in range(n)]
    drawn = audit.draw(answers, most, seed=3)
    assert len(drawn) == min(n, most) == len({d.answer.message for d in drawn})
    assert sum(d.weight for d in drawn) == pytest.approx(n)
    assert {d.answer.topic for d in drawn} == {a.topic for a in answers}
    assert drawn == audit.draw(answers[::-1], most, seed=3) or sorted(d.answer.message for d in drawn) == sorted(
        d.answer.message for d in audit.draw(answers[::-1], most, seed=3)
    )


def test_more_topics_than_places_are_drawn_from_all() -> None:
    drawn = audit.draw([Answered(f"m{i}", "c", f"t{i}", 0.0) for i in range(40)], 5, seed=0)
    assert (len(drawn), sum(d.weight for d in drawn)) == (5, 40.0)


def test_the_audit_finds_the_error_of_all_answers() -> None:
    """Over many draws the estimate is right on average, though topics differ in error and size."""
    wrong = {f"m{i}": i % 10 == 0 if i < 900 else i % 2 == 0 for i in range(1000)}
    answers = [Answered(m, "c", "big" if i < 900 else "small", 0.0) for i, m in enumerate(wrong)]
    means = []
    for seed in range(200):
        drawn = audit.draw(answers, 100, seed)
        means.append(audit.error([(wrong[d.answer.message], d.weight) for d in drawn]).value or 0.0)
    assert np.mean(means) == pytest.approx(0.14, abs=0.006)


def test_the_interval_of_a_quantile_holds_nine_times_of_ten() -> None:
    chance, held = np.random.default_rng(1), 0
    for _ in range(1000):
        found = quantile(np.sort(chance.exponential(1, 80)), 0.5)
        held += (found.low or 0) <= np.log(2) <= (found.high or 9)
    assert held / 1000 >= 0.87


def test_days_begin_at_midnight() -> None:
    assert day_of(start_of(5)) == 5 and day_of(start_of(5) - 1) == 4

"""What the desk learns from its log, over HTTP: figures, answers to check, questions without an answer; and after a start the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.support.desk_pages import fill, running


def test_figures_are_the_same_after_a_start(tmp_path: Path) -> None:
    with running(tmp_path) as desk:
        fill(desk)
        before = desk.get("v1/desk/figures?days=7")
    with running(tmp_path) as desk:
        after = desk.get("v1/desk/figures?days=7")
        assert {**after, "until": 0} == {**before, "until": 0}
        assert after["handled"] == 9 and after["ends"]["silent"]["count"] == 1 and after["autonomous"]["count"] == 2


def test_an_erased_customer_is_in_no_group_after_that(tmp_path: Path) -> None:
    with running(tmp_path) as desk:
        fill(desk)
        assert desk.get("v1/desk/unanswered")["questions"] == 4
        desk.asked("v1/desk/customers/Bo%20Chen", None, 200, "DELETE")
        found = desk.get("v1/desk/unanswered")
        assert found["questions"] == 3 and "lend against" not in str(found)


def test_questions_of_a_group_become_labels(tmp_path: Path) -> None:
    with running(tmp_path) as desk:
        fill(desk)
        members = desk.get("v1/desk/unanswered")["groups"][0]["members"]
        messages = [message for _, message in members]
        named = desk.post("v1/desk/unanswered", {"staff": "Li", "topic": "fees", "messages": [*messages, "gone"]})
        assert named == {"topic": "fees", "named": 2, "gone": 1}
        entries = desk.get(f"v1/desk/conversations/{members[0][0]}")["entries"]
        assert [(e["topic"], e["staff"]) for e in entries if e["kind"] == "topic"] == [("fees", "Li")]
        assert desk.get("v1/desk/unanswered")["groups"] == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"staff": "Li", "topic": "feees", "messages": ["m"]}, "did you mean 'fees'"),
        ({"staff": "Li", "topic": "  ", "messages": ["m"], "new": True}, "no letters"),
        ({"staff": "", "topic": "fees", "messages": ["m"]}, "staff"),
        ({"staff": "Li", "topic": "fees", "messages": []}, "messages"),
        ({"topic": "fees", "messages": ["m"]}, "staff"),
        ({"staff": "Li", "topic": "fees", "messages": ["m"], "news": True}, "new"),
    ],
)
def test_a_group_that_is_named_wrongly(tmp_path: Path, body: dict[str, object], said: str) -> None:
    with running(tmp_path) as desk:
        fill(desk)
        assert said in str(desk.post("v1/desk/unanswered", body, status=422))
        assert desk.get("v1/desk/unanswered")["questions"] == 4


def test_answers_are_drawn_until_they_are_checked(tmp_path: Path) -> None:
    with running(tmp_path) as desk:
        fill(desk)
        found = desk.get("v1/desk/audit")
        assert (found["needed"], found["checked"], found["of"], len(found["answers"])) == (299, 0, 5, 5)
        first = found["answers"][0]
        assert first["topic"] in ("hours", "fees") and first["question"] and first["answer"] and first["weight"] == 1.0
        body = {"staff": "Li", "topic": first["topic"], "message": first["message"], "audit": first["weight"]}
        desk.post(f"v1/desk/conversations/{first['conversation']}/topic", body)
        again = desk.get("v1/desk/audit")
        assert (again["checked"], len(again["answers"])) == (1, 4)
        assert first["message"] not in [one["message"] for one in again["answers"]]


def test_canned_answers_have_their_variables(tmp_path: Path) -> None:
    with running(tmp_path) as desk:
        found = desk.get("v1/desk/answers")["answers"]
        assert found["hours"] == {"en": "We are open from 9 am to 6 pm.", "zh": "营业时间为9 am至18点。"}
        assert "loan" not in found  # a person's topic
        assert "rates" not in found  # its variable has no value


def test_a_foreign_page_is_shown_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as desk:
        fill(desk)
        for path in ("unanswered", "audit", "answers", "figures", "queue"):
            refused = desk.asked(f"v1/desk/{path}", None, 403, browser="Mozilla/5.0")
            assert "not sent by the service's own page" in str(refused), path


def test_an_empty_desk_has_empty_figures(tmp_path: Path) -> None:
    with running(tmp_path) as desk:
        assert desk.get("v1/desk/unanswered") == {"questions": 0, "before": 0, "alone": 0, "left_out": 0, "groups": []}
        assert desk.get("v1/desk/figures")["handled"] == 0 and desk.get("v1/desk/audit")["answers"] == []


def test_questions_of_no_topic_can_be_marked(tmp_path: Path) -> None:
    with running(tmp_path) as desk:
        key = desk.say("do you sell bicycles")["conversation"]
        assert desk.get("v1/desk/topics")["topics"]["oos"] == {"en": "none of the topics", "zh": "不属于任何主题"}
        named = desk.post(f"v1/desk/conversations/{key}/topic", {"staff": "Li", "topic": "oos"})
        assert named["topic"] == "oos"

"""The company's book of answers: its three forms, and every way to write it wrong."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from breakeven.core.errors import InputError
from breakeven.scenarios.support.answer_book import AnswerBook, Button
from breakeven.scenarios.support.sources import answer_file, answer_pages
from breakeven.scenarios.support.sources.answer_file import read_answers
from tests.scenarios.support.sources.conftest import Read, said

QUESTIONS = {"q.csv": "question,topic\nlost card,lost_card\n卡丢了,lost_card\nwhen open,hours\n投诉你们,complaint\n"}


def book(tmp_path: Path, text: str, name: str = "answers.yaml", languages: tuple[str, ...] = ()) -> AnswerBook:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read_answers(tmp_path / name, languages)


def documented(doc: str | None, start: str, end: str) -> str:
    assert doc is not None
    return textwrap.dedent(doc[doc.index(start) : doc.index(end) if end else None])


def test_the_documented_yaml_is_read(tmp_path: Path) -> None:
    found = book(tmp_path, documented(answer_file.__doc__, "    languages:", "Kinds of slots"))
    hours = found.topics["opening_hours"].answer
    assert (
        hours is not None
        and hours.text["zh"] == "我们{opens}开门，电话{phone}。"
        and hours.source == "https://example.com/help/hours"
    )
    assert hours.buttons[1] == Button({"en": "Talk to us", "zh": "联系我们"}, send="agent")
    assert found.topics["complaint"].hand_over and not found.topics["complaint"].answerable
    assert [slot.kind for slot in found.forms["block_card"].slots] == ["card", "date"] and found.forms[
        "block_card"
    ].slots[1].optional
    assert (
        found.languages == ("en", "zh")
        and found.variables == {"opens": "9 am", "phone": "400-800-1234"}
        and found.never == ("within the hour",)
    )


def test_the_documented_page_is_read(tmp_path: Path) -> None:
    found = book(tmp_path, documented(answer_pages.__doc__, "    ## opening_hours", ""), "answers.md")
    answer = found.topics["opening_hours"].answer
    assert answer is not None and answer.text == {"en": "We are open from 9 am.", "zh": "我们上午九点开门。"}
    assert (
        answer.buttons == (Button({"en": "Find a branch"}, url="https://example.com/branches"),)
        and answer.source == "https://example.com/help"
    )


def test_values_stay_as_they_are_written(tmp_path: Path) -> None:
    found = book(tmp_path, "variables: {opens: 09:00, off: no, big: 1e3, day: 2026-01-02}\ntopics: {a: x}\n")
    assert found.variables == {"opens": "09:00", "off": "no", "big": "1e3", "day": "2026-01-02"}


def test_a_text_alone_is_of_its_own_language_if_that_is_answered(tmp_path: Path) -> None:
    found = book(
        tmp_path,
        "languages: [en, zh]\ntopics:\n  a: 免费停车\n  b: Parking is free\n  c: ¿Dónde está?\n  d: {zh: 好}\n",
    )
    assert [t.answer.text for t in found.topics.values() if t.answer] == [
        {"zh": "免费停车"},
        {"en": "Parking is free"},
        {"en": "¿Dónde está?"},
        {"zh": "好"},
    ]


@pytest.mark.parametrize(
    "table",
    [
        "topic,language,answer,link,link_label\nhours,en,From 9,https://x.example,Branches\nhours,zh,九点起,https://x.example,网点\ncomplaint,,,,\n",
        "topic,answer_en,answer_zh,url,button\nhours,From 9,九点起,https://x.example,Branches\n",
        "Topic,en,zh,link,button\nhours,From 9,九点起,https://x.example,Branches\n",
        "主题,答案,链接,按钮\nhours,From 9,https://x.example,Branches\nhours,九点起,,\n",
    ],
)
def test_answers_as_a_table(tmp_path: Path, table: str) -> None:
    found = book(tmp_path, table, "answers.csv", ("en", "zh"))
    answer = found.topics["hours"].answer
    assert (
        answer is not None
        and answer.text == {"en": "From 9", "zh": "九点起"}
        and answer.buttons == (Button({"en": "Branches"}, url="https://x.example"),)
    )


def test_titles_and_hand_overs_of_a_table(tmp_path: Path) -> None:
    found = book(
        tmp_path,
        "topic,en,title_en,title_zh,hand_over,source\na,Yes,A title,标题,,https://s\nb,,,,yes,\n",
        "answers.csv",
    )
    assert (
        found.topics["a"].title == {"en": "A title", "zh": "标题"}
        and found.topics["b"].hand_over
        and found.languages == ("en",)
    )


TOPIC = "topics:\n  a:\n    answer: Hello\n    {}\n"
FORM = "topics: {{a: x}}\nforms:\n  f:\n    done: ok\n    slots:\n      - {}\n"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("topics:\n\ta: x\n", "line 2: not YAML"),
        ("topics: {a: x}\ntopic: {b: y}\n", "unknown key 'topic'; did you mean 'topics'"),
        ("topics: {a: x, a: y}\n", "the key 'a' is given twice"),
        ("languages: [en]\n", "topics: no topic"),
        ("- a\n", "expected keys and values"),
        ("topics: [a]\n", "topics: expected keys and values"),
        ("languages: english\ntopics: {a: x}\n", "languages: expected a list"),
        ("languages: [English]\ntopics: {a: x}\n", "no code of a language"),
        ("variables: {opening hours: x}\ntopics: {a: x}\n", "cannot stand in a text"),
        ("variables: {opens: }\ntopics: {a: x}\n", "variables.opens: expected a text"),
        ("topics: {a: }\n", "topics.a"),
        (TOPIC.format("hand_over: maybe"), "topics.a.hand_over: 'maybe' is not true or false"),
        (TOPIC.format("anwser: x"), "topics.a: unknown key 'anwser'; did you mean 'answer'"),
        (TOPIC.format("title: {English: x}"), "topics.a.title: 'English' is no code"),
        (TOPIC.format("form: block"), "topics.a.form: there is no form 'block'"),
        (TOPIC.format("buttons: x"), "topics.a.buttons: expected a list"),
        (TOPIC.format("buttons: [{label: x}]"), "either what it sends or a url"),
        (TOPIC.format("buttons: [{label: x, send: a, url: https://b}]"), "either what it sends or a url"),
        (TOPIC.format("buttons: [{send: a}]"), "a button has a label"),
        (TOPIC.format("buttons: [{label: x, url: 'javascript:alert(1)'}]"), "no address"),
        (TOPIC.format("buttons: [{label: x, url: 'www.x.example'}]"), "no address"),
        ("topics: {a: {form: f}}\n", "topics.a: form without an answer"),
        (FORM.format("{name: c, ask: x}"), r"slots\[0\]: a slot without kind"),
        (FORM.format("{name: c, kind: crad, ask: x}"), "unknown kind 'crad'; did you mean 'card'"),
        (FORM.format("{name: c, kind: choice, ask: x}"), "two choices or more"),
        (FORM.format("{name: c, kind: text, ask: x, choices: [a, b]}"), "to no other"),
        (FORM.format("{name: c, kind: text, ask: x, pattern: '['}"), "no regular expression"),
        (FORM.format("{name: my card, kind: card, ask: x}"), "cannot stand in a text"),
        (FORM.format("{name: c, kind: card, ask: x}\n      - {name: c, kind: date, ask: y}"), "two slots are called 'c'"),
        ("topics: {a: x}\nforms: {f: {done: x}}\n", "a form has slots, and done"),
        ("topics: {a: x}\nforms: {f: {slots: [{name: c, kind: card, ask: x}]}}\n", "a form has slots, and done"),
    ],
)  # fmt: skip
def test_mistakes_are_named_by_key(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        book(tmp_path, text)


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("answers.csv", "a,b\n1,2\n", "no columns for the topic and its answer"),
        ("answers.csv", "topic,answer\n,x\n", "line 2: a row without a topic"),
        ("answers.csv", "topic,answer\na,one\na,two\n", "line 3: a second answer to 'a' in en"),
        ("answers.csv", "topic,answer,link\na,one,javascript:x\n", "no address"),
        ("answers.csv", "topic,answer,hand_over\na,one,maybe\n", "not true or false"),
        ("answers.md", "text\n", "no heading with a text below it"),
        ("answers.md", "## a\nx\n## a\ny\n", "line 3: the topic 'a' is given twice"),
        ("answers.docx", "x", "ending '.docx' is not read"),
    ],
)
def test_mistakes_of_the_other_forms(tmp_path: Path, name: str, text: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        book(tmp_path, text, name)


def test_a_book_that_is_not_there(read: Read) -> None:
    with pytest.raises(InputError, match="no such file; check support"):
        read(QUESTIONS, "q.csv", answers="answers.yaml")


@pytest.mark.parametrize(
    ("answers", "what"),
    [
        ("topics: {hours: 'From {opens}'}\n", r"topics.hours: the variable \{opens\} has no value"),
        ("variables: {opens: 9}\ntopics: {hours: 'From {open}'}\n", "did you mean 'opens'"),
        (
            "topics: {hours: x}\nforms: {f: {done: '{card} and {date}', slots: [{name: card, kind: card, ask: x}]}}\n",
            r"forms.f.done: the variable \{date\}",
        ),
        (
            "topics: {hours: x}\nforms: {f: {done: ok, slots: [{name: card, kind: card, ask: '{x}'}]}}\n",
            "forms.f.slots: the variable",
        ),
        ("topics: {hours: Guaranteed  Returns!}\n", "topics.hours.answer.en: it holds 'guaranteed returns'"),
        ("topics: {hours: {answer: {zh: 绝对保本}}}\n", "topics.hours.answer.zh: it holds '保本'"),
        ("never: [from nine]\ntopics: {hours: 'We open FROM NINE'}\n", "it holds 'from nine'"),
    ],
)
def test_mistakes_between_the_parts(read: Read, answers: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read({**QUESTIONS, "answers.yaml": answers}, "q.csv", answers="answers.yaml")


def test_the_brief_gives_values_and_switches_promises_off(read: Read) -> None:
    answers = "variables: {opens: 9}\ntopics: {hours: 'From {opens}, risk free'}\n"
    material = read(
        {**QUESTIONS, "answers.yaml": answers},
        "q.csv",
        answers="answers.yaml",
        variables={"opens": "8"},
        never=["-no risk", "at once"],
    )
    assert (
        material.book.variables == {"opens": "8"}
        and "at once" in material.book.never
        and "risk free" not in material.book.never
    )


def test_what_lacks_an_answer_a_question_or_a_language_is_said(read: Read) -> None:
    answers = "languages: [en, zh]\ntopics:\n  hourz: From 9\n  lost_card: {answer: Blocked}\n  complaint: {hand_over: true}\n"
    material = read({**QUESTIONS, "answers.yaml": answers}, "q.csv", answers="answers.yaml")
    assert said(material, "topics without an answer") == ["1 of 3 topics have no answer: 'hours'"]
    assert said(material, "answers without a topic") == [
        "1 answer is to a topic without a question: 'hourz'; 'hourz' (did you mean 'hours'?)"
    ]
    assert said(material, "answers missing in a language") == ["2 answers are not written in zh: 'hourz', 'lost_card'"]
    assert material.book.answer("complaint", "zh") is None and material.book.topics["lost_card"].title == {
        "en": "Lost card"
    }


def test_the_companys_own_answer_stands_above_that_of_its_data(read: Read) -> None:
    files = {
        "q.csv": "question,topic,answer\nlost card,lost,From the data\nfees,fees,No fees\n",
        "answers.yaml": "topics: {lost: Mine}\n",
    }
    material = read(files, "q.csv", answers="answers.yaml")
    found = {name: topic.answer.text for name, topic in material.book.topics.items() if topic.answer}
    assert found == {"lost": {"en": "Mine"}, "fees": {"en": "No fees"}}


def test_promises_in_the_data_are_not_given(read: Read) -> None:
    material = read({"q.csv": "question,answer\nsafe?,It is 100% safe\nfees?,None\n"}, "q.csv")
    assert material.book.topics["safe?"].answer is None
    assert said(material, "answers") == ["1 answers of the data hold what is never promised (safe?: '100% safe')"]

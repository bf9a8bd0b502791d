"""Topics that cannot be told apart."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from breakeven.scenarios.support.answer_book import AnswerBook
from breakeven.scenarios.support.material import Question
from breakeven.scenarios.support.sources.checks import findings
from tests.scenarios.support.sources.conftest import Read, said

SHARED = Path(__file__).parents[5] / "shared" / "data" / "cs-clinc150" / "data_full.json.gz"


def test_a_question_under_two_topics(read: Read) -> None:
    rows = "lost card,a\nLOST  card,b\n卡丢了,a\n卡丢了,c\n貸款,a\n贷款,b\nfees,a\n"
    material = read({"q.csv": f"question,topic\n{rows}"}, "q.csv")
    assert said(material, "same question, several topics") == [
        "3 questions stand under several topics, such as 'lost card' under 'a', 'b'; most often 'a' and 'b'"
    ]
    assert next(f for f in material.findings if f.kind == "same question, several topics").where == (2, 3, 4, 5, 6)


def test_topics_with_the_same_questions_or_names(read: Read) -> None:
    rows = "one,a\ntwo,a\nthree,a\none,b\ntwo,b\nfour,Lost Card\nfive,lost_card\nsix,d\n"
    material = read({"q.csv": f"question,topic\n{rows}"}, "q.csv")
    assert said(material, "topics alike") == [
        "2 pairs of topics can hardly be told apart: 'Lost Card' and 'lost_card'; 'a' and 'b'"
    ]


def test_topics_with_the_same_words(read: Read) -> None:
    words = ("my card is lost", "i lost my card", "card lost today", "lost the card")
    rows = "".join(f"{text},a\n{text}!,b\n" for text in words) + "".join(f"how much is fee {i},c\n" for i in range(4))
    material = read({"q.csv": f"question,topic\n{rows}"}, "q.csv")
    assert said(material, "topics alike") == ["1 pair of topics can hardly be told apart: 'a' and 'b'"]


def test_topics_that_differ_are_not_called_alike(read: Read) -> None:
    material = read({"q.csv": "question,topic\nlost card,a\nopening hours,b\nloan rate,c\n"}, "q.csv")
    assert not said(material, "topics alike") and not said(material, "same question, several topics")


@pytest.mark.skipif(not SHARED.is_file(), reason="../shared/data/cs-clinc150 is absent")
def test_few_of_150_real_topics_are_called_alike() -> None:
    with gzip.open(SHARED) as file:
        questions = [Question(text, topic) for text, topic in json.load(file)["train"]]
    found = [f for f in findings(questions, AnswerBook({}), None) if f.kind == "topics alike"]
    assert sum(f.count for f in found) <= 2

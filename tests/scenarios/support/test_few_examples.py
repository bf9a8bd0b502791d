"""A FAQ alone makes a desk that asks which topic is meant, and promises nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakeven import pipeline
from breakeven.core.verdict import part, read
from breakeven.scenarios import registry
from breakeven.scenarios.support.answer_book import Answer, AnswerBook, Topic
from breakeven.scenarios.support.few_examples import ENOUGH, filled_up
from breakeven.scenarios.support.material import Material, Question
from breakeven.scenarios.support.understanding import Understander
from breakeven.scenarios.support.verdict_section import SupportSection

FAQ = """# Questions
## How do I get a refund?
Write to us within 14 days. We send the money back in a week, to the same card.
## 怎么修改密码？
请在登录页点“忘记密码”。新密码至少八位，包含数字。
## Where is my parcel?
Open your orders in the app; the carrier's number stands there. Parcels take three days.
## Do you ship abroad?
Yes, to all of Europe. Duties are paid by you, when the parcel arrives.
"""


@pytest.fixture(scope="module")
def faq(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faq")
    (folder / "faq.md").write_text(FAQ, encoding="utf-8")
    brief = "name: faq\nscenario: support\ndata: faq.md\nlimits: {minutes: 1}\nsupport: {candidates: [linear_svm]}\n"
    (folder / "product.yaml").write_text(brief, encoding="utf-8")
    pipeline.build(registry.load_brief(folder))
    return folder


def test_nothing_is_promised_from_a_faq_alone(faq: Path) -> None:
    verdict = read(faq / "build" / "latest" / "verdict.json")
    own = part(SupportSection, verdict.section)
    assert not own.certified and own.automation.value == 0.0 and own.desk is None
    assert "Let people answer for now" in verdict.sentence.en and "人工" in verdict.sentence.zh
    assert any("stand in for questions" in finding.done for finding in verdict.findings)


def test_a_faq_alone_asks_which_topic_is_meant(faq: Path) -> None:
    models = Understander(registry.load_product(faq))
    refund, password = models.understand(["can I have a refund", "忘记密码怎么修改"])
    assert (refund.decision, refund.guesses[0].topic) == ("clarify", "How do I get a refund?")
    assert (password.decision, password.guesses[0].topic) == ("clarify", "怎么修改密码？")


def test_topics_with_enough_questions_are_left_as_they_are() -> None:
    topic = Topic(answer=Answer(text={"en": "One. Two, three."}))
    many = tuple(Question(f"question {i}", "many", "en") for i in range(60))
    few = (Question("why", "few", "en"), Question("who", "person", "en"))
    book = AnswerBook({"many": topic, "few": topic, "person": Topic(hand_over=True)})
    found, count, (said,) = filled_up(Material((*many, *few), book))
    assert found[:62] == (*many, *few) and count == ENOUGH - 1 == len(found) - 62
    assert {q.topic for q in found[62:]} == {"few"} and "'few'" in said.what
    assert filled_up(Material(many, book)) == (many, 0, ())

"""The sample company: enough real questions, an answer to each topic in both languages, nothing for a person to correct."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from breakeven.core import brief_yaml
from breakeven.core.types import Need
from breakeven.scenarios.support import sample
from breakeven.scenarios.support.material import Material
from breakeven.scenarios.support.sources import read_material


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    folder = sample.new(tmp_path_factory.mktemp("sample") / "desk")
    given = brief_yaml.load((folder / "product.yaml").read_text(encoding="utf-8"))
    assert isinstance(given, dict)
    return read_material(Need("desk", "support", given["data"], None, folder, settings=given["support"]))


def test_it_is_of_the_size_that_was_promised(material: Material) -> None:
    by_topic = Counter(q.topic for q in material.labelled if q.line is not None and q.topic in sample_topics())
    assert len(material.labelled) >= 1_000 and len(by_topic) == 43
    assert {language for language, n in Counter(q.language for q in material.questions).items() if n > 400} == {
        "en",
        "zh",
    }
    assert min(by_topic.values()) >= 12


def sample_topics() -> set[str]:
    return {topic for _, topic, _, _ in sample.questions()}


def test_every_topic_is_answered_in_both_languages_or_a_persons(material: Material) -> None:
    for name in sample_topics() - {"oos"}:
        topic = material.book.topics[name]
        assert topic.hand_over or (topic.answer is not None and topic.answer.text.keys() == {"en", "zh"}), name
        assert topic.title.keys() == {"en", "zh"}, name


def test_it_has_what_an_answer_book_can_have(material: Material) -> None:
    answers = [t.answer for t in material.book.topics.values() if t.answer is not None]
    assert len(material.book.forms) == 2 and material.book.variables and any(a.source for a in answers)
    buttons = [b for a in answers for b in a.buttons]
    assert any(b.url for b in buttons) and any(b.send for b in buttons)
    assert {slot.kind for form in material.book.forms.values() for slot in form.slots} >= {
        "card",
        "date",
        "amount",
        "choice",
        "text",
        "phone",
        "email",
    }


def test_nothing_is_wrong_with_it_but_a_faq_in_one_language_each(material: Material) -> None:
    assert {f.kind for f in material.findings} <= {"FAQ", "answers missing in a language"} and material.scope == "oos"


def test_a_question_said_again_is_its_customers() -> None:
    asked = defaultdict[str, list[str]](list)
    for _, topic, _, customer in sample.questions():
        asked[customer].append(topic)
    assert all(len(set(topics)) == 1 for topics in asked.values()) and max(map(len, asked.values())) == 2


def test_it_is_the_same_each_time_and_overwrites_nothing(tmp_path: Path) -> None:
    assert sample.questions() == sample.questions()
    folder = sample.new(tmp_path / "a")
    (folder / "answers.yaml").write_text("mine", encoding="utf-8")
    sample.new(folder)
    assert (folder / "answers.yaml").read_text(encoding="utf-8") == "mine"


def test_its_files_are_part_of_the_package() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))
    assert "scenarios/support/sample_data/*" in project["tool"]["setuptools"]["package-data"]["breakeven"]

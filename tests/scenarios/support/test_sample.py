"""The sample company: enough questions that differ, an answer to each topic in both languages, nothing for a check to warn of."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from breakeven.cli import main
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
    counts = Counter((topic, language) for _, topic, language, _ in sample.questions())
    assert len(counts) == 2 * 18 and set(counts.values()) == {sample.OF_A_TOPIC}
    assert len(material.labelled) == 2 * 18 * sample.OF_A_TOPIC + 1  # and the FAQ's heading
    assert {language for language, n in Counter(q.language for q in material.questions).items() if n > 900} == {
        "en",
        "zh",
    }


def test_no_question_stands_there_twice_and_few_are_nearly_another() -> None:
    held = defaultdict[tuple[str, str], list[str]](list)
    for text, topic, language, _ in sample.questions():
        held[topic, language].append(text)
    texts = [text.lower() for group in held.values() for text in group]
    assert len(set(texts)) == len(texts)
    alike = [(a, b) for group in held.values() for a, b in combinations(group, 2) if sample.likeness(a, b) >= 0.7]
    assert len({b for _, b in alike}) <= 0.02 * len(texts), alike[:5]


def test_every_alternative_is_written_out() -> None:
    assert not [text for text, *_ in sample.questions() if set(text) & set("{}|") or "  " in text]


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


def test_nothing_is_wrong_with_it(material: Material) -> None:
    assert material.findings == () and material.scope == "oos"


def test_a_check_warns_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", str(sample.new(tmp_path / "desk"))])
    said = capsys.readouterr().out
    assert "18 topics, 16 of them with an answer" in said
    warnings = ("missing in a language", "few questions", "without", "near copies", "repeat another", "told apart")
    assert not [kind for kind in warnings if kind in said]


def test_a_customers_second_question_is_on_the_same_topic() -> None:
    asked = defaultdict[str, list[str]](list)
    for _, topic, _, customer in sample.questions():
        asked[customer].append(topic)
    assert all(len(set(topics)) == 1 for topics in asked.values())
    assert Counter(map(len, asked.values()))[2] == 2 * 18 * sample.SAID_AGAIN and max(map(len, asked.values())) == 2


def test_it_is_the_same_each_time_and_overwrites_nothing(tmp_path: Path) -> None:
    assert sample.questions() == sample.questions()
    folder = sample.new(tmp_path / "a")
    (folder / "answers.yaml").write_text("mine", encoding="utf-8")
    sample.new(folder)
    assert (folder / "answers.yaml").read_text(encoding="utf-8") == "mine"


def test_the_documents_say_how_many_questions_it_has() -> None:
    rows = sample.questions()
    for name, words in (("docs/support-data.md", "questions on 17 topics"), ("docs/zh/support-data.md", "17个主题")):
        text = (Path(__file__).parents[3] / name).read_text(encoding="utf-8")
        assert f"{len(rows):,}" in text and words in text and len({topic for _, topic, _, _ in rows}) == 17 + 1


def test_its_files_are_part_of_the_package() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))
    assert "scenarios/support/sample_data/*" in project["tool"]["setuptools"]["package-data"]["breakeven"]

"""From questions and answers to a product that keeps its promise: built, answering files, learning what the staff named."""

from __future__ import annotations

import asyncio
import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from breakeven import pipeline
from breakeven.cli import main
from breakeven.core.errors import InputError
from breakeven.core.types import Interval
from breakeven.core.verdict import part, read
from breakeven.metrics import selective
from breakeven.metrics.selective import Certified
from breakeven.scenarios import registry
from breakeven.scenarios.support import certification, collected, product
from breakeven.scenarios.support.certification import Judged, Model, Promise
from breakeven.scenarios.support.understanding import LONGEST, Understander
from breakeven.scenarios.support.verdict_section import SupportSection
from tests.scenarios.support import desk_folder


def section(folder: Path) -> SupportSection:
    return part(SupportSection, read(folder / "build" / "latest" / "verdict.json").section)


def understander(folder: Path) -> Understander:
    return Understander(registry.load_product(folder))


def test_the_promise_is_kept_on_sealed_questions(desk: Path) -> None:
    own = section(desk)
    assert own.certified and own.upper is not None and own.upper <= own.budget == 0.1
    assert (own.automation.value or 0) > 0.5 and own.error_answered is not None
    assert (own.error_answered.value or 0) <= own.budget
    assert [stage.name for stage in own.stages] == ["linear_svm", "person"]
    assert sum(stage.share for stage in own.stages) == pytest.approx(1.0)
    assert {line.language for line in own.languages} == {"en", "zh"} and all(line.certified for line in own.languages)
    assert own.out_of_scope is not None and (own.out_of_scope.refused.value or 0) > 0.8
    assert own.desk is not None and own.curve and not own.label_value  # all are recognised: more labels bring nothing
    assert [p.automation for p in own.curve] == sorted(p.automation for p in own.curve)
    assert "loan" not in {line.topic for line in own.topics if line.automation > 0}, "a topic for a person is answered"


def test_the_first_sentence_says_what_is_answered(desk: Path) -> None:
    verdict = read(desk / "build" / "latest" / "verdict.json")
    assert (
        "of 100 questions by itself" in verdict.sentence.en
        and "at most 10 % of them wrongly (95 % sure)" in verdict.sentence.en
    )
    assert "能自动回答" in verdict.sentence.zh
    assert "Nothing is answered" not in (desk / "build" / "latest" / "card.md").read_text(encoding="utf-8")


def test_a_message_is_understood_at_once_as_in_a_batch(desk: Path) -> None:
    models = understander(desk)
    texts = ["I lost my card", "贷款利率是多少", "几点开门", "who won the match", "hi, monthly fee thanks"]
    found = models.understand(texts)
    for text, one in zip(texts, found, strict=True):
        alone = models.at_once(text)
        assert alone is not None and (alone.decision, alone.stage, alone.reason) == (
            one.decision,
            one.stage,
            one.reason,
        )
        assert [g.topic for g in alone.guesses] == [g.topic for g in one.guesses]
        np.testing.assert_allclose(
            [g.confidence for g in alone.guesses], [g.confidence for g in one.guesses], atol=1e-6
        )
    assert [f.decision for f in found] == ["answer", "handoff", "answer", "handoff", "answer"]
    assert [f.guesses[0].topic for f in found] == ["lost_card", "loan", "opening_hours", "oos", "fees"]
    assert [f.reason for f in found] == [None, "topic for a person", None, "out of scope", None]
    assert [f.language for f in found] == ["en", "zh", "zh", "en", "en"]
    assert models.understand([]) == []


@pytest.mark.parametrize("text", ["", " ", "😀😀", "x" * 100_000, "\x00\ud83d", "<script>alert(1)</script>"])
def test_a_strange_message_is_no_answer(desk: Path, text: str) -> None:
    (found,) = understander(desk).understand([text])
    assert len(found.guesses) == 3 and found.decision in ("handoff", "clarify")
    assert LONGEST < 100_000


def test_a_file_of_questions_is_answered(desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given, out = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_text("n,Question\n1,when do you open\n2,申请贷款\n3,\n4,账户手续费多少\n", encoding="utf-8")
    assert main(["predict", str(desk), "--input", str(given), "--output", str(out), "--keep", "n"]) == 0
    assert "2 answered, 1 for a person" in capsys.readouterr().out
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["n"] for r in rows] == ["1", "2", "3", "4"]
    assert [r["decision"] for r in rows] == ["answer", "handoff", "", "answer"]
    assert [r["answer"] for r in rows] == ["We open at 9 am.", "", "", "账户免费。"]
    assert rows[2]["error"] and not rows[0]["error"]


def test_a_file_without_questions_is_refused(desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.csv").write_text("text\nhello\n", encoding="utf-8")
    given = ["predict", str(desk), "--input", str(tmp_path / "in.csv"), "--output", str(tmp_path / "out.csv")]
    assert main(given) == 2 and "no column 'question'" in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


def test_topics_that_people_named_are_learned(desk: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(desk, tmp_path / "desk", symlinks=True))
    brief = registry.load_brief(folder)
    with pytest.raises(InputError, match="POST /v1/feedback"):
        registry.get("support").outcomes(brief)

    async def name() -> None:
        service = registry.get("support").service(registry.load_product(folder), folder, {})
        said = await service.conversations.chat("is my dog welcome in the bank")
        await service.conversations.chat("agent", conversation=said.conversation)
        await service.desk.name_topic(said.conversation, "ann", "opening_hours", None)
        await service.close()

    asyncio.run(name())
    (row,) = registry.get("support").outcomes(brief)
    assert row["topic"] == "opening_hours" and row["question"]
    found = pipeline.check(brief)
    more = collected.collect(brief, extra=[row])
    assert len(more.table.rows.open_rows) == len(found.table.rows.open_rows) + 1
    assert len(more.table.rows.test_rows) == len(found.table.rows.test_rows)


def test_a_product_whose_stage_was_exchanged_is_refused(desk: Path, tmp_path: Path) -> None:
    from breakeven.core.errors import ProductError

    folder = Path(shutil.copytree(desk / "build" / "latest" / "product", tmp_path / "product"))
    (folder / "s0" / "model.onnx").write_bytes(b"other")
    with pytest.raises(ProductError, match="changed since it was published"):
        product.load(folder)


def certified(thresholds: tuple[float, ...] | None, count: int, wrong: int, share: float) -> Certified:
    return Certified(thresholds, Interval(share, share, share), wrong, count, 0.01, (share,))


def test_a_language_that_cannot_be_certified_is_not_answered() -> None:
    rng = np.random.default_rng(0)
    n = 3_000
    spoken = np.array(["en", "zh"], dtype=object)[np.arange(n) % 2]
    sure = rng.beta(8, 1, n)
    right = rng.random(n) < np.where(spoken == "en", sure**0.02, 0.7)
    judged = Judged({}, np.zeros(n, dtype=int), np.arange(n), spoken)
    found = certification._by_language(sure[:, None], right[:, None], judged, 0.05, 0.95, (0.0,))
    assert found["en"].thresholds is not None and found["zh"].thresholds is None
    joint = certification._summed(found, n)
    assert joint.thresholds == found["en"].thresholds and joint.count == found["en"].count
    assert sum(joint.stages) == pytest.approx(found["en"].count / n)
    promised = Promise((Model("a", "traditional", {}, Path(), 1.0, 0.1),), joint, found, (), 0.1, None, n)
    assert promised.thresholds_of("zh") == (None,) and promised.thresholds_of("fr") == found["en"].thresholds
    stage = certification.stages_of(promised, sure[:, None], spoken)
    assert (stage[spoken == "zh"] == -1).all() and (stage[spoken == "en"] == 0).mean() > 0.5


def test_one_language_is_certified_with_all_questions() -> None:
    n = 1_000
    judged = Judged({}, np.zeros(n, dtype=int), np.arange(n), np.array(["en"] * 990 + ["zh"] * 10, dtype=object))
    assert certification._by_language(np.ones((n, 1)), np.ones((n, 1), dtype=bool), judged, 0.05, 0.95, (0.0,)) == {}


def test_a_clarifying_question_is_worth_asking() -> None:
    rng = np.random.default_rng(1)
    said = rng.dirichlet(np.full(6, 0.3), 2_000)
    truth = np.array([rng.choice(6, p=p) for p in said])
    least = certification._clarify_from(said, truth, np.arange(2_000), 0.95)
    two = np.sort(said, axis=1)[:, -2:].sum(axis=1)
    asked = two >= (least or 2)
    within = (np.argsort(-said, axis=1)[:, :2] == truth[:, None]).any(axis=1)
    assert least is not None and 0.5 <= least < 1 and within[asked].mean() >= 0.8
    assert certification._clarify_from(said, (truth + 1) % 6, np.arange(2_000), 0.95) is None
    assert certification._clarify_from(said[:0], truth[:0], np.arange(0), 0.95) is None


def test_of_equal_cascades_the_fastest_is_taken() -> None:
    quick, slow = (Model(name, "large", {}, Path(), ms, 0.001) for name, ms in (("quick", 0.2), ("slow", 9.0)))
    both = Promise(
        (quick, slow), Certified((0.5, 0.5), Interval(0.8, 0.8, 0.8), 0, 800, 0.01, (0.7, 0.1)), {}, (), 0.1, None, 1000
    )
    assert certification._milliseconds(both) == pytest.approx(0.2 + 0.3 * 9.0)
    assert certification._gain(both, 4.0) == pytest.approx(1000 * 0.8 * 4.0 - 0.001 * 1.3)
    assert selective.decide(np.array([[0.1, 0.9]]), (0.5, 0.5)).tolist() == [1]


def test_the_folder_of_the_tests_is_read_whole(tmp_path: Path) -> None:
    found = pipeline.check(registry.load_brief(desk_folder.write(tmp_path)))
    assert "630 questions of 6 topics, 4 of them with an answer" in found.overview()
    assert found.scope is not None and found.answerable.tolist().count(True) == 4


def test_a_topic_that_the_desk_made_is_learned(desk: Path) -> None:
    brief = registry.load_brief(desk)
    fresh = [{"question": f"may I bring my dog {i}", "topic": "pets"} for i in range(8)]
    known = {"question": "is the card gone", "topic": "lost_card"}
    found = collected.collect(brief, extra=[*fresh, known])
    assert "pets" in found.table.rows.classes and not found.answerable[found.table.rows.classes.index("pets")]
    assert len(found.table.rows.y) == 630 + 9
    few = collected.collect(brief, extra=fresh[:2])
    assert "pets" not in few.table.rows.classes and len(few.table.rows.y) == 630


def test_a_budget_that_cannot_be_proven_is_named_before_training(tmp_path: Path) -> None:
    folder = desk_folder.write(tmp_path, budget=0.001)
    said = [f for f in pipeline.check(registry.load_brief(folder)).findings if f.kind == "error budget"]
    assert len(said) == 1 and "0.1%" in said[0].what and "2,995 that are answered without an error" in said[0].done
    fine = pipeline.check(registry.load_brief(desk_folder.write(tmp_path / "fine")))
    assert not [f for f in fine.findings if f.kind == "error budget"]


def test_evidence_for_no_topic_at_all_is_a_reason(desk: Path) -> None:
    models = understander(desk)
    models._classes = tuple(f"topic {k}" for k in range(40))
    models._answerable = np.ones(40, dtype=bool)
    assert models._reason(np.array([0.1, *[0.9 / 39] * 39]), 0) == "out of scope"
    assert models._reason(np.array([0.6, 0.4, *[0.0] * 38]), 0) == "not sure"

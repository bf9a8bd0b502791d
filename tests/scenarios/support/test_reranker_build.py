"""A cross-encoder tried when a desk is built: one that knows answers, one that only orders better, one that knows nothing, and none at all."""

from __future__ import annotations

import asyncio
import csv
import json
import random
import string
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from breakeven import pipeline
from breakeven.core.errors import ProductError
from breakeven.core.types import Finding
from breakeven.core.verdict import part, read
from breakeven.metrics.binomial import upper_bound
from breakeven.scenarios import registry
from breakeven.scenarios.support import answer, product, reranker, reranker_trial
from breakeven.scenarios.support.collected import Collected
from breakeven.scenarios.support.product import Loaded
from breakeven.scenarios.support.verdict_section import SupportSection
from tests.scenarios.support import desk_folder, tiny_encoder
from tests.scenarios.support.desk_service import Served
from tests.serving.asgi import running

BRIEF = """
name: desk
scenario: support
data: questions.csv
effort: 1
final: twin
limits: {{minutes: 1{limits}}}
support: {{error_budget: {budget}, answers: answers.yaml, out_of_scope: oos, candidates: [linear_svm]{more}}}
"""
#: A word of each answer, by which the cross-encoder knows its topic.
TOPICS = {"lost_card": "block", "opening_hours": "open", "fees": "free", "password": "login"}


def hard(seed: int, count: int) -> dict[str, str]:
    """Words that nobody has seen with their topics: as many questions."""
    draw = random.Random(seed)
    names = sorted(TOPICS)
    return {"".join(draw.choices(string.ascii_lowercase, k=9)): draw.choice(names) for _ in range(count)}


OPEN, LATER = hard(5, 260), hard(6, 20)


def question(word: str) -> str:
    return f"please tell me about the {word}"


def write(folder: Path, budget: float = 0.15, more: str = "", limits: str = "", chinese: bool = False) -> Path:
    desk_folder.write(folder)
    easy = [(text, topic) for text, topic in desk_folder.rows() if chinese or text.isascii()]
    with (folder / "questions.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [("question", "topic"), *easy, *((question(word), topic) for word, topic in OPEN.items())]
        csv.writer(file).writerows(rows)
    (folder / "product.yaml").write_text(BRIEF.format(budget=budget, more=more, limits=limits), encoding="utf-8")
    return folder


def kinds(known: Mapping[str, str]) -> dict[str, str]:
    return {**known, **{word: topic for topic, word in TOPICS.items()}}


def build(folder: Path, known: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, **brief: Any) -> Path:
    place = tiny_encoder.write(folder / "package", kinds(known), height=6.0)
    monkeypatch.setattr(reranker_trial, "packaged", lambda: place)
    pipeline.build(registry.load_brief(write(folder, **brief)))
    return folder


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A desk whose cross-encoder knows the topics."""
    with pytest.MonkeyPatch.context() as patch:
        yield build(tmp_path_factory.mktemp("reranked"), OPEN | LATER, patch)


def section(folder: Path) -> SupportSection:
    return part(SupportSection, read(folder / "build" / "latest" / "verdict.json").section)


def gate(folder: Path) -> dict[str, Any] | None:
    found: dict[str, Any] = json.loads((folder / "build" / "latest" / "product" / "product.json").read_bytes())
    return found["reranker"]


def files(folder: Path) -> set[str]:
    place = folder / "build" / "latest" / "product" / reranker.STAGE
    return {path.name for path in place.iterdir()} if place.is_dir() else set()


def said(folder: Path) -> list[Finding]:
    return [one for one in read(folder / "build" / "latest" / "verdict.json").findings if one.kind == "reranker"]


def event(folder: Path, name: str) -> dict[str, Any]:
    lines = (folder / "build" / "latest" / "log.jsonl").read_text(encoding="utf-8").splitlines()
    (found,) = [one for one in map(json.loads, lines) if one["event"] == name]
    return dict(found)


def test_one_that_knows_answers_is_a_stage(good: Path) -> None:
    own = section(good)
    assert [(stage.name, stage.route) for stage in own.stages][1:] == [("reranker", "large"), ("person", "person")]
    behind = own.stages[1]
    assert behind.share > 0.1 and behind.wrong is not None and behind.wrong.value == 0
    assert behind.ms is not None and behind.usd_per_1000 is not None and behind.threshold is not None
    assert sum(stage.share for stage in own.stages) == pytest.approx(1)
    assert own.certified and own.upper is not None and own.upper <= own.budget
    (found,) = said(good)
    assert "proven: it answers" in found.done and found.level == "info"


def test_the_proof_is_the_binomial_bound_at_its_part_of_the_error(good: Path) -> None:
    tried, promise = event(good, "reranker"), event(good, "promise")
    assert tried["answers"] and 0 < tried["judged"] < tried["eligible"]
    assert upper_bound(0, tried["judged"], 0.99) <= 0.15
    assert promise["upper"] >= upper_bound(promise["wrong"], promise["of"], 0.96) - 1e-9
    assert tried["second"][1] > tried["second"][0] and tried["first"][1] > tried["first"][0]


def test_customers_are_answered_through_it(good: Path, tmp_path: Path) -> None:
    loaded = registry.load_product(good)
    word, topic = next((word, topic) for word, topic in LATER.items() if topic == "opening_hours")

    async def run() -> None:
        desk = Served(registry.get("support").service(loaded, tmp_path, {}))  # type: ignore[arg-type]
        async with running(desk.app):
            found = await desk.say(question(word))
            assert (found["decision"], found["topic"]) == ("answer", topic)
            (_, packet) = await desk("GET", f"/v1/desk/conversations/{found['conversation']}")
            assert [e["stage"] for e in packet["entries"] if e.get("by") == "ai"] == ["reranker"]
            (family,) = (one for one in desk.service.measured() if one.name == "breakeven_support_reranker")
            assert {s.labels["outcome"]: s.value for s in family.samples} == {"answered": 1}

    asyncio.run(run())


def right(loaded: Loaded) -> int:
    """Of questions that came later, those that a file of them is answered with rightly."""
    found = answer.columns(loaded, {"question": [question(word) for word in LATER]}).columns
    told = zip(found["decision"], found["topic"], LATER.values(), strict=True)
    return sum(decision == "answer" and topic == truth for decision, topic, truth in told)


def test_a_file_of_questions_is_answered_through_it_too(good: Path) -> None:
    loaded = product.load(good / "build" / "latest" / "product")
    assert right(loaded) >= right(replace(loaded, reranker=None)) + len(LATER) / 4


def test_a_changed_graph_is_not_loaded(good: Path) -> None:
    path = good / "build" / "latest" / "product" / reranker.STAGE / reranker.GRAPH
    kept = path.read_bytes()
    path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    try:
        with pytest.raises(ProductError, match="changed since it was published"):
            registry.load_product(good)
    finally:
        path.write_bytes(kept)


def test_what_cannot_be_proven_only_reorders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path, OPEN, monkeypatch, budget=0.02)
    found = gate(tmp_path)
    assert found is not None and found["reorders"] and found.get("threshold") is None
    assert files(tmp_path) == {reranker.GRAPH, reranker.WORDS, reranker.QUESTIONS}
    (stage,) = (one for one in section(tmp_path).stages if one.name == "reranker")
    assert stage.share == 0 and stage.wrong is None and stage.ms is not None
    assert "answers nothing by itself" in said(tmp_path)[0].done


def test_one_that_knows_nothing_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shuffled = dict(zip(OPEN, random.Random(1).sample(list(OPEN.values()), len(OPEN)), strict=True))
    build(tmp_path, shuffled, monkeypatch)
    assert gate(tmp_path) is None and not files(tmp_path)
    assert [stage.name for stage in section(tmp_path).stages] == ["linear_svm", "person"]
    (found,) = said(tmp_path)
    assert "open questions" in found.what and "does without it" in found.done
    assert section(tmp_path).certified, "the own models' promise holds without it"


def collected(folder: Path, **brief: Any) -> Collected:
    found = pipeline.check(registry.load_brief(write(folder, **brief)))
    assert isinstance(found, Collected)
    return found


def test_where_it_is_not_tried_the_own_promise_keeps_all_of_its_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reranker_trial, "packaged", lambda: tmp_path)
    assert reranker_trial.sure_of_own(collected(tmp_path / "a")) == pytest.approx(0.96)
    unlikely = collected(tmp_path / "b", budget=0.02)
    assert not reranker_trial.why_not(unlikely) and reranker_trial.sure_of_own(unlikely) == 0.95
    asked = collected(tmp_path / "c", more=", reranker: none")
    assert reranker_trial.why_not(asked) == "the brief wants none" and reranker_trial.sure_of_own(asked) == 0.95
    mixed = collected(tmp_path / "d", chinese=True)
    monkeypatch.setattr(reranker_trial, "MOSTLY", 0.9)
    assert "English" in reranker_trial.why_not(mixed) and reranker_trial.sure_of_own(mixed) == 0.95
    monkeypatch.setattr(reranker_trial, "packaged", lambda: None)
    assert "not installed" in reranker_trial.why_not(collected(tmp_path / "e"))


def test_one_that_breaks_the_limits_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reranker_trial, "size_mb", lambda place: 40.0 if place.name == reranker.STAGE else 1.0)
    build(tmp_path, OPEN, monkeypatch, limits=", size_mb: 40")
    assert gate(tmp_path) is None and not files(tmp_path) and "41 MB (limit 40)" in said(tmp_path)[0].what


def test_files_in_the_package_that_cannot_be_read_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tiny_encoder.write(tmp_path / "package", kinds(OPEN))
    (place / reranker.GRAPH).write_bytes(b"another")
    monkeypatch.setattr(reranker_trial, "packaged", lambda: place)
    pipeline.build(registry.load_brief(write(tmp_path)))
    assert gate(tmp_path) is None and "not a graph" in said(tmp_path)[0].what


def test_the_packaged_files_are_found_without_the_package() -> None:
    import sys

    place = reranker_trial.packaged()
    if place is None:
        pytest.skip("the package is not installed")
    assert {reranker.GRAPH, reranker.WORDS} <= {path.name for path in place.iterdir()}
    assert reranker_trial.PACKAGE not in sys.modules

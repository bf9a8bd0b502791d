"""A hosted model tried when a desk is built: one that is good enough answers behind the own models, one that is not or is down does not."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from breakeven import pipeline
from breakeven.core.types import Finding, Hosted, Interval
from breakeven.core.verdict import part, read
from breakeven.metrics.binomial import at_most, upper_bound
from breakeven.metrics.selective import Certified
from breakeven.models.hosted import client
from breakeven.scenarios import registry
from breakeven.scenarios.support import hosted_promise, hosted_trial
from breakeven.scenarios.support.certification import Model as OwnModel
from breakeven.scenarios.support.certification import Promise
from breakeven.scenarios.support.collected import Collected
from breakeven.scenarios.support.hosted_promise import Hosting
from breakeven.scenarios.support.hosted_trial import Questions
from breakeven.scenarios.support.understanding import Understander
from breakeven.scenarios.support.verdict_section import SupportSection
from tests.llm_server import Model, serving
from tests.scenarios.support import hosted_desk
from tests.scenarios.support.desk_service import Served
from tests.serving.asgi import running

Desk = tuple[Model, Path]
OWN = OwnModel("linear_svm", "traditional", {}, Path(), 0.4, 0.001)


def section(folder: Path) -> SupportSection:
    return part(SupportSection, read(folder / "build" / "latest" / "verdict.json").section)


def about(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "build" / "latest" / "product" / "product.json").read_bytes())
    return found


def said(folder: Path) -> Finding:
    (found,) = (one for one in read(folder / "build" / "latest" / "verdict.json").findings if one.kind == "hosted")
    return found


def events(folder: Path, name: str) -> list[dict[str, Any]]:
    lines = (folder / "build" / "latest" / "log.jsonl").read_text(encoding="utf-8").splitlines()
    return [one for one in map(json.loads, lines) if one["event"] == name]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk whose hosted model knows the answers, and that model."""
    with serving() as (model, address), pytest.MonkeyPatch.context() as patch:
        patch.setenv("DESK_LLM_KEY", "sk-desk-0815")
        model.answer = hosted_desk.oracle()
        folder = hosted_desk.write(tmp_path_factory.mktemp("hosted"), address, more=", key_env: DESK_LLM_KEY")
        pipeline.build(registry.load_brief(folder))
        yield model, folder


def test_a_good_model_is_a_stage(good: Desk) -> None:
    _, folder = good
    own = section(folder)
    assert [(stage.name, stage.route) for stage in own.stages][1:] == [("hosted", "hosted"), ("person", "person")]
    hosted = own.stages[1]
    assert hosted.candidate == "oracle" and hosted.ms is not None and hosted.usd_per_1000 == pytest.approx(0.1, rel=0.5)
    assert hosted.share > 0 and hosted.wrong is not None and hosted.wrong.value == 0
    assert sum(stage.share for stage in own.stages) == pytest.approx(1)
    assert own.certified and own.upper is not None and own.upper <= own.budget
    assert "proven: it answers" in said(folder).done and said(folder).level == "info"


def test_the_product_names_the_model_and_not_its_key(good: Desk) -> None:
    _, folder = good
    gate = about(folder)["hosted"]
    assert gate["model"] == "oracle" and gate["address"].startswith("http://127.0.0.1") and gate["usd_per_1000"] > 0
    assert gate["key_env"] == "DESK_LLM_KEY"
    for path in (folder / "build").rglob("*"):
        assert not path.is_file() or b"sk-desk-0815" not in path.read_bytes(), path


def test_the_proof_is_the_binomial_bound_at_half_the_error(good: Desk) -> None:
    _, folder = good
    (tried,) = events(folder, "hosted stage")
    assert tried["answers"] and tried["wrong"] == 0 and 0 < tried["answered"] <= tried["asked"] <= tried["eligible"]
    assert upper_bound(0, tried["answered"], 0.975) <= 0.1
    (promise,) = events(folder, "promise")
    assert promise["upper"] <= 0.1 and promise["upper"] >= upper_bound(promise["wrong"], promise["of"], 0.975) - 1e-9


def test_all_that_is_asked_stays_within_the_cap(good: Desk) -> None:
    _, folder = good
    spent = sum(
        one["spent_usd"] for name in ("hosted stage", "hosted on sealed", "hosted") for one in events(folder, name)
    )
    assert 0 < spent <= 1.0


def unsure(folder: Path) -> list[str]:
    """Messages that the own models leave."""
    texts = [" ".join(pair) for pair in itertools.combinations(hosted_desk.WORDS, 2)][:300]
    found = Understander(registry.load_product(folder)).understand(texts)
    return [text for text, one in zip(texts, found, strict=True) if one.reason == "not sure"]


def test_customers_are_answered_through_it(good: Desk, tmp_path: Path) -> None:
    model, folder = good
    first, second, third = unsure(folder)[:3]
    topic, answer_as = "opening_hours", hosted_desk.says

    async def run() -> None:
        desk = Served(registry.get("support").service(registry.load_product(folder), tmp_path, {}))  # type: ignore[arg-type]
        async with running(desk.app):
            model.answer = lambda body: answer_as(topic, f"Hello! {hosted_desk.offered(body)[topic]}")
            answer = await desk.say(first)
            (reply,) = answer["replies"]
            assert (answer["decision"], answer["topic"], reply["source"]) == (
                "answer",
                topic,
                "https://bank.example/hours",
            )
            assert reply["text"].endswith("Hello! We open at 9 am.") and "AI" in reply["text"]
            (status, packet) = await desk("GET", f"/v1/desk/conversations/{answer['conversation']}")
            assert status == 200 and [e["stage"] for e in packet["entries"] if e.get("by") == "ai"] == ["hosted"]
            model.answer = lambda body: answer_as(
                topic, "We open at 9 am. <img src=x onerror=alert(1)> Your capital is guaranteed."
            )
            assert (await desk.say(second))["replies"][0]["text"].endswith("\nWe open at 9 am.")
            model.status = [500] * 9
            lost = await desk.say(third)
            assert (lost["decision"], lost["status"]) == ("handoff", "waiting")
            (family,) = (one for one in desk.service.measured() if one.name == "breakeven_support_hosted")
            assert {s.labels["outcome"]: s.value for s in family.samples} == {"worded": 1, "as written": 1, "failed": 1}

    try:
        asyncio.run(run())
    finally:
        model.answer, model.status = hosted_desk.oracle(), []


def test_what_fills_a_form_is_not_sent(good: Desk, tmp_path: Path) -> None:
    model, folder = good

    async def run() -> None:
        desk = Served(registry.get("support").service(registry.load_product(folder), tmp_path, {}))  # type: ignore[arg-type]
        async with running(desk.app):
            begun = await desk.say("I lost my card")
            model.seen.clear()
            await desk.say("the golden one with a dent", conversation=begun["conversation"])

    asyncio.run(run())
    assert not model.seen


@contextmanager
def built(folder: Path, answer: Callable[[dict[str, Any]], str], **brief: Any) -> Iterator[Model]:
    with serving() as (model, address):
        model.answer = answer
        pipeline.build(registry.load_brief(hosted_desk.write(folder, address, **brief)))
        yield model


def test_a_bad_model_is_not_asked_by_customers(tmp_path: Path) -> None:
    with built(tmp_path, hosted_desk.liar) as model:
        sent = len(model.seen)
        assert "hosted" not in about(tmp_path) or about(tmp_path)["hosted"] is None
        asyncio.run(_ask_something(tmp_path))
        assert len(model.seen) == sent
    own, found = section(tmp_path), said(tmp_path)
    assert own.stages[1].route == "hosted" and own.stages[1].share == 0 and own.stages[1].usd_per_1000
    assert own.certified, "the own models' promise holds without it"
    assert "of them wrongly" in found.what and "not asked when the product is served" in found.done
    assert found.level == "warning"


async def _ask_something(folder: Path) -> None:
    desk = Served(registry.get("support").service(registry.load_product(folder), folder, {}))  # type: ignore[arg-type]
    async with running(desk.app):
        for text in list(hosted_desk.hard())[:5]:
            await desk.say(text)


def test_a_model_that_is_down_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LONGEST_WAIT", 0.01)
    pipeline.build(registry.load_brief(hosted_desk.write(tmp_path, "http://127.0.0.1:9/v1")))
    assert section(tmp_path).certified and [stage.route for stage in section(tmp_path).stages] == [
        "traditional",
        "person",
    ]
    assert (
        about(tmp_path)["hosted"] is None
        and "was not tried" in said(tmp_path).what
        and "refused" in said(tmp_path).what
    )


@pytest.fixture
def questions(tmp_path: Path) -> tuple[Collected, Questions]:
    """Questions that come to a hosted model, without a build."""
    found = pipeline.check(registry.load_brief(hosted_desk.write(tmp_path, "http://127.0.0.1:9/v1")))
    assert isinstance(found, Collected)
    texts = list(hosted_desk.hard())[:60]
    even = np.full((60, len(found.table.rows.classes)), 1 / len(found.table.rows.classes))
    return found, Questions(np.arange(60), texts, even, np.full(60, "en", dtype=object))


def hosted(address: str, **more: Any) -> Hosted:
    return Hosted("m", usd_per_million_tokens_in=1.0, usd_per_million_tokens_out=2.0, address=address, **more)


def test_rows_cap_and_time_bound_what_is_asked(questions: tuple[Collected, Questions]) -> None:
    collected, some = questions
    with serving() as (model, address):
        model.answer = hosted_desk.oracle()
        asked = hosted_trial._answers(hosted(address, rows=7), some, collected, lambda: 60.0)
        assert not isinstance(asked, str) and len(asked.replies) == len(asked.given) == len(model.seen) == 7
        classes, known = collected.table.rows.classes, hosted_desk.hard()
        assert all(classes[asked.topics[i]] == known[some.texts[i]] for i in asked.given)
        assert (np.delete(asked.topics, asked.given) == hosted_trial.NOT_ASKED).all()
        assert "cap of $1e-06" in str(
            hosted_trial._answers(hosted(address, max_usd=1e-6), some, collected, lambda: 60.0)
        )
        assert "minutes" in str(hosted_trial._answers(hosted(address), some, collected, lambda: 0.0))


def test_without_a_key_nothing_is_sent_and_the_own_promise_keeps_all_of_its_error(
    questions: tuple[Collected, Questions], monkeypatch: pytest.MonkeyPatch
) -> None:
    collected, some = questions
    monkeypatch.delenv("DESK_LLM_KEY", raising=False)
    assert hosted_trial.sure_of_own(collected) == pytest.approx(0.975)
    named = hosted("https://host.example/v1", key_env="DESK_LLM_KEY")
    without = replace(collected, need=replace(collected.need, hosted=named))
    assert (
        hosted_trial._answers(named, some, without, lambda: 60.0) == "the environment variable DESK_LLM_KEY is not set"
    )
    assert hosted_trial.sure_of_own(without) == 0.95
    assert hosted_trial.sure_of_own(replace(collected, need=replace(collected.need, hosted=None))) == 0.95


def test_slow_and_unreadable_replies_are_no_answers(
    questions: tuple[Collected, Questions], monkeypatch: pytest.MonkeyPatch
) -> None:
    collected, some = questions
    with serving() as (model, address):
        model.answer = lambda body: "I would say fees."
        asked = hosted_trial._answers(hosted(address, rows=5), some, collected, lambda: 60.0)
        assert not isinstance(asked, str) and len(asked.replies) == 5 and not len(asked.given)
        model.answer = hosted_desk.oracle()
        monkeypatch.setattr(hosted_trial, "SECONDS", 0.0)
        late = hosted_trial._answers(hosted(address, rows=6), some, collected, lambda: 60.0)
        assert not isinstance(late, str) and len(late.replies) == 6 and not len(late.given)


def test_each_language_is_proven_by_itself() -> None:
    right = np.array([True] * 60 + [True, False] * 30)
    spoken = np.array(["en"] * 60 + ["zh"] * 60, dtype=object)
    found = hosted_promise.certified(right, np.arange(120), spoken, ["en", "zh"], 0.1, 0.975)
    tried = Hosting(hosted("https://host.example/v1"), 64, found, asked=120, answered=120, wrong=30)
    assert tried.languages == ("en",) and tried.may_answer and len(tried.uppers) == 1
    gate = tried.gate()
    assert gate is not None and gate.languages == ("en",)
    assert found["en"].upper == pytest.approx(upper_bound(0, 60, 1 - 0.025 / 2))
    together = hosted_promise.certified(right, np.arange(120), spoken, [], 0.1, 0.975)
    assert together[""].thresholds is None
    assert hosted_promise.certified(right[:0], np.arange(0), spoken[:0], [], 0.1, 0.975) == {}


def test_one_customer_proves_little() -> None:
    right, spoken = np.ones(60, dtype=bool), np.full(60, "en", dtype=object)
    (one,) = hosted_promise.certified(right, np.zeros(60, dtype=int), spoken, [], 0.1, 0.975).values()
    assert one.thresholds is None


def test_how_many_more_would_do_is_said() -> None:
    right = np.ones(20, dtype=bool)
    found = hosted_promise.certified(right, np.arange(20), np.full(20, "en"), [], 0.1, 0.975)
    tried = Hosting(hosted("https://host.example/v1"), 64, found, 100, 50, 40, 20, 0)
    assert "would prove 10.00% at the errors seen: raise hosted.rows" in hosted_promise.finding(tried, 0.1).done
    assert not tried.may_answer and tried.gate() is None


def test_a_model_that_errs_as_often_as_the_budget_is_rarely_let_through() -> None:
    def is_let_through(wrong: int) -> bool:
        (one,) = hosted_promise.certified(
            np.arange(240) >= wrong, np.arange(240), np.full(240, "en"), [], 0.1, 0.975
        ).values()
        return one.thresholds is not None

    most = next(wrong for wrong in range(24) if not is_let_through(wrong)) - 1
    assert most > 5 and at_most(most, 240, 0.1) <= 0.025


def promised(own: tuple[float, ...] | None, tried: Hosting | None) -> Promise:
    part = Certified(own, Interval(0.5, 0.4, 0.6), 1, 500, 0.008, (0.5,))
    return Promise((OWN,), part, {}, (), 0.1, None, 1_000, hosted=tried)


def test_the_bound_of_both_together_is_the_larger_one() -> None:
    found = hosted_promise.certified(np.ones(60, dtype=bool), np.arange(60), np.full(60, "en"), [], 0.1, 0.975)
    good, bad = Hosting(hosted("https://host.example/v1"), 64, found), Hosting(hosted("https://host.example/v1"))
    assert promised((0.9,), None).upper == 0.008 and promised((0.9,), None).is_certified
    assert promised((0.9,), good).upper == found[""].upper > 0.008
    assert promised((0.9,), bad).upper == 0.008
    assert promised(None, good).is_certified and promised(None, good).upper == found[""].upper
    assert not promised(None, bad).is_certified and promised(None, bad).upper == 1.0


def test_why_a_model_was_not_tried_is_said() -> None:
    found = hosted_promise.finding(
        Hosting(hosted("https://host.example/v1"), questions=9, why="the cap is too low"), 0.01
    )
    assert found.what == "m was not tried behind the own models: the cap is too low" and found.level == "warning"

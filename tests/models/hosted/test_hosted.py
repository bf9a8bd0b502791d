"""A hosted model over real HTTP: asked about sealed rows, scored, priced, capped."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from breakeven.core.errors import InputError
from breakeven.core.types import Hosted
from breakeven.features import image
from breakeven.features.media import Memory
from breakeven.features.schema import Field, Schema
from breakeven.models.hosted import baseline
from breakeven.models.hosted import client as hosted
from breakeven.models.hosted.baseline import Part
from breakeven.models.hosted.client import Capped, Client, Failed
from breakeven.models.hosted.question import USUAL, Question, tokens
from breakeven.scenarios.registry import parse_brief
from tests.conftest import sentences
from tests.llm_server import CLASSES, Model


def named(address: str, **more: Any) -> Hosted:
    prices = {"usd_per_million_tokens_in": 1.0, "usd_per_million_tokens_out": 4.0}
    return Hosted("small", address=address, **{**prices, **more})


def asked(
    address: str,
    tmp_path: Path,
    question: Question | None = None,
    part: Part | None = None,
    metric: str = "accuracy",
    seconds: float = 60.0,
    **more: Any,
):
    """What a hosted model is measured to be, by default on 40 sealed sentences after 40 open ones."""
    texts, y = sentences(80)
    question = question or Question("topic", Schema((Field("t", "text"),)), CLASSES, Memory({"t": texts}))
    part = part or Part(np.arange(80.0)[:, None], y)
    wanted = parse_brief({"name": "a", "scenario": "predict", "data": "x.csv", "target": "y"}, tmp_path)
    wanted = replace(wanted, hosted=named(address, **more))
    half = len(part.y) // 2
    known, sealed = Part(part.X[:half], part.y[:half]), Part(part.X[half:], part.y[half:])
    return baseline.measure(wanted, question, metric, known, sealed, lambda: seconds)


def test_a_good_model_is_scored_timed_and_priced(model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held, address = model
    monkeypatch.setenv("A_KEY", "secret")
    told = asked(address, tmp_path, key_env="A_KEY")
    assert told.line.score > 0.95 and told.line.low < told.line.score
    assert told.line.usd_per_1000 == pytest.approx((100 * 1 + 2 * 4) / 1e6 * 1000)
    assert told.line.predict_ms > 0 and told.line.route == "large"
    assert told.hosted.tokens_in == 100
    assert told.summary["spent_usd"] == pytest.approx(40 * 108e-6)
    assert set(held.keys) == {"Bearer secret"}
    first = held.seen[0]["messages"]
    assert first[0]["role"] == "system" and all(c in first[0]["content"] for c in CLASSES)
    shown = [json.loads(m["content"])["answer"] for m in first if m["role"] == "assistant"]
    assert len(shown) == 8 and set(shown) == set(CLASSES)
    assert held.seen[0]["response_format"]["json_schema"]["schema"]["properties"]["answer"]["enum"] == list(CLASSES)
    again = asked(address, tmp_path, key_env="A_KEY")
    assert len(held.seen) == 40 and again.summary["spent_usd"] == 0  # from the cache on disk


def test_nonsense_counts_as_wrong(model, tmp_path: Path) -> None:
    held, address = model
    held.answer = lambda body: "I would say it is probably about " + Model.honest(body)
    told = asked(address, tmp_path)
    assert told.line.score == 0 and told.summary["unreadable"] == 40
    assert "40 answers were none of the classes" in told.line.why_not


def test_a_busy_server_is_asked_again_a_refusing_one_is_not(model, tmp_path: Path) -> None:
    held, address = model
    held.status = [429, 500, 503]
    assert asked(address, tmp_path).line.score > 0.95
    held.seen.clear()
    held.status = [401] * 50
    told = asked(address, tmp_path / "other")
    assert told.line.score is None and "401" in told.line.why_not
    assert len(held.seen) <= baseline.AT_A_TIME


def test_a_server_that_hangs_is_given_up(model, tmp_path: Path) -> None:
    held, address = model
    held.delay = 0.5
    client = Client(named(address), None, tmp_path, timeout=0.05)
    for _ in range(hosted.PATIENCE):
        with pytest.raises(Failed, match="timed out"):
            client.ask([{"role": "user", "content": "x"}])
    with pytest.raises(Failed, match="in a row"):
        client.ask([{"role": "user", "content": "y"}])
    # A call that was sent and not answered may be billed: what was reserved for it stays spent.
    assert 0 < client.spent < 0.01


def test_too_dear_is_not_asked_at_all(model, tmp_path: Path) -> None:
    held, address = model
    told = asked(address, tmp_path, max_usd=0.0001)
    assert told.line.score is None and "the cap is $0.0001" in told.line.why_not
    assert held.seen == []


def test_a_server_that_overcharges_is_stopped_at_the_cap(model, tmp_path: Path) -> None:
    held, address = model
    held.usage = {"prompt_tokens": 50_000, "completion_tokens": 2}
    client = Client(named(address, max_usd=0.2), None, tmp_path)
    with pytest.raises(Capped, match="the cap of"):
        for i in range(100):
            client.ask([{"role": "user", "content": f"row {i}"}])
    assert len(held.seen) <= 5
    assert client.spent <= 0.2 + 0.05 + 1e-3  # one call at the most beyond, whose price the server alone knew


def test_what_is_not_the_protocol_is_said(model, tmp_path: Path) -> None:
    held, address = model
    held.raw = b"<html>hello</html>"
    assert "does not speak the protocol" in asked(address, tmp_path).line.why_not
    assert "not measured" in asked("http://127.0.0.1:9/v1", tmp_path).line.why_not


def test_personal_data_does_not_leave(model, tmp_path: Path) -> None:
    held, address = model
    media = Memory({"t": ["call 13812345678 or a.b@c.com, card 4111 1111 1111 1111"]})
    row = Question("topic", Schema((Field("t", "text"),)), CLASSES, media).about(np.zeros(1))
    Client(named(address), None, tmp_path).ask([row])
    sent = json.dumps(held.seen)
    assert "<phone>" in sent and "13812345678" not in sent and "a.b@c.com" not in sent and "4111" not in sent


def test_a_missing_key_is_said_before_anything_is_sent(model, tmp_path: Path) -> None:
    held, address = model
    assert "NO_SUCH_KEY is not set" in asked(address, tmp_path, key_env="NO_SUCH_KEY").line.why_not
    assert held.seen == []


@pytest.mark.parametrize(("entry", "why"), [
    ({"model": "m", "address": "ftp://x", "usd_per_million_tokens_in": 1, "usd_per_million_tokens_out": 1}, "no address"),
    ({"model": "m", "address": "https://x/v1", "usd_per_1000": 1}, "cannot be capped"),
    ({"model": "m", "adress": "https://x/v1"}, "did you mean 'address'"),
])  # fmt: skip
def test_the_briefs_mistakes(entry: dict[str, Any], why: str, tmp_path: Path) -> None:
    brief = {"name": "a", "scenario": "predict", "data": "x.csv", "target": "y", "hosted": entry}
    with pytest.raises(InputError, match=why):
        parse_brief(brief, tmp_path)


def test_the_rows_asked_are_of_every_class(model, tmp_path: Path) -> None:
    """The sealed rows come sorted, as folders are: the first of them alone would be of one class."""
    held, address = model
    texts, y = sentences(160)
    order = np.concatenate([np.arange(80), 80 + np.argsort(y[80:], kind="stable")])
    question = Question("topic", Schema((Field("t", "text"),)), CLASSES, Memory({"t": texts}))
    part = Part(np.arange(160.0)[order][:, None], y[order])
    assert asked(address, tmp_path, question, part, rows=40, examples=0).line.score > 0.95
    assert {Model.honest(body) for body in held.seen} == set(CLASSES)


def test_a_key_with_a_line_end_is_used_and_never_told(model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held, address = model
    monkeypatch.setenv("A_KEY", "top-secret\r\n")
    held.status = [401] * 50
    told = asked(address, tmp_path, key_env="A_KEY")
    assert set(held.keys) == {"Bearer top-secret"}
    assert "top-secret" not in str(told)


def collected(tmp_path: Path, lines: list[str], **keys: Any):
    from breakeven.tables import problem

    (tmp_path / "d.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    brief = parse_brief({"name": "a", "scenario": "predict", "data": "d.csv", "target": "y", **keys}, tmp_path)
    return brief, problem.collect(brief)


def test_a_prompts_tokens_are_guessed_from_the_prompt_that_would_be_sent(tmp_path: Path) -> None:
    texts, y = sentences(80)
    lines = ["t,y", *(f"{t},{CLASSES[k]}" for t, k in zip(texts, y, strict=True))]
    guess = baseline.expected_tokens(*collected(tmp_path, lines))
    question = Question("y", Schema((Field("t", "text"),)), CLASSES, Memory({"t": texts}))
    X = np.arange(80.0)[:, None]
    asked_once = tokens([*question.shared(X, y, 8), question.about(X[5])], USUAL)
    assert guess == pytest.approx(asked_once, rel=0.15)
    few = baseline.expected_tokens(
        *collected(tmp_path, lines, hosted={"model": "m", "usd_per_1000": 1.0, "examples": 1})
    )
    assert few < guess - 70  # seven examples less


def test_tables_without_texts_have_a_guess_too(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines = ["size,y", *(f"{v:.3f},{v * 2 + rng.normal():.3f}" for v in rng.normal(size=80))]
    assert 20 < baseline.expected_tokens(*collected(tmp_path, lines)) < 300


def test_numbers_are_scored_and_what_is_no_number_counts_as_the_mean(model, tmp_path: Path) -> None:
    held, address = model
    y = np.arange(80.0) * 10
    shuffled = np.random.default_rng(0).permutation(80)
    question = Question("price", Schema((Field("size", "number"), Field("kind", "category", levels=("a", "b")))), ())
    part = Part(np.column_stack([y / 10, y % 2])[shuffled], y[shuffled])
    held.answer = lambda body: str(10 * float(body["messages"][-1]["content"].split()[1]))  # "size: 7\nkind: a"
    told = asked(address, tmp_path, question, part, "r2")
    assert told.line.score == 1 and told.summary["unreadable"] == 0
    assert held.seen[0]["response_format"]["json_schema"]["schema"]["properties"]["answer"] == {"type": "number"}
    np.testing.assert_array_equal(told.answers, part.y[40:][told.rows])
    held.answer = lambda body: "I cannot tell"
    none = asked(address, tmp_path / "other", question, part, "r2")
    assert none.summary["unreadable"] == 40 and "40 answers were no number" in none.line.why_not
    assert set(none.answers) == {part.y[:40].mean()} and none.line.score <= 0


def test_images_are_sent_as_data_addresses(model, tmp_path: Path) -> None:
    held, address = model
    y = np.arange(80) % 2
    pixels = np.repeat((y * 255).astype(np.uint8), 8 * 8 * 3).reshape(80, 8, 8, 3)
    question = Question("class", Schema((Field("image", "image"),)), ("dark", "light"), Memory({}, {"image": pixels}))
    seen = []

    def looks(body: dict[str, Any]) -> str:
        [part] = body["messages"][-1]["content"]
        raw = image.from_text(part["image_url"]["url"])
        seen.append(part["image_url"]["url"])
        return '{"answer": "light"}' if image.pixels(raw, 8, 3).mean() > 128 else '{"answer": "dark"}'

    held.answer = looks
    told = asked(address, tmp_path, question, Part(np.arange(80.0)[:, None], y))
    assert told.line.score == 1 and all(url.startswith("data:image/png;base64,") for url in seen)
    assert len(seen) == 2  # rows that are alike are asked about once


def test_refused_rows_count_as_wrong_and_are_counted(model, tmp_path: Path) -> None:
    held, address = model
    held.refuses = lambda body: "content policy" if "login" in Model.honest(body) else None
    told = asked(address, tmp_path)
    assert told.summary["refused"] == told.summary["unreadable"] > 5
    assert told.line.score == pytest.approx(1 - told.summary["refused"] / 40)
    assert f"({told.summary['refused']} refused" in told.line.why_not
    held.refuses, held.message = lambda body: None, {"content": None, "refusal": "no"}
    assert asked(address, tmp_path / "other").summary["refused"] == 40


def test_prices_of_zero_ask_every_row_and_cost_nothing(model, tmp_path: Path) -> None:
    _, address = model
    free = {"usd_per_million_tokens_in": 0.0, "usd_per_million_tokens_out": 0.0, "max_usd": 0.0}
    told = asked(address, tmp_path, **free)
    assert told.summary["rows"] == 40 and told.line.usd_per_1000 == 0 and told.summary["spent_usd"] == 0


def test_tokens_from_the_cache_are_paid_at_its_price(model, tmp_path: Path) -> None:
    held, address = model
    held.usage = {"prompt_tokens": 100, "completion_tokens": 0, "prompt_tokens_details": {"cached_tokens": 80}}
    told = asked(address, tmp_path, usd_per_million_tokens_cached=0.1)
    assert told.line.usd_per_1000 == pytest.approx((20 * 1.0 + 80 * 0.1) / 1e3)
    assert told.hosted.tokens_cached == 80


def test_it_has_seconds_of_its_own_where_the_build_left_none(
    model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, address = model
    assert asked(address, tmp_path, seconds=-5.0).summary["rows"] == 40
    monkeypatch.setattr(baseline, "OWN_SECONDS", 0.0)
    told = asked(address, tmp_path / "other", seconds=-5.0)
    assert told.line.score is None and "the brief's minutes and 0 seconds more were used up" in told.line.why_not

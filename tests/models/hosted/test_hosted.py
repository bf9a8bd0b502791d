"""A hosted model over real HTTP: a server that keeps the protocol, refuses, delays, overcharges and answers nonsense."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from breakeven.core.errors import InputError
from breakeven.core.types import Hosted
from breakeven.features.media import Memory
from breakeven.features.schema import Field, Schema
from breakeven.models.hosted import baseline
from breakeven.models.hosted import client as hosted
from breakeven.models.hosted.client import Capped, Client, Failed
from breakeven.scenarios.registry import parse_brief
from tests.conftest import WORDS, sentences

CLASSES = ("refund", "delivery", "login")


class Model:
    """What the server does next; every request it got."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.answer: Callable[[dict[str, Any]], str] = self.honest
        self.status: list[int] = []
        self.delay = 0.0
        self.usage: dict[str, int] | None = None
        self.raw: bytes | None = None

    @staticmethod
    def honest(body: dict[str, Any]) -> str:
        words = set(body["messages"][-1]["content"].split())
        return CLASSES[max(range(3), key=lambda k: len(words & set(WORDS[k])))]


@pytest.fixture
def model() -> Iterator[tuple[Model, str]]:
    held = Model()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            held.seen.append(body)
            held.keys.append(self.headers["authorization"])
            time.sleep(held.delay)
            status = held.status.pop(0) if held.status else 200
            usage = held.usage or {"prompt_tokens": 100, "completion_tokens": 2}
            plain = {"choices": [{"message": {"role": "assistant", "content": held.answer(body)}}], "usage": usage}
            out = held.raw if held.raw is not None else json.dumps(plain).encode()
            if status != 200:
                out = b'{"error": {"message": "no"}}'
            self.send_response(status if self.path == "/v1/chat/completions" else 404)
            self.send_header("content-length", str(len(out)))
            self.end_headers()
            self.wfile.write(out)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield held, f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosted, "LONGEST_WAIT", 0.01)


def named(address: str, **more: Any) -> Hosted:
    prices = {"usd_per_million_tokens_in": 1.0, "usd_per_million_tokens_out": 4.0}
    return Hosted("small", address=address, **{**prices, **more})


def asked(address: str, tmp_path: Path, **more: Any):
    texts, y = sentences(80)
    wanted = parse_brief({"name": "a", "scenario": "predict", "data": "x.csv", "target": "y"}, tmp_path)
    from dataclasses import replace

    wanted = replace(wanted, hosted=named(address, **more))
    X = np.arange(80.0)[:, None]
    schema = Schema((Field("t", "text"),))
    return baseline.measure(wanted, schema, CLASSES, "accuracy", (X[:40], y[:40]), (X[40:], y[40:]), Memory({"t": texts}),
                           lambda: 60.0)  # fmt: skip


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
    assert sum(m["role"] == "assistant" for m in first) == 3  # one example a class
    again = asked(address, tmp_path, key_env="A_KEY")
    assert len(held.seen) == 40 and again.summary["spent_usd"] == 0  # from the cache on disk


def test_nonsense_counts_as_wrong(model, tmp_path: Path) -> None:
    held, address = model
    held.answer = lambda body: "I would say it is probably about " + Model.honest(body)
    told = asked(address, tmp_path)
    assert told.line.score == 0 and told.summary["not_a_class"] == 40
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
    row = baseline._row(Schema((Field("t", "text"),)), np.zeros(1), media)
    Client(named(address), None, tmp_path).ask(hosted.prompt(CLASSES, [], row))
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


@pytest.mark.parametrize(("answer", "name"), [
    ("refund", "refund"), (" Refund.\n", "refund"), ('"ＬＯＧＩＮ"', "login"), ("refund or login", None), ("", None),
])  # fmt: skip
def test_answers_are_parsed_strictly(answer: str, name: str | None) -> None:
    assert hosted.parse(answer, CLASSES) == name


def test_the_rows_asked_are_of_every_class(model, tmp_path: Path) -> None:
    """The sealed rows come sorted, as folders are: the first of them alone would be of one class."""
    held, address = model
    texts, y = sentences(80)
    order = np.argsort(y, kind="stable")
    wanted = parse_brief({"name": "a", "scenario": "predict", "data": "x.csv", "target": "y"}, tmp_path)
    from dataclasses import replace

    wanted = replace(wanted, hosted=named(address, rows=40, examples=0))
    X = np.arange(80.0)[order][:, None]
    told = baseline.measure(wanted, Schema((Field("t", "text"),)), CLASSES, "accuracy", (X, y[order]), (X, y[order]),
                           Memory({"t": texts}), lambda: 60.0)  # fmt: skip
    assert told.line.score > 0.95
    asked_of = [Model.honest(body) for body in held.seen]
    assert set(asked_of) == set(CLASSES)


def test_a_key_with_a_line_end_is_used_and_never_told(model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held, address = model
    monkeypatch.setenv("A_KEY", "top-secret\r\n")
    held.status = [401] * 50
    told = asked(address, tmp_path, key_env="A_KEY")
    assert set(held.keys) == {"Bearer top-secret"}
    assert "top-secret" not in str(told)


def collected(tmp_path: Path, lines: list[str], **keys: Any):
    from breakeven.scenarios.predict import problem

    (tmp_path / "d.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    brief = parse_brief({"name": "a", "scenario": "predict", "data": "d.csv", "target": "y", **keys}, tmp_path)
    return brief, problem.collect(brief)


def test_a_prompts_tokens_are_guessed_from_the_prompt_that_would_be_sent(tmp_path: Path) -> None:
    texts, y = sentences(80)
    lines = ["t,y", *(f"{t},{CLASSES[k]}" for t, k in zip(texts, y, strict=True))]
    guess = baseline.expected_tokens(*collected(tmp_path, lines))
    shots = [(t, CLASSES[k]) for t, k in list(zip(texts, y, strict=True))[:3]]
    asked_once = hosted.tokens(hosted.prompt(CLASSES, shots, texts[5]), hosted.USUAL)
    assert guess == pytest.approx(asked_once, rel=0.15)
    few = baseline.expected_tokens(
        *collected(tmp_path, lines, hosted={"model": "m", "usd_per_1000": 1.0, "examples": 1})
    )
    assert few < guess - 10  # two examples less


def test_tables_without_texts_have_a_guess_too(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines = ["size,y", *(f"{v:.3f},{v * 2 + rng.normal():.3f}" for v in rng.normal(size=80))]
    assert 20 < baseline.expected_tokens(*collected(tmp_path, lines)) < 100

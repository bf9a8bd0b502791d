"""A hosted model asked while somebody waits: a reply in pieces or in one, and servers that are slow, endless, broken or down."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from breakeven.core.secret import Secret
from breakeven.core.types import Hosted
from breakeven.models.hosted.client import Failed
from breakeven.models.hosted.stream import MOST, Full, Parts, Streaming
from tests.llm_server import Model, events

BODY = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
Served = tuple[Model, str]


def streaming(address: str, key: str | None = None, most: int = 4, **more: bool) -> Streaming:
    return Streaming(Hosted("m", address=address, **more), Secret(key) if key else None, most)


@pytest.mark.parametrize("pieces", [events, None], ids=["in pieces", "in one"])
def test_a_reply_is_read_in_pieces_or_in_one(model: Served, pieces: Callable[[str], Iterator[bytes]] | None) -> None:
    held, address = model
    held.answer, held.pieces = lambda body: '{"topic": "费用", "text": "免费"}', pieces
    assert streaming(address, "sk-key-1").ask(BODY, 10) == '{"topic": "费用", "text": "免费"}'
    assert held.seen == [{**BODY, "stream": True}] and held.keys == ["Bearer sk-key-1"]


def test_a_reply_that_ends_without_the_last_event_is_taken_as_it_is(model: Served) -> None:
    held, address = model
    held.answer = lambda body: "short"
    held.pieces = lambda text: (piece.replace(b"data: [DONE]\n\n", b"") for piece in events(text))
    assert streaming(address).ask(BODY, 10) == "short"


def _endless(text: str) -> Iterator[bytes]:
    while True:
        yield b'data: {"choices": [{"delta": {"content": "more"}}]}\n\n'


def _dripping(text: str) -> Iterator[bytes]:
    for _ in range(40):
        time.sleep(0.05)
        yield b":"


def _silent(text: str) -> Iterator[bytes]:
    time.sleep(2)
    yield b""


def _long_line(text: str) -> Iterator[bytes]:
    yield b"data: " + b"x" * (2 * MOST)


def _broken(text: str) -> Iterator[bytes]:
    yield b'data: {"choices": [{"delta"\n\n'


def _other(text: str) -> Iterator[bytes]:
    yield b'data: {"error": "overloaded"}\n\n'


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        (_endless, "does not end|no answer within"),
        (_dripping, "no answer within|timed out"),
        (_silent, "no answer within|timed out"),
        (_long_line, "does not end"),
        (_broken, "JSONDecodeError"),
        (_other, "does not speak the protocol"),
    ],
)
def test_a_stream_that_is_none(model: Served, pieces: Callable[[str], Iterator[bytes]], said: str) -> None:
    held, address = model
    held.pieces = pieces
    with pytest.raises(Failed, match=said):
        streaming(address).ask(BODY, 0.5)


@pytest.mark.parametrize("raw", [b"<html>busy</html>", b"[1]", b'{"choices": []}', b"null", b"[" * 100_000, b""])
def test_an_answer_in_one_piece_that_is_none(model: Served, raw: bytes) -> None:
    held, address = model
    held.raw = raw
    with pytest.raises(Failed):
        streaming(address).ask(BODY, 10)


def test_a_refusal_and_an_address_where_nobody_is(model: Served) -> None:
    held, address = model
    held.status = [503]
    with pytest.raises(Failed, match="status 503"):
        streaming(address).ask(BODY, 10)
    with pytest.raises(Failed, match="refused"):
        streaming("http://127.0.0.1:9/v1").ask(BODY, 10)


def test_a_redirect_is_not_followed(model: Served) -> None:
    held, address = model
    held.status, held.headers = [302], {"location": "https://elsewhere.example/v1"}
    with pytest.raises(Failed, match="status 302"):
        streaming(address, "sk-key-1").ask(BODY, 10)


def test_a_key_that_comes_back_is_masked(model: Served) -> None:
    held, address = model
    held.answer = lambda body: "your key is sk-key-1"
    assert streaming(address, "sk-key-1").ask(BODY, 10) == "your key is ***"


def test_no_more_calls_are_open_than_may_be(model: Served) -> None:
    held, address = model
    go, begun = threading.Event(), threading.Event()

    def waiting(text: str) -> Iterator[bytes]:
        begun.set()
        go.wait(10)
        yield from events(text)

    held.answer, held.pieces = lambda body: "late", waiting
    one, found = streaming(address, most=1), list[str]()
    thread = threading.Thread(target=lambda: found.append(one.ask(BODY, 10)))
    thread.start()
    assert begun.wait(10)
    with pytest.raises(Full, match="still open"):
        one.ask(BODY, 10)
    go.set()
    thread.join(10)
    assert found == ["late"]


def test_events_that_are_cut_anywhere() -> None:
    whole = b"".join(events("a long reply, 很长的回答"))
    for size in (1, 2, 7, 1000):
        parts, held, ended = Parts(), bytearray(), False
        for i in range(0, len(whole), size):
            held += whole[i : i + size]
            ended = parts.take(held) or ended
        assert ended and parts.text() == "a long reply, 很长的回答"
    assert not Parts().take(bytearray(json.dumps({"choices": []}).encode()))

"""What the client does with servers that take less than the whole protocol, or keep it badly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from breakeven.core.types import Hosted
from breakeven.models.hosted import client as hosted
from breakeven.models.hosted.client import Capped, Client, Failed

ASKED = [{"role": "user", "content": "refund"}]
FORM = {"type": "json_schema", "json_schema": {"name": "answer", "schema": {}}}


def client(address: str, place: Path, **more: Any) -> Client:
    prices = {"usd_per_million_tokens_in": 1.0, "usd_per_million_tokens_out": 4.0}
    return Client(Hosted("small", address=address, **prices), None, place, **more)


@pytest.mark.parametrize(
    ("parameter", "why"),
    [
        ("response_format", "Unknown field"),
        ("max_tokens", "Unsupported parameter: 'max_tokens'; use 'max_completion_tokens' instead"),
        ("temperature", "'temperature' does not support 0 with this model"),
    ],
)
def test_a_parameter_that_is_refused_is_left_out_from_then_on(model, tmp_path: Path, parameter: str, why: str) -> None:
    held, address = model
    held.refuses = lambda body: why if parameter in body else None
    one = client(address, tmp_path)
    assert one.ask(ASKED, FORM).text == "refund"
    assert one.ask([{"role": "user", "content": "parcel"}], FORM).text
    assert [parameter in body for body in held.seen] == [True, False, False]
    assert ("max_completion_tokens" in held.seen[-1]) == (parameter == "max_tokens")
    others = {"response_format", "temperature"} - {parameter}
    assert all(name in held.seen[-1] for name in others)


def test_a_row_that_is_refused_leaves_the_answers_format_alone(model, tmp_path: Path) -> None:
    held, address = model
    one = client(address, tmp_path)
    one.ask(ASKED, FORM)
    held.refuses = lambda body: "no" if "bomb" in body["messages"][-1]["content"] else None
    reply = one.ask([{"role": "user", "content": "bomb"}], FORM)
    assert reply.refused and reply.text == "" and one.refused == frozenset()
    assert one.spent == pytest.approx(108e-6)  # the refused row cost nothing


def test_a_malformed_answer_is_asked_for_again_and_stays_paid(model, tmp_path: Path) -> None:
    held, address = model
    held.raw = b'{"choices": []}'
    one = client(address, tmp_path)
    with pytest.raises(Failed, match="does not speak the protocol"):
        one.ask(ASKED)
    assert len(held.seen) == hosted.TRIES
    each = one.price(hosted.tokens(ASKED), hosted.LONGEST_ANSWER)
    assert one.spent == pytest.approx(hosted.TRIES * each)


def test_the_cap_holds_for_every_attempt(model, tmp_path: Path) -> None:
    held, address = model
    held.raw = b"no"
    one = client(address, tmp_path)
    one.hosted = Hosted("small", address=address, usd_per_million_tokens_in=1e4, max_usd=0.15)
    with pytest.raises(Capped):
        one.ask(ASKED)
    assert len(held.seen) == 2  # about 6 tokens a call, 0.06 USD


def test_a_server_that_is_busy_is_waited_for_longer_than_one_that_fails(model, tmp_path: Path) -> None:
    held, address = model
    held.status = [429] * (hosted.BUSY_TRIES - 1)
    assert client(address, tmp_path).ask(ASKED).text == "refund"


def test_a_wait_beyond_the_minutes_is_not_waited(model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held, address = model
    monkeypatch.setattr(hosted, "LONGEST_WAIT", 3600.0)
    held.status, held.headers = [429], {"retry-after": "1800"}
    with pytest.raises(Failed, match="longer than the brief's minutes leave"):
        client(address, tmp_path, seconds_left=lambda: 5.0).ask(ASKED)
    assert len(held.seen) == 1


@pytest.mark.parametrize("said", ["nan", "-1", "Wed, 21 Oct 2026 07:28:00 GMT", "inf", ""])
def test_odd_times_to_wait_are_waited_briefly(model, tmp_path: Path, said: str) -> None:
    held, address = model
    held.status, held.headers = [429], {"retry-after": said}
    assert client(address, tmp_path).ask(ASKED).text == "refund"


def test_an_answer_kept_on_disk_does_not_depend_on_what_the_server_takes(model, tmp_path: Path) -> None:
    held, address = model
    held.refuses = lambda body: "no response_format" if "response_format" in body else None
    client(address, tmp_path).ask(ASKED, FORM)
    count = len(held.seen)
    assert client(address, tmp_path).ask(ASKED, FORM).cached and len(held.seen) == count


def test_an_answer_that_is_too_long_is_known_as_cut(model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"max_tokens": 1, "messages": ASKED}
    plain = {"choices": [{"message": {"content": None}, "finish_reason": "length"}], "usage": None}
    reply = hosted._reply(plain, body, 1.0)
    assert reply.cut and reply.text == "" and reply.tokens_in > 0

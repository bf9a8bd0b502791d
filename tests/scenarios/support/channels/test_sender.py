"""What goes out: in order for each customer, again where that may help, bounded, and without a word of a secret."""

from __future__ import annotations

import asyncio
import itertools
import logging

import pytest

from breakeven.scenarios.support.channels import sender as senders
from breakeven.scenarios.support.channels.channel import OutgoingRequest
from breakeven.scenarios.support.channels.counts import Counts
from breakeven.scenarios.support.channels.sender import Sender
from tests.scenarios.support.channels.fakes import Network, no_wait
from tests.scenarios.support.channels.sending import ENVIRONMENT, channel


def request(customer: str, text: str) -> OutgoingRequest:
    """A request to Telegram with the token in its address, as all have."""
    return OutgoingRequest(
        "POST", f"https://api.telegram.org/bot{ENVIRONMENT['TOKEN']}/x", customer, body=text.encode()
    )


def sent_by(network: Network, *requests: OutgoingRequest, kind: str = "telegram") -> tuple[Counts, list[float]]:
    """Send requests; what was counted, and the pauses."""
    counts, pauses = Counts(), list[float]()

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async def work() -> None:
        sender = Sender(channel(kind), network, counts, sleep)
        sender.put(requests)
        await sender.drain(5.0)

    asyncio.run(work())
    return counts, pauses


def test_requests_to_a_customer_keep_their_order_also_when_one_is_tried_again() -> None:
    network = Network([(429, b"", 7.0), OSError("reset"), (503, b"", 0.0)])
    counts, pauses = sent_by(network, request("a", "1"), request("a", "2"))
    assert [one.body for one in network.sent] == [b"1", b"1", b"1", b"1", b"2"]
    assert counts.of("sent", "telegram", "sent") == 2
    assert pauses[0] >= 5.6 and len(pauses) == 3  # the pause that was asked for, within a fifth


def test_a_refusal_is_not_tried_again_and_its_reason_is_logged_without_secrets(
    caplog: pytest.LogCaptureFixture,
) -> None:
    network = Network([(403, f"bot was blocked {ENVIRONMENT['TOKEN']}".encode(), 0.0)])
    with caplog.at_level(logging.ERROR):
        counts, _ = sent_by(network, request("a", "1"))
    assert len(network.sent) == 1 and counts.of("sent", "telegram", "failed") == 1
    assert "status 403" in caplog.text and ENVIRONMENT["TOKEN"] not in caplog.text


def test_tries_end(caplog: pytest.LogCaptureFixture) -> None:
    network = Network([OSError(f"no route to {ENVIRONMENT['TOKEN']}")] * 20)
    counts, pauses = sent_by(network, request("a", "1"))
    assert len(network.sent) == senders.TRIES and counts.of("sent", "telegram", "failed") == 1
    assert all(after > before for before, after in itertools.pairwise(pauses))
    assert ENVIRONMENT["TOKEN"] not in caplog.text


def test_one_customer_whose_channel_fails_holds_up_no_other() -> None:
    gate, network, counts = asyncio.Event(), Network(), Counts()

    async def sleep(seconds: float) -> None:
        await gate.wait()

    async def work() -> None:
        network.answers = [OSError("reset")]
        sender = Sender(channel("telegram"), network, counts, sleep)
        sender.put([request("a", "1"), request("b", "2"), request("c", "3")])
        for _ in range(20):
            await asyncio.sleep(0)
        assert [one.body for one in network.sent] == [b"1", b"2", b"3"] and sender.queued == 1
        gate.set()
        await sender.drain(5.0)
        assert network.sent[-1].body == b"1" and sender.queued == 0

    asyncio.run(work())


def test_the_queue_is_bounded_and_what_is_dropped_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "MAX_QUEUED", 3)
    counts, _ = sent_by(Network(), *(request(f"c{n}", "x") for n in range(5)))
    assert counts.of("sent", "telegram", "dropped") == 2 and counts.of("sent", "telegram", "sent") == 3


def test_what_is_not_sent_before_the_end_is_counted() -> None:
    async def work() -> None:
        counts, never = Counts(), asyncio.Event()

        async def hang(given: OutgoingRequest) -> tuple[int, bytes, float]:
            await never.wait()
            return 200, b"", 0.0

        hang.close = lambda: None  # type: ignore[attr-defined]
        sender = Sender(channel("telegram"), hang, counts, no_wait)  # type: ignore[arg-type]
        sender.put([request("a", "1"), request("a", "2")])
        await sender.drain(0.01)
        assert counts.of("sent", "telegram", "dropped") == 2

    asyncio.run(work())


def test_wechats_token_is_fetched_once_and_again_when_it_is_refused() -> None:
    token = (200, b'{"access_token": "abc-1_X", "expires_in": 7200}', 0.0)
    network = Network([token, (200, b'{"errcode": 42001}', 0.0), token])
    counts, _ = sent_by(network, request("o", "1"), request("o", "2"), kind="wechat")
    kinds = [
        "token" if one.address.endswith("stable_token") else one.address.rpartition("?")[2] for one in network.sent
    ]
    assert kinds == ["token", "access_token=abc-1_X", "token", "access_token=abc-1_X", "access_token=abc-1_X"]
    assert counts.of("sent", "wechat", "sent") == 2


@pytest.mark.parametrize(
    "answer", [b"{}", b"<html>", b'{"access_token": "a&b=c"}', b'{"errcode": 40125, "errmsg": "invalid appsecret"}']
)
def test_wechat_without_a_token_is_a_failure(answer: bytes) -> None:
    counts, _ = sent_by(Network([(200, answer, 0.0)] * 10), request("o", "1"), kind="wechat")
    assert counts.of("sent", "wechat", "failed") == 1

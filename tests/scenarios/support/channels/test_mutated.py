"""Recorded deliveries with parts exchanged, dropped and blown up, signed again: none ends in a fault."""

from __future__ import annotations

import json
import os
import random
from typing import Any
from urllib.parse import quote_plus

import pytest

from breakeven.core.errors import InputError
from breakeven.scenarios.support.channels.channel import MAX_ID
from tests.scenarios.support.channels.sending import NOW, OPTIONS, RECORDED, body, channel, sealed, signed

#: Deliveries of each recorded body; more by MUTATIONS=N in the environment.
MANY = int(os.environ.get("MUTATIONS", "60"))
STRANGE: list[Any] = [
    None, True, -1, 10**18, 1.5e300, "", " ", "x" * 5_000, "\x00", "\ud7ff\uffff", "‮abc", [], {}, [[]], [None], {"": {}},
    {"id": {"id": []}}, "../..", "1" * 400, "é", ["a"], {"a": 1},
]  # fmt: skip


def changed(value: Any, chance: random.Random, rate: float) -> Any:
    """A value with some of its parts replaced, dropped, doubled or exchanged."""
    if chance.random() < rate:
        return chance.choice(STRANGE)
    if isinstance(value, dict):
        kept = {key: changed(one, chance, rate) for key, one in value.items() if chance.random() > rate}
        if kept and chance.random() < rate:
            first, second = chance.choice(list(kept)), chance.choice(list(kept))
            kept[first], kept[second] = kept[second], kept[first]
        return kept
    if isinstance(value, list):
        return [changed(one, chance, rate) for one in value for _ in range(1 + (chance.random() < rate))]
    return value


def torn(content: bytes, chance: random.Random) -> bytes:
    """Bytes with some of them changed, cut out or repeated."""
    out = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(out) + 1)
        kind = chance.randrange(3)
        if kind == 0:
            out[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            del out[at : at + chance.randint(1, 30)]
        else:
            out[at:at] = out[at : at + chance.randint(1, 60)]
    return bytes(out)


def check(kind: str, content: bytes, is_form: bool) -> None:
    """Read a body with the right signature."""
    given = signed(kind, content, is_form=is_form)
    try:
        found = channel(kind).incoming(given.headers, given.query, given.body, NOW)
    except InputError as error:
        assert error.status in (400, 401, 413, 422)
        return
    for message in found.messages:
        assert 0 < len(message.customer) <= 3 * MAX_ID + 2 and 0 < len(message.id) <= 3 * MAX_ID
        assert isinstance(message.text, str) and message.text and message.at == message.at
    assert all(isinstance(name, str) and len(name) <= 80 for name in found.ignored)


@pytest.mark.parametrize("name", sorted(path.stem for path in RECORDED.iterdir()))
def test_no_mutated_delivery_ends_in_a_fault(name: str) -> None:
    chance, kind = random.Random(name), name.partition("_")[0]
    original, is_form = body(name), name == "slack_press"
    for number in range(MANY):
        if kind == "wechat" or number % 3 == 0:
            content = torn(original, chance)
        else:
            document = json.loads(next(RECORDED.glob(f"{name}.*")).read_bytes())
            content = json.dumps(changed(document, chance, chance.choice([0.05, 0.15, 0.4]))).encode()
            if is_form:
                content = b"payload=" + quote_plus(content.decode()).encode()
        check(kind, content, is_form)


def test_no_mutated_message_inside_an_encrypted_one_ends_in_a_fault() -> None:
    chance, wechat = random.Random(0), channel("wechat", aes_env="AES")
    for _ in range(MANY):
        given = sealed(torn(body("wechat_text"), chance).decode("utf-8", "replace").encode())
        try:
            wechat.incoming({}, given.query, given.body, NOW)
        except InputError as error:
            assert error.status in (400, 401)


def test_every_kind_has_recorded_deliveries() -> None:
    assert {path.stem.partition("_")[0] for path in RECORDED.iterdir()} == set(OPTIONS)

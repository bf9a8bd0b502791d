"""The section of a brief: every mistake in one line, and no secret in any of them."""

from __future__ import annotations

from typing import Any

import pytest

from breakeven.core.errors import InputError
from breakeven.scenarios.support import settings as support
from breakeven.scenarios.support.channels import settings
from tests.scenarios.support.channels.sending import ENVIRONMENT, OPTIONS

TOKEN = "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy"


@pytest.mark.parametrize("kind", OPTIONS)
def test_each_kind_is_read_from_a_brief(kind: str) -> None:
    (found,) = support.read({"channels": {kind: OPTIONS[kind]}}, "product.yaml").channels
    assert (found.name, found.kind, dict(found.options)) == (kind, kind, OPTIONS[kind])
    assert settings.opened(found, ENVIRONMENT).name == kind


def test_two_channels_of_a_kind_have_names_of_their_own() -> None:
    found = settings.read({"slack": OPTIONS["slack"], "second-shop": {"kind": "slack", **OPTIONS["slack"]}}, "b")
    assert [(one.name, one.kind) for one in found] == [("slack", "slack"), ("second-shop", "slack")]
    assert settings.read(None, "b") == ()


MISTAKES: list[tuple[Any, str]] = [
    (["telegram"], "expected channels"),
    ({"telegramm": {}}, "did you mean 'telegram'"),
    ({"Tele gram": {}}, "small letters"),
    ({"web": {"kind": "webhook", "secret_env": "A"}}, "need no channel"),
    ({"telegram": "TG_SECRET"}, "expected keys and values"),
    ({"telegram": {"secret_env": "A"}}, "token_env is missing"),
    ({"telegram": {**OPTIONS["telegram"], "secret": "x"}}, "unknown key 'secret'; did you mean 'secret_env'"),
    ({"slack": {"secret_env": "A", "token_env": TOKEN}}, "does not belong into a brief"),
    ({"slack": {"secret_env": "A", "token_env": ["B"]}}, "expected a text"),
    ({"slack": {"secret_env": "A", "token_env": ""}}, "expected a text"),
    ({"slack": {"secret_env": "A", "token_env": True}}, "expected a text"),
    ({"chatwoot": {"url": "https://desk.example", "token_env": "T"}}, "neither secret_env nor path_env"),
    ({"whatsapp": {**OPTIONS["whatsapp"], "phone_number_id": "1/../2"}}, "it is no id"),
    ({"x": {"kind": "fax"}}, "its kind is not known"),
]


@pytest.mark.parametrize(("raw", "said"), MISTAKES)
def test_mistakes_are_named(raw: object, said: str) -> None:
    with pytest.raises(InputError) as error:
        settings.read(raw, "product.yaml")
    assert said in str(error.value) and TOKEN not in str(error.value) and "product.yaml" in str(error.value)


@pytest.mark.parametrize(
    "address",
    [
        "http://shop.example",
        "https://",
        "https://user:pw@shop.example",
        "https://shop.example/?a=b",
        "https://shop.example/#x",
        "file:///etc/passwd",
        "ftp://shop.example",
        "https://shop.example:0",
        "https://shop.example:99999",
        "https://sh op.example",
        "https://[::1",
        "http://169.254.169.254/latest",
    ],
)
def test_replies_go_to_https_or_this_machine(address: str) -> None:
    with pytest.raises(InputError, match="no address"):
        settings.read({"webhook": {"secret_env": "SECRET", "url": address}}, "b")
    settings.read({"webhook": {"secret_env": "SECRET", "url": "http://127.0.0.1:8000/in"}}, "b")


def test_variables_that_are_not_set_or_strange_are_named() -> None:
    (found,) = settings.read({"slack": OPTIONS["slack"]}, "b")
    for environment in (
        {},
        {**ENVIRONMENT, "TOKEN": "  "},
        {**ENVIRONMENT, "TOKEN": "a\nb: c"},
        {**ENVIRONMENT, "SECRET": "密"},
    ):
        with pytest.raises(InputError, match=r"the variable (SECRET|TOKEN)"):
            settings.opened(found, environment)


def test_wechats_safe_mode_needs_a_key_of_43_letters() -> None:
    (found,) = settings.read({"wechat": {**OPTIONS["wechat"], "aes_env": "AES"}}, "b")
    with pytest.raises(InputError, match="43 letters"):
        settings.opened(found, {**ENVIRONMENT, "AES": "short"})


def test_wechats_safe_mode_without_cryptography_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers", None)
    (found,) = settings.read({"wechat": {**OPTIONS["wechat"], "aes_env": "AES"}}, "b")
    with pytest.raises(InputError, match=r"breakeven\[sign\]"):
        settings.opened(found, ENVIRONMENT)

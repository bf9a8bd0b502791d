"""Platforms as they send: recorded bodies after their public documentation, signed for secrets of the tests."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_plus

from breakeven.scenarios.support.channels.channel import Channel
from breakeven.scenarios.support.channels.settings import ChannelSettings, opened

RECORDED = Path(__file__).with_name("recorded")
#: The time at which everything is sent, by the clock of the tests.
NOW = 1_767_225_600.0
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ENVIRONMENT = {
    "SECRET": "8f742231b10e8888abcd99yyyzzz85a5",
    "TOKEN": "token-of-the-bot",
    "VERIFY": "meatyhamhock",
    "AES": AES_KEY,
}
BASE = {"secret_env": "SECRET", "token_env": "TOKEN"}
OPTIONS = {
    "telegram": BASE,
    "slack": BASE,
    "whatsapp": {**BASE, "verify_env": "VERIFY", "phone_number_id": "27681414235104944"},
    "messenger": {**BASE, "verify_env": "VERIFY"},
    "wechat": {**BASE, "app_id": "wx2c2769f8efd9abc2"},
    "chatwoot": {**BASE, "url": "https://desk.example"},
    "webhook": {"secret_env": "SECRET", "url": "https://shop.example/replies"},
}
SECRET = ENVIRONMENT["SECRET"]


@dataclass
class Sent:
    """A request of a platform."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)


def channel(kind: str, **more: str) -> Channel:
    """A channel with the secrets of the tests."""
    return opened(ChannelSettings(kind, kind, {**OPTIONS[kind], **more}), ENVIRONMENT)


def body(name: str) -> bytes:
    """A recorded body; a press of a button on Slack as the form that it is sent in."""
    found = next(RECORDED.glob(f"{name}.*")).read_bytes()
    return b"payload=" + quote_plus(found.decode()).encode() if name == "slack_press" else found


def sent(name: str, at: float = NOW, secret: str = SECRET) -> Sent:
    """A recorded body with the signature of its platform."""
    return signed(name.partition("_")[0], body(name), at, secret, is_form=name == "slack_press")


def signed(kind: str, content: bytes, at: float = NOW, secret: str = SECRET, is_form: bool = False) -> Sent:
    """Any body with the signature of a platform, made as that platform documents it."""
    stamp = f"{at:.0f}"
    if kind == "telegram":
        return Sent(content, {"x-telegram-bot-api-secret-token": secret})
    if kind == "slack":
        kind_of_body = "application/x-www-form-urlencoded" if is_form else "application/json"
        mac = digest(secret, f"v0:{stamp}:".encode() + content)
        return Sent(
            content,
            {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={mac}", "content-type": kind_of_body},
        )
    if kind in ("whatsapp", "messenger"):
        return Sent(content, {"x-hub-signature-256": f"sha256={digest(secret, content)}"})
    if kind == "wechat":
        nonce = "1372623149"
        plain = hashlib.sha1("".join(sorted((secret, stamp, nonce))).encode()).hexdigest()
        return Sent(content, {}, {"signature": plain, "timestamp": stamp, "nonce": nonce, "openid": "o"})
    name = "breakeven" if kind == "webhook" else "chatwoot"
    mac = digest(secret, f"{stamp}.".encode() + content)
    return Sent(content, {f"x-{name}-timestamp": stamp, f"x-{name}-signature": f"sha256={mac}"})


def sealed(content: bytes, at: float = NOW, app_id: str = OPTIONS["wechat"]["app_id"]) -> Sent:
    """A message of WeChat in safe mode."""
    from breakeven.scenarios.support.channels.wechat_aes import Box

    closed = Box(AES_KEY, app_id).closed(content.decode())
    request = signed(
        "wechat",
        f"<xml><ToUserName><![CDATA[gh]]></ToUserName><Encrypt><![CDATA[{closed}]]></Encrypt></xml>".encode(),
        at,
    )
    parts = sorted((SECRET, request.query["timestamp"], request.query["nonce"], closed))
    request.query |= {"encrypt_type": "aes", "msg_signature": hashlib.sha1("".join(parts).encode()).hexdigest()}
    return request


def digest(secret: str, content: bytes) -> str:
    """HMAC-SHA256 in hexadecimal digits."""
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()

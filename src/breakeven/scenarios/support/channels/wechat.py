"""WeChat Official Account: XML in, an answer within five seconds or the customer-service interface out.

In plain mode WeChat signs the time and a number of the request, not its body; in safe mode the body is encrypted and signed. Plain mode
is accepted, safe mode is better: it needs the package `cryptography` (the extra `sign`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from breakeven.scenarios.support.channels import json_body, signature, texts, wechat_aes
from breakeven.scenarios.support.channels.channel import (
    MAX_ID,
    Account,
    Answer,
    Connection,
    Forged,
    Incoming,
    IncomingMessage,
    NotReadable,
    Outcome,
    OutgoingRequest,
    Plain,
)
from breakeven.scenarios.support.channels.wechat_token import AccessToken
from breakeven.scenarios.support.transcript import Reply

API = "https://api.weixin.qq.com"
#: Bytes of a text.
MAX_TEXT = 2048
XML = b"application/xml; charset=utf-8"
#: What WeChat takes for "received, no answer here".
RECEIVED = Answer(b"success")
#: What the interface says of an access token that is no longer good, and of being busy.
EXPIRED, BUSY = frozenset({40001, 40014, 42001}), frozenset({-1, 45009, 45047})

_START = re.compile(r"<([A-Za-z][A-Za-z0-9_]{0,31})>")
_OPEN = "<![CDATA["
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


class WeChat(Plain):
    """An account. `secret` is the token of its server settings, `aes` the EncodingAESKey, `token` the app's secret."""

    def __init__(self, account: Account) -> None:
        self.name, self._account = account.name, account
        #: Whether replies may be sent by the customer-service interface.
        self.can_send = "token" in account.secrets
        self._access = AccessToken(account)
        self._box = (
            wechat_aes.Box(account.token("aes"), account.options["app_id"]) if "aes" in account.secrets else None
        )

    def challenge(self, query: Mapping[str, str]) -> Answer:
        """`echostr`, given back. Raises Forged."""
        self._check_plain(query)
        return Answer(query.get("echostr", "").encode())

    def incoming(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, now: float) -> Incoming:
        """A message or an event. Raises Forged and NotReadable."""
        self._check_plain(query)
        at = signature.check_time(query.get("timestamp"), now, "query, timestamp")
        is_safe = query.get("encrypt_type") == "aes"
        if self._box is not None and not is_safe:
            raise Forged(
                "query, encrypt_type", "the message is not encrypted", "choose safe mode in the account's settings"
            )
        fields = parsed(body)
        if is_safe:
            fields = self._opened(fields, query, at)
        message = _message(fields, now)
        if isinstance(message, str):
            return Incoming(ignored={message: 1}, answer=RECEIVED)
        return Incoming([message], answer=RECEIVED, passive=_Passive(self, fields, query))

    def outgoing(self, reply: Reply, customer: str) -> Sequence[OutgoingRequest]:
        """Messages by the customer-service interface, buttons as numbered lines. None without the app's secret."""
        if not self.can_send:
            return ()
        address = f"{self._account.address}/cgi-bin/message/custom/send"
        out = []
        for piece in texts.split(_text(reply), MAX_TEXT, texts.utf8):
            body = json_body.written({"touser": customer, "msgtype": "text", "text": {"content": piece}})
            out.append(OutgoingRequest("POST", address, customer, {"content-type": "application/json"}, body))
        return out

    async def authorised(self, request: OutgoingRequest, connection: Connection) -> OutgoingRequest:
        """The request with an access token, fetched where the last one has run out."""
        return replace(request, address=f"{request.address}?access_token={await self._access.get(connection)}")

    def outcome(self, status: int, body: bytes) -> Outcome:
        """WeChat answers 200 to what it refuses, too, with a number."""
        by_status = super().outcome(status, body)
        if by_status != "sent":
            return by_status
        try:
            code = json_body.parsed(body).get("errcode", 0)
        except NotReadable:
            return "again"
        if code in EXPIRED:
            self._access.forget()
        return "sent" if code == 0 else "again" if code in EXPIRED | BUSY else "failed"

    def numbers(self, reply: Reply) -> bool:
        """Always: there are no buttons."""
        return bool(texts.saying(reply))

    def sealed(self, answer: str, query: Mapping[str, str]) -> str:
        """An answer as it is sent: encrypted and signed in safe mode."""
        if self._box is None:
            return answer
        at, nonce, sealed = query["timestamp"], query.get("nonce", ""), self._box.closed(answer)
        signed = signature.sha1_of_sorted(self._account.token("secret"), at, nonce, sealed)
        return (
            f"<xml><Encrypt>{_cdata(sealed)}</Encrypt><MsgSignature>{_cdata(signed)}</MsgSignature>"
            f"<TimeStamp>{at}</TimeStamp><Nonce>{_cdata(nonce)}</Nonce></xml>"
        )

    def _check_plain(self, query: Mapping[str, str]) -> None:
        expected = signature.sha1_of_sorted(
            self._account.token("secret"), query.get("timestamp", ""), query.get("nonce", "")
        )
        signature.check(query.get("signature"), expected, "query, signature")

    def _opened(self, fields: Mapping[str, str], query: Mapping[str, str], at: str) -> dict[str, str]:
        """The fields inside an encrypted message. Raises Forged and NotReadable."""
        if self._box is None:
            raise NotReadable("body", "the message is encrypted", "name the EncodingAESKey in the brief: aes_env")
        sealed = fields.get("Encrypt", "")
        expected = signature.sha1_of_sorted(self._account.token("secret"), at, query.get("nonce", ""), sealed)
        signature.check(query.get("msg_signature"), expected, "query, msg_signature")
        return parsed(self._box.opened(sealed))


class _Passive:
    """Answers a message in its own request, encrypted where the message was."""

    def __init__(self, channel: WeChat, fields: Mapping[str, str], query: Mapping[str, str]) -> None:
        self._channel, self._fields, self._query = channel, fields, query

    def __call__(self, reply: Reply) -> Answer | None:
        """The answer. A reply longer than one message is sent by the interface, and cut where that may not be used."""
        pieces = texts.split(_text(reply), MAX_TEXT - 3, texts.utf8)
        if len(pieces) > 1 and self._channel.can_send:
            return None
        text = f"{pieces[0]}…" if len(pieces) > 1 else "".join(pieces)
        inner = "".join(
            (
                f"<ToUserName>{_cdata(self._fields['FromUserName'])}</ToUserName>",
                f"<FromUserName>{_cdata(self._fields.get('ToUserName', ''))}</FromUserName>",
                f"<CreateTime>{self._query['timestamp']}</CreateTime><MsgType><![CDATA[text]]></MsgType>",
                f"<Content>{_cdata(text)}</Content>",
            )
        )
        return Answer(self._channel.sealed(f"<xml>{inner}</xml>", self._query).encode(), XML)


def parsed(body: bytes) -> dict[str, str]:
    """The fields of WeChat's flat XML, read from front to back. Nothing else of XML is known: no declarations, no entities of its own,
    no attributes; what is nested in a field is left out.

    Raises NotReadable.

    >>> parsed(b"<xml><MsgType><![CDATA[text]]></MsgType><CreateTime>12</CreateTime></xml>")
    {'MsgType': 'text', 'CreateTime': '12'}
    """
    try:
        text = body.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise NotReadable("body", "it is not UTF-8", "send what WeChat documents") from None
    if not (text.startswith("<xml>") and text.endswith("</xml>")):
        raise _strange("it is not a message of WeChat")
    out, at, end = dict[str, str](), len("<xml>"), len(text) - len("</xml>")
    while (at := _after_space(text, at)) < end:
        start = _START.match(text, at, end)
        if start is None:
            raise _strange(f"no field begins at character {at:,}")
        name, closing = start[1], f"</{start[1]}>"
        value, at = _value(text, start.end(), closing, end)
        out.setdefault(name, value)
    return out


def _value(text: str, at: int, closing: str, end: int) -> tuple[str, int]:
    """What a field holds from `at` on, and where it ends. Raises NotReadable."""
    pieces = []
    at = _after_space(text, at)
    while text.startswith(_OPEN, at):
        close = text.find("]]>", at, end)
        if close < 0:
            raise _strange("a field has no end")
        pieces.append(text[at + len(_OPEN) : close])
        at = _after_space(text, close + 3)
    close = text.find(closing, at, end)
    if close < 0:
        raise _strange("a field has no end")
    if not pieces and "<" not in text[at:close]:
        pieces.append(_unescaped(text[at:close].strip()))
    return "".join(pieces), close + len(closing)


def _after_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _strange(what: str) -> NotReadable:
    return NotReadable("body", what, "send <xml> with its fields, as WeChat does")


def _unescaped(text: str) -> str:
    for entity, sign in _ENTITIES:
        text = text.replace(entity, sign)
    return text


def _cdata(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _text(reply: Reply) -> str:
    return texts.numbered(texts.with_links(texts.marked(reply), reply), texts.saying(reply))


def _message(fields: Mapping[str, str], now: float) -> IncomingMessage | str:
    """A customer's message, or the kind of what is none."""
    customer, kind = fields.get("FromUserName", ""), fields.get("MsgType", "")
    at = json_body.seconds(fields.get("CreateTime"), now)
    name, text = fields.get("MsgId", ""), fields.get("Content", "")
    if kind == "voice":
        text = fields.get("Recognition", "")
    elif kind == "event":
        if fields.get("Event") != "CLICK":
            return f"event {fields.get('Event', '')}"[:40]
        name, text = f"{customer}/{at:.0f}/click", fields.get("EventKey", "")
    elif kind != "text":
        return f"message of type {kind}"[:40]
    if not (customer and name and text.strip()) or max(len(name), len(customer)) > MAX_ID:
        return "message without text"
    return IncomingMessage(customer, name, text, at)

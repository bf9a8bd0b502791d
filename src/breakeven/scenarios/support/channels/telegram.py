"""Telegram: updates by webhook, replies by sendMessage with buttons below the message (Bot API 9).

Telegram signs nothing; it sends the `secret_token` that setWebhook was given in a header.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from breakeven.scenarios.support.channels import json_body, signature, texts
from breakeven.scenarios.support.channels.channel import (
    Account,
    Incoming,
    IncomingMessage,
    OutgoingRequest,
    Plain,
)
from breakeven.scenarios.support.channels.json_body import Json
from breakeven.scenarios.support.transcript import Reply

API = "https://api.telegram.org"
#: Commands that the app itself sends for who opens the chat: nobody asked anything yet.
GREETINGS = frozenset({"/start", "/help"})
#: Characters of a message, in UTF-16 units.
MAX_TEXT = 4096
#: Bytes of what a button says; buttons of a message.
MAX_DATA, MAX_BUTTONS = 64, 8


class Telegram(Plain):
    """A bot. `secret` is the webhook's secret token, `token` the bot's."""

    def __init__(self, account: Account) -> None:
        self.name, self._account = account.name, account

    def incoming(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, now: float) -> Incoming:
        """An update. Raises Forged and NotReadable."""
        where = "header X-Telegram-Bot-Api-Secret-Token"
        signature.check(headers.get("x-telegram-bot-api-secret-token"), self._account.token("secret"), where)
        update = json_body.parsed(body)
        if press := json_body.part(update, "callback_query"):
            return self._pressed(press, now)
        for kind in ("message", "edited_message"):
            if message := json_body.part(update, kind):
                return _written(message, kind, now)
        kinds = [key for key in update if key != "update_id"]
        return Incoming(ignored={kinds[0][:40] if kinds else "empty": 1})

    def outgoing(self, reply: Reply, customer: str) -> Sequence[OutgoingRequest]:
        """Messages to a chat, the buttons below the last."""
        offered, fits = texts.saying(reply), not self.numbers(reply)
        text = texts.marked(reply) if fits else texts.numbered(texts.marked(reply), offered)
        rows = [[{"text": name, "callback_data": send}] for name, send in offered] if fits else []
        rows += [[{"text": texts.label(one, reply), "url": one.url}] for one in reply.buttons if one.url]
        pieces = texts.split(text, MAX_TEXT, texts.utf16)
        out = []
        for number, piece in enumerate(pieces, 1):
            more = {"reply_markup": {"inline_keyboard": rows}} if rows and number == len(pieces) else {}
            out.append(self._request("sendMessage", customer, {"chat_id": customer, "text": piece, **more}))
        return out

    def numbers(self, reply: Reply) -> bool:
        """Where there are too many buttons, or one says too much."""
        offered = texts.saying(reply)
        return len(offered) > MAX_BUTTONS or any(texts.utf8(send) > MAX_DATA for _, send in offered)

    def _pressed(self, press: Json, now: float) -> Incoming:
        """A press of a button; the app shows it as waiting until it is answered."""
        chat, data, name = (
            _chat(json_body.part(press, "message")),
            json_body.text(press, "data"),
            json_body.name(press, "id"),
        )
        if not chat or not data or not name:
            return Incoming(ignored={"callback_query without data": 1})
        seen = self._request("answerCallbackQuery", chat, {"callback_query_id": name})
        return Incoming([IncomingMessage(chat, f"press/{name}", data, now)], requests=[seen])

    def _request(self, method: str, customer: str, body: Json) -> OutgoingRequest:
        address = f"{self._account.address}/bot{self._account.token('token')}/{method}"
        return OutgoingRequest("POST", address, customer, {"content-type": "application/json"}, json_body.written(body))


def _written(message: Json, kind: str, now: float) -> Incoming:
    """A message; what was edited comes once more, with the time of the edit in its id."""
    chat, name = _chat(message), json_body.name(message, "message_id")
    text = json_body.text(message, "text") or json_body.text(message, "caption")
    if not chat:
        return Incoming(ignored={"message outside a private chat": 1})
    if json_body.part(message, "from").get("is_bot") is True:
        return Incoming(ignored={"message of a bot": 1})
    if not text or not name:
        return Incoming(ignored={"message without text": 1})
    if text.partition(" ")[0].partition("@")[0] in GREETINGS:
        speaks = json_body.text(json_body.part(message, "from"), "language_code")
        text = "你好" if speaks.startswith("zh") else "Hello"
    at = json_body.seconds(message.get("date"), now)
    if kind == "edited_message":
        at = json_body.seconds(message.get("edit_date"), at)
        name = f"{name}/edit/{at:.0f}"
    return Incoming([IncomingMessage(chat, f"{chat}/{name}", text, at)])


def _chat(message: Json) -> str:
    """The id of a private chat; "" for groups and channels, where others would read the answers."""
    chat = json_body.part(message, "chat")
    return json_body.name(chat, "id") if chat.get("type") == "private" else ""

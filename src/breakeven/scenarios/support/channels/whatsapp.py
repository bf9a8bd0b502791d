"""WhatsApp by Meta's Cloud API: texts and presses of buttons in, texts, up to three buttons or a list out."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.scenarios.support.channels import json_body, meta, texts
from breakeven.scenarios.support.channels.channel import (
    IncomingMessage,
    OutgoingRequest,
)
from breakeven.scenarios.support.channels.json_body import Json
from breakeven.scenarios.support.transcript import Reply

#: Characters of a text, and of one above buttons.
MAX_TEXT, MAX_ABOVE = 4096, 1024
#: Buttons and characters of their labels; rows of a list and of theirs; characters of what either says.
BUTTONS, LABEL, ROWS, ROW, MAX_ID = 3, 20, 10, 24, 200


class WhatsApp(meta.MetaChannel):
    """A number. `secret` is the app's, `verify` the token of the subscription, `token` the access token."""

    def outgoing(self, reply: Reply, customer: str) -> Sequence[OutgoingRequest]:
        """Texts, and with the last of them up to three buttons, a list of up to ten rows, or numbered lines."""
        offered, text = texts.saying(reply), texts.with_links(texts.marked(reply), reply)
        form = _form(offered)
        if form == "text":
            pieces = texts.split(texts.numbered(text, offered), MAX_TEXT)
            return [self._request(customer, _text(piece)) for piece in pieces]
        *before, last = texts.split(text, MAX_ABOVE) or [""]
        interactive = _buttons(last, offered) if form == "buttons" else _list(last, offered, reply)
        return [self._request(customer, one) for one in (*map(_text, before), interactive)]

    def numbers(self, reply: Reply) -> bool:
        """Where the buttons fit neither under the text nor in a list."""
        return bool(offered := texts.saying(reply)) and _form(offered) == "text"

    def _read(self, entry: Json, messages: list[IncomingMessage], ignored: dict[str, int], now: float) -> None:
        for change in json_body.parts(entry, "changes"):
            value = json_body.part(change, "value")
            self._read_value(value, messages, ignored, now)
            if not value.get("messages") and not value.get("statuses"):
                meta.count(ignored, json_body.text(change, "field") or "empty")

    def _read_value(self, value: Json, messages: list[IncomingMessage], ignored: dict[str, int], now: float) -> None:
        wanted = self._account.options["phone_number_id"]
        for status in json_body.parts(value, "statuses"):
            meta.count(ignored, f"status {json_body.text(status, 'status')}")
        for message in json_body.parts(value, "messages"):
            if json_body.name(json_body.part(value, "metadata"), "phone_number_id") != wanted:
                meta.count(ignored, "another phone number")
                continue
            customer = json_body.name(message, "from") or json_body.name(message, "from_user_id")
            name, text = json_body.name(message, "id"), _said(message)
            if customer and name and text:
                at = json_body.seconds(message.get("timestamp"), now)
                messages.append(IncomingMessage(customer, name, text, at))
            else:
                meta.count(ignored, f"message of type {json_body.text(message, 'type')}")

    def _request(self, customer: str, body: Json) -> OutgoingRequest:
        to = "recipient" if _is_hidden(customer) else "to"
        message = {"messaging_product": "whatsapp", "recipient_type": "individual", to: customer, **body}
        return self._post(f"{self._account.options['phone_number_id']}/messages", customer, message)


def _is_hidden(customer: str) -> bool:
    """Whether a customer who goes by a username is known by the id that Meta gives for this business, not by a phone number.

    >>> _is_hidden("US.13491208655302741918"), _is_hidden("16315551234")
    (True, False)
    """
    return not customer.isdigit()


def _said(message: Json) -> str:
    """What a message says: its text, or what the pressed button stands for."""
    interactive = json_body.part(message, "interactive")
    for kind in ("button_reply", "list_reply"):
        if found := json_body.text(json_body.part(interactive, kind), "id"):
            return found
    button = json_body.part(message, "button")
    caption = next(
        (json_body.part(message, kind).get("caption") for kind in ("image", "video", "document") if kind in message), ""
    )
    texts_found = (json_body.part(message, "text").get("body"), button.get("payload"), button.get("text"), caption)
    return next((one for one in texts_found if isinstance(one, str) and one), "")


def _form(offered: Sequence[tuple[str, str]]) -> str:
    """How buttons are shown: names must differ and fit."""
    names = [name for name, _ in offered]
    if not names or len(set(names)) < len(names) or not all(names) or any(len(send) > MAX_ID for _, send in offered):
        return "text"
    longest = max(map(len, names))
    if len(names) <= BUTTONS and longest <= LABEL:
        return "buttons"
    return "list" if len(names) <= ROWS and longest <= ROW else "text"


def _text(text: str) -> Json:
    return {"type": "text", "text": {"preview_url": False, "body": text}}


def _buttons(text: str, offered: Sequence[tuple[str, str]]) -> Json:
    buttons = [{"type": "reply", "reply": {"id": send, "title": name}} for name, send in offered]
    return {
        "type": "interactive",
        "interactive": {"type": "button", "body": {"text": text}, "action": {"buttons": buttons}},
    }


def _list(text: str, offered: Sequence[tuple[str, str]], reply: Reply) -> Json:
    rows = [{"id": send, "title": name} for name, send in offered]
    button = "请选择" if texts.is_chinese(reply.text) else "Choose"
    action = {"button": button, "sections": [{"rows": rows}]}
    return {"type": "interactive", "interactive": {"type": "list", "body": {"text": text}, "action": action}}

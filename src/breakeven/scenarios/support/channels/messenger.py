"""Messenger of a Facebook page: texts, quick replies and postbacks in, texts with quick replies out."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.scenarios.support.channels import json_body, meta, texts
from breakeven.scenarios.support.channels.channel import (
    IncomingMessage,
    OutgoingRequest,
)
from breakeven.scenarios.support.channels.json_body import Json
from breakeven.scenarios.support.transcript import Reply

#: What the button says by which a chat begins, as Meta's examples have it: nobody asked anything yet.
STARTED = "get started"
#: Characters of a text; quick replies, characters of their titles and of what they say.
MAX_TEXT, BUTTONS, LABEL, PAYLOAD = 2000, 13, 20, 1000


class Messenger(meta.MetaChannel):
    """A page. `secret` is the app's, `verify` the token of the subscription, `token` the page's access token."""

    def outgoing(self, reply: Reply, customer: str) -> Sequence[OutgoingRequest]:
        """Texts, and with the last of them quick replies where they fit, else numbered lines."""
        offered, text = texts.saying(reply), texts.with_links(texts.marked(reply), reply)
        fits = not self.numbers(reply)
        pieces = texts.split(text if fits else texts.numbered(text, offered), MAX_TEXT)
        quick = [{"content_type": "text", "title": name, "payload": send} for name, send in offered] if fits else []
        out = []
        for number, piece in enumerate(pieces, 1):
            more = {"quick_replies": quick} if quick and number == len(pieces) else {}
            out.append(self._request(customer, {"text": piece, **more}))
        return out

    def numbers(self, reply: Reply) -> bool:
        """Where there are too many quick replies, or one is too long."""
        offered = texts.saying(reply)
        return len(offered) > BUTTONS or not all(
            0 < len(name) <= LABEL and len(send) <= PAYLOAD for name, send in offered
        )

    def _read(self, entry: Json, messages: list[IncomingMessage], ignored: dict[str, int], now: float) -> None:
        if "standby" in entry:
            meta.count(ignored, "standby")
        for event in json_body.parts(entry, "messaging"):
            found = _message(event, now)
            if isinstance(found, str):
                meta.count(ignored, found)
            else:
                messages.append(found)

    def _request(self, customer: str, message: Json) -> OutgoingRequest:
        body = {"recipient": {"id": customer}, "messaging_type": "RESPONSE", "message": message}
        return self._post("me/messages", customer, body)


def _message(event: Json, now: float) -> IncomingMessage | str:
    """A customer's message, or the kind of what is none."""
    customer, message = json_body.name(json_body.part(event, "sender"), "id"), json_body.part(event, "message")
    at = json_body.seconds(event.get("timestamp"), now, 1000)
    if message.get("is_echo"):
        return "echo"
    if postback := json_body.part(event, "postback"):
        text = json_body.text(postback, "payload") or json_body.text(postback, "title")
        if text.lower().replace("_", " ") == STARTED:
            text = "Hello"
        name = json_body.name(postback, "mid") or f"{customer}/{at:.3f}/{text[:60]}"
    elif message:
        text = json_body.text(json_body.part(message, "quick_reply"), "payload") or json_body.text(message, "text")
        name = json_body.name(message, "mid")
    else:
        return next(
            (kind for kind in ("read", "delivery", "reaction", "referral", "optin") if kind in event), "unknown event"
        )
    if not (customer and name and text):
        return "message without text"
    return IncomingMessage(customer, name, text, at)

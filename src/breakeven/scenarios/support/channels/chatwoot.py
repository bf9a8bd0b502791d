"""Chatwoot's agent bot: an existing desk keeps its inboxes, and this product answers what is pending there.

The bot answers only while Chatwoot says that a conversation is `pending`; it gives one to a person by setting it to `open`, and stays
silent until somebody sets it back. Chatwoot signs what it sends to agent bots from version 4.13 on; before that, an address with a
secret of its own is the only check there can be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from breakeven.scenarios.support.channels import json_body, signature, texts
from breakeven.scenarios.support.channels.channel import (
    Account,
    Forged,
    Incoming,
    IncomingMessage,
    OutgoingRequest,
    Plain,
)
from breakeven.scenarios.support.channels.json_body import Json
from breakeven.scenarios.support.transcript import Reply

#: Characters of a message; buttons of a message.
MAX_TEXT, MAX_BUTTONS = 4000, 10


class Chatwoot(Plain):
    """An agent bot. `secret` signs, or `path` is `?token=` of the address; `token` is the bot's access token."""

    def __init__(self, account: Account) -> None:
        self.name, self._account = account.name, account

    def incoming(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, now: float) -> Incoming:
        """An event. Raises Forged and NotReadable."""
        if "secret" in self._account.secrets:
            signature.check_stamped(headers, body, self._account.secret("secret"), "chatwoot", now)
        elif "path" in self._account.secrets:
            signature.check(query.get("token"), self._account.token("path"), "query, token")
        else:
            raise Forged("channel", "it has no secret", "name one in the brief")
        event = json_body.parsed(body)
        kind = json_body.text(event, "event")
        if kind == "message_created":
            return _created(event, now)
        if kind == "message_updated":
            return _chosen(event, now)
        return Incoming(ignored={kind[:40] or "no event": 1})

    def outgoing(self, reply: Reply, customer: str) -> Sequence[OutgoingRequest]:
        """Messages, the buttons as Chatwoot's own with the last."""
        offered = texts.saying(reply)
        fits = 0 < len(offered) <= MAX_BUTTONS
        text = texts.with_links(texts.marked(reply), reply)
        pieces = texts.split(text if fits else texts.numbered(text, offered), MAX_TEXT)
        out = []
        for number, piece in enumerate(pieces, 1):
            body: dict[str, object] = {"content": piece, "message_type": "outgoing", "private": False}
            if fits and number == len(pieces):
                items = [{"title": name, "value": send} for name, send in offered]
                body |= {"content_type": "input_select", "content_attributes": {"items": items}}
            out.append(self._request(customer, "messages", body))
        return out

    def numbers(self, reply: Reply) -> bool:
        """Where there are too many buttons."""
        return len(texts.saying(reply)) > MAX_BUTTONS

    def hand_over(self, customer: str) -> Sequence[OutgoingRequest]:
        """The conversation is set to `open`, where people see it."""
        return [self._request(customer, "toggle_status", {"status": "open"}, hands_over=True)]

    def _request(self, customer: str, what: str, body: Json, hands_over: bool = False) -> OutgoingRequest:
        account, _, conversation = customer.partition("/")
        address = f"{self._account.address}/api/v1/accounts/{account}/conversations/{conversation}/{what}"
        headers = {"content-type": "application/json", "api_access_token": self._account.token("token")}
        return OutgoingRequest("POST", address, customer, headers, json_body.written(body), hands_over)


def _created(event: Json, now: float) -> Incoming:
    if event.get("message_type") not in ("incoming", 0):
        return Incoming(ignored={"message of the desk": 1})
    if event.get("private"):
        return Incoming(ignored={"private note": 1})
    status, customer = _conversation(event)
    if status != "pending":
        return Incoming(ignored={f"conversation is {status or 'without status'}"[:40]: 1})
    name, text = json_body.name(event, "id"), json_body.text(event, "content").strip()
    if not (name and customer and text):
        return Incoming(ignored={"message without text": 1})
    return Incoming([IncomingMessage(customer, name, text, _time(event.get("created_at"), now), with_bot=True)])


def _chosen(event: Json, now: float) -> Incoming:
    """A press of a button: the message that offered it comes again, with what was submitted."""
    status, customer = _conversation(event)
    values = list(json_body.parts(json_body.part(event, "content_attributes"), "submitted_values"))
    name, said = json_body.name(event, "id"), json_body.text(values[0], "value") if values else ""
    if status != "pending" or not (name and customer and said):
        return Incoming(ignored={"message_updated": 1})
    return Incoming([IncomingMessage(customer, f"{name}/chosen", said, now, with_bot=True)])


def _conversation(event: Json) -> tuple[str, str]:
    """The status and the address of a conversation, "" for an id that is no number: it becomes part of an address."""
    conversation = json_body.part(event, "conversation")
    account = json_body.name(json_body.part(event, "account"), "id")
    name = json_body.name(conversation, "display_id") or json_body.name(conversation, "id")
    known = account.isascii() and account.isdigit() and name.isascii() and name.isdigit()
    return json_body.text(conversation, "status"), f"{account}/{name}" if known else ""


def _time(value: object, now: float) -> float:
    """A time as Chatwoot writes it: seconds, or a date.

    >>> _time("2020-03-03 13:05:57 UTC", 0.0), _time("2025-07-10T15:36:22.262Z", 0.0), _time(1583240757, 0.0)
    (1583240757.0, 1752161782.262, 1583240757.0)
    """
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value.removesuffix(" UTC"))
        except ValueError:
            return json_body.seconds(value, now)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    return json_body.seconds(value, now)

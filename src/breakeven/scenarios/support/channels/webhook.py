"""A webhook of ours, for any other system: messages in and replies out, both signed over their time and body.

In:  `X-Breakeven-Timestamp: 1767225600`, `X-Breakeven-Signature: sha256=HMAC(secret, timestamp.body)`, and
     `{"id": "m1", "customer": "c7", "text": "Where is my card?", "at": 1767225599}`; a list under `messages` holds several.
Out: the same headers, and `{"id": ..., "customer": "c7", "text": ..., "by": "ai", "buttons": [...], "source": ...}` to `url`.
A reply that is sent again keeps its id.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from breakeven.scenarios.support.channels import json_body, signature, texts
from breakeven.scenarios.support.channels.channel import (
    Account,
    Incoming,
    IncomingMessage,
    NotReadable,
    OutgoingRequest,
    Plain,
)
from breakeven.scenarios.support.channels.json_body import Json
from breakeven.scenarios.support.transcript import Reply


class Webhook(Plain):
    """Another system. `secret` signs both ways; replies go to the option `url`, and nowhere where there is none."""

    def __init__(self, account: Account, clock: Callable[[], float] = time.time) -> None:
        self.name, self._account, self._clock = account.name, account, clock

    def incoming(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, now: float) -> Incoming:
        """One message or several. Raises Forged and NotReadable, since here the sender can be told what is wrong."""
        signature.check_stamped(headers, body, self._account.secret("secret"), "breakeven", now)
        document = json_body.parsed(body)
        several = document.get("messages")
        given = several if isinstance(several, list) else [document]
        messages = [_message(one, now) for one in given]
        return Incoming(sorted(messages, key=lambda one: one.at))

    def outgoing(self, reply: Reply, customer: str) -> Sequence[OutgoingRequest]:
        """One request with the whole reply, buttons as they are."""
        if not self._account.address:
            return ()
        buttons = [
            {"label": texts.label(one, reply), **({"url": one.url} if one.url else {"send": one.send})}
            for one in reply.buttons
        ]
        body = {
            "id": secrets.token_hex(12),
            "customer": customer,
            "text": reply.text,
            "by": reply.by,
            "buttons": buttons,
            "source": reply.source,
        }
        return [self._request(customer, json_body.written(body))]

    def hand_over(self, customer: str) -> Sequence[OutgoingRequest]:
        """A request that says so: `{"customer": "c7", "status": "waiting"}`."""
        if not self._account.address:
            return ()
        body = {"id": secrets.token_hex(12), "customer": customer, "status": "waiting"}
        return [self._request(customer, json_body.written(body))]

    async def authorised(self, request: OutgoingRequest, connection: object) -> OutgoingRequest:
        """The request, signed at the time of this try: an older signature would be refused."""
        at = f"{self._clock():.0f}"
        signed = signature.signed(self._account.secret("secret"), at.encode(), b".", request.body)
        headers = {
            "content-type": "application/json",
            "x-breakeven-timestamp": at,
            "x-breakeven-signature": f"sha256={signed}",
        }
        return replace(request, headers=headers)

    def _request(self, customer: str, body: bytes) -> OutgoingRequest:
        return OutgoingRequest("POST", self._account.address, customer, {}, body)


def _message(given: object, now: float) -> IncomingMessage:
    value: Json = given if isinstance(given, dict) else {}
    customer, name, text = json_body.name(value, "customer"), json_body.name(value, "id"), json_body.text(value, "text")
    for key, found in (("customer", customer), ("id", name), ("text", text)):
        if not found:
            raise NotReadable(f"body, {key}", "it is missing or not a text", "send id, customer and text")
    return IncomingMessage(customer, name, text, json_body.seconds(value.get("at"), now))

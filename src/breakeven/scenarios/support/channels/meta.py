"""What WhatsApp and Messenger have in common: Meta's subscription, and requests to its Graph API."""

from __future__ import annotations

from collections.abc import Mapping

from breakeven.scenarios.support.channels import json_body, signature
from breakeven.scenarios.support.channels.channel import Answer, Forged, OutgoingRequest
from breakeven.scenarios.support.channels.json_body import Json

#: The version of the Graph API that requests are written for.
API = "https://graph.facebook.com/v25.0"


def challenge(query: Mapping[str, str], verify: str) -> Answer:
    """The number that Meta sends to a new address, given back. Raises Forged unless its token is ours."""
    if query.get("hub.mode") != "subscribe":
        raise Forged("query, hub.mode", "it is not 'subscribe'", "subscribe in the app's settings")
    signature.check(query.get("hub.verify_token"), verify, "query, hub.verify_token")
    return Answer(query.get("hub.challenge", "").encode())


def request(address: str, token: str, customer: str, body: Json) -> OutgoingRequest:
    """A POST with a bearer's token, which never stands in the address."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    return OutgoingRequest("POST", address, customer, headers, json_body.written(body))


def count(ignored: dict[str, int], kind: str) -> None:
    """Count what holds no message."""
    kind = kind[:40]
    ignored[kind] = ignored.get(kind, 0) + 1

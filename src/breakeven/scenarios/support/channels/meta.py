"""What WhatsApp and Messenger have in common: Meta's subscription, and requests to its Graph API."""

from __future__ import annotations

from collections.abc import Mapping

from breakeven.scenarios.support.channels import json_body, signature
from breakeven.scenarios.support.channels.channel import (
    Account,
    Answer,
    Forged,
    Incoming,
    IncomingMessage,
    OutgoingRequest,
    Plain,
)
from breakeven.scenarios.support.channels.json_body import Json

#: The version of the Graph API that requests are written for.
API = "https://graph.facebook.com/v25.0"


class MetaChannel(Plain):
    """A channel of the Graph API. `secret` is the app's, `verify` the token of the subscription, `token` the access token."""

    def __init__(self, account: Account) -> None:
        self.name, self._account = account.name, account

    def challenge(self, query: Mapping[str, str]) -> Answer:
        """The number that Meta sends to a new address, given back. Raises Forged unless its token is ours."""
        if query.get("hub.mode") != "subscribe":
            raise Forged("query, hub.mode", "it is not 'subscribe'", "subscribe in the app's settings")
        signature.check(query.get("hub.verify_token"), self._account.token("verify"), "query, hub.verify_token")
        return Answer(query.get("hub.challenge", "").encode())

    def incoming(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, now: float) -> Incoming:
        """A notification: messages of one or several customers, or receipts. Raises Forged and NotReadable."""
        signature.check_hub(headers, body, self._account.secret("secret"))
        messages, ignored = list[IncomingMessage](), dict[str, int]()
        for entry in json_body.parts(json_body.parsed(body), "entry"):
            self._read(entry, messages, ignored, now)
        return Incoming(sorted(messages, key=lambda one: one.at), ignored)

    def _read(self, entry: Json, messages: list[IncomingMessage], ignored: dict[str, int], now: float) -> None:
        """Add the customers' messages of an entry, and count what else it holds."""
        raise NotImplementedError

    def _post(self, path: str, customer: str, body: Json) -> OutgoingRequest:
        """A request with the token in its header, which never stands in the address."""
        headers = {"content-type": "application/json", "authorization": f"Bearer {self._account.token('token')}"}
        return OutgoingRequest("POST", f"{self._account.address}/{path}", customer, headers, json_body.written(body))


def count(ignored: dict[str, int], kind: str) -> None:
    """Count what holds no message."""
    kind = kind[:40]
    ignored[kind] = ignored.get(kind, 0) + 1

"""WeChat's access token: fetched by the app's secret, kept until it runs out."""

from __future__ import annotations

import time
from collections.abc import Callable

from breakeven.scenarios.support.channels import json_body
from breakeven.scenarios.support.channels.channel import Account, Connection, NotReadable, OutgoingRequest

#: Seconds before its end at which a token is fetched again.
EARLY = 300.0


class AccessToken:
    """The token of one account."""

    def __init__(self, account: Account, clock: Callable[[], float] = time.monotonic) -> None:
        self._account, self._clock = account, clock
        self._token, self._until = "", 0.0

    def forget(self) -> None:
        """WeChat says it is no longer good."""
        self._until = 0.0

    async def get(self, connection: Connection) -> str:
        """A token that is good. Raises OSError where WeChat gives none."""
        if self._clock() < self._until:
            return self._token
        wanted = {
            "grant_type": "client_credential",
            "appid": self._account.options["app_id"],
            "secret": self._account.token("token"),
        }
        address = f"{self._account.address}/cgi-bin/stable_token"
        request = OutgoingRequest("POST", address, "", {"content-type": "application/json"}, json_body.written(wanted))
        status, body, _ = await connection(request)
        try:
            said = json_body.parsed(body)
        except NotReadable:
            said = {}
        token = json_body.text(said, "access_token")
        if not token or not token.isascii() or not token.replace("-", "").replace("_", "").isalnum():
            raise OSError(f"WeChat gave no access token (status {status}, errcode {json_body.name(said, 'errcode')})")
        self._token = token
        self._until = self._clock() + max(json_body.seconds(said.get("expires_in"), 7200.0) - EARLY, 0.0)
        return token

"""The HTTP paths of channels. They ask for no key: each channel checks the signature of what it is sent."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from breakeven.scenarios.support.channels.channel import MAX_BYTES, Answer
from breakeven.scenarios.support.channels.http_connection import HttpConnection
from breakeven.scenarios.support.channels.hub import Conversations, Hub
from breakeven.scenarios.support.channels.settings import ChannelSettings, opened
from breakeven.serving.endpoint import Content, Endpoint, Plain, Request

PATH = "/v1/channels/{channel}"

Short = Annotated[str, Meta(max_length=1000)]


class ChannelQuery(msgspec.Struct, frozen=True, omit_defaults=True):
    """What platforms send in the query: WeChat's signature, Meta's subscription, the token of an address. Others are not looked at."""

    signature: Short = ""
    msg_signature: Short = ""
    timestamp: Short = ""
    nonce: Short = ""
    echostr: Short = ""
    encrypt_type: Short = ""
    mode: Short = msgspec.field(name="hub.mode", default="")
    verify_token: Short = msgspec.field(name="hub.verify_token", default="")
    challenge: Short = msgspec.field(name="hub.challenge", default="")
    token: Short = ""


class ChannelCounts(msgspec.Struct):
    """What happened on each channel since the service began, by what is counted."""

    channels: dict[str, dict[str, int]]


def open_hub(
    settings: Sequence[ChannelSettings], conversations: Conversations, environment: Mapping[str, str] = os.environ
) -> Hub:
    """The channels of a brief. Raises InputError for a variable of the environment that is not set."""
    return Hub([opened(one, environment) for one in settings], conversations, HttpConnection())


def channel_routes(hub: Hub) -> list[Endpoint]:
    """GET and POST of each channel, and the counts of all; none of them where the product has no channels."""
    if not hub.channels:
        return []
    routes = Routes(hub)
    return [
        Endpoint(
            "POST",
            PATH,
            routes.receive,
            "What a platform sends; checked by its signature",
            request=bytes,
            query=ChannelQuery,
            scope="open",
            max_body=MAX_BYTES,
        ),
        Endpoint(
            "GET",
            PATH,
            routes.challenge,
            "A platform's question whether the address is ours",
            query=ChannelQuery,
            scope="open",
        ),
        Endpoint("GET", "/v1/channels", routes.counts, "What happened on each channel", response=ChannelCounts),
    ]


class Routes:
    """The handlers."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def receive(self, request: Request[bytes, ChannelQuery]) -> Content:
        """POST /v1/channels/{channel}."""
        headers: dict[str, str] = {}
        for name, value in request.headers:
            headers.setdefault(name.decode("latin-1"), value.decode("latin-1"))
        return _content(await self._hub.receive(request.path["channel"], headers, _given(request.query), request.body))

    def challenge(self, request: Request[None, ChannelQuery]) -> Content:
        """GET /v1/channels/{channel}."""
        return _content(self._hub.challenge(request.path["channel"], _given(request.query)))

    def counts(self, request: Plain) -> ChannelCounts:
        """GET /v1/channels."""
        return ChannelCounts(self._hub.summary())


def _given(query: ChannelQuery) -> dict[str, str]:
    """What the query held."""
    found: dict[str, str] = msgspec.to_builtins(query)
    return found


def _content(answer: Answer) -> Content:
    return Content(answer.body, answer.media_type)

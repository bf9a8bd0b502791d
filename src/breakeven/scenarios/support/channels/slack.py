"""Slack: the Events API and buttons in, chat.postMessage out."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from breakeven.scenarios.support.channels import json_body, signature, texts
from breakeven.scenarios.support.channels.channel import (
    Account,
    Answer,
    Incoming,
    IncomingMessage,
    NotReadable,
    Outcome,
    OutgoingRequest,
    Plain,
)
from breakeven.scenarios.support.channels.json_body import Json
from breakeven.scenarios.support.transcript import Reply

API = "https://slack.com/api"
#: Characters of a section of a message, of a button's label and of what it says; buttons of a message.
MAX_TEXT, MAX_LABEL, MAX_VALUE, MAX_BUTTONS = 3000, 75, 2000, 25
#: Errors of chat.postMessage after which another try may help.
PASSING = frozenset(
    {"ratelimited", "rate_limited", "service_unavailable", "internal_error", "fatal_error", "request_timeout"}
)

_MENTION = re.compile(r"<@[A-Z0-9]+(?:\|[^>]*)?>\s*")
_LINK = re.compile(r"<((?:https?|mailto|tel):[^|>]+)(?:\|[^>]*)?>")


class Slack(Plain):
    """An app. `secret` is its signing secret, `token` the bot's (`xoxb-`)."""

    def __init__(self, account: Account) -> None:
        self.name, self._account = account.name, account

    def incoming(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes, now: float) -> Incoming:
        """An event, a press of a button, or the question whether the address is ours. Raises Forged and NotReadable."""
        at = signature.check_time(headers.get("x-slack-request-timestamp"), now, "header X-Slack-Request-Timestamp")
        expected = "v0=" + signature.signed(self._account.secret("secret"), b"v0:", at.encode(), b":", body)
        signature.check(headers.get("x-slack-signature"), expected, "header X-Slack-Signature")
        if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return _pressed(json_body.parsed(_payload(body)), now)
        document = json_body.parsed(body)
        kind = json_body.text(document, "type")
        if kind == "url_verification":
            return Incoming(answer=Answer(json_body.text(document, "challenge")[:1000].encode()))
        if kind != "event_callback":
            return Incoming(ignored={kind[:40] or "no type": 1})
        return _event(json_body.part(document, "event"), now)

    def outgoing(self, reply: Reply, customer: str) -> Sequence[OutgoingRequest]:
        """Messages to a conversation, or to the thread that began with a mention; the buttons below the last."""
        channel, _, rest = customer.partition("/")
        thread = rest.partition("/")[2]
        offered, fits = texts.saying(reply), not self.numbers(reply)
        text = texts.marked(reply) if fits else texts.numbered(texts.with_links(texts.marked(reply), reply), offered)
        pieces = texts.split(text, MAX_TEXT, _escaped_size)
        out = []
        for number, piece in enumerate(pieces, 1):
            written = html.escape(piece, quote=False)
            body: dict[str, object] = {"channel": channel, "text": written, "unfurl_links": False}
            if thread:
                body["thread_ts"] = thread
            if fits and reply.buttons and number == len(pieces):
                body["blocks"] = [
                    {"type": "section", "text": {"type": "mrkdwn", "text": written}},
                    {"type": "actions", "elements": _buttons(reply)},
                ]
            out.append(self._request(customer, body))
        return out

    def numbers(self, reply: Reply) -> bool:
        """Where there are too many buttons, or one says too much."""
        return len(reply.buttons) > MAX_BUTTONS or any(len(send) > MAX_VALUE for _, send in texts.saying(reply))

    def outcome(self, status: int, body: bytes) -> Outcome:
        """Slack answers 200 to what it refuses, too."""
        by_status = super().outcome(status, body)
        if by_status != "sent":
            return by_status
        try:
            said = json_body.parsed(body)
        except NotReadable:
            return "again"
        if said.get("ok") is True:
            return "sent"
        return "again" if json_body.text(said, "error") in PASSING else "failed"

    def _request(self, customer: str, body: Json) -> OutgoingRequest:
        headers = {
            "content-type": "application/json; charset=utf-8",
            "authorization": f"Bearer {self._account.token('token')}",
        }
        return OutgoingRequest(
            "POST", f"{self._account.address}/chat.postMessage", customer, headers, json_body.written(body)
        )


def _escaped_size(text: str) -> int:
    return len(html.escape(text, quote=False))


def _buttons(reply: Reply) -> list[Json]:
    out: list[Json] = []
    for number, one in enumerate(reply.buttons):
        button = {
            "type": "button",
            "action_id": f"say-{number}",
            "text": {"type": "plain_text", "text": texts.label(one, reply)[:MAX_LABEL]},
        }
        out.append({**button, "url": one.url} if one.url else {**button, "value": one.send})
    return out


def _payload(body: bytes) -> bytes:
    """The JSON in the form that interactive parts send. Raises NotReadable."""
    try:
        found = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=10, errors="strict").get("payload")
    except ValueError:
        found = None
    if not found:
        raise NotReadable("body", "the form has no payload", "send what Slack documents for interactive messages")
    return found[0].encode()


def _pressed(press: Json, now: float) -> Incoming:
    channel = json_body.name(json_body.part(press, "channel"), "id")
    user = json_body.name(json_body.part(press, "user"), "id")
    thread = json_body.name(json_body.part(press, "message"), "thread_ts")
    messages = []
    for action in json_body.parts(press, "actions"):
        at, value = json_body.name(action, "action_ts"), json_body.text(action, "value")
        if channel and user and at and value:
            customer = _customer(channel, user, thread)
            messages.append(IncomingMessage(customer, f"{channel}/{user}/{at}", value, json_body.seconds(at, now)))
    return Incoming(messages, {} if messages else {"button that opens a page": 1})


def _event(event: Json, now: float) -> Incoming:
    """A message to the bot or a mention of it; not what bots write, and not what was changed or joined."""
    kind, subtype = json_body.text(event, "type"), json_body.text(event, "subtype")
    if event.get("bot_id") or event.get("bot_profile") or subtype == "bot_message":
        return Incoming(ignored={"message of a bot": 1})
    is_direct = kind == "message" and event.get("channel_type") == "im" and subtype in ("", "file_share")
    if not is_direct and kind != "app_mention":
        return Incoming(ignored={f"{kind} {subtype}".strip()[:40] or "no type": 1})
    channel, user, at = (json_body.name(event, key) for key in ("channel", "user", "ts"))
    text = _plain(json_body.text(event, "text"))
    if not (channel and user and at and text):
        return Incoming(ignored={"message without text": 1})
    thread = json_body.name(event, "thread_ts") or ("" if is_direct else at)
    customer = _customer(channel, user, thread)
    return Incoming([IncomingMessage(customer, f"{channel}/{at}", text, json_body.seconds(at, now))])


def _customer(channel: str, user: str, thread: str) -> str:
    return f"{channel}/{user}/{thread}" if thread else f"{channel}/{user}"


def _plain(text: str) -> str:
    """A message without Slack's marks: mentions, links in brackets, escaped signs.

    >>> _plain("<@U01> see <https://a.example|this> &amp; that")
    'see https://a.example & that'
    """
    return html.unescape(_LINK.sub(r"\1", _MENTION.sub("", text))).strip()

"""Chat logs that are no table: lines such as `Customer: ...`, and JSON of conversations with a list of messages each.

Read as they are: message lists of OpenAI's form (`role`, `content`), exports of Chatwoot (`message_type`, `sender`), of Zendesk (tickets with
comments), of Zammad (articles), and others whose messages say who speaks.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from breakeven.core.errors import InputError
from breakeven.core.types import Finding
from breakeven.scenarios.support.sources.source_content import SourceContent, Utterance, left_out
from breakeven.scenarios.support.sources.speaker_role import is_customer

#: Keys under which messages, their texts, speakers, conversations and customers are found; surer ones first.
_MESSAGES = (
    "messages", "comments", "articles", "turns", "conversation_parts", "conversation", "dialogue", "dialog", "transcript", "chat", "log",
    "utterances",
)  # fmt: skip
_TEXTS = ("content", "text", "plain_body", "body", "message", "utterance", "value", "内容", "消息")
_SPEAKERS = (
    "role", "speaker", "message_type", "sender_type", "from", "sender", "author", "type", "direction", "participant", "角色",
)  # fmt: skip
_CONVERSATIONS = ("conversation_id", "id", "ticket_id", "session_id", "chat_id", "display_id", "dialogue_id")
_CUSTOMERS = ("customer_id", "requester_id", "contact_id", "user_id", "customer", "user", "contact")
#: A time or a number in front, who speaks, and what is said.
_LINE = re.compile(
    r"^\s*(?:\[[^\]]{1,40}\]|\(?\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}[ T,]*(?:\d{1,2}:\d{2}(?::\d{2})?)?\)?|\d{1,2}:\d{2}(?::\d{2})?)?[\s,-]*"
    r"([^\W\d][\w .'-]{0,30}?|[\u4e00-\u9fff]{1,10})(?:\s*[（(][^)）]*[)）])?\s*[:：]\s*(.*)$"
)
_BREAK = re.compile(
    r"^\s*(?:-{3,}|={3,}|\*{3,}|#+.*|(?:conversation|chat|session|会话|对话)\W*\d+.*)\s*$", re.IGNORECASE
)
_BLOCK = re.compile(r"</?(?:p|br|div|ul|ol|li|blockquote|img|table|tr|td|h\d|html|body)\b[^<>]*>", re.IGNORECASE)
_INLINE = re.compile(r"</?(?:span|a|b|i|u|em|strong|font)\b[^<>]*>", re.IGNORECASE)
#: Share of lines that must name a speaker.
ENOUGH = 0.2


@dataclass(frozen=True)
class _Turn:
    speaker: str
    text: str
    conversation: str
    customer: str
    line: int | None = None
    by_customer: bool | None = None


def is_log(text: str) -> bool:
    """Whether enough lines of a text begin with a speaker who is known as customer or staff."""
    lines = [line for line in text.splitlines()[:2_000] if line.strip()]
    found = [match[1].strip() for line in lines if (match := _LINE.match(line))]
    known = {name for name in set(found) if is_customer(name, found) is not None}
    return sum(name in known for name in found) >= max(1, ENOUGH * len(lines)) and any(
        is_customer(n, found) for n in known
    )


def read_log(text: str, where: str) -> SourceContent:
    """The customers' lines of a log; a line without a speaker goes on with the one before. Blank lines and rules end a conversation."""
    turns, conversation, pause = list[_Turn](), 1, False
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.match(line)
        if not line.strip() or _BREAK.match(line):
            pause = True
        elif match:
            if pause and turns:
                conversation += 1
            pause = False
            turns.append(_Turn(match[1].strip(), match[2].strip(), str(conversation), "", number))
        elif turns:
            last, pause = turns[-1], False
            turns[-1] = _Turn(last.speaker, f"{last.text} {line.strip()}".strip(), last.conversation, "", last.line)
    return _contents(turns, where)


class Conversation(NamedTuple):
    """A conversation of an export: its fields, and its messages as they are."""

    fields: Mapping[str, object]
    messages: Sequence[Mapping[str, object]]


def conversations(values: Sequence[object]) -> list[Conversation] | None:
    """JSON values as conversations with a list of messages each; None where they are none."""
    out = list[Conversation]()
    for value in values:
        out += _found(value, 0)
    return out or None


def read_conversations(found: Sequence[Conversation], where: str) -> SourceContent:
    """The customers' messages of conversations."""
    return _contents([turn for number, one in enumerate(found, 1) for turn in _turns(one, number)], where)


def _found(value: object, depth: int) -> Iterator[Conversation]:
    if depth > 4:
        return
    if isinstance(value, list):
        if value and all(_is_message(one) for one in value):
            yield Conversation({}, value)
        else:
            for one in value:
                yield from _found(one, depth + 1)
    elif isinstance(value, dict):
        key = _list_of(value)
        if key is not None:
            inner = value[key]
            yield Conversation(value, inner if isinstance(inner, list) else inner["conversation_parts"])
        else:
            for one in value.values():
                if isinstance(one, list | dict):
                    yield from _found(one, depth + 1)


def _list_of(value: Mapping[str, object]) -> str | None:
    """The key under which an object has its messages."""
    for key in _MESSAGES:
        inner = value.get(key)
        inner = inner.get("conversation_parts") if isinstance(inner, dict) else inner  # Intercom's parts are nested
        if (
            isinstance(inner, list)
            and inner
            and all(isinstance(one, dict) for one in inner)
            and any(_is_message(one) for one in inner)
        ):
            return key
    return None


def _is_message(value: object) -> bool:
    return (
        isinstance(value, dict)
        and any(key in value for key in _TEXTS)
        and any(key in value for key in (*_SPEAKERS, "author_id", "is_customer"))
    )


def _turns(conversation: Conversation, number: int) -> Iterator[_Turn]:
    one = conversation.fields
    name = next((str(one[key]) for key in _CONVERSATIONS if isinstance(one.get(key), str | int)), str(number))
    customer = next((_name(one[key]) for key in _CUSTOMERS if one.get(key)), "")
    described = str(one.get("description") or "").strip()
    bodies = {_text(message).strip() for message in conversation.messages}
    if described and "requester_id" in one and described not in bodies:  # a Zendesk ticket's first message
        yield _Turn("customer", described, name, customer, by_customer=True)
    for message in conversation.messages:
        if message.get("private") is True or message.get("internal") is True or message.get("public") is False:
            yield _Turn("note", _text(message), name, customer, by_customer=False)
            continue
        by_customer: bool | None = None
        if "author_id" in message and "requester_id" in one:
            by_customer = message["author_id"] == one["requester_id"]
        elif isinstance(message.get("is_customer"), bool):
            by_customer = message["is_customer"] is True
        speaker, said_by = _speaker(message)
        yield _Turn(
            speaker,
            _text(message),
            name,
            customer or (said_by if by_customer is not False else ""),
            by_customer=by_customer,
        )


def _speaker(message: Mapping[str, object]) -> tuple[str, str]:
    """Who speaks, and the customer's name where the message holds it."""
    for key in _SPEAKERS:
        value = message.get(key)
        if isinstance(value, dict):
            kind = value.get("type") or value.get("role") or value.get("name")
            if kind:
                return str(kind), str(value.get("id") or "")
        elif isinstance(value, str | int) and not isinstance(value, bool) and str(value):
            return str(value), ""
    return "", ""


def _name(value: object) -> str:
    if isinstance(value, dict):
        return str(value.get("id") or value.get("email") or "")
    return str(value) if isinstance(value, str | int) else ""


def _text(message: Mapping[str, object]) -> str:
    for key in _TEXTS:
        value = message.get(key)
        if isinstance(value, str):
            return _unmarked(value)
        if isinstance(value, list):  # OpenAI's parts
            return " ".join(str(part.get("text") or "") for part in value if isinstance(part, dict)).strip()
    return ""


def _unmarked(text: str) -> str:
    """A message without the HTML that desks store: tags become spaces, entities their characters."""
    if _BLOCK.search(text) or _INLINE.search(text):
        text = html.unescape(_INLINE.sub("", _BLOCK.sub(" ", text)))
    return " ".join(text.split())


def _contents(turns: Sequence[_Turn], where: str) -> SourceContent:
    names = Counter(turn.speaker for turn in turns if turn.by_customer is None)
    who = [turn.by_customer if turn.by_customer is not None else is_customer(turn.speaker, names) for turn in turns]
    messages = tuple(
        Utterance(t.text, None, "", t.conversation, t.customer, t.line)
        for t, by_customer in zip(turns, who, strict=True)
        if by_customer and t.text
    )
    if not messages:
        some = ", ".join(repr(name) for name, _ in names.most_common(5)) or "none"
        raise InputError(where, f"no message of a customer (speakers are: {some})", "call them customer and agent")
    unknown = [t.speaker for t, by_customer in zip(turns, who, strict=True) if by_customer is None]
    findings = left_out(
        "chat log",
        "messages are not the customers'",
        "not learned from",
        sum(by_customer is False for by_customer in who),
    )
    findings += left_out(
        "chat log",
        "messages have no text",
        "left out",
        sum(bool(by_customer) and not t.text for t, by_customer in zip(turns, who, strict=True)),
    )
    if unknown:
        some = ", ".join(repr(name) for name in list(dict.fromkeys(unknown))[:5])
        findings += (Finding("unknown speakers", f"{len(unknown):,} messages are of speakers who may be customers or not: {some}",
                             "left out; call them customer or agent", None, len(unknown), (), "warning"),)  # fmt: skip
    return SourceContent(messages, {}, None, findings)


def json_values(text: str) -> list[object] | None:
    """The values of a JSON file, or of each of its lines; None where it is neither."""
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError):
        pass
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None

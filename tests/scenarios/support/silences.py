"""The rule that a bot is silent from a hand-over until it is given back, read off the records alone."""

from __future__ import annotations

from collections.abc import Iterable

from breakeven.online.event import Event
from breakeven.scenarios.support.transcript import CLOSED, HANDOFF, MESSAGE, REPLY, RETURNED, TAKEN


def broken_silences(records: Iterable[Event]) -> list[str]:
    """What is wrong with the records of one conversation: a reply of the bot while a person has it or is waited for, a hand-over that
    the customer was not told of, a second hand-over without a new message.
    """
    silent, wrong, told = False, list[str](), False
    for record in records:
        data = record.data or {}
        if record.kind == REPLY and data["by"] == "ai":
            told = True
            if silent:
                wrong.append(f"the bot said {data['text']!r} after a hand-over")
        elif record.kind == HANDOFF:
            if not told:
                wrong.append("a hand-over that nobody was told of")
            if silent:
                wrong.append("a hand-over of what is a person's already")
            silent = True
        elif record.kind == TAKEN:
            silent = True
        elif record.kind in (RETURNED, CLOSED):
            silent = False
        elif record.kind == MESSAGE:
            told = False
    return wrong

"""Two processes over one PostgreSQL: the staff of one take what the other's customers wrote, and one conversation is had by one person."""

from __future__ import annotations

import asyncio
import time

from breakeven.online.event import Event
from breakeven.online.postgres_log import PostgresLog
from breakeven.scenarios.support.conversation_state import Conversation, apply
from breakeven.scenarios.support.conversations import Conversations
from breakeven.scenarios.support.desk import Conflict, Desk
from breakeven.scenarios.support.record_checks import CHECKS
from breakeven.scenarios.support.transcript import HANDOFF, MESSAGE, TAKEN
from tests.scenarios.support.desk_books import BOOK, QuickWords
from tests.scenarios.support.silences import broken_silences


def test_two_processes_and_one_conversation(postgres: str) -> None:
    async def run() -> None:
        name = f"desk{time.monotonic_ns()}"
        first, second = (Conversations(PostgresLog(postgres, name, CHECKS), QuickWords(), BOOK) for _ in range(2))
        key = (await first.chat("transfer money")).conversation
        assert (await second.chat("50", key)).replies[0].text == "On which date?"  # written by the other process
        assert (await first.chat("agent", key)).status == "waiting"
        took = await asyncio.gather(Desk(first).take(key, "Li"), Desk(second).take(key, "Ann"), return_exceptions=True)
        assert sorted(type(one).__name__ for one in took) == ["Conflict", "Conversation"]
        winner = next(one for one in took if not isinstance(one, BaseException)).staff
        loser = next(one for one in took if isinstance(one, Conflict))
        assert winner in str(loser)
        assert (await second.chat("hello?", key)).replies == ()
        assert broken_silences(await first.records(key)) == []
        await first.close()
        await second.close()

    asyncio.run(run())


def test_of_two_who_take_it_at_once_the_first_in_the_log_has_it() -> None:
    state = Conversation("c1", "ann", "web", 0.0)
    for kind, data in (
        (MESSAGE, {"text": "agent"}),
        (HANDOFF, {"reason": "asked for a person"}),
        (TAKEN, {"staff": "Li"}),
        (TAKEN, {"staff": "Ann"}),
    ):
        apply(state, Event("ann", "c1", kind, 1.0, data=data))
    assert (state.status, state.staff) == ("person", "Li")

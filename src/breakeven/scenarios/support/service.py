"""The HTTP service of a customer-service desk: customers' messages, the staff's desk, questions one by one. No training library is imported."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from prometheus_client.core import Metric

from breakeven.core.errors import InputError
from breakeven.scenarios.support import desk_page, history, predictions
from breakeven.scenarios.support.channels.hub import Hub
from breakeven.scenarios.support.chat_stream import Streams
from breakeven.scenarios.support.chat_types import (
    MAX_MESSAGE,
    ChatReply,
    ChatRequest,
    CloseRequest,
    FeedbackReply,
    FeedbackRequest,
    HistoryQuery,
    HistoryReply,
    PredictReply,
    PredictRequest,
    StatusReply,
    StreamQuery,
)
from breakeven.scenarios.support.conversation_state import Conversation
from breakeven.scenarios.support.conversations import Conversations
from breakeven.scenarios.support.desk import Desk
from breakeven.scenarios.support.desk_service import DeskService
from breakeven.scenarios.support.hosted_stage import HostedStage
from breakeven.scenarios.support.rerank_stage import RerankStage
from breakeven.scenarios.support.understood import Understanding
from breakeven.serving.endpoint import Content, Endpoint, Ready, Request, Service, Stream, always
from breakeven.serving.workers import Busy

#: Seconds after which a thread that holds the interpreter lets another have it; the usual 5 ms would hold up each message's writing.
SWITCH_SECONDS = 5e-4
#: Seconds between two looks for conversations that fell silent.
LOOK_SECONDS = 60.0

CHAT_EXAMPLE = {"message": "I lost my card", "language": "en"}
PREDICT_EXAMPLE = {"rows": [{"question": "I lost my card"}]}

_log = logging.getLogger("breakeven")


class SupportService(Service):
    """One desk being served.

    `figures` answers GET /v1/desk/figures: from days, up to a time, JSON. `own` are further endpoints: pages, channels.
    """

    description = "Answers customers, and hands over to people."
    #: The channels besides pages and apps.
    channels: Hub | None = None
    #: The hosted model behind the own ones.
    hosted: HostedStage | None = None
    #: The cross-encoder behind them.
    reranking: RerankStage | None = None

    def __init__(
        self,
        name: str,
        conversations: Conversations,
        understanding: Understanding,
        desk: Desk | None = None,
        figures: Callable[[float, float], Any] | None = None,
        own: Sequence[Endpoint] = (),
    ) -> None:
        self.name, self.conversations, self._understanding = name, conversations, understanding
        self.desk = desk or Desk(conversations)
        self.streams = Streams(conversations)
        self._desk_service, self._own = DeskService(conversations, self.desk, figures), own
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Let the writer of messages have the interpreter sooner, and begin to look for conversations that fell silent."""
        sys.setswitchinterval(SWITCH_SECONDS)
        self._looking = asyncio.get_running_loop().create_task(self._look())

    async def close(self) -> None:
        """End the streams, send what the staff said, write what is in flight."""
        self.streams.close()
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking
        await self.desk.close_outbound()
        if self.channels is not None:
            await self.channels.close()
        await self.conversations.close()

    def measured(self) -> Iterable[Metric]:
        """What happened on the channels, and what became of messages that came to the stages behind the own models."""
        if self.channels is not None:
            yield from self.channels.counts.measured()
        if self.hosted is not None:
            yield from self.hosted.measured()
        if self.reranking is not None:
            yield from self.reranking.measured()

    def ready(self) -> Ready:
        """Whether messages can be kept. Raises Busy."""
        live = self.conversations.live
        if live.behind:
            raise Busy("the database cannot be reached; the desk does not know of the newest messages")
        fault = live.log.fault()
        if fault is not None:
            raise Busy(f"messages cannot be kept: {fault}")
        return Ready(True, live.unreadable_rows)

    def endpoints(self) -> list[Endpoint]:
        """A customer's conversation, questions one by one, the desk."""
        return [*self._chat(), *self._questions(), *self._desk_service.endpoints(), *self._own]

    def scripts(self) -> Mapping[str, Content]:
        """Those of the desk's page."""
        return desk_page.SCRIPTS

    def _chat(self) -> list[Endpoint]:
        one = "/v1/chat/{conversation}"
        return [
            Endpoint(
                "POST",
                "/v1/chat",
                self.chat,
                "A customer's message, answered by the bot or passed to a person; on disk before it is answered",
                request=ChatRequest,
                response=ChatReply,
                example=CHAT_EXAMPLE,
                scope="chat",
                hot=True,
                max_text=MAX_MESSAGE,
            ),
            Endpoint(
                "GET",
                one,
                self.history,
                "A conversation, by its secret id: what was said above a number, by the staff as well",
                query=HistoryQuery,
                response=HistoryReply,
                scope="chat",
            ),
            Endpoint(
                "GET",
                f"{one}/stream",
                self.stream,
                "The same as server-sent events, as soon as something is said; comes again by Last-Event-ID",
                query=StreamQuery,
                scope="chat",
            ),
            Endpoint(
                "POST",
                f"{one}/close",
                self.end,
                "The customer ends a conversation, and may say whether it was solved",
                request=CloseRequest,
                response=StatusReply,
                example={"solved": True},
                scope="chat",
            ),
        ]

    def _questions(self) -> list[Endpoint]:
        return [
            Endpoint(
                "POST",
                "/v1/predict",
                self.predict,
                "Topic, confidence, decision and answer of questions; nothing is kept",
                request=PredictRequest,
                response=PredictReply,
                example=PREDICT_EXAMPLE,
                scope="read",
                heavy=always,
                max_text=MAX_MESSAGE,
            ),
            Endpoint(
                "POST",
                "/v1/feedback",
                self.feedback,
                "Keep questions with their right topics, for the next training",
                request=FeedbackRequest,
                response=FeedbackReply,
                example={"outcomes": [{"question": "I lost my card", "topic": self._a_topic()}]},
            ),
        ]

    def _a_topic(self) -> str:
        return next(iter(self.conversations.book.topics), "topic")

    async def chat(self, request: Request[ChatRequest, None]) -> ChatReply:
        """POST /v1/chat."""
        asked = request.body
        got = await self.conversations.chat(
            asked.message,
            asked.conversation,
            asked.customer,
            asked.id,
            asked.channel,
            asked.language or "",
            asked.time or 0.0,
        )
        return ChatReply(
            got.conversation,
            got.status,
            got.decision,
            got.topic,
            got.confidence,
            got.language,
            list(got.replies),
            got.last,
            got.repeated,
        )

    async def history(self, request: Request[None, HistoryQuery]) -> HistoryReply:
        """GET /v1/chat/{conversation}."""
        state = await self.conversations.state(request.path["conversation"])
        records = await self.conversations.records(state.id)
        return HistoryReply(state.id, state.status, history.entries(records, request.query.after), state.number)

    async def stream(self, request: Request[None, StreamQuery]) -> Stream:
        """GET /v1/chat/{conversation}/stream. Raises Busy where too many are open."""
        state = await self.conversations.state(request.path["conversation"])
        self.streams.check_room()
        last = request.header(b"last-event-id")
        if last is not None and not (last.isascii() and last.isdecimal() and len(last) < 16):
            raise InputError(
                "header Last-Event-ID", f"{last[:40]!r} is no number of an entry", "send the last id again"
            )
        return Stream(self.streams.of(state.id, int(last) if last is not None else request.query.after))

    async def end(self, request: Request[CloseRequest, None]) -> StatusReply:
        """POST /v1/chat/{conversation}/close."""
        state = await self.conversations.close_by_customer(request.path["conversation"], request.body.solved)
        return status_reply(state)

    def predict(self, request: Request[PredictRequest, None]) -> PredictReply:
        """POST /v1/predict, in a worker thread."""
        questions = [row.question for row in request.body.rows]
        return PredictReply(predictions.predicted(questions, self._understanding, self.conversations.book))

    async def feedback(self, request: Request[FeedbackRequest, None]) -> FeedbackReply:
        """POST /v1/feedback."""
        kept = await self.desk.feedback(request.body.outcomes)
        return FeedbackReply(kept, self.conversations.desk.labels)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.conversations.close_silent()
            except Busy as error:
                _log.warning("silent conversations are not closed: %s", error)


def status_reply(state: Conversation) -> StatusReply:
    """Where a conversation stands, for its customer."""
    return StatusReply(state.id, state.status)

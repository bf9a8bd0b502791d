"""The staff's endpoints under /v1/desk/. What shows or changes conversations needs a key of scope `write`; a customer's data, `admin`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from breakeven.scenarios.support import history
from breakeven.scenarios.support.chat_types import StatusReply
from breakeven.scenarios.support.conversation_state import Conversation
from breakeven.scenarios.support.conversations import Conversations
from breakeven.scenarios.support.desk import Desk
from breakeven.scenarios.support.desk_types import (
    DeskCloseRequest,
    DeskReplyRequest,
    EraseReply,
    ExportReply,
    FiguresQuery,
    Packet,
    QueueQuery,
    QueueReply,
    StaffRequest,
    TopicList,
    TopicReply,
    TopicRequest,
)
from breakeven.scenarios.support.draft import both
from breakeven.serving.endpoint import Endpoint, Plain, Request

ONE = "/v1/desk/conversations/{conversation}"
STAFF_EXAMPLE = {"staff": "Li Wei"}


class DeskService:
    """The endpoints of the desk. `figures` gives the supervisor's figures of some days up to a time, as JSON."""

    def __init__(
        self, conversations: Conversations, desk: Desk, figures: Callable[[float, float], Any] | None = None
    ) -> None:
        self._all, self._desk, self._figures = conversations, desk, figures

    def endpoints(self) -> list[Endpoint]:
        """All endpoints of the desk."""
        return [*self._queries(), *self._does(), *self._customers()]

    def _queries(self) -> list[Endpoint]:
        figures = Endpoint(
            "GET", "/v1/desk/figures", self.figures, "The supervisor's figures", query=FiguresQuery, scope="write"
        )
        return [
            Endpoint(
                "GET",
                "/v1/desk/queue",
                self.queue,
                "Conversations that wait for a person, by waiting time and risk",
                query=QueueQuery,
                response=QueueReply,
                scope="write",
            ),
            Endpoint(
                "GET",
                ONE,
                self.packet,
                "The hand-over packet: summary, topics, what was asked, the whole conversation",
                response=Packet,
                scope="write",
            ),
            Endpoint(
                "GET", "/v1/desk/topics", self.topics, "All topics with their titles", response=TopicList, scope="write"
            ),
            *([figures] if self._figures is not None else []),
        ]

    def _does(self) -> list[Endpoint]:
        return [
            self._action("take", self.take, "Take a conversation; 409 names who has it", StaffRequest, STAFF_EXAMPLE),
            self._action(
                "reply", self.reply, "Say something to the customer", DeskReplyRequest, {**STAFF_EXAMPLE, "text": "Hi"}
            ),
            self._action("return", self.give_back, "Give it back to the bot", StaffRequest, STAFF_EXAMPLE),
            self._action("close", self.close, "Close it", DeskCloseRequest, {**STAFF_EXAMPLE, "solved": True}),
            Endpoint(
                "POST",
                f"{ONE}/topic",
                self.topic,
                "Name the right topic of a message; it becomes training data",
                request=TopicRequest,
                response=TopicReply,
                example={**STAFF_EXAMPLE, "topic": next(iter(self._all.book.topics), "topic")},
            ),
        ]

    def _action(self, name: str, handler: Callable[..., Any], summary: str, body: type, example: object) -> Endpoint:
        path = f"{ONE}/{name}"
        return Endpoint("POST", path, handler, summary, request=body, response=StatusReply, example=example)

    def _customers(self) -> list[Endpoint]:
        one = "/v1/desk/customers/{customer}"
        return [
            Endpoint("GET", one, self.export, "All that is stored of a customer", response=ExportReply, scope="admin"),
            Endpoint("DELETE", one, self.erase, "Delete all of it for good", response=EraseReply),
        ]

    def queue(self, request: Request[None, QueueQuery]) -> QueueReply:
        """GET /v1/desk/queue."""
        return self._desk.queue(request.query.status, request.query.staff, request.query.most)

    async def packet(self, request: Plain) -> Packet:
        """GET /v1/desk/conversations/{conversation}."""
        return await self._desk.packet(request.path["conversation"])

    def topics(self, request: Plain) -> TopicList:
        """GET /v1/desk/topics."""
        book = self._all.book
        found = {name: history.titles(book, name) for name in book.topics}
        if self._desk.scope is not None:
            found.setdefault(self._desk.scope, both("desk.scope"))
        return TopicList(found)

    def figures(self, request: Request[None, FiguresQuery]) -> object:
        """GET /v1/desk/figures."""
        assert self._figures is not None
        return self._figures(request.query.days, self._all.clock())

    async def take(self, request: Request[StaffRequest, None]) -> StatusReply:
        """POST .../take."""
        return _status(await self._desk.take(request.path["conversation"], request.body.staff))

    async def reply(self, request: Request[DeskReplyRequest, None]) -> StatusReply:
        """POST .../reply."""
        said = request.body
        return _status(await self._desk.reply(request.path["conversation"], said.staff, said.text, said.id))

    async def give_back(self, request: Request[StaffRequest, None]) -> StatusReply:
        """POST .../return."""
        return _status(await self._desk.give_back(request.path["conversation"], request.body.staff))

    async def close(self, request: Request[DeskCloseRequest, None]) -> StatusReply:
        """POST .../close."""
        return _status(await self._desk.close(request.path["conversation"], request.body.staff, request.body.solved))

    async def topic(self, request: Request[TopicRequest, None]) -> TopicReply:
        """POST .../topic."""
        named = request.body
        return await self._desk.name_topic(
            request.path["conversation"], named.staff, named.topic, named.message, named.audit
        )

    async def export(self, request: Plain) -> ExportReply:
        """GET /v1/desk/customers/{customer}."""
        customer = request.path["customer"]
        return ExportReply(customer, await self._desk.export(customer))

    async def erase(self, request: Plain) -> EraseReply:
        """DELETE /v1/desk/customers/{customer}."""
        return EraseReply(await self._desk.erase(request.path["customer"]))


def _status(state: Conversation) -> StatusReply:
    return StatusReply(state.id, state.status, state.staff)

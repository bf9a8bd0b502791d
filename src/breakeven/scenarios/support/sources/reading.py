"""All that a company brings, whatever form it has, as one Material: languages told, personal data masked, answers joined."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from breakeven.core.errors import InputError, nearest
from breakeven.core.personal_data import mask
from breakeven.core.types import Need, Row, Table
from breakeven.scenarios.support import settings
from breakeven.scenarios.support.answer_book import AnswerBook, Topic
from breakeven.scenarios.support.language import language
from breakeven.scenarios.support.material import Material, Question
from breakeven.scenarios.support.promises import never_of
from breakeven.scenarios.support.sources.contents import Said
from breakeven.scenarios.support.sources.table import read_table

#: What the topic of questions that belong to none is called, where the brief does not say it; compared without signs.
SCOPES = ("oos", "outofscope", "outofdomain", "nlufallback", "fallback", "defaultfallbackintent")


def read_material(need: Need, table: Table | None = None, extra: Sequence[Row] = ()) -> Material:
    """Read the brief's data, its FAQ and its answers.

    `table` stands for the data where it is given; `extra` are outcomes, rows of `question` and `topic`. Raises InputError naming file,
    place and remedy.
    """
    where = str(need.folder / "product.yaml")
    said = settings.read(need.settings, where)
    source = read_table(need, table)
    questions = _questions(source.messages) + _outcomes(extra)
    scope = _scope(said.out_of_scope, questions, source.scope, f"{where}, support.out_of_scope")
    topics = dict(source.topics)
    for name in dict.fromkeys(q.topic for q in questions if q.topic is not None and q.topic != scope):
        topics.setdefault(name, Topic())
    book = AnswerBook(topics, variables=dict(said.variables), never=never_of(said.never, f"{where}, support.never"))
    book = msgspec.structs.replace(book, languages=_languages(said.languages, book))
    return Material(questions, book, scope, source.findings)


def _questions(messages: Sequence[Said]) -> tuple[Question, ...]:
    return tuple(_question(one) for one in messages)


def _question(said: Said) -> Question:
    """Masked, with its language; the customer counts as its unit, else the conversation."""
    unit = (
        f"customer {said.customer}"
        if said.customer
        else f"conversation {said.conversation}"
        if said.conversation
        else ""
    )
    return Question(mask(said.text), said.topic, said.language or language(said.text), unit, said.line)


def _outcomes(extra: Sequence[Row]) -> tuple[Question, ...]:
    """Questions whose topics people named later; rows without either are no outcomes."""
    said = ((str(row.get("question") or "").strip(), str(row.get("topic") or "").strip()) for row in extra)
    return tuple(Question(mask(text), topic, language(text)) for text, topic in said if text and topic)


def _scope(given: str | None, questions: Sequence[Question], marked: str | None, where: str) -> str | None:
    """The topic of questions that belong to none. Raises InputError for one of the brief that no question has."""
    topics = {q.topic for q in questions if q.topic is not None}
    if given is not None:
        if given not in topics:
            raise InputError(where, f"no question has the topic {given!r}", nearest(given, topics))
        return given
    if marked is not None:
        return marked
    return next((t for t in sorted(topics) if "".join(c for c in t.casefold() if c.isalnum()) in SCOPES), None)


def _languages(given: Sequence[str], book: AnswerBook) -> tuple[str, ...]:
    """Those of the brief; else those of the answers, the commonest first."""
    if given:
        return tuple(given)
    counts = dict[str, int]()
    for topic in book.topics.values():
        for code in topic.answer.text if topic.answer is not None else ():
            counts[code] = counts.get(code, 0) + 1
    return tuple(sorted(counts, key=lambda code: -counts[code])) or ("en",)

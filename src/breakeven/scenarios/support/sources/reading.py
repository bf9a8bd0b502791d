"""All that a company brings, whatever form it has, as one Material: languages told, personal data masked, answers joined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from breakeven.core.errors import InputError, nearest
from breakeven.core.personal_data import mask
from breakeven.core.types import Finding, Need, Row, Table
from breakeven.online.event import user_digest
from breakeven.scenarios.support import settings
from breakeven.scenarios.support.answer_book import AnswerBook, Topic
from breakeven.scenarios.support.erasure import erased_customers
from breakeven.scenarios.support.language import LATIN, UNKNOWN, language
from breakeven.scenarios.support.material import Material, Question
from breakeven.scenarios.support.sources.answer_file import read_answers
from breakeven.scenarios.support.sources.book import joined_book, titled
from breakeven.scenarios.support.sources.checks import findings
from breakeven.scenarios.support.sources.format_detection import read_path, read_source
from breakeven.scenarios.support.sources.source_content import SourceContent, Utterance, left_out

#: Characters of a question that are kept, and the share of questions from which a language counts as one of the company's.
LONGEST, COMMON = 5_000, 0.1
#: Share of messages in one language from which those that show none are of it too.
MOSTLY = 0.5
#: What the topic of questions that belong to none is called, where the brief does not say it; compared without signs.
SCOPES = ("oos", "outofscope", "outofdomain", "nlufallback", "fallback", "defaultfallbackintent")


def read_material(need: Need, table: Table | None = None, extra: Sequence[Row] = ()) -> Material:
    """Read the brief's data, its FAQ and its answers.

    `table` stands for the data where it is given; `extra` are outcomes, rows of `question` and `topic`. Raises InputError naming file,
    place and remedy.
    """
    where = str(need.folder / "product.yaml")
    said = settings.read(need.settings, where)
    sources = [read_source(need, table), *(_faq(need, one) for one in said.faq)]
    kept, erased = _without_erased(need, [message for source in sources for message in source.messages])
    questions, nothing = _questions(kept)
    outcomes = _outcomes(extra)
    questions += outcomes
    nothing += left_out("outcomes", "outcomes have no question or no topic", "left out", len(extra) - len(outcomes))
    own = AnswerBook({}, languages=())
    if said.answers is not None:
        own = read_answers((need.folder / said.answers).resolve(), said.languages)
    book, found = joined_book(own, said.answers or "", sources, said, where)
    scope = _scope(
        said.out_of_scope,
        questions,
        next((s.scope for s in sources if s.scope), None),
        f"{where}, support.out_of_scope",
    )
    topics = dict(book.topics)
    for name in dict.fromkeys(q.topic for q in questions if q.topic is not None and q.topic != scope):
        topics.setdefault(name, Topic())
    topics = {name: titled(name, topic) for name, topic in topics.items()}
    book = msgspec.structs.replace(book, topics=topics, languages=book.languages or _languages(book, questions))
    notes = (*(f for source in sources for f in source.findings), *erased, *nothing, *found)
    return Material(questions, book, scope, (*notes, *findings(questions, book, scope)))


def _faq(need: Need, name: str) -> SourceContent:
    """A FAQ beside the data. Its columns are told by their names: the brief's are those of the data."""
    path = (need.folder / name).resolve()
    return read_path(path, replace(need, data=str(path), database=None, query=None, columns={}))


def _without_erased(need: Need, messages: Sequence[Utterance]) -> tuple[list[Utterance], tuple[Finding, ...]]:
    """Messages without those of customers who were erased while the product was served."""
    digests = erased_customers(need.folder, need.name)
    kept = (
        [m for m in messages if not (m.customer and user_digest(m.customer) in digests)] if digests else list(messages)
    )
    gone = len(messages) - len(kept)
    what = "messages are of customers who were erased"
    return kept, left_out("customers", what, "left out; delete them in the file too", gone)


def _questions(messages: Sequence[Utterance]) -> tuple[tuple[Question, ...], tuple[Finding, ...]]:
    """Masked questions; texts of marks alone say nothing and are left out."""
    spoken = Counter(language(m.text[:LONGEST], UNKNOWN) for m in messages if not m.language)
    usual = next((code for code, n in spoken.most_common() if code in LATIN and n >= MOSTLY * spoken.total()), "en")
    found = [_question(one, usual) for one in messages]
    says = [any(c.isalnum() for c in q.text) for q in found]
    kept = tuple(q for q, does in zip(found, says, strict=True) if does)
    empty = tuple(q.line or 0 for q, does in zip(found, says, strict=True) if not does)
    long = tuple(m.line or 0 for m in messages if len(m.text) > LONGEST)
    return kept, (
        *left_out("empty questions", "questions hold neither letters nor digits", "left out", len(empty), empty),
        *left_out(
            "long questions", f"questions are longer than {LONGEST:,} characters", "read up to there", len(long), long
        ),
    )


def _question(said: Utterance, usual: str) -> Question:
    """Masked, with its language; its unit is the customer, else the conversation, by a digest that names nobody."""
    unit = (
        f"customer {said.customer}"
        if said.customer
        else f"conversation {said.conversation}"
        if said.conversation
        else ""
    )
    text = said.text[:LONGEST]
    return Question(
        mask(text),
        said.topic,
        said.language or language(text, usual),
        user_digest(unit)[:16] if unit else "",
        said.line,
    )


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


def _languages(book: AnswerBook, questions: Sequence[Question]) -> tuple[str, ...]:
    """Those of the answers, the commonest first; without answers those of a tenth of the questions or more."""
    counts = Counter(code for topic in book.topics.values() if topic.answer is not None for code in topic.answer.text)
    if not counts:
        asked = Counter(q.language for q in questions if q.language != UNKNOWN)
        counts = Counter({code: n for code, n in asked.items() if n >= COMMON * max(asked.total(), 1)})
    return tuple(code for code, _ in counts.most_common()) or ("en",)

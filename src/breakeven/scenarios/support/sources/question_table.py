"""Questions as a table: with topics, with answers (a FAQ), or the messages of a chat log, one a row.

Columns are told by their names; the brief's `columns` has the last word: `columns: {utterance: question, reason: topic}`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import yaml

from breakeven.collect import read
from breakeven.core.errors import InputError, nearest
from breakeven.core.types import Array, Finding, Need, Table
from breakeven.scenarios.support.answer_book import Answer, Topic
from breakeven.scenarios.support.language import UNKNOWN, language
from breakeven.scenarios.support.sources.column_names import ALSO, NAMES, SECTIONS, plain
from breakeven.scenarios.support.sources.source_content import SourceContent, Utterance, left_out, topic_name
from breakeven.scenarios.support.sources.speaker_role import is_customer


class _Everything:
    """All columns stay text: topics are called 57, customers 00012."""

    def __contains__(self, column: object) -> bool:
        return True


#: For readers of files: which columns stay text.
ALL_TEXTS = _Everything()


@dataclass(frozen=True)
class _Columns:
    """Cells by role as texts (n,), "" where there is nothing, and what the file calls them."""

    cells: Mapping[str, Sequence[str]]
    called: Mapping[str, str]
    rows: int

    def of(self, role: str) -> Sequence[str]:
        """A role's cells; empty texts where there is no such column."""
        return self.cells.get(role) or [""] * self.rows


def read_table(need: Need, table: Table | None = None) -> SourceContent:
    """Messages, and answers where there is a column of them. Raises InputError where no column holds questions."""
    table = table or read.table(need, ALL_TEXTS)
    found = _columns(table, need.columns, f"{need.folder / 'product.yaml'}, columns")
    keep, findings = _customers(found, table.source)
    texts, topics = found.of("question"), found.of("topic")
    is_faq = _is_faq(found, topics)
    if is_faq:
        topics = [topic_name(text) for text in texts]
        if "topic" in found.called:
            what = f"rows are entries of a FAQ; {found.called['topic']!r} is taken as their section"
            findings += left_out("FAQ", what, "each is a topic of its own", found.rows)
    languages, conversations, customers = (found.of(role) for role in ("language", "conversation", "customer"))
    empty = [i for i in keep if not texts[i]]
    messages = tuple(
        Utterance(texts[i], topics[i] or None, code(languages[i]), conversations[i], customers[i], table.first_line + i)
        for i in keep
        if texts[i]
    )
    where = tuple(table.first_line + i for i in empty)
    findings = (
        *table.findings,
        *findings,
        *left_out("empty questions", "rows have no question", "left out", len(empty), where),
    )
    if not messages:
        raise InputError(
            table.source,
            f"no row has a question in column {found.called['question']!r}",
            "name the column of questions under columns in product.yaml",
        )
    answers, several = _answers(found, topics, keep, is_faq)
    return SourceContent(messages, answers, None, (*findings, *several))


def _is_faq(found: _Columns, topics: Sequence[str]) -> bool:
    """Whether each row is an entry of a FAQ, a topic of its own: answers without topics, or sections with an answer for each question."""
    if "answer" not in found.called or "speaker" in found.called:
        return False
    if "topic" not in found.called:
        return True
    answers = {answer for answer in found.of("answer") if answer}
    is_section = plain(found.called["topic"]) in SECTIONS
    return is_section and len(answers) > 0.8 * found.rows and len(set(topics)) < 0.5 * len(answers)


def code(said: str) -> str:
    """A language's code of two letters from what a file says; "" where that is none.

    >>> code("zh-CN"), code("English"), code("中文"), code("")
    ('zh', 'en', 'zh', '')
    """
    said = said.strip().casefold()
    named = {
        "english": "en",
        "chinese": "zh",
        "mandarin": "zh",
        "中文": "zh",
        "英文": "en",
        "汉语": "zh",
        "英语": "en",
        "cn": "zh",
    }
    head = said.replace("_", "-").partition("-")[0]
    return named.get(said, head if len(head) == 2 and head.isascii() and head.isalpha() else "")


def _columns(table: Table, given: Mapping[str, str], where: str) -> _Columns:
    found = dict[str, str]()
    for column, said in given.items():
        role = ALSO.get(said, said)
        if column not in table.columns:
            raise InputError(where, f"the data have no column {column!r}", nearest(column, table.columns))
        if role in found:
            raise InputError(where, f"{found[role]!r} and {column!r} are both the {role}", "leave one of them out")
        if role != "ignore":
            found[role] = column
    free = [c for c in table.columns if c not in given]
    for role in NAMES:
        hits = [c for name in NAMES[role] for c in free if plain(c) == plain(name)]
        if role not in found and hits:
            found[role] = hits[0]
            free.remove(hits[0])
    if "question" not in found:
        line = yaml.safe_dump(
            {free[0] if free else "NAME": "question"}, default_flow_style=True, allow_unicode=True
        ).strip()
        what = f"no column for the question (columns are: {', '.join(list(table.columns)[:12])})"
        raise InputError(table.source, what, f"name it in product.yaml, such as columns: {line}")
    return _Columns({role: texts_of(table.columns[c]) for role, c in found.items()}, found, table.rows)


def texts_of(cells: Array) -> list[str]:
    """Cells (n,) as texts without spaces around them, "" where nothing stands."""
    if np.issubdtype(cells.dtype, np.number):
        return ["" if np.isnan(v) else f"{v:.15g}" for v in cells.astype(float)]
    return ["" if v is None or v != v else str(v).strip() for v in cells.tolist()]


def _customers(found: _Columns, source: str) -> tuple[list[int], tuple[Finding, ...]]:
    """The rows that customers wrote: all of them without a column of speakers."""
    if "speaker" not in found.called:
        return list(range(found.rows)), ()
    speakers = found.of("speaker")
    names = Counter(speakers)
    who = {name: is_customer(name, names) for name in names}
    keep = [i for i in range(found.rows) if who[speakers[i]]]
    column = found.called["speaker"]
    if not keep:
        some = ", ".join(repr(name) for name, _ in names.most_common(5))
        raise InputError(f"{source}, column {column!r}", f"no speaker is known as a customer: {some}",
                         "write customer and agent there, or give the column the role ignore")  # fmt: skip
    staff = sum(n for name, n in names.items() if who[name] is False)
    findings = left_out("chat log", "messages are not the customers'", "not learned from", staff)
    unknown = {name: n for name, n in names.items() if who[name] is None}
    if unknown:
        what = f"{sum(unknown.values()):,} messages are of speakers who may be customers or not: {', '.join(map(repr, list(unknown)[:5]))}"
        findings += (
            Finding(
                "unknown speakers",
                what,
                "left out; write customer or agent",
                column,
                sum(unknown.values()),
                (),
                "warning",
            ),
        )
    return keep, findings


def _answers(
    found: _Columns, topics: Sequence[str], keep: Sequence[int], is_faq: bool
) -> tuple[dict[str, Topic], tuple[Finding, ...]]:
    """Answers by topic and language, the commonest of each; how many topics had several."""
    if "answer" not in found.called or "speaker" in found.called:
        return {}, ()
    said, codes = found.of("answer"), found.of("language")
    counts = dict[tuple[str, str], Counter[str]]()
    for i in keep:
        if said[i] and topics[i]:
            spoken = code(codes[i]) or language(said[i])
            counts.setdefault((topics[i], "en" if spoken == UNKNOWN else spoken), Counter())[said[i]] += 1
    out = dict[str, Topic]()
    for (topic, spoken), texts in counts.items():
        answer = out[topic].answer if topic in out else None
        held = answer or Answer({})
        out[topic] = Topic({spoken: topic} if is_faq else {}, replaced(held, spoken, texts.most_common(1)[0][0]))
    several = sum(len(texts) > 1 for texts in counts.values())
    return out, left_out(
        "several answers",
        "topics have several answers in one language",
        "the commonest is given, of equals the first",
        several,
    )


def replaced(answer: Answer, spoken: str, text: str) -> Answer:
    """An answer with its text in one more language."""
    return Answer({**answer.text, spoken: text}, answer.buttons, answer.source, answer.form)

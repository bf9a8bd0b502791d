"""What support learns from: the material of a company, and its labelled questions as a table with a sealed part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from breakeven.collect import prepare
from breakeven.core.brief import BRIEF
from breakeven.core.errors import InputError
from breakeven.core.personal_data import mask
from breakeven.core.types import Array, Column, Finding, Need, Row, Table
from breakeven.metrics import selective
from breakeven.scenarios.support import few_examples, unlabelled
from breakeven.scenarios.support import settings as section
from breakeven.scenarios.support.language import language
from breakeven.scenarios.support.material import Material, Question
from breakeven.scenarios.support.product import QUESTION
from breakeven.scenarios.support.settings import Settings
from breakeven.scenarios.support.sources import read_material

#: Columns of the table that models are selected on.
TOPIC, CUSTOMER = "topic", "customer"
#: Number of the first row of that table.
FIRST = 2


@dataclass(frozen=True)
class Collected:
    """The material, its labelled questions as a table (`table`), and the brief's settings. `need` is the brief of that table.

    `asked` are the rows of the table in order, stand-ins of `few_examples` among them, of which there are `stand_ins`; `noticed` is what
    is said of those.
    """

    need: Need
    material: Material
    table: prepare.Collected
    settings: Settings
    asked: tuple[Question, ...]
    stand_ins: int = 0
    noticed: tuple[Finding, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The table's columns."""
        return self.table.columns

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Of the files, and of the table."""
        return (*self.material.findings, *self.noticed, *self.table.findings)

    @property
    def fingerprint(self) -> str:
        """Of the table; the answers are files of the brief."""
        return self.table.fingerprint

    @property
    def is_measurable(self) -> bool:
        """Whether enough of the rows are what customers asked."""
        return self.stand_ins <= few_examples.MOST * len(self.asked)

    @property
    def answerable(self) -> Array:
        """Which classes (k,) the product may answer by itself."""
        topics = self.material.book.topics
        return np.array([name in topics and topics[name].answerable for name in self.table.rows.classes], dtype=bool)

    @property
    def languages(self) -> Array:
        """The language of every row of the table (n,); "und" of outcomes that came back."""
        rows = self.table.rows
        spoken = {line: question.language for line, question in enumerate(self.asked)}
        return np.array(
            [spoken.get(int(line) - FIRST, "und") for line in self.table.lines[: len(rows.y)]], dtype=object
        )

    @property
    def scope(self) -> int | None:
        """The number of the class of questions that belong to no topic; None where the data has none."""
        classes = self.table.rows.classes
        return classes.index(self.material.scope) if self.material.scope in classes else None

    def overview(self) -> str:
        """One line for `breakeven check`."""
        rows = self.table.rows
        able, asked = int(self.answerable.sum()), len(self.material.unlabelled)
        return (
            f"{len(rows.y):,} questions of {len(rows.classes):,} topics, {able:,} of them with an answer: {len(rows.test_rows):,} sealed "
            f"for the test, {len(rows.open_rows):,} open" + (f"; {asked:,} questions without a topic" if asked else "")
        )


def collect(need: Need, given: Table | None = None, extra: Sequence[Row] = ()) -> Collected:
    """Read the material, and prepare its labelled questions. Raises InputError."""
    chosen = section.read(need.settings, str(need.folder / BRIEF))
    material = read_material(need, given)
    if not material.labelled:
        raise _no_topics(need, material)
    rows = [{QUESTION: mask(str(row[QUESTION])), TOPIC: str(row[TOPIC])} for row in extra]
    asked, count, noticed = few_examples.filled_up(_with_new_topics(material, rows))
    known = {question.topic for question in material.labelled}
    rows = [row for row in rows if row[TOPIC] in known]
    own = brief_of_table(need, asked)
    table = prepare.prepare(own, _table(asked, need.data), rows)
    return Collected(own, material, table, chosen, asked, count, (*noticed, *_too_few(table, chosen)))


def _no_topics(need: Need, material: Material) -> InputError:
    """That no question has a topic, with the groups of like questions that are worth a name first."""
    groups = unlabelled.largest_groups([question.text for question in material.questions])
    alike = "; ".join(f"{example!r} and {size - 1} like it" for example, size in groups)
    remedy = "name their topics in a column (columns: {NAME: topic}), or give questions and answers under support.faq"
    what = f"none of {len(material.questions):,} questions has a topic"
    return InputError(need.data, f"{what}, the largest groups: {alike}" if alike else what, remedy)


def _too_few(table: prepare.Collected, chosen: Settings) -> tuple[Finding, ...]:
    """That the promise cannot be proven with so few questions, however good the models are."""
    least, at_hand = selective.least_answered(chosen.error_budget, chosen.sure), len(table.rows.open_rows)
    if at_hand >= least:
        return ()
    what = f"{at_hand:,} questions cannot prove that at most {chosen.error_budget:.1%} of answers are wrong"
    done = f"{least:,} that are answered without an error are the least; give more, or raise support.error_budget"
    return (Finding("error budget", what, done, level="warning"),)


def _with_new_topics(material: Material, rows: Sequence[Mapping[str, str]]) -> Material:
    """The material with what people asked about topics that it does not know: they stand among its questions, for only those can be judged."""
    known = {question.topic for question in material.labelled}
    fresh = tuple(
        Question(row[QUESTION], row[TOPIC], language(row[QUESTION])) for row in rows if row[TOPIC] not in known
    )
    return replace(material, questions=(*material.questions, *fresh))


def brief_of_table(need: Need, labelled: Sequence[Question]) -> Need:
    """The brief of the table of labelled questions: questions of one customer stay on one side of every split."""
    roles = {QUESTION: "text", TOPIC: "category"}
    if any(question.unit for question in labelled):
        roles[CUSTOMER] = "group"
    return replace(need, target=TOPIC, columns=roles, formats={TOPIC: "exact"})


def _table(labelled: Sequence[Question], source: str) -> Table:
    columns = {
        QUESTION: np.array([q.text for q in labelled], dtype=object),
        TOPIC: np.array([q.topic for q in labelled], dtype=object),
    }
    if any(question.unit for question in labelled):
        columns[CUSTOMER] = np.array([q.unit or f"#{i}" for i, q in enumerate(labelled)], dtype=object)
    return Table(columns, source, FIRST)

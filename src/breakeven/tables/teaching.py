"""A teacher of the brief's: the candidates that learn from it, and what the verdict says of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from breakeven import metrics
from breakeven.collect.prepare import Collected
from breakeven.core import store
from breakeven.core.errors import InputError
from breakeven.core.types import Array, Finding, Interval, Need
from breakeven.core.verdict import Part
from breakeven.gate import students as proven
from breakeven.gate.results import Board
from breakeven.models import registry
from breakeven.models.user.own import STUDENTS, Own

if TYPE_CHECKING:
    from breakeven.models.user.teacher import Teacher
    from breakeven.tables.fitter import TableFitter

#: The name under `predict.models` that stands for a teacher.
KEY = "teacher"
#: Folder of the lessons in a run's work folder.
LESSONS = "lessons"


class StudentLine(Part, frozen=True, kw_only=True):
    """A candidate that was taught: what it gains over the best that was not (`against`), and why it is not offered."""

    candidate: str
    against: str | None = None
    gain: Interval | None = None
    why_not: str | None = None


class TeacherPart(Part, frozen=True, kw_only=True):
    """The teacher: its licence as its folder states it, its score on `rows` open rows that it was not shown, and the seconds
    that a row took it.
    """

    name: str
    package: str
    licence: str
    rows: int | None = None
    score: Interval | None = None
    seconds_per_row: float | None = None
    students: tuple[StudentLine, ...] = ()


def students(need: Need, collected: Collected, work: Path) -> tuple[Teacher | None, dict[str, Own]]:
    """The brief's teacher and the candidates that learn from it; none where it names none. Raises InputError."""
    given = need.settings.get("models")
    if not isinstance(given, Mapping) or KEY not in given:
        return None, {}
    rows = collected.rows
    where = "product.yaml, predict.models.teacher"
    if not registry.suits("boosting", rows.layout, rows.task):
        raise InputError(
            where, "a teacher reads tables of numbers and categories", "leave it out beside texts or images"
        )
    for plain in ("boosting", "tabm"):
        registry.require(plain)
    from breakeven.models.user import taught, teacher

    sample = np.random.default_rng([need.seed, 29]).permutation(rows.open_rows)[: teacher.TRIED]
    found = teacher.ready(given[KEY], need.folder, (rows.X[sample], rows.y[sample]), len(rows.classes))
    lessons = str(work / LESSONS)
    made = (
        Own("traditional", taught.TaughtBoosting(teacher=found, lessons=lessons)),
        Own("large", taught.TaughtTabM(teacher=found, lessons=lessons)),
    )
    return found, dict(zip(STUDENTS, made, strict=True))


def part(fitter: TableFitter, board: Board) -> TeacherPart | None:
    """What the verdict says of the teacher; None without one."""
    teacher = fitter.teacher
    if teacher is None:
        return None
    lines = []
    for name in STUDENTS:
        found = proven.gain(board, name)
        why_not = board.failed.get(name) or board.eliminated.get(name)
        against, gain = found or (None, None)
        lines.append(StudentLine(candidate=name, against=against, gain=gain, why_not=why_not))
    known = _longest(fitter)
    answers, truth, seconds = known or (None, None, None)
    return TeacherPart(
        name=teacher.name,
        package=teacher.package,
        licence=teacher.licence,
        rows=None if truth is None else len(truth),
        score=None if answers is None or truth is None else metrics.interval(fitter.metric, truth, answers),
        seconds_per_row=seconds,
        students=tuple(lines),
    )


def findings(known: TeacherPart | None) -> tuple[Finding, ...]:
    """What the report says of the teacher."""
    if known is None:
        return ()
    measured = "it was not measured: the brief's minutes were too few"
    if known.score is not None and known.score.value is not None:
        low, high = known.score.low or 0.0, known.score.high or 0.0
        measured = (
            f"its score is {known.score.value:.3g} ({low:.3g} to {high:.3g}) on {known.rows:,} open rows that it was not "
            f"shown, at {known.seconds_per_row or 0.0:.2g} s a row"
        )
    offered = [line.candidate for line in known.students if line.why_not is None]
    kept = f"what it taught is offered: {', '.join(offered)}" if offered else "none of what it taught is offered"
    about = f"{known.name} ({known.package}; licence {known.licence}): {measured}"
    return (Finding("teacher", about, f"it labels rows and is never served itself; {kept}"),)


def _longest(fitter: TableFitter) -> tuple[Array, Array, float] | None:
    """Answers, truth and seconds a row of the lesson with the most rows, where every class was there; None without one."""
    files = sorted((fitter.work / LESSONS).glob("*.npz"), reverse=True)
    for file in files:
        arrays = store.read_arrays(file)
        answers = arrays["answers"]
        if not fitter.classes or answers.shape[1] == len(fitter.classes):
            return answers, arrays["truth"], float(arrays["seconds_per_row"])
    return None

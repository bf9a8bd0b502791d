"""A table's way from rows to a verdict and a product: race, finalists, choice, tuning, the sealed test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from breakeven.collect.prepare import Collected
from breakeven.core import store
from breakeven.core.errors import InputError
from breakeven.core.types import Interval, Need, Verdict
from breakeven.features.image import png
from breakeven.gate import verdict as account
from breakeven.gate.run_context import RunContext
from breakeven.gate.selection import Selection, select
from breakeven.models.hosted import baseline
from breakeven.models.user.own import Own
from breakeven.online.outcome_log import FILE as FEEDBACK
from breakeven.online.outcome_log import OutcomeLog
from breakeven.online.promotion import promote
from breakeven.runtime import predictor as launched
from breakeven.scenarios.predict import problem, shown_rows
from breakeven.scenarios.predict.packaging import TableProblem
from breakeven.scenarios.predict.problem import TableFitter
from breakeven.trust import evidence, sealed


def run(
    context: RunContext,
    collected: Collected,
    weigh: bool,
    own: Mapping[str, Own] | None = None,
    names: Sequence[str] | None = None,
) -> tuple[Verdict, bool]:
    """The verdict, and whether there is a product in the run's folder. With `weigh` there is none."""
    fitter, rows = problem.settle(context.brief, collected, context.work, own, names), collected.rows
    sealed.seal(context.work, rows.X[rows.test_rows], rows.y[rows.test_rows], rows.layout.media)
    selection = select(context, TableProblem.of(context.brief, collected, fitter), weigh)
    context.progress.stage("trust")
    return _judged(selection, collected), selection.winner is not None


def _judged(selection: Selection, collected: Collected) -> Verdict:
    """Open the sealed rows, once: finalists beside each other, the hosted model if the brief names one, the product."""
    context, fitter = selection.raced.context, selection.raced.problem.fitter
    assert isinstance(fitter, TableFitter)
    brief, log, rows = context.brief, context.log, collected.rows
    X, y = sealed.open_once(context.work, log, "the choice is made")
    media, made = fitter.media(), [f for found in selection.finalists.values() for f in found]
    answers = {f.candidate: launched.load(f.folder).calibrated(X, media) for f in made if f.folder is not None}
    seen = evidence.gather(fitter.metric, y, answers)
    open_part = rows.X[rows.open_rows], rows.y[rows.open_rows]
    rented = baseline.measure(
        brief, collected.schema, rows.classes, fitter.metric, open_part, (X, y), media, context.clock.left
    )
    if rented is not None:
        log.write("hosted", **rented.told)
    verdict = account.verdict(
        brief, collected, fitter, selection.board, selection.finalists, selection.choice, seen, rented
    )
    winner = selection.winner
    if winner is None:
        return verdict
    product = launched.load(winner.folder)
    groups = {name: values[rows.test_rows] for name, values in collected.groups.items()}
    proof = evidence.of_product(
        fitter.metric,
        X,
        y,
        lambda some: product.calibrated(some, media),
        product.decoder,
        product.schema,
        groups,
        brief,
    )
    section = {
        **proof,
        "tuning": winner.note,
        "settings": dict(winner.settings),
        "int8": product.about.get("int8"),
        "search": winner.search,
        "ensemble": winner.ensemble,
        "worth": list(winner.ablation),
        "examples": shown_rows.rows(product, X, y, media),
    }
    return replace(verdict, extra={**verdict.extra, "product": section})


def came_back(brief: Need) -> Sequence[Any]:
    """The outcomes that have come back. Raises InputError without any."""
    outcomes = []
    if (brief.folder / FEEDBACK).is_file():
        log = OutcomeLog(brief.folder)
        outcomes = log.read()
        log.close()
    if not outcomes:
        raise InputError(str(brief.folder), "no outcomes have come back yet", "send some to POST /v1/feedback")
    return [{**o.row, brief.target or "": o.outcome} for o in outcomes]


def compare(brief: Need, challenger: Path, champion: Path, metric: str) -> tuple[bool, Interval]:
    """Whether the challenger is better on the same sealed rows, and by how much."""
    X, y = sealed.open_once(challenger / "work", store.Log(challenger / "log.jsonl"), "champion against challenger")
    new, old = (launched.load(folder / "product") for folder in (challenger, champion))
    media = sealed.media(challenger / "work")
    theirs = old.encode(_rows(new.schema, X, media)) if old.schema != new.schema else (X, media)
    return promote(metric, y, new.calibrated(X, media), old.calibrated(*theirs), brief.margin)


def _rows(schema: Any, X: Any, media: Any) -> list[dict[str, Any]]:
    """Base rows back as named values (for a champion with another schema)."""
    out = []
    for row in X:
        values, at = {}, 0
        for f in schema.fields:
            if f.role == "text":
                values[f.name] = media.texts(f.name, row[at : at + 1])[0]
            elif f.role == "image":
                values[f.name] = png(media.pixels(f.name, row[at : at + 1])[0]) if row[at] == row[at] else None
            else:
                values[f.name] = f.plain(row[at])
            at += len(f.parts)
        out.append(values)
    return out

"""A table's way from rows to a verdict and a product: race, finalists, choice, tuning, the sealed test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from breakeven.core import store
from breakeven.core.errors import InputError
from breakeven.core.types import Choice, Interval, Layout, Need, Verdict
from breakeven.features.image import png
from breakeven.gate import ablation, choose
from breakeven.gate import finalists as finish
from breakeven.gate import race as measure
from breakeven.gate import verdict as account
from breakeven.gate.evaluation import Bench
from breakeven.gate.run_context import ENCODE_UNTIL, Setting, stepper
from breakeven.models.hosted import baseline
from breakeven.online.outcome_log import FILE as FEEDBACK
from breakeven.online.outcome_log import OutcomeLog
from breakeven.online.promotion import promote
from breakeven.runtime import predictor as launched
from breakeven.scale.executor import Workers
from breakeven.scenarios.predict import example, problem, shown_rows
from breakeven.trust import evidence, sealed


def run(setting: Setting, collected: Any, weigh: bool, own: Mapping[str, Any] | None = None,
        names: Sequence[str] | None = None) -> tuple[Verdict, bool]:  # fmt: skip
    """The verdict, and whether there is a product in `setting.folder`. With `weigh` there is none."""
    brief, say, log, clock = setting.brief, setting.say, setting.log, setting.clock
    settled = problem.settle(brief, collected, setting.work, own, names)
    rows = collected.rows
    sealed.seal(setting.work, rows.X[rows.test_rows], rows.y[rows.test_rows], rows.layout.media)

    say.stage("gate")
    live, shown = example.typical(collected)
    bench = Bench(settled, Workers(), store.Ledger(setting.work / "fits"), brief, collected.schema, live, setting.work,
                  about=_about(brief, collected, settled.metric, shown))  # fmt: skip
    settled = settled.warmed(bench.workers, clock.left(ENCODE_UNTIL), say.note)
    bench.problem, race = settled, settled.race()
    plan = measure.sizes(rows.train_size, len(rows.classes), race.costly)
    bench.board = measure.measure(
        race,
        bench.run,
        clock.race,
        bench.workers.count,
        stepper(say, log, plan, clock.told),
        lambda board, some: finish.beyond(bench, board, some, say.note),
        clock.fits() - clock.race(),
    )
    finalists = finish.finalists(bench, clock.fits, say.note)
    choice = choose.choose(bench.board, {route: found[-1].costs if found and found[-1].why_not is None else None
                                         for route, found in finalists.items()})  # fmt: skip
    log.write("chosen", **asdict(choice))

    winner = None
    if not weigh and choice.candidate is not None:
        say.stage("train")
        chosen = next(f for found in finalists.values() for f in found if f.candidate == choice.candidate)
        winner = finish.finish(bench, chosen, setting.folder / "product", clock.tuning, say.note)
        log.write("product", candidate=choice.candidate, settings=dict(winner.settings), note=winner.note)
        parts = ablation.of_kinds(bench, choice.candidate, kinds_of(rows.layout), clock.tuning)
        winner = replace(winner, worth=tuple(parts))

    say.stage("trust")
    return _judged(bench, collected, (finalists, choice), winner, log, clock.left), winner is not None


def _judged(bench: Bench, collected: Any, raced: tuple[account.Finalists, Choice], winner: finish.Winner | None,
            log: store.Log, left: Callable[[], float]) -> Verdict:  # fmt: skip
    """Open the sealed rows, once: finalists beside each other, the hosted model if the brief names one, the product."""
    finalists, choice = raced
    brief, problem, rows = bench.need, bench.problem, collected.rows
    assert bench.board is not None
    X, y = sealed.open_once(bench.work, log, "the choice is made")
    media = problem.media()
    seen = evidence.gather(problem.metric, y, {f.candidate: launched.load(f.folder).calibrated(X, media) for found in finalists.values()
                                               for f in found if f.folder is not None})  # fmt: skip
    rented = baseline.measure(brief, collected.schema, rows.classes, problem.metric,
                             (rows.X[rows.open_rows], rows.y[rows.open_rows]), (X, y), media, left)  # fmt: skip
    if rented is not None:
        log.write("hosted", **rented.told)
    verdict = account.verdict(brief, collected, problem, bench.board, finalists, choice, seen, rented)
    if winner is None:
        return verdict
    product = launched.load(winner.folder)
    groups = {name: values[rows.test_rows] for name, values in collected.groups.items()}
    proof = evidence.of_product(problem.metric, X, y, lambda some: product.calibrated(some, media), product.decoder,
                                product.schema, groups, brief)  # fmt: skip
    told = {**proof, "tuning": winner.note, "settings": dict(winner.settings), "int8": product.about.get("int8"),
            "search": winner.tuning, "ensemble": winner.ensemble, "worth": list(winner.worth),
            "examples": shown_rows.rows(product, X, y, problem.media())}  # fmt: skip
    return replace(verdict, extra={**verdict.extra, "product": told})


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


def kinds_of(layout: Layout) -> dict[str, list[str]]:
    """The names of the columns of each kind."""
    columns = {
        "table": [layout.names[i] for i in layout.table],
        "text": list(layout.texts),
        "image": list(layout.images),
    }
    return {kind: columns[kind] for kind in layout.kinds}


def _about(brief: Need, collected: Any, metric: str, sample: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": brief.name, "scenario": brief.scenario, "target": brief.target, "metric": metric,
            "task": collected.rows.task, "sample": sample}  # fmt: skip


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

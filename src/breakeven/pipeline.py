"""The flow on one page: need -> collect -> gate -> routes -> train -> optimise -> trust -> launch.

The only file that sees every stage. A run is one folder, `DIR/build/<id>`; the id is made from brief, data and
version, so the same question finds the same folder, and a run that was interrupted goes on in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from breakeven import __version__, need, store
from breakeven.collect import read
from breakeven.encode.image import png
from breakeven.errors import InputError
from breakeven.feedback.decide import promote
from breakeven.feedback.log import FILE as FEEDBACK
from breakeven.feedback.log import OutcomeLog
from breakeven.gate import choose, measure
from breakeven.launch import product as launched
from breakeven.progress import Progress, Silent
from breakeven.report import page, words
from breakeven.routes import roster
from breakeven.scenarios import account, finish, worth
from breakeven.scenarios.bench import Bench
from breakeven.scenarios.predict import example, renting
from breakeven.scenarios.predict import shown as shown_rows
from breakeven.scenarios.roster import part
from breakeven.train.workers import Workers
from breakeven.trust import card, evidence, sealed
from breakeven.types import Choice, Layout, Need, Outcome, Verdict

#: Shares of the brief's minutes by which encoding, measuring and tuning must end; the rest is for export and report.
ENCODE_UNTIL, MEASURE_UNTIL, TUNE_UNTIL = 0.3, 0.6, 0.85
#: Opening the sealed rows and the report take seconds, not a share: of long builds no more than these are kept for them.
REPORTING = 60.0


@dataclass(frozen=True)
class Clock:
    """The brief's minutes, running since a moment of `time.monotonic`."""

    started: float
    minutes: float

    def left(self, share: float = 1.0) -> float:
        """Seconds until a share of the minutes is over."""
        return self.started + self.minutes * 60 * share - time.monotonic()

    def race(self) -> float:
        """Seconds left for measuring."""
        return self.left(MEASURE_UNTIL)

    def tuning(self) -> float:
        """Seconds left for tuning."""
        return self.left(TUNE_UNTIL)

    def fits(self) -> float:
        """Seconds left for finalists' fits on all rows."""
        return max(self.tuning(), self.left() - REPORTING)

    def told(self) -> tuple[float, float]:
        """Seconds passed, and seconds left for measuring."""
        return time.monotonic() - self.started, max(self.race(), 0.0)


@dataclass(frozen=True)
class Run:
    """What a run leaves behind."""

    folder: Path
    verdict: Mapping[str, Any]
    product: Path | None


def build(brief: Need, say: Progress | None = None, *, weigh: bool = False, extra: Sequence[Outcome] = (), own: Mapping[str, Any] | None = None,
          table: Any = None, names: Sequence[str] | None = None, publish: bool = True) -> Run:  # fmt: skip
    """Brief to product (or, with `weigh`, to the verdict alone); `latest` follows if `publish`. Raises InputError, ExportError."""
    say = say or Silent()
    started = time.monotonic()
    say.stage("collect")
    scenario = part(brief.scenario, "problem")
    added = [{**o.row, brief.target or "": o.outcome} for o in extra]
    collected = scenario.collect(brief, table, added)
    folder = brief.folder / "build" / run_id(brief, collected.fingerprint, own, names)
    done = _finished(folder, weigh)
    if done:
        say.note(f"nothing has changed since {folder} was finished")
        if publish and not weigh and done.product is not None:
            store.point_latest(folder)
        return done
    log = store.Log(folder / "log.jsonl")
    log.write("run", breakeven=__version__, need=need.dump(brief), weigh=weigh)
    problem = scenario.settle(brief, collected, folder / "work", own, names)
    rows = collected.rows
    sealed.seal(folder / "work", rows.X[rows.test_rows], rows.y[rows.test_rows], rows.layout.media)

    say.stage("gate")
    live, shown = example.typical(collected)
    bench = Bench(brief, problem, collected.schema, live, folder / "work", Workers(),
                         store.Ledger(folder / "work" / "fits"), about=_about(brief, collected, problem.metric, shown))  # fmt: skip
    clock = Clock(started, brief.limits.minutes)
    problem = problem.warmed(bench.workers, clock.left(ENCODE_UNTIL), say.note)
    bench.problem, race = problem, problem.race()
    plan = measure.sizes(rows.train_size, len(rows.classes), race.costly)
    bench.board = measure.measure(
        race,
        bench.run,
        clock.race,
        bench.workers.count,
        _stepper(say, log, plan, clock.told),
        lambda board, names: finish.beyond(bench, board, names, say.note),
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
        winner = finish.finish(bench, chosen, folder / "product", clock.tuning, say.note)
        log.write("product", candidate=choice.candidate, settings=dict(winner.settings), note=winner.note)
        parts = worth.of_kinds(bench, choice.candidate, kinds_of(rows.layout), clock.tuning)
        winner = replace(winner, worth=tuple(parts))

    say.stage("trust")
    verdict = _judged(bench, collected, (finalists, choice), winner, log, clock.left)
    return _write(brief, folder, verdict, collected, winner, publish, say)


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
    rented = renting.measure(brief, collected.schema, rows.classes, problem.metric,
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


def _write(
    brief: Need,
    folder: Path,
    verdict: Verdict,
    collected: Any,
    winner: finish.Winner | None,
    publish: bool,
    say: Progress,
) -> Run:
    """verdict.json, report, card; `latest` last of all, and never from a product to a bare verdict."""
    say.stage("report")
    plain = store.verdict_json(verdict)
    plain["sentence"] = {"en": words.sentence(plain, "en"), "zh": words.sentence(plain, "zh")}
    store.write_json(folder / "verdict.json", plain)
    store.write_text(folder / "report.html", page.render(plain, collected.columns, brief.folder))
    if winner is not None:
        store.write_text(folder / "card.md", card.render(plain, collected.columns))
    store.write_json(folder / "done.json", {"product": winner is not None})
    latest = brief.folder / "build" / "latest"
    if publish and (winner is not None or not (latest / "product").exists()):
        store.point_latest(folder)
    return Run(folder, store.read_json(folder / "verdict.json"), folder / "product" if winner is not None else None)


def check(brief: Need, table: Any = None) -> Any:
    """Collect alone: what was found in the data and what would be done about it."""
    return part(brief.scenario, "problem").collect(brief, table)


def learn(brief: Need, say: Progress | None = None) -> tuple[Run, bool, Mapping[str, Any]]:
    """Rebuild with the outcomes that came back; keep the old product unless the new one is better on the same sealed rows.

    Returns the challenger's run, whether it was promoted, and the difference. Raises InputError without outcomes.
    """
    champion = store.latest(brief.folder)
    if not (brief.folder / FEEDBACK).is_file():
        raise InputError(str(brief.folder), "no outcomes have come back yet", "send some to POST /v1/feedback")
    log = OutcomeLog(brief.folder)
    outcomes = log.read()
    log.close()
    if not outcomes:
        raise InputError(str(brief.folder), "no outcomes have come back yet", "send some to POST /v1/feedback")
    run = build(brief, say, extra=outcomes, publish=False)
    if run.product is None or run.folder == champion:
        return run, False, {"value": 0.0, "low": 0.0, "high": 0.0}
    X, y = sealed.open_once(run.folder / "work", store.Log(run.folder / "log.jsonl"), "champion against challenger")
    new, old = (launched.load(folder / "product") for folder in (run.folder, champion))
    media = sealed.media(run.folder / "work")
    theirs = old.encode(_rows(new.schema, X, media)) if old.schema != new.schema else (X, media)
    better, interval = promote(
        run.verdict["metric"]["name"], y, new.calibrated(X, media), old.calibrated(*theirs), brief.margin
    )
    store.point_latest(run.folder if better else champion)
    return run, better, asdict(interval)


def run_id(
    brief: Need, fingerprint: str, own: Mapping[str, Any] | None = None, names: Sequence[str] | None = None
) -> str:
    """A short name made from brief, data and version."""
    # What was missing may be there now: then it is another run.
    there = [name for name in roster.names() if roster.installed(name)]
    key = bool(brief.hosted and brief.hosted.key_env and os.environ.get(brief.hosted.key_env))
    plain = {**need.dump(brief), "folder": "", "there": [there, key]}
    files = [store.sha256(path) for path in need.models(brief)]
    words_ = json.dumps(
        [plain, files, fingerprint, __version__, sorted((own or {}).items(), key=str), list(names or [])],
        default=repr,
        sort_keys=True,
    )
    return hashlib.sha256(words_.encode()).hexdigest()[:12]


def weigh_frame(frame: Any, *, target: str, candidates: Sequence[Any] | None = None, folder: Path | str | None = None,
                say: Progress | None = None, **brief: Any) -> Mapping[str, Any]:  # fmt: skip
    """The verdict on a DataFrame (or a mapping of columns), as verdict.json spells it.

    `candidates` are roster names, scikit-learn estimators (traditional route) or (name, route, estimator); by default
    the whole roster. Other keywords are keys of product.yaml. With `folder` the run is kept there and resumes.

    >>> # weigh(frame, target="left", candidates=["linear", ("forest", "traditional", RandomForestClassifier())])
    """
    place = Path(folder) if folder else Path(tempfile.mkdtemp(prefix="breakeven-"))
    wanted = need.parse({"name": "frame", "scenario": "predict", "data": "frame", "target": target, **brief}, place)
    columns = {str(name): list(frame[name]) for name in frame}
    names, own = _entries(candidates)
    return build(wanted, say, weigh=True, own=own, table=read.from_columns(columns, "frame"), names=names).verdict


def _entries(candidates: Sequence[Any] | None) -> tuple[list[str] | None, dict[str, Any]]:
    from breakeven.scenarios.predict.problem import Own

    if candidates is None:
        return None, {}
    names, own = [roster.BASELINE], {}
    for one in candidates:
        if isinstance(one, str):
            if one not in roster.ROSTER:
                raise InputError("candidates", f"unknown candidate {one!r}", f"known: {', '.join(roster.ROSTER)}")
            names.append(one)
        else:
            name, route, estimator = one if isinstance(one, tuple) else (type(one).__name__, "traditional", one)
            if not hasattr(estimator, "fit") or route not in ("traditional", "large"):
                raise InputError(
                    "candidates", f"{one!r} is no candidate", "give a name, an estimator or (name, route, estimator)"
                )
            if str(name) in own or str(name) in roster.ROSTER:
                raise InputError(
                    "candidates",
                    f"two candidates are named {str(name)!r}",
                    "give (name, route, estimator) with names of their own",
                )
            own[str(name)] = Own(route, estimator)
    return list(dict.fromkeys(names)), own


def _finished(folder: Path, weigh: bool) -> Run | None:
    """A run that reached its end. A verdict alone does not finish a build, nor does a product without its verdict."""
    done = folder / "done.json"
    if not done.is_file():
        return None
    verdict, product = store.read_json(folder / "verdict.json"), folder / "product"
    if "product" in verdict and (product / store.MANIFEST).is_file():
        return Run(folder, verdict, product)
    return Run(folder, verdict, None) if weigh or verdict["chosen"]["route"] == "none" else None


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


def _stepper(say: Progress, log: store.Log, sizes: Sequence[int], clock: Callable[[], tuple[float, float]]) -> Any:
    """Tells the race's progress; `clock` gives the seconds passed and those the race has left."""
    # A fit costs about as much as its rows and a fixed start worth some 1,500 rows.
    weights = [1_500 + n for n in sizes]

    def step(done: int, total: int, live: list[str]) -> None:
        log.write("size measured", done=done, total=total, live=live)
        passed, left = clock()
        share = max(
            sum(weights[:done]) / sum(weights), passed / (passed + left)
        )  # it stops when its minutes are used up
        say.step(share, 1.0, f"size {done} of {total}, racing: {', '.join(live)}")

    return step

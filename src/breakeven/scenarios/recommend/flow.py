"""A shop's way from events to a verdict and a product: race, tuning, finalists, choice, the sealed test."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from breakeven import metrics
from breakeven.core import store
from breakeven.core.errors import InputError
from breakeven.core.types import Array, Interval, Need, Route, Verdict
from breakeven.export.publish import size_mb
from breakeven.gate import choose, unit_costs
from breakeven.gate import costs as money
from breakeven.gate import race as measure
from breakeven.gate.choose import Costs, broken
from breakeven.gate.evaluation import Order, Runs
from breakeven.gate.results import Board, Job
from breakeven.gate.run_context import Setting, stepper
from breakeven.models.ranking import item_neighbours, popular, registry
from breakeven.models.training.step_budget import within
from breakeven.online.event_log import kept_in
from breakeven.online.event_types import SHOWN, WORTH
from breakeven.online.promotion import promote
from breakeven.runtime.ranking.histories import Circle, Histories, with_beside
from breakeven.runtime.ranking.items import Items
from breakeven.runtime.ranking.scorers import Scorer
from breakeven.scale.executor import Workers, alone
from breakeven.scenarios.recommend import (
    content,
    full_population,
    image_embeddings,
    problem,
    product,
    ranking_metrics,
    social,
)
from breakeven.scenarios.recommend import tuning as settings
from breakeven.scenarios.recommend import verdict as account
from breakeven.scenarios.recommend.catalogue import Shop
from breakeven.scenarios.recommend.problem import Collected, Problem
from breakeven.trust import sealed

#: A net among the finalists may take this share of the time left; what is left after it must be this share of what it took for
#: the net to be fitted again, on all events.
FINAL, AGAIN = 0.6, 0.8
#: What is kept of the time left for the winner's last fit, as a share of what it took.
LATER = 1.5
#: Shares of everybody's events at which finalists are measured as well, and the share of the time left that this may take.
EVENTS, EVENTS_SHARE = (0.25, 0.5), 0.1


@dataclass(frozen=True)
class Finalist:
    """A candidate fitted on all events before the sealed test, published and priced; `why_not` when it cannot be offered."""

    candidate: str
    route: Route
    settings: Mapping[str, Any]
    tuning: str
    search: Mapping[str, Any] | None
    folder: Path
    costs: Costs | None
    why_not: str | None = None


def run(setting: Setting, collected: Collected, weigh: bool, own: Mapping[str, Any] | None = None,
        names: Sequence[str] | None = None) -> tuple[Verdict, bool]:  # fmt: skip
    """The verdict, and whether there is a product in `setting.folder`. With `weigh` there is none."""
    del own
    brief, say, log, clock = setting.brief, setting.say, setting.log, setting.clock
    pictures, broken = image_embeddings.vectors(collected.shop.pictures, "the item list", setting.work)
    collected = replace(collected, shop=replace(collected.shop, findings=(*collected.shop.findings, *broken)))
    settled = problem.settle(brief, collected, setting.work, names, pictures if len(pictures) else None)
    seal(setting.work, collected)
    say.stage("gate")
    runs = Runs(settled, Workers(), store.Ledger(setting.work / "fits"))
    race = settled.race()
    plan = measure.sizes(len(race.folds[0].train), 0, race.costly)
    board = measure.measure(race, runs.run, clock.race, runs.workers.count, stepper(say, log, plan, clock.told),
                            after=clock.fits() - clock.race())  # fmt: skip
    say.stage("train")
    full_population.measure(setting, runs, board)
    finalists = _finalists(setting, collected, settled, (runs, board))
    choice = choose.choose(
        board, {route: f.costs if f is not None and f.why_not is None else None for route, f in finalists.items()}
    )
    log.write("chosen", **asdict(choice))
    fewer = _by_events(setting, (runs, board), [f.candidate for f in finalists.values() if f is not None])
    made, friends = not weigh and choice.candidate is not None, social.Worth()
    if made:
        chosen = next(f for f in finalists.values() if f is not None and f.candidate == choice.candidate)
        friends = _friends(setting, collected, settled, chosen)
        served = _served(setting, collected, settled, (chosen, friends.share))
        _place(served, setting.folder / "product")
        log.write("product", candidate=choice.candidate, settings=dict(chosen.settings), note=chosen.tuning)
    say.stage("trust")
    verdict = account.verdict(setting, collected, settled, board, finalists, choice, made)
    verdict.extra["shop"]["by_events"] = fewer
    if friends.told is not None:
        verdict.extra["shop"]["friends"] = dict(friends.told)
    return verdict, made


def _by_events(setting: Setting, raced: tuple[Runs, Board], candidates: Sequence[str]) -> list[dict[str, Any]]:
    """The finalists' scores when everybody had done less: on the last quarter and half of each learner's events, and on all.

    One that would take more than EVENTS_SHARE of the time left is not tried.
    """
    runs, board = raced
    out = []
    for candidate in candidates:
        rows = board.last_size(candidate)
        point = board.point(candidate, rows) if rows else None
        if rows is None or point is None or 2 * point.seconds > EVENTS_SHARE * setting.clock.fits():
            continue
        job = Job(candidate, rows, 0)
        orders = {f"events-{share:g}-{job.key}": Order(runs.problem, job, {problem.SHARE: share}) for share in EVENTS}
        found = {key: measured.prediction for key, measured in runs.run_orders(orders)}
        found["all"] = board.results[job].prediction
        for share, prediction in zip((*EVENTS, 1.0), (*(found[key] for key in orders), found["all"]), strict=True):
            if prediction is not None:
                score = metrics.interval(board.race.metric, np.zeros(0), prediction)
                out.append({"candidate": candidate, "share": share, **asdict(score)})
    return out


def _friends(setting: Setting, collected: Collected, settled: Problem, chosen: Finalist) -> social.Worth:
    """What friends are worth to the winner, from the ledger where it was measured before."""
    if not len(collected.shop.friends):
        return social.Worth()
    kept = setting.work / f"friends-{chosen.folder.name}.json"
    if not kept.is_file():
        setting.say.note("trying what friends took as a side signal")
        found = alone(social.worth, settled, chosen.candidate, dict(chosen.settings), collected.shop.friends)
        store.write_json(kept, {"share": found.share, "told": found.told})
    return social.Worth(**store.read_json(kept))


def _served(setting: Setting, collected: Collected, settled: Problem, won: tuple[Finalist, float]) -> Path:
    """The winner fitted once more, on all events, so that it knows the newest; a net only where there is time to do it well."""
    chosen, share = won
    served, left = setting.work / "served" / chosen.folder.name, setting.clock.fits()
    about = {**_about(setting, collected, settled, chosen.candidate, chosen.settings), "friends_share": share}
    ready = (
        chosen.folder
        if chosen.route == "large" and left < AGAIN * (chosen.costs.train_seconds if chosen.costs else 0.0)
        else None
    )
    setting.say.note(f"{chosen.candidate} is served as fitted before the test: the minutes left no second fit" if ready
                     else f"fitting {chosen.candidate} on all events, the newest among them, for the shop to start with")  # fmt: skip
    if not (served / store.MANIFEST).is_file():
        alone(_made, about, collected.shop, problem.known_of(settled.work), served, (left, ready))
    return served


def seal(work: Path, collected: Collected) -> None:
    """Put away what was taken after the last cut."""
    after = collected.test.after
    sealed.seal(work, np.stack([after.owners, after.items], axis=1), after.times)


def _finalists(
    setting: Setting, collected: Collected, settled: Problem, raced: tuple[Runs, Board]
) -> dict[Route, Finalist | None]:
    """The best of each route that keeps the limits, tuned, fitted on all open events."""
    runs, board = raced
    sign = metrics.METRICS[settled.metric].sign
    out: dict[Route, Finalist | None] = {"traditional": None, "large": None}
    for route in out:
        scored = [
            (sign * p.score, c)
            for c in board.of_route(route)
            if (rows := board.last_size(c)) and (p := board.point(c, rows))
        ]
        for _, candidate in sorted(scored, key=lambda pair: -pair[0]):
            tuned = settings.tuned(setting, settled, runs, board, candidate)
            setting.say.note(f"fitting {candidate} on all events before the test")
            first = out["traditional"]  # fitted once more if it wins, after the net's own fit
            later = LATER * first.costs.train_seconds if first is not None and first.costs is not None else 0.0
            found = _finalist(setting, collected, settled, candidate, tuned, setting.clock.fits() - later)
            if out[route] is None or found.why_not is None:
                out[route] = found
            if found.why_not is None:
                break
    return out


def _finalist(
    setting: Setting, collected: Collected, settled: Problem, candidate: str, tuned: settings.Tuned, left: float
) -> Finalist:
    """A candidate fitted on all events before the test, with so many seconds left for what is to be fitted."""
    folder = setting.work / "finalists" / f"{candidate}-{store.digest(dict(tuned.settings))}"
    route = settled.candidates[candidate]
    if not (folder / store.MANIFEST).is_file():
        earlier = collected.test.earlier
        before = replace(collected.shop, seen=collected.test.before, kinds=collected.shop.kinds[earlier])
        alone(
            _made,
            _about(setting, collected, settled, candidate, tuned.settings),
            before,
            problem.known_of(settled.work),
            folder,
            (max(left, 0.0) * FINAL, None),
        )
    costs = _priced(setting.brief, candidate, route, folder)
    return Finalist(candidate, route, tuned.settings, tuned.why, tuned.told, folder, costs, costs.why_not)


def _about(
    setting: Setting, collected: Collected, settled: Problem, candidate: str, own: Mapping[str, Any]
) -> dict[str, Any]:
    brief = setting.brief
    return {
        "name": brief.name,
        "scenario": brief.scenario,
        "candidate": candidate,
        "route": settled.candidates[candidate],
        "metric": settled.metric,
        "k": settled.k,
        "again": settled.again,
        "rules": brief.settings.get("rules") or {},
        "arms": brief.settings.get("arms") or {},
        "explore": brief.settings.get("explore") or {},
        "settings": dict(own),
        "kinds": list(collected.shop.kind_names),
        "worth": {**WORTH, **collected.shop.worth},
        "segments": [collected.shop.segments.column, *collected.shop.segments.names],
        "log": collected.learned,
        "seed": settled.seed,
    }


def _made(about: dict[str, Any], shop: Shop, items: Items, folder: Path, how: tuple[float, Path | None]) -> None:
    """Fit on a shop's events and publish: in a process of its own, for torch's exporter and for memory.

    `how`: the seconds a net may take, and a folder from which a fitted one is taken instead of fitting.
    """
    start, seed = time.perf_counter(), int(about["seed"])
    seen = with_beside(shop.seen, shop.segments.numbers, shop.segments.shrink, shop.friends)
    with within(how[0]):
        scorer = (
            product.load(how[1]).scorer
            if how[1]
            else registry.fit(about["candidate"], seen, about["settings"], seed, items)
        )
    seconds = time.perf_counter() - start
    counts, grams = popular.counts(seen), content.Content.of(items.words)
    extras = {"popular": counts, "by_segment": popular.by_segment(seen), "likeness": item_neighbours.fit(seen, {}, seed), "content": grams,
              "cold": product.cold(grams, counts, shop, items.words)}  # fmt: skip
    product.publish(folder, {**about, "fit": {"seconds": seconds, "events": len(seen.items)}}, scorer, shop, extras)


def _priced(brief: Need, candidate: str, route: Route, folder: Path) -> Costs:
    kept = folder.parent / f"{folder.name}.costs.json"
    if kept.is_file():
        return Costs(**store.read_json(kept))
    loaded = product.load(folder)
    usual, rates = product.latency(loaded)
    size, usd = size_mb(folder), unit_costs.per_1000(usual, brief.prices)
    seconds = float(loaded.about["fit"]["seconds"])
    month = money.serving(money.Owned(candidate, route, rates, seconds), brief.prices, brief.traffic)
    costs = Costs(candidate, usual, rates, size, usd, month, seconds, broken(brief.limits, usual, size, usd))
    store.write_json(kept, costs.__dict__)
    return costs


def _place(source: Path, target: Path) -> None:
    beside = target.with_name(target.name + ".tmp")
    for folder in (target, beside):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, beside)
    beside.rename(target)


def came_back(brief: Need) -> list[dict[str, Any]]:
    """Events that came in while it was served. Raises InputError without any."""
    log = kept_in(brief.folder, brief.name)
    found = [] if log is None else [asdict(e) for e in log.read() if e.kind != SHOWN]
    if log is not None:
        log.close()
    if not any(not e["kind"].startswith("$") for e in found):
        raise InputError(str(brief.folder), "no events have come in yet", "serve it, and send some to POST /v1/events")
    return found


def compare(brief: Need, challenger: Path, champion: Path, metric: str) -> tuple[bool, Interval]:
    """Whether the challenger is better for the people of its sealed part, and by how much.

    The champion may have learned from a part of what is sealed here (it was fitted on all events of its day); the challenger's
    score is of its fit without them, so the doubt is the champion's.
    """
    log = store.Log(challenger / "log.jsonl")
    new, old = (product.load(folder / "product") for folder in (challenger, champion))
    shape = (len(new.users), len(new.catalogue.ids))
    held = account.held_back(challenger / "work", log, "champion against challenger", shape, brief.seed)
    own = store.digest(dict(new.about["settings"]))
    finalist = product.load(challenger / "work" / "finalists" / f"{new.about['candidate']}-{own}")
    k, again = int(new.about["k"]), bool(new.about["again"])
    places = {name: i for i, name in enumerate(old.catalogue.ids)}
    alike = new.about.get("segments") == old.about.get("segments")
    theirs = Elsewhere(old.scorer, np.array([places.get(name, -1) for name in new.catalogue.ids]), len(places), alike)
    scores = [ranking_metrics.each(ranking_metrics.shelves(s, held.before.take(held.people), k, again), held.after.take(held.people))[metric]
              for s in (finalist.scorer, theirs)]  # fmt: skip
    return promote(metric, np.zeros(len(held.people)), scores[0], scores[1], brief.margin)


@dataclass(frozen=True)
class Elsewhere:
    """A scorer of another catalogue: `places` are its numbers of our items, -1 for those it does not know; `segments` says whether
    its segments are ours.
    """

    inner: Scorer
    places: Array
    count: int
    segments: bool = True
    kind: ClassVar[str] = "elsewhere"

    def scores(self, seen: Histories) -> Array:
        """Scores (users, items), the lowest for items it does not know."""
        moved, beside = self.moved(seen), seen.beside
        if beside is not None:
            segments = beside.segments if self.segments else np.full_like(beside.segments, -1)
            circle = None if beside.circle is None else _Elsewhere(beside.circle, self)
            moved = replace(moved, beside=replace(beside, segments=segments, circle=circle))
        found = self.inner.scores(moved)
        out = np.repeat(found.min(axis=1, keepdims=True), len(self.places), axis=1)
        there = self.places >= 0
        out[:, there] = found[:, self.places[there]]
        return np.asarray(out)

    def moved(self, seen: Histories) -> Histories:
        """The events of items it knows, under its numbers."""
        known = seen.where(self.places[seen.items] >= 0)
        return replace(known, items=self.places[known.items].astype(np.int32), item_count=self.count)

    def pack(self) -> Any:
        """It is not kept."""
        raise NotImplementedError


@dataclass(frozen=True)
class _Elsewhere:
    """A circle under the numbers of another catalogue."""

    inner: Circle
    there: Elsewhere

    def of(self, user: int, until: float) -> Histories:
        """What those whom a user follows did of late, under those numbers."""
        return self.there.moved(self.inner.of(user, until))

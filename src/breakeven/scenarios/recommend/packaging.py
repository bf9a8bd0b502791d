"""A shop as the selection's problem: how a candidate becomes a product folder, is timed, and what else is measured of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from breakeven.core import store
from breakeven.core.types import Need
from breakeven.gate.finalist import Finalists, offered
from breakeven.gate.fit_runner import FitRunner
from breakeven.gate.problem import Packaged, Policy, Recipe, Timing, TuningPolicy
from breakeven.gate.results import Board, Job, Predictions
from breakeven.gate.run_context import RunContext
from breakeven.models import registry
from breakeven.models.ranking import item_neighbours, popular
from breakeven.models.training.step_budget import within
from breakeven.runtime.ranking.histories import with_context
from breakeven.runtime.ranking.items import Items
from breakeven.scale.executor import Workers, alone
from breakeven.scenarios.recommend import content, product, ranking_metrics, social
from breakeven.scenarios.recommend.catalogue import Shop
from breakeven.scenarios.recommend.event_types import EVENT_WEIGHTS
from breakeven.scenarios.recommend.fitter import EVENT_SHARE, ShopFitter, items_of
from breakeven.scenarios.recommend.problem import Collected
from breakeven.scenarios.recommend.settings import settings_of

#: Each route's finalist is tuned before the choice, on the first fold: other folds are judged by the same people.
TUNING = TuningPolicy(
    candidates="finalists",
    trials=16,
    repeats=1,
    first_look_rows=0,
    first_look_seconds=5.0,
    time_share=0.45,
    refits=2,
)
POLICY = Policy(TUNING, refit_on_everything=True, full_population=True, check_limits_early=False)
#: Shares of every user's events at which finalists are measured as well.
EVENT_SHARES = (0.25, 0.5)
#: Share of the time left that those measurements may take.
EVENTS_TIME_SHARE = 0.1


@dataclass(frozen=True)
class ShopProblem:
    """A shop with events: `fitter` is what workers receive, `collected` the shop with its cuts."""

    fitter: ShopFitter
    collected: Collected
    brief: Need
    policy: Policy = POLICY

    def prepare(self, workers: Workers, seconds: float, progress: Callable[[str], None]) -> ShopProblem:
        """Nothing is shared by all fits."""
        return self

    def package(self, candidate: str, recipe: Recipe, folder: Path, validation: Predictions) -> Packaged:
        """Fit on all events before the sealed test, or on everything, and publish. Scores need no calibration."""
        if not (folder / store.MANIFEST).is_file():
            shop, about = self.collected.shop, self._about(candidate, recipe)
            if recipe.everything:
                about["friends_share"] = self._friends(candidate, recipe, folder).share
            else:
                test = self.collected.test
                shop = replace(shop, seen=test.before, kinds=shop.kinds[test.earlier])
            alone(_publish, about, shop, items_of(self.fitter.work), folder, recipe)
        fit = product.load(folder).about["fit"]
        share, plan = float(fit.get("share", 1.0)), float(fit.get("plan", 1.0))
        return Packaged(float(fit["seconds"]), int(fit["events"]), share, plan, epochs=int(fit.get("epochs", 0)))

    def time(self, folder: Path) -> Timing:
        """Time answers to known users."""
        return Timing(*product.latency(product.load(folder)))

    def column_kinds(self) -> Mapping[str, Sequence[str]]:
        """None: events are no columns."""
        return {}

    def measure_finalists(
        self, context: RunContext, runner: FitRunner, board: Board, finalists: Finalists
    ) -> Mapping[str, object]:
        """`by_events`: scores of the finalists on the last quarter and half of each learner's events, and on all.

        A finalist for which that takes more than EVENTS_TIME_SHARE of the time left is left out.
        """
        lines = []
        for finalist in offered(finalists).values():
            rows = board.last_size(finalist.candidate)
            if rows is None:
                continue
            seconds = board.seconds_of(finalist.candidate, rows)
            if len(EVENT_SHARES) * seconds > EVENTS_TIME_SHARE * context.clock.fits():
                continue
            job = Job(finalist.candidate, rows, 0, plan=board.plan(finalist.candidate))
            fewer = runner.run_settings([(job, {EVENT_SHARE: share}) for share in EVENT_SHARES])
            for share, measured in zip((*EVENT_SHARES, 1.0), (*fewer, board.results[job]), strict=True):
                if measured.prediction is not None:
                    interval = ranking_metrics.interval(measured.prediction)
                    lines.append({"candidate": finalist.candidate, "share": share, **asdict(interval)})
        return {"by_events": lines}

    def friends(self, folder: Path) -> social.Worth:
        """What friends' events add to the winner, as measured when its product `folder` was fitted on everything."""
        path = _friends_file(self.fitter.work, folder)
        return social.Worth(**store.read_json(path)) if path.is_file() else social.Worth()

    def _friends(self, candidate: str, recipe: Recipe, folder: Path) -> social.Worth:
        pairs, path = self.collected.shop.friends, _friends_file(self.fitter.work, folder)
        if len(pairs) and not path.is_file():
            found = alone(social.best_share, self.fitter, candidate, dict(recipe.settings), pairs)
            store.write_json(path, {"share": found.share, "evaluation": found.evaluation})
        return self.friends(folder)

    def _about(self, candidate: str, recipe: Recipe) -> dict[str, Any]:
        brief, shop, fitter = self.brief, self.collected.shop, self.fitter
        return {
            "name": brief.name,
            "scenario": brief.scenario,
            "encoding": brief.encoding,
            "timezone": brief.timezone,
            "candidate": candidate,
            "route": fitter.candidates[candidate],
            "metric": fitter.metric,
            "k": fitter.k,
            "rules": brief.settings.get("rules") or {},
            "arms": brief.settings.get("arms") or {},
            "explore": brief.settings.get("explore") or {},
            "pictures": list(settings_of(brief).pictures or ()),
            "settings": dict(recipe.settings),
            **meaning(shop),
            "log": self.collected.learned,
            "seed": fitter.seed + recipe.again,
        }


def meaning(shop: Shop) -> dict[str, Any]:
    """What a product keeps of how its shop's events and items were read, so that live answers read them alike."""
    return {
        "kinds": list(shop.kind_names),
        "repeat": shop.repeat,
        "timed": shop.timed,
        "worth": {**EVENT_WEIGHTS, **shop.event_weights},
        "segments": [shop.segments.column, *shop.segments.names],
        "item_list": {"written": shop.list_age.written, "fields": sorted(shop.list_age.fields)},
    }


def _friends_file(work: Path, folder: Path) -> Path:
    return work / f"friends-{folder.name}.json"


def _publish(about: dict[str, Any], shop: Shop, items: Items, folder: Path, recipe: Recipe) -> None:
    """Fit on a shop's events and publish: in a process of its own, for torch's exporter and for memory."""
    start, seed = time.perf_counter(), int(about["seed"])
    seen = with_context(shop.seen, shop.segments.numbers, shop.segments.shrink, shop.friends)
    registry.load(str(about["candidate"]), "ranking")
    with within(recipe.seconds, recipe.plan) as fit:
        if recipe.reuse is not None:
            reused = product.load(recipe.reuse)
            scorer, fit.share = reused.scorer, float(reused.about["fit"].get("share", 1.0))
        else:
            scorer = registry.fit(about["candidate"], seen, about["settings"], seed, items)
    seconds = time.perf_counter() - start
    counts, grams = popular.counts(seen), content.Content.of(items.words)
    extras = {
        "popular": counts,
        "by_segment": popular.by_segment(seen),
        "likeness": item_neighbours.fit(seen, {}, seed),
        "content": grams,
        "cold": product.cold(grams, counts, shop, items.words),
    }
    about = {
        **about,
        "fit": {
            "seconds": seconds,
            "events": len(seen.items),
            "share": fit.share,
            "plan": recipe.plan,
            "epochs": fit.epochs,
        },
    }
    product.publish(folder, about, scorer, shop, extras)

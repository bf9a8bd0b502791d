"""A shop on disk, as worker processes receive it: how a candidate is fitted and its lists are scored.

The race's units are people. A fit at n people learns from all that n of them did before the cut; it is judged by what
the validation people took after it, over the full catalogue. The sealed test lies after a second, later cut.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from breakeven import metrics
from breakeven.core import store
from breakeven.core.errors import InputError
from breakeven.core.types import Array, Fold, Route
from breakeven.gate.results import Job, Measured, Race
from breakeven.models import registry
from breakeven.models.settings import Settings, Space
from breakeven.models.training.step_budget import within
from breakeven.runtime.ranking.histories import Histories, with_context
from breakeven.runtime.ranking.items import Items
from breakeven.runtime.ranking.scorers import Scorer
from breakeven.scenarios.recommend import ranking_metrics
from breakeven.scenarios.recommend.cuts import Holdout, sample_people

#: File of the events in `work`.
FILE = "shop.npz"
#: File of the items' texts in `work`.
ITEM_TEXTS = "words.json"
#: Validation people by whom candidates are judged.
JUDGED_PEOPLE = 3_000
#: Learners up to which sizes are repeated: other learners, judged by the same people.
SMALL_SHOP = 500
#: Repeats of a size in a small shop.
SMALL_REPEATS = 2
#: A setting of any candidate: the share of each learner's events, the last ones, that it learns from.
EVENT_SHARE = "events"


@dataclass(frozen=True)
class ShopFitter:
    """A shop on disk.

    Attributes
    ----------
    work: folder of its events.
    k: length of the list that is judged.
    missing: candidates that cannot run here, with the reason.
    """

    work: Path
    metric: str
    margin: float
    seed: int
    k: int
    candidates: Mapping[str, Route]
    missing: Mapping[str, str] = field(default_factory=dict)

    def race(self) -> Race:
        """Folds of people, metric, margin and baseline."""
        held = validation(self.work)
        learners = np.flatnonzero(held.before.lengths)
        judged = sample_people(held.people, JUDGED_PEOPLE, self.seed)
        repeats = SMALL_REPEATS if len(learners) <= SMALL_SHOP else 1
        folds = tuple(Fold(np.random.default_rng([self.seed, r]).permutation(learners), judged) for r in range(repeats))
        return Race(
            routes=self.candidates,
            folds=folds,
            evaluate=lambda scores, repeat: metrics.UnitLosses.mean(scores, folds[repeat].validation),
            rows=len(held.before),
            metric=self.metric,
            margin=self.margin,
            baseline=registry.RANKING_BASELINE,
            scale=metrics.METRICS[self.metric].scale,
            costly=True,
            paced=frozenset(c for c, route in self.candidates.items() if route == "large"),
            unit="people",
        )

    def fit(self, job: Job, settings: Settings) -> Measured:
        """Fit a candidate on the first people of a fold; the prediction is each judged person's score."""
        held, start, processor = validation(self.work), time.perf_counter(), time.process_time()
        fold = self.race().folds[job.repeat]
        learners = np.sort(fold.train[: job.rows])
        try:
            own_settings = dict(settings)
            learned = held.before.take(learners)
            if (share := own_settings.pop(EVENT_SHARE, None)) is not None:
                positions = np.arange(len(learned.items)) - np.repeat(learned.starts[:-1], learned.lengths)
                learned = learned.where(
                    positions >= np.repeat(np.floor(learned.lengths * (1 - float(share))), learned.lengths)
                )
            registry.load(job.candidate, "ranking")
            with within(job.allowed, job.plan) as fit:
                scorer = registry.fit(job.candidate, learned, own_settings, self.seed, items_of(self.work))
            seconds, processor = time.perf_counter() - start, time.process_time() - processor
            scores = self.metrics_of(scorer, Holdout(held.before, held.after, fold.validation))
        except (InputError, ValueError, ArithmeticError, RuntimeError, MemoryError, np.linalg.LinAlgError) as error:
            return Measured(None, time.perf_counter() - start, f"{type(error).__name__}: {str(error)[:200]}")
        found = scores[self.metric].astype(np.float32)
        return Measured(found, seconds, share=fit.share, epochs=fit.epochs, processor=processor)

    def metrics_of(self, scorer: Scorer, held: Holdout) -> dict[str, Array]:
        """Every metric of each person (people,)."""
        slates = ranking_metrics.shelves(scorer, held.before.take(held.people), self.k)
        return ranking_metrics.each(slates, held.after.take(held.people))

    def space(self, candidate: str) -> Space | None:
        """The candidate's search space, or None."""
        return registry.space(candidate, "ranking")

    def changes(self, candidate: str) -> Settings:
        """None: no setting changes what is learned from."""
        return {}


@lru_cache(maxsize=2)
def _arrays(path: Path, changed: float) -> dict[str, Array]:
    del changed
    return store.read_arrays(path)


@lru_cache(maxsize=6)
def _read(path: Path, changed: float, name: str) -> Histories:
    arrays = _arrays(path, changed)
    starts, items, weights, times = (arrays[f"{name}_{part}"] for part in ("starts", "items", "weights", "times"))
    count, refused = int(arrays["item_count"]), None
    if f"{name}_refused_starts" in arrays:
        starts_of, what = (arrays[f"{name}_refused_{part}"] for part in ("starts", "items"))
        refused = Histories(starts_of, what, np.ones(len(what)), np.zeros(len(what)), count)
    histories = Histories(starts, items, weights, times, count, bars=arrays[f"{name}_bars"], refused=refused)
    context = arrays["segments"], float(arrays["shrink"]), arrays["friends"]
    return histories if name == "after" else with_context(histories, *context)


def _histories(work: Path, name: str) -> Histories:
    return _read(work / FILE, (work / FILE).stat().st_mtime, name)


def items_of(work: Path) -> Items:
    """What is known of each item: texts, prices, categories, image embeddings."""
    return _items_of(work, (work / FILE).stat().st_mtime)


@lru_cache(maxsize=2)
def _items_of(work: Path, changed: float) -> Items:
    arrays = _arrays(work / FILE, changed)
    return Items(list(store.read_json(work / ITEM_TEXTS)), arrays["prices"], arrays["categories"], arrays["pictures"])


def validation(work: Path) -> Holdout:
    """The cut that the race is judged by."""
    people = _arrays(work / FILE, (work / FILE).stat().st_mtime)["people"]
    return Holdout(_histories(work, "before"), _histories(work, "after"), people)


def known_events(work: Path) -> Histories:
    """All events before the sealed test, from which a product is fitted."""
    return _histories(work, "known")

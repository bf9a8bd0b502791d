"""A shop: what is read, how it is cut in time, how it shrinks to n people, how a shelf is scored, which candidates there are.

The race's rows are people. A fit at n people learns from all that n of them did before the cut; it is judged by what the
validation people took after it, over the full catalogue. The sealed test lies after a second, later cut.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from breakeven import metrics
from breakeven.core import store
from breakeven.core.errors import InputError, nearest
from breakeven.core.types import Array, Column, Finding, Fold, Need, Route, Split, Table
from breakeven.gate.results import Job, Measured, Race
from breakeven.models.ranking import registry
from breakeven.models.training.step_budget import within
from breakeven.online import bandit, experiment
from breakeven.runtime.ranking.histories import Histories, with_beside
from breakeven.runtime.ranking.items import Items
from breakeven.runtime.ranking.scorers import Scorer
from breakeven.scenarios.recommend import content, ranking_metrics, rules
from breakeven.scenarios.recommend import shop as shops
from breakeven.scenarios.recommend.catalogue import Shop

HOLDS = ("cut", "last", "random")
#: A person's share of events that is held back at random where the brief does not say.
AT_RANDOM = 0.25
#: People by whom candidates are judged: those of validation, and those of the sealed test, fewer where the catalogue is so large
#: that scoring all its items for them would take more than so many scores.
JUDGED, SEALED, SCORES = 3_000, 30_000, 400_000_000
#: People who must come back after a cut; where fewer do, each person's last event is held back.
RETURNING = 200
#: Repeats of sizes below so many people: others to learn from, the same to be judged by.
REPEATS, REPEATED = 2, 500
#: A setting of any candidate: the share of each learner's events, the last ones, that it learns from.
SHARE = "events"
FILE, WORDS = "shop.npz", "words.json"


@dataclass(frozen=True)
class Held:
    """What was known before, and what was taken after, by the people who took something; `earlier` marks the events before."""

    before: Histories
    after: Histories
    people: Array
    earlier: Array | None = None


@dataclass(frozen=True)
class Collected:
    """A shop with its cuts. `learned` is the number of the last event of the service's log that is in it."""

    shop: Shop
    test: Held
    validation: Held
    split: Split
    hold: str
    learned: int = 0

    @property
    def columns(self) -> tuple[Column, ...]:
        """What each column was read as."""
        return self.shop.columns

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What a person should know of the data."""
        return self.shop.findings

    @property
    def fingerprint(self) -> str:
        """A name made of all that is learned from."""
        return self.shop.fingerprint

    def overview(self) -> str:
        """One line for `breakeven check`."""
        n, held = shops.told(self.shop), (len(self.test.people), len(self.validation.people))
        return (f"{n['users']:,} users, {n['items']:,} items, {n['events']:,} events ({n['filled']:.2%} of all pairs): "
                f"{held[0]:,} people sealed for the test, {held[1]:,} for validation (held back: {self.hold})")  # fmt: skip


@dataclass(frozen=True)
class ShopFitter:
    """A shop on disk, as workers receive it. `missing` are candidates that cannot run here, with the reason."""

    work: Path
    metric: str
    margin: float
    seed: int
    k: int
    again: bool
    candidates: Mapping[str, Route]
    missing: Mapping[str, str] = field(default_factory=dict)

    def race(self) -> Race:
        """What the gate needs to know: rows are people."""
        held = validation(self.work)
        learners = np.flatnonzero(held.before.lengths)
        judged = some(held.people, JUDGED, self.seed)
        repeats = REPEATS if len(learners) <= REPEATED else 1
        folds = tuple(Fold(np.random.default_rng([self.seed, r]).permutation(learners), judged) for r in range(repeats))
        return Race(self.candidates, np.zeros(len(held.before)), folds, False, self.metric, self.margin, registry.BASELINE, 0, True,
                    paced=frozenset(c for c, route in self.candidates.items() if route == "large"), unit="people")  # fmt: skip

    def fit(self, job: Job, settings: Mapping[str, Any]) -> Measured:
        """Fit a candidate on the first people of a fold; the prediction is each judged person's score."""
        held, start = validation(self.work), time.perf_counter()
        fold = self.race().folds[job.repeat]
        learners = np.sort(fold.train[: job.rows])
        try:
            own = dict(settings)
            learned = held.before.take(learners)
            if (share := own.pop(SHARE, None)) is not None:
                place = np.arange(len(learned.items)) - np.repeat(learned.starts[:-1], learned.lengths)
                learned = learned.where(place >= np.repeat(np.floor(learned.lengths * (1 - share)), learned.lengths))
            with within(job.allowed):
                scorer = registry.fit(job.candidate, learned, own, self.seed, known_of(self.work))
            seconds = time.perf_counter() - start
            scores = self.judged(scorer, Held(held.before, held.after, fold.validation))
        except (InputError, ValueError, ArithmeticError, RuntimeError, MemoryError, np.linalg.LinAlgError) as error:
            return Measured(None, time.perf_counter() - start, f"{type(error).__name__}: {str(error)[:200]}")
        return Measured(scores[self.metric].astype(np.float32), seconds)

    def judged(self, scorer: Scorer, held: Held) -> dict[str, Array]:
        """Every metric of each person (people,)."""
        shelf = ranking_metrics.shelves(scorer, held.before.take(held.people), self.k, self.again)
        return ranking_metrics.each(shelf, held.after.take(held.people))

    def space(self, candidate: str) -> Any:
        """The candidate's search space, or None."""
        return registry.space(candidate)

    def changes(self, candidate: str) -> Mapping[str, Any]:
        """None: no setting changes what is learned from."""
        return {}


def collect(need: Need, table: Table | None = None, extra: Sequence[Mapping[str, Any]] = ()) -> Collected:
    """Read the shop and cut it. `extra` are events that came in since. Raises InputError for what cannot be meant."""
    shop = shops.read(need, table, extra)
    hold = _hold(need, shop)
    share = need.split.test if need.split.chosen_by == "brief" or hold != "random" else AT_RANDOM
    again = bool(need.settings.get("again", False))
    test = cut(shop.seen, hold, share, need.seed, again)
    inner = cut(test.before, hold, share, need.seed + 1, again)
    for what, held in (("test", test), ("validation", inner)):
        if len(held.people) < shops.FEWEST_PEOPLE:
            few = f"{len(held.people):,} people took something new in the {what} part (held back: {hold})"
            raise InputError(need.data, f"{few}; at least {shops.FEWEST_PEOPLE} are needed",
                             "collect more events, or set recommend.hold: last")  # fmt: skip
    by = {"cut": "time", "last": "time", "random": "random"}[hold]
    split = Split(share, by, None, "brief" if "hold" in need.settings or need.split.chosen_by == "brief" else "data")  # type: ignore[arg-type]
    learned = max((int(e.get("number") or 0) for e in extra), default=0)
    shop = shops.segmented(need, shop, inner.before)
    return Collected(shop, test, inner, split, hold, learned)


def settle(
    need: Need, collected: Collected, work: Path, names: Sequence[str] | None = None, pictures: Array | None = None
) -> ShopFitter:
    """The problem on disk, for workers to read; `pictures` are vectors of the items' (items, d)."""
    metric = need.metric or "ndcg"
    if metrics.METRICS[metric].task != "ranking":
        raise InputError(
            f"{need.folder / 'product.yaml'}, metric",
            f"{metric!r} does not score a ranking",
            f"known: {', '.join(ranking_metrics.METRICS)}",
        )
    k = need.settings.get("k", 10)
    if not isinstance(k, int) or not 1 <= k <= 1_000:
        raise InputError(
            f"{need.folder / 'product.yaml'}, recommend.k", f"{k!r} is no length of a shelf", "give 1 to 1,000"
        )
    experiment.arms_of(need.settings.get("arms"))
    bandit.exploring_of(need.settings.get("explore"))
    rules.rules_of(need.settings.get("rules") or {}, rules.Rules(), "product.yaml, recommend.rules")
    arrays = dict[str, Array]()
    for name, seen in (
        ("before", collected.validation.before),
        ("after", collected.validation.after),
        ("known", collected.test.before),
    ):
        arrays |= {f"{name}_{part}": getattr(seen, part) for part in ("starts", "items", "weights", "times")}
    shop = collected.shop
    items = content.known(shop.items, pictures)
    store.write_json(work / WORDS, list(items.words))
    store.write_arrays(work / FILE, people=collected.validation.people, item_count=np.array(len(items)), prices=items.prices,
                       categories=items.categories, pictures=items.pictures,
                       segments=shop.segments.numbers, shrink=np.array(shop.segments.shrink), friends=shop.friends, **arrays)  # fmt: skip
    chosen = [n for n in registry.ROSTER if names is None or n in names or n == registry.BASELINE]
    missing = {n: why for n in chosen if (why := registry.missing(n))}
    if not items.told:
        missing |= {
            n: "nothing is written about any item, and none has a picture" for n in chosen if registry.ROSTER[n].sees
        }
    return ShopFitter(work, metric, need.margin, need.seed, k, bool(need.settings.get("again", False)),
                   {n: registry.ROSTER[n].route for n in chosen if n not in missing}, missing)  # fmt: skip


def _hold(need: Need, shop: Shop) -> str:
    said = need.settings.get("hold")
    if said is not None and said not in HOLDS:
        raise InputError(
            f"{need.folder / 'product.yaml'}, recommend.hold",
            f"{said!r} is not a way to hold events back",
            nearest(str(said), HOLDS),
        )
    if said:
        return str(said)
    if need.split.chosen_by == "brief":
        return "random" if need.split.by == "random" else "cut"
    if not shop.timed:
        return "last"
    back = cut(cut(shop.seen, "cut", need.split.test, need.seed).before, "cut", need.split.test, need.seed).people
    return "cut" if len(back) >= RETURNING else "last"


def cut(seen: Histories, hold: str, share: float, seed: int, again: bool = False) -> Held:
    """Events held back: after a moment ("cut"), each person's last one ("last"), or a share of each person's ("random").

    What a person took before is not counted when it is taken again, unless that is asked for (`again`).
    """
    owners = seen.owners
    place = np.arange(len(seen.items)) - np.repeat(seen.starts[:-1], seen.lengths)
    lengths = np.repeat(seen.lengths, seen.lengths)
    if hold == "cut":
        later = seen.times > np.quantile(seen.times, 1 - share)
    elif hold == "last":
        later = (place == lengths - 1) & (lengths > 2)
    else:
        drawn = np.random.default_rng(seed).random(len(seen.items))
        order = np.lexsort((drawn, owners))
        later = np.zeros(len(order), dtype=bool)
        later[order] = place < np.round(lengths * share)
    before = seen.where(~later)
    pair = owners * seen.item_count + seen.items
    new = later.copy()
    if not again:  # sorted and looked up: np.isin takes ten times as long on tens of millions
        known, asked = np.sort(pair[~later]), pair[later]
        place = np.minimum(np.searchsorted(known, asked), max(len(known) - 1, 0))
        new[later] = known[place] != asked if len(known) else True
    after = seen.where(new)
    return Held(before, after, np.flatnonzero((after.lengths > 0) & (before.lengths > 0)), ~later)


def some(people: Array, most: int, seed: int) -> Array:
    """At most so many of the people, in order."""
    if len(people) <= most:
        return people
    return np.sort(np.random.default_rng(seed).choice(people, most, replace=False))


@lru_cache(maxsize=2)
def _arrays(path: Path, changed: float) -> dict[str, Array]:
    del changed
    return store.read_arrays(path)


@lru_cache(maxsize=6)
def _read(path: Path, changed: float, name: str) -> Histories:
    arrays = _arrays(path, changed)
    starts, items, weights, times = (arrays[f"{name}_{part}"] for part in ("starts", "items", "weights", "times"))
    found = Histories(starts, items, weights, times, int(arrays["item_count"]))
    told = arrays["segments"], float(arrays["shrink"]), arrays["friends"]
    return found if name == "after" else with_beside(found, *told)


def _histories(work: Path, name: str) -> Histories:
    return _read(work / FILE, (work / FILE).stat().st_mtime, name)


def known_of(work: Path) -> Items:
    """What is known of each item."""
    return _known_of(work, (work / FILE).stat().st_mtime)


@lru_cache(maxsize=2)
def _known_of(work: Path, changed: float) -> Items:
    arrays = _arrays(work / FILE, changed)
    return Items(list(store.read_json(work / WORDS)), arrays["prices"], arrays["categories"], arrays["pictures"])


def validation(work: Path) -> Held:
    """What the race is judged by."""
    people = _arrays(work / FILE, (work / FILE).stat().st_mtime)["people"]
    return Held(_histories(work, "before"), _histories(work, "after"), people)


def known(work: Path) -> Histories:
    """All events before the sealed test, from which a product is fitted."""
    return _histories(work, "known")

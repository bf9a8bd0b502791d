"""Recommend's verdict: the sealed people are scored here, once, after the choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from breakeven import metrics
from breakeven.core import store
from breakeven.core.types import Array, Choice, Finding, Interval
from breakeven.core.verdict import Part, Verdict, part
from breakeven.core.verdict_everyday import Everyday
from breakeven.gate import verdict as composer
from breakeven.gate.finalist import offered
from breakeven.gate.run_context import RunContext
from breakeven.gate.selection import Selection
from breakeven.metrics import UnitLosses
from breakeven.models import registry
from breakeven.runtime.ranking.histories import Histories
from breakeven.runtime.ranking.scorers import Scorer
from breakeven.scenarios.recommend import product, ranking_metrics
from breakeven.scenarios.recommend import shop as shops
from breakeven.scenarios.recommend.cuts import Holdout, sample_people
from breakeven.scenarios.recommend.fitter import JUDGED_PEOPLE, ShopFitter, known_events
from breakeven.scenarios.recommend.problem import Collected
from breakeven.scenarios.recommend.social import Worth
from breakeven.trust import sealed

#: Items that a hosted model would have to choose from.
HOSTED_ITEMS = 100
#: Last events of the person in a hosted model's prompt.
HOSTED_EVENTS = 20
#: Characters of a title per token.
CHARACTERS_PER_TOKEN = 4.0
#: Tokens of the prompt around the titles.
PROMPT_TOKENS = 120.0
#: Titles whose length is averaged for the price of a prompt.
PRICED_TITLES = 5_000
#: People of the sealed test by whom finalists are judged, at most.
SEALED_PEOPLE = 30_000
#: Fewer, where the catalogue is so large that scoring all its items for them would take more scores than this.
MOST_SCORES = 400_000_000
#: Bootstrap draws over people for the lift.
DRAWS = 2_000
#: Why a recommender has no cascade.
NO_CASCADE = "a ranking has no right and wrong, so nothing says when to ask"


class PeopleGroup(Part, frozen=True, kw_only=True):
    """Sealed people by how much is known of them: how many, and their mean score (None: nobody)."""

    people: int
    value: float | None


class ItemGroup(Part, frozen=True, kw_only=True):
    """Sealed events by how popular their items are: how many, and the share that was recommended (None: none)."""

    events: int
    value: float | None


class ModelLine(Part, frozen=True, kw_only=True):
    """All ranking metrics of one model, and how broad its recommendations are.

    `coverage`: share of the items ever shown; `novelty`: mean bits of rarity; `tail`: share of items of the tail.
    """

    candidate: str
    ndcg: Interval
    recall: Interval
    precision: Interval
    map: Interval
    hit: Interval
    coverage: float
    novelty: float
    tail: float
    people: dict[str, PeopleGroup]
    items: dict[str, ItemGroup]


class FewerEvents(Part, frozen=True, kw_only=True):
    """A finalist's validation score when everybody's last `share` of events alone is learned from."""

    candidate: str
    share: float
    value: float
    low: float
    high: float


class FriendsSignal(Part, frozen=True, kw_only=True):
    """What friends' events add for validation people who have some, against leaving them out."""

    share: float | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    people: int | None = None
    kept: bool = False
    not_measured: str | None = None


class RecommendSection(Part, frozen=True, kw_only=True):
    """Recommend's own part of the verdict.

    `filled` is the share of pairs of user and item with an event, `k` the length of a list, `hold` how the sealed
    part was held back, `columns` the metrics of `lines`, `incumbent` what most shops run, `lift` the relative gain
    of the chosen model over it.
    """

    users: int
    items: int
    events: int
    filled: float
    k: int
    hold: str
    lines: tuple[ModelLine, ...]
    incumbent: str
    columns: tuple[str, ...]
    lift: dict[str, Interval] | None = None
    by_events: tuple[FewerEvents, ...] = ()
    friends: FriendsSignal | None = None


@dataclass(frozen=True)
class Opened:
    """The sealed people after the choice, and every metric of each by model: a product's folder or a candidate's name."""

    context: RunContext
    fitter: ShopFitter
    held: Holdout
    kept: dict[Path | str, dict[str, Array]] = field(default_factory=dict)

    @classmethod
    def of(cls, selection: Selection, collected: Collected, fitter: ShopFitter) -> Opened:
        """Open them."""
        context, shape = selection.raced.context, (len(collected.shop.users), collected.shop.seen.item_count)
        held = held_back(context.work, context.log, "the choice is made", shape, context.brief.seed)
        return cls(context, fitter, held)

    def again(self, why: str) -> None:
        """Count another opening."""
        sealed.open_once(self.context.work, self.context.log, why)

    def scores(self, model: Path | str) -> dict[str, Array]:
        """Every metric of each sealed person, for a product or for a candidate that is fitted here."""
        if model not in self.kept:
            fitted = product.load(model).scorer if isinstance(model, Path) else self._fitted(model)
            self.kept[model] = _on(self.fitter, self.held, fitted)
        return self.kept[model]

    def _fitted(self, name: str) -> Scorer:
        return registry.fit(name, self.held.before, {}, self.fitter.seed)

    def score(self, folder: Path) -> tuple[UnitLosses, UnitLosses]:
        """A product's score and the baseline's."""
        own, baseline = (self.scores(model)[self.fitter.metric] for model in (folder, registry.RANKING_BASELINE))
        return UnitLosses.mean(own), UnitLosses.mean(baseline)


def verdict(
    selection: Selection, collected: Collected, opened: Opened, friends: Worth, findings: Sequence[Finding] = ()
) -> Verdict:
    """Score the finalists for the sealed people, and compose the verdict. `findings`: what those gave to say."""
    context, choice, fitter, held = selection.raced.context, selection.choice, opened.fitter, opened.held
    scored = _scored(opened, selection)
    own = {name: scores[fitter.metric] for name, scores in scored.items()}
    intervals = {name: ranking_metrics.interval(values) for name, values in own.items()}
    best = offered(selection.finalists)
    gap = None
    if len(best) == 2:
        gap = _paired(own[best["large"].candidate], own[best["traditional"].candidate])
    facts = composer.Facts(
        units=len(collected.shop.users),
        at_hand=len(selection.board.race.folds[0].train),
        findings=(*collected.findings, *findings),
        split=collected.split,
        route_of=lambda name: registry.route_of(name, "ranking"),
    )
    tested = composer.SealedTest(
        units=len(held.people),
        scores=intervals,
        difference=gap,
        product=intervals.get(choice.candidate or "") if selection.winner is not None else None,
        openings=sealed.openings(context.work),
        everyday=_everyday(fitter.k, scored, choice.candidate),
    )
    section = {
        **shops.summary(collected.shop),
        "k": fitter.k,
        "hold": collected.hold,
        "lines": [_line(fitter, held, name, scores) for name, scores in scored.items()],
        "incumbent": registry.INCUMBENT,
        "columns": list(ranking_metrics.METRICS),
        "lift": _lift(fitter, scored, choice),
        **selection.measured,
        "friends": friends.evaluation,
    }
    costed = composer.costs_without_errors(selection, _prompt_tokens(collected), NO_CASCADE)
    return composer.compose(selection, facts, tested, costed, part(RecommendSection, section))


def _everyday(k: int, scored: Mapping[str, Mapping[str, Array]], chosen: str | None) -> Everyday:
    """For how many people a list holds something they take next."""
    hit = {name: float(scores["hit"].mean()) for name, scores in scored.items()}
    return Everyday(hit=hit.get(chosen or ""), baseline_hit=hit[registry.RANKING_BASELINE], k=k)


def held_back(work: Path, log: store.Log, why: str, shape: tuple[int, int], seed: int) -> Holdout:
    """The sealed part, opened: events after the last cut, by people. `shape` is the number of users and items."""
    pairs, times = sealed.open_once(work, log, why)
    after = Histories.of_events(pairs[:, 0], pairs[:, 1], np.ones(len(pairs)), times, shape)
    known = known_events(work)
    most = max(JUDGED_PEOPLE, min(SEALED_PEOPLE, MOST_SCORES // max(shape[1], 1)))
    people = sample_people(np.flatnonzero((after.lengths > 0) & (known.lengths > 0)), most, seed)
    return Holdout(known, after, people)


def _scored(opened: Opened, selection: Selection) -> dict[str, dict[str, Array]]:
    """Every metric of each sealed person, by finalist, the baseline and what most shops run."""
    out = {name: opened.scores(name) for name in (registry.RANKING_BASELINE, registry.INCUMBENT)}
    made = (f for found in selection.finalists.values() for f in found)
    return out | {f.candidate: opened.scores(f.folder) for f in made if f.folder is not None}


def _on(fitter: ShopFitter, held: Holdout, scorer: Scorer) -> dict[str, Array]:
    slates = ranking_metrics.shelves(scorer, held.before.take(held.people), fitter.k)
    return {**ranking_metrics.each(slates, held.after.take(held.people)), "shelf": slates}


def _paired(large: Array, traditional: Array) -> Interval:
    return metrics.paired(UnitLosses.mean(large), UnitLosses.mean(traditional)).interval


def _lift(fitter: ShopFitter, scored: Mapping[str, Mapping[str, Array]], choice: Choice) -> dict[str, Interval] | None:
    if choice.candidate is None:
        return None
    own, old = scored[choice.candidate], scored[registry.INCUMBENT]
    return {name: lift(own[name], old[name], fitter.seed) for name in (fitter.metric, "hit")}


def lift(new: Array, old: Array, seed: int = 0) -> Interval:
    """Relative gain of the mean of `new` (people,) over that of `old`, with a bootstrap interval over people."""
    rng, shares = np.random.default_rng(seed), []
    for _ in range(DRAWS):
        some = rng.integers(0, len(new), len(new))
        shares.append(new[some].mean() / max(float(old[some].mean()), 1e-9) - 1)
    low, high = np.quantile(shares, [0.05, 0.95])
    return Interval(float(new.mean() / max(float(old.mean()), 1e-9) - 1), float(low), float(high))


def _line(fitter: ShopFitter, held: Holdout, candidate: str, scores: Mapping[str, Array]) -> ModelLine:
    """One model: its metrics, for groups of people and of items, and how broad its recommendations are."""
    slates, after = scores["shelf"], held.after.take(held.people)
    taken = np.bincount(held.before.items, minlength=held.before.item_count)
    tail = ranking_metrics.tail(taken)[after.items]
    shown = (np.arange(len(slates))[:, None] * after.item_count + slates)[slates >= 0]
    found = np.isin(after.owners * after.item_count + after.items, shown)
    groups = ranking_metrics.parts(held.before.take(held.people))
    own = {
        "candidate": candidate,
        **{name: ranking_metrics.interval(scores[name]) for name in ranking_metrics.METRICS},
        **ranking_metrics.breadth(slates, taken, int((held.before.lengths > 0).sum())),
        "people": {
            name: PeopleGroup(people=int(mask.sum()), value=_mean(scores[fitter.metric], mask))
            for name, mask in groups.items()
        },
        "items": {
            name: ItemGroup(events=int(mask.sum()), value=_mean(found, mask))
            for name, mask in (("popular", ~tail), ("tail", tail))
        },
    }
    return part(ModelLine, own)


def _mean(values: Array, mask: Array) -> float | None:
    return float(values[mask].mean()) if mask.any() else None


def _prompt_tokens(collected: Collected) -> float:
    """Tokens that a hosted model would read to choose among HOSTED_ITEMS items."""
    items = collected.shop.items
    titles = [title or item for title, item in zip(items.titles, items.ids, strict=True)][:PRICED_TITLES]
    title = 1 + float(np.mean([len(t) for t in titles])) / CHARACTERS_PER_TOKEN
    return PROMPT_TOKENS + (HOSTED_ITEMS + HOSTED_EVENTS) * title

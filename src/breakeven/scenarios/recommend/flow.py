"""A shop's way from events to a verdict and a product, and from a served product to its challenger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from breakeven import metrics
from breakeven.core import store
from breakeven.core.errors import InputError
from breakeven.core.types import Array, Interval, Need
from breakeven.core.verdict import Verdict
from breakeven.gate import promise
from breakeven.gate.run_context import RunContext
from breakeven.gate.selection import TWIN, select
from breakeven.online.event import IMPRESSION
from breakeven.online.logs import open_existing
from breakeven.online.promotion import promote
from breakeven.runtime.ranking.histories import Histories, SocialGraph
from breakeven.runtime.ranking.scorers import Scorer
from breakeven.runtime.ranking.settings import Packed
from breakeven.scenarios.recommend import image_embeddings, problem, product, ranking_metrics, social
from breakeven.scenarios.recommend import verdict as account
from breakeven.scenarios.recommend.event_types import CHECKS
from breakeven.scenarios.recommend.packaging import ShopProblem
from breakeven.scenarios.recommend.problem import Collected
from breakeven.trust import sealed


def run(
    context: RunContext,
    collected: Collected,
    weigh: bool,
    own: Mapping[str, object] | None = None,
    names: Sequence[str] | None = None,
) -> tuple[Verdict, bool]:
    """The verdict, and whether there is a product in the run's folder. With `weigh` there is none."""
    del own  # a user's own estimator cannot rank
    brief, work = context.brief, context.work
    pictures, findings = image_embeddings.vectors(collected.shop.pictures, "the item list", work)
    collected = replace(collected, shop=replace(collected.shop, findings=(*collected.shop.findings, *findings)))
    fitter = problem.make_fitter(brief, collected, work, names, pictures if len(pictures) else None)
    seal(work, collected)
    shop = ShopProblem(fitter, collected, brief)
    selection = select(context, shop, weigh)
    context.progress.stage("trust")
    opened = account.Opened.of(selection, collected, fitter)
    selection, promised = promise.hold(selection, opened.score, opened.again)
    friends = social.Worth()
    if selection.winner is not None and selection.chosen is not None and selection.chosen.folder is not None:
        friends = shop.friends(selection.chosen.folder)
    return account.verdict(selection, collected, opened, friends, promised), selection.winner is not None


def seal(work: Path, collected: Collected) -> None:
    """Put away what was taken after the last cut."""
    after = collected.test.after
    sealed.seal(work, np.stack([after.owners, after.items], axis=1), after.times)


def outcomes(brief: Need) -> list[dict[str, object]]:
    """Events that came in while it was served. Raises InputError without any."""
    log = open_existing(brief.folder, brief.name, CHECKS)
    found = [] if log is None else [asdict(e) for e in log.read() if e.kind != IMPRESSION]
    if log is not None:
        log.close()
    if not any(not e["kind"].startswith("$") for e in found):
        raise InputError(str(brief.folder), "no events have come in yet", "serve it, and send some to POST /v1/events")
    return found


def compare(brief: Need, challenger: Path, champion: Path, metric: str) -> tuple[bool, Interval]:
    """Whether the challenger is better for the people of its sealed part, and by how much.

    Both answer by the twins of their products, which have not seen what their own builds sealed: the champion was fitted on all
    events of its day, some of which may be sealed here.
    """
    log = store.Log(challenger / "log.jsonl")
    new, old = (product.load(_twin_of(folder)) for folder in (challenger, champion))
    shape = (len(new.users), len(new.catalogue.ids))
    held = account.held_back(challenger / "work", log, "champion against challenger", shape, brief.seed)
    k = int(new.about["k"])
    numbers = {name: i for i, name in enumerate(old.catalogue.ids)}
    alike = new.about.get("segments") == old.about.get("segments")
    own = np.array([numbers.get(name, -1) for name in new.catalogue.ids])
    remapped = CatalogueRemap(old.scorer, own, len(numbers), alike)
    scores = [
        ranking_metrics.each(
            ranking_metrics.shelves(s, held.before.take(held.people), k), held.after.take(held.people)
        )[metric]
        for s in (new.scorer, remapped)
    ]
    new_score, old_score = (metrics.UnitLosses.mean(values, held.people) for values in scores)
    return promote(new_score, old_score, metrics.METRICS[metric].scale, brief.margin)


def _twin_of(build: Path) -> Path:
    """The folder that has not seen the build's sealed events; the product of a build that kept no twin."""
    return build / TWIN if (build / TWIN / store.MANIFEST).is_file() else build / "product"


@dataclass(frozen=True)
class CatalogueRemap:
    """A scorer of another catalogue: `numbers` are those that it gives our items, -1 for those it does not know; `segments` says whether
    its segments are ours.
    """

    inner: Scorer
    numbers: Array
    count: int
    segments: bool = True

    def scores(self, seen: Histories) -> Array:
        """Scores (users, items), the lowest for items it does not know."""
        moved, context = self.moved(seen), seen.context
        if context is not None:
            segments = context.segments if self.segments else np.full_like(context.segments, -1)
            social = None if context.social is None else _RemappedGraph(context.social, self)
            moved = replace(moved, context=replace(context, segments=segments, social=social))
        found = self.inner.scores(moved)
        out = np.repeat(found.min(axis=1, keepdims=True), len(self.numbers), axis=1)
        there = self.numbers >= 0
        out[:, there] = found[:, self.numbers[there]]
        return np.asarray(out)

    def moved(self, seen: Histories) -> Histories:
        """The events of items it knows, under its numbers."""
        known = seen.where(self.numbers[seen.items] >= 0)
        return replace(known, items=self.numbers[known.items].astype(np.int32), item_count=self.count)

    def pack(self) -> Packed:
        """It is not kept."""
        raise NotImplementedError


@dataclass(frozen=True)
class _RemappedGraph:
    """A social graph under the numbers of another catalogue."""

    inner: SocialGraph
    there: CatalogueRemap

    def of(self, user: int, until: float) -> Histories:
        """What those whom a user follows did of late, under those numbers."""
        return self.there.moved(self.inner.of(user, until))

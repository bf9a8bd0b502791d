"""What friends took as a side signal: their last events, scored like a history of one's own, added in a share.

The share is chosen on half of the validation people and proved on the other half; where it is not shown to help, it is zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from breakeven import metrics
from breakeven.core.types import Array, Row
from breakeven.metrics import UnitLosses
from breakeven.models import registry
from breakeven.models.settings import Settings
from breakeven.runtime.ranking.histories import Histories, best
from breakeven.runtime.ranking.scorers import Scorer, of_friends, standard
from breakeven.scenarios.recommend import ranking_metrics
from breakeven.scenarios.recommend.cuts import Holdout
from breakeven.scenarios.recommend.fitter import ShopFitter, items_of, validation

#: Shares that are tried.
SHARES = (0.05, 0.1, 0.2, 0.4, 0.8)


@dataclass(frozen=True)
class Worth:
    """The share that friends get, and what that was worth to the people who have some (None: nobody has, or it was not tried)."""

    share: float = 0.0
    evaluation: Row | None = None


@dataclass(frozen=True)
class WithFriends:
    """A scorer for one list of people whose friends' events are known."""

    inner: Scorer
    friends: Histories
    share: float

    def scores(self, own: Array) -> Array:
        """The scores of these people by their own history (people, items), with what their friends took added."""
        some = np.flatnonzero(self.friends.lengths)
        out = standard(own)
        if len(some):
            out[some] += self.share * of_friends(self.inner, self.friends.take(some))
        return np.asarray(out)


def best_share(fitter: ShopFitter, candidate: str, own: Settings, friends: Array) -> Worth:
    """Fit the candidate before the validation cut, and try friends in growing shares."""
    held = validation(fitter.work)
    people = held.people[np.isin(held.people, friends[:, 0])]
    if len(people) < 4:
        return Worth(0.0, {"not_measured": f"{len(people)} validation people have friends"})
    scorer = registry.fit(candidate, held.before, own, fitter.seed, items_of(fitter.work))
    halves = [people[k::2] for k in (0, 1)]
    chosen = max(SHARES, key=lambda share: float(_each(fitter, scorer, held, (halves[0], share)).mean()))
    with_, without = (_each(fitter, scorer, held, (halves[1], share)) for share in (chosen, 0.0))
    gap = metrics.paired(UnitLosses.mean(with_), UnitLosses.mean(without))
    value, low, high = gap.value, gap.value - metrics.Z90 * gap.error, gap.value + metrics.Z90 * gap.error
    line = {"share": chosen, "value": value, "low": low, "high": high, "people": len(with_), "kept": low > 0}
    return Worth(chosen if low > 0 else 0.0, line)


def _each(fitter: ShopFitter, scorer: Scorer, held: Holdout, how: tuple[Array, float]) -> Array:
    """The metric of each person with friends in a share."""
    people, share = how
    slates = np.full((len(people), fitter.k), -1, dtype=np.int64)
    for begin in range(0, len(people), ranking_metrics.CHUNK):
        some = people[begin : begin + ranking_metrics.CHUNK]
        seen = held.before.take(some)
        assert seen.context is not None  # of a shop in which somebody follows somebody
        friends_histories = seen.context.friends_of_all(seen.item_count)
        scores = WithFriends(scorer, friends_histories, share).scores(scorer.scores(seen))
        scores[seen.barred()] = -np.inf
        for i, row in enumerate(scores):
            top = best(row, fitter.k)
            slates[begin + i, : len(top)] = top
    return ranking_metrics.each(slates, held.after.take(people))[fitter.metric]

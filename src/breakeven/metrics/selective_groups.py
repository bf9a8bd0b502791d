"""Selective answering by group (topic, language): what each group's error is, and thresholds that hold in every group.

`group_errors` tells how a cascade's answers turn out in each group; it promises nothing. `certify_groups` does: with probability `sure` the
share of wrong answers is at most the budget in every group at once, and so among all answers whatever the mix of groups. Each group is
certified for itself with an error of (1 - sure) / m, where m groups are (Bonferroni). Groups with too few questions are taken together as
one more group, and only their common error is promised. Which groups have enough is told by their sizes alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from breakeven.core.types import Array, Interval
from breakeven.metrics.binomial import upper_bound
from breakeven.metrics.intervals import wilson
from breakeven.metrics.selective import Certified, certify, decide, least_answered

#: A group is certified for itself where it has at least so many times the answers that would prove the budget without an error.
ENOUGH = 2.0


@dataclass(frozen=True)
class GroupError:
    """A group's questions, the share of them answered, wrong answers and answers, and the share wrong with a 90 % interval.

    `upper`: exact upper bound of that share at the level asked for, of this group alone and without regard to the others; 1 where nothing
    was answered.
    """

    group: str
    questions: int
    answered: Interval
    wrong: int
    count: int
    error: Interval
    upper: float


@dataclass(frozen=True)
class GroupCertified:
    """What is promised in each group that has enough questions, and together in all the `rest` (None: there are no others)."""

    groups: Mapping[str, Certified]
    rest: Certified | None

    def thresholds(self, group: str) -> tuple[float, ...] | None:
        """Of a group, also of one never seen; None: all of it goes to a person."""
        found = self.groups.get(group, self.rest)
        return None if found is None else found.thresholds


def group_errors(
    confidence: Array, right: Array, groups: Array, thresholds: Sequence[float], sure: float
) -> tuple[GroupError, ...]:
    """How a cascade's answers turn out in each group, in the groups' order: confidence and right (n, S), groups (n,) names."""
    stage = decide(confidence, thresholds)
    answered = stage >= 0
    good = np.take_along_axis(np.asarray(right, dtype=bool), np.maximum(stage, 0)[:, None], axis=1)[:, 0]
    out = []
    for group in np.unique(groups):
        mine = np.asarray(groups) == group
        count, wrong = int((mine & answered).sum()), int((mine & answered & ~good).sum())
        error = _share(wrong, count) if count else Interval(None, None, None)
        upper = upper_bound(wrong, count, sure)
        out.append(GroupError(str(group), int(mine.sum()), _share(count, int(mine.sum())), wrong, count, error, upper))
    return tuple(out)


def certify_groups(
    confidence: Array, right: Array, groups: Array, budget: float, sure: float, units: Array | None = None
) -> GroupCertified:
    """Thresholds for every group with enough questions and for the rest together (arguments as of `selective.certify`; groups (n,))."""
    names, sizes = np.unique(np.asarray(groups), return_counts=True)
    level = 1 - (1 - sure) / (len(names) + 1)
    alone = [n for n, size in zip(names, sizes, strict=True) if size >= ENOUGH * least_answered(budget, level)]
    level = 1 - (1 - sure) / (len(alone) + (len(alone) < len(names)))

    def proven(rows: Array) -> Certified:
        return certify(confidence[rows], right[rows], budget, level, None if units is None else units[rows])

    rest = ~np.isin(groups, alone)
    return GroupCertified(
        {str(name): proven(np.asarray(groups) == name) for name in alone}, proven(rest) if rest.any() else None
    )


def _share(some: int, everything: int) -> Interval:
    value = some / everything
    low, high = wilson(value, everything)
    return Interval(value, max(0.0, low), min(1.0, high))

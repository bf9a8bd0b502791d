"""Chat logs without topics: the groups of like questions that are worth a name first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from breakeven.scenarios.support.question_vectors import vectors
from breakeven.scenarios.support.unanswered import clustered

#: Questions that are compared with each other, drawn evenly from all.
COMPARED = 2_000
#: Groups that are named, and characters of the example that stands for one.
NAMED, LENGTH = 5, 60


def largest_groups(texts: Sequence[str]) -> list[tuple[str, int]]:
    """The largest groups of like questions: an example of each, the most central one, and how many there are among COMPARED.

    >>> asked = ["where is my card", "where is my new card", "where is my card now", "how much is the fee", "how much is the fee please"]
    >>> largest_groups(asked)
    [('where is my card', 3), ('how much is the fee', 2)]
    """
    some = (
        [texts[i] for i in np.unique(np.linspace(0, len(texts) - 1, min(len(texts), COMPARED)).astype(int))]
        if texts
        else []
    )
    if not some:
        return []
    rows = vectors(some)
    labels = np.array(clustered(rows))
    found = []
    for label in range(min(NAMED, int(labels.max()) + 1)):
        members = np.flatnonzero(labels == label)
        if len(members) < 2:
            break
        central = members[np.argmax(rows[members] @ rows[members].mean(axis=0))]
        found.append((some[central][:LENGTH], len(members)))
    return found

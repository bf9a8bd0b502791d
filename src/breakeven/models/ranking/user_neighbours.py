"""User neighbours: items of the most similar users, by cosine similarity of their items (Resnick et al. 1994)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from breakeven.models.settings import Settings
from breakeven.runtime.ranking.histories import Histories
from breakeven.runtime.ranking.scorers import UserNeighbours

if TYPE_CHECKING:
    from optuna import Trial

#: Neighbours used for an answer.
NEIGHBOURS = 100
#: Users stored.
KEPT = 20_000
#: Most recent events stored of each user.
LOOKED_AT = 500


def space(trial: Trial) -> Settings:
    """Search space."""
    return {"neighbours": trial.suggest_int("neighbours", 20, 500, log=True)}


def fit(seen: Histories, settings: Settings, seed: int) -> UserNeighbours:
    """Keep the people (a random part of very many)."""
    users = np.flatnonzero(seen.lengths)
    if len(users) > KEPT:
        users = np.sort(np.random.default_rng(seed).choice(users, KEPT, replace=False))
    return UserNeighbours(seen.take(users).last(LOOKED_AT), int(settings.get("neighbours", NEIGHBOURS)))

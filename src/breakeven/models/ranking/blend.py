"""A blend of EASE and least-squares factors of three widths, each scaled alike.

Their errors differ: EASE knows which two items go together, factors what a user likes at large, and three models average out
chance. On MovieLens 100K the four rank better than any one or two of them (LAB.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from breakeven.models.ranking import ease, factors
from breakeven.models.settings import Settings
from breakeven.runtime.ranking.histories import Histories
from breakeven.runtime.ranking.scorers import Blend, Scorer

if TYPE_CHECKING:
    from optuna import Trial

#: Weight of EASE; the factor models share the rest evenly.
SHARE = 0.4
#: Width, ridge and alpha of the three factor models, as multiples of the settings: the wider, the more regularised.
BRANCHES = ((0.5, 1.0, 1.0), (1.0, 1.0, 1.0), (2.0, 3.0, 4.0))
#: Widest setting searched.
WIDEST = 64


def space(trial: Trial) -> Settings:
    """Search space."""
    als = {f"als_{k}": v for k, v in factors.space(trial, "als_", WIDEST).items()}
    return {"share": trial.suggest_float("share", 0.1, 0.9), **ease.space(trial), **als}


def fit(seen: Histories, settings: Settings, seed: int) -> Blend:
    """All four models with their weights."""
    share = float(settings.get("share", SHARE))
    width = int(settings.get("als_width", factors.WIDTH))
    ridge, alpha = float(settings.get("als_ridge", factors.RIDGE)), float(settings.get("als_alpha", factors.ALPHA))
    parts: list[Scorer] = [
        ease.fit(seen, {k: settings[k] for k in ("ridge", "drop", "decay", "power") if k in settings}, seed)
    ]
    for times, held, sure in BRANCHES:
        branch: Settings = {
            "loss": "squares",
            "width": max(2, int(width * times)),
            "ridge": ridge * held,
            "alpha": alpha * sure,
        }
        parts.append(factors.fit(seen, branch, seed))
    return Blend(parts, (share, *[(1 - share) / len(BRANCHES)] * len(BRANCHES)))

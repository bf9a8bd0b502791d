"""EASE and least-squares factors together, each brought to the same scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from breakeven.ranking.histories import Histories
from breakeven.ranking.scorers import Blend, Scorer
from breakeven.routes.ranking import ease, factors

SHARE = 0.5


def space(trial: Any) -> dict[str, Any]:
    """Search space."""
    return {"share": trial.suggest_float("share", 0.1, 0.9), **ease.space(trial), "als_ridge": trial.suggest_float("als_ridge", 0.5, 200, log=True),
            "width": trial.suggest_int("width", 16, 192, log=True), "alpha": trial.suggest_float("alpha", 0.5, 40, log=True)}  # fmt: skip


def fit(seen: Histories, settings: Mapping[str, Any], seed: int) -> Blend:
    """Both, in their shares."""
    share = float(settings.get("share", SHARE))
    own = {k: settings[k] for k in ("ridge", "drop", "decay") if k in settings}
    theirs: dict[str, Any] = {k: settings[k] for k in ("width", "alpha") if k in settings}
    if "als_ridge" in settings:
        theirs["ridge"] = settings["als_ridge"]
    parts: list[Scorer] = [ease.fit(seen, own, seed), factors.fit(seen, {**theirs, "loss": "squares"}, seed)]
    return Blend(parts, (share, 1 - share))

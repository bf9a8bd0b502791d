"""Gradient-boosted re-ranking (LightGBM's LambdaRank, Burges 2010) of candidates from sequential co-occurrence.

The targets are each user's last events. Candidates and features come from the events before them, so that a feature means the same
in training as in serving.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from breakeven.core.types import Array
from breakeven.models.onnx_graph import from_lightgbm
from breakeven.models.ranking import factors, item_neighbours, popular, transitions
from breakeven.models.settings import Settings
from breakeven.runtime.ranking.histories import Histories
from breakeven.runtime.ranking.items import Items, written
from breakeven.runtime.ranking.reranker import FEATURES, PARTS, UNKNOWN, Reranker, base
from breakeven.runtime.ranking.scorers import Factors

if TYPE_CHECKING:
    from optuna import Trial

#: Candidate items per user.
LOOKED_AT = 100
#: Users to learn from, at the most.
PEOPLE = 6_000
#: Users to learn from, at the least.
FEWEST = 10
#: Last events of each user that are the targets.
HELD = 2
#: Share of users on which early stopping is decided.
TELL = 0.2
#: Trees at the most.
ROUNDS = 300
#: Rounds without improvement after which boosting stops.
PATIENCE = 30
#: Features of the text of an item.
WIDTH = 64
#: Learning rate. Trees are small and regularised, since features say more about the targets in training than they will in serving.
RATE = 0.04
#: Leaves of a tree.
LEAVES = 7
#: Rows of a leaf, at the least.
LEAST = 30
#: L2 regularisation.
RIDGE = 10.0
#: Truncation level of LambdaRank.
TRUNCATED = 20


def space(trial: Trial) -> Settings:
    """Search space."""
    return {
        "leaves": trial.suggest_int("leaves", 4, 63, log=True),
        "rate": trial.suggest_float("rate", 0.02, 0.2, log=True),
        "least": trial.suggest_int("least", 10, 300, log=True),
        "looked_at": trial.suggest_int("looked_at", 50, 300, log=True),
        "ridge": trial.suggest_float("ridge", 0.1, 100, log=True),
        "held": trial.suggest_int("held", 1, 4),
        **{f"following_{k}": v for k, v in transitions.space(trial).items()},
    }


def fit(seen: Histories, settings: Settings, seed: int, items: Items) -> Reranker:
    """Grow the trees. Raises ValueError where fewer than ten people's last events are among their candidates."""
    looked_at, held = int(settings.get("looked_at", LOOKED_AT)), int(settings.get("held", HELD))
    positions = np.arange(len(seen.items)) - np.repeat(seen.starts[:-1], seen.lengths)
    last = positions >= np.repeat(seen.lengths - np.minimum(held, seen.lengths // 3), seen.lengths)
    before, after = _without_later(seen.where(~last), seen.where(last)), seen.where(last)
    people = np.random.default_rng(seed).permutation(np.flatnonzero(after.lengths))[:PEOPLE]
    examples = _examples(_draft(before, settings, items, (looked_at, seed)), before, after, people)
    if len(examples[2]) < FEWEST:
        raise ValueError(
            f"the last events of {len(examples[2])} people are among their candidates; {FEWEST} are needed"
        )
    graph = _grown(examples, settings, seed)
    draft = _draft(seen, settings, items, (looked_at, seed))
    return Reranker(draft.transitions, draft.alike, draft.factors, draft.parts, graph, looked_at)


def _without_later(before: Histories, after: Histories) -> Histories:
    """Histories in which friends' events end before the user's held-out events too."""
    if before.context is None:
        return before
    until = np.full(len(before), np.inf)
    some = np.flatnonzero(after.lengths)
    until[some] = after.times[after.starts[some]]
    return replace(before, context=replace(before.context, until=until))


def _grown(examples: tuple[Array, Array, Array], settings: Settings, seed: int) -> bytes:
    """Trees as ONNX; their number is decided by early stopping on held-out users."""
    import lightgbm

    x, y, groups = examples
    judges = max(1, int(len(groups) * TELL))
    cut = int(groups[:judges].sum())
    least = min(int(settings.get("least", LEAST)), max(2, len(y) // 50))
    params = {
        "objective": "lambdarank",
        "metric": "ndcg",
        "eval_at": [10],
        "num_leaves": int(settings.get("leaves", LEAVES)),
        "learning_rate": float(settings.get("rate", RATE)),
        "min_data_in_leaf": least,
        "lambda_l2": float(settings.get("ridge", RIDGE)),
        "lambdarank_truncation_level": TRUNCATED,
        "num_threads": 1,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    train = lightgbm.Dataset(x[cut:], y[cut:], group=groups[judges:], init_score=base(x[cut:]))
    tell = lightgbm.Dataset(x[:cut], y[:cut], group=groups[:judges], init_score=base(x[:cut]), reference=train)
    stop = lightgbm.early_stopping(PATIENCE, verbose=False)
    model = lightgbm.train(params, train, ROUNDS, valid_sets=[tell], callbacks=[stop])
    return from_lightgbm(model, len(FEATURES))


def _draft(seen: Histories, settings: Settings, items: Items, how: tuple[int, int]) -> Reranker:
    """Candidate generator and features, without the trees; `how`: candidates per user, and the seed."""
    looked_at, seed = how
    own = {k.removeprefix("following_"): v for k, v in settings.items() if k.startswith("following_")}
    counts = np.bincount(seen.items, minlength=seen.item_count)
    price = np.where(items.prices > 0, np.log1p(np.maximum(np.nan_to_num(items.prices), 0)), UNKNOWN)
    words = written(items.words, WIDTH if any(items.words) else 1)
    by_segment = popular.by_segment(seen) + np.float32(1e-3)
    segment = np.log(by_segment / by_segment[:1])
    arrays = (np.log1p(popular.counts(seen)), np.log1p(counts), price, items.categories, words, segment)
    parts = {name: np.asarray(a, dtype=np.float32) for name, a in zip(PARTS, arrays, strict=True)}
    fitted = factors.fit(seen, {"loss": "squares"}, seed)
    assert isinstance(fitted, Factors)
    return Reranker(
        transitions.fit(seen, own, seed), item_neighbours.fit(seen, {}, seed), fitted, parts, b"", looked_at
    )


def _examples(draft: Reranker, before: Histories, after: Histories, people: Array) -> tuple[Array, Array, Array]:
    """Features (n, FEATURES), targets (n,) and candidates per user; users without a hit are left out."""
    xs, ys, groups = list[Array](), list[Array](), list[int]()
    for u in people:
        _, some, features = draft.features(before.take(np.array([u])))
        taken = np.isin(some, after.items[after.slice(int(u))])
        if taken.any():
            xs.append(features)
            ys.append(taken.astype(np.int32))
            groups.append(len(some))
    if not groups:
        return np.zeros((0, len(FEATURES)), dtype=np.float32), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64)
    return np.concatenate(xs), np.concatenate(ys), np.array(groups)

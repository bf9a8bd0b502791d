"""Matrix factorisation of what was taken: least squares (Hu, Koren and Volinsky 2008) or pairs in order (BPR, Rendle et al. 2009).

The library is implicit; a person's vector is found anew from the history for every answer.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from breakeven.models.settings import Settings
from breakeven.runtime.ranking.histories import Histories
from breakeven.runtime.ranking.scorers import Factors, Folded, Scorer, means

if TYPE_CHECKING:
    from optuna import Trial

#: Width of the factors.
WIDTH = 32
#: Regularisation of the least squares.
RIDGE = 20.0
#: Confidence added for each unit of event weight.
ALPHA = 4.0
#: Iterations of alternating least squares.
ROUNDS = 15
#: Epochs of BPR.
PAIR_ROUNDS = 60
#: Learning rate of BPR.
PAIR_RATE = 0.05
#: Regularisation of BPR.
PAIR_RIDGE = 0.01


def space(trial: Trial, prefix: str = "", widest: int = 128) -> Settings:
    """Search space; `prefix` sets these settings apart inside another model's."""
    return {
        "width": trial.suggest_int(f"{prefix}width", 12, widest, log=True),
        "ridge": trial.suggest_float(f"{prefix}ridge", 2, 200, log=True),
        "alpha": trial.suggest_float(f"{prefix}alpha", 0.5, 20, log=True),
    }


def fit(seen: Histories, settings: Settings, seed: int) -> Scorer:
    """Item vectors, and how a user is folded in."""
    width, alpha = int(settings.get("width", WIDTH)), float(settings.get("alpha", ALPHA))
    ridge = float(settings.get("ridge", RIDGE))
    X = seen.matrix()
    width = min(width, *X.shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from implicit.als import AlternatingLeastSquares
        from implicit.bpr import BayesianPersonalizedRanking

        if settings["loss"] == "squares":
            X.data = 1 + alpha * X.data  # the confidence that a person is folded in with
            model = AlternatingLeastSquares(
                width,
                regularization=ridge,
                alpha=1.0,
                iterations=ROUNDS,
                use_native=True,
                use_cg=False,
                num_threads=1,
                random_state=seed,
            )
            model.fit(X, show_progress=False)
            return Factors(np.asarray(model.item_factors, dtype=np.float32), ridge, alpha)
        X.data[:] = 1
        model = BayesianPersonalizedRanking(
            width,
            learning_rate=PAIR_RATE,
            regularization=PAIR_RIDGE,
            iterations=PAIR_ROUNDS,
            num_threads=1,
            random_state=seed,
        )
        model.fit(X, show_progress=False)
    # Fold-in: the matrix that best maps the mean item vector of a history to the trained vector of its user.
    vectors = np.asarray(model.item_factors, dtype=np.float32)
    M = means(vectors, seen)
    fold = np.linalg.solve(
        M.T @ M + np.eye(M.shape[1], dtype=np.float32), M.T @ np.asarray(model.user_factors, dtype=np.float32)
    )
    return Folded(vectors, fold)

"""One AutoML peer on one table: `python automl_peers.py TOOL OPEN.csv SEALED.csv TARGET KIND MINUTES ANSWERS.json`.

Run by automl.py with a Python that has the peers. TOOL is autogluon-medium, autogluon-good, flaml, linear, forest or
lightgbm; KIND is category or number. The answers, one per row of SEALED.csv, are written as a JSON list of texts.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

SEED = 0
#: Cores that this process may use.
CORES = len(os.sched_getaffinity(0))


def autogluon(
    preset: str, opened: pd.DataFrame, sealed: pd.DataFrame, target: str, kind: str, minutes: float
) -> np.ndarray:
    """AutoGluon as its tutorial writes it, within the same minutes and cores."""
    from autogluon.tabular import TabularPredictor

    folder = tempfile.mkdtemp(prefix="autogluon-")
    classes = opened[target].nunique()
    task = "regression" if kind == "number" else "binary" if classes == 2 else "multiclass"
    predictor = TabularPredictor(label=target, path=folder, problem_type=task, verbosity=0)
    predictor.fit(opened, presets=f"{preset}_quality", time_limit=60 * minutes, num_cpus=CORES)
    answers = np.asarray(predictor.predict(sealed))
    shutil.rmtree(folder, ignore_errors=True)
    return answers


def flaml(opened: pd.DataFrame, sealed: pd.DataFrame, target: str, kind: str, minutes: float) -> np.ndarray:
    """FLAML with its own choice of estimators, optimising the metric that is reported."""
    from flaml import AutoML

    automl = AutoML()
    number = kind == "number"
    automl.fit(
        opened.drop(columns=target),
        opened[target],
        task="regression" if number else "classification",
        metric="r2" if number else "accuracy",
        time_budget=60 * minutes,
        n_jobs=CORES,
        seed=SEED,
        verbose=0,
    )
    return np.asarray(automl.predict(sealed))


def default(tool: str, opened: pd.DataFrame, sealed: pd.DataFrame, target: str, kind: str) -> np.ndarray:
    """A model at its defaults; the linear one is given standardised columns."""
    from lightgbm import LGBMClassifier, LGBMRegressor
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    number = kind == "number"
    if tool == "linear":
        model = make_pipeline(StandardScaler(), Ridge() if number else LogisticRegression())
    elif tool == "forest":
        model = (RandomForestRegressor if number else RandomForestClassifier)(random_state=SEED, n_jobs=CORES)
    else:
        model = (LGBMRegressor if number else LGBMClassifier)(random_state=SEED, verbose=-1, n_jobs=CORES)
    model.fit(opened.drop(columns=target).to_numpy(float), opened[target])
    return np.asarray(model.predict(sealed.to_numpy(float)))


def main() -> None:
    tool, open_file, sealed_file, target, kind, minutes, output = sys.argv[1:]
    warnings.simplefilter("ignore")
    opened, sealed = pd.read_csv(open_file), pd.read_csv(sealed_file).drop(columns=target)
    if kind == "category":
        opened[target] = opened[target].astype(str)
    if tool.startswith("autogluon-"):
        answers = autogluon(tool.removeprefix("autogluon-"), opened, sealed, target, kind, float(minutes))
    elif tool == "flaml":
        answers = flaml(opened, sealed, target, kind, float(minutes))
    else:
        answers = default(tool, opened, sealed, target, kind)
    Path(output).write_text(json.dumps([str(value) for value in answers]))


if __name__ == "__main__":
    main()

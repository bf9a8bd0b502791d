"""The estimators keep scikit-learn's contract, and are measured builds underneath."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from breakeven import frames
from breakeven.estimators import BreakevenClassifier, BreakevenRegressor, _spelled
from breakeven.features.values import is_missing
from breakeven.runtime import predictor

#: Checks of scikit-learn that fail, with the reason: none.
EXPECTED: dict[str, str] = {}
#: Minutes enough for all that a fit of one linear model tries: what time cuts short would differ from fit to fit.
QUICK = {"candidates": ["linear"], "minutes": 2, "prefer": "cheap"}


@pytest.fixture(scope="module", autouse=True)
def answers_are_timed_briefly() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predictor, "WINDOW", 0.02)
        yield


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    "estimator", [BreakevenClassifier(**QUICK), BreakevenRegressor(**QUICK)], ids=lambda e: type(e).__name__
)
def test_scikit_learns_own_checks_pass(estimator: BaseEstimator) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = check_estimator(estimator, expected_failed_checks=EXPECTED, on_skip=None, on_fail="raise")
    passed = [line["check_name"] for line in found if line["status"] == "passed"]
    assert len(passed) >= 50 and "check_fit_idempotent" in passed


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    n = 120
    found = pd.DataFrame(
        {"age": rng.normal(40, 10, n), "plan": rng.choice(["free", "pro"], n)}, index=range(500, 500 + n)
    )
    found["label"] = np.where(found["age"] + 15 * (found["plan"] == "pro") + rng.normal(0, 3, n) > 47, 1, -1)
    found.iloc[3, 0] = np.nan
    return found


@pytest.fixture(scope="module")
def fitted(frame: pd.DataFrame) -> BreakevenClassifier:
    return BreakevenClassifier(**QUICK).fit(frame[["age", "plan"]], frame["label"])


def test_a_frame_of_words_and_gaps_is_measured_and_answered(fitted: BreakevenClassifier, frame: pd.DataFrame) -> None:
    X, y = frame[["age", "plan"]], frame["label"]
    assert list(fitted.feature_names_in_) == ["age", "plan"] and fitted.n_features_in_ == 2
    assert fitted.classes_.tolist() == [-1, 1] and fitted.predict(X).dtype == fitted.classes_.dtype
    assert fitted.score(X, y) > 0.85
    proba = fitted.predict_proba(X)
    assert proba.shape == (len(X), 2) and (fitted.classes_[proba.argmax(axis=1)] == fitted.predict(X)).all()
    assert fitted.product_ is not None and fitted.product_.verdict.chosen.candidate == "linear"
    assert set(fitted.product_.leaderboard()["candidate"]) == {"linear", "baseline"}
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(X.rename(columns={"age": "years"}))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])  # noqa: S301
def test_a_copy_answers_alike(copied, fitted: BreakevenClassifier, frame: pd.DataFrame) -> None:
    X = frame[["age", "plan"]]
    again = copied(fitted)
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    assert again.product_.folder != fitted.product_.folder and again.product_.verdict == fitted.product_.verdict
    assert not hasattr(clone(fitted), "product_") and clone(fitted).get_params() == fitted.get_params()


def test_it_stands_in_a_pipeline_and_in_cross_validation() -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(90, 3))
    y = 3 * X[:, 0] - X[:, 1] + 0.1 * rng.normal(size=90)
    model = make_pipeline(StandardScaler(), BreakevenRegressor(**QUICK))
    assert cross_val_score(model, X, y, cv=2).min() > 0.9


def test_few_rows_are_fitted_unmeasured_with_a_warning(frame: pd.DataFrame) -> None:
    few = frame.iloc[:30]
    with pytest.warns(UserWarning, match="30 rows are too few to compare models: linear is fitted unmeasured"):
        model = BreakevenClassifier(**QUICK).fit(few[["age", "plan"]], few["label"])
    assert model.product_ is None and model.score(few[["age", "plan"]], few["label"]) > 0.7
    again = pickle.loads(pickle.dumps(model))  # noqa: S301
    np.testing.assert_array_equal(again.predict(few[["age", "plan"]]), model.predict(few[["age", "plan"]]))


def test_where_the_baseline_is_not_beaten_it_answers() -> None:
    rng = np.random.default_rng(0)
    y = rng.permutation(np.repeat(["a", "b", "c"], [20, 15, 15]))
    with pytest.warns(UserWarning, match="The baseline answers"):
        model = BreakevenClassifier(candidates=["baseline"], minutes=2).fit(rng.normal(size=(50, 1)), y)
    assert set(model.predict(rng.normal(size=(5, 1)))) == {"a"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"candidates": ["lineer"]}, "unknown candidate 'lineer'"),
        ({"metric": "accurracy"}, "accurracy"),
        ({"minutes": -1}, "minutes"),
    ],
)
def test_a_wrong_setting_is_a_value_error(settings: dict[str, object], said: str, frame: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match=said):
        BreakevenClassifier(**settings).fit(frame[["age"]], frame["label"])


def test_a_number_that_counts_rows_is_a_feature_like_any_other() -> None:
    X = np.arange(60.0)[:, None]
    model = BreakevenRegressor(**QUICK).fit(X, 2 * X[:, 0])
    np.testing.assert_allclose(model.predict([[10.0], [50.0]]), [20, 100], atol=10)


def test_weights_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(TypeError, match="sample_weight"):
        BreakevenClassifier(**QUICK).fit(frame[["age"]], frame["label"], sample_weight=np.ones(len(frame)))  # type: ignore[call-arg]


@pytest.mark.parametrize("pair", [("NA", "none"), (True, False), (10, 9), ("yes", "Yes"), ("b", "a"), (-1, 1)])
def test_classes_are_spelled_so_that_a_build_keeps_them_apart_and_in_order(pair: tuple[object, object]) -> None:
    words = _spelled(np.unique(pair))
    assert sorted(words) == words and len({frames.plain(word) for word in words}) == 2
    assert not any(is_missing(word) for word in words)


def test_classes_keep_their_kind_whatever_they_are_called() -> None:
    X = np.repeat([0.0, 1.0], 30)[:, None] + np.random.default_rng(0).normal(0, 0.05, (60, 1))
    y = np.repeat(["NA", "none"], 30)
    assert (BreakevenClassifier(**QUICK).fit(X, y).predict(X) == y).mean() > 0.95

"""The laws every candidate keeps. A candidate that is in the roster is under them; none is excused."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
from sklearn.base import clone

from breakeven.encode import View
from breakeven.routes import roster
from breakeven.train.workers import alone

NAMES = list(roster.ROSTER)
KINDS = ("classification", "regression")


def fitted(name: str, kind: str, mixed, seed: int = 0):
    X, y, layout = mixed
    if kind == "regression":
        y = np.nan_to_num(X[:, 0]) * 3 + X[:, 1] + 100
    return roster.build(name, layout, 3 if kind == "classification" else 0, seed).fit(X, y), X, y


def test_all_are_held() -> None:
    """Every class in the families' files is in the roster, and every name in the roster is tested here."""
    import importlib
    import pkgutil

    from breakeven.routes import large, traditional
    from breakeven.routes.base import Candidate

    found = set()
    for package in (traditional, large):
        for module in pkgutil.iter_modules(package.__path__):
            names = vars(importlib.import_module(f"{package.__name__}.{module.name}"))
            found |= {
                k.name
                for k in names.values()
                if isinstance(k, type) and issubclass(k, Candidate) and k is not Candidate
            }
    assert found == set(roster.ROSTER) == set(NAMES)
    assert len(NAMES) >= 7


@pytest.mark.parametrize("name", NAMES)
def test_says_its_own_name_and_route(name: str) -> None:
    kind = roster.kind_of(name)
    assert (kind.name, kind.route) == (name, roster.route_of(name))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_same_seed_same_answer_and_input_untouched(name: str, kind: str, mixed) -> None:
    before = mixed[0].copy()
    first, X, _ = fitted(name, kind, mixed)
    second, _, _ = fitted(name, kind, mixed)
    assert np.array_equal(first.scores(X), second.scores(X))
    assert np.array_equal(X, before, equal_nan=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_scores_have_the_judges_form(name: str, kind: str, mixed) -> None:
    model, X, _ = fitted(name, kind, mixed)
    scores = model.scores(X)
    assert np.isfinite(scores).all()
    if kind == "classification":
        assert scores.shape == (len(X), 3)
        assert scores.min() >= 0
        assert np.allclose(scores.sum(axis=1), 1, atol=1e-5)
        assert set(model.predict(X)) <= {0, 1, 2}
    else:
        assert scores.shape == (len(X),)


@pytest.mark.parametrize("name", NAMES)
def test_a_class_absent_from_training_keeps_its_place(name: str, mixed) -> None:
    X, y, layout = mixed
    rows = y != 1
    scores = roster.build(name, layout, 3, 0).fit(X[rows], y[rows]).scores(X)
    assert scores.shape == (len(X), 3)
    assert (scores[:, 1] == 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_one_class_alone_is_answered(name: str, mixed) -> None:
    X, _, layout = mixed
    scores = roster.build(name, layout, 3, 0).fit(X[:20], np.full(20, 2)).scores(X)
    assert (scores.argmax(axis=1) == 2).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_missing_and_unseen_values_are_answered(name: str, kind: str, mixed) -> None:
    model, X, _ = fitted(name, kind, mixed)
    assert np.isfinite(model.scores(np.full_like(X[:3], np.nan))).all()


@pytest.mark.parametrize("name", NAMES)
def test_is_a_scikit_learn_estimator(name: str, mixed) -> None:
    X, y, layout = mixed
    model = roster.build(name, layout, 3, 5)
    twin = clone(model)
    assert twin.get_params()["seed"] == 5
    assert np.array_equal(model.fit(X, y).predict(X), twin.fit(X, y).predict(X))


@pytest.mark.parametrize("name", NAMES)
def test_two_dozen_rows_are_enough_to_answer(name: str, mixed) -> None:
    X, y, layout = mixed
    assert np.isfinite(roster.build(name, layout, 3, 0).fit(X[:24], y[:24]).scores(X)).all()


@pytest.mark.parametrize("name", NAMES)
def test_search_space_builds(name: str, mixed) -> None:
    import optuna

    X, y, layout = mixed
    settings = dict(roster.kind_of(name).space(optuna.create_study().ask()))
    if "epochs" in settings:
        settings["epochs"] = 2
    assert np.isfinite(roster.build(name, layout, 3, 0, settings).fit(X, y).scores(X)).all()


def _drawn(name: str, kind: str, mixed):
    model, X, _ = fitted(name, kind, mixed)
    return model.graph(), model.view_.to_json(), model.scores(X)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_graph_answers_as_the_model_does(name: str, kind: str, mixed) -> None:
    graph, view, scores = alone(_drawn, name, kind, mixed)
    X = mixed[0]
    session = ort.InferenceSession(graph)
    assert [i.name for i in session.get_inputs()] == ["x"]
    for size in (1, 7, len(X)):
        got = session.run(["scores"], {"x": View.from_json(view).apply(X[:size])})[0]
        assert np.abs(got.reshape(scores[:size].shape) - scores[:size]).max() < 1e-4 * max(1.0, scores.std())

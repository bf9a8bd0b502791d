"""Forests drawn tree by tree answer as scikit-learn's do, also on the thresholds themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier, RandomForestRegressor

from breakeven.models import onnx_graph


def answers(drawn: bytes, X: np.ndarray) -> np.ndarray:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(drawn, options).run(["scores"], {"x": X})[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("forest", "classes"),
    [(RandomForestClassifier(9, random_state=0), 2), (ExtraTreesClassifier(9, random_state=0), 5), (RandomForestRegressor(9, random_state=0), 0)],
)  # fmt: skip
def test_a_drawn_forest_answers_alike(forest: Any, classes: int) -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(0, 9, (400, 4)).astype(np.float32) / np.float32(7)  # thresholds between values that float32 rounds
    y = (X.sum(axis=1) * 7).astype(int) % classes if classes else X[:, 0] * X[:, 1] + rng.normal(size=400)
    forest.fit(X, y)
    edges = np.concatenate([t.tree_.threshold for t in forest.estimators_])
    near = np.concatenate([edges.astype(np.float32), np.nextafter(edges.astype(np.float32), np.float32(9))])
    asked = np.concatenate([X, rng.choice(near, (400, 4))])
    truth = forest.predict_proba(asked) if classes else forest.predict(asked)[:, None]
    got = answers(onnx_graph.from_forest(forest, 4), asked)
    assert got.shape == truth.shape
    assert np.abs(got - truth).max() < 1e-5


def test_classes_a_leaf_has_not_take_no_room() -> None:
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(300, 3)).astype(np.float32), rng.integers(0, 20, 300)
    forest = ExtraTreesClassifier(3, random_state=0).fit(X, y)
    (ensemble,) = onnx.load_from_string(onnx_graph.from_forest(forest, 3)).graph.node
    weights = next(a.floats for a in ensemble.attribute if a.name == "target_weights")
    assert len(weights) == sum(t.tree_.n_leaves for t in forest.estimators_)  # every leaf is pure


def test_a_forest_of_one_leaf_answers_its_mean() -> None:
    X, y = np.zeros((10, 2), np.float32), np.arange(10.0)
    forest = RandomForestRegressor(2, bootstrap=False).fit(X, y)
    assert answers(onnx_graph.from_forest(forest, 2), X[:1]).item() == pytest.approx(4.5)
    zero = RandomForestRegressor(2, bootstrap=False).fit(X, y * 0)
    assert answers(onnx_graph.from_forest(zero, 2), X[:1]).item() == 0.0

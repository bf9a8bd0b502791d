"""The perceptron drawn node by node answers as torch does, without torch's exporter."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
import torch

from breakeven.core.types import Array, Layout
from breakeven.models.bag import Bag
from breakeven.models.base import Candidate
from breakeven.models.tabular.mlp import Mlp

NAMES = ("a", "b", "c", "d")


def table(levels: tuple[int, ...] = (), missing: bool = False, rows: int = 120) -> tuple[Array, Layout]:
    """Numbers, then a category of so many levels each."""
    rng = np.random.default_rng(0)
    count = len(NAMES) - len(levels)
    parts = [rng.normal(size=(rows, count)), *(rng.integers(0, k, (rows, 1)) for k in levels)]
    X = np.concatenate(parts, axis=1)
    if missing:
        X[rng.random(X.shape) < 0.1] = np.nan
    return X, Layout(NAMES, (0,) * count + levels)


@pytest.fixture(autouse=True)
def no_exporter(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("torch's exporter takes ten seconds")

    monkeypatch.setattr(torch.onnx, "export", never)


def difference(model: Candidate, X: Array) -> float:
    """The largest between the graph's answers and the model's, in batches of all sizes."""
    session = ort.InferenceSession(model.graph())
    gaps = []
    for count in (1, 7, len(X)):
        got = session.run(["scores"], model.reader_.inputs(X[:count], None))[0]
        truth = model.scores(X[:count]).reshape(count, -1)
        assert got.shape == truth.shape
        gaps.append(np.abs(got - truth).max() / max(float(truth.std()), 1.0))
    return float(max(gaps))


@pytest.mark.parametrize("levels", [(), (3,), (5, 2), (2, 3, 4, 5)])
@pytest.mark.parametrize("classes", [0, 2, 4])
def test_the_drawn_net_answers_alike(levels: tuple[int, ...], classes: int) -> None:
    X, layout = table(levels, missing=True)
    filled = np.nan_to_num(X).sum(axis=1)
    y = np.arange(len(X)) % classes if classes else 1e3 * filled + 5e4
    model = Mlp(layout, classes, width=16, depth=3, epochs=2).fit(X, y)
    unseen = X.copy()
    unseen[:, -1] = np.nan
    far = X[:5] * np.where(np.array(layout.levels) > 0, 1, 1e4)
    assert difference(model, np.concatenate([X, unseen, far])) < 1e-4


def test_a_bag_of_nets_answers_alike() -> None:
    X, layout = table((3,))
    model = Bag(Mlp(layout, 2, width=16, epochs=2), 3).fit(X, np.arange(len(X)) % 2)
    assert difference(model, X) < 1e-5

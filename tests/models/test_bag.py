"""Copies that answer by their mean keep the laws of a candidate: same seed same answer, every class, a graph that agrees."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest

from breakeven.models import registry
from breakeven.models.bag import Bag, parts
from breakeven.models.training.step_budget import left, within


def fitted(name: str, mixed, classes: int, seed: int = 0, **settings) -> tuple[Bag, np.ndarray]:
    X, y, layout = mixed
    y = y if classes else y * 3.0 + np.nan_to_num(X[:, 1])
    return Bag(registry.build(name, layout, classes, seed, settings), 3).fit(X, y), X


@pytest.mark.parametrize(("name", "classes"), [("boosting", 3), ("boosting", 0), ("mlp", 3), ("mlp", 0)])
def test_the_graph_answers_with_the_mean_of_the_copies(name: str, classes: int, mixed) -> None:
    bag, X = fitted(name, mixed, classes, **({"rounds": 20} if name == "boosting" else {"epochs": 2}))
    answers = bag.scores(X)
    each = [copy.scores(X) for copy in bag.copies_]
    assert np.allclose(answers, np.mean(each, axis=0)) and not np.allclose(each[0], each[1])
    session = ort.InferenceSession(bag.graph())
    drawn = session.run(["scores"], bag.reader_.inputs(X, None))[0]
    assert np.allclose(drawn.reshape(answers.shape), answers, atol=1e-5)
    assert [i.name for i in session.get_inputs()] == ["x"]


def test_the_same_seed_gives_the_same_bag_and_another_another(mixed) -> None:
    X = mixed[0]
    first, again, other = (fitted("boosting", mixed, 3, s, rounds=5)[0].scores(X) for s in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_no_copy_lacks_a_class() -> None:
    """A class of one row is in all copies, one of two in both parts; every part has its share of the others."""
    y = np.repeat([0, 1, 2, 3], [1, 2, 7, 40])
    part = parts(y, 5, True, 0)
    for k in range(5):
        assert set(y[part != k]) == {0, 1, 2, 3}
        assert 7 <= (part[y == 3] == k).sum() <= 9


def test_copies_share_the_time_that_a_net_may_take(mixed, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, seen = registry.class_of("boosting"), list[float]()
    real = kind._fit

    def fit(self, V, y) -> None:
        seen.append(left())
        real(self, V, y)

    monkeypatch.setattr(kind, "_fit", fit)
    with within(90.0):
        fitted("boosting", mixed, 3, rounds=2)
    assert [round(s / 10) for s in seen] == [3, 4, 9]  # of what is left by then: a third, a half, all

"""A net of one's own races, is exported with the same answers, and says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from torch import nn

import breakeven
from breakeven.core.errors import InputError


def make(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(nn.Linear(inputs, 32), nn.GELU(), nn.Linear(32, outputs))


def data(n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 4))
    return X, (X[:, 0] * X[:, 1] > 0).astype(int)


def test_it_learns_and_its_graph_answers_alike() -> None:
    X, y = data()
    net = breakeven.OwnNet(classes=2, make=make, epochs=60, rate=0.02).fit(X, y)
    assert (net.predict(X) == y).mean() > 0.9
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(net.graph(), options)
    got = session.run(["scores"], {"x": net.view_.apply(X).astype(np.float32)})[0]
    assert np.abs(got - net.scores(X)).max() < 1e-4


def test_a_value_is_told_in_its_own_units() -> None:
    X, _ = data()
    y = 1_000 + 50 * X[:, 0]
    net = breakeven.OwnNet(make=make, epochs=60, rate=0.02).fit(X, y)
    assert np.abs(net.predict(X) - y).mean() < 15


@pytest.mark.parametrize("loss", ["balanced", "focal", "huber"])
@pytest.mark.parametrize(("optimiser", "rate"), [("sgd", 0.1), ("rmsprop", 0.005), ("adam", 0.02)])
def test_losses_optimisers_and_schedules_are_its_makers_choice(loss: str, optimiser, rate: float) -> None:
    X, y = data()
    net = breakeven.OwnNet(
        classes=2, make=make, epochs=60, rate=rate, decay=0.0, loss=loss, optimiser=optimiser, schedule="cosine"
    )
    assert (net.fit(X, y).predict(X) == y).mean() > 0.85


def test_balanced_classes_count_alike_and_huber_bends_before_outliers() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(800, 4))
    y = (X[:, 0] + rng.normal(size=800) > 2).astype(int)  # one in twelve, never sure
    plain, balanced = (
        breakeven.OwnNet(classes=2, make=make, epochs=20, loss=loss).fit(X, y).predict(X) for loss in ("", "balanced")
    )
    assert (balanced[y == 1] == 1).mean() > (plain[y == 1] == 1).mean() + 0.2
    value = X[:, 0].copy()
    value[:60] += 30
    usual, huber = (
        breakeven.OwnNet(make=make, epochs=60, rate=0.01, loss=loss).fit(X, value).predict(X[60:])
        for loss in ("", "huber")
    )
    assert np.abs(huber - X[60:, 0]).mean() < 0.7 * np.abs(usual - X[60:, 0]).mean()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [(None, "no net is given"), (lambda i, o: "net", "make returned a str"),
     (lambda i, o: nn.Linear(i, o + 1), r"shape \(2, 3\); let it answer with \(2, 2\)")],
)  # fmt: skip
def test_what_is_no_net_is_said(wrong, said: str) -> None:
    with pytest.raises(InputError, match=said):
        breakeven.OwnNet(classes=2, make=wrong).fit(*data())


def test_its_name_is_the_same_in_every_process() -> None:
    one, two = (breakeven.OwnNet(make=lambda i, o: nn.Linear(i, o), epochs=3) for _ in range(2))
    assert repr(one) == repr(two) and " at 0x" not in repr(one)
    assert repr(one) != repr(breakeven.OwnNet(make=lambda i, o: nn.Linear(i, o), epochs=4))


@pytest.mark.slow
def test_it_races_beside_the_others(tmp_path: Path) -> None:
    X, y = data(400)
    frame = {**{f"x{i}": X[:, i].tolist() for i in range(4)}, "y": ["yes" if v else "no" for v in y]}
    net = breakeven.OwnNet(make=make, epochs=60, rate=0.02)
    verdict = breakeven.weigh(frame, target="y", candidates=["linear", ("mine", "large", net)], folder=tmp_path)
    assert verdict["chosen"]["candidate"] == "mine" and verdict["chosen"]["route"] == "large"
    assert next(t for t in verdict["test"] if t["candidate"] == "mine")["score"] > 0.8

"""Nets on texts: what is trained beside each other shares the time there is."""

from __future__ import annotations

import numpy as np
import pytest

from breakeven.models.mixed.joint import Joint
from breakeven.models.text import text_nets
from breakeven.models.training import step_budget
from breakeven.models.training.loop import Trained


def test_a_net_and_the_one_beside_it_share_an_allowance(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float | None] = []

    def fit(self, V, y) -> None:
        given.append(step_budget.left())
        self.net_, self.trained_ = object(), Trained((), 0, share=1.0 if len(given) == 1 else 0.4)

    class Both:
        def __init__(self, nets, values) -> None:
            self.nets = nets

        def eval(self):
            return self

    monkeypatch.setattr(Joint, "_fit", fit)
    monkeypatch.setattr(text_nets, "Averaged", Both)
    monkeypatch.setattr(text_nets.wide_linear, "rows", lambda *_: None)
    net = text_nets.Gru(classes=2)
    net.media_, net.reader_ = None, type("R", (), {"parts": ()})()
    with step_budget.within(100.0):
        net._fit(type("V", (), {"X": np.zeros((2, 1))})(), np.zeros(2))
    first, second = given
    assert first == pytest.approx(100 * text_nets.FIRST, abs=1) and second == pytest.approx(100, abs=1)  # what is left
    assert net.trained_.share == 0.4 and len(net.net_.nets) == 2
    given.clear()
    net._fit(type("V", (), {"X": np.zeros((2, 1))})(), np.zeros(2))
    assert given == [None, None]


@pytest.mark.slow
def test_an_lstm_learns_order_and_its_graph_answers_alike_at_every_length() -> None:
    from breakeven.core.types import Layout
    from breakeven.features.media import Memory
    from breakeven.features.reader import Reader
    from breakeven.runtime.onnx_session import open_session

    rng = np.random.default_rng(0)
    words = [["not good", "good not", "bad fine", "fine bad"][k] for k in rng.integers(0, 4, 240)]
    texts = [" ".join(["well"] * int(rng.integers(0, 6)) + [w]) for w in words]
    y = np.array([w in ("not good", "bad fine") for w in words]).astype(int)
    X = np.arange(240, dtype=float)[:, None]
    net = text_nets.Gru(Layout(("t",), (0,), texts=("t",)), 2, inner=32, epochs=20, cell="lstm", word_drop=0.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("breakeven.models.base.Memory", lambda: Memory({"t": texts}))
        net.fit(X, y)
    assert (net.predict(X) == y).mean() > 0.9
    running, reader = open_session(net.graph()), Reader.unpack(net.reader_.pack())
    for some in (X[:1], X[:7], X):
        got = running.run(["scores"], reader.inputs(some, net.media_))[0]
        assert np.abs(got - net.scores(some)).max() < 1e-4

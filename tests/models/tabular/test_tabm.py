"""Members that share weights: what one answers alone, what all of them answer, and which are kept."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
import torch

from breakeven.models.tabular import mlp
from breakeven.models.tabular.tabm import BatchEnsemble, TabM
from breakeven.models.training import loop, losses, step_budget


def rows(n: int = 300, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 4))
    value = X[:, 0] + np.abs(X[:, 1])
    return X, np.digitize(value, [0.3, 1.2]) if classes else value * 7 + 40


def test_a_shared_layer_is_a_layer_of_its_own_for_each_member() -> None:
    layer = BatchEnsemble(3, 5, 2, apart=True)
    x = torch.randn(7, 5)
    assert set(layer.scale_in.detach().unique().tolist()) == {-1.0, 1.0}
    for k, one in enumerate(layer(x)):
        own = layer.scale_in[k, 0, :, None] * layer.weight * layer.scale_out[k, 0]
        assert torch.allclose(one, x @ own + layer.bias[k, 0], atol=1e-6)


@pytest.mark.parametrize("classes", [3, 0])
def test_the_answer_is_the_mean_of_the_members(classes: int) -> None:
    X, y = rows(classes=classes)
    model = TabM(classes=classes, members=4, width=16, epochs=2).fit(X, y)
    with torch.no_grad():
        each = model.net_.each(torch.tensor(model.view_.apply(X)))
    own = torch.softmax(each, 2) if classes else each[..., 0] * model.spread_ + model.centre_
    assert not torch.allclose(own[0], own[1], atol=1e-3)
    assert np.allclose(model.scores(X), own.mean(0).numpy(), atol=1e-5)


def test_each_member_learns_by_its_own_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def train(make, loss, rows, y, held, plan):
        net = make().train()
        out = net(rows.values).detach()
        seen.append(
            (out.shape, float(loss(out, y)), float(torch.stack([losses.loss("squared")(o, y) for o in out]).mean()))
        )
        return net.eval(), loop.Trained((), 0)

    monkeypatch.setattr(loop, "train", train)
    X, y = rows(classes=0)
    TabM(members=4, width=16).fit(X, y)
    shape, loss, mean = seen[0]
    assert shape == (4, 300, 1) and loss == pytest.approx(mean)


@pytest.mark.parametrize("classes", [3, 0])
def test_only_members_that_help_are_kept_where_rows_are_held_out(classes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlp, "HELD_FROM", 200)
    X, y = rows(classes=classes)
    model = TabM(classes=classes, members=6, shared=True, width=16, epochs=2)
    chosen = []
    monkeypatch.setattr(
        TabM, "_shares", lambda self, V, y: chosen.append((len(V), len(y))) or np.array([0, 0.75, 0, 0, 0.25, 0])
    )
    model.fit(X, y)
    assert chosen == [(36, 36)]
    V = torch.tensor(model.view_.apply(X))
    with torch.no_grad():
        each = model.net_.each(V)
    assert len(each) == 2
    own = torch.softmax(each, 2) if classes else each[..., 0] * model.spread_ + model.centre_
    assert np.allclose(model.scores(X), (0.75 * own[0] + 0.25 * own[1]).numpy(), atol=1e-5)
    if classes:
        return  # the graph is drawn once
    answers = ort.InferenceSession(model.graph()).run(["scores"], {"x": V.numpy()})[0]
    assert np.abs(answers.reshape(model.scores(X).shape) - model.scores(X)).max() < 1e-5 * max(1.0, y.std())


def test_a_member_that_is_wrong_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlp, "HELD_FROM", 200)
    X, y = rows()
    model = TabM(classes=3, members=4, width=32, epochs=6)
    shares, wrong = TabM._shares, []

    def spoilt(self, V, y):
        with torch.no_grad():
            self.net_.last.weight[2] *= -3
        wrong.append(shares(self, V, y))
        return wrong[0]

    monkeypatch.setattr(TabM, "_shares", spoilt)
    model.fit(X, y)
    assert wrong[0][2] == 0 and wrong[0].sum() == pytest.approx(1)
    assert (model.predict(X) == y).mean() > 0.7


def test_what_time_cut_short_is_counted_over_the_members_steps() -> None:
    X, y = rows()
    with step_budget.within(0.0) as cut:
        TabM(classes=3, members=4, width=16).fit(X, y)
    assert cut.share < 0.1
    with step_budget.within(None, plan=0.5) as short:
        TabM(classes=3, members=4, width=16, epochs=4).fit(X, y)
    assert short.share == pytest.approx(0.5, abs=0.05)

"""The gradient by hand against torch's own, and training with either."""

from __future__ import annotations

import pytest
import torch
from lessons.activations import BACK
from lessons.perceptron import Perceptron

from breakeven.models.training import loop, losses
from breakeven.models.training.rows import TensorRows


def data(n: int = 300) -> tuple[torch.Tensor, torch.Tensor]:
    X = torch.randn(n, 6, generator=torch.Generator().manual_seed(0))
    return X, (X[:, 0] > 0).long() + (X[:, 1] * X[:, 2] > 0).long()


@pytest.mark.parametrize("activation", list(BACK))
@pytest.mark.parametrize("hidden", [(), (8,), (12, 7)])
def test_the_gradient_by_hand_is_torchs(activation, hidden) -> None:
    torch.manual_seed(0)
    net = Perceptron((6, *hidden, 3), activation)
    X, y = data(32)
    X = X * 5  # some answers beyond ReLU6's end
    loss = net.gradient(X, y)
    mine = net.flat.grad.clone()
    net.flat.grad = None
    theirs = losses.CROSS_ENTROPY(net(X), y)
    theirs.backward()
    assert loss.item() == pytest.approx(theirs.item(), rel=1e-5)
    assert torch.allclose(mine, net.flat.grad, atol=1e-6)


def test_training_by_hand_is_training_by_torch() -> None:
    X, y = data()
    plan = loop.Plan(4, 16, 0.01, decay=0.0)

    class Automatic(Perceptron):
        gradient = None  # type: ignore[assignment]

    fast, slow = (
        loop.train(lambda kind=kind: kind((6, 16, 3)), losses.loss("cross-entropy"), TensorRows(X), y, None, plan)[0]
        for kind in (Perceptron, Automatic)
    )
    assert torch.allclose(fast.flat, slow.flat, atol=1e-4)
    assert not torch.equal(fast.flat, torch.zeros_like(fast.flat))


def test_other_losses_are_differentiated_by_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the gradient by hand is of plain cross-entropy")

    monkeypatch.setattr(Perceptron, "gradient", never)
    X, y = data()
    for loss in (losses.loss("focal"), losses.loss("cross-entropy", smoothing=0.1)):
        loop.train(lambda: Perceptron((6, 8, 3)), loss, TensorRows(X), y, None, loop.Plan(1, 64, 0.01, decay=0.0))


def test_an_activation_whose_slope_is_not_told_is_refused() -> None:
    with pytest.raises(ValueError, match="knows relu, relu6, sigmoid, tanh"):
        Perceptron((4, 4, 2), "gelu")

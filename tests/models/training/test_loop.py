"""Every optimiser, schedule, loss and batch; what cannot be is said."""

from __future__ import annotations

import math

import pytest
import torch
from lessons import lr_finder
from lessons.perceptron import Perceptron
from torch import nn

from breakeven.models.training import loop, losses, optimisers
from breakeven.models.training.rows import TensorRows


def data(n: int = 200) -> tuple[torch.Tensor, torch.Tensor]:
    X = torch.randn(n, 4, generator=torch.Generator().manual_seed(0))
    return X, (X[:, 0] > 0).long()


def learned(plan: loop.Plan, name: losses.Name = "cross-entropy", **given) -> tuple[nn.Module, loop.Trained]:
    X, y = data()
    return loop.train(lambda: nn.Linear(4, 2), losses.loss(name, **given), TensorRows(X), y, None, plan)


def right(net: nn.Module) -> float:
    X, y = data()
    return float((net(X).argmax(1) == y).float().mean())


RATES = {"sgd": 0.3, "rmsprop": 0.01, "adam": 0.05, "adamw": 0.05}


@pytest.mark.parametrize("name", optimisers.NAMES)
@pytest.mark.parametrize("schedule", optimisers.SCHEDULES)
def test_every_optimiser_learns_on_every_schedule(name, schedule) -> None:
    net, told = learned(loop.Plan(12, 16, RATES[name], optimiser=name, schedule=schedule))
    assert right(net) > 0.93
    rates = [e.rate for e in told.epochs]
    assert rates[-1] == RATES[name] if schedule == "constant" else rates[-1] < 0.05 * max(rates)


@pytest.mark.parametrize("batch", [1, 16, 200, 10_000])
def test_single_rows_batches_and_the_whole(batch: int) -> None:
    epochs = {1: 3, 16: 12}.get(batch, 120)
    net, told = learned(loop.Plan(epochs, batch, 0.05, schedule="cosine"))
    assert right(net) > 0.93
    assert len(told.epochs) == epochs


def test_the_whole_batch_is_gradient_descent_by_hand() -> None:
    X, y = data(50)
    plan = loop.Plan(5, 50, 0.1, decay=0.0, clip=0.0, optimiser="sgd", momentum=0.0, schedule="constant")
    net, _ = loop.train(lambda: nn.Linear(4, 1), losses.loss("squared"), TensorRows(X), y.float(), None, plan)
    torch.manual_seed(plan.seed)
    start = nn.Linear(4, 1)
    w, b = start.weight.detach()[0].clone(), start.bias.detach().clone()
    for _ in range(5):
        off = X @ w + b - y
        w, b = w - 0.1 * 2 * (X.T @ off) / len(X), b - 0.1 * 2 * off.mean()
    assert torch.allclose(net.weight[0], w, atol=1e-5) and torch.allclose(net.bias, b, atol=1e-5)


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5, 6])
def test_a_handful_of_steps_is_a_schedule_too(steps: int) -> None:
    X, y = data(16 * steps)
    _, told = loop.train(
        lambda: nn.Linear(4, 2), losses.loss("cross-entropy"), TensorRows(X), y, None, loop.Plan(1, 16, 0.05)
    )
    assert told.share == 1 and 0 <= told.epochs[0].rate < 0.05


def test_losses_agree_with_their_formulas() -> None:
    out = torch.tensor([[2.0, -1.0, 0.5], [0.1, 0.2, 0.3]])
    truth = torch.tensor([0, 2])
    p = out.softmax(1)[torch.arange(2), truth]
    assert float(losses.loss("cross-entropy")(out, truth)) == pytest.approx(float(-p.log().mean()))
    assert float(losses.loss("focal")(out, truth)) == pytest.approx(float(((1 - p) ** 2 * -p.log()).mean()))
    odds, answers = torch.tensor([[0.4], [-2.0]]), torch.tensor([1, 0])
    q = torch.sigmoid(odds[:, 0])
    assert float(losses.loss("binary")(odds, answers)) == pytest.approx(float(-(q[0].log() + (1 - q[1]).log()) / 2))
    weighed = losses.loss("binary", weights=torch.tensor([1.0, 3.0]))(odds, answers)
    assert float(weighed) == pytest.approx(float(-(3 * q[0].log() + (1 - q[1]).log()) / 2))
    smooth = losses.loss("cross-entropy", smoothing=0.3)(out, truth)
    mixed = 0.7 * -p.log() + 0.3 * -out.log_softmax(1).mean(1)
    assert float(smooth) == pytest.approx(float(mixed.mean()))
    with pytest.raises(ValueError, match="not one of squared, huber"):
        losses.loss("hinge")  # type: ignore[arg-type]


def test_weights_turn_the_answer_to_the_rare_class() -> None:
    X = torch.zeros(100, 1)
    y = (torch.arange(100) < 10).long()
    plan = loop.Plan(60, 100, 0.2, schedule="constant", decay=0.0)
    shares = []
    for weights in (None, losses.balanced(y, 2)):
        net, _ = loop.train(
            lambda: nn.Linear(1, 2), losses.loss("cross-entropy", weights=weights), TensorRows(X), y, None, plan
        )
        shares.append(net(X[:1]).softmax(1)[0, 1].item())
    assert shares[0] == pytest.approx(0.1, abs=0.02)
    assert shares[1] == pytest.approx(0.5, abs=0.02)


def test_every_epoch_is_told_with_the_time_left() -> None:
    X, y = data()
    seen: list[tuple[loop.Epoch, float]] = []
    loop.train(lambda: nn.Linear(4, 2), losses.loss("cross-entropy"), TensorRows(X), y, (torch.arange(150), torch.arange(150, 200)),
               loop.Plan(4, 16, 0.05), lambda epoch, left: seen.append((epoch, left)))  # fmt: skip
    assert len(seen) == 4 and seen[-1][1] == 0
    assert all(e.held is not None and e.seconds > 0 and e.loss > 0 for e, _ in seen)


@pytest.mark.parametrize(
    ("given", "said"),
    [({"rate": 0.0}, "rate 0: it must be above 0"), ({"rate": math.inf}, "rate inf"), ({"rate": math.nan}, "rate nan"), ({"epochs": 0}, "epochs 0"),
     ({"batch": 0}, "batch 0: it must be at least 1"),
     ({"mix_up": -0.5}, "mix_up -0.5"),
     ({"clip": -1.0}, "clip -1"), ({"decay": -0.1}, "decay -0.1"), ({"patience": 0}, "patience 0"), ({"momentum": 1.0}, "momentum 1"),
     ({"optimiser": "lion"}, "not one of sgd, rmsprop"), ({"schedule": "linear"}, "not one of constant")],
)  # fmt: skip
def test_a_plan_that_cannot_be_is_refused(given: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        loop.Plan(**{"epochs": 2, "batch": 16, "rate": 0.1, **given})


def test_held_out_rows_there_must_be() -> None:
    X, y = data()
    held = torch.arange(200), torch.arange(0)
    with pytest.raises(ValueError, match="200 rows to learn from and 0 held out"):
        loop.train(lambda: nn.Linear(4, 2), losses.loss("cross-entropy"), TensorRows(X), y, held, loop.Plan(1, 16, 0.1))


def test_decay_of_a_net_where_nothing_decays_is_refused() -> None:
    X, y = data()
    with pytest.raises(ValueError, match="set decay to 0"):
        loop.train(
            lambda: Perceptron((4, 2)), losses.loss("cross-entropy"), TensorRows(X), y, None, loop.Plan(1, 16, 0.1)
        )


def test_truth_that_is_no_number_is_counted() -> None:
    X, _ = data()
    y = X[:, 0].clone()
    y[:3] = math.nan
    with pytest.raises(ValueError, match="3 of 200 rows"):
        loop.train(lambda: nn.Linear(4, 1), losses.loss("squared"), TensorRows(X), y, None, loop.Plan(1, 16, 0.1))


def test_the_rate_found_learns_and_thirty_times_it_does_not_do_better() -> None:
    X, y = data()
    plan = loop.Plan(3, 16, 1.0, optimiser="sgd", momentum=0.0, schedule="constant", clip=0.0)
    found = lr_finder.find(lambda: nn.Linear(4, 2), losses.loss("cross-entropy"), TensorRows(X), y, plan)
    assert lr_finder.LOWEST < found.rate < lr_finder.HIGHEST
    assert len(found.rates) == len(found.losses) <= lr_finder.STEPS
    net, _ = learned(loop.Plan(6, 16, found.rate, optimiser="sgd", momentum=0.0, schedule="constant"))
    assert right(net) > 0.9
    with pytest.raises(loop.Diverged):
        lr_finder.find(lambda: nn.Linear(4, 2), lambda out, truth: out.sum() * math.nan, TensorRows(X), y, plan)

"""The parts of RealMLP's recipe that have a formula, and its early hold-out."""

from __future__ import annotations

import pytest
import torch

from breakeven.models.tabular.realmlp import Bent, Layer, Periodic, RealMlp
from breakeven.models.training import optimisers


def test_numbers_stand_beside_their_waves() -> None:
    embed = Periodic(2)
    x = torch.randn(5, 2)
    out = embed(x)
    assert out.shape == (5, embed.width) and torch.equal(out[:, :2], x)
    wave = torch.cos(2 * torch.pi * x[3, 1] * embed.first[1] + embed.phase[1])
    one = wave @ (0.1 * embed.weight[1].reshape(16, 3)) + 0.1 * embed.bias[1]
    assert torch.allclose(out[3, 5:], one, atol=1e-5)


def test_a_layer_starts_with_answers_of_unit_size_and_the_last_with_none() -> None:
    torch.manual_seed(0)
    x = torch.randn(200, 400)
    weighed = Layer(3, 400, 50, scaled=True)
    spread = float((weighed(x) - 0.1 * weighed.bias).detach().std())
    assert 0.9 < spread < 1.1
    assert not Layer(3, 400, 2, zero=True)(x).detach().any()


def test_a_learned_scale_moves_six_times_as_fast_as_a_weight() -> None:
    layer = Layer(1, 4, 2, scaled=True)
    x = torch.randn(9, 4)
    before = layer(x)
    with torch.no_grad():
        layer.scale += 0.5
    without = layer(x) - 0.1 * layer.bias
    assert torch.allclose(without, 4 * (before - 0.1 * layer.bias), atol=1e-5)


def test_an_activation_is_whole_at_first_and_none_at_the_other_end() -> None:
    bent, x = Bent(2, 3, smooth=False), torch.randn(2, 4, 3)
    assert torch.allclose(bent(x), torch.nn.functional.selu(x), atol=1e-6)
    with torch.no_grad():
        bent.share.fill_(-10.0)
    assert torch.allclose(bent(x), x, atol=1e-5)


def test_rates_are_the_published_ones() -> None:
    assert (RealMlp(classes=2)._rate(), RealMlp()._rate(), RealMlp(rate=0.01)._rate()) == (0.04, 0.2, 0.01)
    assert optimisers.FACTORS["cos-log"](1 / 15) == pytest.approx(0) and optimisers.FACTORS["cos-log"](
        1
    ) == pytest.approx(0)

"""Every change keeps an image an image, differs from row to row, and is drawn from the generator alone."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from breakeven.models.training import augment, loop, losses
from breakeven.models.training.rows import TensorRows


def images(n: int = 6, side: int = 16, channels: int = 3) -> torch.Tensor:
    return torch.randint(0, 256, (n, side, side, channels), generator=torch.Generator().manual_seed(0)).to(torch.uint8)


def generator(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", list(augment.IMAGES))
@pytest.mark.parametrize("channels", [1, 3])
def test_every_change_of_images(name: str, channels: int) -> None:
    X = images(channels=channels)
    before = X.clone()
    one, same, other = (augment.changed(X, [name], generator(seed)) for seed in (1, 1, 2))
    assert one.shape == X.shape and one.dtype == torch.uint8
    assert torch.equal(X, before), "the rows themselves are left alone"
    assert torch.equal(one, same) and not torch.equal(one, other)
    assert not torch.equal(one, X)


def test_geometry_keeps_what_it_promises() -> None:
    X = images()
    flipped = augment.flip(X, generator())
    for got, was in zip(flipped, X, strict=True):
        assert torch.equal(got, was) or torch.equal(got, was.flip(1))
    assert torch.equal(augment._warped(X, torch.zeros(6), torch.ones(6), torch.zeros(6, 2)), X)
    bright = torch.zeros(1, 17, 17, 1, dtype=torch.uint8)
    bright[0, 8, 8] = 255  # the middle stays where it is, however it is turned
    turned = augment._warped(bright, torch.tensor([0.3]), torch.ones(1), torch.zeros(1, 2))
    assert int(turned.flatten().argmax()) == 8 * 17 + 8
    wide = torch.zeros(1, 8, 32, 1, dtype=torch.uint8)
    wide[0, :, 15:17] = 255  # a bar 8 high leans by 8 sin 15 degrees, however wide the picture is
    leaning = augment._warped(wide, torch.tensor([0.26]), torch.ones(1), torch.zeros(1, 2))[0, :, :, 0].float()
    middle = (leaning * torch.arange(32)).sum(1) / leaning.sum(1)
    assert abs(float(middle[0] - middle[-1])) == pytest.approx(7 * 0.266, abs=0.5)
    for side in (1, 5):
        assert torch.equal(augment.shift(images(side=side), generator()), images(side=side))
    hole = augment.cut_out(torch.arange(256).to(torch.uint8).reshape(1, 16, 16, 1), generator())
    assert int((hole.reshape(-1) != torch.arange(256)).sum()) in (15, 16)  # 4 x 4, of which one may be the mean itself


def test_mix_up_joins_pairs_and_their_truth() -> None:
    X = torch.eye(8)
    (out,), other, own = augment.mixed((X,), 0.4, generator())
    assert 0.6 <= own <= 1
    assert torch.allclose(out, own * X + (1 - own) * X[other])
    with pytest.raises(ValueError, match="tokens and categories have no mean"):
        augment.mixed((torch.arange(8),), 0.4, generator())


def test_the_loop_mixes_where_it_is_asked_to() -> None:
    X = torch.randn(200, 4, generator=torch.Generator().manual_seed(0))
    y = (X[:, 0] > 0).long()
    nets = [
        loop.train(lambda: nn.Linear(4, 2), losses.loss("cross-entropy"), TensorRows(X), y, None, loop.Plan(12, 16, 0.05, mix_up=share))[0]
        for share in (0.0, 0.5)
    ]  # fmt: skip
    for net in nets:
        assert float((net(X).argmax(1) == y).float().mean()) > 0.93
    surest = [net(X).softmax(1).amax(1).mean().item() for net in nets]
    assert surest[1] < surest[0] - 0.02  # joined rows make answers less sure

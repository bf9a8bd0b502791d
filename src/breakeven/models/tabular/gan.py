"""Training of a conditional GAN with the common loop, and sampling from it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from breakeven.core.types import Array
from breakeven.models.tabular import gan_net as nets
from breakeven.models.training import loop
from breakeven.models.training.rows import TensorRows

#: Training steps for a table.
STEPS = 1_500
#: Rows of a batch.
BATCH = 128
#: Learning rate of Adam.
RATE = 5e-4
#: First moment decay of Adam; a larger one makes the two nets oscillate.
MEMORY = 0.5
#: Decay of the moving average of the weights, from which rows are drawn.
AVERAGE = 0.995
#: Rows drawn at a time.
DRAWN = 512


class Pairs(TensorRows):
    """Rows with their classes, which a conditional net takes as inputs."""

    def __init__(self, values: Tensor, classes: Tensor) -> None:
        super().__init__(values)
        self.classes = classes

    def take(self, rows: Tensor, noise: torch.Generator | None) -> tuple[Tensor, ...]:
        """Some rows and their classes."""
        del noise
        return self.values[rows], self.classes[rows]


@dataclass(frozen=True)
class Drawing:
    """A fitted maker."""

    maker: nn.Module
    epochs: tuple[loop.Epoch, ...]

    def draw(self, classes: Array, seed: int = 0) -> Array:
        """One made row for each class number of (n,)."""
        wanted = torch.from_numpy(np.asarray(classes, dtype=np.int64))
        with torch.no_grad(), loop.one_thread(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            parts = [self.maker(torch.randn(len(part), nets.NOISE), part) for part in torch.split(wanted, DRAWN)]
        return np.asarray(torch.cat(parts).numpy())


def fit(
    make: Callable[[], nets.Adversarial],
    rows: Array,
    classes: Array,
    steps: int = STEPS,
    seed: int = 0,
    on_epoch: loop.OnEpoch | None = None,
) -> Drawing:
    """Train a fresh pair from `make` on rows (n, ...) float32 and class numbers (n,), for about so many steps. Raises ValueError
    with fewer than two rows, Diverged where the losses stop being numbers.
    """
    if len(rows) < 2:
        raise ValueError(f"{len(rows)} rows: a GAN learns from two at the least")
    batch = min(BATCH, len(rows))
    epochs = max(1, math.ceil(steps / max(1, len(rows) // batch)))
    plan = loop.Plan(
        epochs,
        batch,
        RATE,
        decay=0.0,
        clip=0.0,
        seed=seed,
        optimiser="adam",
        momentum=MEMORY,
        schedule="cosine",
        average=min(AVERAGE, 1 - 20 / max(steps, 40)),
    )
    truth = torch.from_numpy(np.asarray(classes, dtype=np.int64))
    values = Pairs(torch.from_numpy(np.asarray(rows, dtype=np.float32)), truth)
    both, trained = loop.train(make, lambda out, _: out.mean(), values, truth, None, plan, on_epoch)
    return Drawing(both.maker, trained.epochs)

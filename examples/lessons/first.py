"""The first two programs of everyone who learns about nets: a perceptron and a small convolutional net on pictures.

    from lessons import first

    train, test = first.pictures("fashion-mnist")
    net = first.perceptron(train).fit(epochs=5, batch=32)
    net.report(test, "first_network.html")

Written over the same loop as the product's nets; `breakeven build` finds better ones by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, Self

import numpy as np

from breakeven.core.errors import InputError, MissingExtra

try:
    import torch
except ImportError:
    raise MissingExtra("lessons.first", "torch is not installed", "pip install 'breakeven[train,deep]'") from None
from lessons import learning
from lessons.convolution import ConvNet
from lessons.lr_finder import STEPS, find
from lessons.perceptron import Perceptron
from lessons.pictures import Pictures, pictures
from torch import Tensor, nn

from breakeven import metrics
from breakeven.core import store
from breakeven.core.types import Array, Interval
from breakeven.models.training import augment, loop, losses

__all__ = ["Learner", "Pictures", "convnet", "perceptron", "pictures"]

#: Share of the training pictures held out for the curves.
HELD = 0.1
#: Held-out pictures at the most.
MOST_HELD = 5_000
#: Pictures from which the scale is taken.
LOOK = 5_000
#: Pictures to learn from, at the least.
FEWEST = 20
#: Bytes up to which pictures are brought to their scale once rather than a batch at a time.
READY = 400_000_000
#: Highest rate of Adam for the perceptron, on a one-cycle schedule.
PERCEPTRON_RATE = 3e-3
#: Highest rate of Adam for the convolutional net.
CONVNET_RATE = 4e-3
#: Pictures answered at a time.
ANSWERED = 1_000


class Pixels:
    """Pictures (n, h, w, c) uint8 as a net takes them: mean 0 and deviation 1, flat or channels first."""

    def __init__(self, X: Array, mean: Array, spread: Array, flat: bool, changes: Sequence[str] = ()) -> None:
        self.X, self.flat, self.changes = torch.from_numpy(np.require(X, requirements=["C", "W"])), flat, changes
        self.mean, self.over = torch.tensor(mean, dtype=torch.float32), torch.tensor(1 / spread, dtype=torch.float32)
        self.ready = self._scaled(self.X) if not changes and 4 * X.size <= READY else None

    def _scaled(self, pixels: Tensor) -> Tensor:
        return (pixels.float() - self.mean) * self.over

    def __len__(self) -> int:
        return len(self.X)

    def take(self, rows: Tensor, noise: torch.Generator | None) -> tuple[Tensor, ...]:
        """Some pictures, brought to their scale; with `noise`, changed at random before."""
        if self.ready is not None:
            x = self.ready.index_select(0, rows)
        else:
            pixels = self.X[rows]
            if noise is not None and self.changes:
                pixels = augment.changed(pixels, self.changes, noise)
            x = self._scaled(pixels)
        return (x.flatten(1) if self.flat else x.permute(0, 3, 1, 2),)


class Learner:
    """A net for a training set's pictures: `fit`, then `accuracy`, `confusion` and `report` on others."""

    def __init__(self, train: Pictures, make: Callable[[], nn.Module], flat: bool, rate: float) -> None:
        if len(np.unique(train.y)) < 2:
            raise InputError("training pictures", "one class alone", "give pictures of two or more")
        if len(train) < FEWEST:
            raise InputError("training pictures", f"{len(train)}, fewer than {FEWEST}", "give more")
        self.train, self.make, self.flat, self.rate = train, make, flat, rate
        some = train.X[:: max(1, len(train) // LOOK)].astype(np.float32)
        self.mean, self.spread = some.mean(axis=(0, 1, 2)), np.maximum(some.std(axis=(0, 1, 2)), 1.0)
        self.net: nn.Module | None = None
        self.history: loop.Trained | None = None

    def fit(self, epochs: int = 5, batch: int = 32, rate: float | Literal["find"] | None = None, changes: Sequence[str] = (),
            say: Callable[[str], None] = print) -> Self:  # fmt: skip
        """Train on nine tenths of the pictures, judged by the rest; says every epoch's losses and the seconds left.

        `changes` are names of `train.augment.IMAGES`: "shift", "flip" and so on. The rate "find" is looked for first, on a
        throw-away net whose rate rises until its loss explodes.

        Raises ValueError for a plan that cannot be, Diverged when no rate is low enough.
        """
        usual = rate if isinstance(rate, int | float) else self.rate
        plan = loop.Plan(epochs, batch, usual, decay=0.0, clip=0.0, patience=epochs, half=not self.flat)
        for note in self.train.notes:
            say(note)
        order = torch.randperm(len(self.train), generator=torch.Generator().manual_seed(plan.seed))
        cut = min(int(len(order) * HELD), MOST_HELD)
        made = list[int]()

        def show(epoch: loop.Epoch, left: float) -> None:
            made.append(1)
            say(
                f"epoch {len(made)} of {epochs}: loss {epoch.loss:.3f}, held out {epoch.held:.3f}, about {left:.0f} s left"
            )

        rows, truth = self._rows(self.train.X, changes), torch.from_numpy(self.train.y)
        held = order[cut:], order[:cut]
        if rate == "find":
            looked = self._rows(self.train.X[held[0].numpy()], changes)
            plan = replace(plan, rate=find(self.make, losses.loss("cross-entropy"), looked, truth[held[0]], plan).rate)
            say(f"highest rate {plan.rate:.2g}, found in {STEPS} steps")
        self.net, self.history = loop.train(self.make, losses.loss("cross-entropy"), rows, truth, held, plan, show)
        return self

    def scores(self, X: Array) -> Array:
        """Probabilities (n, classes) for pictures (n, h, w, c). Raises InputError before `fit` and for other shapes."""
        if self.net is None:
            raise InputError("net", "it has not learned yet", "call fit first")
        if X.shape[1:] != self.train.X.shape[1:]:
            raise InputError(
                "pictures", f"of shape {X.shape[1:]}, learned from {self.train.X.shape[1:]}", "bring them to one size"
            )
        rows = self._rows(X)
        with torch.inference_mode(), loop.one_thread():
            parts = [self.net(*rows.take(part, None)).softmax(1) for part in torch.arange(len(X)).split(ANSWERED)]
        return np.asarray(torch.cat(parts).numpy())

    def accuracy(self, test: Pictures) -> Interval:
        """The share of right answers, with its 90 % interval."""
        return metrics.interval("accuracy", test.y, self.scores(test.X))

    def confusion(self, test: Pictures) -> Array:
        """Counts (classes, classes): rows are the truth, columns the answers."""
        k = len(self.train.names)
        return np.bincount(test.y * k + self.scores(test.X).argmax(axis=1), minlength=k * k).reshape(k, k)

    def report(self, test: Pictures, path: Path | str, say: Callable[[str], None] = print) -> Interval:
        """Say the test accuracy and write a page with the learning curves and the confusion matrix."""
        score = self.accuracy(test)
        assert self.history is not None
        html = learning.page(
            Path(path).stem.replace("_", " "),
            score,
            self.history.epochs,
            self.confusion(test).tolist(),
            self.train.names,
        )
        store.write_text(Path(path), html)
        for note in test.notes:
            say(note)
        say(
            f"test accuracy {score.value:.1%} (90 % interval {score.low:.1%} to {score.high:.1%}); curves and confusion in {path}"
        )
        return score

    def _rows(self, X: Array, changes: Sequence[str] = ()) -> Pixels:
        return Pixels(X, self.mean, self.spread, self.flat, changes)


def perceptron(train: Pictures, hidden: Sequence[int] = (128,)) -> Learner:
    """Layers of `hidden` units with ReLU between pixels and classes; its gradient is written by hand."""
    sizes = (int(np.prod(train.X.shape[1:])), *hidden, len(train.names))
    return Learner(train, lambda: Perceptron(sizes), True, PERCEPTRON_RATE)


def convnet(train: Pictures, widths: Sequence[int] = (32, 64, 64), dense: int = 64) -> Learner:
    """Convolutions of `widths` outputs with pooling between them, one dense layer, in bfloat16 where the processor has it."""
    shape = (train.X.shape[1], train.X.shape[2], train.X.shape[3])
    return Learner(train, lambda: ConvNet(shape, len(train.names), tuple(widths), dense), False, CONVNET_RATE)

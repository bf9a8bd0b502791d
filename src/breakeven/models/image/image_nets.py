"""A residual convolutional net and a small vision Transformer from scratch, for images alone or beside numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import Tensor

from breakeven.core.types import Array, Layout
from breakeven.features.reader import Part, Pixels
from breakeven.models.mixed.joint import Inputs, Joint
from breakeven.models.mixed.towers import MOST_SIDE, ConvTower, Scaled, Tower, VitTower
from breakeven.models.settings import Settings
from breakeven.models.training import augment, loop

if TYPE_CHECKING:
    from optuna import Trial

#: Images from which mean and deviation are taken.
LOOK = 500
#: Further changes that tuning may try.
CHANGES = ("", "cut-out", "rotate,scale", "colour", "noise")


def scaled(part: Part, inputs: Inputs) -> tuple[Scaled, int]:
    """The scaling fitted on training images, and their channels."""
    some = inputs.X[np.linspace(0, len(inputs.X) - 1, min(LOOK, len(inputs.X))).astype(int)]
    block = next(iter(part.inputs(some, inputs.media).values())).astype(np.float32)
    mean, spread = block.mean(axis=(0, 1, 2)), block.std(axis=(0, 1, 2))
    side = block.shape[1]
    made = Scaled(mean.tolist(), np.maximum(spread, 1.0).tolist(), side, min(side, MOST_SIDE))
    return made, block.shape[3]


def conv_tower(part: Part, inputs: Inputs, stem: int = 16, widths: tuple[int, ...] = (64, 128, 192)) -> ConvTower:
    """A residual tower for an image column."""
    made, channels = scaled(part, inputs)
    return ConvTower(made, channels, stem, widths)


def shifted(pixels: Tensor, noise: torch.Generator) -> Tensor:
    """Images (n, s, s, c) uint8 shifted, and colour ones also flipped.

    Grey images are mostly digits, scans and drawings, whose mirror image means something else.
    """
    moved = augment.shift(pixels, noise)
    return augment.flip(moved, noise) if pixels.shape[3] == 3 else moved


def _epochs(given: int, n: int) -> int:
    """Few images are shown more often: 40 times below 1,200, 13 at 20,000, 8 at 60,000."""
    return given or int(np.clip(13 * (20_000 / n) ** 0.4, 6, 40))


def beside(changes: str) -> augment.Change:
    """What `shifted` does, and changes of `train.augment.IMAGES` after it, named with commas between."""
    if not changes:
        return shifted
    names = changes.split(",")
    return lambda pixels, noise: augment.changed(shifted(pixels, noise), names, noise)


class _ImageNet(Joint):
    def _alone(self) -> bool:
        """Whether images are all that is read: words and categories have no mean to mix."""
        return self.reader_.table is None and all(isinstance(part, Pixels) for part in self.reader_.parts)

    def _change(self) -> augment.Change:
        return beside(getattr(self, "changes", ""))

    def _part(self, kind: str, column: str, place: int, key: str, X: Array) -> Part:
        return Pixels(column, place, key)


class Cnn(_ImageNet):
    """Residual blocks of `widths`, trained for `epochs` (0: by the number of rows) with momentum."""

    name = "cnn"
    route = "large"
    changing: ClassVar[Settings] = {"changes": "", "mix_up": 0.0}

    def __init__(
        self,
        layout: Layout | None = None,
        classes: int = 0,
        seed: int = 0,
        stem: int = 16,
        width: int = 64,
        rate: float = 0.2,
        decay: float = 5e-4,
        epochs: int = 0,
        changes: str = "",
        mix_up: float = 0.0,
    ) -> None:
        self.layout, self.classes, self.seed = layout, classes, seed
        self.stem, self.width, self.rate, self.decay, self.epochs = stem, width, rate, decay, epochs
        self.changes, self.mix_up = changes, mix_up

    def _tower(self, part: Part, inputs: Inputs) -> Tower:
        return conv_tower(part, inputs, self.stem, (self.width, 2 * self.width, 3 * self.width))

    def _dropout(self, n: int) -> float:
        return 0.1

    def _plan(self, n: int) -> loop.Plan:
        batch = int(np.clip(2 ** round(np.log2(n / 40)), 16, 128))
        return loop.Plan(
            _epochs(self.epochs, n),
            batch,
            self.rate * batch / 128,
            self.decay,
            seed=self.seed,
            half=True,
            optimiser="sgd",
            mix_up=self.mix_up if self._alone() else 0.0,
        )

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Rate, decay, and what is done to images beside shifting them."""
        return {
            "rate": trial.suggest_float("rate", 0.05, 0.5, log=True),
            "decay": trial.suggest_float("decay", 1e-4, 2e-3, log=True),
            "changes": trial.suggest_categorical("changes", CHANGES),
            "mix_up": trial.suggest_categorical("mix_up", [0.0, 0.3]),
        }


class Vit(_ImageNet):
    """Attention over patches, `width` numbers each, `layers` deep."""

    name = "vit"
    route = "large"

    def __init__(
        self,
        layout: Layout | None = None,
        classes: int = 0,
        seed: int = 0,
        width: int = 96,
        layers: int = 4,
        rate: float = 1.5e-3,
        epochs: int = 0,
    ) -> None:
        self.layout, self.classes, self.seed = layout, classes, seed
        self.width, self.layers, self.rate, self.epochs = width, layers, rate, epochs

    def _tower(self, part: Part, inputs: Inputs) -> Tower:
        made, channels = scaled(part, inputs)
        return VitTower(made, channels, self.width, self.layers, 0.0)

    def _dropout(self, n: int) -> float:
        return 0.1

    def _plan(self, n: int) -> loop.Plan:
        batch = int(np.clip(2 ** round(np.log2(n / 40)), 16, 128))
        # Four times as slow an image as the residual net: it is given fewer.
        return loop.Plan(self.epochs or min(_epochs(0, n), 15), batch, self.rate, 0.05, seed=self.seed)

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Rate and depth."""
        return {
            "rate": trial.suggest_float("rate", 5e-4, 4e-3, log=True),
            "layers": trial.suggest_int("layers", 3, 6),
        }

"""A pretrained encoder trained on with a new head: all of a sentence encoder, the later blocks of an image encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from breakeven.core.types import Array, Layout
from breakeven.features.media import Media
from breakeven.features.reader import Part, Pixels
from breakeven.models.mixed import encoded, pretrained
from breakeven.models.mixed.joint import Inputs, Joint
from breakeven.models.mixed.towers import MapTower, Tower
from breakeven.models.settings import Settings
from breakeven.models.training import loop

if TYPE_CHECKING:
    from optuna import Trial


class TextTower(Tower):
    """A sentence encoder, all of it trained but its embedding table."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net, self.width = net, int(net.width)

    def forward(self, ids: Tensor) -> Tensor:
        """Sentence vectors, longer than 1 so that the head need not grow large weights."""
        out: Tensor = self.net(ids) * 8.0
        return out


class ImageTower(MapTower):
    """An image encoder whose early blocks stand still: it takes their map in training, pixels when shipped."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net, self.width = net, int(net.map_width)

    def map(self, given: Tensor) -> Tensor:
        """The last map (n, width, h, w)."""
        # Full precision: depthwise convolutions go back three times as slowly in bfloat16 here.
        with torch.autocast("cpu", enabled=False):
            found: Tensor = self.net.late(self.net.early(given) if given.dtype == torch.uint8 else given.float())
            return found

    def train(self, mode: bool = True) -> ImageTower:
        """Batch norms keep the statistics of their millions of images: a few thousand would only blur them."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self


class Finetuned(Joint):
    """`encoders` by name ((): the packaged ones), trained for `epochs` (0: by the number of rows)."""

    name = "finetuned"
    route = "large"

    def __init__(
        self,
        layout: Layout | None = None,
        classes: int = 0,
        seed: int = 0,
        encoders: tuple[str, ...] = (),
        rate: float = 1e-3,
        epochs: int = 0,
    ) -> None:
        self.layout, self.classes, self.seed, self.encoders = layout, classes, seed, encoders
        self.rate, self.epochs = rate, epochs

    def _by(self, kind: pretrained.Kind) -> pretrained.Encoder:
        named = [pretrained.find(name) for name in self.encoders]
        return next((e for e in named if e.kind == kind), None) or pretrained.find(pretrained.DEFAULT[kind])

    def _part(self, kind: str, column: str, place: int, key: str, X: Array) -> Part:
        return Pixels(column, place, key) if kind == "image" else encoded.part(self._by("text"), column, place, key)

    def _tower(self, part: Part, inputs: Inputs) -> Tower:
        if not isinstance(part, Pixels):
            return TextTower(self._by("text").net())
        tower = ImageTower(self._by("image").net())
        for module in (tower.net.enlarged, getattr(tower.net, "net", nn.Identity())):
            for parameter in module.parameters():
                parameter.requires_grad_(False)
        return _loosened(tower)

    def _read(self, X: Array) -> Inputs:
        found = super()._read(X)
        stems = {
            p.key: _Stem(self._by("image"), self.media_, p.column, X[:, p.place])
            for p in self.reader_.parts
            if isinstance(p, Pixels)
        }
        return _Stemmed(found.X, found.reader, found.media, found.tokens, found.table, None, stems)

    def _plan(self, n: int) -> loop.Plan:
        return loop.Plan(
            self.epochs or epochs(n),
            int(np.clip(2 ** round(np.log2(n / 40)), 8, 64)),
            self.rate,
            0.01,
            seed=self.seed,
            half=True,
        )

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Rate."""
        return {"rate": trial.suggest_float("rate", 2e-4, 3e-3, log=True)}


def epochs(n: int) -> int:
    """Few rows are shown more often: 15 times below 400, 3 above 10,000."""
    return int(np.clip(3 * (10_000 / n) ** 0.5, 3, 15))


def _loosened(tower: ImageTower) -> ImageTower:
    """Let the later blocks learn."""
    from breakeven.models.image.vision_encoders import TUNED_FROM, EfficientNet

    if isinstance(tower.net, EfficientNet):
        later = [*tower.net.net._blocks[TUNED_FROM:], tower.net.net._conv_head, tower.net.net._bn1]
    else:
        later = [tower.net.inner]
    for module in later:
        for parameter in module.parameters():
            parameter.requires_grad_(True)
    return tower


class _Stem:
    """The early blocks' maps of a column's images, computed once and kept in half precision."""

    def __init__(self, encoder: pretrained.Encoder, media: Media, column: str, refs: Array) -> None:
        self.encoder, self.media, self.column, self.refs = encoder, media, column, refs
        # Now, not in the first step: making a net draws random numbers, and two runs must draw the same.
        self.take(np.arange(min(1, len(refs))))

    def take(self, at: Array) -> Tensor:
        """Maps of rows (b,)."""
        return torch.from_numpy(encoded.early(self.encoder, self.media, self.column, self.refs[at]))


class _Stemmed(Inputs):
    """Inputs whose images are the early blocks' maps."""

    def __init__(self, *inputs: Any) -> None:
        super().__init__(*inputs[:-1])
        self.stems: dict[str, _Stem] = inputs[-1]

    def take(self, rows: Tensor, noise: torch.Generator | None) -> tuple[Tensor, ...]:
        """One tensor a tower."""
        at = rows.numpy()
        out = [torch.from_numpy(self.table[at])] if self.table is not None else []
        for part in self.reader.parts:
            if part.key in self.stems:
                out.append(self.stems[part.key].take(at))
            else:
                out.append(torch.from_numpy(next(iter(part.inputs(self.X[at], self.media).values()))))
        return tuple(out)

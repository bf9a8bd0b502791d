"""Nets with one tower per column, joined in one linear head; the base of all nets for texts and images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from breakeven.core.types import Array, Layout
from breakeven.features.media import Media
from breakeven.features.reader import Part, Reader
from breakeven.features.tokens import TokenRows, Tokens
from breakeven.features.view import View
from breakeven.models.base import Candidate
from breakeven.models.mixed.towers import MapTower, TableTower, Tower
from breakeven.models.tabular.mlp import SMALL_DROPOUT
from breakeven.models.tabular.mlp_net import Pieces, Sides
from breakeven.models.training import augment, loop, torch_export

JUDGED = 256
TABLE_WIDTH = 64


class Joined(torch_export.HeatNet):
    """Towers side by side, dropout, one linear layer. The head is linear so that heat maps are exact."""

    def __init__(self, towers: Sequence[Tower], outputs: int, dropout: float) -> None:
        super().__init__()
        self.towers = nn.ModuleList(towers)
        self.widths = [tower.width for tower in towers]
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(sum(self.widths), outputs)

    def forward(self, *given: Tensor) -> Tensor:
        """One argument a tower: logits, or the scaled value."""
        found = [tower(x) for tower, x in zip(self.towers, given, strict=True)]
        out: Tensor = self.head(self.drop(torch.cat(found, dim=1)))
        return out

    @property
    def seeing(self) -> int | None:
        """Which tower has a map to explain an image by: the first that has one."""
        return next((i for i, tower in enumerate(self.towers) if isinstance(tower, MapTower)), None)

    def with_heat(self, *given: Tensor) -> tuple[Tensor, Tensor]:
        """Logits, and how much each place of the image speaks for the answer (n, h, w): Zhou et al. 2016."""
        seeing, found, at, start = self.seeing, [], 0, 0
        shown = torch.zeros(())
        for i, (tower, x) in enumerate(zip(self.towers, given, strict=True)):
            if i == seeing:
                assert isinstance(tower, MapTower)
                shown, start = tower.map(x), at
                found.append(tower.pooled(shown))
            else:
                found.append(tower(x))
            at += self.widths[i]
        out = self.head(torch.cat(found, dim=1))
        weights = self.head.weight[out.argmax(dim=1), start : start + shown.shape[1]]
        return out, (shown * weights[:, :, None, None]).sum(dim=1)


class Averaged(nn.Module):
    """Nets over the same inputs that answer together: the logarithm of their mean probability, or their mean value."""

    seeing = None

    def __init__(self, nets: Sequence[nn.Module], values: bool) -> None:
        super().__init__()
        self.nets, self.values = nn.ModuleList(nets), values

    def forward(self, *given: Tensor) -> Tensor:
        """The nets' arguments."""
        found = [net(*given) for net in self.nets]
        if self.values:
            return torch.stack(found).mean(dim=0)
        return torch.log(torch.stack([torch.softmax(f, dim=1) for f in found]).mean(dim=0))


@dataclass
class Inputs:
    """Rows of a net's inputs. Images come from the media a batch at a time; the rest is held."""

    X: Array
    reader: Reader
    media: Media
    tokens: dict[str, TokenRows]
    table: Array | None
    change: augment.Change | None = None

    def __len__(self) -> int:
        return len(self.X)

    def take(self, rows: Tensor, noise: torch.Generator | None) -> tuple[Tensor, ...]:
        """One tensor a tower, images randomly changed with `noise`."""
        at = rows.numpy()
        out = [torch.from_numpy(self.table[at])] if self.table is not None else []
        for part in self.reader.parts:
            if part.key in self.tokens:
                out.append(torch.from_numpy(self.tokens[part.key].padded(at)))
            else:
                values = torch.from_numpy(next(iter(part.inputs(self.X[at], self.media).values())))
                if noise is not None and self.change is not None and values.dtype == torch.uint8:
                    values = self.change(values, noise)
                out.append(values)
        return tuple(out)


class Joint(Candidate):
    """Base: a subclass says which part reads a text or image (`_part`) and which tower takes it (`_tower`), and its plan."""

    view = "mixed"
    paced = True
    net_: Joined | Averaged

    def _change(self) -> augment.Change | None:
        """What is done to training images (n, s, s, c) uint8 with a generator; None for nothing."""
        return None

    def _part(self, kind: str, column: str, place: int, key: str, X: Array) -> Part:
        raise NotImplementedError

    def _tower(self, part: Part, inputs: Inputs) -> Tower:
        raise NotImplementedError

    def _plan(self, n: int) -> loop.Plan:
        raise NotImplementedError

    @property
    def own_reader(self) -> Reader:
        """What the net itself reads; a subclass may read more beside it."""
        return self.reader_

    def _dropout(self, n: int) -> float:
        """Before the head."""
        return SMALL_DROPOUT if n < 3_000 else 0.2

    def _look(self, X: Array, layout: Layout) -> Reader:
        view = View.fit("mixed", X, layout) if "table" in layout.kinds else None
        parts = [self._part("text", c, layout.place(c), f"t{i}", X) for i, c in enumerate(layout.texts)]
        parts += [self._part("image", c, layout.place(c), f"i{i}", X) for i, c in enumerate(layout.images)]
        return Reader(view, tuple(parts))

    def _read(self, X: Array) -> Inputs:
        reader = self.own_reader
        held = {p.key: p.rows(X, self.media_) for p in reader.parts if isinstance(p, Tokens)}
        table = reader.table.apply(X) if reader.table is not None else None
        return Inputs(X, reader, self.media_, held, table, self._change())

    def _fit(self, V: Inputs, y: Array) -> None:
        centre, self.spread_ = (0.0, 1.0) if self.classes else (float(y.mean()), float(y.std()) or 1.0)
        self.centre_ = None if self.classes else centre
        truth = torch.tensor(y) if self.classes else torch.tensor((y - centre) / self.spread_, dtype=torch.float32)
        self.net_, self.trained_ = loop.train(lambda: self._net(V), self._loss, V, truth, None, self._plan(len(V)))

    def _net(self, V: Inputs) -> Joined:
        towers = [self._table(V)] if V.table is not None else []
        towers += [self._tower(part, V) for part in self.own_reader.parts]
        return Joined(towers, len(self.present_) if self.classes else 1, self._dropout(len(V)))

    def _table(self, V: Inputs) -> Tower:
        assert V.table is not None
        view = self.view_
        numbers = len(view.numbers)
        pieces = Pieces(V.table[:, :numbers], int(np.clip(600 // max(numbers, 1), 4, 24))) if numbers else None
        return TableTower(Sides(pieces, numbers + len(view.flags), view.levels), TABLE_WIDTH, self._dropout(len(V)))

    def _loss(self, out: Tensor, truth: Tensor) -> Tensor:
        if self.classes:
            return functional.cross_entropy(out, truth, label_smoothing=0.1)
        return functional.mse_loss(out.squeeze(1), truth)

    def _scores(self, V: Inputs) -> Array:
        shipped = torch_export.Exported(self.net_, self.centre_, self.spread_).eval()
        with torch.no_grad(), loop.one_thread():
            parts = [shipped(*V.take(rows, None)).numpy() for rows in torch.split(torch.arange(len(V)), JUDGED)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.present_) if self.classes else 1))

    def _margins(self, V: Inputs) -> Array:
        net = self.net_.eval()
        with torch.no_grad(), loop.one_thread():
            parts = [net(*V.take(rows, None)).numpy() for rows in torch.split(torch.arange(len(V)), JUDGED)]
        return np.concatenate(parts).astype(float)

    def graph(self) -> bytes:
        """By torch's own exporter, with free batch size and lengths, and a heat map where there is an image."""
        shipped = torch_export.Exported(self.net_, self.centre_, self.spread_, self.net_.seeing is not None)
        return torch_export.graph(shipped, torch_export.example(self.reader_, self.rows_, self.media_))

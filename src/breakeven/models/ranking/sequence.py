"""Sequential recommenders: self-attention (SASRec, Kang and McAuley 2018) or a GRU (Hidasi et al. 2016) that predict the next item.

Both learn from every position of a history by cross-entropy over all items, which, more than the architecture, made later
models look better (Klenitskiy and Vasilev 2023).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from breakeven.core.types import Array
from breakeven.models.settings import Settings
from breakeven.models.training import loop, torch_export
from breakeven.runtime.ranking import settings
from breakeven.runtime.ranking.histories import Histories
from breakeven.runtime.ranking.scorers import recent
from breakeven.runtime.ranking.settings import Packed

if TYPE_CHECKING:
    from optuna import Trial

#: Bounds of the number of events read; within them the 95th percentile of history lengths.
LENGTHS = (10, 50)
#: Width of item embeddings.
WIDTH = 64
#: Layers of attention.
DEPTH = 2
#: Dropout.
DROP = 0.3
#: Epochs at the most.
EPOCHS = 40
#: Windows of a batch.
BATCH = 128
#: Highest learning rate.
RATE = 3e-3
#: Weight decay.
DECAY = 1e-2
#: Epochs without improvement after which training stops.
PATIENCE = 4
#: Share of windows held out for early stopping.
HELD = 0.1
#: Held-out windows at the most.
MOST_HELD = 2_000
#: Items up to which the loss is over all of them; above, over those of the batch and a random sample.
ALL_ITEMS = 20_000
#: Items of that sample.
DRAWN = 8_000
#: Logits worked on at once.
LOGITS = 1 << 19
#: Histories answered at a time.
CHUNK = 256


def space(trial: Trial) -> Settings:
    """Search space."""
    return {
        "width": trial.suggest_categorical("width", [32, 64, 96, 128]),
        "depth": trial.suggest_int("depth", 1, 3),
        "drop": trial.suggest_float("drop", 0.1, 0.6),
        "rate": trial.suggest_float("rate", 1e-3, 8e-3, log=True),
    }


class Sequence(nn.Module):
    """Items (b, length), counted from 1 with zeros in front, to scores of the next item (b, items).

    With `targets` (b, length), 0 where there is none, to the cross-entropy of each target instead.
    """

    later: Tensor

    def __init__(self, items: int, length: int, cell: str, width: int, depth: int, drop: float) -> None:
        super().__init__()
        self.items = nn.Embedding(items + 1, width, padding_idx=0)
        nn.init.normal_(self.items.weight, std=1 / math.sqrt(width))
        self.cell, self.drop = cell, nn.Dropout(drop)
        self.out = nn.LayerNorm(width)
        if cell == "gru":
            self.gru = nn.GRU(width, width, depth, batch_first=True, dropout=drop if depth > 1 else 0.0)
            return
        self.places = nn.Parameter(torch.randn(length, width) / math.sqrt(width))
        self.blocks = nn.ModuleList(Block(width, 2, drop) for _ in range(depth))
        self.register_buffer("later", torch.full((length, length), -1e9).triu(1), persistent=False)

    def hidden(self, rows: Tensor) -> Tensor:
        """Hidden state after each event (b, length, width)."""
        x = self.drop(self.items(rows) * math.sqrt(self.items.embedding_dim) / 2)
        if self.cell == "gru":
            out: Tensor = self.out(self.gru(x)[0])
            return out
        x = x + self.places
        unseen = (rows == 0)[:, None, None, :] * -1e9 + self.later
        for block in self.blocks:
            x = block(x, unseen)
        last: Tensor = self.out(x)
        return last

    def forward(self, rows: Tensor, targets: Tensor | None = None) -> Tensor:
        """Scores, or losses."""
        hidden, vectors = self.hidden(rows), self.items.weight[1:]
        if targets is None:
            return hidden[:, -1] @ vectors.T
        there = targets > 0
        wanted, at = targets[there] - 1, hidden[there]
        if len(vectors) > ALL_ITEMS:
            some, wanted = torch.unique(wanted, return_inverse=True)
            vectors = vectors[torch.cat([some, torch.randint(len(vectors), (DRAWN,), device=some.device)])]
        return cross_entropy(at, vectors, wanted)


class CrossEntropy(torch.autograd.Function):
    """Losses (n,) of `at` (n, width) against item vectors (items, width), some places at a time.

    The logits of a batch are a hundred times larger than their factors. They are computed in chunks that fit the cache, each with its
    gradient (Wijmans et al. 2024, "Cut your losses"). All places have the same weight.
    """

    @staticmethod
    @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.float32)  # type: ignore[untyped-decorator]
    def forward(ctx: Any, at: Tensor, vectors: Tensor, wanted: Tensor) -> Tensor:
        """Losses; keeps the gradients of their mean for `backward`."""
        losses, slope_at, slope_vectors = at.new_empty(len(at)), torch.empty_like(at), torch.zeros_like(vectors)
        size = max(1, LOGITS // len(vectors))
        for begin in range(0, len(at), size):
            part, right = at[begin : begin + size], wanted[begin : begin + size]
            share = part @ vectors.T
            most = share.amax(1, keepdim=True)
            own = share.gather(1, right[:, None]) - most
            total = share.sub_(most).exp_().sum(1, keepdim=True)
            losses[begin : begin + size] = (total.log() - own)[:, 0]
            share.div_(total)[torch.arange(len(part), device=part.device), right] -= 1
            torch.mm(share, vectors, out=slope_at[begin : begin + size])
            slope_vectors.addmm_(share.T, part)
        ctx.save_for_backward(slope_at, slope_vectors)
        return losses

    @staticmethod
    @torch.amp.custom_bwd(device_type="cpu")  # type: ignore[untyped-decorator]
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, Tensor, None]:
        """Gradients; `slope` is the same for all losses, since the objective is their mean."""
        slope_at, slope_vectors = ctx.saved_tensors
        return slope_at * slope[:, None], slope_vectors * slope[0], None


#: `CrossEntropy` as a function of places (n, width), item vectors (items, width) and targets (n,).
cross_entropy: Callable[[Tensor, Tensor, Tensor], Tensor] = CrossEntropy.apply


class Block(nn.Module):
    """Self-attention over earlier events and two dense layers, each normalised before."""

    def __init__(self, width: int, heads: int, drop: float) -> None:
        super().__init__()
        self.heads, self.drop = heads, nn.Dropout(drop)
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.asked, self.joined = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.dense = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor, unseen: Tensor) -> Tensor:
        """x (b, n, width) after this layer."""
        b, n, width = x.shape
        parts = self.asked(self.first(x)).view(b, n, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(parts[0], parts[1], parts[2], unseen.to(parts.dtype))
        x = x + self.drop(self.joined(seen.transpose(1, 2).reshape(b, n, width)))
        out: Tensor = x + self.drop(self.dense(self.second(x)))
        return out


class Windows:
    """Histories cut into windows of `length` events with the event after each, as the loop takes them."""

    def __init__(self, seen: Histories, length: int) -> None:
        pieces = [items[max(0, end - length - 1) : end] + 1 for items, _ in seen for end in _ends(len(items), length)]
        rows = np.zeros((len(pieces), length + 1), dtype=np.int64)
        for row, piece in zip(rows, pieces, strict=True):
            row[length + 1 - len(piece) :] = piece
        self.rows = torch.from_numpy(rows)

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: Tensor, noise: torch.Generator | None) -> tuple[Tensor, ...]:
        """Windows (b, length), and the next event after each of their events (b, length)."""
        del noise
        some = self.rows[rows]
        before, after = some[:, :-1], some[:, 1:]
        return before, after * (before > 0)


def _ends(events: int, length: int) -> range:
    """Where windows end, from the last event back, so that every event but the first is a target once."""
    return range(events, 1, -length)


@dataclass(frozen=True)
class Learned:
    """A trained net as a scorer; `pack` draws it as ONNX, which is what is served (`ranking.scorers.Net`)."""

    net: Sequence
    length: int
    history: loop.Trained

    def scores(self, seen: Histories) -> Array:
        """Scores (users, items)."""
        rows = torch.from_numpy(recent(seen, self.length))
        with torch.inference_mode(), loop.one_thread():
            return np.concatenate([self.net(part).float().numpy() for part in torch.split(rows, CHUNK)])

    def pack(self) -> Packed:
        """Its parts."""
        rows = np.zeros((2, self.length), dtype=np.int64)
        return Packed(settings.Net(self.length), {}, {"graph": torch_export.graph(Served(self.net), {"items": rows})})


class Served(nn.Module):
    """The net as it is drawn: arguments as the exporter takes them."""

    def __init__(self, net: Sequence) -> None:
        super().__init__()
        self.net = net

    def forward(self, *given: Tensor) -> Tensor:
        """Scores (b, items)."""
        out: Tensor = self.net(given[0])
        return out


def train_on_windows(
    make: Callable[[int], loop.Net], seen: Histories, settings: Settings, plan: loop.Plan
) -> tuple[loop.Net, int, loop.Trained]:
    """Train `make(length)` on windows of all histories until the loss on held-out ones stops falling: the net, `length`, the curve.

    Raises ValueError where there are fewer than two windows.
    """
    usual = np.quantile(seen.lengths[seen.lengths > 0], 0.95) if len(seen.items) else LENGTHS[0]
    length = int(settings.get("length", np.clip(usual, *LENGTHS)))
    windows = Windows(seen, length)
    if len(windows) < 2:
        raise ValueError("fewer than two people took two items or more: there is nothing to learn from")
    order = torch.randperm(len(windows), generator=torch.Generator().manual_seed(plan.seed))
    cut = min(max(1, int(len(order) * HELD)), MOST_HELD)
    net, history = loop.train(
        lambda: make(length),
        lambda out, _: out.mean(),
        windows,
        torch.zeros(len(windows)),
        (order[cut:], order[:cut]),
        replace(plan, batch=min(plan.batch, len(order) - cut)),
    )
    return net, length, history


def fit(seen: Histories, settings: Settings, seed: int) -> Learned:
    """Train until the loss on held-out windows stops falling."""
    epochs, rate = int(settings.get("epochs", EPOCHS)), float(settings.get("rate", RATE))
    plan = loop.Plan(epochs, BATCH, rate, DECAY, PATIENCE, seed=seed, half=True)

    def make(length: int) -> Sequence:
        return Sequence(
            seen.item_count,
            length,
            str(settings["cell"]),
            int(settings.get("width", WIDTH)),
            int(settings.get("depth", DEPTH if settings["cell"] != "gru" else 1)),
            float(settings.get("drop", DROP)),
        )

    return Learned(*train_on_windows(make, seen, settings, plan))

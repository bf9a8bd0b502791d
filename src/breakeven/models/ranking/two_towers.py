"""Two-tower model: one tower makes the vector of an item from its text, images and identity, the other the vector of a user from the
items of the history; the score is their product (Covington et al. 2016; Yi et al. 2019).

In training the embedding of an item's identity is dropped at random, so that its features alone must carry a new item.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from breakeven.core.types import Array
from breakeven.models.ranking.sequence import BATCH, DECAY, cross_entropy, train_on_windows
from breakeven.models.settings import Settings
from breakeven.models.training import loop
from breakeven.runtime.ranking.histories import Histories
from breakeven.runtime.ranking.items import Items, written
from breakeven.runtime.ranking.scorers import Towers

if TYPE_CHECKING:
    from optuna import Trial

#: Features of the text of an item.
WRITTEN = 256
#: Width of the vectors.
WIDTH = 64
#: Share of items whose own embedding is dropped in a training step.
ALONE = 0.3
#: Weight of an event relative to the next, more recent one.
FADE = 0.8
#: Epochs at the most.
EPOCHS = 30
#: Highest learning rate.
RATE = 4e-3
#: Epochs without improvement after which training stops.
PATIENCE = 4


def space(trial: Trial) -> Settings:
    """Search space."""
    return {
        "width": trial.suggest_categorical("width", [32, 64, 96]),
        "fade": trial.suggest_float("fade", 0.5, 1.0),
        "alone": trial.suggest_float("alone", 0.1, 0.6),
        "rate": trial.suggest_float("rate", 1e-3, 8e-3, log=True),
    }


class Net(nn.Module):
    """Items (b, length), counted from 1 with zeros in front, and targets to their losses, as sequence.Sequence does."""

    known: Tensor
    fading: Tensor

    def __init__(self, known: Tensor, length: int, width: int, fade: float, alone: float) -> None:
        super().__init__()
        self.register_buffer("known", known, persistent=False)
        self.own = nn.Embedding(len(known), width)
        nn.init.normal_(self.own.weight, std=0.5 / math.sqrt(width))
        self.read = nn.Linear(known.shape[1], width)
        first, second = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.person, self.dense = nn.Sequential(first, nn.ReLU(), second), (first, second)
        self.alone = alone
        age = torch.arange(length)[:, None] - torch.arange(length)[None]
        self.register_buffer(
            "fading", torch.where(age >= 0, fade ** age.clamp(min=0), torch.zeros(())), persistent=False
        )

    def vectors(self) -> Tensor:
        """Item vectors (items, width)."""
        own = self.own.weight
        if self.training:
            own = own * (torch.rand(len(own), 1, device=own.device) >= self.alone)
        out: Tensor = self.read(self.known) + own
        return out

    def forward(self, rows: Tensor, targets: Tensor) -> Tensor:
        """Losses of all targets."""
        vectors, there = self.vectors(), (rows > 0).float()
        weight = self.fading * there[:, None, :]
        mean = (weight @ (vectors[(rows - 1).clamp(min=0)] * there[..., None])) / weight.sum(2, keepdim=True).clamp(
            min=1e-6
        )
        wanted = targets > 0
        at = mean[wanted]
        return cross_entropy(at + self.person(at), vectors, targets[wanted] - 1)


def _item_features(items: Items) -> Array:
    """Features of the text and images of each item (items, d)."""
    return np.concatenate([written(items.words, WRITTEN), items.pictures], axis=1)


def fit(seen: Histories, settings: Settings, seed: int, items: Items) -> Towers:
    """Train both towers on the next items of every history. Raises ValueError when no item has features."""
    if not items.described:
        raise ValueError(
            "nothing is known about any item: give recommend.items with a title, categories, a text or a picture"
        )
    known = torch.from_numpy(_item_features(items))
    epochs, rate = int(settings.get("epochs", EPOCHS)), float(settings.get("rate", RATE))
    width, fade = int(settings.get("width", WIDTH)), float(settings.get("fade", FADE))

    def make(length: int) -> Net:
        return Net(known, length, width, fade, float(settings.get("alone", ALONE)))

    plan = loop.Plan(epochs, BATCH, rate, DECAY, PATIENCE, seed=seed)
    net, length, _ = train_on_windows(make, seen, settings, plan)
    first, second = net.dense
    with torch.inference_mode():
        found = [t.detach().numpy() for t in (net.vectors(), first.weight, first.bias, second.weight, second.bias)]
    return Towers(found[0], found[1], found[2], found[3], found[4], fade, length)

"""A Transformer and a GRU trained from scratch, each mixed with a linear model on n-grams; for texts and the columns beside them.

The GRU is also averaged with a bag of embeddings (Joulin et al. 2017): it ignores order, but its errors differ (LAB.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from breakeven.core.types import Array, Layout
from breakeven.features.reader import Grams, Part, Pixels, Reader
from breakeven.features.tokens import Tokens
from breakeven.models.image.image_nets import conv_tower
from breakeven.models.mixed.joint import Averaged, Inputs, Joint
from breakeven.models.mixed.towers import DROPPED, TokenTower, Tower
from breakeven.models.settings import Settings
from breakeven.models.text import wide_linear
from breakeven.models.training import loop, step_budget, torch_export

if TYPE_CHECKING:
    from optuna import Trial

#: Weight of the linear model on n-grams beside nets from scratch: its probabilities are more extreme than theirs.
WIDE = 0.2
#: Share of the time budget for the net itself; the rest is for the net beside it.
FIRST = 0.7


class _TextNet(Joint):
    """`inner` numbers a token, `layers` deep (0: as is usual for the kind), trained for `epochs` (0: by the number of rows).

    In training a share `word_drop` of tokens is left out, and `character_noise` of the n-grams of characters inside them.
    """

    changing: ClassVar[Settings] = {"word_drop": 0.0, "character_noise": 0.0}

    body: str
    usual: int
    #: Nets trained beside it and averaged with it, where there are texts but no images.
    beside: tuple[str, ...] = ()

    def __init__(
        self,
        layout: Layout | None = None,
        classes: int = 0,
        seed: int = 0,
        inner: int = 128,
        layers: int = 0,
        rate: float = 3e-3,
        dropout: float = 0.25,
        epochs: int = 0,
        word_drop: float = DROPPED,
        character_noise: float = DROPPED,
    ) -> None:
        self.layout, self.classes, self.seed = layout, classes, seed
        self.inner, self.layers, self.rate, self.dropout, self.epochs = inner, layers, rate, dropout, epochs
        self.word_drop, self.character_noise = word_drop, character_noise

    def _part(self, kind: str, column: str, place: int, key: str, X: Array) -> Part:
        return Pixels(column, place, key) if kind == "image" else Tokens.fit(column, place, key, X, self.media_)

    def _tower(self, part: Part, inputs: Inputs) -> Tower:
        if isinstance(part, Tokens):
            drops = self.word_drop, self.character_noise
            return TokenTower(part.size, self.now_, self.inner, self.layers or self.usual, self.dropout, drops)
        return conv_tower(part, inputs)

    def _plan(self, n: int) -> loop.Plan:
        # Few rows are shown more often: 60 times below 200, 8 times above 65,000.
        epochs = self.epochs or int(np.clip(24 * (3_000 / n) ** 0.35, 8, 60))
        return loop.Plan(epochs, int(np.clip(2 ** round(np.log2(n / 100)), 8, 64)), self.rate, 0.05, seed=self.seed)

    def _look(self, X: Array, layout: Layout) -> Reader:
        self.deep_ = super()._look(X, layout)
        grams = [Grams.fit(c, layout.place(c), f"g{i}", X, self.media_) for i, c in enumerate(layout.texts)]
        return Reader(self.deep_.table, (*self.deep_.parts, *(grams if self.classes else [])))

    @property
    def own_reader(self) -> Reader:
        """The inputs without the n-grams, which the linear model reads."""
        return self.deep_

    def _fit(self, V: Inputs, y: Array) -> None:
        nets, runs = [], []
        bodies = (self.body, *(() if self.layout and self.layout.images else self.beside))
        for k, body in enumerate(bodies):
            self.now_ = body
            seconds = step_budget.left()
            with step_budget.within(None if seconds is None else seconds * (FIRST if k + 1 < len(bodies) else 1)):
                super()._fit(V, y)
            nets.append(self.net_)
            runs.append(self.trained_)
        self.trained_ = min(runs, key=lambda t: t.share)
        if len(nets) > 1:
            self.net_ = Averaged(nets, not self.classes).eval()
        grams = wide_linear.rows(self.reader_.parts, V.X, self.media_)
        self.wide_ = wide_linear.LinearModel.fit(grams, y, len(self.present_), self.seed) if grams else None

    def _scores(self, V: Inputs) -> Array:
        deep = super()._scores(V)
        if self.wide_ is None:
            return deep
        return np.asarray(
            (1 - WIDE) * deep + WIDE * self.wide_.scores(wide_linear.rows(self.reader_.parts, V.X, self.media_))
        )

    def graph(self) -> bytes:
        """The net and the linear model as one graph."""
        if self.wide_ is None:
            return super().graph()
        heat = self.net_.seeing is not None
        net = torch_export.Exported(self.net_, self.centre_, self.spread_, heat)
        mixed = wide_linear.Mixed(net, self.wide_, WIDE, heat)
        return torch_export.graph(mixed, torch_export.example(self.reader_, self.rows_, self.media_))

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Rate, width, dropout, and what is done to training texts."""
        return {
            "rate": trial.suggest_float("rate", 1e-3, 6e-3, log=True),
            "inner": trial.suggest_categorical("inner", [96, 128, 192]),
            "dropout": trial.suggest_float("dropout", 0.1, 0.5),
            "word_drop": trial.suggest_categorical("word_drop", [0.0, 0.1, 0.2]),
            "character_noise": trial.suggest_categorical("character_noise", [0.0, 0.1, 0.2]),
        }


class Transformer(_TextNet):
    """Self-attention over tokens (Vaswani et al. 2017)."""

    name = "transformer"
    route = "large"
    body = "transformer"
    usual = 2


class Gru(_TextNet):
    """A bidirectional recurrent net over tokens; `cell` "gru" (Cho et al. 2014) or "lstm" (Hochreiter and Schmidhuber 1997)."""

    name = "gru"
    route = "large"
    usual = 1
    beside = ("bag",)

    def __init__(
        self,
        layout: Layout | None = None,
        classes: int = 0,
        seed: int = 0,
        inner: int = 128,
        layers: int = 0,
        rate: float = 3e-3,
        dropout: float = 0.25,
        epochs: int = 0,
        word_drop: float = DROPPED,
        character_noise: float = DROPPED,
        cell: str = "gru",
    ) -> None:
        super().__init__(layout, classes, seed, inner, layers, rate, dropout, epochs, word_drop, character_noise)
        self.cell = cell

    @property
    def body(self) -> str:  # type: ignore[override]
        """The net over tokens."""
        return self.cell

    @staticmethod
    def space(trial: Trial) -> Settings:
        """Also which cell."""
        return {**_TextNet.space(trial), "cell": trial.suggest_categorical("cell", ["gru", "lstm"])}

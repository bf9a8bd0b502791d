"""The k nearest training rows vote, or are averaged.

Squared distances are rounded to 1e-6 and ties go to the earlier row, here and in the graph alike, so that equal
distances in tables of few different values cannot be broken differently by two matrix products.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from breakeven.core.types import Array, Layout
from breakeven.models import onnx_graph
from breakeven.models.base import Candidate
from breakeven.models.settings import Settings

if TYPE_CHECKING:
    from optuna import Trial

GRID = 1e6
CHUNK = 512


class Neighbours(Candidate):
    """`k` neighbours, equal votes, in the space of the dense view."""

    name = "neighbours"
    route = "traditional"

    def __init__(self, layout: Layout | None = None, classes: int = 0, seed: int = 0, k: int = 11) -> None:
        self.layout, self.classes, self.seed, self.k = layout, classes, seed, k

    def _fit(self, V: Array, y: Array) -> None:
        self.rows_ = V.astype(float)
        self.squares_ = (self.rows_**2).sum(axis=1)
        self.votes_ = np.eye(len(self.present_))[y] if self.classes else np.asarray(y, dtype=float)[:, None]

    @property
    def _k(self) -> int:
        return min(self.k, len(self.rows_))

    def _scores(self, V: Array) -> Array:
        out = np.empty((len(V), self.votes_.shape[1]))
        indices = np.arange(len(self.rows_))
        for start in range(0, len(V), CHUNK):
            block = V[start : start + CHUNK].astype(float)
            squares = (block**2).sum(axis=1, keepdims=True) - 2 * block @ self.rows_.T + self.squares_
            keys = np.rint(squares * GRID).astype(np.int64) * len(indices) + indices
            nearest = np.argpartition(keys, self._k - 1, axis=1)[:, : self._k]
            out[start : start + CHUNK] = self.votes_[nearest].mean(axis=1)
        return out

    def graph(self) -> bytes:
        """Written by hand: skl2onnx's own form of neighbours took 12 ms a row where this takes a matrix product."""
        from onnx import TensorProto, helper, numpy_helper

        width = self.rows_.shape[1]
        parts = {
            "rows": -2 * self.rows_.T,
            "squares": self.squares_,
            "votes": self.votes_.astype(np.float32),
            "grid": np.array(GRID),
            "k": np.array([self._k]),
            "last": np.array([1]),
        }
        nodes = [
            helper.make_node("Cast", ["x"], ["wide"], to=TensorProto.DOUBLE),
            helper.make_node("ReduceSumSquare", ["wide"], ["own"], axes=[1], keepdims=1),
            helper.make_node("MatMul", ["wide", "rows"], ["cross"]),
            helper.make_node("Add", ["own", "cross"], ["part"]),
            helper.make_node("Add", ["part", "squares"], ["distance"]),
            helper.make_node("Mul", ["distance", "grid"], ["scaled"]),
            helper.make_node("Round", ["scaled"], ["rounded"]),
            helper.make_node("TopK", ["rounded", "k"], ["near", "index"], axis=1, largest=0, sorted=0),
            helper.make_node("Gather", ["votes", "index"], ["cast"], axis=0),
            helper.make_node("ReduceMean", ["cast"], ["scores"], axes=[1], keepdims=0),
        ]
        initializers = [numpy_helper.from_array(v, n) for n, v in parts.items() if n != "last"]
        return onnx_graph.model(nodes, initializers, width)

    @staticmethod
    def space(trial: Trial) -> Settings:
        """From nearly memorising to nearly averaging."""
        return {"k": trial.suggest_int("k", 1, 51, log=True)}

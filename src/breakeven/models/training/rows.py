"""Training rows as the loop reads them: a few at a time, so that not all need be in memory."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor


class Rows(Protocol):
    """Training rows that give a net's arguments for a batch of them."""

    def __len__(self) -> int:
        """Number of rows."""

    def take(self, rows: Tensor, noise: torch.Generator | None) -> tuple[Tensor, ...]:
        """The net's arguments for the rows at indices (b,); with `noise`, randomly augmented for training."""


class TensorRows:
    """Rows held in one tensor (n, d)."""

    def __init__(self, values: Tensor) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: Tensor, noise: torch.Generator | None) -> tuple[Tensor, ...]:
        """The rows at indices (b,), unchanged."""
        del noise
        return (self.values[rows],)

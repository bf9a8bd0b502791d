"""What product.json keeps of a shop's scorer: its kind and its numbers. Arrays and graphs are in files of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import msgspec

from breakeven.core.types import Array


class _Settings(msgspec.Struct, frozen=True, tag_field="kind", tag=str.lower):
    """Settings of one kind of scorer, which the class is named after; a tag of its own is a name that stored products have."""


class Popular(_Settings, frozen=True):
    """Of `scorers.Popular`."""


class ItemItem(_Settings, frozen=True, tag="linear"):
    """Of `scorers.ItemItem`."""

    decay: float
    power: float


class Factors(_Settings, frozen=True):
    """Of `scorers.Factors`."""

    ridge: float
    alpha: float
    others: float


class Folded(_Settings, frozen=True):
    """Of `scorers.Folded`."""


class Towers(_Settings, frozen=True):
    """Of `scorers.Towers`."""

    fade: float
    length: int


class UserNeighbours(_Settings, frozen=True, tag="alike"):
    """Of `scorers.UserNeighbours`."""

    neighbours: int
    item_count: int


class Net(_Settings, frozen=True):
    """Of `scorers.Net`."""

    length: int


class Blend(_Settings, frozen=True):
    """Of `scorers.Blend`."""

    shares: tuple[float, ...]
    parts: tuple[ScorerSettings, ...]


class Reranker(_Settings, frozen=True, tag="ranked"):
    """Of `reranker.Reranker`."""

    looked_at: int
    parts: tuple[ScorerSettings, ScorerSettings, ScorerSettings]


class WithPopularity(_Settings, frozen=True, tag="backed"):
    """Of `scorers.WithPopularity`."""

    inner: ScorerSettings


ScorerSettings: TypeAlias = (
    Popular | ItemItem | Factors | Folded | Towers | UserNeighbours | Net | Blend | Reranker | WithPopularity
)


class Packed(NamedTuple):
    """A scorer's settings, arrays and ONNX graphs, from which `packing.unpack` makes it again."""

    settings: ScorerSettings
    arrays: Mapping[str, Array]
    graphs: Mapping[str, bytes] = {}

    def within(self, i: int) -> Packed:
        """As part `i` of another scorer: its arrays and graphs begin with the number."""
        arrays = {f"{i}.{name}": values for name, values in self.arrays.items()}
        return Packed(self.settings, arrays, {f"{i}.{name}": graph for name, graph in self.graphs.items()})

    def part(self, i: int, settings: ScorerSettings) -> Packed:
        """Part `i` again, as `within` named it."""
        own = f"{i}."
        arrays = {name.removeprefix(own): values for name, values in self.arrays.items() if name.startswith(own)}
        graphs = {name.removeprefix(own): graph for name, graph in self.graphs.items() if name.startswith(own)}
        return Packed(settings, arrays, graphs)

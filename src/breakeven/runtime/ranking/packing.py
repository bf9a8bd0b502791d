"""Packed scorers made again, whatever their kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from breakeven.core.types import Array
from breakeven.runtime.ranking.histories import Histories
from breakeven.runtime.ranking.reranker import PARTS, Ranked
from breakeven.runtime.ranking.scorers import (
    TOWERS,
    Alike,
    Backed,
    Blend,
    Factors,
    Folded,
    Linear,
    Net,
    Popular,
    Scorer,
    Towers,
)


def unpack(plain: Mapping[str, Any], arrays: Mapping[str, Array], graphs: Mapping[str, bytes]) -> Scorer:
    """The scorer again. Raises ValueError for a kind this version does not know."""
    kind = plain["kind"]
    if kind == Popular.kind:
        return Popular(np.atleast_2d(arrays["counts"]))
    if kind == Linear.kind:
        return Linear(arrays["starts"], arrays["columns"], arrays["values"], plain["decay"], plain["power"])
    if kind == Factors.kind:
        return Factors(arrays["vectors"], plain["ridge"], plain["alpha"], plain["others"])
    if kind == Folded.kind:
        return Folded(arrays["vectors"], arrays["fold"])
    if kind == Towers.kind:
        vectors, inner, inner_bias, outer, outer_bias = (arrays[name] for name in TOWERS)
        return Towers(vectors, inner, inner_bias, outer, outer_bias, plain["fade"], plain["length"])
    if kind == Alike.kind:
        ones = np.ones(len(arrays["items"]), dtype=np.float32)
        users = Histories(arrays["starts"], arrays["items"], ones, ones, plain["item_count"])
        return Alike(users, plain["neighbours"])
    if kind == Net.kind:
        return Net(graphs["graph"], plain["length"])
    if kind == Blend.kind:
        return Blend([_part(i, told, arrays, graphs) for i, told in enumerate(plain["parts"])], plain["shares"])
    if kind == Ranked.kind:
        following, alike, factors = (_part(i, told, arrays, graphs) for i, told in enumerate(plain["parts"]))
        assert isinstance(following, Linear) and isinstance(alike, Linear) and isinstance(factors, Factors)
        return Ranked(
            following, alike, factors, {name: arrays[name] for name in PARTS}, graphs["graph"], plain["looked_at"]
        )
    if kind == Backed.kind:
        return Backed(_part(0, plain["inner"], arrays, graphs), np.atleast_2d(arrays["counts"]))
    raise ValueError(f"a scorer of kind {kind!r} is not known")


def _part(i: int, told: Mapping[str, Any], arrays: Mapping[str, Array], graphs: Mapping[str, bytes]) -> Scorer:
    """A scorer within another: its arrays and graphs begin with its number."""
    own = f"{i}."
    return unpack(
        told,
        {k.removeprefix(own): v for k, v in arrays.items() if k.startswith(own)},
        {k.removeprefix(own): v for k, v in graphs.items() if k.startswith(own)},
    )

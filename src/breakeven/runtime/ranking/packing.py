"""Packed scorers made again, whatever their kind."""

from __future__ import annotations

import numpy as np

from breakeven.runtime.ranking import settings
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
from breakeven.runtime.ranking.settings import Packed


def unpack(packed: Packed) -> Scorer:
    """The scorer again."""
    told, arrays, graphs = packed
    match told:
        case settings.Popular():
            return Popular(np.atleast_2d(arrays["counts"]))
        case settings.Linear():
            return Linear(arrays["starts"], arrays["columns"], arrays["values"], told.decay, told.power)
        case settings.Factors():
            return Factors(arrays["vectors"], told.ridge, told.alpha, told.others)
        case settings.Folded():
            return Folded(arrays["vectors"], arrays["fold"])
        case settings.Towers():
            vectors, inner, inner_bias, outer, outer_bias = (arrays[name] for name in TOWERS)
            return Towers(vectors, inner, inner_bias, outer, outer_bias, told.fade, told.length)
        case settings.Alike():
            ones = np.ones(len(arrays["items"]), dtype=np.float32)
            users = Histories(arrays["starts"], arrays["items"], ones, ones, told.item_count)
            return Alike(users, told.neighbours)
        case settings.Net():
            return Net(graphs["graph"], told.length)
        case settings.Blend():
            return Blend([_part(i, part, packed) for i, part in enumerate(told.parts)], told.shares)
        case settings.Ranked():
            following, alike, factors = (_part(i, part, packed) for i, part in enumerate(told.parts))
            assert isinstance(following, Linear) and isinstance(alike, Linear) and isinstance(factors, Factors)
            held = {name: arrays[name] for name in PARTS}
            return Ranked(following, alike, factors, held, graphs["graph"], told.looked_at)
        case settings.Backed():
            return Backed(_part(0, told.inner, packed), np.atleast_2d(arrays["counts"]))


def _part(i: int, told: settings.ScorerSettings, whole: Packed) -> Scorer:
    """A scorer within another: its arrays and graphs begin with its number."""
    own = f"{i}."
    arrays = {k.removeprefix(own): v for k, v in whole.arrays.items() if k.startswith(own)}
    graphs = {k.removeprefix(own): v for k, v in whole.graphs.items() if k.startswith(own)}
    return unpack(Packed(told, arrays, graphs))

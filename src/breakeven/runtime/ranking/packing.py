"""Packed scorers made again, whatever their kind."""

from __future__ import annotations

import numpy as np

from breakeven.runtime.ranking import settings
from breakeven.runtime.ranking.histories import Histories
from breakeven.runtime.ranking.reranker import PARTS, Reranker
from breakeven.runtime.ranking.scorers import (
    TOWERS,
    Blend,
    Factors,
    Folded,
    ItemItem,
    Net,
    Popular,
    Scorer,
    Towers,
    UserNeighbours,
    WithPopularity,
)
from breakeven.runtime.ranking.settings import Packed


def unpack(packed: Packed) -> Scorer:
    """The scorer again."""
    config, arrays, graphs = packed
    match config:
        case settings.Popular():
            return Popular(np.atleast_2d(arrays["counts"]))
        case settings.ItemItem():
            return ItemItem(arrays["starts"], arrays["columns"], arrays["values"], config.decay, config.power)
        case settings.Factors():
            return Factors(arrays["vectors"], config.ridge, config.alpha, config.others)
        case settings.Folded():
            return Folded(arrays["vectors"], arrays["fold"])
        case settings.Towers():
            vectors, inner, inner_bias, outer, outer_bias = (arrays[name] for name in TOWERS)
            return Towers(vectors, inner, inner_bias, outer, outer_bias, config.fade, config.length)
        case settings.UserNeighbours():
            ones = np.ones(len(arrays["items"]), dtype=np.float32)
            users = Histories(arrays["starts"], arrays["items"], ones, ones, config.item_count)
            return UserNeighbours(users, config.neighbours)
        case settings.Net():
            return Net(graphs["graph"], config.length)
        case settings.Blend():
            return Blend([unpack(packed.part(i, part)) for i, part in enumerate(config.parts)], config.shares)
        case settings.Reranker():
            transitions, alike, factors = (unpack(packed.part(i, part)) for i, part in enumerate(config.parts))
            assert isinstance(transitions, ItemItem) and isinstance(alike, ItemItem) and isinstance(factors, Factors)
            held = {name: arrays[name] for name in PARTS}
            return Reranker(transitions, alike, factors, held, graphs["graph"], config.looked_at)
        case settings.WithPopularity():
            return WithPopularity(unpack(packed.part(0, config.inner)), np.atleast_2d(arrays["counts"]))

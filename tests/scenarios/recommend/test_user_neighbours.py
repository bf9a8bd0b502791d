"""Users who took the same items, beside a count of sets."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from breakeven.online.event import DELETED, ERASED, Event, user_digest
from breakeven.scenarios.recommend.product import load
from breakeven.scenarios.recommend.recommender import Recommender
from breakeven.scenarios.recommend.user_neighbours import neighbours


def test_neighbours_are_those_of_the_sets_of_items(made: Path) -> None:
    live = Recommender(load(made / "build" / "latest" / "product"))
    live.apply(Event("", "fresh", "$item", 1.8e9, data={"title": "kite"}))
    mine = live.ids[int(live.taken("u9")[0])]
    for user, item, kind in (
        ("walk-in", mine, "view"),
        ("walk-in", "fresh", "view"),
        ("u9", "fresh", "cart"),
        ("u10", "fresh", "cart"),
        ("u11", mine, "view"),
        ("u12", live.ids[int(live.taken("u12")[0])], "refund"),
        ("u13", mine, DELETED),
        ("", user_digest("u14"), ERASED),
    ):
        live.apply(Event(user, item, kind, 1.8e9))
    sets = {name: set(live.taken(name).tolist()) for name in live.names()}
    assert "walk-in" in sets and "u14" not in sets
    for user in ("u9", "u12", "walk-in"):
        slow = {
            name: len(sets[user] & items) / math.sqrt(len(sets[user]) * len(items))
            for name, items in sets.items()
            if name != user and sets[user] & items
        }
        found = neighbours(live, user, 1_000)
        assert dict(found) == pytest.approx(slow) and len(found) > 20
        assert (
            [score for _, score in found] == sorted(slow.values(), reverse=True) == pytest.approx([s for _, s in found])
        )
        assert neighbours(live, user, 3) == found[:3]
    assert neighbours(live, "nobody", 5) == []

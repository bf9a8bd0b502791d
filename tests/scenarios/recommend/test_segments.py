"""Segments of people: found where they say something, told in popularity, to trees, and to people nobody met."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from breakeven import need
from breakeven.ranking.histories import Beside, Histories
from breakeven.ranking.ranked import FEATURES, Ranked
from breakeven.ranking.scorers import Backed
from breakeven.routes.ranking import popular, roster
from breakeven.scenarios.recommend import content, flow, problem, product
from breakeven.scenarios.recommend.live import Live
from breakeven.scenarios.recommend.rules import Rules
from tests.contracts.test_ranking import ITEMS, tastes

Folder = Callable[..., Path]


def listed(people: int = 90) -> str:
    """A user list: the land goes with the taste, the size with nothing; two people have no events yet."""
    rng, lines = np.random.default_rng(0), ["user,size,land"]
    lines += [f"u{u},{rng.choice(['s', 'm', 'l'])},{'ABC'[u % 3]}" for u in range(people)]
    return "\n".join([*lines, "fresh from B,s,B", "fresh from nowhere,s,"]) + "\n"


def collected(shop: Folder, users: str) -> problem.Collected:
    place = shop(recommend={"users": "users.csv"})
    (place / "users.csv").write_text(users, encoding="utf-8")
    return problem.collect(need.load(place))


def test_the_attribute_that_tells_most_is_taken(shop: Folder) -> None:
    found = collected(shop, listed())
    parts = found.shop.segments
    assert parts.column == "land" and parts.names == ("A", "B", "C") and parts.gain > 0.2
    assert parts.listed["fresh from B"] == 1 and "fresh from nowhere" not in parts.listed
    assert [f.kind for f in found.findings if f.kind == "segments"] == ["segments"]


def test_attributes_that_say_nothing_are_left(shop: Folder) -> None:
    rng = np.random.default_rng(1)
    users = "user,size,code\n" + "".join(f"u{u},{rng.choice(['s', 'm'])},{u}\n" for u in range(90))
    assert collected(shop, users).shop.segments.column is None


def test_numbers_fall_into_parts_alike_in_size(shop: Folder) -> None:
    users = "user,height\n" + "".join(f"u{u},{100 * (u % 3) + u / 10}\n" for u in range(90))
    found = collected(shop, users).shop.segments
    assert found.column == "height" and len(found.names) == 5 and np.bincount(found.numbers).min() > 10


def test_a_person_nobody_met_gets_what_their_segment_takes(shop: Folder, tmp_path: Path) -> None:
    found = collected(shop, listed())
    about = {"name": "s", "scenario": "recommend", "candidate": "item_neighbours", "route": "traditional", "k": 10, "again": False,
             "kinds": list(found.shop.kind_names), "settings": {}, "seed": 0}  # fmt: skip
    flow._made(about, found.shop, content.known(found.shop.items), tmp_path / "product", (60.0, None))
    live = Live(product.load(tmp_path / "product"))

    def own(user: str) -> int:
        """How many of a shelf are of taste B."""
        return sum(15 <= int(p.item[2:]) < 30 for p in live.recommend(user, Rules(k=10)))

    assert own("fresh from B") >= 8 > 6 > own("fresh from nowhere") and own("nobody") < 6
    beside = live._beside("u1")
    assert beside is not None and beside.segments.tolist() == [1]


def test_popularity_by_segment_is_everybodys_where_none_is_known() -> None:
    seen = tastes()
    with_ = Histories(seen.starts, seen.items, seen.weights, seen.times, 24, Beside(np.arange(60) % 2, None, 50.0))
    counts = popular.by_segment(with_)
    assert counts.shape == (3, 24) and np.allclose(counts.sum(axis=1), counts[0].sum(), rtol=1e-3)
    assert np.array_equal(counts[0], popular.counts(seen)) and popular.by_segment(seen).shape == (1, 24)
    scorer = roster.fit("popular", with_, {}, 0)
    assert np.array_equal(scorer.scores(Histories.of_one([], [], 24))[0], counts[0])
    strange = Histories.of_one([], [], 24, Beside(np.array([7])))  # of a build with more segments
    assert np.array_equal(scorer.scores(strange)[0], counts[0])
    mine = Histories.of_one([], [], 24, Beside(np.array([1])))
    assert scorer.scores(mine)[0].argmax() == counts[2].argmax() >= 12


def test_trees_are_told_of_segment_and_friends() -> None:
    seen, friends = tastes(), tastes(seed=8)
    known = Histories(seen.starts, seen.items, seen.weights, seen.times, 24, Beside(np.arange(60) % 2, friends, 50.0))
    scorer = roster.fit("lightgbm_rank", known, {}, 0, ITEMS)
    assert isinstance(scorer, Backed) and isinstance(scorer.inner, Ranked)
    _, some, told = scorer.inner.told(known.take(np.array([4])))
    lines = dict(zip(FEATURES, told.T, strict=True))
    times = np.bincount(friends.items[friends.slice(4)], minlength=24)[some]
    assert np.allclose(lines["friends"], np.log1p(times)) and lines["friends_near"].max() == pytest.approx(1)
    assert (lines["of_segment"][some < 12] > lines["of_segment"][some >= 12].max()).all()
    _, _, alone = scorer.inner.told(seen.take(np.array([4])))
    assert not alone[:, FEATURES.index("of_segment") :].any()

"""Segments of people: found where they say something, told in popularity, to trees, and to people nobody met."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from breakeven.models import registry
from breakeven.models.ranking import boosted, popular
from breakeven.online.event_log import Event
from breakeven.runtime.ranking.histories import Histories, UserContext, with_context
from breakeven.runtime.ranking.reranker import FEATURES, Reranker
from breakeven.runtime.ranking.scorers import WithPopularity
from breakeven.scenarios.recommend import cells, problem, segments, tables
from breakeven.scenarios.recommend.rules import Rules
from breakeven.scenarios.registry import load_brief
from tests.contracts.test_ranking import ITEMS, tastes
from tests.scenarios.recommend.conftest import served

Folder = Callable[..., Path]


def listed(people: int = 90) -> str:
    """A user list: the land goes with the taste, the size with nothing; two people have no events yet."""
    rng, lines = np.random.default_rng(0), ["user,size,land"]
    lines += [f"u{u},{rng.choice(['s', 'm', 'l'])},{'ABC'[u % 3]}" for u in range(people)]
    return "\n".join([*lines, "fresh from B,s,B", "fresh from nowhere,s,"]) + "\n"


def collected(shop: Folder, users: str) -> problem.Collected:
    place = shop(recommend={"users": "users.csv"})
    (place / "users.csv").write_text(users, encoding="utf-8")
    return problem.collect(load_brief(place))


def test_the_attribute_that_tells_most_is_taken(shop: Folder) -> None:
    found = collected(shop, listed())
    parts = found.shop.segments
    assert parts.column == "land" and parts.names == ("A", "B", "C") and parts.gain > 0.2
    assert parts.listed["fresh from B"] == 1 and "fresh from nowhere" not in parts.listed
    assert [f.kind for f in found.findings if f.kind == "segments"] == ["segments"]


def test_attributes_that_say_nothing_are_left(shop: Folder) -> None:
    """Whatever the draw: a person's own repetitions are not the segment's doing."""
    found = collected(shop, listed())
    seen, people = found.validation.before, np.array(found.shop.users)
    taken = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        values = {
            f"by {count}": cells.objects(rng.integers(0, count, len(people)).astype(str).tolist()) for count in (2, 8)
        }
        users = tables.Named({"user": cells.objects(people.tolist())}, "users.csv", 2, others=values)
        taken += segments.found(users, people, seen).column is not None
    assert taken <= 1


def test_numbers_fall_into_parts_alike_in_size(shop: Folder) -> None:
    users = "user,height\n" + "".join(f"u{u},{100 * (u % 3) + u / 10}\n" for u in range(90))
    found = collected(shop, users).shop.segments
    assert found.column == "height" and len(found.names) == 5 and np.bincount(found.numbers).min() > 10


def test_a_person_nobody_met_gets_what_their_segment_takes(shop: Folder, tmp_path: Path) -> None:
    live = served(collected(shop, listed()).shop, tmp_path / "product")

    def own(user: str) -> int:
        """How many of a shelf are of taste B."""
        return sum(15 <= int(p.item[2:]) < 30 for p in live.recommend(user, Rules(k=10)))

    assert own("fresh from B") >= 8 > 6 > own("fresh from nowhere") and own("nobody") < 6
    context = live._context("u1")
    assert context is not None and context.segments.tolist() == [1]


def test_popularity_by_segment_is_everybodys_where_none_is_known() -> None:
    seen = tastes()
    with_ = Histories(seen.starts, seen.items, seen.weights, seen.times, 24, UserContext(np.arange(60) % 2, 50.0))
    counts = popular.by_segment(with_)
    assert counts.shape == (3, 24) and np.allclose(counts.sum(axis=1), counts[0].sum(), rtol=1e-3)
    assert np.array_equal(counts[0], popular.counts(seen)) and popular.by_segment(seen).shape == (1, 24)
    scorer = registry.fit("popular", with_, {}, 0)
    assert np.array_equal(scorer.scores(Histories.of_one([], [], 24))[0], counts[0])
    strange = Histories.of_one([], [], 24, UserContext(np.array([7])))  # of a build with more segments
    assert np.array_equal(scorer.scores(strange)[0], counts[0])
    mine = Histories.of_one([], [], 24, UserContext(np.array([1])))
    assert scorer.scores(mine)[0].argmax() == counts[2].argmax() >= 12


def test_an_item_nobody_took_does_not_lead_a_segment(shop: Folder, tmp_path: Path) -> None:
    live = served(collected(shop, listed()).shop, tmp_path / "product")
    live.apply(Event("anyone", "商品45", "view", 1.7e9))
    assert [p.item for p in live.recommend("fresh from B", Rules(k=10))].count("商品45") == 0


def test_trees_are_told_of_segment_and_friends() -> None:
    seen = tastes()
    pairs = np.array([[4, 5], [4, 9], [7, 1]])
    known = with_context(seen, np.arange(60) % 2, 50.0, pairs)
    scorer = registry.fit("lightgbm_rank", known, {}, 0, ITEMS)
    assert isinstance(scorer, WithPopularity) and isinstance(scorer.inner, Reranker)
    _, some, features = scorer.inner.features(known.take(np.array([4])))
    lines = dict(zip(FEATURES, features.T, strict=True))
    theirs = np.concatenate([seen.items[seen.slice(5)], seen.items[seen.slice(9)]])
    assert np.allclose(lines["friends"], np.log1p(np.bincount(theirs, minlength=24)[some]))
    assert lines["friends_near"].max() == pytest.approx(1)
    assert lines["of_segment"][some < 12].mean() > lines["of_segment"][some >= 12].mean()
    _, _, alone = scorer.inner.features(seen.take(np.array([4])))
    assert not alone[:, FEATURES.index("of_segment") :].any()


def test_friends_say_nothing_of_what_came_after() -> None:
    """Who follows a person copies every item a moment later: nothing to foretell by, and nothing that trees are shown."""
    rng = np.random.default_rng(0)
    items = rng.integers(0, 24, (40, 9))
    times = np.arange(9) * 100.0
    seen = Histories.of_events(np.repeat(np.arange(80), 9), np.concatenate([items, items]).ravel(), np.ones(720),
                               np.concatenate([np.tile(times, 40), np.tile(times + 10, 40)]), (80, 24))  # fmt: skip
    pairs = np.stack([np.arange(40), np.arange(40, 80)], axis=1)
    known = with_context(seen, np.full(80, -1), 0.0, pairs)
    last = np.tile(np.arange(9) >= 7, 80)
    before = boosted._without_later(known.where(~last), known.where(last))
    assert before.context is not None
    for u in range(40):
        friends = before.context.friends(u)
        assert friends is not None and friends.times.max() < 700 and len(friends.items) == 7
    assert before.take(np.array([3])).context.friends(0).items.tolist() == before.context.friends(3).items.tolist()  # type: ignore[union-attr]

"""Interactions by user: order, parts, the matrix; the best of many scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from breakeven.runtime.ranking.histories import FollowedUsers, Histories, best
from breakeven.runtime.ranking.scorers import recent


def some(seed: int = 0, n: int = 200, shape: tuple[int, int] = (17, 9)) -> Histories:
    rng = np.random.default_rng(seed)
    users, items = rng.integers(0, shape[0], n), rng.integers(0, shape[1], n)
    return Histories.of_events(users, items, rng.integers(1, 6, n), rng.random(n), shape)


def test_events_stand_by_user_and_time() -> None:
    seen = some()
    assert seen.lengths.sum() == 200 and len(seen) == 17
    for u in range(len(seen)):
        assert (np.diff(seen.times[seen.slice(u)]) >= 0).all()
    assert (seen.owners == np.repeat(np.arange(17), seen.lengths)).all()


def test_parts_keep_their_events() -> None:
    seen = some()
    part = seen.take(np.array([5, 2, 5]))
    assert [list(items) for items, _ in part] == [list(seen.items[seen.slice(u)]) for u in (5, 2, 5)]
    late = seen.last(3)
    assert [list(items) for items, _ in late] == [list(items[-3:]) for items, _ in seen]
    kept = seen.where(seen.weights > 2)
    assert len(kept) == len(seen) and (kept.weights > 2).all() and len(kept.items) == (seen.weights > 2).sum()


def test_the_matrix_has_the_largest_weight_of_a_pair() -> None:
    seen = some()
    M = seen.matrix().toarray()
    for u in range(len(seen)):
        part = seen.slice(u)
        for i in range(9):
            mine = seen.weights[part][seen.items[part] == i]
            assert M[u, i] == (mine.max() if len(mine) else 0)


@given(st.lists(st.sampled_from([0.0, 1.0, 2.5, -1.0, -np.inf]), min_size=1, max_size=30), st.integers(0, 12))
def test_best_is_a_stable_sort_without_what_may_not_be_shown(scores: list[float], k: int) -> None:
    values = np.array(scores)
    order = [i for i in np.lexsort((np.arange(len(values)), -values)) if values[i] > -np.inf]
    assert best(values, k).tolist() == order[:k]


def test_recent_counts_from_one_with_noughts_before() -> None:
    rows = recent(Histories.of_events([0, 0, 0, 2], [3, 1, 2, 0], [1] * 4, [1, 2, 3, 1], (3, 4)), 2)
    assert rows.tolist() == [[2, 3], [0, 0], [0, 1]]


def test_each_item_once_where_it_was_taken_last() -> None:
    seen = Histories.of_events([0, 0, 0, 1], [3, 1, 3, 3], [5, 1, 2, 1], [1, 2, 3, 1], (2, 4))
    once = seen.distinct()
    assert [list(items) for items, _ in once] == [[1, 3], [3]] and [list(w) for _, w in once] == [[1, 5], [1]]
    assert once.distinct() is once


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from([1.0, 2.0, 5.0])), max_size=12))
def test_one_history_is_made_distinct_as_among_many(events: list[tuple[int, float]]) -> None:
    n = len(events)
    items, weights, times = [i for i, _ in events], [w for _, w in events], list(range(n))
    one = Histories(
        np.array([0, n]),
        np.array(items, dtype=np.int32),
        np.array(weights, dtype=np.float32),
        np.array(times, dtype=float),
        5,
    )
    two = Histories.of_events([0] * n + [1], [*items, 0], [*weights, 1.0], [*times, 0], (2, 5)).distinct()
    once, part = one.distinct(), two.slice(0)
    for mine, theirs in ((once.items, two.items), (once.weights, two.weights), (once.times, two.times)):
        assert mine.tolist() == theirs[part].tolist()


def test_refusals_are_pairs_of_users_and_items_that_were_not_taken_after_all() -> None:
    seen = Histories.of_events([0, 1, 1], [3, 3, 4], [1, 1, 1], [1, 2, 3], (2, 5))
    refused = Histories.of_events([0, 0, 1, 1], [2, 3, 2, 0], [1, 1, 1, 1], [4, 4, 4, 4], (2, 5))
    users, items = replace(seen, refused=refused).refusals()
    assert list(zip(users.tolist(), items.tolist(), strict=True)) == [(0, 2), (1, 0), (1, 2)]


def test_the_events_of_those_whom_a_user_follows_stand_by_time_and_end_before_a_moment() -> None:
    late = Histories.of_events([0, 1, 2, 2], [5, 6, 7, 8], [1, 1, 1, 1], [4.0, 3.0, 1.0, 2.0], (3, 9))
    graph = FollowedUsers(late, np.array([[0, 1], [1, 0], [1, 2], [2, 0]]))
    assert graph.of(1, np.inf).items.tolist() == [7, 8, 5] and graph.of(1, 4.0).items.tolist() == [7, 8]
    assert graph.of(0, np.inf).items.tolist() == [6] and graph.of(2, np.inf).items.tolist() == [5]

"""What is computed step by step for long visits and long lists gives what its plain definition does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from breakeven.online.event import Event
from breakeven.scenarios.recommend import rules
from breakeven.scenarios.recommend.event_types import hides
from breakeven.scenarios.recommend.recommender import session_of
from breakeven.scenarios.recommend.rules import Rules, SlateQuery

WEIGHTS = {"view": 1.0, "dislike": -1.0, "cancel": -2.0, "nothing": 0.0}
LIVE: Any = SimpleNamespace(
    number={"a": 0, "b": 1, "c": 2}, weights=SimpleNamespace(of=lambda kind, value: WEIGHTS[kind])
)


@given(st.lists(st.tuples(st.sampled_from("abcx"), st.sampled_from(sorted(WEIGHTS))), max_size=30))
def test_a_visit_is_the_history_that_its_events_leave_one_after_another(visit: list[tuple[str, str]]) -> None:
    left = list[tuple[int, int, str]]()
    for n, (item, kind) in enumerate(visit):
        weight = WEIGHTS[kind]
        if item not in LIVE.number or not weight:
            continue
        left = [
            (m, i, k) for m, i, k in left if i != LIVE.number[item] or (WEIGHTS[k] < 0 and hides(k)) == (weight < 0)
        ]
        left.append((n, LIVE.number[item], kind))
    found = session_of(LIVE, [Event("", item, kind, float(n)) for n, (item, kind) in enumerate(visit)])
    assert [(d.at, d.item, d.kind) for d in found] == left


@given(st.integers(0, 1_000), st.sampled_from([0.0, 0.3, 1.0]), st.sampled_from([None, 1, 3]))
def test_a_spread_is_the_best_of_what_is_left_each_time(seed: int, diversity: float, per_category: int | None) -> None:
    rng = np.random.default_rng(seed)
    scores, together = rng.normal(size=30).astype(np.float32), rng.random((30, 30)) * (rng.random((30, 30)) < 0.3)
    categories = [[f"c{n % 4}"] for n in range(30)]
    ask = Rules(k=12, diversity=diversity, per_category=per_category)
    first = [int(rng.integers(30))]
    found = rules._spread(scores, first, 30, ask, categories, lambda i: together[i])

    shelf, pool = list(first), [i for i in rules._pool(scores, 30) if i not in first]
    worth = dict(zip(pool, rules._to_unit(scores[pool]).tolist(), strict=True))
    while len(shelf) < ask.k and pool:
        values = [(1 - diversity) * worth[i] - diversity * max(together[j][i] for j in shelf) for i in pool]
        item = pool.pop(int(np.argmax(values)))
        if not per_category or sum(categories[j] == categories[item] for j in shelf) < per_category:
            shelf.append(item)
    assert found == shelf


def test_rules_of_long_queries_are_not_kept() -> None:
    usual, long = Rules(), SlateQuery(exclude=("a" * 400, "b" * 400))
    before = rules._cached.cache_info().currsize
    assert rules.changed(usual, long).exclude == ("a" * 400, "b" * 400)
    assert rules._cached.cache_info().currsize == before
    assert rules.changed(usual, SlateQuery(exclude="seldom", category=("x", 3))).category == ("x", "3")
    assert rules._cached.cache_info().currsize == before + 1

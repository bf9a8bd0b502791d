"""Arms are sticky and of their shares, the sequential test may be looked at all the time, exploring logs its probabilities."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from breakeven.core.errors import InputError
from breakeven.online import sequential_test
from breakeven.online.assignment import Arm, assign, parse_arms
from breakeven.online.bandit import METHODS, Bandit, Exploration, parse_exploration
from breakeven.online.event import IMPRESSION, Event
from breakeven.online.online_experiment import plan
from breakeven.online.sequential_test import Tally, sequential
from breakeven.scenarios.recommend.exploration import WIDTH, features
from breakeven.scenarios.recommend.live_shop import VARIANTS


def arms(given: object) -> tuple[Arm, ...]:
    return parse_arms(given, VARIANTS, "shelf", "product.yaml, recommend.arms")


TWO = arms({"new": {"share": 0.3}, "old": {"share": 0.7, "shelf": "neighbours"}})


def test_people_stay_in_their_arm_and_shares_hold() -> None:
    dealt = {f"u{i}": assign(f"u{i}", TWO, "a").name for i in range(5_000)}
    assert 0.27 < Counter(dealt.values())["new"] / 5_000 < 0.33
    assert all(assign(u, TWO, "a").name == name for u, name in dealt.items())
    assert np.mean([assign(u, TWO, "b").name == name for u, name in dealt.items()]) < 0.65  # dealt anew


@pytest.mark.parametrize(("given", "what"), [
    ({"one": {}}, "no two arms"), ({"a": {"share": 0.5}, "b": {"share": 0.6}}, "add up to 1.1"),
    ({"a": {"share": 2}, "b": {}}, "is no share"), ({"a": {"shelf": "magic"}, "b": {}}, "unknown shelf"),
    ({"a": {"shre": 1}, "b": {}}, "did you mean 'share'"), ({"a": 3, "b": {}}, "keys and values"),
])  # fmt: skip
def test_wrong_arms(given: object, what: str) -> None:
    with pytest.raises(InputError, match=what):
        arms(given)


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"share": 3}, "is no share"),
        ({"method": "x"}, "unknown method"),
        ({"shar": 1}, "did you mean"),
        (7, "keys and values"),
    ],
)
def test_wrong_exploring(given: object, what: str) -> None:
    with pytest.raises(InputError, match=what):
        parse_exploration(given, "product.yaml")


def test_looking_all_the_time_finds_no_difference_where_there_is_none() -> None:
    """Two arms of one rate, looked at after every fifty impressions: wrongly decided in at most one of twenty runs."""
    rng, wrong, found = np.random.default_rng(0), 0, 0
    for _ in range(200):
        a, b, c = (np.cumsum(rng.random(6_000) < rate) for rate in (0.1, 0.1, 0.14))
        looks = range(100, 6_000, 50)
        wrong += any(sequential(int(a[n]), n + 1, int(b[n]), n + 1) <= sequential_test.LEVEL for n in looks)
        found += any(sequential(int(a[n]), n + 1, int(c[n]), n + 1) <= sequential_test.LEVEL for n in looks)
    assert wrong <= 14 and found > 190


def test_the_plan_of_a_click_rate() -> None:
    assert sequential_test.impressions(0.0038, 0.2) == pytest.approx(113_000, rel=0.01)
    assert plan(0.1, 0.5)["impressions_an_arm"] < 800
    for rate, lift, what in ((2, 0.2, "between 0 and 1"), (0.1, 0, "differ")):
        with pytest.raises(InputError, match=what):
            plan(rate, lift)


def test_an_impression_succeeds_once_and_within_a_day() -> None:
    tally = Tally(TWO)
    shown = Event("u", "", IMPRESSION, 100.0, data={"arm": "new", "items": ["a", "b"]})
    for e in (shown, Event("u", "x", "view", 110.0), Event("u", "a", "view", 120.0), Event("u", "b", "view", 130.0), shown,
              Event("u", "a", "view", 100.0 + 2 * 86_400), Event("", "", IMPRESSION, 1.0, data={"arm": "gone"})):  # fmt: skip
        tally.apply(e)
    told = tally.summary()["arms"]
    assert (told[0]["impressions"], told[0]["taken"]) == (2, 1) and told[1]["p"] is None


def test_the_bandit_learns_what_is_taken() -> None:
    for method in METHODS:
        bandit, rng = Bandit(Exploration(1.0, method), WIDTH, 1), np.random.default_rng(0)
        after = []
        for _ in range(800):
            x = features(rng.random(20), rng.integers(0, 50, 20), np.full(20, np.nan), rng.random(20) < 0.3)
            p = bandit.probabilities(x)
            assert p.min() > 0 and p.sum() == pytest.approx(1)
            at, chance = bandit.choose(x)
            assert chance == pytest.approx(p[at], abs=0.25)
            taken = rng.random() < (0.5 if x[at, 4] else 0.05)  # new items are what people want here
            bandit.shown(x[at])
            if taken:
                bandit.succeeded(x[at])
            after.append(x[at, 4])
        assert np.mean(after[-300:]) > 0.75  # three in ten of them are new

"""Arms are sticky and of their shares, the sequential test may be looked at all the time, exploring logs its probabilities."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from breakeven.core.errors import InputError
from breakeven.online import bandit as explore
from breakeven.online import experiment
from breakeven.online.bandit import Bandit, Exploring
from breakeven.online.event_log import Event
from breakeven.online.event_types import SHOWN
from breakeven.online.experiment import Tally, arm_of, arms_of, sequential
from breakeven.scenarios.recommend import product
from breakeven.scenarios.recommend.online_experiment import Trial, plan
from breakeven.scenarios.recommend.recommender import Live
from tests.serving.test_server import start

TWO = arms_of({"new": {"share": 0.3}, "old": {"share": 0.7, "shelf": "neighbours"}})


def test_people_stay_in_their_arm_and_shares_hold() -> None:
    dealt = {f"u{i}": arm_of(f"u{i}", TWO, "a").name for i in range(5_000)}
    assert 0.27 < Counter(dealt.values())["new"] / 5_000 < 0.33
    assert all(arm_of(u, TWO, "a").name == name for u, name in dealt.items())
    assert np.mean([arm_of(u, TWO, "b").name == name for u, name in dealt.items()]) < 0.65  # dealt anew


@pytest.mark.parametrize(("given", "what"), [
    ({"one": {}}, "no two arms"), ({"a": {"share": 0.5}, "b": {"share": 0.6}}, "add up to 1.1"),
    ({"a": {"share": 2}, "b": {}}, "is no share"), ({"a": {"shelf": "magic"}, "b": {}}, "unknown shelf"),
    ({"a": {"shre": 1}, "b": {}}, "did you mean 'share'"), ({"a": 3, "b": {}}, "keys and values"),
])  # fmt: skip
def test_wrong_arms(given: object, what: str) -> None:
    with pytest.raises(InputError, match=what):
        arms_of(given)


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
        explore.exploring_of(given)


def test_looking_all_the_time_finds_no_difference_where_there_is_none() -> None:
    """Two arms of one rate, looked at after every fifty impressions: wrongly decided in at most one of twenty runs."""
    rng, wrong, found = np.random.default_rng(0), 0, 0
    for _ in range(200):
        a, b, c = (np.cumsum(rng.random(6_000) < rate) for rate in (0.1, 0.1, 0.14))
        looks = range(100, 6_000, 50)
        wrong += any(sequential(int(a[n]), n + 1, int(b[n]), n + 1) <= experiment.LEVEL for n in looks)
        found += any(sequential(int(a[n]), n + 1, int(c[n]), n + 1) <= experiment.LEVEL for n in looks)
    assert wrong <= 14 and found > 190


def test_the_plan_of_a_click_rate() -> None:
    assert experiment.impressions(0.0038, 0.2) == pytest.approx(113_000, rel=0.01)
    assert plan(0.1, 0.5)["impressions_an_arm"] < 800
    for rate, lift, what in ((2, 0.2, "between 0 and 1"), (0.1, 0, "differ")):
        with pytest.raises(InputError, match=what):
            plan(rate, lift)


def test_an_impression_succeeds_once_and_within_a_day() -> None:
    tally = Tally(TWO)
    shown = Event("u", "", SHOWN, 100.0, told={"arm": "new", "items": ["a", "b"]})
    for e in (shown, Event("u", "x", "view", 110.0), Event("u", "a", "view", 120.0), Event("u", "b", "view", 130.0), shown,
              Event("u", "a", "view", 100.0 + 2 * 86_400), Event("", "", SHOWN, 1.0, told={"arm": "gone"})):  # fmt: skip
        tally.record(e)
    told = tally.told()["arms"]
    assert (told[0]["impressions"], told[0]["taken"]) == (2, 1) and told[1]["p"] is None


def test_the_bandit_learns_what_is_taken() -> None:
    for method in explore.METHODS:
        bandit, rng = Bandit(Exploring(1.0, method), 1), np.random.default_rng(0)
        after = []
        for _ in range(800):
            x = explore.features(rng.random(20), rng.integers(0, 50, 20), np.full(20, np.nan), rng.random(20) < 0.3)
            p = bandit.probabilities(x)
            assert p.min() > 0 and p.sum() == pytest.approx(1)
            at, chance = bandit.choose(x)
            assert chance == pytest.approx(p[at], abs=0.25)
            taken = rng.random() < (0.5 if x[at, 4] else 0.05)  # new items are what people want here
            bandit.learn(x[at], bool(taken))
            after.append(x[at, 4])
        assert np.mean(after[-300:]) > 0.75  # three in ten of them are new


def test_a_trial_on_a_product(made: Path) -> None:
    live = Live(product.load(made / "build" / "latest" / "product"))
    about = {
        "name": "x",
        "arms": {"new": {"share": 0.5}, "old": {"share": 0.5, "shelf": "popular"}},
        "explore": {"share": 1.0},
        "seed": 3,
    }
    trial = Trial(about, live)
    for n in range(300):
        user = f"u{n % 90}"
        shelf, shown = trial.shelf(user, live.usual)
        assert (
            shown is not None
            and len(shelf) == 10
            and shown.told is not None
            and shown.told["items"] == [p.item for p in shelf]
        )
        trial.record(shown)
        if "explored" in shown.told:
            assert 0 < shown.told["p"] <= 1 and shelf[-1].item == shown.told["explored"]
            if n % 3 == 0:
                trial.record(Event(user, shelf[-1].item, "view", shown.at + 5))
    told = trial.told()
    assert sum(a["impressions"] for a in told["arms"]) == 300 and told["exploring"]["impressions"] > 50
    assert 0 < told["exploring"]["taken"] <= told["exploring"]["impressions"] and told["exploring"]["effective"] > 0
    assert not Trial({"name": "x"}, live).on


def test_a_trial_survives_a_restart(made: Path, tmp_path: Path) -> None:
    place = tmp_path / "shop"
    shutil.copytree(made, place, symlinks=True)
    about = place / "build" / "latest" / "product"
    told = product.store.read_json(about / "product.json") | {
        "arms": {"a": {"share": 0.5}, "b": {"share": 0.5, "shelf": "popular"}}
    }
    product.store.write_json(about / "product.json", told)
    product.store.seal(about, {"name": told["name"], "scenario": told["scenario"]})
    counts = []
    for _ in range(2):
        process, client = start(place)
        for n in range(30):
            client("GET", f"/v1/recommend/u{n}")
        wanted, deadline = 30 * (len(counts) + 1), time.monotonic() + 20
        seen = 0
        while seen < wanted and time.monotonic() < deadline:  # nobody waits for an impression to be on disk
            seen = sum(a["impressions"] for a in client("GET", "/v1/experiment")[1]["arms"])
            time.sleep(0.05)
        counts.append(seen)
        process.terminate()
        process.wait(20)
    assert counts == [30, 60]

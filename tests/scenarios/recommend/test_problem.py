"""Cuts in time: nothing of what comes after is known before; every way to hold back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from breakeven.core.errors import InputError
from breakeven.gate.results import Job
from breakeven.scenarios.recommend import problem
from breakeven.scenarios.recommend.cuts import HOLDS
from breakeven.scenarios.registry import load_brief
from tests.scenarios.recommend.conftest import events

Folder = Callable[..., Path]


@pytest.mark.parametrize("hold", HOLDS)
def test_what_comes_after_is_not_known_before(shop: Folder, hold: str) -> None:
    found = problem.collect(load_brief(shop(events(spread=90_000), recommend={"hold": hold})))
    test, inner = found.test, found.validation
    assert len(test.before.items) + 0 < len(found.shop.seen.items) and len(inner.before.items) < len(test.before.items)
    for held in (test, inner):
        for u in held.people[:30]:
            before, after = held.before.slice(u), held.after.slice(u)
            assert not set(held.before.items[before]) & set(held.after.items[after])
            if hold != "random":
                assert held.before.times[before].max() <= held.after.times[after].min()
    if hold == "cut":
        assert test.before.times.max() <= test.after.times.min()
    if hold == "last":
        assert test.after.lengths.max() == 1


def test_what_is_taken_again_counts_where_it_is_asked_for(shop: Folder) -> None:
    counts = [
        problem.collect(
            load_brief(shop(events(spread=90_000), recommend={"hold": "random", "repeat": a}))
        ).test.after.lengths.sum()
        for a in ("never", "allowed")
    ]
    assert counts[0] < counts[1]


def test_the_way_is_chosen_by_the_data(shop: Folder) -> None:
    assert problem.collect(load_brief(shop())).hold == "last"  # few come back after a moment
    untimed = "\n".join(line.rsplit(",", 1)[0] for line in (shop() / "events.csv").read_text().splitlines())
    assert problem.collect(load_brief(shop(untimed))).hold == "last"
    assert problem.collect(load_brief(shop(split={"by": "random"}))).hold == "random"
    with pytest.raises(InputError, match="not a way to hold events back"):
        problem.collect(load_brief(shop(recommend={"hold": "lst"})))


def test_the_race_judges_the_same_people_at_every_size(shop: Folder, tmp_path: Path) -> None:
    brief = load_brief(shop())
    settled = problem.make_fitter(brief, problem.collect(brief), tmp_path / "work", ["ease"])
    race = settled.race()
    assert set(settled.candidates) == {"popular", "ease"} and race.unit == "people"
    assert all(np.array_equal(f.validation, race.folds[0].validation) for f in race.folds)
    found = settled.fit(Job("ease", 20, 1), {})
    assert (
        found.error is None and found.prediction is not None and len(found.prediction) == len(race.folds[0].validation)
    )


def test_the_length_may_stand_with_the_metric_and_time_in_the_split(shop: Folder) -> None:
    found = load_brief(shop(metric="hit@5", split={"by": "time(at)"}))
    assert found.metric == "hit" and found.settings["k"] == 5
    assert (
        problem.collect(load_brief(shop(events(spread=90_000).replace("time", "at", 1), split={"by": "time(at)"}))).hold
        == "cut"
    )


def test_metric_and_length_of_a_list_are_checked(shop: Folder, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown metric 'accuracy'; known: hit"):
        load_brief(shop(metric="accuracy"))
    brief = load_brief(shop(recommend={"k": 0}))
    with pytest.raises(InputError, match="no length of a list"):
        problem.make_fitter(brief, problem.collect(brief), tmp_path / "work")

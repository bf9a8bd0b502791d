"""Cuts in time: nothing of what comes after is known before; every way to hold back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from breakeven.cli import main
from breakeven.core.errors import InputError
from breakeven.gate.results import Job
from breakeven.scenarios.recommend import problem
from breakeven.scenarios.registry import load_brief
from tests.scenarios.recommend.conftest import events

Folder = Callable[..., Path]


@pytest.mark.parametrize("hold", ["cut", "last", "random"])
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
    with pytest.raises(InputError, match="none of the values it may have; give 'cut'"):
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


def test_the_metric_is_checked(shop: Folder) -> None:
    with pytest.raises(InputError, match="unknown metric 'accuracy'; known: hit"):
        load_brief(shop(metric="accuracy"))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("at_least", "foo", "'foo' is not a number; give a number"),
        ("at_least", True, "true is not a number; give a number"),
        ("at_least", float("nan"), "nan is not a number; give a number"),
        ("k", 0, "0 is below 1; give a whole number of at least 1"),
        ("k", "ten", "'ten' is not a whole number; give a whole number"),
        ("hold", "some", "'some' is none of the values it may have; give 'cut', 'last', 'random'"),
        ("repeat", 5, "5 is not text; give text"),
        ("items", ["a.csv"], "a list of 1 is not text; give text"),
        ("kinds", {"view": "many"}, r".view: 'many' is not a number; give a number"),
        ("kinds", {"view": 10**400}, r".view: 10+ is not a number; give a number"),
        ("rules", {"diversity": 3}, r".diversity: 3 is above 1; give a number of at most 1"),
        ("rules", [], "a list of 0 is not an object; give an object"),
        ("again", True, "it is called repeat now"),
    ],
)
def test_wrong_settings_are_refused_before_any_data_is_read(
    tmp_path: Path, key: str, value: object, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    brief = {"name": "shop", "scenario": "recommend", "data": "nowhere.csv", "recommend": {key: value}}
    (tmp_path / "product.yaml").write_text(yaml.safe_dump(brief))
    assert main(["build", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and re.search(rf"product\.yaml, recommend\.{key}(: )?{message}", said)


def test_a_bar_for_ratings_needs_ratings(shop: Folder) -> None:
    with pytest.raises(InputError, match=r"recommend\.at_least: the events have no ratings"):
        problem.collect(load_brief(shop(recommend={"at_least": 3})))

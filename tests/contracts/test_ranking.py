"""The laws every candidate of a ranking keeps. A candidate that is in the roster is under them; none is excused."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from breakeven.core import store
from breakeven.models import ranking, registry
from breakeven.runtime.ranking import packing, scorers
from breakeven.runtime.ranking.histories import Histories
from breakeven.runtime.ranking.items import Items
from breakeven.runtime.ranking.settings import ScorerSettings

NAMES = registry.names("ranking")
QUICK = {name: {"epochs": 2, "length": 8, "width": 16} for name in ("sasrec", "gru", "two_tower")}
WORDS = [f"{'red mug' if i < 12 else 'green tea'} {i}" for i in range(24)]
ITEMS = Items(WORDS, np.arange(24.0), np.repeat([0, 1], 12).astype(np.int32), np.zeros((24, 0), dtype=np.float32))
FITTED: dict[str, scorers.Scorer] = {}


def tastes(people: int = 60, items: int = 24, seed: int = 0) -> Histories:
    """People who take items of one of two tastes."""
    rng = np.random.default_rng(seed)
    users = np.repeat(np.arange(people), 9)
    taken = (users % 2) * (items // 2) + rng.integers(0, items // 2, len(users))
    return Histories.of_events(users, taken, np.ones(len(users)), np.tile(np.arange(9), people), (people, items))


def fitted(name: str) -> scorers.Scorer:
    if name not in FITTED:
        FITTED[name] = registry.fit(name, tastes(), QUICK.get(name, {}), 0, ITEMS)
    return FITTED[name]


def test_the_roster_names_files_that_are_there() -> None:
    here = Path(str(ranking.__file__)).parent
    assert {registry.entry(name, "ranking").module.removeprefix("ranking.") for name in NAMES} == {
        p.stem for p in here.glob("*.py")
    } - {"__init__"}
    assert {registry.route_of(name, "ranking") for name in NAMES} == {"traditional", "large"}
    assert registry.RANKING_BASELINE in NAMES and registry.INCUMBENT in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_scores_are_finite_one_a_person_and_item(name: str) -> None:
    scores = fitted(name).scores(tastes(seed=5))
    assert scores.shape == (60, 24) and np.isfinite(scores).all()


@pytest.mark.parametrize("name", NAMES)
def test_people_who_were_not_there_are_answered_by_their_history_alone(name: str) -> None:
    """Nobody's number matters: people in another order, or one at a time, are scored alike."""
    seen = tastes(seed=9)
    whole = fitted(name).scores(seen)
    assert np.allclose(fitted(name).scores(seen.take(np.array([7, 3]))), whole[[7, 3]], atol=1e-4)
    alone = fitted(name).scores(seen.take(np.array([4])))
    assert np.allclose(alone[0], whole[4], atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_history_gives_what_is_popular(name: str) -> None:
    scores = fitted(name).scores(Histories.of_one([], [], 24))
    counts = fitted(registry.RANKING_BASELINE).scores(Histories.of_one([], [], 24))[0]
    assert np.isfinite(scores).all()
    assert scores[0].argmax() == counts.argmax()


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_scores(name: str) -> None:
    again = registry.fit(name, tastes(), QUICK.get(name, {}), 0, ITEMS)
    assert np.array_equal(again.scores(tastes(seed=2)), fitted(name).scores(tastes(seed=2)))


@pytest.mark.parametrize("name", [n for n in NAMES if n not in QUICK and n != registry.RANKING_BASELINE])
def test_taste_is_found(name: str) -> None:
    seen = tastes(seed=3)
    scores = fitted(name).scores(seen)
    own = np.where(np.arange(60)[:, None] % 2 == 0, scores[:, :12], scores[:, 12:]).mean(axis=1)
    other = np.where(np.arange(60)[:, None] % 2 == 0, scores[:, 12:], scores[:, :12]).mean(axis=1)
    assert (own > other).mean() > 0.9


@pytest.mark.parametrize("name", NAMES)
def test_what_is_packed_answers_alike(name: str) -> None:
    packed = fitted(name).pack()
    plain = json.loads(json.dumps(msgspec.to_builtins(packed.settings, enc_hook=store.plain)))
    again = packing.unpack(packed._replace(settings=msgspec.convert(plain, ScorerSettings)))
    seen = tastes(seed=4)
    assert np.allclose(again.scores(seen), fitted(name).scores(seen), atol=2e-3)


@pytest.mark.parametrize("name", [n for n in NAMES if n != registry.RANKING_BASELINE])
def test_its_space_draws_settings_it_takes(name: str) -> None:
    import optuna

    space = registry.space(name, "ranking")
    assert space is not None
    trial = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1)).ask()
    drawn = {**space(trial), **QUICK.get(name, {})}
    assert np.isfinite(registry.fit(name, tastes(), drawn, 0, ITEMS).scores(tastes(seed=6))).all()


@pytest.mark.parametrize("name", NAMES)
def test_items_nobody_took_and_people_of_one_event_are_no_trouble(name: str) -> None:
    users = np.repeat(np.arange(30), 3)
    taken = np.random.default_rng(0).integers(0, 6, 90)
    seen = Histories.of_events([*users, 30], [*taken, 2], np.ones(91), np.arange(91), (31, 11))
    scores = registry.fit(name, seen, QUICK.get(name, {}), 0, Items.of(WORDS[:11])).scores(seen)
    assert scores.shape == (31, 11) and np.isfinite(scores).all()


def test_what_is_written_places_items_nobody_took() -> None:
    """Half of the mugs were never taken: who takes mugs is offered those before any tea."""
    rng = np.random.default_rng(0)
    users = np.repeat(np.arange(120), 8)
    taken = np.where(users % 2 == 0, rng.integers(0, 6, len(users)), 12 + rng.integers(0, 12, len(users)))
    seen = Histories.of_events(users, taken, np.ones(len(users)), np.tile(np.arange(8), 120), (120, 24))
    scorer = registry.fit("two_tower", seen, {"epochs": 12, "length": 8, "width": 16}, 0, ITEMS)
    scores = scorer.scores(seen.take(np.arange(0, 120, 2)))
    assert (scores[:, 6:12].mean(axis=1) > scores[:, 12:].mean(axis=1)).mean() > 0.9
    with pytest.raises(ValueError, match="nothing is known"):
        registry.fit("two_tower", seen, {}, 0, Items.of([""] * 24))

"""What is popular by now is what training would count of the same events: one voice a person, halved with age."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from breakeven.models.ranking import popular
from breakeven.online.event import Event
from breakeven.runtime.ranking.histories import Histories, half_life
from breakeven.scenarios.recommend import shop as shops
from breakeven.scenarios.recommend.popularity import Popularity
from breakeven.scenarios.recommend.recommender import Recommender
from breakeven.scenarios.registry import load_brief
from tests.scenarios.recommend.conftest import events, served

Folder = Callable[..., Path]


def recounted(live: Recommender) -> np.ndarray:
    """The popularity that training counts of everybody's events as they stand, at the time of the product's last event."""
    seen, rows = live.product.seen, list[tuple[int, int, float, float]]()
    for u, name in enumerate(live.names()):
        rows += [(u, did.item, did.weight, did.at) for did in live.history(name, most=10_000)]
    users, items, weights, times = zip(*rows, strict=True)
    every = Histories.of_events(users, items, weights, times, (len(live.names()), len(live.ids)))
    half = half_life(seen.times)
    counts = popular.counts(every, halvings=float(np.ptp(every.times)) / half)
    return counts * 2.0 ** ((every.times.max() - seen.times.max()) / half)


@pytest.mark.parametrize("seed", range(3))
def test_live_popularity_is_what_training_counts(shop: Folder, tmp_path: Path, seed: int) -> None:
    live = served(shops.read(load_brief(shop())), tmp_path / "product")
    rng, last = np.random.default_rng(seed), float(live.product.seen.times.max())
    assert np.allclose(live.popular, recounted(live), rtol=1e-5)
    kinds = ["view", "view", "cart", "purchase", "dislike", "remove_from_cart", "skip"]
    for n in range(400):
        user = f"u{rng.integers(0, 120)}"
        at = last + float(rng.integers(-20, 20)) * 86_400 + n
        live.apply(Event(user, f"商品{rng.integers(0, 46)}", str(rng.choice(kinds)), at))
    assert np.allclose(live.popular, recounted(live), rtol=1e-4, atol=1e-4)


def test_what_was_taken_long_after_the_build_outweighs_what_was_taken_before(shop: Folder, tmp_path: Path) -> None:
    live = served(shops.read(load_brief(shop())), tmp_path / "product")
    half, last = half_life(live.product.seen.times), float(live.product.seen.times.max())
    for n in range(200):  # two hundred half-lives: more than floats of four bytes hold
        live.apply(Event(f"later {n}", "商品44", "view", last + n * half))
    assert np.isfinite(live.popular).all() and live.popular.argmax() == live.number["商品44"]
    live.apply(Event("one more", "商品43", "view", last + 200 * half))
    order = np.argsort(-live.popular)
    assert [live.ids[i] for i in order[:2]] == ["商品43", "商品44"] or live.popular[order[0]] < 3 * live.popular[
        order[1]
    ]


def test_without_times_nothing_grows_old() -> None:
    seen = Histories.of_events([0, 1], [0, 1], [1.0, 3.0], [0.0, 1.0], (2, 2))
    found = Popularity(np.array([1.0, 3.0]), seen, timed=False)
    found.change({}, {0: found.loudness(2.0, 1.79e9)})
    assert found.scores.tolist() == [3.0, 3.0]


@pytest.mark.parametrize(("many", "level"), [(0, "info"), (600, "warning")])
def test_the_share_of_the_person_with_the_most_events_is_said(shop: Folder, many: int, level: str) -> None:
    guests = "".join(f"0,商品{n % 45},view,{1_750_000_000 + n}\n" for n in range(many))
    found = shops.read(load_brief(shop(events() + guests)))
    (said,) = [f for f in found.findings if f.kind == "activity"]
    share = found.seen.lengths.max() / len(found.seen.items)
    assert said.level == level and f"has {share:.1%} of them" in said.what
    assert ("guests under one name" in said.done) is (level == "warning")

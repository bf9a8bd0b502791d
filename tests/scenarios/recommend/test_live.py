"""The shop as it is now: a click changes the next shelf, rules hold, new people and items are served, reasons are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from breakeven.core.errors import InputError
from breakeven.online.event_log import Event
from breakeven.scenarios.recommend import product
from breakeven.scenarios.recommend import recommender as live_
from breakeven.scenarios.recommend.event_types import ITEM, Ratings
from breakeven.scenarios.recommend.recommender import Placed, Recommender
from breakeven.scenarios.recommend.rules import Rules, rules_of

#: After the item list was written, as everything that is told of while a shop is served.
LATER = 1.8e9


@pytest.fixture
def live(made: Path) -> Recommender:
    return Recommender(product.load(made / "build" / "latest" / "product"))


def did(user: str, item: str, kind: str = "view") -> Event:
    return Event(user, item, kind, 1.7e9)


def record(live: Recommender, events: Sequence[Event]) -> None:
    for event in events:
        live.apply(event)


def shown(live: Recommender, user: str | None, **keys: object) -> list[str]:
    return [p.item for p in live.recommend(user, rules_of(keys, live.usual))]


def test_a_click_changes_the_very_next_shelf(live: Recommender) -> None:
    before = shown(live, "somebody new")
    assert len(before) == 10
    record(live, [did("somebody new", "商品17")])
    after = shown(live, "somebody new")
    assert after != before and "商品17" not in after
    assert sum(15 <= int(i[2:]) < 30 for i in after) > 6  # of the taste that was clicked on
    assert shown(live, "another one") == before


def test_what_was_taken_is_not_shown_again(live: Recommender) -> None:
    seen = {live.ids[d.item] for d in live.history("u5")}
    assert seen and not seen & set(shown(live, "u5", k=45))


def test_rules(live: Recommender) -> None:
    record(live, [did("r", "商品3"), did("r", "商品20")])
    everything = shown(live, "r", k=45)
    assert "商品0" not in everything  # out of stock
    assert "商品0" in shown(live, "r", k=45, in_stock=0)
    assert not {"商品5", "商品6"} & set(shown(live, "r", k=45, exclude="商品5,商品6"))
    assert all("tea" in live.categories[live.number[i]] for i in shown(live, "r", k=45, category="tea"))
    assert all(10 <= live.prices[live.number[i]] <= 20 for i in shown(live, "r", k=45, price_min=10, price_max=20))
    assert shown(live, "r", include="商品44", k=3)[0] == "商品44" and len(shown(live, "r", include="商品44", k=3)) == 3
    assert shown(live, "r", category="nothing like it") == []
    with pytest.raises(InputError, match="not in the catalogue"):
        shown(live, "r", include="no such thing")


def test_no_more_than_so_many_of_a_category(live: Recommender) -> None:
    record(live, [did("r", "商品3")])
    narrow = [(name, [c for c in own if c != "all"]) for name, own in zip(live.ids, live.categories, strict=True)]
    record(live, [Event("", name, ITEM, LATER, data={"categories": own}) for name, own in narrow])
    live._of_category.clear()
    mugs = [i for i in shown(live, "r", k=6, per_category=2) if "mug" in live.categories[live.number[i]]]
    assert len(mugs) == 2 and len(shown(live, "r", k=6, per_category=2)) == 6


def test_diversity_widens_the_shelf(live: Recommender) -> None:
    record(live, [did("r", "商品3")])
    kinds = [len({live.titles[live.number[i]].split()[0] for i in shown(live, "r", diversity=d)}) for d in (0, 0.9)]
    assert kinds[0] <= kinds[1] and shown(live, "r", diversity=0.9) != shown(live, "r")


def test_new_items_are_shown_from_the_first_minute(live: Recommender) -> None:
    record(live, [did("r", "商品31"), did("r", "商品33")])
    record(
        live, [Event("", "fresh", ITEM, LATER, data={"title": "blue kite 99", "categories": ["kite"], "price": 3.0})]
    )
    shelf = live.recommend("r", Rules(k=30, explain=True))
    fresh = next(p for p in shelf if p.item == "fresh")
    assert fresh.reason is not None and fresh.reason.startswith("new, and like blue kite")
    record(live, [Event("", "fresh", ITEM, LATER, data={"stock": 0})])
    assert "fresh" not in shown(live, "r", k=45)
    record(live, [did("s", "fresh")])  # nobody's taste is known by it but what it reads like
    assert len(shown(live, "s")) == 10
    assert "商品45" in shown(live, "r", k=45)  # in the list, taken by nobody


def test_items_that_were_read_beforehand_are_those_read_when_asked_for(made: Path) -> None:
    loaded = product.load(made / "build" / "latest" / "product")
    told = [{"title": f"{name} {n}", "categories": ["all"]} for n, name in enumerate(("red mug", "green tea") * 40)]
    new = [Event("", f"new{n}", ITEM, LATER, data=data) for n, data in enumerate(told)]
    new += [
        Event("", "new0", ITEM, LATER, data={"title": "blue kite"}),
        Event("", "商品45", ITEM, LATER, data={"title": "red mug"}),
    ]
    one, many = Recommender(loaded), Recommender(loaded)
    for event in new:
        record(one, [event])
        assert event.item in [one.ids[i] for i in one.cold]
    many.prepare(many.read(new))
    record(many, new)
    assert list(one.prices) and len(many.prices) == len(many.stock) == len(many.is_hidden) == len(many.popular) == 126
    assert one.cold.keys() == many.cold.keys()
    for i, (near, how) in one.cold.items():
        assert near.tolist() == many.cold[i][0].tolist() and how.tolist() == many.cold[i][1].tolist()
    assert shown(one, "r", k=100) == shown(many, "r", k=100)


def test_unknown_items_are_harmless(live: Recommender) -> None:
    record(live, [did("r", "never heard of")])
    assert not live.history("r") and len(shown(live, "r")) == 10


def test_a_visit_is_as_if_it_had_been_done(live: Recommender) -> None:
    """What is refused or taken back during a visit, also of what was done before it."""
    before = [("商品3", "view"), ("商品17", "purchase")]
    visit = [("商品9", "view"), ("商品9", "dislike"), ("商品17", "remove_from_cart"), ("商品20", "view"), ("商品21", "dislike"),
             ("商品21", "skip"), ("商品22", "view"), ("商品22", "cancel"), ("商品23", "dislike"), ("商品23", "view")]  # fmt: skip
    record(live, [did("r", *one) for one in before])
    record(live, [Event("same", *one, 1.7e9 + n) for n, one in enumerate(before + visit)])
    record(live, [Event("stranger", *one, 1.7e9 + n) for n, one in enumerate(visit)])
    for user, other in (("r", "same"), (None, "stranger")):
        after = live.recommend(user, Rules(k=60), live_.session_of(live, [did("", *one) for one in visit]))
        assert {p.item for p in after} == set(shown(live, other, k=60))
        assert [p.item for p in after[:5]] == shown(live, other, k=5)


def test_reasons_in_both_languages(live: Recommender) -> None:
    record(live, [did("r", "商品17", "purchase")])
    assert any(p.reason == "because you bought green tea 17" for p in live.recommend("r", Rules(explain=True)))
    assert any(
        p.reason == "因为您买过《green tea 17》" for p in live.recommend("r", Rules(explain=True, language="zh"))
    )
    assert all(p.reason == "popular now" for p in live.recommend(None, Rules(explain=True)))


def test_similar_items(live: Recommender) -> None:
    near = live.similar("商品18", Rules(k=5))
    assert len(near) == 5 and sum(15 <= int(p.item[2:]) < 30 for p in near) >= 4
    assert live.similar("商品45", Rules(k=3))  # by what it reads like
    with pytest.raises(InputError, match="not in the catalogue"):
        live.similar("x", Rules())


def test_events_stand_by_their_time_however_late_they_come(live: Recommender) -> None:
    for item, at in (("商品17", 2e9), ("商品3", 1e9)):
        record(live, [Event("late", item, "view", at)])
    assert [live.ids[d.item] for d in live.history("late")] == ["商品3", "商品17"]
    own = live.history("u5")
    record(live, [Event("u5", "商品40", "view", own[0].at - 1)])
    assert [live.ids[live.history("u5")[0].item], len(live.history("u5"))] == ["商品40", len(own) + 1]


def test_what_was_bought_long_ago_is_never_shown(live: Recommender) -> None:
    record(live, [Event("old", "商品5", "Purchase", 1.0)])
    record(live, [Event("old", "商品20", "view", 2.0 + n) for n in range(600)])  # far more than an answer looks at
    assert "商品5" not in shown(live, "old", k=45)
    live.repeat = "allowed"  # as a brief says, from the start: shelves worked out before are of another shop
    record(live, [Event("old", "商品20", "view", 700.0)])
    again = shown(live, "old", k=45)
    assert "商品20" in again and "商品5" in again


def test_a_low_rating_is_no_wish(live: Recommender) -> None:
    live.weights = replace(live.weights, ratings=Ratings(bad=3.0, bar=3.0, top=5.0))
    record(live, [Event("r", "商品17", "event", 1.0, 1.0)])
    assert live.history("r") == [] and live.refused_by("r").tolist() == [live.number["商品17"]]
    record(live, [Event("r", "商品17", "event", 2.0, 5.0)])  # thought better of it
    assert [d.weight for d in live.history("r")] == [4 / 3] and not len(live.refused_by("r"))


def test_an_item_of_which_nothing_is_said_does_not_lead(live: Recommender) -> None:
    record(live, [did("r", "商品17"), Event("", "bare", ITEM, LATER, data={"price": 2.0})])
    assert shown(live, "r", k=46)[-1] == "bare"


def test_a_category_that_fills_the_top_leaves_room_for_others(live: Recommender) -> None:
    record(live, [did("r", f"商品{i}") for i in (16, 17, 18)])
    assert len(shown(live, "r", k=8, per_category=3, diversity=0)) == 3  # all are of "all"
    narrow = [(name, [c for c in own if c != "all"]) for name, own in zip(live.ids, live.categories, strict=True)]
    record(live, [Event("", name, ITEM, LATER, data={"categories": own}) for name, own in narrow])
    assert len(shown(live, "r", k=8, per_category=3)) == 8


@pytest.mark.parametrize(("keys", "what"), [
    ({"k": "0"}, "whole number"), ({"k": "1e9"}, "whole number"), ({"diversity": "2"}, "2 is above 1; send a number of at most 1"),
    ({"langage": "en"}, "did you mean 'language'"), ({"explain": "maybe"}, "not true or false"), ({"language": "fr"}, "language: 'fr'"),
    ({"exclude": 5}, "5 is not text or a list"), ({"price_max": "nan"}, "a number of at least 0"),
])  # fmt: skip
def test_wrong_asks(keys: dict[str, object], what: str) -> None:
    with pytest.raises(InputError, match=what):
        rules_of(keys, Rules())


def test_a_kept_shelf_is_what_would_be_worked_out_now(live: Recommender, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow twin: whatever happens, in whatever order, shelves that are kept are those of a shop that keeps none."""
    rng, worked_out = np.random.default_rng(0), []
    new = live._new
    monkeypatch.setattr(live, "_new", lambda *a: worked_out.append(a) or new(*a))
    people = ["u1", "u2", "u3", "somebody new", "another"]
    for step in range(400):
        user, item = str(rng.choice(people)), f"商品{rng.integers(0, 46)}"
        if step % 9 == 0:
            record(live, [Event(user, item, "view", 1.6e9 + float(rng.integers(0, 2e8)))])
        if step % 61 == 0:
            record(live, [Event("", item, ITEM, LATER, data={"stock": int(rng.integers(0, 2)), "title": "red mug"})])
        if step == 150:
            record(live, [Event("", "a new one", ITEM, LATER, data={"title": "green tea 16"}), did(user, "a new one")])
        ask = rules_of({"k": int(rng.choice([5, 10], p=[0.1, 0.9]))}, live.usual)
        shelf = str(rng.choice(["model", "neighbours", "popular"], p=[0.8, 0.1, 0.1]))
        assert live.recommend(user, ask, variant=shelf) == new(user, ask, (), shelf)
    assert 100 < len(worked_out) < 300  # some were kept, some were not


def test_a_past_is_the_history_without_its_objects(live: Recommender) -> None:
    record(
        live, [did("u1", "商品40"), did("u1", "商品41"), Event("u2", "商品40", "view", 1.0)]
    )  # later, and out of order
    record(live, [Event("many", f"商品{n % 45}", "view", 1.0 + n) for n in range(600)])
    for user in ("u1", "u2", "u3", "many", "nobody", None):
        history = live.history(user)
        items, weights = live.past(user)
        assert items.tolist() == [d.item for d in history] and weights.tolist() == [d.weight for d in history]


def test_the_shelves_kept_are_bounded(live: Recommender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_, "KEPT", 3)
    for u in range(9):
        shown(live, f"u{u}")
    assert len(live._kept) == 3


def test_popular_and_similar_items_follow_the_rules_of_a_slate(live: Recommender) -> None:
    def names(placed: Sequence[Placed]) -> list[str]:
        return [p.item for p in placed]

    for ask in (live.favourites, lambda rules: live.similar("商品17", rules)):
        plain = names(ask(rules_of({"k": "8"}, live.usual)))
        assert plain[0] not in names(ask(rules_of({"k": "8", "exclude": plain[0]}, live.usual)))
        assert names(ask(rules_of({"k": "8", "include": plain[-1]}, live.usual)))[0] == plain[-1]
        narrow = names(ask(rules_of({"k": "8", "per_category": "2"}, live.usual)))
        assert len(narrow) == 2  # all items are of the category "all"
        assert names(ask(rules_of({"k": "8", "diversity": "1"}, live.usual))) != plain

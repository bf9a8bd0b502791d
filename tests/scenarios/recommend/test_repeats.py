"""What comes back on a shelf is one decision: in the cuts, in the evaluation, in the product and in live answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from breakeven.core.errors import InputError
from breakeven.online.event import Event
from breakeven.scenarios.recommend import problem, ranking_metrics
from breakeven.scenarios.recommend.rules import rules_of
from breakeven.scenarios.registry import load_brief
from tests.scenarios.recommend.conftest import events, served

Folder = Callable[..., Path]

#: Sixty people who take six staples, one a day, for a month.
STAPLES = "user,item,kind,time\n" + "".join(
    f"u{u},i{(u + n) % 6},{{}},{1_750_000_000 + 86_400 * n}\n" for u in range(60) for n in range(30)
)


def noted(found: problem.Collected) -> str:
    return next((f"{f.what}; {f.done}" for f in found.findings if f.kind == "repeat"), "")


@pytest.mark.parametrize("word", ["never", "viewed", "allowed"])
def test_evaluation_product_and_live_answers_leave_out_the_same_items(shop: Folder, tmp_path: Path, word: str) -> None:
    found = problem.collect(load_brief(shop(events(spread=90_000), recommend={"repeat": word})))
    live = served(found.shop, tmp_path / "product")
    seen, product = found.shop.seen, live.product
    bought = {"never": {"view", "cart", "purchase"}, "viewed": {"cart", "purchase"}, "allowed": set[str]()}[word]
    people = np.arange(0, 90, 7)
    evaluated = ranking_metrics.shelves(product.scorer, seen.take(people), len(product.catalogue.ids))
    for shelf, u in zip(evaluated, people.tolist(), strict=True):
        part = seen.slice(u)
        names = [found.shop.kind_names[k] for k in found.shop.kinds[part]]
        taken = {int(i) for i, name in zip(seen.items[part], names, strict=True) if name in bought}
        everything = set(range(len(product.catalogue.ids)))
        answer = {
            live.number[p.item]
            for p in live.recommend(found.shop.users[u], rules_of({"k": 46, "in_stock": False}, live.usual))
        }
        assert set(shelf[shelf >= 0].tolist()) == set(product.shelf(u, 46).tolist()) == answer == everything - taken
    for held in (found.test, found.validation):
        some = held.before.take(held.people)
        shelf = ranking_metrics.shelves(product.scorer, some, some.item_count)
        assert (
            ranking_metrics.each(shelf, held.after.take(held.people))["recall"].min() == 1.0
        )  # whatever counts can be shown


@pytest.mark.parametrize(("kind", "word"), [("purchase", "allowed"), ("event", "allowed"), ("view", "never")])
def test_the_share_of_repeated_purchases_decides_where_the_brief_does_not(shop: Folder, kind: str, word: str) -> None:
    place = shop(STAPLES.replace("{}", kind), items="")
    if word == "never":
        with pytest.raises(InputError, match=re.escape("viewed before: recommend: {repeat: viewed}")):
            problem.collect(load_brief(place))
        return
    found = problem.collect(load_brief(place))
    assert found.shop.repeat == word
    assert noted(found).startswith("80% of a person's " + ("purchases" if kind == "purchase" else "events"))
    assert "a person took comes back, as usual there; else recommend: {repeat: never}" in noted(found)


def test_the_brief_has_the_last_word(shop: Folder) -> None:
    found = problem.collect(load_brief(shop(recommend={"repeat": "viewed"})))
    assert found.shop.repeat == "viewed" and "only viewed comes back, as the brief says" in noted(found)
    assert problem.collect(load_brief(shop())).shop.repeat == "never"
    with pytest.raises(InputError, match=re.escape("recommend: {repeat: allowed}")):
        problem.collect(load_brief(shop(STAPLES.replace("{}", "purchase"), items="", recommend={"repeat": "never"})))
    with pytest.raises(InputError, match=r"recommend\.repeat: 'again' is none of .* give 'never', 'viewed', 'allowed'"):
        problem.collect(load_brief(shop(recommend={"repeat": "again"})))


def test_one_robot_does_not_decide(shop: Folder) -> None:
    robot = "".join(f"robot,商品{n % 20},purchase,{1_750_000_000 + 86_400 * (n // 20)}\n" for n in range(4_000))
    found = problem.collect(load_brief(shop(events() + robot)))
    assert found.shop.repeat == "never"


def test_lines_of_one_order_are_no_repetition(shop: Folder) -> None:
    rows = "".join(f"u{u},i{n // 2},purchase,{1_750_000_000 + n}\n" for u in range(60) for n in (*range(24), 24, 26))
    found = problem.collect(load_brief(shop("user,item,kind,time\n" + rows, items="")))
    assert found.shop.repeat == "never" and noted(found).startswith("0% of a person's purchases")


def test_what_was_bought_while_it_is_served_does_not_come_back(shop: Folder, tmp_path: Path) -> None:
    live = served(problem.collect(load_brief(shop(recommend={"repeat": "viewed"}))).shop, tmp_path / "product")

    def shelf() -> set[str]:
        return {p.item for p in live.recommend("new", rules_of({"k": "45"}, live.usual))}

    live.apply(Event("new", "商品17", "view", 1.79e9))
    live.apply(Event("new", "商品18", "view", 1.79e9))
    assert {"商品17", "商品18"} <= shelf()
    live.apply(Event("new", "商品17", "purchase", 1.79e9 + 5))
    assert "商品17" not in shelf() and "商品18" in shelf()
    live.apply(Event("new", "商品18", "dislike", 1.79e9 + 6))
    assert "商品18" not in shelf()

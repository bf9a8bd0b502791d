"""What a person refused stays off their shelf: in cuts, the race and the sealed test, in the product, live, and after a build."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from breakeven.online.event import Event
from breakeven.runtime.ranking.scorers import Scorer
from breakeven.scenarios.recommend import fitter, problem, ranking_metrics
from breakeven.scenarios.recommend import shop as shops
from breakeven.scenarios.recommend.rules import rules_of
from breakeven.scenarios.registry import load_brief
from tests.scenarios.recommend.conftest import events, served

Folder = Callable[..., Path]

#: Before and after all other events.
EARLY, LATE = 1_740_000_000, 1_795_000_000


class Same(Scorer):
    """Every item scores the same."""

    def scores(self, seen):  # type: ignore[no-untyped-def]
        return np.zeros((len(seen), seen.item_count), dtype=np.float32)


def with_refusals(at: int = EARLY) -> str:
    return events(spread=90_000) + "".join(f"u{u},商品{u % 45},dislike,{at}\n" for u in range(90))


@pytest.mark.parametrize("hold", ["cut", "last", "random"])
def test_what_was_refused_before_a_cut_is_left_out_of_what_is_judged(shop: Folder, tmp_path: Path, hold: str) -> None:
    found = problem.collect(load_brief(shop(with_refusals(), recommend={"hold": hold, "repeat": "allowed"})))
    refused = found.shop.refusals
    assert len(refused) > 20
    problem.make_fitter(load_brief(shop(with_refusals())), found, tmp_path, ["popular"])
    stored = fitter.validation(tmp_path)
    for held in (found.test, found.validation, stored):
        count, who, what = held.before.item_count, *held.before.refusals()
        assert {*zip(who.tolist(), what.tolist(), strict=True)} >= {(u, i) for u, i in refused.tolist()}
        taken = held.after.owners * count + held.after.items
        assert not np.isin(taken, who * count + what).any()
        shelf = ranking_metrics.shelves(Same(), held.before.take(held.people), count)
        for row, u in zip(shelf, held.people.tolist(), strict=True):
            assert not set(row.tolist()) & set(what[who == u].tolist())
    known = fitter.known_events(tmp_path)
    assert [a.tolist() for a in known.barred()] == [a.tolist() for a in found.test.before.barred()]


def test_what_is_refused_after_the_cut_is_not_known_before_it(shop: Folder) -> None:
    found = problem.collect(load_brief(shop(with_refusals(LATE), recommend={"hold": "cut"})))
    assert len(found.shop.refusals) and not len(found.test.before.refusals()[0])


def test_a_refusal_lifted_before_the_cut_is_none(shop: Folder) -> None:
    data = with_refusals() + "".join(f"u{u},商品{u % 45},purchase,{EARLY + 5}\n" for u in range(90))
    found = problem.collect(load_brief(shop(data, recommend={"hold": "cut"})))
    assert not len(found.shop.refusals) and not len(found.test.before.refusals()[0])


def test_who_only_refused_is_known_after_a_build(shop: Folder, tmp_path: Path) -> None:
    data = events() + f"critic,商品17,dislike,{LATE}\ncritic,商品18,refund,{LATE}\n"
    found = shops.read(load_brief(shop(data)))
    live = served(found, tmp_path / "product")

    def shelf(user: str) -> set[str]:
        return {p.item for p in live.recommend(user, rules_of({"k": "45"}, live.usual))}

    assert {"商品17", "商品18"} <= shelf("nobody") and not {"商品17", "商品18"} & shelf("critic")
    live.apply(Event("critic", "商品17", "purchase", LATE + 9))
    assert live.history("critic")[-1].item == live.number["商品17"]
    assert live.refused_by("critic").tolist() == [live.number["商品18"]]


@pytest.mark.parametrize("repeat", ["never", "viewed", "allowed"])
def test_a_file_and_live_answers_show_the_same_after_the_same_events(shop: Folder, tmp_path: Path, repeat: str) -> None:
    did = [("商品3", "view", None), ("商品17", "purchase", 1.0), ("商品20", "purchase", 1.0), ("商品20", "refund", None),
           ("商品21", "dislike", None), ("商品21", "view", None), ("商品22", "cart", None), ("商品22", "remove_from_cart", None),
           ("商品9", "skip", None), ("商品30", "purchase", -1.0), ("商品31", "wave", None)]  # fmt: skip
    before = "user,item,kind,time,quantity\n" + "".join(f"{line},\n" for line in events().splitlines()[1:])
    rows = "".join(f"new,{item},{kind},{LATE + n},{value or ''}\n" for n, (item, kind, value) in enumerate(did))
    read, live = (
        served(shops.read(load_brief(shop(text, recommend={"repeat": repeat}))), tmp_path / name)
        for name, text in (("read", before + rows), ("live", before))
    )
    for n, (item, kind, value) in enumerate(did):
        live.apply(Event("new", item, kind, LATE + n, value))
    shelves = [{p.item for p in one.recommend("new", rules_of({"k": "60"}, one.usual))} for one in (read, live)]
    assert shelves[0] == shelves[1] and "商品20" not in shelves[0]
    assert [d.item for d in read.history("new")] == [d.item for d in live.history("new")]

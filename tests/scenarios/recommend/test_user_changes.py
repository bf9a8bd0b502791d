"""Users erased and merged, events deleted: in the log, in answers, after a restart, in builds, in files."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from breakeven import pipeline
from breakeven.cli import main
from breakeven.core.product_folder import ProductFolder
from breakeven.online.event import Event, now
from breakeven.runtime.predictor import find
from breakeven.scenarios.recommend.live_shop import LiveShop, replayed
from breakeven.scenarios.recommend.product import load
from breakeven.scenarios.recommend.rules import Rules
from breakeven.scenarios.recommend.shop import read
from breakeven.scenarios.registry import load_brief


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "shop", symlinks=True)
    return tmp_path / "shop"


def product_of(place: Path) -> Path:
    return place / "build" / "latest" / "product"


def act(place: Path, *steps) -> LiveShop:
    """A shop after coroutines made by functions of it, closed again."""

    async def run() -> LiveShop:
        shop = LiveShop.open(load(product_of(place)), place)
        for step in steps:
            await step(shop)
        await shop.close()
        return shop

    return asyncio.run(run())


def slate(live, user: str) -> list[tuple[str, float]]:
    return [(p.item, p.score) for p in live.recommend(user, Rules(k=10))]


def test_a_guests_events_become_a_users(place: Path) -> None:
    seen = [Event("guest", "商品3", "cart", now()), Event("guest", "商品4", "view", now())]
    shop = act(place, lambda s: s.take(seen), lambda s: s.merge_users("guest", "u5"))
    live = shop._live
    assert [live.ids[d.item] for d in live.history("u5")][-2:] == ["商品3", "商品4"]
    assert live.history("guest") == [] and "guest" not in live.names()
    direct = act(place, lambda s: s.take([])).live
    assert slate(direct, "u5") == slate(live, "u5") == slate(replayed(load(product_of(place)), place), "u5")


def test_a_user_of_the_product_can_be_the_guest(place: Path) -> None:
    before = replayed(load(product_of(place)), place)
    theirs = [d.item for d in before.history("u5")]
    popular = before.popular.copy()
    live = act(place, lambda s: s.merge_users("u5", "new"))._live
    assert [d.item for d in live.history("new")] == theirs and live.history("u5") == []
    assert abs(live.popular.sum() - popular.sum()) <= len(theirs) * 5


def test_popularity_counts_a_person_once_after_a_merge(place: Path) -> None:
    """The same events in one name or in two that were merged leave the same state."""
    at = now() - 60
    one = act(place, lambda s: s.take([Event("m", "商品7", "view", at), Event("m", "商品7", "view", at + 1)]))._live
    counted = one.popular.copy()
    shutil.copytree(place, place.with_name("other"), symlinks=True)
    other = place.with_name("other")
    for file in other.glob("events.db*"):
        file.unlink()
    two = act(other, lambda s: s.take([Event("m", "商品7", "view", at), Event("n", "商品7", "view", at + 1)]),
              lambda s: s.merge_users("n", "m"))._live  # fmt: skip
    assert two.popular.tolist() == pytest.approx(counted.tolist())


def test_deleted_feedback_no_longer_counts(place: Path) -> None:
    live = replayed(load(product_of(place)), place)
    before, mine = slate(live, "u5"), live.ids[live.history("u5")[-1].item]
    shop = act(
        place, lambda s: s.take([Event("u5", "商品3", "cart", now())]), lambda s: s.delete_events("u5", "商品3", "cart")
    )
    assert slate(shop._live, "u5") == before
    live = act(place, lambda s: s.delete_events("u5", mine))._live
    assert mine not in [live.ids[d.item] for d in live.history("u5")]
    records = read(load_brief(place)).seen
    assert len(records.items) < len(load(product_of(place)).seen.items)


def test_feedback_of_one_kind_leaves_the_others(place: Path) -> None:
    """Of what a user did with an item before the build, one kind is deleted; the item is still taken, until all kinds are."""
    live = replayed(load(product_of(place)), place)
    kinds = dict[tuple[str, int], set[str]]()
    for user in live.product.users:
        for did in live.history(user):
            kinds.setdefault((user, did.item), set()).add(did.kind)
    (user, item), several = next(pair for pair in kinds.items() if len(pair[1]) > 1)
    before = live.history(user)
    for n, kind in enumerate(sorted(several)):
        live = act(place, lambda s, kind=kind: s.delete_events(user, s.live.ids[item], kind))._live
        gone = sorted(several)[: n + 1]
        assert live.history(user) == [did for did in before if did.item != item or did.kind not in gone]
        assert live.past(user)[0].tolist() == [did.item for did in live.history(user)]
        assert (item in live.taken(user)) == (len(gone) < len(several))


def test_an_erased_user_is_in_no_file(place: Path) -> None:
    done = []

    async def erase(shop: LiveShop) -> None:
        await shop.take([Event("u7", "商品3", "cart", now(), id="order of u7"), Event("g7", "商品4", "view", now())])
        await shop.merge_users("g7", "u7")
        done.append(await shop.erase_user("u7"))
        await shop.take([Event("u8", "商品3", "view", now())])

    shop = act(place, erase)
    assert done[0].events == 3 and done[0].builds >= 1  # two events and the merge
    assert "\nu7," in (place / "events.csv").read_text(encoding="utf-8")  # the owner's file is the owner's
    for file in place.rglob("*"):
        if file.is_file() and file.name != "events.csv":
            words = file.read_bytes()
            assert b'"u7"' not in words and b"order of u7" not in words and b"g7" not in words, file
    ProductFolder.open(product_of(place).resolve()).check()
    assert shop._live.history("u7") == [] and "u7" not in shop._live.names()
    again = replayed(load(product_of(place)), place)
    assert again.history("u7") == [] and "" not in again.names() and len(again.names()) == len(shop._live.names())
    assert slate(again, "u9") == slate(shop._live, "u9")


def test_an_erased_user_is_left_out_of_later_builds(place: Path) -> None:
    act(place, lambda s: s.erase_user("u7"))
    shop = read(load_brief(place))
    assert "u7" not in shop.users and "u8" in shop.users
    assert any("erased" in f.what and "events.csv" in f.what for f in shop.findings)
    run = pipeline.build(load_brief(place), names=["popular", "item_neighbours"])
    assert "u7" not in load(run.folder / "product").users


def test_a_user_who_comes_back_after_erasure_is_new(place: Path) -> None:
    shop = act(place, lambda s: s.erase_user("u7"), lambda s: s.take([Event("u7", "商品3", "view", now())]))
    assert [shop._live.ids[d.item] for d in shop._live.history("u7")] == ["商品3"]
    with (place / "events.csv").open("a", encoding="utf-8") as file:
        file.write(f"u7,商品3,view,{int(now()) + 5}\nu7,商品4,view,{int(now()) + 6}\n")
    found = read(load_brief(place))
    u = found.users.index("u7")
    assert [found.items.ids[i] for i in found.seen.items[found.seen.slice(u)]] == ["商品3", "商品4"]


def test_erasing_from_the_command_line(place: Path, capsys) -> None:
    shop = LiveShop.open(load(product_of(place)), place)
    assert main(["erase", str(place), "u7"]) == 2 and "another process serves" in capsys.readouterr().err
    asyncio.run(shop.close())
    assert main(["erase", str(place), "u7"]) == 0
    assert "events.csv" in capsys.readouterr().out
    assert "u7" not in load(product_of(place)).users
    assert main(["erase", str(place), "u7"]) == 0  # it can be repeated


def test_an_erasure_that_was_cut_short_is_finished_by_the_next(place: Path) -> None:
    product = product_of(place).resolve()
    product.rename(product.with_name("product.replaced"))
    (product.with_name("product.erasing")).mkdir()
    assert main(["erase", str(place), "u7"]) == 0
    assert "u7" not in load(product).users and not [*place.rglob("*.erasing"), *place.rglob("*.replaced")]


def test_a_product_whose_erasure_was_cut_short_is_served(place: Path) -> None:
    product = product_of(place).resolve()
    product.rename(product.with_name("product.replaced"))
    assert find(place)[0].resolve() == product and "u7" in load(product).users
    shutil.copytree(product, product.with_name("product.replaced"))  # killed after the second rename
    assert find(place)[0].resolve() == product and not list(place.rglob("*.replaced"))


def test_a_product_without_users_says_so(folder, capsys) -> None:
    assert main(["erase", str(folder(name="data.csv")), "u1"]) == 2
    assert "keeps nothing by user" in capsys.readouterr().err

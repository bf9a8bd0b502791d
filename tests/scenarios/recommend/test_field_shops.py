"""Shops as they are: refunds, ratings, stock in words, prices with currencies, dates in local order; each read as it is meant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from breakeven.core.errors import InputError
from breakeven.core.types import Finding
from breakeven.online.assignment import Arm
from breakeven.online.event import IMPRESSION, Event
from breakeven.online.sequential_test import Tally
from breakeven.scenarios.recommend import cells, product, requests, shop
from breakeven.scenarios.recommend.event_types import EventWeights, hides, usual_weight
from breakeven.scenarios.recommend.live_shop import LiveShop
from breakeven.scenarios.recommend.recommender import Recommender
from breakeven.scenarios.recommend.rules import rules_of
from breakeven.scenarios.registry import load_brief
from tests.scenarios.recommend.conftest import events, listed

Folder = Callable[..., Path]


def read(place: Path) -> shop.Shop:
    return shop.read(load_brief(place))


def asked(found: shop.Shop) -> list[Finding]:
    return [f for f in found.findings if f.level == "question"]


@pytest.mark.parametrize("kind", ["dislike", "Thumbs_Down", "refund", "returned", "report", "退款", "不喜欢"])
def test_what_was_refused_no_longer_counts_and_is_hidden(shop: Folder, kind: str) -> None:
    lines = events().splitlines()
    user, item, *_ = lines[1].split(",")
    found = read(
        shop("\n".join([*lines, f"{user},{item},{kind},1999999999"]).replace("1999999999", "1795000000") + "\n")
    )
    u, i = found.users.index(user), found.items.ids.index(item)
    assert i not in found.seen.items[found.seen.slice(u)]
    assert [u, i] in found.refusals.tolist()
    assert not asked(found)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (
            "customer_id,product_id,product_qty,date_created",
            "{user},{item},{quantity},{day}",
        ),  # WooCommerce's order lines
        (
            "order_id,customer_email,sku,qty_ordered,created_at",
            "{n},{user}@x.org,{item},{quantity}.0000,{day}",
        ),  # Magento
        (
            "Name,Email,Created at,Lineitem quantity,Lineitem sku",
            "#{n},{user}@x.org,{day} +0000,{quantity},{item}",
        ),  # Shopify
    ],
)
def test_lines_of_orders_are_read_as_shops_export_them(shop: Folder, header: str, row: str) -> None:
    lines, told = [header], events().splitlines()[1:]
    for n, line in enumerate(told):
        user, item, _, at = line.split(",")
        day = datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%d %H:%M:%S")
        lines.append(row.format(n=n, user=user, item=item, quantity=-1 if n % 40 == 0 else 1, day=day))
    found = read(shop("\n".join(lines) + "\n", items=""))
    assert len(found.users) == 90 and len(found.items.ids) == 45 and found.timed and not asked(found)
    assert 0 < len(found.refusals) <= -(-len(told) // 40) and set(found.seen.weights.tolist()) == {1.0}


def test_the_kinds_of_analytics_are_known(shop: Folder) -> None:
    for wish in (
        "view_item",
        "select_item",
        "Product Viewed",
        "begin_checkout",
        "add_to_wishlist",
        "Order Completed",
        "thumbs_up",
    ):
        assert (usual_weight(wish) or 0) > 0
    assert usual_weight("view_item_list") == 0
    for back in ("Product Removed", "Order Refunded"):
        assert usual_weight(back) == -1 and hides(back) == (back == "Order Refunded")


def test_a_cancelled_cart_is_as_if_it_had_not_been(shop: Folder) -> None:
    lines = events().splitlines()
    user, item, *_ = lines[1].split(",")
    found = read(shop("\n".join([*lines, f"{user},{item},remove_from_cart,1795000000"]) + "\n"))
    u, i = found.users.index(user), found.items.ids.index(item)
    assert i not in found.seen.items[found.seen.slice(u)]
    assert not len(found.refusals)


def test_an_unknown_kind_is_asked_about_and_impressions_are_no_wish(shop: Folder) -> None:
    lines = events().splitlines()
    more = [f"u1,商品{i},{kind},1795000000" for kind in ("impression", "wave") for i in range(5)]
    found = read(shop("\n".join([*lines, *more]) + "\n"))
    (question,) = asked(found)
    assert "'wave'" in question.what and "impression" not in question.what
    assert question.count == 5
    assert found.event_weights["impression"] == 0.0


def test_kinds_that_are_numbers_weigh_what_the_brief_says(shop: Folder) -> None:
    data = events()
    for number, kind in enumerate(("view", "cart", "purchase"), 1):
        data = data.replace(f",{kind},", f",{number},")
    found = read(shop(data, recommend={"kinds": {1: 1, 2: 3, 3: 9}}))
    assert set(np.unique(found.seen.weights)) == {1.0, 3.0, 9.0} and not asked(found)


def test_a_negative_quantity_is_a_return(shop: Folder) -> None:
    lines = [f"{line},1" for line in events().splitlines()]
    lines[0] = lines[0].removesuffix(",1") + ",Quantity"
    user, item, *_ = lines[1].split(",")
    found = read(shop("\n".join([*lines, f"{user},{item},purchase,1795000000,-1"]) + "\n"))
    u, i = found.users.index(user), found.items.ids.index(item)
    assert i not in found.seen.items[found.seen.slice(u)]


@pytest.mark.parametrize("kind", ["rating", "review", "star", ""])
def test_a_good_rating_counts_more_than_a_middling_one_and_a_bad_one_refuses(shop: Folder, kind: str) -> None:
    lines = [line.split(",") for line in events().splitlines()[1:]]
    rows = [f"{u},{i},{kind},{at},{1 + n % 5}" for n, (u, i, _, at) in enumerate(lines)]
    found = read(shop("\n".join(["user,item,kind,time,rating", *rows]) + "\n"))
    weights, kind = EventWeights.stored(found.event_weights), kind or "event"
    bad, middling, good, best = (weights.of(kind, value) for value in (2.0, 3.0, 4.0, 5.0))
    assert bad < 0 < middling < good < best == 2 * middling == weights.of(kind, 9.0)
    assert set(np.unique(found.seen.weights)) == {np.float32(w) for w in (middling, good, best)}
    assert len(found.refusals) > 50 and not asked(found)
    last = {(u, i): 1 + n % 5 for n, (u, i, *_) in enumerate(lines)}
    refused = {(found.users[u], found.items.ids[i]) for u, i in found.refusals.tolist()}
    assert refused == {pair for pair, value in last.items() if value < 3}  # the last word counts


def test_the_brief_moves_the_bar_and_what_lies_between_is_no_wish_and_no_refusal(shop: Folder) -> None:
    lines = [line.split(",") for line in events().splitlines()[1:]]
    rows = [f"{u},{i},{at},{1 + n % 5}" for n, (u, i, _, at) in enumerate(lines)]
    found = read(shop("\n".join(["user,item,time,rating", *rows]) + "\n", recommend={"at_least": 4}))
    weights = EventWeights.stored(found.event_weights)
    assert [weights.of("event", value) for value in (1, 2, 3, 4, 5)] == [-1.0, -1.0, 0.0, 2 / 3, 4 / 3]
    assert weights.of("event", 4.5) == weights.of("event")  # the scale makes events neither louder nor more silent


def test_what_was_skipped_counts_no_longer_and_may_be_shown_again(shop: Folder, made: Path) -> None:
    lines = events().splitlines()
    user, item, *_ = lines[1].split(",")
    found = read(shop("\n".join([*lines, f"{user},{item},skip,1795000000"]) + "\n"))
    u, i = found.users.index(user), found.items.ids.index(item)
    assert i not in found.seen.items[found.seen.slice(u)] and not len(found.refusals) and not asked(found)
    live = Recommender(product.load(made / "build" / "latest" / "product"))
    live.apply(Event("new", "商品17", "view", 1.79e9))
    live.apply(Event("new", "商品17", "skip", 1.79e9 + 1))
    assert not live.history("new") and not len(live.barred("new"))


@pytest.mark.parametrize("kind", ["read", "pv", "Bought", "bookmark", "watched"])
def test_more_kinds_are_known(shop: Folder, kind: str) -> None:
    assert not asked(read(shop(events().replace(",cart,", f",{kind},"))))


@pytest.mark.parametrize(
    ("form", "level"), [("%Y-%m-%d %H:%M", "question"), ("%d.%m.%Y", "question"), ("%s", "question"), ("x%j", "")]
)
def test_a_column_that_looks_like_a_time_and_is_not_read_is_said(shop: Folder, form: str, level: str) -> None:
    from datetime import UTC, datetime

    rows = [line.rsplit(",", 1) for line in events().splitlines()[1:]]
    data = [f"{row[0]},{datetime.fromtimestamp(int(row[1]), UTC).strftime(form)}" for row in rows]
    found = read(shop("\n".join(["user,item,kind,wann", *data]) + "\n"))
    assert [f.level for f in found.findings if f.kind == "times"] == ([level] if level else [])
    both = [f"{line},{form and data[n].rsplit(',', 1)[1]}" for n, line in enumerate(events().splitlines()[1:])]
    found = read(shop("\n".join(["user,item,kind,time,wann", *both]) + "\n"))
    assert [f.level for f in found.findings if f.kind == "times"] == (["info"] if level else [])


def test_long_ids_are_no_times(shop: Folder) -> None:
    lines = [f"{line},{2053013555631882655 + n % 3},{20}" for n, line in enumerate(events().splitlines()[1:])]
    found = read(shop("\n".join(["user,item,kind,time,category_id,pages", *lines]) + "\n"))
    assert not [f for f in found.findings if f.kind == "times"]


def test_columns_of_the_item_list_that_are_not_used_are_listed(shop: Folder) -> None:
    lines = listed().splitlines()
    found = read(shop(items="\n".join([lines[0] + ",Vendor", *(line + ",x" for line in lines[1:])]) + "\n"))
    assert [c.role for c in found.columns if c.name == "item Vendor"] == ["ignore"]


def test_local_times_over_http_are_read_in_the_zone_of_the_build() -> None:
    batch = requests.EventBatch([requests.EventRequest("u", "i", time="2026-01-02 03:04:05")])
    naive, local = (requests.events(batch, zone)[0].at for zone in ("UTC", "Asia/Shanghai"))
    assert naive - local == 8 * 3600
    with_zone = requests.EventBatch([requests.EventRequest("u", "i", time="2026-01-02T03:04:05Z")])
    assert requests.events(with_zone, "Asia/Shanghai")[0].at == naive


def test_the_zone_of_the_brief_is_kept_in_the_product(made: Path, tmp_path: Path) -> None:
    from dataclasses import replace as with_

    from breakeven.online.sqlite_log import SqliteLog

    loaded = product.load(made / "build" / "latest" / "product")
    assert loaded.about["timezone"] == "UTC"
    local = with_(loaded, about={**loaded.about, "timezone": "Europe/Berlin"})
    log = SqliteLog(tmp_path)
    assert LiveShop(local, log).zone == "Europe/Berlin"
    log.close()


def test_stock_hidden_categories_and_prices_as_shops_write_them(shop: Folder) -> None:
    rows = listed().splitlines()[1:]
    words = ["in stock", "sold out", "yes", "no", "有货", "缺货"]
    lines = ["item,title,category,price,in_stock,hidden"]
    for i, row in enumerate(rows):
        name = row.split(",")[0]
        lines.append(f'{name},{1900 + i},{101 + i % 3},"{i + 1},50 €",{words[i % 6]},{int(i == 7)}')
    found = read(shop(items="\n".join(lines) + "\n")).items
    place = {name: i for i, name in enumerate(found.ids)}
    stock = [found.stock[place[f"商品{i}"]] for i in range(6)]
    assert stock == [1, 0, 1, 0, 1, 0]
    assert found.hidden[place["商品7"]] and found.hidden.sum() == 1
    assert found.categories[place["商品1"]] == ("102",)
    assert found.titles[place["商品1"]] == "1901"
    assert found.prices[place["商品1"]] == 2.5


def test_what_an_item_list_says_in_other_words_is_said(shop: Folder) -> None:
    lines = listed().splitlines()
    lines = [lines[0].replace("price", "status,price"), *(line.replace("|all,", "|all,a,") for line in lines[1:])]
    lines[1] = lines[1].replace(",1,", ",on request,")
    found = read(shop(items="\n".join(lines) + "\n"))
    assert "status" in asked(found)[0].what
    assert any("price that cannot be read, such as 'on request'" in f.what for f in found.findings)


def test_nested_and_listed_categories() -> None:
    assert cells.parts('["Home, Garden & Tools", "Toys"]') == ["Home, Garden & Tools", "Toys"]
    assert cells.parts("Home > Kitchen|Toys") == ["Home", "Home > Kitchen", "Toys"]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("event_time", "%Y-%m-%d %H:%M:%S UTC"),
        ("InvoiceDate", "%d/%m/%Y %H:%M"),
        ("order_date", "%d-%m-%Y %H:%M"),
        ("ts", "%Y%m%d"),
    ],
)
def test_times_of_shops_are_read(shop: Folder, name: str, form: str) -> None:
    from datetime import UTC, datetime

    lines = events().splitlines()
    rows = [line.rsplit(",", 1) for line in lines[1:]]
    data = [f"{row[0]},{datetime.fromtimestamp(int(row[1]), UTC).strftime(form)}" for row in rows]
    found, plain = read(shop("\n".join([f"user,item,kind,{name}", *data]) + "\n")), read(shop())
    assert found.timed
    unit = 86_400 if form == "%Y%m%d" else 60
    assert (
        np.abs(np.sort(found.seen.times) // unit - np.sort(plain.seen.times)[: len(found.seen.times)] // unit).mean()
        < 2
    )


def test_times_that_cannot_be_read_are_refused_with_one_shown(shop: Folder) -> None:
    lines = events().splitlines()
    bad = [line if n % 3 == 0 else line.rsplit(",", 1)[0] + f",week {n}" for n, line in enumerate(lines)]
    with pytest.raises(
        InputError, match=r"column 'time': .* times cannot be read, such as 'week 1' \(line 2\); say how"
    ):
        read(shop("\n".join(["user,item,kind,time", *bad[1:]]) + "\n"))


def test_a_return_of_what_was_bought_before_the_build_is_forgotten(made: Path) -> None:
    live = Recommender(product.load(made / "build" / "latest" / "product"))
    user = live.product.users[0]
    item = live.history(user)[-1].item
    popular = live.popular[item]
    live.apply(Event(user, live.ids[item], "view", live.history(user)[0].at - 1))
    assert live.popular[item] == popular  # one person is one voice
    live.apply(Event(user, live.ids[item], "refund", 1.79e9 + 1))
    assert item not in [d.item for d in live.history(user)]
    assert item not in live.past(user)[0] and item in live.refused_by(user)


def test_only_what_follows_an_impression_in_time_and_is_a_wish_is_credited() -> None:
    weights = EventWeights.of_brief({})
    tally = Tally([Arm("a", "model", 1.0)], lambda event: weights.of(event.kind, event.value) > 0)
    tally.apply(Event("u", "", IMPRESSION, 1000.0, data={"arm": "a", "items": ["x"]}))
    for kind, at in (("purchase", 900.0), ("dislike", 1010.0), ("impression", 1010.0)):
        tally.apply(Event("u", "x", kind, at))
        assert tally.summary()["arms"][0]["taken"] == 0
    tally.apply(Event("u", "x", "purchase", 1020.0))
    assert tally.summary()["arms"][0]["taken"] == 1


def test_a_refusal_hides_at_once_and_one_person_is_one_voice(made: Path) -> None:
    live = Recommender(product.load(made / "build" / "latest" / "product"))

    def shelf() -> list[str]:
        return [p.item for p in live.recommend("new", rules_of({"k": "10"}, live.usual))]

    live.apply(Event("new", "商品17", "view", 1.7e9))
    first = shelf()[0]
    live.apply(Event("new", first, "dislike", 1.7e9 + 1))
    assert first not in shelf()
    item, before = live.number["商品20"], None
    for n in range(3000):
        live.apply(Event("bot", "商品20", "view", 1.7e9 + n))
        before = live.popular[item] if before is None else before
    assert live.popular[item] == pytest.approx(before)  # but for the 50 minutes by which they are newer

"""Reading a shop: files of every kind, and what is said of what cannot be meant."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from breakeven.core.errors import InputError
from breakeven.scenarios.recommend import cells, problem, shop
from breakeven.scenarios.registry import load_brief
from tests.scenarios.recommend.conftest import events, folder

Folder = Callable[..., Path]


def read(place: Path) -> shop.Shop:
    return shop.read(load_brief(place))


def said(found: shop.Shop, kind: str) -> str:
    return " ".join(f.what for f in found.findings if f.kind == kind)


def test_a_shop_is_read(shop: Folder) -> None:
    found = read(shop())
    assert len(found.users) == 90 and len(found.items.ids) == 46
    assert found.items.titles[found.items.ids.index("商品3")] == "red mug 3"
    assert found.items.categories[0][-1] == "all" and found.event_weights["purchase"] == 5 and found.timed
    assert (
        len(found.kinds)
        == len(found.seen.items)
        == events().count("\n") - 1 - len([f for f in found.findings if f.kind == "repeated"])
    )


def test_weights_of_kinds_are_the_briefs(shop: Folder) -> None:
    found = read(shop(recommend={"kinds": {"view": 0, "purchase": 7}}))
    assert set(np.unique(found.seen.weights)) == {3.0, 7.0}
    assert "weight 0" in said(found, "no weight")
    with pytest.raises(InputError, match="no event is of the kind 'sale'"):
        read(shop(recommend={"kinds": {"sale": 1}}))
    with pytest.raises(InputError, match="is not a number"):
        read(shop(recommend={"kinds": {"view": "many"}}))


def test_recbole_and_gorse_are_read_unchanged(tmp_path: Path) -> None:
    rows = [line.split(",") for line in events().splitlines()[1:]]
    head = "user_id:token\titem_id:token\trating:float\ttimestamp:float"
    inter = [head, *(f"{u}\t{i}\t{3 + n % 3}\t{t}" for n, (u, i, _, t) in enumerate(rows))]
    place = folder(tmp_path / "recbole", "\n".join(inter), "", name="shop.inter")
    (place / "shop.item").write_text(
        "item_id:token\tmovie_title:token_seq\tclass:token_seq\n" + "".join(f"商品{i}\tt\ta b\n" for i in range(45))
    )
    found = read(place)
    assert len(found.users) == 90 and len(found.items.ids) == 45
    assert set(found.items.titles) == {"t"} and set(found.items.categories) == {("a", "b")}
    assert "values from 3 to 5 are ratings" in said(found, "ratings")
    days = (f"2025-08-{1 + int(t) % 28:02d}T10:00:00Z" for *_, t in rows)
    told = (
        {"FeedbackType": k, "UserId": u, "ItemId": i, "Timestamp": d}
        for (u, i, k, _), d in zip(rows, days, strict=True)
    )
    lines = [json.dumps(one) for one in told]
    place = folder(tmp_path / "gorse", "\n".join(lines), "", name="feedback.jsonl")
    assert read(place).kind_names == ("cart", "purchase", "view")


def test_ratings_below_the_bar_are_not_learned_from(shop: Folder) -> None:
    rows = [line.split(",") for line in events().splitlines()[1:]]
    stars = "user,item,time,rating\n" + "".join(f"{u},{i},{t},{1 + n % 5}\n" for n, (u, i, _, t) in enumerate(rows))
    few, all_of = read(shop(stars)), read(shop(stars, recommend={"at_least": 0}))
    assert len(few.seen.items) < 0.7 * len(all_of.seen.items)


def test_wrong_events_are_counted_and_left_out(shop: Folder) -> None:
    lines = events().splitlines()
    bad = [
        ",商品1,view,1750000000",
        "u1,,view,1750000000",
        "u1,商品1,view,yesterday-ish",
        "u1,商品1,view,4102444800",
        lines[5],
        lines[5],
    ]
    found = read(shop("\n".join([*lines[:1], *bad, *lines[1:]])))
    assert "2 events without" in said(found, "no id") and "1 event whose time" in said(found, "no time")
    assert "1 event from the future" in said(found, "future") and "2 events are there twice" in said(found, "repeated")
    assert "not in order" in said(found, "order")


def test_ids_are_never_numbers(tmp_path: Path) -> None:
    """Nineteen digits, noughts in front, whole numbers of parquet: what was written is what is recommended."""
    lines = [line.split(",") for line in events().splitlines()[1:]]
    long = "user,item,time\n" + "".join(f"{u},12345678901234567{i[2:].zfill(2)},{t}\n" for u, i, _, t in lines)
    assert read(folder(tmp_path / "long", long, "")).items.ids[0] == "1234567890123456700"
    noughts = "user,item,time\n" + "".join(f"{u},00{i[2:].zfill(2)},{t}\n" for u, i, _, t in lines)
    listed = "item,title\n" + "".join(f"00{i:02d},x\n" for i in range(45))
    found = read(folder(tmp_path / "noughts", noughts, listed))
    assert found.items.ids[0] == "0000" and not said(found, "items")
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table(
        {
            "user": [u for u, *_ in lines],
            "item": [10**18 + int(i[2:]) for _, i, *_ in lines],
            "time": [int(t) for *_, t in lines],
        }
    )
    place = folder(tmp_path / "parquet", "", "", name="events.parquet")
    parquet.write_table(table, place / "events.parquet")
    assert read(place).items.ids[0] == str(10**18)


def test_quantities_are_no_ratings(shop: Folder) -> None:
    bought = "user,item,time,quantity\n" + "".join(
        f"{u},{i},{t},{1 + n % 5}\n"
        for n, (u, i, _, t) in enumerate(line.split(",") for line in events().splitlines()[1:])
    )
    assert not said(read(shop(bought)), "ratings")


def test_an_orders_number_is_on_all_its_lines(shop: Folder) -> None:
    lines = [line.split(",") for line in events().splitlines()[1:]]
    orders = "id,user,item,time\n" + "".join(f"o{u},{u},{i},{t}\n" for u, i, _, t in lines)
    found = read(shop(orders))
    assert len(found.seen.items) == len({(u, i) for u, i, *_ in lines})


def test_event_ids_make_repetition_harmless(shop: Folder) -> None:
    lines = events().splitlines()
    rows = ["id," + lines[0], *(f"e{n},{line}" for n, line in enumerate(lines[1:]))]
    once, twice = read(shop("\n".join(rows))), read(shop("\n".join(rows + rows[1:])))
    assert len(once.seen.items) == len(twice.seen.items) and once.fingerprint == twice.fingerprint


def test_a_robot_keeps_its_last_events_only(shop: Folder) -> None:
    many = "\n".join(f"robot,商品{n % 45},view,{1_750_000_000 + n}" for n in range(100_000))
    found = read(shop(events() + many))
    assert found.seen.lengths[found.users.index("robot")] == 5_000 and "5,000" in said(found, "robots")


def test_an_item_list_that_shrank_and_one_of_another_shop(shop: Folder) -> None:
    short = "item,title\n" + "".join(f"商品{i},x\n" for i in range(30))
    found = read(shop(items=short))
    gone = found.items.ids.index("商品40")
    assert found.items.stock[gone] == 0 and "15 items" in said(found, "items")
    with pytest.raises(InputError, match="about items that are not in it") as error:
        read(shop(items="item,title\nA,x\nB,y\n"))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("data", "what"), [
    ("user,item,time\n" + "".join(f"only,i{n},{n}\n" for n in range(50)), "people with two events"),
    ("user,item,time\n" + "".join(f"u{n},one,{n + 100 * k}\n" for n in range(50) for k in range(2)), "items with events"),
    ("who,item,time\na,b,1\n", "no column for the user"),
    ("user,item,time\n,,\n", "none of 1 events can be used"),
])  # fmt: skip
def test_what_nothing_can_be_learned_from(shop: Folder, data: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read(shop(data, items=""))


def test_friends_and_unknown_keys(shop: Folder) -> None:
    place = shop(recommend={"friends": "friends.csv"})
    (place / "friends.csv").write_text("user,friend\nu1,u2\nu1,u2\nu1,nobody\nu3,u3\n")
    found = read(place)
    assert found.friends.shape == (1, 2) and "2 of 4" in said(found, "friends")
    with pytest.raises(InputError, match="unknown key 'itms'"):
        problem.collect(load_brief(shop(recommend={"itms": "x.csv"})))
    with pytest.raises(InputError, match="unknown role 'buyer'"):
        load_brief(shop(columns={"who": "buyer"}))


def test_names_in_cells_and_times() -> None:
    assert cells.parts("a|b") == ["a", "b"] and cells.parts('["玩具","书"]') == ["玩具", "书"]
    assert cells.seconds(np.array([1.7e9, 1.7e12])).tolist() == [1.7e9, 1.7e9]
    assert cells.seconds(np.array(["2025-01-01", None, "x"], dtype=object))[0] == 1735689600
    assert cells.ids(np.array([1.0, 2.0, np.nan])).tolist() == ["1", "2", None]

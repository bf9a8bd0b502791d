"""Lists of all that users did: by pages of any length, of users, items and kinds, with rows missing, each event once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from itertools import product as pairs
from pathlib import Path

import pytest

from breakeven.core.errors import InputError
from breakeven.online.event import Event
from breakeven.online.sqlite_log import SqliteLog
from breakeven.scenarios.recommend import stored_feedback
from breakeven.scenarios.recommend.event_types import CHECKS
from breakeven.scenarios.recommend.live_shop import LiveShop
from breakeven.scenarios.recommend.product import load
from breakeven.scenarios.recommend.stored_feedback import StoredFeedback, Wanted


@pytest.fixture
def shop(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveShop]:
    """A shop of which the product knows the first row of the log; rows of the product's own kinds and holes stand in it."""
    monkeypatch.setattr(stored_feedback, "FIRST_ROWS", 3)
    monkeypatch.setattr(stored_feedback, "MOST_ROWS", 5)
    loaded = load(made / "build" / "latest" / "product")
    user, item = loaded.users[4], loaded.catalogue.ids[int(loaded.seen.items[loaded.seen.slice(4)][0])]
    when = float(loaded.seen.times[loaded.seen.slice(4)][0])
    kind = loaded.about["kinds"][int(loaded.kinds[loaded.seen.slice(4)][0])]
    log = SqliteLog(tmp_path, CHECKS)
    log.append(
        [
            Event(user, item, kind, when),
            Event(user, item, "impression", 1.8e9),
            Event("", "x", "$item", 1.8e9, data={}),
        ]
    )
    log.append(
        [
            Event(f"v{n % 3}", f"商品{n % 4}", ("view", "cart")[n % 2], 1.8e9 + n, float(n), data={"comment": "c"})
            for n in range(40)
        ]
    )
    log.append([Event("gone", "商品1", "view", 1.8e9 + n) for n in range(30)])
    log.append([Event("v1", "商品1", "view", 1.8e9 + 99)])
    log.delete("gone")
    shop = LiveShop(loaded, log)
    yield shop
    log.close()


def stored(shop: LiveShop) -> StoredFeedback:
    return StoredFeedback(shop.live, shop.events)


def walked(found: StoredFeedback, n: int, kind: str | None = None) -> list[Event]:
    out, cursor = list[Event](), ""
    while True:
        some, cursor = found.page(cursor, n, kind)
        out += some
        assert len(some) == n or not cursor
        if not cursor:
            return out


def test_pages_of_any_length_hold_every_event_once(shop: LiveShop) -> None:
    everything, seen = walked(stored(shop), 1_000), shop.live.product.seen
    assert len(everything) == len(seen.items) + 42  # 40, the last, and the impression that nothing was learned from
    assert [e.at for e in everything[: len(seen.items)]] == seen.times.tolist()
    assert everything[-1] == Event("v1", "商品1", "view", 1.8e9 + 99) and everything[-2].data == {"comment": "c"}
    for n in (1, 7, len(seen.items), len(seen.items) + 1):
        assert walked(stored(shop), n) == everything
    for kind in ("cart", "view", "impression", "never"):
        assert walked(stored(shop), 11, kind) == [e for e in everything if e.kind == kind]


def test_lists_are_the_events_of_the_pages(shop: LiveShop) -> None:
    everything = walked(stored(shop), 1_000)
    user = shop.live.product.users[4]
    for who, what, kind in pairs((user, "v1", "nobody", None), ("商品1", "nothing", None), ("view", None)):
        if who or what:
            wanted = [
                e for e in everything if who in (None, e.user) and what in (None, e.item) and kind in (None, e.kind)
            ]
            assert stored(shop).all(Wanted(who, what, kind)) == wanted, (who, what, kind)


def test_what_was_taken_back_or_erased_is_in_no_list(shop: LiveShop) -> None:
    users = shop.live.product.users
    mine = stored(shop).all(Wanted(users[7]))
    asyncio.run(shop.delete_events(users[7], mine[0].item))
    asyncio.run(shop.erase_user(users[8]))
    everything = walked(stored(shop), 50)
    assert [e for e in everything if e.user == users[7]] == [e for e in mine if e.item != mine[0].item]
    assert users[8] not in {e.user for e in everything} and stored(shop).all(Wanted(users[8])) == []


def test_events_of_before_a_merge_are_the_other_users(shop: LiveShop) -> None:
    users = shop.live.product.users
    first, second = (stored(shop).all(Wanted(user)) for user in users[7:9])
    count = len(walked(stored(shop), 50))
    for user, into in ((users[7], "between"), ("between", users[8])):
        asyncio.run(shop.merge_users(user, into))
        assert stored(shop).all(Wanted(user)) == [] and len(walked(stored(shop), 50)) == count
    found = stored(shop).all(Wanted(users[8]))
    assert found == second + [replace(e, user=users[8]) for e in first]
    asyncio.run(shop.delete_events(users[8], first[0].item))
    assert stored(shop).all(Wanted(users[8])) == [e for e in found if e.item != first[0].item]
    asyncio.run(shop.erase_user(users[8]))
    assert stored(shop).all(Wanted(users[8])) == [] and len(walked(stored(shop), 50)) == count - len(found)


def test_a_list_that_is_too_long_is_refused(shop: LiveShop, monkeypatch: pytest.MonkeyPatch) -> None:
    count = len(stored(shop).all(Wanted("v1")))
    monkeypatch.setattr(stored_feedback, "MAX_LISTED", count)
    assert len(stored(shop).all(Wanted("v1"))) == count
    monkeypatch.setattr(stored_feedback, "MAX_LISTED", count - 1)
    with pytest.raises(InputError, match="by pages"):
        stored(shop).all(Wanted("v1"))

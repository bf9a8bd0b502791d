"""The same event in a file, in what is posted, and between both: counted once, and nothing else is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.online.event import Event
from breakeven.online.sqlite_log import SqliteLog
from breakeven.scenarios.recommend import product
from breakeven.scenarios.recommend import shop as shops
from breakeven.scenarios.recommend.event_identity import repetitions
from breakeven.scenarios.recommend.event_types import CHECKS
from breakeven.scenarios.recommend.live_shop import LiveShop
from breakeven.scenarios.registry import load_brief
from tests.scenarios.recommend.conftest import events, served

Folder = Callable[..., Path]

#: Events (user, item, kind, time, id) of one person, and how many of them there are.
CASES = {
    "an order's number on three lines": ([("p", f"商品{i}", "purchase", 1.79e9, "o1") for i in range(3)], 3),
    "a retry with its id": ([("p", "商品1", "view", 1.79e9 + n, "e1") for n in range(3)], 1),
    "a retry without an id": ([("p", "商品1", "view", 1.79e9, None)] * 3, 1),
    "within a second": ([("p", "商品1", "view", 1.79e9 + n / 10, None) for n in range(3)], 1),
    "a second apart": ([("p", "商品1", "view", 1.79e9 + n, None) for n in range(3)], 3),
    "a visit's number": (
        [("p", "商品1", kind, 1.79e9 + n, "v1") for n, kind in enumerate(("view", "view", "cart"))],
        2,
    ),
    "two kinds": ([("p", "商品1", kind, 1.79e9, None) for kind in ("view", "cart")], 2),
    "two ids in a second": ([("p", "商品1", "view", 1.79e9, f"e{n}") for n in range(2)], 2),
    "an id once, and none": ([("p", "商品1", "view", 1.79e9 + n / 10, "e1" if n == 1 else None) for n in range(3)], 1),
    "two ids, and none": ([("p", "商品1", "view", 1.79e9, id_) for id_ in ("e1", None, "e2")], 2),
    "ids that look stored": ([("p", "商品1", "view", 1.79e9 + n, "#" + 24 * "0" + str(n)) for n in range(2)], 2),
}


def as_file(rows: list[tuple[str, str, str, float, str | None]]) -> str:
    lines = [line + "," for line in events().splitlines()[1:]]
    return (
        "\n".join(["user,item,kind,time,id", *lines, *(",".join(map(str, (*r[:4], r[4] or ""))) for r in rows)]) + "\n"
    )


def count(found: shops.Shop, user: str = "p") -> int:
    return int(found.seen.lengths[found.users.index(user)])


def posted(made: Path, place: Path, *batches: list[Event]) -> tuple[LiveShop, list[Event]]:
    """A shop to which events were sent, and its log as a file that was opened again."""
    shop = LiveShop(product.load(made / "build" / "latest" / "product"), SqliteLog(place, CHECKS))

    async def send() -> None:
        for batch in batches:
            await shop.take(batch)
        await shop.close()

    asyncio.run(send())
    log = SqliteLog(place, CHECKS)
    stored = list(log.read())
    log.close()
    return shop, stored


@pytest.mark.parametrize("case", CASES)
def test_file_and_api_count_the_same_events(case: str, shop: Folder, made: Path, tmp_path: Path) -> None:
    rows, expected = CASES[case]
    assert count(shops.read(load_brief(shop(as_file(rows))))) == expected
    sent = [Event(user, item, kind, at, id=id_) for user, item, kind, at, id_ in rows]
    live, stored = posted(made, tmp_path / "one", sent)
    assert len(live.live.history("p")) == expected <= len(stored)
    live, stored = posted(made, tmp_path / "each", *([one] for one in sent))
    assert len(live.live.history("p")) == expected <= len(stored)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("ids_in_file", [True, False])
def test_what_was_posted_and_exported_again_counts_once(
    case: str, ids_in_file: bool, shop: Folder, made: Path, tmp_path: Path
) -> None:
    rows, expected = CASES[case]
    if not ids_in_file:  # an export without ids has an event for each second
        expected = max(expected, len({(item, kind, int(at)) for _, item, kind, at, _ in rows}))
    sent = [Event(user, item, kind, at, id=id_) for user, item, kind, at, id_ in rows]
    _, stored = posted(made, tmp_path / "log", sent)
    place = shop(as_file([(*row[:4], row[4] if ids_in_file else None) for row in rows]))
    both = shops.read(load_brief(place), None, [asdict(event) for event in stored])
    assert count(both) == expected


@pytest.mark.parametrize("id_", ["o1", ""])
def test_a_return_is_not_the_same_as_its_purchase(id_: str, shop: Folder, made: Path, tmp_path: Path) -> None:
    """On the day of the order, as exports of days have it, and under its number."""
    rows = [f"{line},," for line in events().splitlines()[1:]]
    rows += [f"p,商品{i},purchase,1790000000,{id_},{n}" for i, n in ((17, 2), (17, -1), (18, 1))]
    found = shops.read(load_brief(shop("user,item,kind,time,id,quantity\n" + "\n".join(rows) + "\n")))
    u = found.users.index("p")
    assert [found.items.ids[i] for i in found.seen.items[found.seen.slice(u)]] == ["商品18"]
    assert [found.items.ids[i] for _, i in found.refusals] == ["商品17"]
    sent = [Event("p", "商品17", "purchase", 1.79e9, value, id_ or None) for value in (2.0, -1.0, -1.0)]
    live, stored = posted(made, tmp_path / "log", sent)
    assert len(stored) == 2 and not live.live.history("p") and len(live.live.refused_by("p")) == 1


def test_a_log_of_an_earlier_version_counts_once_with_its_export(shop: Folder) -> None:
    rows, _ = CASES["an order's number on three lines"]
    old = [{**asdict(Event(u, i, k, at, id=f"{id_}-{i}")), "number": n} for n, (u, i, k, at, id_) in enumerate(rows)]
    place = shop(as_file([(u, i, k, at, f"{id_}-{i}") for u, i, k, at, id_ in rows]))
    assert count(shops.read(load_brief(place), None, old)) == 3


def test_events_of_the_build_that_are_replayed_count_once(shop: Folder, tmp_path: Path) -> None:
    """`build` reads the export of what was posted, and the log is replayed from its beginning."""
    place = shop()
    found = shops.read(load_brief(place))
    live = served(found, tmp_path / "product")
    before = len(live.history("u1"))
    for line in (place / "events.csv").read_text().splitlines()[1:]:
        user, item, kind, at = line.split(",")
        if user == "u1":
            live.apply(Event(user, item, kind, float(at) + 0.4))
    assert len(live.history("u1")) == before
    live.apply(Event("u1", "商品3", "view", 1.79e9))
    assert len(live.history("u1")) == before + 1


@given(st.lists(st.tuples(*[st.integers(0, 2)] * 3, st.integers(-1, 2)), max_size=12))
def test_repetitions_are_those_of_the_definition(rows: list[tuple[int, int, int, int]]) -> None:
    """By hand, one event after another: those with ids first, then what none of them covers."""
    pair, kind, second, ids = (np.array([row[k] for row in rows], dtype=np.int64) for k in range(4))
    seen, covered, kept = set[tuple[int, ...]](), set[tuple[int, ...]](), 0
    for with_id in (True, False):
        for p, k, s, i in rows:
            if (i >= 0) != with_id:
                continue
            key = (p, k, i) if with_id else (p, k, s)
            if key not in (seen if with_id else covered):
                kept += 1
            seen.add(key)
            covered.add((p, k, s))
    assert int((~repetitions(pair, ids, kind, second)).sum()) == kept

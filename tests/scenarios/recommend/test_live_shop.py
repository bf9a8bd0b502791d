"""A served shop and its log: replay from a number on, experiments, kill -9, unreadable rows, other processes."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import shutil
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from breakeven.online.event import IMPRESSION, Event
from breakeven.online.sqlite_log import SqliteLog
from breakeven.scenarios.base import PredictRequest
from breakeven.scenarios.recommend import answer, flow, product
from breakeven.scenarios.recommend.event_identity import given_id
from breakeven.scenarios.recommend.event_types import CHECKS
from breakeven.scenarios.recommend.live_shop import LiveShop, experiment_of
from breakeven.scenarios.registry import load_brief
from tests.online.test_event_log import store_unreadable
from tests.serving.test_server import start


def test_a_shop_with_unreadable_rows_starts(made: Path, tmp_path: Path) -> None:
    """Serving, learning from what came in and answering a file all leave them out."""
    place = tmp_path / "shop"
    shutil.copytree(made, place, symlinks=True)
    log = SqliteLog(place)
    log.append([Event("", "good", "$item", 1.8e9, data={"title": "blue kite 77"})])
    bad = len(store_unreadable(log))
    log.append([Event("u1", "商品1", "$shown", 1.8e9, data={"explored": "商品1", "p": 0.5, "own": True, "x": [1] * 6})])
    log._connection.execute("update events set told = replace(told, '[1, 1, 1', '[1') where kind = '$shown'")
    log.close()
    came = flow.outcomes(load_brief(place))
    assert [e["item"] for e in came if e["kind"] == "view"] == ["i0", "i1", "i2", "i3"]
    people = tmp_path / "people.csv"
    people.write_text("user\nu1\n")
    request = PredictRequest(people, tmp_path / "out.csv", options={"k": 3})
    said = answer.run(place / "build" / "latest" / "product", place, request)
    assert said.startswith("shelves for 1 people")
    process, client = start(place)
    try:
        assert client("GET", "/health/ready")[1] == {"ready": True, "unreadable_rows": bad + 1}
        assert len(client("GET", "/v1/recommend/u1?k=5")[1]["items"]) == 5
        assert client("GET", "/v1/items?q=kite+77")[1]["of"] == 1
    finally:
        process.terminate()
        process.wait(20)


def test_kill_9_under_load_loses_nothing_acknowledged(made: Path, tmp_path: Path) -> None:
    place = tmp_path / "shop"
    shutil.copytree(made, place, symlinks=True)
    process, client = start(place)
    acknowledged, stop = list[str](), threading.Event()

    def send(worker: int) -> None:
        n = 0
        while not stop.is_set():
            ids = [f"{worker}-{n + i}" for i in range(20)]
            try:
                status, _, _ = client(
                    "POST",
                    "/v1/events",
                    {"events": [{"user": "u1", "item": "商品1", "kind": "view", "id": i} for i in ids]},
                )
            except (OSError, http.client.HTTPException):  # killed before, or in the middle of, an answer
                return
            if status == 200:
                acknowledged.extend(ids)
            n += 20

    threads = [threading.Thread(target=send, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    deadline = time.monotonic() + 30
    while len(acknowledged) < 4_000 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    stop.set()
    for t in threads:
        t.join()
    process.wait()
    log = SqliteLog(place)
    kept = {given_id(e.id) for e in log.read()}
    log.close()
    assert len(acknowledged) >= 4_000 and set(acknowledged) <= kept
    process, client = start(place)  # and it starts again with them
    assert client("GET", "/v1/users/u1")[1]["events"] == 500
    process.terminate()
    process.wait(20)


def with_experiment(made: Path, **about: object) -> product.Loaded:
    loaded = product.load(made / "build" / "latest" / "product")
    return replace(loaded, about={**loaded.about, **about})


ARMS = {"new": {"share": 0.5}, "old": {"share": 0.5, "shelf": "popular"}}


def test_an_experiment_on_a_product(made: Path, tmp_path: Path) -> None:
    log = SqliteLog(tmp_path, CHECKS)
    shop = LiveShop(with_experiment(made, arms=ARMS, explore={"share": 1.0}, seed=3), log)

    async def visits() -> None:
        for n in range(300):
            user = f"u{n % 90}"
            slate = shop.slate(user, shop.live.usual)
            await asyncio.gather(*shop.events._later)  # the impression is on disk
            shown = next(iter(log.read(log.last - 1)))
            assert shown.data is not None and len(slate) == 10 and shown.data["items"] == [p.item for p in slate]
            if "explored" in shown.data:
                assert 0 < shown.data["p"] <= 1 and slate[-1].item == shown.data["explored"]
                if n % 3 == 0:
                    await shop.take([Event(user, slate[-1].item, "view", shown.at + 5)])
        await shop.close()

    asyncio.run(visits())
    told = shop.experiment_summary()
    assert sum(a["impressions"] for a in told["arms"]) == 300 and told["exploring"]["impressions"] > 50
    assert 0 < told["exploring"]["taken"] <= told["exploring"]["impressions"] and told["exploring"]["effective"] > 0
    assert told["impressions_lost"] == 0
    log = SqliteLog(tmp_path, CHECKS)
    again = LiveShop(with_experiment(made, arms=ARMS, explore={"share": 1.0}, seed=3), log)
    assert again.experiment_summary() == told and np.allclose(again.experiment.bandit.A, shop.experiment.bandit.A)
    log.close()


def test_a_snapshot_goes_on_as_the_log_replayed(made: Path, tmp_path: Path) -> None:
    """Whatever the moment of the snapshot, also between an impression and its success."""
    events = []
    for n in range(60):
        x = [1.0, n / 60, 0.5, 0.5, 0.0, 0.5]
        data = {"arm": ["new", "old"][n % 2], "items": ["a", "b"], "explored": "b", "p": 0.5, "own": n % 3 == 0, "x": x}
        events += [Event(f"u{n}", "b", IMPRESSION, n, data=data), Event(f"u{n}", "ab"[n % 2], "view", n + 1.0)]
    loaded = with_experiment(made, arms=ARMS, explore={"share": 0.5})
    whole = experiment_of(loaded)
    for event in events:
        whole.apply(event)
    for cut in (0, 1, 31, 60, 119):
        first, second = experiment_of(loaded), experiment_of(loaded)
        for event in events[:cut]:
            first.apply(event)
        second.restore(json.loads(json.dumps(first.snapshot())))
        for event in events[cut:]:
            second.apply(event)
        assert second.summary() == whole.summary() and np.allclose(second.bandit.b, whole.bandit.b)
    assert not experiment_of(with_experiment(made)).is_on


def test_a_trial_survives_a_restart(made: Path, tmp_path: Path) -> None:
    place = tmp_path / "shop"
    shutil.copytree(made, place, symlinks=True)
    about = place / "build" / "latest" / "product"
    told = product.store.read_json(about / "product.json") | {
        "arms": {"a": {"share": 0.5}, "b": {"share": 0.5, "shelf": "popular"}}
    }
    product.store.write_json(about / "product.json", told)
    product.store.seal(about, {"name": told["name"], "scenario": told["scenario"]})
    counts = []
    for _ in range(2):
        process, client = start(place)
        for n in range(30):
            client("GET", f"/v1/recommend/u{n}")
        wanted, deadline = 30 * (len(counts) + 1), time.monotonic() + 20
        seen = 0
        while seen < wanted and time.monotonic() < deadline:  # nobody waits for an impression to be on disk
            seen = sum(a["impressions"] for a in client("GET", "/v1/experiment")[1]["arms"])
            time.sleep(0.05)
        counts.append(seen)
        process.terminate()
        process.wait(20)
    assert counts == [30, 60]


def test_a_start_reads_the_log_from_where_the_product_ended(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 5,000 events and 300 changes of items that were learned from, a start reads none again."""
    log = SqliteLog(tmp_path, CHECKS)
    log.append([Event(f"u{i % 90}", f"商品{1 + i % 40}", "view", 1.7e9 + i) for i in range(5_000)])
    log.append([Event("", "商品9", "$item", 1.8e9, data={"stock": i % 7, "price": 1.0 + i}) for i in range(300)])
    learned = with_experiment(made, log=log.last)
    log.append([Event("walk-in", "商品17", "view", 1.8e9 + i) for i in range(4)])
    log.close()
    rows = []
    page = SqliteLog.page
    monkeypatch.setattr(SqliteLog, "page", lambda *args: rows.append(len((found := page(*args)).events)) or found)
    older = with_experiment(made, log=2_000)
    for wanted, begins in (
        (4 + 300, learned),
        (4, learned),
        (3_304, older),
    ):  # changes of items are read once, for the profiles
        rows.clear()
        log = SqliteLog(tmp_path, CHECKS)
        shop = LiveShop(begins, log)
        assert sum(rows) == wanted and shop.events.rows_read == (4 if begins is learned else wanted)
        assert len(shop.live.history("walk-in")) == 4 and not any(d.at < 1.7e9 for d in shop.live.history("u1"))
        log.close()
    assert shop.live.stock[shop.live.number["商品9"]] == 299 % 7

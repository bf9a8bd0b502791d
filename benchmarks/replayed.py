"""What a served shop takes to know of events and items again: a million events replayed, 10,000 new items in one request.

python benchmarks/replayed.py
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import yaml

from breakeven.gate.problem import Recipe
from breakeven.online.event import Event
from breakeven.scenarios.recommend import content, packaging, product
from breakeven.scenarios.recommend import shop as shops
from breakeven.scenarios.recommend.event_types import ITEM
from breakeven.scenarios.recommend.recommender import Recommender
from breakeven.scenarios.registry import load_brief

PEOPLE, ITEMS, LEARNED, EVENTS, NEW = 20_000, 5_000, 200_000, 1_000_000, 10_000
BEGIN = 1_750_000_000


def made(place: Path, rng: np.random.Generator) -> Recommender:
    """A shop of item neighbours."""
    rows = zip(rng.integers(0, PEOPLE, LEARNED).tolist(), rng.integers(0, ITEMS, LEARNED).tolist(), strict=True)
    text = "".join(f"u{u},i{i},view,{BEGIN + n}\n" for n, (u, i) in enumerate(rows))
    (place / "events.csv").write_text("user,item,kind,time\n" + text)
    (place / "items.csv").write_text("item,title\n" + "".join(f"i{i},green tea {i}\n" for i in range(ITEMS)))
    brief = {"name": "made", "scenario": "recommend", "data": "events.csv", "recommend": {"items": "items.csv"}}
    (place / "product.yaml").write_text(yaml.safe_dump(brief))
    found = shops.read(load_brief(place))
    about = {"name": "made", "scenario": "recommend", "candidate": "item_neighbours", "route": "traditional", "k": 10,
             "settings": {}, "seed": 0, **packaging.meaning(found)}  # fmt: skip
    packaging._publish(about, found, content.known(found.items), place / "product", Recipe({}, seconds=60.0))
    return Recommender(product.load(place / "product"))


def main() -> None:
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory(prefix="breakeven-") as place:
        live = made(Path(place), rng)
        users = (rng.random(EVENTS) ** 2 * 2 * PEOPLE).astype(int).tolist()
        items, kinds = rng.integers(0, ITEMS, EVENTS).tolist(), rng.integers(0, 4, EVENTS).tolist()
        names = ("view", "cart", "purchase", "remove from cart")
        events = [
            Event(f"u{u}", f"i{i}", names[k], BEGIN + 1e6 + n, id=f"{n}#{n}")
            for n, (u, i, k) in enumerate(zip(users, items, kinds, strict=True))
        ]
        start = time.process_time()
        for event in events:
            live.apply(event)
        print(f"{EVENTS:,} events: {time.process_time() - start:.1f} s")
        told = [{"title": f"new green tea {n}", "categories": ["tea"], "price": 3.0, "stock": 1} for n in range(NEW)]
        new = [Event("", f"new{n}", ITEM, time.time(), data=data) for n, data in enumerate(told)]
        start = time.process_time()
        live.prepare(new)
        print(f"{NEW:,} items read in a thread: {time.process_time() - start:.2f} s")
        start = time.process_time()
        for event in new:
            live.apply(event)
        print(f"{NEW:,} items taken in: {time.process_time() - start:.2f} s")
        start = time.process_time()
        live.cold_arrays()
        print(f"before the next answer: {time.process_time() - start:.2f} s")


if __name__ == "__main__":
    main()

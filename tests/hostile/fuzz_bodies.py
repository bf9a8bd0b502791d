"""Mutated bodies for every POST of a table product and of a shop: each is answered, or refused with 4xx in one line.

`python -m tests.hostile.fuzz_bodies --count N --seed S`. The applications are asked in this process, without sockets; what the
connection bounds is tested by test_connections.
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

from breakeven.core.errors import InputError
from breakeven.scenarios import registry
from breakeven.serving import run
from breakeven.serving.app import Application
from tests.hostile import mutate, small_products
from tests.serving.asgi import LOCAL, ask, running

ROW = {"age": 40, "plan": "free", "spend": 12.5}
EVENT = {"user": "u1", "item": "i1", "kind": "purchase", "time": "2026-01-05T10:00:00Z", "id": "e1"}
ITEM = {"item": "i9", "title": "a mug", "categories": ["mugs"], "price": 3.5, "text": "of clay"}
FEEDBACK = {"FeedbackType": "like", "UserId": "u1", "ItemId": "i1", "Timestamp": "2026-01-05T10:00:00Z"}
SEEN = {"ItemId": "i9", "IsHidden": False, "Categories": ["mugs"], "Timestamp": "2026-01-05", "Comment": "a mug"}
#: Sound bodies by product and path.
BODIES: dict[str, dict[str, Any]] = {
    "table": {
        "/v1/predict": {"rows": [ROW, {**ROW, "age": None}]},
        "/v1/feedback": {"rows": [{**ROW, "left": "yes"}]},
        "/v1/predict/file": {"name": "a.csv", "content": "age,plan,spend\n40,free,12.5\n"},
        "/v2/models/small/infer": {
            "inputs": [{"name": "age", "shape": [1], "datatype": "FP64", "data": [40.0]}],
            "outputs": [{"name": "prediction"}],
        },
    },
    "shop": {
        "/v1/events": {"events": [EVENT]},
        "/v1/items": {"items": [ITEM]},
        "/api/feedback": [FEEDBACK],
        "/api/items": [SEEN],
        "/api/user": {"UserId": "u9", "Labels": ["a"]},
        "/api/session/recommend": [FEEDBACK],
    },
}
#: Bodies after which a product is begun anew from a fresh copy: what was acknowledged is kept in memory, and is not a leak.
RENEWED = 20_000


class Doors:
    """Both applications, asked with one spoiled body at a time."""

    def __init__(self, place: Path) -> None:
        self.place, self.loop, self.asked = place, asyncio.new_event_loop(), 0
        self.sound = {
            "table": small_products.table(place / "sound" / "table"),
            "shop": small_products.shop(place / "sound" / "shop"),
        }
        self.apps: dict[str, Application] = {}
        self.ends: list[Any] = []

    def one(self, rng: random.Random) -> None:
        """Send a spoiled body. Raises InputError with a refusal's line, AssertionError for an answer that should not be."""
        if self.asked % RENEWED == 0:
            self.renew()
        self.asked += 1
        name = rng.choice(("table", "shop"))
        path = rng.choice(list(BODIES[name]))
        body = spoiled(BODIES[name][path], rng)
        status, text, _ = self.loop.run_until_complete(ask(self.apps[name], "POST", path, LOCAL, body))
        assert status < 500 or status == 503, f"{status} {path} {body[:300]!r}: {text[:300]!r}"
        answer = json.loads(text)
        if status >= 400:
            raise InputError(path, str(answer["error"]), "")

    def renew(self) -> None:
        """Begin both products anew."""
        self.close()
        for name, sound in self.sound.items():
            folder = self.place / "served" / name
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(sound, folder, symlinks=True)
            self.apps[name] = run.application([folder], registry.get)
            context = running(self.apps[name])
            self.loop.run_until_complete(context.__aenter__())
            self.ends.append(context)

    def close(self) -> None:
        """End both."""
        while self.ends:
            self.loop.run_until_complete(self.ends.pop().__aexit__(None, None, None))


def spoiled(sound: Any, rng: random.Random) -> bytes:
    """A body with values replaced, or with bytes changed, or both."""
    plain = json.loads(json.dumps(sound))
    if rng.random() < 0.7:
        for _ in range(rng.randint(1, 3)):
            plain = mutate.strange(plain, rng)
    raw = json.dumps(plain).encode("utf-8", "surrogatepass")
    return mutate.spoiled(raw, rng) if rng.random() < 0.5 and raw else raw


def main() -> None:
    """Run, and end both products whatever came."""
    with tempfile.TemporaryDirectory() as where:
        doors = Doors(Path(where))
        try:
            mutate.run(doors.one)
        finally:
            doors.close()


if __name__ == "__main__":
    main()

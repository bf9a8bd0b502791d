"""What one served row costs besides its model: processor microseconds of parsing, checking and encoding, notes and reply.

    python benchmarks/served_row.py

Two products on 20 columns, of numbers alone and of ten numbers and ten categories; a linear model, since the model is left
out of the sum. Each part is called CALLS times in each of ROUNDS rounds, the parts taking turns; shown are the median over
rounds, the lowest and the highest. HTTP itself (sockets, headers) is not in it.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from machine import save

from breakeven import pipeline
from breakeven.runtime import unseen
from breakeven.runtime.predictor import load
from breakeven.scenarios.predict.requests import AnyRows, PredictReply
from breakeven.scenarios.registry import load_brief
from breakeven.serving import body, decode

ROWS, COLUMNS, CALLS, ROUNDS = 1_000, 20, 2_000, 15
LEVELS = ("red", "green", "blue", "white", "black")
#: What parsing, checking, encoding and answering took on 2026-11-23 (LAB.md, Serving).
EARLIER_US = 9.0


def product(folder: Path, categories: int) -> tuple[Path, dict[str, Any]]:
    """A product on COLUMNS columns, the first of them categories, and one of its rows."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(ROWS, COLUMNS)).round(4)
    words = rng.choice(LEVELS, size=(ROWS, COLUMNS))
    rows = [[*words[i, :categories], *numbers[i, categories:].tolist()] for i in range(ROWS)]
    names = [f"c{i}" for i in range(COLUMNS)]
    lines = [f"{','.join(map(str, row))},{'yes' if row[-1] > 0 else 'no'}" for row in rows]
    folder.mkdir()
    (folder / "data.csv").write_text("\n".join([",".join([*names, "y"]), *lines]) + "\n", encoding="utf-8")
    keep = ", ".join(f"{name}: number" for name in names[categories:])
    brief = f"name: row\nscenario: predict\ndata: data.csv\ntarget: y\neffort: 1\ncolumns: {{{keep}}}\n"
    (folder / "product.yaml").write_text(brief, encoding="utf-8")
    pipeline.build(load_brief(folder), names=["baseline", "linear"])
    return folder, dict(zip(names, rows[0], strict=True))


def parts(folder: Path, row: dict[str, Any]) -> dict[str, Callable[[], object]]:
    """What is done to one row, by name."""
    loaded = load(folder)
    raw = json.dumps({"rows": [row]}).encode()
    row = json.loads(raw)["rows"][0]
    X, _ = loaded.encode([row])
    scores = loaded.scores(X)[0].tolist()
    categories = [f for f in loaded.schema.fields if f.role == "category"]
    reply, encode = PredictReply([loaded.decoder.one(scores)]), msgspec.json.Encoder().encode
    strange = {**row, categories[0].name: "purple"} if categories else row
    return {
        "parse": lambda: decode.decode_body(body.parse(raw), AnyRows),
        "check and encode": lambda: loaded.encode([row]),
        "model": lambda: loaded.scores(X),
        "answer": lambda: loaded.decoder.one(scores),
        "note unseen levels": lambda: unseen.notes(categories, [row]),
        "note unseen levels, one there": lambda: unseen.notes(categories, [strange]),
        "reply": lambda: encode(reply),
    }


def measure(calls: dict[str, Callable[[], object]]) -> dict[str, dict[str, float]]:
    """Processor microseconds a call."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            start = time.thread_time()
            for _ in range(CALLS):
                call()
            taken[name].append((time.thread_time() - start) / CALLS * 1e6)
    return {
        name: {"median": round(statistics.median(t), 2), "low": round(min(t), 2), "high": round(max(t), 2)}
        for name, t in taken.items()
    }


def main() -> None:
    out: dict[str, Any] = {"unit": "processor microseconds a row", "earlier": EARLIER_US}
    with tempfile.TemporaryDirectory() as place:
        for name, categories in (("20 numbers", 0), ("10 numbers, 10 categories", 10)):
            found = measure(parts(*product(Path(place) / str(categories), categories)))
            usual = [part for part in found if part not in ("model", "note unseen levels, one there")]
            out[name] = {
                **found,
                "sum without model": {k: round(sum(found[part][k] for part in usual), 2) for k in ("median", "low")},
            }
    save("served_row", out)


if __name__ == "__main__":
    main()

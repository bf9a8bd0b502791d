"""`breakeven predict` for a shop: a file of users in, a shelf for each out (user, rank, item, score, reason)."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from breakeven import store
from breakeven.errors import InputError
from breakeven.launch import batch
from breakeven.scenarios.recommend import product, rules, tables
from breakeven.scenarios.recommend.events import kept_in
from breakeven.scenarios.recommend.live import Live
from breakeven.types import Array

HEADER = ("user", "rank", "item", "score", "reason")


def run(place: Path, folder: Path, given: Path, output: Path, explain: bool, k: int | None) -> str:
    """Answer a file and say how many. `folder` is the product's, whose events of late count too. Raises InputError."""
    live = Live(product.load(place))
    log = kept_in(folder)
    if log is not None:
        live.record(list(log.read()))
        log.close()
    columns = batch.read(given)
    name = next((c for c in columns if tables.plain(c) in map(tables.plain, tables.NAMES["user"])), None)
    if name is None:
        raise InputError(str(given), "no column for the user", "name it 'user'")
    ask = rules.asked({"k": k} if k else {}, live.usual)
    ask = rules.asked({"explain": explain}, ask)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    people = [str(v) for v in tables.ids(_objects(columns[name])) if v is not None]
    for user in people:
        for rank, p in enumerate(live.recommend(user, ask), 1):
            writer.writerow([user, rank, p.item, f"{p.score:.6g}", p.reason or ""])
    store.write_text(output, out.getvalue())
    strange = sum(u not in live.people and u not in live.since for u in people)
    note = f"; {strange:,} people nobody met yet got what is popular" if strange else ""
    return f"shelves for {len(people):,} people in {output}{note}"


def _objects(values: list[object]) -> Array:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out

"""`breakeven predict` for a shop: a file of users in, a shelf for each out (user, rank, item, score, reason)."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from breakeven.core import store
from breakeven.core.errors import InputError
from breakeven.features.values import is_missing
from breakeven.runtime import batch
from breakeven.scenarios.base import PredictRequest
from breakeven.scenarios.recommend import cells, column_names, product, rules
from breakeven.scenarios.recommend.live_shop import replayed

HEADER = ("user", "rank", "item", "score", "reason")


def run(place: Path, folder: Path, request: PredictRequest) -> str:
    """Answer a file and say how many. `folder` is the product's, whose events of late count too. Raises InputError."""
    if request.keep:
        raise InputError("--keep", "a list of people has no columns to copy", "leave it out")
    given, output, k = request.input, request.output, request.options.get("k")
    shop = product.load(place)
    live = replayed(shop, folder)
    rows = batch.read(given, shop.about.get("encoding"))
    if rows.errors:
        raise InputError(str(given), next(iter(rows.errors.values())), "fix the line")
    columns = rows.columns
    name = next(
        (c for c in columns if column_names.plain(c) in map(column_names.plain, column_names.NAMES["user"])), None
    )
    if name is None:
        raise InputError(str(given), "no column for the user", "name it 'user'")
    ask = rules.rules_of({"k": k} if k is not None else {}, live.usual)
    ask = rules.rules_of({"explain": request.explain}, ask)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    people = [
        str(v)
        for v in cells.ids(cells.objects([None if v is None or is_missing(str(v)) else v for v in columns[name]]))
        if v is not None
    ]
    for user in people:
        for rank, p in enumerate(live.recommend(user, ask), 1):
            writer.writerow([user, rank, p.item, f"{p.score:.6g}", p.reason or ""])
    store.write_text(output, out.getvalue())
    strange = sum(u not in live.people and u not in live.since for u in people)
    note = f"; {strange:,} people nobody met yet got what is popular" if strange else ""
    return f"shelves for {len(people):,} people in {output}{note}"

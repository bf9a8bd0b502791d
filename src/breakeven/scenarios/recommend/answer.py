"""`breakeven predict` for a shop: a file of users in, a shelf for each out (user, rank, item, score, reason)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from breakeven.core import store
from breakeven.core.errors import InputError
from breakeven.features.values import is_missing
from breakeven.files import spreadsheet_text
from breakeven.runtime import batch
from breakeven.scenarios.base import Answered, PredictRequest
from breakeven.scenarios.recommend import cells, column_names, product, rules
from breakeven.scenarios.recommend.live_shop import replayed
from breakeven.scenarios.recommend.product import Loaded
from breakeven.scenarios.recommend.recommender import Recommender

HEADER = ("user", "rank", "item", "score", "reason")


def run(product_folder: Path, folder: Path, request: PredictRequest) -> str:
    """Answer a file and say how many. `folder` is the product's, whose events of late count too. Raises InputError."""
    if request.keep:
        raise InputError("--keep", "a list of people has no columns to copy", "leave it out")
    given, output = request.input, request.output
    shop = product.load(product_folder)
    live = replayed(shop, folder)
    rows = batch.read(given, shop.about.get("encoding"))
    if rows.errors:
        raise InputError(str(given), next(iter(rows.errors.values())), "fix the line")
    people = _people(rows.columns, str(given))
    lines = spreadsheet_text.Lines(request.raw)
    lines.add(HEADER)
    for user, rank, item, score, reason in _shelves(live, people, request.options, request.explain):
        lines.add([user, rank, item, f"{score:.6g}", reason])
    store.write_text(output, lines.text, shared=True)
    strange = sum(u not in live.people and u not in live.since for u in people)
    note = f"; {strange:,} people nobody met yet got what is popular" if strange else ""
    return f"shelves for {len(people):,} people in {output}{note}"


def columns(
    shop: Loaded, folder: Path, given: Mapping[str, Sequence[object]], options: Mapping[str, int | float | str]
) -> Answered:
    """Shelves of a column of users, one row an item, as `run` writes them. Raises InputError without such a column."""
    rows = list(_shelves(replayed(shop, folder), _people(given, "data"), options, explain=True))
    return Answered(dict(zip(HEADER, map(list, zip(*rows, strict=True)) if rows else [[]] * len(HEADER), strict=True)))


def _people(columns: Mapping[str, Sequence[object]], where: str) -> list[str]:
    """The users of a table, by whatever name their column has."""
    names = [column_names.plain(name) for name in column_names.NAMES["user"]]
    name = next((c for c in columns if column_names.plain(c) in names), None)
    if name is None:
        raise InputError(where, "no column for the user", "name it 'user'")
    known = [None if v is None or is_missing(str(v)) else v for v in columns[name]]
    return [str(v) for v in cells.ids(cells.objects(known)) if v is not None]


def _shelves(
    live: Recommender, people: Sequence[str], options: Mapping[str, int | float | str], explain: bool
) -> Iterator[tuple[str, int, str, float, str]]:
    """User, rank, item, score and reason, item by item."""
    k = options.get("k")
    ask = rules.rules_of({"k": k} if k is not None else {}, live.usual)
    ask = rules.rules_of({"explain": explain}, ask)
    for user in people:
        for rank, p in enumerate(live.recommend(user, ask), 1):
            yield user, rank, p.item, p.score, p.reason or ""

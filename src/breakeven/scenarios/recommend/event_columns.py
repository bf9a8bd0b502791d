"""Columns of events as numbers: kinds and their weights, times, repetitions, what was taken back."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from breakeven.collect.cast import UNREAD_TIMES
from breakeven.core.errors import InputError
from breakeven.core.types import Array, Need, Row
from breakeven.features.time_cell import UNITS
from breakeven.features.time_format import detect, order_of_numbers
from breakeven.features.values import is_missing
from breakeven.online.event import CLOCK_SKEW
from breakeven.scenarios.recommend import cells, column_names, tables
from breakeven.scenarios.recommend.event_identity import given_id, repetitions
from breakeven.scenarios.recommend.event_types import (
    DEFAULT_WEIGHT,
    TOP_RATING,
    UNNAMED,
    EventWeights,
    Ratings,
    is_rating,
    plain,
    usual_weight,
)
from breakeven.scenarios.recommend.notes import Notes
from breakeven.scenarios.recommend.settings import settings_of
from breakeven.scenarios.recommend.tables import Named

#: Kinds of events at the most.
MOST_KINDS = 1_000
#: Cells of a column that are looked at to tell whether it is a time.
LOOKED_AT = 1_000
#: Stars: at most so many distinct values, none above.
MOST_STARS, HIGHEST_STAR = 20, 10.0


def kinds_of(named: Named) -> tuple[Array, tuple[str, ...]]:
    """The number of each event's kind (n,), and the names of the kinds."""
    raw = named.columns.get("kind")
    if raw is None:
        return np.zeros(named.rows, dtype=np.int16), (UNNAMED,)
    given, codes = cells.coded(raw)
    names = sorted({*given, UNNAMED} if (codes < 0).any() else set(given))
    if len(names) > MOST_KINDS:
        raise InputError(
            "product.yaml, columns",
            f"{len(names):,} kinds of events; at most {MOST_KINDS:,} can be told apart",
            "if the column is none, " + tables.brief_line("columns", {named.called.get("kind", "kind"): "ignore"}),
        )
    number = {name: i for i, name in enumerate(names)}
    numbers = np.array([number[g] for g in given] + [number.get(UNNAMED, -1)], dtype=np.int16)
    return numbers[codes], tuple(names)


def weights_of(
    need: Need, named: Named, kind: Array, names: tuple[str, ...], notes: Notes
) -> tuple[Array, dict[str, float]]:
    """What each event is worth: by its kind; stars below the bar are no wish for more."""
    said = settings_of(need).kinds or {}
    for name in said:
        if name not in names and plain(name) not in map(plain, names):
            raise InputError(
                "product.yaml, recommend.kinds",
                f"no event is of the kind {name!r}",
                f"kinds are: {', '.join(names[:20])}",
            )
    weights = EventWeights.of_brief({name: cast(float, weight) for name, weight in said.items()})
    by_kind = {name: weights.of(name) for name in names}
    if len(names) > 1:
        notes.add("kinds", "kinds of events weigh " + ", ".join(f"{n} {w:g}" for n, w in by_kind.items()),
                  "set recommend.kinds in product.yaml to weigh them otherwise")  # fmt: skip
    given = {plain(str(name)) for name in said} | {plain(UNNAMED)}
    unknown = [name for name in names if plain(name) not in given and usual_weight(name) is None]
    if unknown:
        notes.add("unknown kinds", f"kinds of events that are not known here: {', '.join(map(repr, unknown[:5]))}",
                  f"each weighs {DEFAULT_WEIGHT:g}; say so, or -1 for a refusal, 0 for neither: "
                  + tables.brief_line("recommend", {"kinds": dict.fromkeys(unknown[:5], 1)}),
                  np.isin(kind, [names.index(name) for name in unknown]), "question")  # fmt: skip
    value = cells.numbers(named.columns["value"], named.number_form("value")) if "value" in named.columns else None
    ratings = None if value is None else _ratings_of(need, named, kind, names, (value, notes))
    if ratings is None and settings_of(need).at_least is not None:
        raise InputError("product.yaml, recommend.at_least", "the events have no ratings",
                         "take it out, or name their column: " + tables.brief_line("columns", {"stars": "value"}))  # fmt: skip
    return replace(weights, ratings=ratings).of_columns(names, kind, value), {
        **by_kind,
        **(ratings.stored() if ratings else {}),
    }


def _ratings_of(
    need: Need, named: Named, kind: Array, names: tuple[str, ...], values: tuple[Array, Notes]
) -> Ratings | None:
    """The scale of the ratings among the events' values (n,); None where the values are no ratings."""
    value, notes = values
    rated = np.array([is_rating(name) for name in names])[kind]
    named_so = column_names.plain(named.called.get("value", "")) in map(column_names.plain, column_names.STARS)
    if not rated.any() or not (named_so or not rated.all() or UNNAMED not in names):
        return None
    known = np.unique(value[rated & ~np.isnan(value)])
    if not 1 < len(known) <= MOST_STARS or known[0] < 0 or known[-1] > HIGHEST_STAR:
        return None
    middle = float(known[0] + known[-1]) / 2
    bar = middle if (least := settings_of(need).at_least) is None else least
    found = Ratings(min(bar, middle), bar, float(known[-1]))
    poor = rated & (value < bar)
    notes.add("ratings", f"values from {known[0]:g} to {known[-1]:g} are ratings, {int(poor.sum()):,} of them below {bar:g}",
              f"the best count {TOP_RATING:g} times those of {bar:g}; what is rated below {found.bad:g} is not shown to that person; "
              "set recommend.at_least to move the bar", poor)  # fmt: skip
    return found


def repeated(got: Mapping[str, Array], pair: Array, moment: Array, kind: Array, kept: Array) -> Array:
    """Which of the kept events (n,) are there twice; `pair` are numbers of user and item together."""
    out = np.zeros(len(pair), dtype=bool)
    at = np.flatnonzero(kept)
    if len(at) and ("id" in got or "time" in got):
        given = cells.coded(got["id"])[1][at] if "id" in got else np.full(len(at), -1)
        out[at] = repetitions(pair[at], given, kind[at], np.floor(moment[at]) if "time" in got else None)
    return out


def moments_of(named: Named) -> Array:
    """Times (n,) of events in seconds since 1970. Raises InputError where too many cannot be read."""
    column, given = named.called.get("time", "time"), named.columns["time"]
    out = cells.seconds(given, named.zone, named.time_form("time"))
    unread = np.flatnonzero(np.isnan(out) & np.array([v is not None and v == v for v in given.tolist()], dtype=bool))
    if len(unread) > UNREAD_TIMES * len(out):
        first = int(unread[0])
        raise InputError(
            f"{named.source}, column {column!r}",
            f"{len(unread):,} of {len(out):,} times cannot be read, such as {str(given[first])[:30]!r} "
            f"(line {first + named.first_line:,})",
            "say how they are written: "
            + tables.brief_line("columns", {column: "time(%d/%m/%Y %H:%M)"})
            + "; or read none: "
            + tables.brief_line("columns", {column: "ignore"}),
        )
    return out


def joined(named: Named, events: Sequence[Row]) -> Named:
    """A shop's events with those that came in since (keys user, item, kind, at, value, id), which stand after them."""
    if not events:
        return named
    n, out, old = named.rows, dict[str, Array](), named.columns
    for role in column_names.ROLES_OF["events"]:
        new = [e.get("at" if role == "time" else role) for e in events]
        if role == "id":
            new = [given_id(id) if isinstance(id, str) else None for id in new]
        if role == "time":
            first = moments_of(named) if role in old else np.arange(n, dtype=float)
            out[role] = np.concatenate([first, np.array(new, dtype=float)])
        elif role == "value":
            first = cells.numbers(old[role], named.number_form(role)) if role in old else np.full(n, np.nan)
            out[role] = np.concatenate([first, np.array([np.nan if v is None else v for v in new], dtype=float)])
        elif role in old or any(v is not None for v in new):
            out[role] = cells.objects([*(cells.ids(old[role]).tolist() if role in old else [None] * n), *new])
    return replace(named, columns=out, given={})


def unused_times(named: Named, notes: Notes) -> None:
    """Note columns of the events that look like times and are not read; ask where no column is."""
    for column, given in named.others.items():
        brief = named.given.get(column)
        if brief is not None and brief.role == "ignore":
            continue
        if _looks_like_time(given[:LOOKED_AT], named.zone):
            line = tables.brief_line("columns", {column: "time"})
            if "time" in named.columns:
                notes.add("times", f"the column {column!r} looks like a time and is not read", f"else write {line}")
            else:
                no = tables.brief_line("columns", {column: "ignore"})
                notes.add("times", f"no column is read as the time, so the order of the rows is taken for it; {column!r} looks like one",
                          f"if it is, write {line}, else {no}", level="question")  # fmt: skip


def _looks_like_time(column: Array, zone: str) -> bool:
    """Whether cells are dates, or numbers that are seconds since 1970 in some unit; none of them in the future, where ids may lie."""
    texts = [str(v) for v in column.tolist() if v is not None and v == v and not is_missing(str(v), measure=True)]
    if not texts or detect(texts, zone).share < 1 - UNREAD_TIMES:
        return False
    if (
        all(text.replace(".", "", 1).isdigit() for text in texts)
        and order_of_numbers([float(t) for t in texts]) not in UNITS
    ):
        return False
    return bool(np.nanmax(cells.seconds(column, zone)) <= time.time() + CLOCK_SKEW)


def refused_later(pair: Array, moment: Array, refused: Array) -> Array:
    """Which events (n,) have a refusal of the same person and item after them, or at the same time."""
    if not refused.any():
        return refused
    pairs, of = np.unique(pair[refused], return_inverse=True)
    last = np.full(len(pairs), -np.inf)
    np.maximum.at(last, of, moment[refused])
    positions = np.minimum(np.searchsorted(pairs, pair), len(pairs) - 1)
    return np.asarray((pairs[positions] == pair) & (moment <= last[positions]))


def names_of(names: tuple[str, ...], kind: Array, some: Array) -> str:
    """The kinds of some events."""
    return ", ".join(names[k] for k in np.unique(kind[some])[:5])

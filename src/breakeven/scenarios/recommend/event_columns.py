"""Columns of events as numbers: kinds and their weights, times, repetitions, what was taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from breakeven.collect import given_format
from breakeven.collect.cast import UNREAD_TIMES
from breakeven.core.errors import InputError
from breakeven.core.types import Array, Need
from breakeven.scenarios.recommend import tables
from breakeven.scenarios.recommend.event_types import (
    BAR,
    DEFAULT_WEIGHT,
    UNNAMED,
    EventWeights,
    is_rating,
    plain,
    usual_weight,
)
from breakeven.scenarios.recommend.notes import Notes
from breakeven.scenarios.recommend.tables import Named

#: Kinds of events at the most.
MOST_KINDS = 1_000
#: Stars: at most so many distinct values, none above.
MOST_STARS, HIGHEST_STAR = 20, 10.0


def kinds_of(raw: Array | None, n: int) -> tuple[Array, tuple[str, ...]]:
    """The number of each event's kind (n,), and the names of the kinds."""
    if raw is None:
        return np.zeros(n, dtype=np.int16), (UNNAMED,)
    given, codes = tables.coded(raw)
    names = sorted({*given, UNNAMED} if (codes < 0).any() else set(given))
    if len(names) > MOST_KINDS:
        raise InputError(
            "product.yaml, columns",
            f"{len(names):,} kinds of events; at most {MOST_KINDS:,} can be told apart",
            "name the column of the kind, or leave the one that is taken for it out of the file",
        )
    number = {name: i for i, name in enumerate(names)}
    place = np.array([number[g] for g in given] + [number.get(UNNAMED, -1)], dtype=np.int16)
    return place[codes], tuple(names)


def weights_of(
    need: Need, got: Mapping[str, Array], kind: Array, names: tuple[str, ...], told: tuple[str, Notes]
) -> tuple[Array, dict[str, float]]:
    """What each event is worth: by its kind; stars below the bar are no wish for more."""
    called, notes = told
    said = need.settings.get("kinds") or {}
    if not isinstance(said, dict):
        raise InputError(
            "product.yaml, recommend.kinds", f"expected 'kind: weight', not {said!r}", "write {view: 1, purchase: 5}"
        )
    for name, value in said.items():
        if str(name) not in names and plain(str(name)) not in map(plain, names):
            raise InputError(
                "product.yaml, recommend.kinds",
                f"no event is of the kind {name!r}",
                f"kinds are: {', '.join(names[:20])}",
            )
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not value == value
            or abs(value) == float("inf")
        ):
            raise InputError(
                f"product.yaml, recommend.kinds.{name}",
                f"{value!r} is not a number",
                "give a number, 0 to leave it out",
            )
    weights = EventWeights.of_brief(said)
    worth = {name: weights.of(name) for name in names}
    if len(names) > 1:
        notes.add("kinds", "kinds of events weigh " + ", ".join(f"{n} {w:g}" for n, w in worth.items()),
                  "set recommend.kinds in product.yaml to weigh them otherwise")  # fmt: skip
    unknown = [name for name in names if name != UNNAMED and str(name) not in said and usual_weight(name) is None]
    if unknown:
        notes.add("unknown kinds", f"kinds of events that are not known here: {', '.join(map(repr, unknown[:5]))}",
                  f"each weighs {DEFAULT_WEIGHT:g}; say what they are worth: recommend: {{kinds: {{{unknown[0]}: -1}}}}",
                  np.isin(kind, [names.index(name) for name in unknown]), "question")  # fmt: skip
    value = tables.numbers(got["value"]) if "value" in got else None
    rated = np.array([is_rating(name) for name in names])[kind]
    named_so = tables.plain(called) in map(tables.plain, tables.STARS)
    if value is not None and rated.any() and (named_so or not rated.all() or UNNAMED not in names):
        stars = np.where(rated, value, np.nan)
        known = np.unique(stars[~np.isnan(stars)])
        if 1 < len(known) <= MOST_STARS and known[0] >= 0 and known[-1] <= HIGHEST_STAR:
            bar = float(need.settings.get("at_least", (known[0] + known[-1]) / 2))
            poor = stars < bar
            notes.add("ratings", f"values from {known[0]:g} to {known[-1]:g} are ratings, {int(poor.sum()):,} of them below {bar:g}",
                      "those are not learned from; set recommend.at_least to move the bar", poor)  # fmt: skip
            return replace(weights, bar=bar).of_columns(names, kind, value), {**worth, BAR: bar}
    return weights.of_columns(names, kind, value), worth


def first_of(
    got: Mapping[str, Array], user: Array, item: Array, moment: Array, kind: Array, kept: Array, notes: Notes
) -> Array:
    """All but repetitions: the same event id, or without ids the same user, item, kind and time."""
    out = np.ones(len(user), dtype=bool)
    at = np.flatnonzero(kept)
    if not len(at) or not ("id" in got or "time" in got):
        return out
    # The same id of the same pair, or without an id the same kind and time of it: an order's number is on all its lines.
    given = tables.coded(got["id"])[1][at] if "id" in got else np.full(len(at), -1)
    alone = given < 0
    when = moment[at] if "time" in got else np.arange(len(at))
    keys = [user[at] * (int(item.max()) + 1) + item[at], given, np.where(alone, kind[at], 0), np.where(alone, when, 0)]
    keys = [key for key in keys if len(key) and (key[0] != key).any()] or keys[:1]
    order = np.lexsort(keys)
    same = np.all([key[order][1:] == key[order][:-1] for key in keys], axis=0)
    out[at[order[1:][same]]] = False
    notes.add("repeated", f"{int((~out).sum()):,} events are there twice", "counted once", ~out)
    return out


def moments_of(need: Need, named: Named) -> Array:
    """Times (n,) of events in seconds since 1970. Raises InputError where too many cannot be read."""
    column, cells = named.called.get("time", "time"), named.columns["time"]
    text, where = need.formats.get(column, ""), f"{named.source}, column {column!r}"
    form = given_format.time(text, need.timezone, where) if text else None
    out = tables.seconds(cells, need.timezone, form)
    unread = np.flatnonzero(np.isnan(out) & np.array([v is not None and v == v for v in cells.tolist()], dtype=bool))
    if len(unread) > UNREAD_TIMES * len(out):
        first = int(unread[0])
        raise InputError(
            where,
            f"{len(unread):,} of {len(out):,} times cannot be read, such as {str(cells[first])[:30]!r} "
            f"(line {first + named.first_line:,})",
            f"say how they are written: columns: {{{column}: time(%d/%m/%Y %H:%M)}}, or leave the column out",
        )
    return out


def refused_later(pair: Array, moment: Array, refused: Array) -> Array:
    """Which events (n,) have a refusal of the same person and item after them, or at the same time."""
    last = dict[int, float]()
    for p, at in zip(pair[refused].tolist(), moment[refused].tolist(), strict=True):
        last[p] = max(at, last.get(p, -np.inf))
    out = np.zeros(len(pair), dtype=bool)
    if last:
        some = np.flatnonzero(np.isin(pair, np.fromiter(last, dtype=np.int64)))
        out[some] = [moment[i] <= last[int(pair[i])] for i in some]
    return out


def names_of(names: tuple[str, ...], kind: Array, some: Array) -> str:
    """The kinds of some events."""
    return ", ".join(names[k] for k in np.unique(kind[some])[:5])

"""A shop's files as columns of one name each: csv, parquet, jsonl, a query, RecBole's atomic files, gorse's dumps.

Names are told apart by what shops, RecBole (`user_id:token`) and gorse (`FeedbackType`) call them; the brief's `columns`
says where that is not enough.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from breakeven.collect import read
from breakeven.core.errors import InputError
from breakeven.core.types import Array, Need, Table
from breakeven.features import time_format
from breakeven.features.boolean_words import truth
from breakeven.features.number_format import NumberFormat
from breakeven.features.time_format import TimeFormat
from breakeven.features.values import is_missing, level
from breakeven.files import encoding
from breakeven.files.read import read_file
from breakeven.online.event import MILLISECONDS
from breakeven.scenarios.recommend import event_types

#: What each column is called elsewhere, compared without case, `_`, `-`, spaces and RecBole's types.
NAMES: Mapping[str, tuple[str, ...]] = {
    "user": ("user", "userid", "customer", "customerid", "visitor", "visitorid", "buyer", "member", "memberid", "uid", "用户", "用户id", "顾客"),
    "item": ("item", "itemid", "product", "productid", "sku", "article", "articleid", "movieid", "goods", "goodsid", "iid", "商品", "商品id", "物品"),
    "time": ("time", "timestamp", "date", "datetime", "at", "createdat", "when", "eventtime", "eventtimestamp", "eventdate", "invoicedate",
             "orderdate", "ordertime", "purchasedate", "purchasetime", "ts", "timestampms", "unixtime", "visitdate", "时间", "日期", "下单时间",
             "时间戳"),
    "kind": ("kind", "event", "eventtype", "eventname", "feedbacktype", "type", "action", "behavior", "behaviour", "behaviortype",
             "behaviourtype", "interaction", "interactiontype", "类型", "行为", "行为类型"),
    "value": ("value", "rating", "stars", "score", "quantity", "count", "评分", "数量"),
    "id": ("id", "eventid", "event_id"),
    "title": ("title", "name", "itemname", "productname", "movietitle", "booktitle", "producttitle", "comment", "标题", "名称", "商品名"),
    "categories": ("categories", "category", "categoryid", "categoryname", "genres", "genre", "class", "labels", "tags", "类别", "分类"),
    "price": ("price", "cost", "unitprice", "价格", "单价"),
    "stock": ("stock", "instock", "quantity", "available", "availability", "isavailable", "inventory", "stockstatus", "库存", "有货"),
    "hidden": ("hidden", "ishidden", "隐藏", "下架"),
    "text": ("text", "description", "描述", "简介"),
    "image": ("image", "picture", "imagepath", "图片"),
    "friend": ("friend", "friendid", "followee", "target", "targetid", "targetuserid", "follows", "好友"),
}  # fmt: skip
EVENT, ITEM, FRIEND = (
    ("user", "item", "time", "kind", "value", "id"),
    ("item", "title", "categories", "price", "stock", "hidden", "text", "image"),
    ("user", "friend"),
)
#: Roles whose values are ids, and what a column of a person's judgement is called (a quantity is none).
IDS, STARS = ("user", "item", "friend", "id"), ("value", "rating", "ratings", "stars", "score", "评分")
#: Of RecBole's files, which end says what they hold.
BESIDE = {"items": ".item", "users": ".user", "friends": ".net"}
#: Words of item lists for what can and cannot be bought, as `plain` has them.
IN_STOCK = frozenset(
    (
        "instock",
        "available",
        "active",
        "onsale",
        "有货",
        "现货",
        "在售",
        "上架",
        "auflager",
        "lieferbar",
        "enstock",
        "disponible",
    )
)
SOLD_OUT = frozenset(
    (
        *(
            "outofstock",
            "soldout",
            "unavailable",
            "inactive",
            "discontinued",
            "backorder",
            "无货",
            "缺货",
            "售罄",
            "下架",
            "断货",
        ),
        *("ausverkauft", "nichtlieferbar", "rupturedestock", "agotado", "épuisé"),
    )
)
_SPLIT = re.compile(r"[|;,，、]\s*")


class Ids:
    """The columns that hold ids, so that none is read as a number: those of the brief, and those that are called so."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = {column for column, role in given.items() if role in IDS}
        self._called = {plain(name) for role in IDS for name in NAMES[role]}

    def __contains__(self, column: object) -> bool:
        return column in self._given or plain(str(column)) in self._called


@dataclass(frozen=True)
class Named:
    """Columns under our names, where they came from, and the columns nobody asked for."""

    columns: Mapping[str, Array]
    source: str
    passed_over: tuple[str, ...]
    first_line: int
    called: Mapping[str, str] = field(default_factory=dict)
    #: Where paths in it start, and the raw columns of a list that nobody asked for.
    root: Path | None = None
    others: Mapping[str, Array] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(next(iter(self.columns.values()))) if self.columns else 0


def events(need: Need, table: Table | None = None) -> Named:
    """The interactions of the brief. Raises InputError where user or item cannot be told."""
    given = dict(need.columns)
    if need.split.by == "time" and need.split.column and "time" not in given.values():
        given[need.split.column] = "time"
    return _named(table or read.table(need, Ids(given)), EVENT, given, ("user", "item"), "columns")


def beside(need: Need, what: str, wanted: tuple[str, ...], must: tuple[str, ...]) -> Named | None:
    """Items, users or friends: the file that the brief names, or the one RecBole keeps beside the interactions."""
    said = need.settings.get(what)
    path = need.folder / str(said) if said else None
    if path is None and need.data.endswith(".inter"):
        beside = (need.folder / need.data).with_suffix(BESIDE[what])
        path = beside if beside.is_file() else None
    if path is None:
        return None
    table = replace(
        read_file(path.resolve(), Ids({}), encoding.beside(path.resolve(), need.encoding)), root=path.resolve().parent
    )
    named = _named(table, wanted, {}, must, f"recommend.{what}")
    return replace(named, root=table.root, others={c: table.columns[c] for c in named.passed_over})


def _named(table: Table, wanted: tuple[str, ...], given: Mapping[str, str], must: tuple[str, ...], key: str) -> Named:
    for column in given:
        if column not in table.columns:
            known = ", ".join(list(table.columns)[:20])
            raise InputError(f"{table.source}, columns", f"there is no column {column!r}", f"columns are: {known}")
    found = {role: column for column, role in given.items()}
    for role in wanted:
        for name in NAMES[role]:
            hit = next((c for c in table.columns if plain(c) == plain(name) and c not in found.values()), None)
            if role not in found and hit is not None:
                found[role] = hit
    for role in must:
        if role not in found:
            raise InputError(table.source, f"no column for the {role} (columns are: {', '.join(list(table.columns)[:12])})",
                             f"name it in product.yaml: {key}: {{NAME: {role}}}")  # fmt: skip
    passed = tuple(c for c in table.columns if c not in found.values())
    return Named({role: table.columns[c] for role, c in found.items()}, table.source, passed, table.first_line, found)


def plain(name: str) -> str:
    """A column's name without case, signs and RecBole's type.

    >>> plain("User_ID:token"), plain("FeedbackType")
    ('userid', 'feedbacktype')
    """
    return event_types.plain(name.partition(":")[0])


def ids(values: Array) -> Array:
    """Canonical ids (n,) of a raw column, None where there is none: 1.0 and "1" are one id, "01" is another."""
    distinct, where = _distinct(values)
    return np.array([level(v) for v in distinct] + [None], dtype=object)[where]


def coded(values: Array) -> tuple[Array, Array]:
    """The distinct canonical ids of a raw column (m,), sorted, and the number of each value's (n,), -1 where there is none: what
    millions of events are compared and counted by.

    >>> names, codes = coded(np.array(["b", "a", None, "b"], dtype=object))
    >>> names.tolist(), codes.tolist()
    (['a', 'b'], [1, 0, -1, 1])
    """
    distinct, where = _distinct(values)
    canonical = [level(v) for v in distinct]
    names = sorted({c for c in canonical if c is not None})
    number = {name: i for i, name in enumerate(names)}
    codes = np.array([-1 if c is None else number[c] for c in canonical] + [-1], dtype=np.int64)
    return objects(names), codes[where]


def seconds(values: Array, zone: str = "UTC", form: TimeFormat | None = None) -> Array:
    """Times (n,) in seconds since 1970, NaN where there is none; how they are written is decided from all of them.

    `form` is what the brief says of it; `zone` that of times which name none.
    """
    distinct, where = _distinct(values)
    if values.dtype != object:
        order = time_format.order_of_numbers(distinct.tolist()) if len(distinct) else None
        found = form or TimeFormat(order or "s", zone)
        out = np.array([*(found.parse(float(v)) for v in distinct.tolist()), np.nan])[where]
        return np.where(out > MILLISECONDS, out / 1000, out) if order is None and form is None else out
    texts = [str(v) for v in distinct]
    found = form or time_format.detect([text for text in texts if not is_missing(text, measure=True)], zone).format
    out = np.array([*(_time(text, found) for text in texts), np.nan])[where]
    return np.where(out > MILLISECONDS, out / 1000, out)


def _time(text: str, form: TimeFormat) -> float:
    """A moment in the column's format; a plain number among texts is seconds or milliseconds, whatever the format."""
    found = form.parse(text)
    return found if found == found or not text.strip().replace(".", "", 1).isdigit() else float(text)


def numbers(values: Array) -> Array:
    """Numbers (n,) of a raw column, NaN where there is none; how they are written is decided from all of them."""
    if values.dtype != object:
        return values.astype(float)
    distinct, where = _distinct(values)
    texts = [str(v) for v in distinct]
    form = NumberFormat.detect([text for text in texts if not is_missing(text, measure=True)])
    return np.array([*(form.parse(text) for text in texts), np.nan])[where]


def parts(value: object, column: str = "") -> list[str]:
    """The names in a cell of categories, however they are written: a|b, ["a", "b"], a; b; with spaces between them in a column that
    RecBole's header calls a sequence.

    >>> parts("Comedy|Drama"), parts('["玩具", "书"]'), parts(None), parts("Comedy Sci-Fi", "class:token_seq")
    (['Comedy', 'Drama'], ['玩具', '书'], [], ['Comedy', 'Sci-Fi'])
    """
    if column.endswith(":token_seq") and not _SPLIT.search(str(value or "")):
        return str(value or "").split()
    text = str(value or "").strip()
    if text.startswith("["):
        try:
            return nested([str(one) for one in json.loads(text) if one is not None])
        except ValueError:
            pass
    return nested(_pieces(text.strip("[]{}")))


def nested(names: Sequence[str]) -> list[str]:
    """Categories with those that they are part of: `Home > Kitchen` is also of `Home`.

    >>> nested(["Home > Kitchen > Knives", "Toys"])
    ['Home', 'Home > Kitchen', 'Home > Kitchen > Knives', 'Toys']
    """
    out = dict[str, None]()
    for name in names:
        steps = [step.strip() for step in name.split(">")]
        for i in range(1, len(steps) + 1):
            out.setdefault(" > ".join(steps[:i]))
    return [name for name in out if name]


def stocks(values: Array) -> Array:
    """Stock (n,): numbers as they are, words for yes and no as 1 and 0, NaN where nothing is said or understood.

    >>> stocks(np.array(["in stock", "sold out", "no", "7", None], dtype=object)).tolist()
    [1.0, 0.0, 0.0, 7.0, nan]
    """
    if values.dtype != object:
        return values.astype(float)
    return np.array([np.nan if v is None else _stock(str(v)) for v in values.tolist()])


def _stock(cell: str) -> float:
    word = event_types.plain(cell.strip())
    if word in IN_STOCK:
        return 1.0
    if word in SOLD_OUT:
        return 0.0
    found, said = NumberFormat().parse(cell), truth(cell)
    return found if found == found else np.nan if said is None else float(said)


def _pieces(text: str) -> list[str]:
    return [p for p in (piece.strip().strip("\"'") for piece in _SPLIT.split(text)) if p]


def _distinct(values: Array) -> tuple[Array, Array]:
    """Distinct values, and the place of each value among them; missing ones stand at the end, one beyond."""
    if values.dtype != object:
        distinct, where = np.unique(values, return_inverse=True)
        known = int((~np.isnan(distinct)).sum())
        return distinct[:known], np.minimum(where, known)
    places: dict[object, int] = {}
    where = np.array([-1 if v is None else places.setdefault(v, len(places)) for v in values], dtype=np.int64)
    return np.array([*places, None], dtype=object)[:-1], np.where(where < 0, len(places), where)


def joined(named: Named, events: Sequence[Mapping[str, Any]]) -> Named:
    """A shop's events with those that came in since (keys user, item, kind, at, value, id), which stand after them."""
    if not events:
        return named
    n, out = named.rows, dict[str, Array]()
    for role, key in (
        ("user", "user"),
        ("item", "item"),
        ("time", "at"),
        ("kind", "kind"),
        ("value", "value"),
        ("id", "id"),
    ):
        old, new = named.columns.get(role), [e.get(key) for e in events]
        if role == "time":
            first = np.arange(n, dtype=float) if old is None else seconds(old)
            out[role] = np.concatenate([first, np.array(new, dtype=float)])
        elif role == "value":
            first = np.full(n, np.nan) if old is None else numbers(old)
            out[role] = np.concatenate([first, np.array([np.nan if v is None else v for v in new], dtype=float)])
        elif old is not None or any(v is not None for v in new):
            out[role] = objects([*(ids(old).tolist() if old is not None else [None] * n), *new])
    return replace(named, columns=out)


def listed(items: Named | None, since: Sequence[Mapping[str, Any]]) -> Named | None:
    """An item list with the items that were told of since; where one is told of twice, the last counts."""
    told: dict[str, dict[str, Any]] = {}
    for e in since:
        told.setdefault(str(e["item"]), {}).update(e.get("data") or {})
    if not told or items is None:
        return items
    old = ids(items.columns["item"]).tolist()
    places = {name: i for i, name in enumerate(old) if name is not None}
    columns = {
        role: objects([*values.tolist(), *[None] * sum(t not in places for t in told)])
        for role, values in items.columns.items()
    }
    columns["item"] = objects(old + [name for name in told if name not in set(old)])
    for i, name in enumerate(columns["item"]):
        for role, value in (told.get(str(name)) or {}).items():
            if role in columns:
                columns[role][i] = "|".join(map(str, value)) if isinstance(value, list) else value
    return replace(items, columns=columns)


def objects(values: Sequence[Any]) -> Array:
    """Values as an array of objects, whatever they are."""
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out

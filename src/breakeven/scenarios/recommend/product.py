"""A shop's product: the scorer, the catalogue, what everybody did, what is popular, and which items go together.

Written by the flow, read by the service; numpy, onnxruntime and safetensors only. Only whoever may ask the service learns of its users.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from breakeven.core import store
from breakeven.core.errors import ProductError
from breakeven.core.plain_file import RESTORE
from breakeven.core.product_folder import ProductFolder
from breakeven.core.types import Array
from breakeven.core.version import VERSION
from breakeven.features.text import Ragged
from breakeven.runtime import graph_check
from breakeven.runtime.ranking import packing, scorer_check
from breakeven.runtime.ranking.histories import Histories, best, with_context
from breakeven.runtime.ranking.scorers import ItemItem, Scorer
from breakeven.runtime.ranking.settings import Packed
from breakeven.scenarios.recommend import repeats, stored_shop
from breakeven.scenarios.recommend.catalogue import Catalogue, Shop
from breakeven.scenarios.recommend.content import Content
from breakeven.scenarios.recommend.stored_shop import About, Listed

ABOUT, SCORER, SHOP, CATALOGUE, USERS, SEGMENTS = (
    "product.json",
    "scorer.safetensors",
    "shop.safetensors",
    "catalogue.json",
    "users.json",
    "segments.json",
)
#: A person's last events that an answer looks at.
LOOKED_AT = 500
#: People asked for in timing an answer, and how often.
TIMED, WARM = 200, 20


@dataclass(frozen=True)
class Loaded:
    """A loaded product. `likeness` are item neighbours, for similar items and for reasons, whatever the scorer is;
    `friends` are the numbers of those a person follows, `cold` items
    nobody took, each with those it reads like and in which shares; `segments` the numbers of people's segments, and `by_segment`
    (1 + segments, items) what is popular with everybody and in each."""

    about: Mapping[str, Any]
    folder: Path
    scorer: Scorer
    catalogue: Catalogue
    users: tuple[str, ...]
    seen: Histories
    kinds: Array
    popular: Array
    likeness: ItemItem
    content: Content
    friends: Mapping[int, Array]
    cold: Sequence[tuple[int, Array, Array]]
    segments: Mapping[str, int]
    by_segment: Array

    def shelf(self, user: int, k: int) -> Array:
        """The first k items for a known user: the model alone, without rules."""
        seen = self.seen.take(np.array([user])).last(LOOKED_AT)
        scores = np.array(self.scorer.scores(seen)[0])
        scores[seen.barred()[1]] = -np.inf
        return best(scores, k)


def publish(folder: Path, about: dict[str, Any], scorer: Scorer, shop: Shop, extras: Mapping[str, Any]) -> Path:
    """Write a product folder anew; it counts as finished once its manifest is there. `extras`: popular, by_segment,
    likeness, content, cold.
    """
    from safetensors.numpy import save

    if folder.exists():
        shutil.rmtree(folder)
    packed = scorer.pack()
    likeness, content = extras["likeness"], extras["content"]
    held = {
        "starts": shop.seen.starts,
        "items": shop.seen.items,
        "weights": shop.seen.weights,
        "times": shop.seen.times,
        "kinds": shop.kinds,
        "popular": extras["popular"],
        "by_segment": extras["by_segment"],
        "near_starts": likeness.starts,
        "near_columns": likeness.columns,
        "near_values": likeness.values,
        "gram_starts": content.grams.starts,
        "gram_values": content.grams.values,
        "gram_counts": content.grams.counts,
        "refusals": shop.refusals,
        "hidden_items": shop.items.hidden,
        "listed": shop.items.listed,
        "prices": shop.items.prices,
        "stock": shop.items.stock,
        "friends": shop.friends.astype(np.int64).reshape(-1, 2),
    }
    held |= extras["cold"]
    stored = {k: v for k, v in asdict(shop.items).items() if k not in ("prices", "stock", "hidden", "listed")}
    store.write_bytes(folder / SCORER, save({k: np.ascontiguousarray(v) for k, v in packed.arrays.items()}))
    store.write_bytes(folder / SHOP, save({k: np.ascontiguousarray(v) for k, v in held.items()}))
    for name, graph in packed.graphs.items():
        store.write_bytes(folder / f"{name}.onnx", graph)
    store.write_json(folder / CATALOGUE, stored)
    store.write_json(folder / USERS, list(shop.users))
    store.write_json(folder / SEGMENTS, shop.segments.listed)
    store.write_json(
        folder / ABOUT,
        {**about, "scorer": msgspec.to_builtins(packed.settings, enc_hook=store.plain), "graphs": list(packed.graphs)},
    )
    store.seal(folder, {"name": about["name"], "scenario": about["scenario"], "breakeven": VERSION})
    return folder


def load(folder: Path) -> Loaded:
    """Load a product folder, each file checked. Raises ProductError for a wrong one, and one that this version cannot read."""
    files = ProductFolder.open(folder)
    plain, about = files.json(ABOUT, dict[str, Any]), files.json(ABOUT, About)
    listed, users = files.json(CATALOGUE, Listed), files.json(USERS, tuple[str, ...])
    # Products of before there were segments have none.
    segments = files.json(SEGMENTS, dict[str, int]) if SEGMENTS in files else {}
    held = files.arrays(SHOP)
    try:
        stored_shop.check(about, listed, len(users), held)
    except ValueError as error:
        raise _unfit(files, SHOP, error) from None
    return _loaded(plain, folder, _scorer(files, about, len(listed.ids)), listed, users, segments, held)


def _scorer(files: ProductFolder, about: About, items: int) -> Scorer:
    """The scorer, asked once so that a graph that cannot answer is found before anyone asks. Raises ProductError."""
    graphs = {name: files.read(f"{name}.onnx") for name in about.graphs}
    for name, graph in graphs.items():
        graph_check.check(graph, str(files.path(f"{name}.onnx")))
    packed = Packed(about.scorer, files.arrays(SCORER), graphs)
    try:
        scorer_check.check(packed, items)
        scorer = packing.unpack(packed)
        scores = np.asarray(scorer.scores(Histories.of_one([0], [1.0], items)))
        if scores.shape != (1, items) or not np.isfinite(scores).all():
            raise ValueError(f"scores of shape {scores.shape} for {items:,} items, or no numbers")
    except ProductError:
        raise
    except Exception as error:  # whatever a graph's inputs or a matrix that cannot be solved make of it
        raise _unfit(files, SCORER, error) from None
    return scorer


def _unfit(files: ProductFolder, name: str, error: Exception) -> ProductError:
    return ProductError(str(files.path(name)), f"the model cannot be read ({error})", RESTORE)


def _loaded(
    about: Mapping[str, Any],
    folder: Path,
    scorer: Scorer,
    listed: Listed,
    users: tuple[str, ...],
    segments: Mapping[str, int],
    held: Mapping[str, Array],
) -> Loaded:
    """The product of parts that were checked."""
    items = len(listed.ids)
    catalogue = Catalogue(
        listed.ids,
        listed.titles,
        listed.categories,
        held["prices"],
        held["stock"],
        listed.texts,
        listed.images,
        held.get("hidden_items", np.zeros(items, dtype=bool)),
        held.get("listed", np.ones(items, dtype=bool)),
    )
    likeness = ItemItem(held["near_starts"], held["near_columns"], held["near_values"])
    content = Content(Ragged(held["gram_starts"], held["gram_values"], held["gram_counts"]))
    whose, first = np.unique(held["friends"][:, 0], return_index=True)  # pairs stand in order
    friends = dict(zip(whose.tolist(), np.split(held["friends"][:, 1], first[1:]), strict=True)) if len(whose) else {}
    return Loaded(
        about,
        folder,
        scorer,
        catalogue,
        users,
        _histories(about, users, segments, held, items),
        held["kinds"],
        held["popular"],
        likeness,
        content,
        friends,
        _cold(held),
        segments,
        held.get("by_segment", held["popular"][None]),
    )


def _histories(
    about: Mapping[str, Any], users: Sequence[str], segments: Mapping[str, int], held: Mapping[str, Array], items: int
) -> Histories:
    """What everybody did, refused, and whom they follow."""
    none = np.full(len(users), -1)
    numbers = np.array([segments.get(name, -1) for name in users] if segments else none, dtype=np.int32)
    seen = Histories(held["starts"], held["items"], held["weights"], held["times"], items)
    who, what = held.get("refusals", np.zeros((0, 2), dtype=np.int64)).T
    refused = Histories.of_events(who, what, np.ones(len(who)), np.zeros(len(who)), (len(users), items))
    barring = repeats.bars(held["kinds"], about["kinds"], repeats.of_product(about))
    return with_context(replace(seen, bars=barring, refused=refused), numbers, 0.0, held["friends"])


def cold(content: Content, popular: Array, shop: Shop, words: Sequence[str]) -> dict[str, Array]:
    """Arrays of the items that nobody took and that are sold, with what each reads like (worked out once, not at every start)."""
    lines = []
    for i in np.flatnonzero((popular == 0) & ~(shop.items.stock <= 0) & ~shop.items.hidden):
        near, how = (
            content.like(words[int(i)], popular > 0) if words[int(i)] else (np.zeros(0, dtype=np.int64), np.zeros(0))
        )
        if len(near):
            lines.append((int(i), near, how / how.sum()))
    starts = np.concatenate([[0], np.cumsum([len(near) for _, near, _ in lines])]).astype(np.int64)
    flat = [np.concatenate([line[k] for line in lines]) if lines else np.zeros(0) for k in (1, 2)]
    return {
        "cold": np.array([i for i, _, _ in lines], dtype=np.int64),
        "cold_starts": starts,
        "cold_near": flat[0].astype(np.int64),
        "cold_how": flat[1].astype(np.float32),
    }


def _cold(held: Mapping[str, Array]) -> list[tuple[int, Array, Array]]:
    starts = held["cold_starts"]
    return [
        (int(i), held["cold_near"][a:b], held["cold_how"][a:b])
        for i, a, b in zip(held["cold"], starts[:-1], starts[1:], strict=True)
    ]


def latency(product: Loaded) -> tuple[float, tuple[float, float, float]]:
    """Milliseconds of an answer (median over people), and answers a second at the slowest, usually, at the fastest."""
    people = np.flatnonzero(product.seen.lengths)
    people = people[np.linspace(0, len(people) - 1, min(len(people), TIMED)).astype(int)]
    k = int(product.about["k"])
    for user in people[:WARM]:
        product.shelf(int(user), k)
    taken = []
    for user in people:
        start = time.perf_counter()
        product.shelf(int(user), k)
        taken.append(time.perf_counter() - start)
    slow, usual, fast = np.quantile(taken, [0.9, 0.5, 0.1])
    return float(usual * 1000), (1 / float(slow), 1 / float(usual), 1 / float(fast))

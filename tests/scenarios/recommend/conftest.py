"""A small made shop: people with one of three tastes, who view, put in the cart and buy, week after week."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from breakeven import pipeline
from breakeven.gate.problem import Recipe
from breakeven.scenarios.recommend import content, packaging, product
from breakeven.scenarios.recommend.catalogue import Shop
from breakeven.scenarios.recommend.recommender import Recommender
from breakeven.scenarios.registry import load_brief
from tests.shared_builds import once

QUICK = ["popular", "item_neighbours", "ease"]


def events(people: int = 90, each: int = 14, items: int = 45, seed: int = 0, spread: int = 40_000_000) -> str:
    """Events as CSV text: user, item, kind, time; items of a taste stand together; people begin within
    `spread` seconds."""
    rng, lines = np.random.default_rng(seed), ["user,item,kind,time"]
    for u in range(people):
        taste, start = u % 3, 1_750_000_000 + int(rng.integers(0, spread))
        for n in range(each + int(rng.integers(0, 6))):
            group = taste if rng.random() < 0.85 else int(rng.integers(0, 3))
            item = group * (items // 3) + int(min(rng.geometric(0.15), items // 3) - 1)
            lines.append(
                f"u{u},商品{item},{rng.choice(['view', 'view', 'cart', 'purchase'])},{start + n * 86_400 + int(rng.integers(0, 9_000))}"
            )
    return "\n".join(lines) + "\n"


def listed(items: int = 45) -> str:
    """The item list; the last item is one nobody took, the first is out of stock."""
    names = ("red mug", "green tea", "blue kite")
    lines = ["item,title,categories,price,stock"]
    for i in range(items + 1):
        group = min(i // (items // 3), 2)
        lines.append(f"商品{i},{names[group]} {i},{names[group].split()[1]}|all,{1 + i},{0 if i == 0 else 5}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def shop(tmp_path: Path) -> Callable[..., Path]:
    """Writes a product folder: text of events.csv and of items.csv, and keys of product.yaml."""

    def write(data: str | None = None, items: str | None = None, name: str = "events.csv", **keys: object) -> Path:
        return folder(tmp_path, data, items, name, **keys)

    return write


def folder(
    place: Path, data: str | None = None, items: str | None = None, name: str = "events.csv", **keys: object
) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(events() if data is None else data, encoding="utf-8")
    own = dict(keys.pop("recommend", {}) or {})  # type: ignore[call-overload]
    if items != "":
        (place / "items.csv").write_text(listed() if items is None else items, encoding="utf-8")
        own["items"] = "items.csv"
    brief = {"name": "corner shop", "scenario": "recommend", "data": name, "recommend": own, "effort": 1, **keys}
    (place / "product.yaml").write_text(yaml.safe_dump(brief, allow_unicode=True), encoding="utf-8")
    return place


def served(found: Shop, place: Path) -> Recommender:
    """Live answers of a product of item neighbours, made of all that was read."""
    about = {"name": "s", "scenario": "recommend", "candidate": "item_neighbours", "route": "traditional", "k": 10,
             "settings": {}, "seed": 0, **packaging.meaning(found)}  # fmt: skip
    packaging._publish(about, found, content.known(found.items), place, Recipe({}, seconds=60.0))
    return Recommender(product.load(place))


def finished(factory: pytest.TempPathFactory) -> Path:
    """A product folder with one finished build, this worker's copy."""

    def make(place: Path) -> None:
        pipeline.build(load_brief(folder(place, limits={"minutes": 1})), names=QUICK)

    return once(factory, "shop", make)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A product folder with one finished build; tests that write events copy it."""
    return finished(tmp_path_factory)

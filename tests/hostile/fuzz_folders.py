"""Mutated product folders: each is answered or refused by one line. `python -m tests.hostile.fuzz_folders --count N --seed S`."""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path

import numpy as np
from safetensors.numpy import load, save

from breakeven.core import store
from breakeven.scenarios.registry import load_product
from tests.hostile import mutate, small_products
from tests.hostile.small_products import product_of, reseal


class Folders:
    """Sound products, of which one file at a time is spoiled and put back."""

    def __init__(self, place: Path) -> None:
        makers = {"table": small_products.table, "ensemble": small_products.ensemble, "shop": small_products.shop}
        self.products = {name: product_of(make(place / name)) for name, make in makers.items()}
        self.files = {
            name: {p.relative_to(product).as_posix(): p.read_bytes() for p in product.rglob("*") if p.is_file()}
            for name, product in self.products.items()
        }

    def one(self, rng: random.Random) -> None:
        """Spoil a file, load the product and ask it."""
        kind = rng.choice(list(self.products))
        product, files = self.products[kind], self.files[kind]
        name = rng.choice(list(files))
        try:
            (product / name).write_bytes(spoiled(name, files[name], rng))
            if name != store.MANIFEST and rng.random() < 0.97:
                reseal(product)
            ask(product, kind)
        finally:
            for one in (name, store.MANIFEST):
                (product / one).write_bytes(files[one])


def spoiled(name: str, content: bytes, rng: random.Random) -> bytes:
    """A file's content changed: as bytes, as values of JSON, or as arrays."""
    if name.endswith(".json") and rng.random() < 0.8:
        plain = json.loads(content)
        for _ in range(rng.randint(1, 3)):
            plain = mutate.strange(plain, rng)
        return json.dumps(plain).encode("utf-8", "surrogatepass")
    if name.endswith(".safetensors") and rng.random() < 0.8:
        return _arrays(content, rng)
    return mutate.spoiled(content, rng)


def _arrays(content: bytes, rng: random.Random) -> bytes:
    held = load(content)
    key = rng.choice(list(held))
    found = held[key].copy()
    match rng.randrange(7):
        case 0:
            del held[key]
            return save(held)
        case 1:
            found = found[: rng.randrange(len(found) + 1)]
        case 2:
            found = found.astype(rng.choice((np.float64, np.int64, np.uint8, np.bool_, np.float16)))
        case 3:
            found = found.reshape(-1) if found.ndim > 1 else found[None]
        case 4:
            found = np.concatenate([found, found])
        case 5:
            found = held[rng.choice(list(held))]
        case _ if found.size:
            value = rng.choice((0, -1, 1, 10**6, 2**31, np.nan, np.inf))
            with np.errstate(all="ignore"):
                found.reshape(-1)[rng.randrange(found.size)] = np.array(value).astype(found.dtype)
    return save({**held, key: np.ascontiguousarray(found)})


def ask(product: Path, kind: str) -> None:
    """Load a product and have it answer; whatever comes must be numbers."""
    loaded = load_product(product.parent)
    if kind == "shop":
        assert len(loaded.shelf(0, 5)) <= 5
        return
    if not hasattr(loaded, "predict"):
        return
    row = {f.name: f.levels[0] if f.levels else None if f.role != "number" else 31 for f in loaded.schema.fields}
    (answer,) = loaded.predict([row])
    assert json.dumps(answer, allow_nan=False)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as where:
        mutate.run(Folders(Path(where)).one)

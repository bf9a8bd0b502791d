"""Two finished products made in a moment, without a build: rows of a table, and a shop. Tests copy and spoil them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file, save_file

from breakeven.core import store
from breakeven.export import publish
from breakeven.features.decoding import Decoder
from breakeven.features.packed import Packed, PartSettings, ReaderSettings
from breakeven.features.schema import Field, Schema
from breakeven.features.view import View
from breakeven.runtime import description
from breakeven.runtime.description import Description
from breakeven.runtime.ensemble import Pool
from breakeven.runtime.ranking.histories import Histories
from breakeven.runtime.ranking.scorers import Blend, Factors, ItemItem, Net, WithPopularity
from breakeven.scenarios.recommend import product as shop_product
from breakeven.scenarios.recommend.catalogue import Catalogue, Segments, Shop
from breakeven.scenarios.recommend.content import Content

FIELDS = (Field("age", "number"), Field("plan", "category", levels=("free", "paid")), Field("spend", "number"))


def graph(nodes: list[Any], values: dict[str, np.ndarray] | None = None, **keys: Any) -> bytes:
    """An ONNX file of some nodes: `x` (n, 4) in, `scores` (n, 2) out."""
    x = keys.pop("given", None) or helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, None])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, None)
    tensors = [numpy_helper.from_array(value, name) for name, value in (values or {}).items()]
    made = helper.make_graph(nodes, "g", [x], [scores], [*tensors, *keys.pop("initial", [])], **keys.pop("more", {}))
    opsets = [helper.make_opsetid("", 17), *(helper.make_opsetid(*one) for one in keys.pop("opsets", []))]
    return bytes(helper.make_model(made, opset_imports=opsets, ir_version=9, **keys).SerializeToString())


def honest(classes: int = 2, width: int = 4) -> bytes:
    """A linear model."""
    weights = np.random.default_rng(0).normal(size=(width, classes)).astype(np.float32)
    nodes = [helper.make_node("MatMul", ["x", "w"], ["raw"]), helper.make_node("Softmax", ["raw"], ["scores"], axis=1)]
    return graph(nodes, {"w": weights})


def described(**keys: Any) -> Description:
    """What the table's product says of itself; its view gives two numbers and two levels."""
    view = View("dense", (0, 2), (40.0, 10.0), (10.0, 5.0), (), (1,), (2,))
    whole: dict[str, Any] = {
        "name": "small",
        "scenario": "predict",
        "target": "left",
        "schema": Schema(FIELDS),
        "decoder": Decoder("classification", ("no", "yes")),
        "task": "classification",
        "candidate": "linear",
        "route": "traditional",
        "reader": ReaderSettings(view),
    }
    return Description(**{**whole, **keys})


def table(place: Path) -> Path:
    """A folder with a build of the table's product; the product itself is in `build/latest/product`."""
    about = described()
    build = place / "build" / "one"
    publish.publish(build / "product", honest(), about, Packed(about.reader or ReaderSettings()))
    (build / "report.html").write_text("<title>report</title>", encoding="utf-8")
    store.write_json(build / "verdict.json", {"format": 2})
    store.point_latest(build)
    return place


def photos(place: Path) -> Path:
    """A folder with a build of a product of images of 8 x 8 pixels."""
    weights = {"w": np.random.default_rng(0).normal(size=(192, 2)).astype(np.float32)}
    nodes = [
        helper.make_node("Cast", ["i0_pixels"], ["p"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("MatMul", ["f", "w"], ["raw"]),
        helper.make_node("Softmax", ["raw"], ["scores"], axis=1),
    ]
    pixels = helper.make_tensor_value_info("i0_pixels", TensorProto.UINT8, [None, 8, 8, 3])
    reader = ReaderSettings(None, (PartSettings("pixels", "image", 0, "i0"),))
    about = described(schema=Schema((Field("image", "image", side=8, channels=3),)), reader=reader)
    build = place / "build" / "one"
    publish.publish(build / "product", graph(nodes, weights, given=pixels), about, Packed(reader))
    store.point_latest(build)
    return place


def ensemble(place: Path) -> Path:
    """A folder with a build whose product is two models."""
    about = described()
    for name in ("a", "b"):
        publish.publish(place / name, honest(), about, Packed(about.reader or ReaderSettings()))
    members = tuple(description.Member(f"m{i}", "linear", "traditional") for i in range(2))
    whole = described(reader=None, pool=Pool("mean", (0.5, 0.5)), members=members)
    build = place / "build" / "one"
    publish.publish_ensemble(build / "product", [place / "a", place / "b"], whole)
    store.point_latest(build)
    return place


def product_of(place: Path) -> Path:
    """The product folder of a build."""
    return (place / "build" / "latest").resolve() / "product"


def reseal(product: Path) -> None:
    """A manifest of what stands there now, as somebody who may write the folder would make it."""
    path = product / store.MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["files"] = {
        p.relative_to(product).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(product.rglob("*"))
        if p.is_file() and p.name != store.MANIFEST
    }
    path.write_text(json.dumps(manifest), encoding="utf-8")


def edited(product: Path, name: str, change: Callable[[Any], object]) -> None:
    """A file of JSON changed, and its hash made to fit."""
    path = product / name
    plain = json.loads(path.read_text(encoding="utf-8"))
    change(plain)
    path.write_text(json.dumps(plain), encoding="utf-8")
    reseal(product)


def replaced(product: Path, name: str, content: bytes) -> None:
    """A file replaced, and its hash made to fit."""
    (product / name).write_bytes(content)
    reseal(product)


def arrays(product: Path, name: str, change: Callable[[dict[str, np.ndarray]], object]) -> None:
    """Arrays changed, and their hash made to fit."""
    held = load_file(product / name)
    change(held)
    save_file({key: np.ascontiguousarray(value) for key, value in held.items()}, product / name)
    reseal(product)


def copied(place: Path, to: Path) -> Path:
    """A copy of a folder with its builds."""
    shutil.copytree(place, to, symlinks=True)
    return to


def net(items: int = 12, length: int = 5) -> bytes:
    """A net of a shop: the last items of a history in, a score of each item out."""
    rng = np.random.default_rng(0)
    values = {"e": rng.normal(size=(items + 1, 3)).astype("f"), "w": rng.normal(size=(3, items)).astype("f")}
    nodes = [
        helper.make_node("Gather", ["e", "items"], ["taken"]),
        helper.make_node("ReduceMean", ["taken"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["mean", "w"], ["scores"]),
    ]
    given = helper.make_tensor_value_info("items", TensorProto.INT64, [None, length])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, [None, items])
    initial = [numpy_helper.from_array(value, name) for name, value in values.items()]
    made = helper.make_graph(nodes, "g", [given], [scores], initial)
    return bytes(helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString())


def shop(place: Path) -> Path:
    """A folder with a build of a shop of 12 items and 6 users, whose scorer is a blend of neighbours, factors and a net."""
    rng, items, users = np.random.default_rng(1), 12, 6
    who, what = np.repeat(np.arange(users), 4), rng.integers(0, items, users * 4)
    seen = Histories.of_events(who, what, np.ones(len(who)), np.arange(len(who)), (users, items))
    ids = tuple(f"i{i}" for i in range(items))
    words = tuple(f"blue mug {i}" for i in range(items))
    known, none = np.ones(items), np.zeros(items, dtype=bool)
    listed = Catalogue(
        ids, words, tuple(("mug",) for _ in ids), known, known, ("",) * items, ("",) * items, none, ~none
    )
    friends, segments = np.array([[0, 1], [1, 2]]), Segments(np.full(users, -1))
    kinds = np.zeros(len(who), dtype=np.int64)
    names = tuple(f"u{u}" for u in range(users))
    made = Shop(names, listed, seen, kinds, ("view",), {}, True, friends, (), (), segments=segments)
    near = ItemItem(
        np.arange(items + 1) * items, np.tile(np.arange(items), items), rng.random(items * items).astype("f")
    )
    factors = Factors(rng.normal(size=(items, 3)).astype("f"), 1.0, 2.0)
    popular = np.bincount(what, minlength=items).astype(float)
    scorer = WithPopularity(Blend([near, factors, Net(net(items), 5)], (0.5, 0.3, 0.2)), popular[None])
    like = Content.of(words)
    extras = {
        "popular": popular,
        "by_segment": popular[None],
        "likeness": near,
        "content": like,
        "cold": shop_product.cold(like, popular, made, words),
    }
    about = {"name": "small shop", "scenario": "recommend", "candidate": "blend", "route": "large", "k": 5}
    about |= {"kinds": ["view"], "worth": {"view": 1.0}, "seed": 0, "repeat": "never", "timed": True, "fit": {}}
    build = place / "build" / "one"
    shop_product.publish(build / "product", about, scorer, made, extras)
    store.point_latest(build)
    return place

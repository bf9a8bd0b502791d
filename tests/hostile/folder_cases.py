"""Ways to spoil a product folder, each with the product it is tried on and a word of the refusal."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from breakeven.core import store
from tests.hostile.small_products import arrays, edited, replaced

Spoil = Callable[[Path], object]
MODEL, ABOUT, MANIFEST = "model.onnx", "product.json", store.MANIFEST
SHOP, SCORER, CATALOGUE, USERS = "shop.safetensors", "scorer.safetensors", "catalogue.json", "users.json"


class Case(NamedTuple):
    """One spoiled folder: its name, the product, what is done to it, and what the refusal says."""

    name: str
    product: str
    spoil: Spoil
    says: str


def _manifest(change: Callable[[dict[str, Any]], object]) -> Spoil:
    """The manifest changed, and nothing else."""

    def spoil(product: Path) -> None:
        plain = json.loads((product / MANIFEST).read_text())
        change(plain)
        (product / MANIFEST).write_text(json.dumps(plain))

    return spoil


def _listing(name: str, content: bytes = b"x") -> Spoil:
    """A further name in the manifest, with the hash of some bytes."""
    return _manifest(lambda m: m["files"].update({name: hashlib.sha256(content).hexdigest()}))


def _bytes(name: str, content: bytes) -> Spoil:
    return lambda product: (product / name).write_bytes(content)


def _moved(name: str, put: Callable[[Path, Path], object]) -> Spoil:
    """A file moved out of the folder, and something else put in its place."""

    def spoil(product: Path) -> None:
        outside = product.parent.parent.parent / "outside"
        (product / name).rename(outside)
        put(product / name, outside)

    return spoil


def _links_of_folders(product: Path) -> None:
    (product / "m1").rename(product.parent / "elsewhere")
    (product / "m1").symlink_to(product.parent / "elsewhere")


def _latest(to: str) -> Spoil:
    def spoil(product: Path) -> None:
        link = product.parent.parent / "latest"
        link.unlink()
        link.symlink_to(to)

    return spoil


def _whole_product_is_a_link(product: Path) -> None:
    product.rename(product.parent.parent.parent / "elsewhere")
    product.symlink_to(product.parent.parent.parent / "elsewhere")


def _sparse(product: Path) -> None:
    with (product / MODEL).open("wb") as file:
        file.truncate(2_100_000_000)


def _unreadable(product: Path) -> None:
    (product / MODEL).unlink()
    (product / MODEL).mkdir()


def _behind_a_link(product: Path) -> None:
    (product / "e").symlink_to("/etc")
    _listing("e/passwd", Path("/etc/passwd").read_bytes())(product)


NAMES = ["../x", "/etc/passwd", "a//b", "./a", ".hidden", "a/../b", "a\\b", "C:a", "", "a\0b", "a\nb", "\x1b[2Jx",
         "a/b/c/d/e", "x" * 300, "\u202etxt.exe", "m0/../../x"]  # fmt: skip
MANIFESTS = [
    *(Case(f"manifest lists {name[:20]!a}", "table", _listing(name), "no name of a file") for name in NAMES),
    Case("manifest gone", "table", lambda p: (p / MANIFEST).unlink(), "no finished product"),
    Case("manifest cut", "table", _bytes(MANIFEST, b'{"format":1,'), "cannot be read"),
    Case("manifest a list", "table", _bytes(MANIFEST, b"[]"), "cannot be read"),
    Case("manifest empty", "table", _bytes(MANIFEST, b""), "cannot be read"),
    Case("manifest deep", "table", _bytes(MANIFEST, b"[" * 100_000), "cannot be read"),
    Case("manifest deep in an unknown key", "table", _bytes(MANIFEST, b'{"a":' + b"[" * 100_000), "nested too deeply"),
    Case("manifest of latin letters", "table", _bytes(MANIFEST, b'{"format":1,"files":{"\xe9":"a"}}'), "cannot be read"),
    Case("manifest of 5 MB", "table", _bytes(MANIFEST, b" " * 5_000_000), "larger than"),
    Case("manifest without files", "table", _manifest(lambda m: m["files"].clear()), "lists 0 files"),
    Case("manifest of another format", "table", _manifest(lambda m: m.update(format=9)), "format 9"),
    Case("manifest of a format in words", "table", _manifest(lambda m: m.update(format="1")), "cannot be read"),
    Case("manifest of 20,000 files", "table", _manifest(lambda m: m["files"].update({f"f{i}": "0" * 64 for i in range(20_000)})), "20,0"),
    Case("manifest with a number as hash", "table", _manifest(lambda m: m["files"].update(a=5)), "cannot be read"),
    Case("manifest with no hash", "table", _manifest(lambda m: m["files"].update({MODEL: "x"})), "no sha256"),
    Case("manifest lists a missing file", "table", _listing("a"), "missing"),
    Case("model not listed", "table", _manifest(lambda m: m["files"].pop(MODEL)), "does not list"),
    Case("description not listed", "table", _manifest(lambda m: m["files"].pop(ABOUT)), "does not list"),
    Case("scorer not listed", "shop", _manifest(lambda m: m["files"].pop(SCORER)), "does not list"),
    Case("net not listed", "shop", _manifest(lambda m: m["files"].pop("0.2.graph.onnx")), "does not list"),
    Case("a member's model not listed", "ensemble", _manifest(lambda m: m["files"].pop("m1/model.onnx")), "does not list"),
    Case("one byte of the model", "table", lambda p: (p / MODEL).write_bytes((p / MODEL).read_bytes() + b"\0"), "sha256 differs"),
    Case("one byte of the description", "table", lambda p: (p / ABOUT).write_bytes((p / ABOUT).read_bytes() + b" "), "sha256 differs"),
    Case("one byte of a member", "ensemble", lambda p: (p / "m0/model.onnx").write_bytes(b"x"), "sha256 differs"),
    Case("one byte of the users", "shop", lambda p: (p / USERS).write_bytes(b"[]"), "sha256 differs"),
]  # fmt: skip

LINKS = [
    Case("model a link", "table", _moved(MODEL, lambda p, o: p.symlink_to(o)), "link"),
    Case("model a hard link", "table", _moved(MODEL, lambda p, o: os.link(o, p)), "link"),
    Case("model a link to nothing", "table", _moved(MODEL, lambda p, o: p.symlink_to("nothing")), "link"),
    Case("model a link to itself", "table", _moved(MODEL, lambda p, o: p.symlink_to(p.name)), "link"),
    Case("model a pipe", "table", _moved(MODEL, lambda p, o: os.mkfifo(p)), "not a plain file"),
    Case("model a folder", "table", _unreadable, "not a plain file"),
    Case("model a device", "table", _moved(MODEL, lambda p, o: p.symlink_to("/dev/zero")), "link"),
    Case("model of 2.1 GB", "table", _sparse, "larger than"),
    Case("description a link", "table", _moved(ABOUT, lambda p, o: p.symlink_to(o)), "link"),
    Case("description a pipe", "table", _moved(ABOUT, lambda p, o: os.mkfifo(p)), "not a plain file"),
    Case("manifest a link", "table", _moved(MANIFEST, lambda p, o: p.symlink_to(o)), "link"),
    Case("manifest a pipe", "table", _moved(MANIFEST, lambda p, o: os.mkfifo(p)), "not a plain file"),
    Case("a member's folder a link", "ensemble", _links_of_folders, "link"),
    Case("the product a link", "table", _whole_product_is_a_link, "link"),
    Case("a file behind a link", "table", _behind_a_link, "link"),
    Case("latest out of the builds", "table", _latest("../../.."), "no finished product"),
    Case("latest in a circle", "table", _latest("latest"), "no finished product"),
    Case("latest to the root", "table", _latest("/"), "no finished product"),
    Case("catalogue a link", "shop", _moved(CATALOGUE, lambda p, o: p.symlink_to(o)), "link"),
    Case("arrays a pipe", "shop", _moved(SHOP, lambda p, o: os.mkfifo(p)), "not a plain file"),
]  # fmt: skip


def _about(change: Callable[[dict[str, Any]], object]) -> Spoil:
    return lambda product: edited(product, ABOUT, change)


def _field(**keys: Any) -> Spoil:
    return _about(lambda a: a["schema"]["fields"][0].update(keys))


def _fields(change: Callable[[list[dict[str, Any]]], object]) -> Spoil:
    return _about(lambda a: change(a["schema"]["fields"]))


def _view(**keys: Any) -> Spoil:
    return _about(lambda a: a["reader"]["table"].update(keys))


def _decoder(**keys: Any) -> Spoil:
    return _about(lambda a: a["decoder"].update(keys))


def _part(**keys: Any) -> Spoil:
    part = {"kind": "grams", "column": "age", "place": 0, "key": "g0", **keys}
    return _about(lambda a: a["reader"].update(parts=[part]))


def _read_text(**keys: Any) -> Spoil:
    """A text column, and a part that reads it."""

    def change(about: dict[str, Any]) -> None:
        about["schema"]["fields"].append({"name": "t", "role": "text"})
        about["reader"].update(parts=[{"column": "t", "place": 3, **keys}])

    return _about(change)


def _wanted(dtype: str, place: int = 0) -> Spoil:
    return _part(kind="given", wanted=[{"name": "x", "kind": "number", "dtype": dtype, "places": [place]}])


def _in_member(change: Callable[[dict[str, Any]], object]) -> Spoil:
    return lambda product: edited(product, "m1/product.json", change)


def _weight_of_no_number(product: Path) -> None:
    replaced(product, ABOUT, (product / ABOUT).read_bytes().replace(b'"view": 1.0', b'"view": 1e999'))


def _member(i: int, **keys: Any) -> Spoil:
    return _about(lambda a: a["members"][i].update(keys))


def _scorer(change: Callable[[dict[str, Any]], object]) -> Spoil:
    return _about(lambda a: change(a["scorer"]))


def _nested(depth: int) -> Spoil:
    def spoil(product: Path) -> None:
        text = (product / ABOUT).read_text()
        inner = '{"kind":"backed","inner":' * depth + '{"kind":"popular"}' + "}" * depth
        start, end = text.index('"scorer"'), text.index('"graphs"')
        replaced(product, ABOUT, (text[:start] + f'"scorer": {inner}, ' + text[end:]).encode())

    return spoil


DESCRIPTIONS = [
    Case("description deep", "table", lambda p: replaced(p, ABOUT, b'{"a":' * 100_000), "cannot be read"),
    Case("description a list", "table", lambda p: replaced(p, ABOUT, b"[1]"), "cannot be read"),
    Case("description empty", "table", lambda p: replaced(p, ABOUT, b""), "cannot be read"),
    Case("description of bytes", "table", lambda p: replaced(p, ABOUT, bytes(range(256))), "cannot be read"),
    Case("description of null", "shop", lambda p: replaced(p, ABOUT, b"null"), "cannot be read"),
    Case("the name a pattern of paths", "table", _about(lambda a: a.update(name="{x}")), "name"),
    Case("the name another's path", "shop", _about(lambda a: a.update(name="small/v1")), "name"),
    Case("the name a script", "table", _about(lambda a: a.update(name="javascript:alert(1)")), "name"),
    Case("no name", "shop", _about(lambda a: a.update(name="")), "name"),
    Case("a name of 10,000 letters", "table", _about(lambda a: a.update(name="a" * 10_000)), "name"),
    Case("scenario os", "table", _about(lambda a: a.update(scenario="os")), "os"),
    Case("scenario ../predict", "table", _about(lambda a: a.update(scenario="../predict")), "predict"),
    Case("scenario recommend", "table", _about(lambda a: a.update(scenario="recommend")), "cannot be read"),
    Case("scenario predict of a shop", "shop", _about(lambda a: a.update(scenario="predict")), "answers no rows"),
    Case("no classes", "table", _decoder(classes=[]), "classes"),
    Case("one class", "table", _decoder(classes=["a"]), "classes"),
    Case("three classes of two scores", "table", _decoder(classes=["a", "b", "c"]), "shape"),
    Case("a class twice", "table", _decoder(classes=["a", "a"]), "two classes of one name"),
    Case("a decision of no class", "table", _decoder(yes="maybe", yes_from=0.5), "decision"),
    Case("a decision from 7", "table", _decoder(yes="yes", yes_from=7), "decision"),
    Case("values with classes", "table", _decoder(task="regression"), "no classes"),
    Case("two scores as a value", "table", _decoder(task="regression", classes=[]), "shape"),
    Case("intervals of negative width", "table", _decoder(task="regression", classes=[], half_width=-1), "width"),
    Case("a temperature of 0", "table", _decoder(temperature=0), "cannot be read"),
    Case("a map of three classes", "table", _decoder(calibration={"kind": "vector", "weights": [1, 1, 1], "offsets": [0, 0, 0]}), "map"),
    Case("no columns", "table", _fields(lambda f: f.clear()), "columns"),
    Case("a column twice", "table", _fields(lambda f: f.append(f[0])), "two columns"),
    Case("200,000 columns", "table", _fields(lambda f: f.extend({**f[0], "name": f"z{i}"} for i in range(200_000))), "columns"),
    Case("a role exec", "table", _field(role="exec"), "cannot be read"),
    Case("a level twice", "table", _fields(lambda f: f[1].update(levels=["a", "a"])), "a level twice"),
    Case("three levels of two", "table", _fields(lambda f: f[1].update(levels=["a", "b", "c"])), "levels"),
    Case("an image of a million pixels a side", "table", _field(role="image", side=1_000_000, channels=3), "images of"),
    Case("an image of no pixels", "table", _field(role="image"), "images of"),
    Case("an image of 1,000 channels", "table", _field(role="image", side=8, channels=1000), "images of"),
    Case("a span of no times", "table", _about(lambda a: a["schema"].update(spans=[["age", "plan"]])), "span"),
    Case("a span of nothing", "table", _about(lambda a: a["schema"].update(spans=[["x", "y"]])), "span"),
    Case("a view of column 99", "table", _view(numbers=[0, 99]), "not there"),
    Case("a view of column -1", "table", _view(numbers=[0, -1]), "not there"),
    Case("a view of flag 10^9", "table", _view(flags=[10**9]), "not there"),
    Case("a view of another width", "table", _view(centre=[1.0]), "one centre"),
    Case("a view with scale 0", "table", _view(scale=[0.0, 1.0]), "number that is none"),
    Case("a view of 10^9 levels", "table", _view(levels=[10**9]), "levels"),
    Case("a view of a number as a category", "table", _view(categories=[0], levels=[2]), "levels"),
    Case("a view of an unknown kind", "table", _view(kind="pickle"), "cannot be read"),
    Case("a view of fewer columns than the graph", "table", _view(numbers=[0], centre=[1.0], scale=[1.0]), "cannot answer"),
    Case("nothing read", "table", _about(lambda a: a.update(reader={})), "nothing is read"),
    Case("no reader", "table", _about(lambda a: a.pop("reader")), "how rows are read"),
    Case("a part of no text", "table", _part(), "no text"),
    Case("a part of no column", "table", _part(column="x"), "no text"),
    Case("a part of an unknown kind", "table", _part(kind="os"), "cannot be read"),
    Case("a tokenizer out of the folder", "table", _read_text(kind="pieces", key="../../x", longest=9), "does not list"),
    Case("pieces without end", "table", _read_text(kind="pieces", key="p", longest=10**12), "pieces"),
    Case("grams without arrays", "table", _read_text(kind="grams", key="g"), "no hashes"),
    Case("an input of a huge type", "table", _wanted("S1000000000"), "type"),
    Case("an input of objects", "table", _wanted("object"), "type"),
    Case("an input of column 99", "table", _wanted("float32", 99), "not there"),
    Case("a member out of the folder", "ensemble", _member(0, folder="../../../x"), "lists no file"),
    Case("a member's absolute folder", "ensemble", _member(0, folder="/etc"), "lists no file"),
    Case("a member the product itself", "ensemble", _member(0, folder="."), "lists no file"),
    Case("a member of no folder", "ensemble", _member(0, folder=""), "lists no file"),
    Case("a member's folder twice", "ensemble", _member(0, folder="m1"), "one folder"),
    Case("a member that is not there", "ensemble", _member(0, folder="m9"), "lists no file"),
    Case("an ensemble within an ensemble", "ensemble", lambda p: replaced(p, "m0/product.json", (p / ABOUT).read_bytes()), "within an ensemble"),
    Case("an ensemble of one weight", "ensemble", _about(lambda a: a["pool"].update(weights=[1.0])), "weight"),
    Case("an ensemble of no weight", "ensemble", _about(lambda a: a["pool"].update(weights=[0.0, 0.0])), "add up to nothing"),
    Case("an ensemble of nothing", "ensemble", _about(lambda a: a.update(members=[])), "0 models"),
    Case("a member of other classes", "ensemble", _in_member(lambda a: a["decoder"].update(classes=["x", "y"])), "other columns or classes"),
    Case("a member of other columns", "ensemble", _in_member(lambda a: a["schema"]["fields"][0].update(name="x")), "other columns or classes"),
    Case("a shop without k", "shop", _about(lambda a: a.pop("k")), "cannot be read"),
    Case("a shop of k 10^9", "shop", _about(lambda a: a.update(k=10**9)), "cannot be read"),
    Case("a shop of kinds that are none", "shop", _about(lambda a: a.update(kinds=5)), "cannot be read"),
    Case("a shop without kinds", "shop", _about(lambda a: a.update(kinds=[])), "of no kind"),
    Case("a graph out of the folder", "shop", _about(lambda a: a.update(graphs=["../../x"])), "cannot be read"),
    Case("a graph by another name", "shop", _about(lambda a: a.update(graphs=["7.graph"])), "does not list"),
    Case("no graph", "shop", _about(lambda a: a.update(graphs=[])), "no graph"),
    Case("a scorer of no kind", "shop", _scorer(lambda s: s.update(kind="__class__")), "cannot be read"),
    Case("a scorer nested 10 deep", "shop", _nested(10), "deep"),
    Case("a scorer nested 3,000 deep", "shop", _nested(3000), "cannot be read"),
    Case("a blend of one share", "shop", _scorer(lambda s: s["inner"].update(shares=[1.0])), "share"),
    Case("a net that looks at 10^9 events", "shop", _scorer(lambda s: s["inner"]["parts"][2].update(length=10**9)), "length"),
    Case("a net that looks at no event", "shop", _scorer(lambda s: s["inner"]["parts"][2].update(length=0)), "length"),
    Case("a net of another length", "shop", _scorer(lambda s: s["inner"]["parts"][2].update(length=9)), "cannot be read"),
    Case("neighbours that grow", "shop", _scorer(lambda s: s["inner"]["parts"][0].update(decay=1e300)), "fades"),
    Case("factors that cannot be solved", "shop", _scorer(lambda s: s["inner"]["parts"][1].update(ridge=-5.0)), "negative"),
    Case("a weight of no number", "shop", _weight_of_no_number, "cannot be read"),
    Case("a time zone out of the folder", "shop", _about(lambda a: a.update(timezone="../../etc/passwd")), "time zone"),
    Case("a share of friends of 99", "shop", _about(lambda a: a.update(friends_share=99)), "cannot be read"),
    Case("an item twice", "shop", lambda p: edited(p, CATALOGUE, lambda c: c["ids"].__setitem__(1, c["ids"][0])), "twice"),
    Case("an item less", "shop", lambda p: edited(p, CATALOGUE, lambda c: c["ids"].pop()), "not as many"),
    Case("no items", "shop", lambda p: edited(p, CATALOGUE, lambda c: [c[k].clear() for k in c]), "no items"),
    Case("titles that are numbers", "shop", lambda p: edited(p, CATALOGUE, lambda c: c.update(titles=[1] * 12)), "cannot be read"),
    Case("a catalogue of bytes", "shop", lambda p: replaced(p, CATALOGUE, b"\xff\xfe"), "cannot be read"),
    Case("users that are a mapping", "shop", lambda p: replaced(p, USERS, b"{}"), "cannot be read"),
    Case("a user less", "shop", lambda p: edited(p, USERS, lambda u: u.pop()), "starts"),
    Case("segments that are texts", "shop", lambda p: replaced(p, "segments.json", b'{"u0":"a"}'), "cannot be read"),
]  # fmt: skip


def _header(fields: dict[str, Any]) -> bytes:
    head = json.dumps(fields).encode()
    return struct.pack("<Q", len(head)) + head + b"\0" * 32


def _shop_bytes(content: bytes) -> Spoil:
    return lambda product: replaced(product, SHOP, content)


def _held(**values: Callable[[np.ndarray], np.ndarray]) -> Spoil:
    return lambda product: arrays(product, SHOP, lambda h: h.update({k: f(h[k]) for k, f in values.items()}))


def _scored(**values: Callable[[np.ndarray], np.ndarray]) -> Spoil:
    named = {k.removeprefix("p").replace("_", "."): f for k, f in values.items()}
    return lambda product: arrays(product, SCORER, lambda h: h.update({k: f(h[k]) for k, f in named.items()}))


def _i64(shape: list[int], offsets: list[int]) -> dict[str, Any]:
    return {"dtype": "I64", "shape": shape, "data_offsets": offsets}


ARRAYS = [
    Case("arrays with a header of 2^63", "shop", _shop_bytes(struct.pack("<Q", 1 << 63) + b"{}"), "arrays cannot be read"),
    Case("arrays with a header of 100 MB", "shop", _shop_bytes(struct.pack("<Q", 100_000_001) + b"{}"), "arrays cannot be read"),
    Case("arrays that overlap", "shop", _shop_bytes(_header({"a": _i64([2], [0, 16]), "b": _i64([2], [8, 24])})), "arrays cannot be read"),
    Case("arrays beyond the end", "shop", _shop_bytes(_header({"a": _i64([2], [0, 99_999])})), "arrays cannot be read"),
    Case("arrays of 2^62 numbers", "shop", _shop_bytes(_header({"a": _i64([1 << 62], [0, 16])})), "arrays cannot be read"),
    Case("no arrays", "shop", _shop_bytes(b""), "arrays cannot be read"),
    Case("arrays with a deep header", "shop", _shop_bytes(struct.pack("<Q", 200_000) + b"[" * 200_000), "arrays cannot be read"),
    Case("an array gone", "shop", lambda p: arrays(p, SHOP, lambda h: h.pop("items")), "no array 'items'"),
    Case("items 10^8", "shop", _held(items=lambda a: a * 0 + 10**8), "outside"),
    Case("items negative", "shop", _held(items=lambda a: a * 0 - 5), "outside"),
    Case("items that are floats", "shop", _held(items=lambda a: a.astype("f")), "float32"),
    Case("items of one byte", "shop", _held(items=lambda a: a.astype(np.int8)), "int8"),
    Case("starts without a sign", "shop", _held(starts=lambda a: a.astype(np.uint64)), "uint64"),
    Case("items in two dimensions", "shop", _held(items=lambda a: a.reshape(2, -1)), "shape"),
    Case("starts reversed", "shop", _held(starts=lambda a: a[::-1]), "rise"),
    Case("starts beyond the end", "shop", _held(starts=lambda a: a * 1000), "rise"),
    Case("starts of fewer users", "shop", _held(starts=lambda a: a[:-1]), "shape"),
    Case("popular NaN", "shop", _held(popular=lambda a: a * np.nan), "number that is none"),
    Case("popular of fewer items", "shop", _held(popular=lambda a: a[:-1]), "shape"),
    Case("weights infinite", "shop", _held(weights=lambda a: a * np.inf), "number that is none"),
    Case("kinds 99", "shop", _held(kinds=lambda a: a + 99), "outside"),
    Case("neighbours beyond the items", "shop", _held(near_columns=lambda a: a + 12), "outside"),
    Case("neighbours' starts reversed", "shop", _held(near_starts=lambda a: a[::-1]), "rise"),
    Case("n-grams' starts beyond the end", "shop", _held(gram_starts=lambda a: a + 1), "rise"),
    Case("friends beyond the users", "shop", _held(friends=lambda a: a + 10**6), "outside"),
    Case("friends in threes", "shop", _held(friends=lambda a: np.zeros((2, 3), np.int64)), "shape"),
    Case("refusals beyond the items", "shop", _held(refusals=lambda a: np.array([[0, 999]])), "outside"),
    Case("hidden in words", "shop", _held(hidden_items=lambda a: a.astype(np.int64)), "int64"),
    Case("prices of fewer items", "shop", _held(prices=lambda a: a[:-1]), "shape"),
    Case("by_segment of fewer items", "shop", _held(by_segment=lambda a: a[:, :-1]), "shape"),
    Case("scorer's counts NaN", "shop", _scored(counts=lambda a: a * np.nan), "number that is none"),
    Case("scorer's counts of fewer items", "shop", _scored(counts=lambda a: a[:, :-1]), "shape"),
    Case("scorer's neighbours beyond the items", "shop", _scored(p0_0_columns=lambda a: a + 5), "outside"),
    Case("scorer's starts reversed", "shop", _scored(p0_0_starts=lambda a: a[::-1]), "rise"),
    Case("scorer's vectors of fewer items", "shop", _scored(p0_1_vectors=lambda a: a[:-1]), "shape"),
    Case("scorer's vectors infinite", "shop", _scored(p0_1_vectors=lambda a: a * np.inf), "number that is none"),
    Case("scorer's vectors of no width", "shop", _scored(p0_1_vectors=lambda a: a[:, :0]), "vectors of 0"),
    Case("scorer's arrays gone", "shop", lambda p: arrays(p, SCORER, lambda h: h.clear() or h.update(x=np.zeros(1))), "no array"),
]  # fmt: skip

CASES = [*MANIFESTS, *LINKS, *DESCRIPTIONS, *ARRAYS]

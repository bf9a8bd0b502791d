"""Texts and images: what is built in the brief's minutes, on official test rows the build never saw.

    python benchmarks/media.py ../shared/data [part ...]

Each part writes a brief, runs `breakeven build`, and answers the official test rows with the product and with both
finalists: accuracy with its 90 % interval, seconds of the build, megabytes, milliseconds an answer. Peers are fitted
beside it in the same run, as their documentation writes them. Fashion-MNIST is Debian's package dataset-fashion-mnist.
"""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from machine import RESULTS, describe, save
from openloop import served
from PIL import Image

from breakeven import metrics
from breakeven.core import store
from breakeven.runtime.predictor import latency, load

Rows = list[tuple[str, str]]
FASHION = Path("/usr/share/datasets/fashion-mnist")


def interval(right: Sequence[bool]) -> dict[str, float]:
    share = float(np.mean(right))
    low, high = metrics.wilson(share, len(right))
    return {"accuracy": round(share, 4), "low": round(low, 4), "high": round(high, 4), "rows": len(right)}


def clinc(data: Path) -> tuple[Rows, Rows]:
    held = json.loads(gzip.decompress((data / "cs-clinc150" / "data_full.json.gz").read_bytes()))
    return [tuple(r) for r in held["train"]], [tuple(r) for r in held["test"]]


def ten_a_class(data: Path) -> tuple[Rows, Rows]:
    """Drawn at random: the first ten in the file's order are alike, and n-grams learn 10 points less from them."""
    train, test = clinc(data)
    train = [train[i] for i in np.random.default_rng(0).permutation(len(train))]
    count: dict[str, int] = {}
    few = []
    for text, label in train:
        count[label] = count.get(label, 0) + 1
        if count[label] <= 10:
            few.append((text, label))
    return few, test


def lines(path: Path, label: str, text: str) -> Rows:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    found = [json.loads(line) for line in raw.decode().splitlines() if line.strip()]
    return [(str(r[text]), str(r[label])) for r in found]


def chinese(folder: str, ending: str, label: str) -> Callable[[Path], tuple[Rows, Rows]]:
    def read(data: Path) -> tuple[Rows, Rows]:
        place = data / folder
        first = lines(place / f"train.json{ending}", label, "sentence")
        return first, lines(place / f"test_public.json{ending}", label, "sentence")

    return read


def peer(train: Rows, test: Rows) -> dict[str, Any]:
    """TF-IDF of character 1- to 3-grams and logistic regression, as scikit-learn's user guide writes it."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    start = time.perf_counter()
    model = make_pipeline(TfidfVectorizer(analyzer="char", ngram_range=(1, 3)), LogisticRegression(max_iter=300))
    model.fit([t for t, _ in train], [y for _, y in train])
    answers = model.predict([t for t, _ in test])
    told = interval([a == y for a, (_, y) in zip(answers, test, strict=True)])
    return {"char 1-3-gram logistic regression": {**told, "seconds": round(time.perf_counter() - start, 1)}}


def fashion(count: int) -> Callable[[Path, Path], tuple[list[Path], list[str]]]:
    def write(_: Path, place: Path) -> tuple[list[Path], list[str]]:
        def images(name: str) -> np.ndarray:
            return np.frombuffer(gzip.decompress((FASHION / name).read_bytes()), np.uint8, offset=16).reshape(
                -1, 28, 28
            )

        def labels(name: str) -> np.ndarray:
            return np.frombuffer(gzip.decompress((FASHION / name).read_bytes()), np.uint8, offset=8)

        X, y = images("train-images-idx3-ubyte.gz"), labels("train-labels-idx1-ubyte.gz")
        pick = np.random.default_rng(0).permutation(len(X))[:count]
        put(place / "train", X[pick], y[pick])
        return put(place / "test", images("t10k-images-idx3-ubyte.gz"), labels("t10k-labels-idx1-ubyte.gz"))

    return write


def digits(_: Path, place: Path) -> tuple[list[Path], list[str]]:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    held = load_digits()
    X = (held.images * 255 / 16).astype(np.uint8)
    a, b, y, z = train_test_split(X, held.target, test_size=0.25, random_state=0, stratify=held.target)
    put(place / "train", a, y)
    return put(place / "test", b, z)


def cifar(data: Path, place: Path) -> tuple[list[Path], list[str]]:
    for part in ("train", "test"):
        with tarfile.open(data / "img-cifar10" / f"{part}.tar.gz") as packed:
            packed.extractall(place, filter="data")
    paths = sorted((place / "test").rglob("*.jpg"))
    return paths, [p.parent.name for p in paths]


def put(folder: Path, X: np.ndarray, y: np.ndarray) -> tuple[list[Path], list[str]]:
    paths = []
    for i, (picture, label) in enumerate(zip(X, y, strict=True)):
        path = folder / str(label) / f"{i:05d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)
        paths.append(path)
    return paths, [str(label) for label in y]


TEXTS: dict[str, tuple[Callable[[Path], tuple[Rows, Rows]], dict[str, Any]]] = {
    "clinc150": (clinc, {"minutes": 10}),
    "clinc150, nothing pretrained": (clinc, {"minutes": 9, "text_encoder": "none"}),
    "clinc150, 10 a class": (ten_a_class, {"minutes": 5}),
    "tnews-zh": (chinese("cs-tnews-zh", ".gz", "label"), {"minutes": 8}),
    "cic-zh": (chinese("cs-cic-zh", "", "label_des"), {"minutes": 5}),
}
IMAGES: dict[str, tuple[Callable[[Path, Path], tuple[list[Path], list[str]]], dict[str, Any]]] = {
    "digits": (digits, {"minutes": 5}),
    "fashion, 10,000 rows": (fashion(10_000), {"minutes": 8, "image_encoder": "none"}),
    "fashion, 60,000 rows": (fashion(60_000), {"minutes": 15, "image_encoder": "none"}),
    "cifar10, nothing pretrained": (cifar, {"minutes": 20, "image_encoder": "none"}),
    "cifar10": (cifar, {"minutes": 20}),
}


def brief(place: Path, settings: dict[str, Any], data: str, target: str | None) -> None:
    """The sealed test is kept small: the official test rows stand outside the build."""
    encoders = [f"  {k}: {v}" for k, v in settings.items() if k.endswith("encoder")]
    text = ["name: bench", "scenario: predict", f"data: {data}", f"limits: {{minutes: {settings['minutes']}}}",
            "split: {test: 0.02}", *([f"target: {target}"] if target else []), *(["predict:", *encoders] if encoders else [])]  # fmt: skip
    (place / "product.yaml").write_text("\n".join(text) + "\n", encoding="utf-8")


def curves(verdict: dict[str, Any]) -> dict[str, list[list[float]]]:
    """Of each candidate: rows, score, seconds of a fit, half of the score's 90 % interval."""
    return {
        c["candidate"]: [
            [p["rows"], round(p["score"], 4), round(p["seconds"], 1), round((p["high"] - p["low"]) / 2, 4)]
            for p in c["points"]
        ]
        for c in verdict["curves"]
    }


def judged(
    place: Path, rows: Sequence[dict[str, Any]], truth: Sequence[str], seconds: float, rate: float
) -> dict[str, Any]:
    """The product and both finalists on the official test rows, and what the build cost."""
    verdict = store.read_json(place / "build" / "latest" / "verdict.json")
    out: dict[str, Any] = {"build_seconds": round(seconds, 1), "chosen": verdict["chosen"]["candidate"],
                           "curves": curves(verdict)}  # fmt: skip
    folders = {"product": place / "build" / "latest" / "product"}
    for t in verdict["test"]:
        if t["score"] is not None:
            folders[f"{t['route']}: {t['candidate']}"] = (
                place / "build" / "latest" / "work" / "finalists" / t["candidate"]
            )
    for name, folder in folders.items():
        product = load(folder)
        answers = [a["prediction"] for i in range(0, len(rows), 256) for a in product.predict(rows[i : i + 256])]
        told = interval([a == y for a, y in zip(answers, truth, strict=True)])
        size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
        out[name] = {**told, "ms": round(latency(product, rows[0]), 3), "mb": round(size, 2),
                     "int8": product.about.int8.why if product.about.int8 else None}  # fmt: skip
    out["served"] = served(place, list(rows[:200]), rate)
    return out


def built(place: Path) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "breakeven", "build", str(place)], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def text_part(name: str, data: Path) -> dict[str, Any]:
    read, settings = TEXTS[name]
    train, test = read(data)
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        with (place / "train.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("text", "label"), *train])
        brief(place, settings, "train.csv", "label")
        found = judged(place, [{"text": t} for t, _ in test], [y for _, y in test], built(place), 200.0)
    return {**found, "peers": peer(train, test)}


def image_part(name: str, data: Path) -> dict[str, Any]:
    write, settings = IMAGES[name]
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        paths, truth = write(data, place)
        brief(place, settings, "train", None)
        return judged(place, [{"image": p} for p in paths], truth, built(place), 50.0)


def main() -> None:
    data, wanted = Path(sys.argv[1]), sys.argv[2:] or [*TEXTS, *IMAGES]
    kept = RESULTS / "media.json"
    for name in wanted:
        print(f"== {name}", flush=True)
        found = text_part(name, data) if name in TEXTS else image_part(name, data)
        parts = store.read_json(kept).get("parts", {}) if kept.is_file() else {}
        save("media", {"parts": {**parts, name: {**found, "machine": describe()}}}, quiet=True)
        print(json.dumps({k: v for k, v in found.items() if k != "curves"}, indent=1), flush=True)


if __name__ == "__main__":
    main()

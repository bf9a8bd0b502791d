"""A product folder, checked and loaded: rows in, answers out. onnxruntime and numpy only.

>>> # load("churn/build/latest/product").predict([{"age": 31, "plan": "paid"}])
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from breakeven import store
from breakeven.decode import Decoder
from breakeven.encode import Schema, View
from breakeven.errors import ProductError
from breakeven.types import Array

MODEL, ABOUT = "model.onnx", "product.json"
OUTPUT = ["scores"]
MAX_MODEL_BYTES = 2_000_000_000
#: Background values a column, for explanations.
BACKGROUND = 5
TIMES, WARM = 200, 20


@dataclass(frozen=True)
class Loaded:
    """A loaded product. `about` is product.json as it stands."""

    about: Mapping[str, Any]
    schema: Schema
    view: View
    decoder: Decoder
    session: Any
    folder: Path

    def scores(self, X: Array) -> Array:
        """Raw scores of a base matrix (n, p)."""
        return self.session.run(OUTPUT, {"x": self.view.apply(X)})[0]  # type: ignore[no-any-return]

    def calibrated(self, X: Array) -> Array:
        """Calibrated probabilities (n, classes) or values (n,) of a base matrix."""
        return self.decoder.calibrated(self.scores(X))

    def matrix(self, rows: Sequence[Mapping[str, Any]]) -> Array:
        """Rows checked and encoded. Raises InputError naming row and column."""
        return self.schema.one(rows[0]) if len(rows) == 1 else self.schema.matrix(self.schema.columns(rows))

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """One answer a row."""
        return self.decoder.answers(self.scores(self.matrix(rows))) if rows else []

    def explain(self, row: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Each column's part in the answer: what is lost, on average, when a typical value stands in its place.

        The answer is the probability of the predicted class, or the value. Sorted by size.
        """
        base = self.matrix([row])
        plain = self.schema.columns([row])
        blocks, owners, start = [], [], 0
        for f in self.schema.fields:
            width = len(f.parts)
            for value in f.typical[:BACKGROUND]:
                changed = base.copy()
                changed[:, start : start + width] = f.block(
                    np.array([value], dtype=object if f.role == "category" else float)
                )
                blocks.append(changed)
                owners.append(f.name)
            start += width
        here = self.calibrated(base)
        column = int(here[0].argmax()) if here.ndim == 2 else None
        if not blocks:
            return []
        there = self.calibrated(np.concatenate(blocks))
        values = there if column is None else there[:, column]
        now = float(here[0] if column is None else here[0, column])
        lost: dict[str, list[float]] = {}
        for name, value in zip(owners, values.tolist(), strict=True):
            lost.setdefault(name, []).append(now - value)
        parts = [
            {"column": name, "value": _plain(plain[name][0]), "effect": float(np.mean(v))} for name, v in lost.items()
        ]
        return sorted(parts, key=lambda part: -abs(part["effect"]))


def load(path: str | Path) -> Loaded:
    """Load a product folder, a build folder, or a folder with builds. Raises ProductError for a changed or unfinished one."""
    folder = Path(path)
    for inner in (folder / "product", folder / "build" / "latest" / "product"):
        if not (folder / store.MANIFEST).is_file() and (inner / store.MANIFEST).is_file():
            folder = inner
    store.verify(folder)
    about = store.read_json(folder / ABOUT)
    model = folder / MODEL
    if model.stat().st_size > MAX_MODEL_BYTES:
        raise ProductError(str(model), f"larger than {MAX_MODEL_BYTES:,} bytes", "build a smaller one")
    parts = Schema.from_json(about["schema"]), View.from_json(about["view"]), Decoder.from_json(about["decoder"])
    return Loaded(about, *parts, session(model.read_bytes()), folder)


def session(graph: bytes) -> Any:
    """An inference session on one thread: 100 sessions with the default pool took 7 s and 103 threads, so 0.2 s."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def latency(product: Loaded, row: Mapping[str, Any]) -> tuple[float, float, float]:
    """Milliseconds to answer one row: the 10, 50 and 90 % points of 200 answers after a warm-up."""
    for _ in range(WARM):
        product.predict([row])
    taken = []
    for _ in range(TIMES):
        start = time.perf_counter()
        product.predict([row])
        taken.append((time.perf_counter() - start) * 1000)
    low, middle, high = np.quantile(taken, [0.1, 0.5, 0.9]).tolist()
    return low, middle, high


def _plain(value: Any) -> Any:
    return None if value is None or value != value else (value.item() if isinstance(value, np.generic) else value)

"""Public questions with topics as candidates read them: one text column, its values in a folder."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from breakeven import metrics
from breakeven.core.types import Array, Layout
from breakeven.features.media import column_folder
from breakeven.models import registry

COLUMN = "question"


@dataclass(frozen=True)
class Questions:
    """Texts, and topics as numbers (n,); -1 is no topic."""

    texts: list[str]
    topics: Array


@dataclass(frozen=True)
class Table:
    """Questions of all parts in one folder, and each part's rows of the base matrix."""

    layout: Layout
    rows: dict[str, Array]

    @classmethod
    def of(cls, parts: dict[str, Questions], folder: Path) -> Table:
        """Write all texts into a folder, one after another."""
        texts, rows = list[str](), dict[str, Array]()
        for name, part in parts.items():
            rows[name] = np.arange(len(texts), len(texts) + len(part.texts), dtype=float)[:, None]
            texts += part.texts
        place = folder / column_folder(COLUMN)
        place.mkdir(parents=True, exist_ok=True)
        (place / "texts.json").write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
        return cls(Layout((COLUMN,), (0,), texts=(COLUMN,), media=folder), rows)

    def fit(self, name: str, topics: Array, **settings: object) -> Any:
        """A candidate fitted on the training part."""
        return registry.build(name, self.layout, int(topics.max()) + 1, 0, settings).fit(self.rows["train"], topics)


def clinc(data: Path) -> dict[str, Questions]:
    """CLINC150's parts; out-of-scope questions have their own."""
    held = json.loads(gzip.decompress((data / "cs-clinc150" / "data_full.json.gz").read_bytes()))
    number = {name: i for i, name in enumerate(sorted({topic for _, topic in held["train"]}))}
    return {
        part: Questions([t for t, _ in rows], np.array([number.get(topic, -1) for _, topic in rows]))
        for part, rows in held.items()
    }


def cic(data: Path) -> dict[str, Questions]:
    """The Chinese questions of DataCLUE's CIC, labels of `train` and `dev` partly wrong."""
    parts = {}
    for part in ("train", "dev", "test_public"):
        lines = (data / "cs-cic-zh" / f"{part}.json").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines if line.strip()]
        parts[part] = ([row["sentence"] for row in rows], [int(row["label"]) for row in rows])
    number = {label: i for i, label in enumerate(sorted(set(parts["train"][1])))}
    return {k: Questions(texts, np.array([number.get(v, -1) for v in labels])) for k, (texts, labels) in parts.items()}


def share(hits: Sequence[bool] | Array) -> dict[str, float | int]:
    """A share with its 90 % interval."""
    value = float(np.mean(hits))
    low, high = metrics.wilson(value, len(hits))
    return {"share": round(value, 4), "low": round(low, 4), "high": round(high, 4), "rows": len(hits)}

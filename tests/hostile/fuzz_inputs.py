"""Mutated briefs, tables and images: each is read or refused by one line. `python -m tests.hostile.fuzz_inputs --count N --seed S`."""

from __future__ import annotations

import gzip
import io
import json
import random
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import yaml
from PIL import Image
from pyarrow import parquet

from breakeven.core import brief
from breakeven.features.schema import Field, Schema
from breakeven.files import read
from breakeven.scenarios.registry import parse_brief
from tests.files.workbook import workbook
from tests.hostile import mutate

PHOTOS = Schema((Field("image", "image", side=8, channels=3),))
BRIEF = {
    "name": "churn", "scenario": "predict", "data": "data.csv", "target": "left", "columns": {"notes": "text", "at": "time(%d/%m/%Y)"},
    "metric": "roc_auc", "split": {"test": 0.2, "by": "random"}, "limits": {"latency_ms": 20, "minutes": 5}, "seed": 3,
    "volume": {"requests_per_month": 40000}, "prices": {"usd_per_error": 3}, "effort": 1, "margin": 0.01,
}  # fmt: skip


class Inputs:
    """Sound files of every kind, spoiled one at a time."""

    def __init__(self, place: Path) -> None:
        self.place = place
        rng = np.random.default_rng(0)
        rows = [
            {"age": int(a), "plan": "xy"[a % 2], "at": "2026-01-05", "notes": f"of {a}"}
            for a in rng.integers(9, 99, 40)
        ]
        lines = [f'{row["age"]},{row["plan"]},{row["at"]},"a ""b"", c"' for row in rows]
        text = "\n".join(["age,plan,at,notes", *lines, ""])
        table = io.BytesIO()
        parquet.write_table(pa.Table.from_pylist(rows), table)
        self.files = {
            "a.csv": text.encode(),
            "a.tsv": text.replace(",", "\t").encode("utf-16"),
            "a.csv.gz": gzip.compress(text.encode()),
            "a.jsonl": "\n".join(map(json.dumps, rows)).encode(),
            "a.json": json.dumps(rows).encode(),
            "a.parquet": table.getvalue(),
            "a.xlsx": workbook(place, {"a": [list(rows[0]), *(list(row.values()) for row in rows)]}).read_bytes(),
            "product.yaml": yaml.safe_dump(BRIEF).encode(),
        }
        picture = Image.fromarray(rng.integers(0, 255, (24, 20, 3), dtype=np.uint8))
        for kind in ("png", "jpeg", "webp", "bmp", "tiff", "gif"):
            out = io.BytesIO()
            picture.save(out, kind)
            self.files[f"a.{kind}"] = out.getvalue()

    def one(self, rng: random.Random) -> None:
        """Spoil a file and read it."""
        name = rng.choice(list(self.files))
        content = self._spoiled(name, rng)
        if name.split(".")[1] in ("png", "jpeg", "webp", "bmp", "tiff", "gif"):
            PHOTOS.columns([{"image": content}])
            return
        (self.place / name).write_bytes(content)
        if name == "product.yaml":
            parse_brief(brief.read(self.place), self.place)
        else:
            read.read_file(self.place / name)

    def _spoiled(self, name: str, rng: random.Random) -> bytes:
        content = self.files[name]
        if name in ("product.yaml", "a.json") and rng.random() < 0.6:
            plain = yaml.safe_load(content)
            for _ in range(rng.randint(1, 3)):
                plain = mutate.strange(plain, rng)
            dump = yaml.safe_dump(plain) if name == "product.yaml" else json.dumps(plain)
            return dump.encode("utf-8", "surrogatepass")
        if name == "a.csv.gz" and rng.random() < 0.5:
            return gzip.compress(mutate.spoiled(gzip.decompress(content), rng))
        return mutate.spoiled(content, rng)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as where:
        mutate.run(Inputs(Path(where)).one)

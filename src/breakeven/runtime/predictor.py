"""A product folder, checked and loaded: rows in, answers out. onnxruntime and numpy only.

>>> # load("churn").predict([{"age": 31, "plan": "paid"}])
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from breakeven.core import store
from breakeven.core.errors import InputError, MissingExtra, ProductError
from breakeven.core.plain_file import RESTORE, is_there
from breakeven.core.product_folder import MAX_JSON_BYTES, ProductFolder
from breakeven.core.types import Array, Row
from breakeven.features.decoding import Answer, Decoder
from breakeven.features.media import Media, Memory
from breakeven.features.numeric import Given
from breakeven.features.packed import Packed
from breakeven.features.reader import Reader
from breakeven.features.schema import Schema
from breakeven.runtime import description, description_check, explain
from breakeven.runtime.description import Description, Heading
from breakeven.runtime.ensemble import Pool
from breakeven.runtime.guarded_session import guarded
from breakeven.runtime.onnx_session import OnnxSession

MODEL, ARRAYS = "model.onnx", "reader.safetensors"
OUTPUT = ["scores"]
#: Rows with texts or images answered at a time, so that memory stays bounded.
CHUNK = 64
TIMES, WARM = 200, 20
#: How far below 0 a probability may lie by rounding.
NEGATIVE = 1e-4
#: Scores up to which Python is faster than numpy.
FEW = 50
#: Stretches, and their seconds, in which answers are counted; what HTTP adds to an answer (benchmarks/serve.py).
WINDOWS, WINDOW, HTTP_SECONDS = 5, 0.2, 3e-5


@dataclass(frozen=True)
class Loaded:
    """A loaded product. `about` is its product.json. An ensemble has `members`, and no graph of its own."""

    about: Description
    schema: Schema
    reader: Reader
    decoder: Decoder
    opened: OnnxSession | None
    folder: Path
    members: tuple[Loaded, ...] = ()
    pool: Pool | None = None

    @property
    def session(self) -> OnnxSession:
        """The product's own graph; an ensemble has none (AssertionError)."""
        assert self.opened is not None, "an ensemble answers by its members"
        return self.opened

    def scores(self, X: Array, media: Media | None = None) -> Array:
        """Raw scores of a base matrix (n, p); `media` holds the texts and images it refers to."""
        if self.pool is not None:
            joined = self.pool.joined([member.calibrated(X, media) for member in self.members])
            self._numbers(joined)
            return joined
        most = 1 if self.alone else CHUNK
        if self.reader.parts and len(X) > most:
            return np.concatenate([self.scores(X[i : i + most], media) for i in range(0, len(X), most)])
        found = np.asarray(self.session.run(OUTPUT, self.reader.inputs(X, media))[0])
        classes = len(self.decoder.classes)
        if found.shape != (len(X), classes) and (classes or found.size != len(X)):
            what = f"scores of shape {found.shape} for {len(X):,} rows of {classes or 1} classes or values"
            raise ProductError(str(self.folder / MODEL), what, RESTORE)
        self._numbers(found)
        return found

    def _numbers(self, found: Array) -> None:
        """Refuse scores that are no numbers, or no probabilities. Raises InputError naming the row."""
        if not self.decoder.classes:
            fine = np.isfinite(found)
        elif len(found) == 1 and found.size <= FEW:  # the path of a served request
            scores = found[0].tolist()
            if min(scores) >= -NEGATIVE and 0 < sum(scores) < math.inf:
                return
            fine = np.zeros(1, dtype=bool)
        else:
            total = found.sum(axis=1)
            fine = (found.min(axis=1, initial=0) >= -NEGATIVE) & (total > 0) & (total < np.inf)
        if not fine.all():
            bad = np.flatnonzero(~fine.reshape(len(found), -1).all(axis=1))
            raise InputError(f"row {bad[0]}", "the model answers with no number", "fill in what is missing")

    def calibrated(self, X: Array, media: Media | None = None) -> Array:
        """Calibrated probabilities (n, classes) or values (n,) of a base matrix."""
        return self.decoder.calibrated(self.scores(X, media))

    def encode(self, rows: Sequence[Row]) -> tuple[Array, Memory | None]:
        """Rows checked and encoded, with the texts and images they hold. Raises InputError naming row and column."""
        if not self.schema.refers:
            return self.schema.one(rows[0]) if len(rows) == 1 else self.schema.matrix(self.schema.columns(rows)), None
        columns = self.schema.columns(rows)
        return self.schema.matrix(columns), self.schema.media(columns)

    def predict(self, rows: Sequence[Row]) -> Sequence[Answer]:
        """One answer a row. An image is bytes, a `pathlib.Path`, or base64 text."""
        return self.decoder.answers(self.scores(*self.encode(rows))) if rows else []

    def explain(self, row: Row) -> list[explain.Reason]:
        """Each column's part in the answer; see `runtime.explain`."""
        return explain.explain(self, row)

    @cached_property
    def brought(self) -> bool:
        """Whether the model came finished: what it does with values it has not seen is its own affair."""
        return any(isinstance(part, Given) for part in self.reader.parts)

    @cached_property
    def alone(self) -> bool:
        """Whether rows are answered one by one: a dynamic int8 graph scales by all the rows it is given."""
        return self.about.int8 is not None and self.about.int8.alone

    @cached_property
    def draws_heat(self) -> bool:
        """Whether the graph has an image's activation map as a second output."""
        return self.opened is not None and any(o.name == "heat" for o in self.opened.get_outputs())


def find(path: str | Path) -> tuple[Path, Heading]:
    """A product's folder, every file of it checked, and what its product.json says first.

    Raises ProductError for a changed or unfinished one.
    """
    folder = found(path)
    files = ProductFolder.open(folder)
    files.check()
    return folder, description.of(files, Heading)


def found(path: str | Path) -> Path:
    """Where a product's files stand: in the folder itself, in its `product`, or in that of its latest build.

    Raises ProductError where a link stands in its place.
    """
    folder = Path(path)
    builds = [folder, store.latest_in(folder / "build")]
    for inner in [build / "product" for build in builds if build is not None]:
        store.recover(inner)
        if inner.is_symlink():
            raise ProductError(str(inner), "it is a link", "put the folder itself there (cp -rL)")
        if not is_there(folder, store.MANIFEST) and is_there(inner, store.MANIFEST):
            folder = inner
    return folder


def load(path: str | Path) -> Loaded:
    """Load the product of a table. Raises ProductError for a changed or unfinished one, and for another scenario's."""
    folder = found(path)
    files = ProductFolder.open(folder)
    heading = description.of(files, Heading)
    if not bytes(heading.schema):
        what = f"a product of scenario {heading.scenario!r} answers no rows"
        raise ProductError(str(folder), what, "load it with breakeven.load")
    return _load(files)


def load_part(files: ProductFolder) -> Loaded:
    """The model in a folder of a larger product, whose manifest holds its files. Raises ProductError."""
    return _load(files)


def _load(files: ProductFolder, of_ensemble: bool = False) -> Loaded:
    about = description.of(files, Description)
    try:
        description_check.check(about)
    except ValueError as error:
        raise ProductError(str(files.path(description.ABOUT)), str(error), RESTORE) from None
    folder = files.path(description.ABOUT).parent
    if about.pool is None:
        opened = guarded(files.read(MODEL), str(files.path(MODEL)))
        product = Loaded(about, about.schema, _reader(files, about), about.decoder, opened, folder)
    elif of_ensemble:
        raise ProductError(str(files.path(description.ABOUT)), "an ensemble within an ensemble", RESTORE)
    else:
        product = _ensemble(files, folder, about, about.pool)
    _try(product, str(files.path(MODEL)))
    return product


def _ensemble(files: ProductFolder, folder: Path, about: Description, pool: Pool) -> Loaded:
    """Models in folders beside each other, and how they answer together."""
    members = tuple(_load(files.within(m.folder), of_ensemble=True) for m in about.members)
    for member, entry in zip(members, about.members, strict=True):
        if member.schema.layout != about.schema.layout or member.decoder.classes != about.decoder.classes:
            where = str(files.path(f"{entry.folder}/{description.ABOUT}"))
            raise ProductError(where, "other columns or classes than those of the ensemble", RESTORE)
    reader = Reader(None, tuple(part for member in members for part in member.reader.parts))
    return Loaded(about, about.schema, reader, about.decoder, None, folder, members, pool)


def _reader(files: ProductFolder, about: Description) -> Reader:
    if about.reader is None:  # products of 0.1 read tables alone
        return Reader(about.view, ())
    arrays = files.arrays(ARRAYS) if ARRAYS in files else {}
    names = [f"{part.key}.tokenizer.json" for part in about.reader.parts if part.kind == "pieces"]
    try:
        words = {name: files.read(name, MAX_JSON_BYTES).decode() for name in names}
        description_check.check_arrays(about.reader, arrays)
        return Reader.unpack(Packed(about.reader, arrays, words))
    except ValueError as error:
        raise ProductError(str(files.path(ARRAYS)), f"the reader does not fit ({error})", RESTORE) from None


def _try(product: Loaded, where: str) -> None:
    """Answer a row of which nothing is known, so that a graph that cannot answer is found before anyone asks.

    Raises ProductError. A model that was brought may want what it does not get here.
    """
    nothing: Row = {f.name: None for f in product.schema.fields}
    try:
        answers = product.predict([nothing])
        if not product.decoder.classes and not math.isfinite(answers[0]["prediction"]):  # type: ignore[arg-type]
            raise InputError("row 0", "the model answers with no number", "")
    except (ProductError, MissingExtra):
        raise
    except InputError as error:
        if not product.brought:
            raise ProductError(where, f"it cannot answer ({error.what})", RESTORE) from None
    except Exception as error:  # whatever a tokenizer's file or a graph's inputs make of it
        raise ProductError(where, f"it cannot answer ({type(error).__name__}: {error})", RESTORE) from None


def throughput(product: Loaded, row: Row, threads: int = 4) -> tuple[float, float, float]:
    """Answers a second of one row each, asked by as many threads as there are cores (at most `threads`), as a server
    answers them: the slowest, the middle and the fastest of WINDOWS stretches, each with the time HTTP takes.
    """
    count = min(threads, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)

    def ask(stop: float) -> int:
        answered = 0
        while time.perf_counter() < stop:
            product.predict([row])
            answered += 1
        return answered

    rates = []
    with ThreadPoolExecutor(count) as pool:
        for _ in range(WINDOWS):
            start = time.perf_counter()
            answered = sum(pool.map(ask, [start + WINDOW] * count))
            rates.append((time.perf_counter() - start) / max(answered, 1) + HTTP_SECONDS)
    return 1 / max(rates), 1 / sorted(rates)[WINDOWS // 2], 1 / min(rates)


def latency(product: Loaded, row: Row) -> float:
    """Milliseconds to answer one row: the median of 200 answers after a warm-up."""
    start = time.perf_counter()
    for _ in range(WARM):
        product.predict([row])
    # Slow answers are timed less often: about ten seconds at the most.
    times = int(np.clip(TIMES * 0.05 / max((time.perf_counter() - start) / WARM, 1e-9), 20, TIMES))
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        product.predict([row])
        taken.append((time.perf_counter() - start) * 1000)
    return float(np.median(taken))

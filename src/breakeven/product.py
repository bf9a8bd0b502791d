"""A build as Python has it: the verdict, the leaderboard and the report, and a product that answers tables and serves.

Loading and answering need the light install alone.
"""

from __future__ import annotations

import weakref
import webbrowser
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from breakeven import frames, notebook
from breakeven.core import plain_file, store
from breakeven.core import temporary as temporary_folders
from breakeven.core.errors import InputError, LimitsError, ProductError, nearest
from breakeven.core.product_folder import MANIFEST, MAX_BESIDE_BYTES, ProductFolder
from breakeven.runtime.predictor import find
from breakeven.scenarios import registry
from breakeven.scenarios.base import AnyScenario

if TYPE_CHECKING:
    import pandas as pd

    from breakeven.core.verdict import CurveLine, TestLine, Verdict
    from breakeven.serving.background import Server

#: A table of some kind; the answer is of the same kind.
F = TypeVar("F")
VERDICT, REPORT, CARD, PRODUCT = "verdict.json", "report.html", "card.md", "product"


class Result:
    """What a build found out. `folder` holds verdict.json and report.html."""

    def __init__(self, folder: Path, temporary: Path | None = None) -> None:
        self.folder = folder
        if temporary is not None:  # removed with the object, or when Python ends
            weakref.finalize(self, temporary_folders.remove, temporary)

    @cached_property
    def verdict(self) -> Verdict:
        """All that was measured, and what to use; the types of verdict.json. Raises ProductError where it was not kept."""
        from breakeven.core import verdict

        return verdict.read(self._kept(VERDICT))

    def leaderboard(self) -> pd.DataFrame:
        """Every candidate as a pandas DataFrame, the best first: what it is, its validation score with a 90 % interval, the
        rows it learned from, seconds, size, and why it was not chosen.

        Finalists also have a sealed score (`test_score`), milliseconds an answer and USD for 1,000. Raises MissingExtra
        without pandas; `verdict.test` and `verdict.curves` hold the same.
        """
        v = self.verdict
        curves = {(line.candidate, line.route): line for line in v.curves}
        rows = [_line(v, line, curves.get((line.candidate, line.route))) for line in v.test]
        sign = -1 if v.metric.better == "higher" else 1
        rows.sort(key=lambda row: (row["score"] is None, sign * float(str(row["score"] or 0))))
        return frames.pandas({name: [row[name] for row in rows] for name in (rows[0] if rows else _COLUMNS)})

    def report(self, open: bool = False) -> Path:
        """The report, one HTML file; `open` shows it in the browser. Raises ProductError where it was not kept."""
        path = self._kept(REPORT)
        if open:
            webbrowser.open(path.resolve().as_uri())
        return path

    def _kept(self, name: str) -> Path:
        path = self.folder / name
        if _file(self.folder, name) is None:
            raise ProductError(str(path), "there is no such file beside the product", "load the build's folder")
        return path

    def _repr_html_(self) -> str | None:
        report = _file(self.folder, REPORT)
        return None if report is None else notebook.framed(report.decode("utf-8", "replace"))

    def __repr__(self) -> str:
        said = self.verdict.sentence.en if (self.folder / VERDICT).is_file() else "no verdict beside it"
        return f"<{type(self).__name__} in {self.folder}: {said}>"


class Weighing(Result, Mapping[str, object]):
    """A verdict without a product. As a mapping it has the keys of verdict.json."""

    @cached_property
    def _plain(self) -> dict[str, object]:
        found: dict[str, object] = store.read_json(self._kept(VERDICT))
        return found

    def __getitem__(self, key: str) -> object:
        return self._plain[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._plain)

    def __len__(self) -> int:
        return len(self._plain)


class Product(Result):
    """A finished product: it answers tables, serves over HTTP and can be saved. In a notebook it shows its report.

    Where nothing may be offered there is a verdict and a report, and `predict`, `serve` and `save` raise LimitsError.
    """

    def __init__(self, folder: Path, temporary: Path | None = None, place: Path | None = None) -> None:
        super().__init__(folder, temporary)
        #: The product's own folder, and where serving keeps what it writes.
        self.product_folder = folder / PRODUCT if place is None else place

    def predict(self, data: F, *, errors: Literal["raise", "column"] = "raise", **options: int | float | str) -> F:
        """Answer a table; the answer is a table of the same kind, in the rows' order and with the same index.

        A frame or a mapping of columns gets the columns of a file of predictions: `prediction`, `probability` and one
        `p_CLASS` for each class, or `prediction`, `low` and `high`; a list of dicts gets what POST /v1/predict answers.
        Columns that the product does not read are passed over. Missing cells may be None, NaN, NA or NaT. An image is a path
        or the bytes of its file. `options` are those of `breakeven predict`, such as `k` of a shop.

        A row that cannot be answered raises InputError, or with `errors="column"` is named in a column `error`.

        >>> # product.predict(pd.DataFrame({"age": [31, None], "plan": ["paid", "free"]}))
        """
        if errors not in ("raise", "column"):
            raise InputError("errors", f"{errors!r} is no way to treat them", "give 'raise' or 'column'")
        self._check(options)
        frame = frames.read(data)
        if frame.kind == "rows" and not frame.count:
            return frame.like({})  # type: ignore[return-value]
        answered = self._scenario.answer(self._loaded, self._served, frame.columns, options)
        columns = dict(answered.columns)
        if answered.errors and errors == "raise":
            first = min(answered.errors)
            what = f"{answered.errors[first]}; {len(answered.errors):,} of {frame.count:,} rows cannot be answered"
            raise InputError(f"data, row {first}", what, "mend them, or give errors='column'")
        if answered.errors:
            columns["error"] = [answered.errors.get(i) for i in range(frame.count)]
        return frame.like(_labelled(columns)) if frame.kind != "rows" else _folded(columns)  # type: ignore[return-value]

    def predict_proba(self, data: F) -> F:
        """Probabilities of a table's rows, one column a class, as a table of the same kind with the same index.

        Raises InputError for a product that predicts no classes.
        """
        frame = frames.read(data)
        answered = self._scenario.answer(self._loaded, self._served, frame.columns, {})
        found = _probabilities(answered.columns)
        if not found:
            raise InputError("predict_proba", "this product predicts no classes", "use predict")
        if answered.errors:
            first = min(answered.errors)
            raise InputError(f"data, row {first}", answered.errors[first], "mend it, or use predict(errors='column')")
        return frame.like(found)  # type: ignore[return-value]

    def serve(self, port: int = 8000, host: str = "127.0.0.1") -> Server:
        """Serve it over HTTP from a thread of this process; port 0 takes a free one. Raises InputError for a taken port.

        >>> # with product.serve(port=0) as server:
        >>> #     print(server.url)
        """
        from breakeven.serving import run
        from breakeven.serving.background import Server
        from breakeven.serving.origin import hosts_of

        self._loaded  # noqa: B018  nothing is served that may not be offered
        return Server(run.application([self._served], registry.get, hosts_of(host, [])), host, port)

    def save(self, folder: str | Path, overwrite: bool = False) -> Path:
        """Copy the product, its verdict, report and card into a folder, for `load` and `breakeven serve`.

        Raises InputError where a product is there already, unless `overwrite`.
        """
        self._loaded  # noqa: B018
        target = Path(folder)
        if (target / PRODUCT).exists() and not overwrite:
            raise InputError(str(target), "there is a product already", "choose another folder, or give overwrite=True")
        if target.resolve() == self.folder.resolve():
            return target
        target.mkdir(parents=True, exist_ok=True)
        store.copy_folder(self.product_folder, target / PRODUCT)
        for name in (VERDICT, REPORT, CARD):
            if (content := _file(self.folder, name)) is not None:
                store.write_bytes(target / name, content)
        return target

    def __reduce__(self) -> tuple[Callable[[dict[str, bytes]], Product], tuple[dict[str, bytes]]]:
        """For copies, and for worker processes: all files of the product, which unpack into a temporary folder."""
        kept = {name: _file(self.folder, name) for name in (VERDICT, REPORT, CARD)}
        files = {name: content for name, content in kept.items() if content is not None}
        sealed = ProductFolder.open(self.product_folder)
        files |= {f"{PRODUCT}/{name}": sealed.read(name) for name in sealed.names}
        files[f"{PRODUCT}/{MANIFEST}"] = (self.product_folder / MANIFEST).read_bytes()
        return _unpacked, (files,)

    @property
    def scenario(self) -> str:
        """Name of the scenario, as in the brief."""
        return self._scenario.name

    @property
    def _served(self) -> Path:
        """The folder that the service is given, as `breakeven serve` is."""
        return self.folder if (self.folder / PRODUCT).is_dir() else self.product_folder

    @cached_property
    def _scenario(self) -> AnyScenario:
        return (
            registry.get(find(self.product_folder)[1].scenario or registry.DEFAULT)
            if self._offered
            else registry.get(self.verdict.scenario)
        )

    @property
    def _offered(self) -> bool:
        return (self.product_folder / MANIFEST).is_file()

    @cached_property
    def _loaded(self) -> Any:
        if not self._offered:
            raise LimitsError(self.verdict.chosen.reason)
        return registry.load_product(self.product_folder)

    def _check(self, options: Mapping[str, object]) -> None:
        known = [option.name for option in self._scenario.options]
        for name in options:
            if name not in known:
                raise InputError(
                    f"predict({name}=...)", "not an option of this product", nearest(name, [*known, "errors"])
                )


def _file(folder: Path, name: str) -> bytes | None:
    """A file of a build; None where there is none. Raises ProductError for a link."""
    return plain_file.read(folder, name, MAX_BESIDE_BYTES) if plain_file.is_there(folder, name) else None


def _unpacked(files: dict[str, bytes]) -> Product:
    """A product from its files by name."""
    path = temporary_folders.make()
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return Product(path, path)


def _probabilities(columns: Mapping[str, Sequence[object]]) -> dict[str, Sequence[object]]:
    """The columns that are probabilities, by class."""
    return {name.removeprefix("p_"): cells for name, cells in columns.items() if name.startswith("p_")}


def _labelled(columns: dict[str, Sequence[object]]) -> dict[str, Sequence[object]]:
    """Answers with class names as a frame has them."""
    classes = list(_probabilities(columns))
    return {**columns, "prediction": frames.labels(columns["prediction"], classes)} if classes else columns


def _folded(columns: Mapping[str, Sequence[object]]) -> list[dict[str, object]]:
    """Answers as the service sends them: the probabilities of a row in a dict of their own."""
    shares = _probabilities(columns)
    plain = {name: cells for name, cells in columns.items() if not name.startswith("p_")}
    rows = [dict(zip(plain, cells, strict=True)) for cells in zip(*plain.values(), strict=True)]
    for row, cells in zip(rows, zip(*shares.values(), strict=True), strict=True) if shares else ():
        row["probabilities"] = dict(zip(shares, cells, strict=True))
    return rows


_COLUMNS = ("candidate", "kind", "route", "score", "low", "high", "rows", "seconds", "size_mb", "ms", "usd_per_1000",
            "test_score", "test_low", "test_high", "chosen", "why_not")  # fmt: skip


def _line(v: Verdict, line: TestLine, curve: CurveLine | None) -> dict[str, object]:
    found, last = line.validation, curve.points[-1] if curve and curve.points else None
    chosen = line.candidate == v.chosen.candidate and line.route == v.chosen.route
    why = line.why_not or (curve and (curve.not_measured or curve.left)) or ""
    cells = (
        line.candidate, line.kind, line.route,
        *((found.score, found.low, found.high, found.rows) if found else (None,) * 4),
        line.train_seconds if line.train_seconds is not None or last is None else last.seconds,
        line.size_mb, line.predict_ms, line.usd_per_1000, line.score, line.low, line.high, chosen, "" if chosen else why,
    )  # fmt: skip
    return dict(zip(_COLUMNS, cells, strict=True))

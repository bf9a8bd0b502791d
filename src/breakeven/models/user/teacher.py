"""A pretrained in-context model of tables, from a folder or a hub name, as a teacher: it labels rows softly, and is never served.

    predict:
      models:
        teacher: models/tabicl                # a folder with a checkpoint, or a hub name

Such a model (TabICL, TabPFN) takes the training rows themselves as its input, so that each answer costs seconds and its saved
state holds the data. What it knows is therefore taught to candidates that are small and hold no rows (`taught`). A row's
label always comes from a teacher that did not see it: in-context models repeat the labels of rows in their context.
"""

from __future__ import annotations

import importlib
import json
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, cast

import numpy as np
import yaml

from breakeven.core import store
from breakeven.core.errors import InputError, MissingExtra, nearest
from breakeven.core.types import Array
from breakeven.scale import device

#: Parts of the training rows, each labelled by a teacher that saw the others.
FOLDS = 5
#: Rows on which a teacher is tried before anything is built.
TRIED = 48
#: Rows of those that it answers.
ANSWERED = 8
#: Seconds within which the model hub must answer.
HUB_SECONDS = 10.0
#: Suffixes of checkpoints.
CHECKPOINTS = (".ckpt", ".safetensors", ".pt")
KEYS = ("folder", "package")
NO_LICENCE = "not stated in its folder"


class InContext(Protocol):
    """What the packages' estimators have in common."""

    classes_: Array

    def fit(self, X: Array, y: Array) -> object:
        """Keep rows X (n, p) with truth y (n,) as the context."""

    def predict(self, X: Array) -> Array:
        """Values (n,)."""

    def predict_proba(self, X: Array) -> Array:
        """Probabilities (n, classes seen)."""


@dataclass(frozen=True)
class Package:
    """A package's two estimators, and the arguments that keep it from the network; `model_path` and the seed come to them."""

    classifier: str
    regressor: str
    offline: Mapping[str, object]


PACKAGES = {
    "tabicl": Package("TabICLClassifier", "TabICLRegressor", {"allow_auto_download": False, "n_jobs": 1}),
    "tabpfn": Package("TabPFNClassifier", "TabPFNRegressor", {"ignore_pretraining_limits": False}),
}


@dataclass(frozen=True)
class Teacher:
    """A teacher that was tried: its name, package, checkpoint (and that file's sha256), and the licence its folder states."""

    name: str
    package: str
    checkpoint: str
    sha256: str
    licence: str

    def fitted(self, X: Array, y: Array, classes: int, seed: int) -> InContext:
        """The model with rows X (n, p), y (n,) as its context; `classes` is 0 for values."""
        package = PACKAGES[self.package]
        kind = getattr(importlib.import_module(self.package), package.classifier if classes else package.regressor)
        known = kind().get_params()
        offline = {key: value for key, value in package.offline.items() if key in known}
        model = cast(InContext, kind(model_path=self.checkpoint, random_state=seed, device=device.current(), **offline))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(X, y)
        return model

    def answers(self, model: InContext, X: Array, classes: int) -> Array:
        """Probabilities (n, classes), 0 for a class outside its context, or values (n,). Raises ValueError for others."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw = np.asarray(model.predict_proba(X) if classes else model.predict(X), dtype=float)
        out = raw.reshape(-1)
        if classes:
            out = np.zeros((len(X), classes))
            out[:, np.asarray(model.classes_, dtype=int)] = raw
        if len(out) != len(X) or not np.isfinite(out).all():
            raise ValueError("its answers are not finite numbers, one row each")
        return out


@dataclass(frozen=True)
class Lesson:
    """Answers (n, classes) or (n,) of teachers that did not see the rows they answer, and the seconds that a row took."""

    answers: Array
    seconds_per_row: float


def lesson(teacher: Teacher, X: Array, y: Array, classes: int, seed: int, keep: Path) -> Lesson:
    """Label rows X (n, p) with truth y (n,), each by a teacher that saw the other parts; kept in the folder `keep`."""
    key = store.digest([teacher.sha256, X.astype(np.float32).tobytes().hex(), y.tobytes().hex(), classes, seed])
    path = keep / f"{len(y):08d}-{key}.npz"
    if path.is_file():
        arrays = store.read_arrays(path)
        return Lesson(arrays["answers"], float(arrays["seconds_per_row"]))
    answers = np.zeros((len(y), classes) if classes else len(y))
    part = np.random.default_rng([seed, 23]).permutation(len(y)) % FOLDS
    start = time.perf_counter()
    for k in range(FOLDS):
        asked = part == k
        answers[asked] = teacher.answers(teacher.fitted(X[~asked], y[~asked], classes, seed), X[asked], classes)
    seconds = (time.perf_counter() - start) / len(y)
    store.write_arrays(path, answers=answers, truth=y, seconds_per_row=np.array(seconds))
    return Lesson(answers, seconds)


def ready(given: object, folder: Path, sample: tuple[Array, Array], classes: int) -> Teacher:
    """The teacher of the brief in `folder`, tried on a `sample` of rows (n, p) and their truth (n,).

    Raises InputError for a folder without a checkpoint, a file that is broken, and a model that cannot take these columns or
    classes; MissingExtra where its package is not installed.
    """
    where = "product.yaml, predict.models.teacher"
    line = given if isinstance(given, Mapping) else {"folder": given}
    for key in line:
        if key not in KEYS:
            raise InputError(where, f"unknown key {key!r}", nearest(str(key), KEYS))
    name = line.get("folder")
    if not isinstance(name, str) or not name:
        raise InputError(where, f"expected a folder or a hub name, not {name!r}", "write 'teacher: models/tabicl'")
    path = folder / name
    if path.is_file():
        raise InputError(where, f"{name} is a file", "name its folder; a finished ONNX model needs another name")
    if not path.is_dir():
        path = _fetched(name, where)
    card = _card(path)
    checkpoint = _checkpoint(path, bool(classes))
    package = str(line.get("package") or card.get("library_name") or checkpoint.name.split("-")[0]).lower()
    if package not in PACKAGES:
        raise InputError(str(path), f"it is a model of {package!r}", f"known packages: {', '.join(PACKAGES)}")
    if find_spec(package) is None:
        raise MissingExtra(f"teacher {name}", f"{package} is not installed", "pip install 'breakeven[teacher]'")
    licence = str(card.get("license_name") or card.get("license") or NO_LICENCE)
    teacher = Teacher(name, package, str(checkpoint.resolve()), store.sha256(checkpoint), licence)
    _try(teacher, path, sample, classes)
    return teacher


def _try(teacher: Teacher, path: Path, sample: tuple[Array, Array], classes: int) -> None:
    """Let it answer a few rows. Raises InputError."""
    X, y = (values[:TRIED] for values in sample)
    try:
        teacher.answers(teacher.fitted(X, y, classes, 0), X[:ANSWERED], classes)
    except Exception as error:  # each package raises its own
        why = " ".join(str(error).split())[:160] or type(error).__name__
        what = f"{teacher.package} cannot use it on {X.shape[1]} columns and {classes or 'no'} classes: {why}"
        raise InputError(str(path), what, "name the folder of a whole model that takes such a table") from None


def _checkpoint(path: Path, classifies: bool) -> Path:
    """The folder's checkpoint for the task. Raises InputError."""
    found = sorted(file for file in path.iterdir() if file.suffix in CHECKPOINTS)
    other = "regress" if classifies else "classif"
    fitting = [file for file in found if other not in file.name.lower()]
    if not fitting:
        task = "classification" if classifies else "regression"
        there = f"; it holds {', '.join(file.name for file in found[:3])}" if found else ""
        raise InputError(str(path), f"there is no checkpoint for {task}{there}", f"a file *{CHECKPOINTS[0]} is wanted")
    return fitting[-1]  # the newest version by name


def _card(path: Path) -> dict[str, object]:
    """What README.md says above its text, and config.json. Raises InputError for what cannot be read."""
    known: dict[str, object] = {}
    config, readme = path / "config.json", path / "README.md"
    try:
        if config.is_file():
            known |= json.loads(config.read_text(encoding="utf-8"))
        if readme.is_file() and (text := readme.read_text(encoding="utf-8")).startswith("---"):
            known |= yaml.safe_load(text.split("---")[1]) or {}
    except (ValueError, TypeError, yaml.YAMLError) as error:
        why = " ".join(str(error).split())[:100]
        raise InputError(
            str(path), f"its card or config.json cannot be read: {why}", "fetch the folder again"
        ) from None
    return known


def _fetched(name: str, where: str) -> Path:
    """A hub name's files, from the local cache or the hub. Raises InputError or MissingExtra."""
    if name.count("/") != 1 or name.startswith((".", "/")):
        raise InputError(where, f"there is no folder {name}", "give its path from the brief's folder, or a hub name")
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise MissingExtra(
            f"teacher {name}", "huggingface_hub is not installed", "pip install 'breakeven[teacher]'"
        ) from None
    wanted = ["config.json", "README.md", *(f"*{suffix}" for suffix in CHECKPOINTS)]
    try:
        return Path(snapshot_download(name, allow_patterns=wanted, etag_timeout=HUB_SECONDS))
    except Exception as error:  # the hub's client raises its own and its HTTP library's errors
        why = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise InputError(
            where,
            f"there is no folder {name}, and the model hub has none or cannot be reached ({why})",
            "give a folder",
        ) from None

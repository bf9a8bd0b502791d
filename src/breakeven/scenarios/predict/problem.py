"""Tables: what is read, how it shrinks to n rows, how a candidate is fitted and scored, which candidates there are.

The open rows lie in `work/rows.npz`, the sealed test in a file of its own that nothing here opens. A worker process
reads the rows once and keeps them; what travels to it is a job's few words.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from breakeven import metrics
from breakeven.collect import prepare, read
from breakeven.collect.prepare import Collected
from breakeven.core import store
from breakeven.core.errors import InputError, MissingExtra
from breakeven.core.types import Array, Finding, Fold, Layout, Need, Route, Table, Task
from breakeven.export.to_onnx import PROOF_MEDIA_ROWS, PROOF_ROWS, Drawn, draw, proof_rows
from breakeven.features.media import Disk
from breakeven.gate.ablation import WITHOUT
from breakeven.gate.results import Job, Measured, Race
from breakeven.models import registry
from breakeven.models.training import checkpoint
from breakeven.models.training.step_budget import within
from breakeven.models.user.own import Own
from breakeven.scale.executor import Workers
from breakeven.scenarios.predict import encoding

ROWS, JUDGED_ROWS = "rows.npz", 2_000
#: The setting that fills rare classes up with made rows, and the share of the commonest class's rows that they are filled to.
MADE, RARE = "synthetic", 0.5
#: Metrics in which a rare class counts as much as a common one, or nearly.
MINDED = ("balanced_accuracy", "f1", "roc_auc", "average_precision")
FOLD = ("train", "validation", "spare")


@dataclass(frozen=True)
class Final:
    """A candidate fitted on all open rows, as a graph; the seconds the fit took, the rows it saw, a net's steps of those
    planned, and its prediction for the first fold's validation rows where those were held out.
    """

    drawn: Drawn
    seconds: float
    rows: int
    share: float = 1.0
    prediction: Array | None = None


@dataclass(frozen=True)
class TableFitter:
    """A table on disk, as workers receive it. `missing` are candidates that cannot run here, with the reason."""

    work: Path
    task: Task
    classes: tuple[str, ...]
    layout: Layout
    metric: str
    margin: float
    seed: int
    candidates: Mapping[str, Route]
    missing: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, Own] = field(default_factory=dict)
    disjoint: bool = True
    encoders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def build(self, candidate: str, settings: Mapping[str, Any]) -> Any:
        """A candidate ready to fit."""
        count = len(self.classes)
        if candidate in self.own:
            from breakeven.models.user.estimator import own_candidate

            return own_candidate(self.own[candidate].estimator, self.layout, count, self.seed)
        layout, own = self.layout, dict(settings)
        if WITHOUT in own:
            layout = without(layout, own.pop(WITHOUT))
        if candidate in self.encoders:
            own["encoders"] = self.encoders[candidate]
        return registry.build(candidate, layout, count, self.seed, own)

    def space(self, candidate: str) -> Any:
        """The candidate's search space, or None when it has none; with made rows where a class is rare."""
        if candidate in self.own:
            return None
        kind = registry.kind_of(candidate)
        if MADE not in kind.changing or not self._rare():
            return kind.space
        return lambda trial: {**kind.space(trial), MADE: trial.suggest_categorical(MADE, [0.0, RARE])}

    def _rare(self) -> bool:
        """Whether a class has less than a share RARE of the commonest one's rows, and the metric minds."""
        if not self.classes or self.metric not in MINDED:
            return False
        counts = np.bincount(open_rows(self.work)[1].astype(int))
        return bool((counts[counts > 0] < RARE * counts.max()).any())

    def changes(self, candidate: str) -> Mapping[str, Any]:
        """Settings that change training rows, with the value that leaves them as they are."""
        return {} if candidate in self.own else dict(registry.kind_of(candidate).changing)

    def race(self) -> Race:
        """What the gate needs to know."""
        _, y, folds = open_rows(self.work)
        return Race(self.candidates, y, folds, self.disjoint, self.metric, self.margin, registry.BASELINE, len(self.classes),
                    self.layout.media is not None, frozenset(c for c in self.candidates if self._paced(c)))  # fmt: skip

    def _paced(self, candidate: str) -> bool:
        kind = self.own[candidate].estimator if candidate in self.own else registry.kind_of(candidate)
        return bool(getattr(kind, "paced", False))

    def fit(self, job: Job, settings: Mapping[str, Any]) -> Measured:
        """Fit a candidate on the first rows of a fold and predict the fold's validation rows."""
        X, y, folds = open_rows(self.work)
        fold = folds[job.repeat]
        train = fold.train[: job.rows]
        start = time.perf_counter()
        try:
            with within(job.allowed):
                fitted = self.build(job.candidate, settings).fit(X[train], y[train])
            seconds = time.perf_counter() - start
            prediction = np.asarray(fitted.scores(X[fold.validation]), dtype=np.float32)
        except (InputError, ValueError, ArithmeticError, TypeError, AttributeError, RuntimeError, MemoryError) as error:
            return Measured(None, time.perf_counter() - start, f"{type(error).__name__}: {str(error)[:200]}")
        if not np.isfinite(prediction).all():
            return Measured(None, seconds, "it answered with NaN or infinity")
        return Measured(prediction, seconds, share=_share(fitted))

    def final(self, candidate: str, settings: Mapping[str, Any], rows: int | None = None, allowed: float | None = None,
              held: bool = False) -> Final:  # fmt: skip
        """Fit on all open rows, or on `rows` drawn fairly, a net within `allowed` seconds, and export; with `held`, on all
        but the first fold's validation rows, and predict those. To be run in a process of its own; a net's state is kept
        on the way, so that it goes on where it was killed.
        """
        X, y, folds = open_rows(self.work)
        pick, judged = np.arange(len(y)), folds[0].validation
        if held or (rows is not None and rows < len(y)):  # any beginning of it is a fair draw
            pick = np.concatenate([folds[0].train, folds[0].spare, *([] if held else [judged])])[:rows]
        states = self.work / "states" / store.digest([candidate, dict(settings), len(pick), held])
        start = time.perf_counter()
        with within(allowed), checkpoint.at(states):
            fitted = self.build(candidate, settings).fit(X[pick], y[pick])
        seconds = time.perf_counter() - start
        shutil.rmtree(states, ignore_errors=True)
        prediction = np.asarray(fitted.scores(X[judged]), dtype=np.float32) if held else None
        return Final(draw(fitted, self.proof(candidate)), seconds, len(pick), _share(fitted), prediction)

    def proof(self, candidate: str) -> Array:
        """The rows on which a candidate's export must answer as it does."""
        most = PROOF_ROWS if self.layout.media is None else PROOF_MEDIA_ROWS
        fills = getattr(self.own[candidate].estimator if candidate in self.own else None, "fills", True)
        return proof_rows(open_rows(self.work)[0], self.seed, most, holes=fills)

    def judged(self) -> tuple[Array, Array]:
        """Up to 2,000 open rows with their truth, in random order."""
        X, y, _ = open_rows(self.work)
        pick = np.random.default_rng([self.seed, 5]).permutation(len(y))[:JUDGED_ROWS]
        return X[pick], y[pick]

    def media(self) -> Disk | None:
        """The texts and images that rows refer to."""
        return Disk(self.layout.media) if self.layout.media else None

    def validation_rows(self, repeat: int) -> Array:
        """Numbers of a fold's validation rows among the open rows."""
        return open_rows(self.work)[2][repeat].validation

    def truth(self, repeat: int) -> Array:
        """Target of a fold's validation rows."""
        return np.asarray(open_rows(self.work)[1][self.validation_rows(repeat)])

    def warmed(self, workers: Workers, seconds: float, say: Callable[[str], None]) -> TableFitter:
        """The same, with frozen features computed; encoders that would take longer than `seconds` are left out."""
        return encoding.warmed(self, workers, seconds, say)

    def spread(self) -> float:
        """The unit in which an exported answer may be off: 1 for probabilities, the target's deviation for values."""
        _, y, _ = open_rows(self.work)
        return 1.0 if self.classes else float(np.std(y)) or 1.0


def _share(fitted: Any) -> float:
    """Steps that a net made of those it had planned; 1 of everything else."""
    return float(getattr(getattr(fitted, "trained_", None), "share", 1.0))


def without(layout: Layout, kind: str) -> Layout:
    """A layout in which the columns of a kind (table, text, image) cannot be seen."""
    referring = {*layout.texts, *layout.images}
    gone = {"text": set(layout.texts), "image": set(layout.images), "table": set(layout.names) - referring}[kind]
    hidden = tuple(name for name in layout.names if name in gone)
    return replace(layout, texts=tuple(t for t in layout.texts if t not in gone),
                   images=tuple(i for i in layout.images if i not in gone), hidden=hidden)  # fmt: skip


def collect(need: Need, table: Table | None = None, extra: Sequence[Mapping[str, Any]] = ()) -> Collected:
    """Read (unless a table is given), clean, audit, split and encode."""
    if need.target is None:
        raise InputError("product.yaml", "the key 'target' is missing", "name the column to predict")
    collected = prepare.prepare(need, table if table is not None else read.table(need), extra)
    if need.settings.get("models"):
        told = Finding("finished model", "models that come finished race as they are", "where they have learned from these rows, their "
                       "scores here are too good: judge them by rows they have not seen", level="warning")  # fmt: skip
        collected = replace(collected, findings=(*collected.findings, told))
    check_metric(need, collected.rows.task, len(collected.rows.classes))
    return collected


def check_metric(need: Need, task: Task, classes: int) -> str:
    """The metric's name. Raises InputError when the brief's does not suit the target."""
    name = need.metric or metrics.DEFAULT[task]
    metric = metrics.METRICS[name]
    fits = [m.name for m in metrics.METRICS.values() if m.task == task and (classes == 2 or not m.binary_only)]
    if metric.name not in fits:
        what = f"{name} is for {metric.task}" + (" with two classes" if metric.binary_only else "")
        raise InputError(
            "product.yaml, metric",
            f"{what}, but the target is a {task} with {classes or 'no'} classes",
            f"use {', '.join(fits)}",
        )
    return name


def settle(
    need: Need,
    collected: Collected,
    work: Path,
    own: Mapping[str, Own] | None = None,
    names: Sequence[str] | None = None,
) -> TableFitter:
    """Put the open rows on disk and say who races. The sealed rows are the caller's to put away."""
    rows = collected.rows
    place = np.full(len(rows.y), -1)
    place[rows.open_rows] = np.arange(len(rows.open_rows))
    folds = {}
    for k, fold in enumerate(rows.folds):
        for name in FOLD:
            folds[f"{name}{k}"] = place[getattr(fold, name)]
        folds[f"units{k}"] = fold.validation_units
    store.write_arrays(work / ROWS, X=rows.X[rows.open_rows], y=rows.y[rows.open_rows], **folds)
    candidates: dict[str, Route] = {}
    missing: dict[str, str] = {}
    encoders: dict[str, tuple[str, ...]] = {}
    for name in names or registry.names():
        if not registry.suits(name, rows.layout, rows.task):
            if names:
                missing[name] = f"it does not race on {' and '.join(rows.layout.kinds)} columns ({rows.task})"
            continue
        try:
            registry.require(name)
            if registry.ROSTER[name].extra == "pretrained":
                encoders[name] = encoding.names(need, rows, name)
            candidates[name] = registry.route_of(name)
        except (MissingExtra, InputError) as error:
            missing[name] = str(error)
    own = {**(own or {}), **_finished_models(need, collected, work)}
    candidates.update({name: one.route for name, one in own.items()})
    metric = check_metric(need, rows.task, len(rows.classes))
    return TableFitter(work, rows.task, rows.classes, rows.layout, metric, need.margin, need.seed, candidates, missing,
                   own, rows.disjoint, encoders)  # fmt: skip


def _finished_models(need: Need, collected: Collected, work: Path) -> dict[str, Own]:
    """Models that the brief names, ready to race. Raises InputError."""
    told = need.settings.get("models") or {}
    if not isinstance(told, Mapping):
        raise InputError(
            "product.yaml, predict.models", f"expected names and files, not {told!r}", "write 'name: model.onnx'"
        )
    if not told:
        return {}
    from breakeven.models.user import onnx_model

    rows, out = collected.rows, {}
    media = Disk(rows.layout.media) if rows.layout.media else None
    for name, line in told.items():
        if not re.fullmatch(r"[A-Za-z][\w-]{0,39}", str(name), re.ASCII) or name in registry.ROSTER:
            raise InputError("product.yaml, predict.models", f"{name!r} cannot be a candidate's name", "use up to 40 letters, digits, "
                             "- and _, and no name of the roster")  # fmt: skip
        route, model = onnx_model.ready(
            line, (name, need.folder, work), collected.schema, rows.classes, (rows.X, media)
        )
        out[name] = Own(route, onnx_model.Finished(model=model))
    return out


@lru_cache(maxsize=2)
def open_rows(work: Path) -> tuple[Array, Array, tuple[Fold, ...]]:
    """X, y and folds of the open rows, kept by the process that read them."""
    arrays = store.read_arrays(work / ROWS)
    count = sum(name.startswith("train") for name in arrays)
    names = (*FOLD, "units")
    folds = tuple(Fold(*(arrays[f"{name}{k}"] for name in names)) for k in range(count))
    return arrays["X"], arrays["y"], folds

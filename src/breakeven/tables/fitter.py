"""A table on disk, as worker processes receive it: how a candidate is fitted, scored and exported.

The open rows lie in `work/rows.npz`, the sealed test in a file of its own that only a last fit on everything opens. A worker
process reads the rows once and keeps them; what travels to it is a job's few words.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from breakeven import metrics
from breakeven.core import store
from breakeven.core.errors import InputError
from breakeven.core.types import Array, Fold, Layout, Route, Task
from breakeven.export.to_onnx import PROOF_MEDIA_ROWS, PROOF_ROWS, Drawn, draw, proof_rows
from breakeven.features.media import Disk
from breakeven.gate.ablation import WITHOUT
from breakeven.gate.results import Job, Measured, Race
from breakeven.models import registry
from breakeven.models.settings import Settings, Space
from breakeven.models.training import checkpoint
from breakeven.models.training.step_budget import within
from breakeven.models.user.own import STUDENTS, Own
from breakeven.scale.executor import Workers
from breakeven.trust import sealed

if TYPE_CHECKING:
    from breakeven.models.base import Candidate
    from breakeven.models.user.teacher import Teacher

#: File of the open rows in `work`.
ROWS = "rows.npz"
#: Bytes of that file up to which a fit without a net takes less than starting a process would.
SMALL = 1 << 20
#: Parts of a fold, as they are named in that file.
FOLD_PARTS = ("train", "validation", "spare")
#: Open rows by which an int8 graph is judged.
SAMPLE_ROWS = 2_000
#: The setting that makes a bag of so many copies of a candidate.
BAG = "bag"


@dataclass(frozen=True)
class Final:
    """A candidate's last fit.

    Attributes
    ----------
    drawn: its ONNX graph.
    seconds: the fit took.
    rows: it saw.
    share: of the usual steps that its networks made, the least.
    prediction: for the first fold's validation rows, where those were held out.
    epochs: as many as the usual steps are (0: not known).
    """

    drawn: Drawn
    seconds: float
    rows: int
    share: float = 1.0
    prediction: Array | None = None
    epochs: int = 0


@dataclass(frozen=True)
class TableFitter:
    """A table on disk.

    Attributes
    ----------
    work: folder of the open rows.
    candidates: that can run here, with their routes.
    missing: candidates that cannot, with the reason.
    own: a user's estimators among the candidates.
    encoders: names of the pretrained encoders that a candidate uses.
    teacher: the pretrained model that STUDENTS among `own` learn from, if any.
    unit: plural noun of a row in texts.
    """

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
    encoders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    teacher: Teacher | None = None
    unit: str = "rows"

    def build(self, candidate: str, settings: Settings) -> Candidate:
        """A candidate ready to fit."""
        count = len(self.classes)
        if candidate in self.own:
            from breakeven.models.user.estimator import own_candidate

            return own_candidate(self.own[candidate].estimator, self.layout, count, self.seed)
        layout, own = self.layout, dict[str, object](settings)
        if WITHOUT in own:
            layout = without(layout, str(own.pop(WITHOUT)))
        if candidate in self.encoders:
            own["encoders"] = self.encoders[candidate]
        copies = int(str(own.pop(BAG, 0)))
        made = registry.build(candidate, layout, count, self.seed, own)
        if not copies:
            return made
        from breakeven.models.bag import Bag

        return Bag(made, copies)

    def runs_here(self, candidate: str) -> bool:
        """Whether a last fit takes less than starting a process would: of a table of little memory, by no net, or by one that is
        drawn without torch's exporter where torch is loaded by now, since the race's fits ran in this process as well.
        """
        if candidate in self.own or self.layout.media or (self.work / ROWS).stat().st_size > SMALL:
            return False
        loaded = "torch" in sys.modules and Workers().count == 1
        return registry.route_of(candidate) == "traditional" or (self._drawn(candidate) and loaded)

    def space(self, candidate: str) -> Space | None:
        """The candidate's search space, or None."""
        return None if candidate in self.own else registry.class_of(candidate).space

    def changes(self, candidate: str) -> Settings:
        """Settings that change training rows, with the value that leaves them as they are."""
        return {} if candidate in self.own else dict(registry.class_of(candidate).changing)

    def race(self) -> Race:
        """Folds, metric, margin and baseline."""
        _, y, folds = open_rows(self.work)
        return Race(
            routes=self.candidates,
            folds=folds,
            evaluate=self.evaluate,
            rows=len(y),
            metric=self.metric,
            margin=self.margin,
            baseline=registry.BASELINE,
            scale=metrics.METRICS[self.metric].scale,
            unit=self.unit,
            classes=len(self.classes),
            costly=self.layout.media is not None,
            paced=frozenset(c for c in self.candidates if self._paced(c)),
            drawn=frozenset(c for c in self.candidates if self._drawn(c)),
            students=frozenset(c for c in STUDENTS if c in self.own) if self.teacher else frozenset(),
        )

    def evaluate(self, prediction: Array, repeat: int) -> metrics.UnitLosses:
        """Score of a prediction for a fold's validation rows, by unit."""
        _, y, folds = open_rows(self.work)
        fold = folds[repeat]
        return metrics.losses(self.metric, y[fold.validation], prediction, fold.validation_units)

    def _paced(self, candidate: str) -> bool:
        kind = self.own[candidate].estimator if candidate in self.own else registry.class_of(candidate)
        return bool(getattr(kind, "paced", False))

    def _drawn(self, candidate: str) -> bool:
        return candidate not in self.own and registry.class_of(candidate).drawn and self._paced(candidate)

    def fit(self, job: Job, settings: Settings) -> Measured:
        """Fit a candidate on the first rows of a fold and predict the fold's validation rows."""
        X, y, folds = open_rows(self.work)
        fold = folds[job.repeat]
        train = fold.train[: job.rows]
        start, processor = time.perf_counter(), time.process_time()
        try:
            estimator = self.build(job.candidate, settings)  # what it imports is no part of a net's allowance
            with within(job.allowed, job.plan) as made:
                fitted = estimator.fit(X[train], y[train])
            seconds, processor = time.perf_counter() - start, time.process_time() - processor
            prediction = np.asarray(fitted.scores(X[fold.validation]), dtype=np.float32)
        except (InputError, ValueError, ArithmeticError, TypeError, AttributeError, RuntimeError, MemoryError) as error:
            return Measured(None, time.perf_counter() - start, f"{type(error).__name__}: {str(error)[:200]}")
        if not np.isfinite(prediction).all():
            return Measured(None, seconds, "it answered with NaN or infinity")
        return Measured(prediction, seconds, share=made.share, epochs=made.epochs, processor=processor)

    def final(
        self,
        candidate: str,
        settings: Settings,
        rows: int | None = None,
        allowed: float | None = None,
        plan: float = 1.0,
        holdout: bool = False,
        everything: bool = False,
    ) -> Final:
        """Fit on all open rows (or a fair draw of `rows`), a network to its `plan` within `allowed` seconds, and export; with
        `everything` on the sealed rows too, which must have been judged by then.

        With `holdout` the first fold's validation rows are left out and predicted. To be run in a process of its own.
        A network's state is kept on the way, so that it goes on where it was killed.
        """
        X, y, folds = open_rows(self.work)
        chosen, validation = np.arange(len(y)), folds[0].validation
        if holdout or (rows is not None and rows < len(y)):  # any beginning of it is a fair draw
            chosen = np.concatenate([folds[0].train, folds[0].spare, *([] if holdout else [validation])])[:rows]
        if everything:
            test_X, test_y = sealed.rows(self.work)
            X, y, chosen = np.concatenate([X, test_X]), np.concatenate([y, test_y]), np.arange(len(y) + len(test_y))
        states = self.work / "states" / store.digest([candidate, dict(settings), len(chosen), holdout])
        start = time.perf_counter()
        estimator = self.build(candidate, settings)
        with within(allowed, plan) as made, checkpoint.at(states):
            fitted = estimator.fit(X[chosen], y[chosen])
        seconds = time.perf_counter() - start
        shutil.rmtree(states, ignore_errors=True)
        prediction = np.asarray(fitted.scores(X[validation]), dtype=np.float32) if holdout else None
        return Final(
            draw(fitted, self.parity_rows(candidate)), seconds, len(chosen), made.share, prediction, made.epochs
        )

    def baseline(self, X: Array) -> Array:
        """The baseline's answers to other rows (n, p), learned from all open rows."""
        open_X, y, _ = open_rows(self.work)
        return np.asarray(self.build(registry.BASELINE, {}).fit(open_X, y).scores(X))

    def parity_rows(self, candidate: str) -> Array:
        """Rows on which a candidate's export must answer as the candidate does."""
        most = PROOF_ROWS if self.layout.media is None else PROOF_MEDIA_ROWS
        fills = getattr(self.own[candidate].estimator if candidate in self.own else None, "fills", True)
        return proof_rows(open_rows(self.work)[0], self.seed, most, holes=fills)

    def sample(self) -> tuple[Array, Array]:
        """Up to SAMPLE_ROWS open rows and their targets, in random order."""
        X, y, _ = open_rows(self.work)
        chosen = np.random.default_rng([self.seed, 5]).permutation(len(y))[:SAMPLE_ROWS]
        return X[chosen], y[chosen]

    def media(self) -> Disk | None:
        """The texts and images that rows refer to."""
        return Disk(self.layout.media) if self.layout.media else None

    def validation_rows(self, repeat: int) -> Array:
        """Numbers of a fold's validation rows among the open rows."""
        return open_rows(self.work)[2][repeat].validation

    def validation_units(self, repeat: int) -> Array:
        """The unit of each of a fold's validation rows."""
        return open_rows(self.work)[2][repeat].validation_units

    def truth(self, repeat: int) -> Array:
        """Target of a fold's validation rows."""
        return np.asarray(open_rows(self.work)[1][self.validation_rows(repeat)])

    def target_scale(self) -> float:
        """Unit of an export's error: 1 for probabilities, the target's standard deviation for values."""
        _, y, _ = open_rows(self.work)
        return 1.0 if self.classes else float(np.std(y)) or 1.0


def without(layout: Layout, kind: str) -> Layout:
    """A layout in which the columns of a kind (table, text, image) cannot be seen."""
    media = {*layout.texts, *layout.images}
    removed = {"text": set(layout.texts), "image": set(layout.images), "table": set(layout.names) - media}[kind]
    hidden = tuple(name for name in layout.names if name in removed)
    return replace(
        layout,
        texts=tuple(t for t in layout.texts if t not in removed),
        images=tuple(i for i in layout.images if i not in removed),
        hidden=hidden,
    )


@lru_cache(maxsize=2)
def open_rows(work: Path) -> tuple[Array, Array, tuple[Fold, ...]]:
    """X (n, p), y (n,) and folds of the open rows; the process that read them keeps them."""
    arrays = store.read_arrays(work / ROWS)
    count = sum(name.startswith("train") for name in arrays)
    parts = (*FOLD_PARTS, "units")
    folds = tuple(Fold(**{part: arrays[f"{part}{k}"] for part in parts}) for k in range(count))
    return arrays["X"], arrays["y"], folds

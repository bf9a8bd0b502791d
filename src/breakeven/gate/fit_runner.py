"""Fits in worker processes, each kept in the run's ledger: what was fitted once is not fitted again."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from breakeven.core import store
from breakeven.core.types import Array
from breakeven.gate.fitter import Fitter
from breakeven.gate.results import Job, Measured
from breakeven.models.settings import Settings
from breakeven.scale.executor import Workers

#: Numbers of a fit in the ledger.
NUMBERS = ("seconds", "share", "plan", "epochs", "processor")
#: Processor seconds from which a fit says how fast the machine is, and the slowest that it is taken for.
TELLING, SLOWEST = 0.02, 10.0


def fit_key(job: Job, settings: Settings | None = None) -> str:
    """The name of a fit in the ledger: the job's, preceded by the settings' where they are not the defaults.

    >>> fit_key(Job("mlp", 300, 0)), fit_key(Job("mlp", 300, 0), {"rate": 0.1})
    ('mlp-300-0', 'settings-mlp-300-0-d1723cd57b88f589')
    """
    if settings is None:
        return job.key
    return f"settings-{job.key}-{store.digest(dict(settings))}"


@dataclass(frozen=True)
class FitRequest:
    """What a worker receives: the fitter, the job and the settings."""

    fitter: Fitter
    job: Job
    settings: Settings = field(default_factory=dict)


@dataclass
class FitRunner:
    """Runs fits in processes; those in the ledger are read instead. `ratios`: seconds of each by its processor seconds."""

    fitter: Fitter
    workers: Workers
    ledger: store.Ledger
    ratios: list[float] = field(default_factory=list)

    def slowness(self) -> float:
        """How many times its processor seconds a fit took so far: about 1 on a quiet machine, 3 beside two busy loops on a core.

        >>> FitRunner(None, None, None).slowness(), FitRunner(None, None, None, [1.1, 3.2, 9.0]).slowness()
        (1.0, 3.2)
        """
        return float(min(max(statistics.median(self.ratios), 1.0), SLOWEST)) if self.ratios else 1.0

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Measured]]:
        """Fit jobs with default settings. Yields each as it ends, those of the ledger first."""
        by_key = {fit_key(job): job for job in jobs}
        for key, measured in self._run({key: FitRequest(self.fitter, job) for key, job in by_key.items()}):
            yield by_key[key], measured

    def run_settings(self, fits: Sequence[tuple[Job, Settings]]) -> list[Measured]:
        """Fit jobs with settings of their own. Returns the results in the same order."""
        keys = [fit_key(job, settings) for job, settings in fits]
        requests = {key: FitRequest(self.fitter, *fit) for key, fit in zip(keys, fits, strict=True)}
        measured = dict(self._run(requests))
        return [measured[key] for key in keys]

    def _run(self, requests: Mapping[str, FitRequest]) -> Iterator[tuple[str, Measured]]:
        fresh = {}
        for key, request in requests.items():
            kept = self.ledger.get(key)
            if kept is None:
                fresh[key] = request
            else:
                yield key, self._recorded(_measured(kept))
        for (key, _), measured in self.workers.run(_fit, list(fresh.items())):
            self.ledger.put(key, **_arrays(measured))
            yield key, self._recorded(measured)

    def _recorded(self, measured: Measured) -> Measured:
        """The same fit, after its ratio is recorded."""
        if measured.processor >= TELLING:
            self.ratios.append(measured.seconds / measured.processor)
        return measured


def _fit(item: tuple[str, FitRequest]) -> Measured:
    request = item[1]
    return replace(request.fitter.fit(request.job, request.settings), plan=request.job.plan)


def _arrays(measured: Measured) -> dict[str, Array]:
    values: dict[str, Array] = {name: np.array(getattr(measured, name)) for name in NUMBERS}
    if measured.prediction is not None:
        values["prediction"] = measured.prediction
    if measured.error is not None:
        values["error"] = np.array(measured.error)
    return values


def _measured(arrays: Mapping[str, Array]) -> Measured:
    error = str(arrays["error"]) if "error" in arrays else None
    seconds, share, plan, epochs, processor = (float(arrays[name]) if name in arrays else 0.0 for name in NUMBERS)
    return Measured(arrays.get("prediction"), seconds, error, share, plan, int(epochs), processor)

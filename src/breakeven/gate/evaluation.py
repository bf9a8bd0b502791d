"""The bench a race is finished on: the problem, the board, where work is kept, and with how many processes.

Every fit goes through the ledger, so what was measured once is not measured again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from breakeven.core import store
from breakeven.core.types import Array, Need, Route
from breakeven.features.media import Disk
from breakeven.features.schema import Schema
from breakeven.gate.results import Board, Job, Measured
from breakeven.scale.executor import Workers


class Problem(Protocol):
    """What a scenario's problem can do; workers receive it whole, so it travels light and reads its rows from disk."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names; empty for values."""

    @property
    def candidates(self) -> Mapping[str, Route]:
        """Who races, on which route."""

    def space(self, candidate: str) -> Any:
        """The candidate's search space, or None."""

    def changes(self, candidate: str) -> Mapping[str, Any]:
        """Settings of a candidate that change its training rows, each with the value that leaves them as they are."""

    def fit(self, job: Job, settings: Mapping[str, Any]) -> Measured:
        """Fit a candidate on a job's rows and predict its validation rows."""

    def final(self, candidate: str, settings: Mapping[str, Any], rows: int | None = None, allowed: float | None = None,
              held: bool = False) -> Any:  # fmt: skip
        """Fit on all open rows (or on `rows` of them), a net within so many seconds, and export: `drawn`, `seconds`, `rows`,
        `share` of the steps planned; with `held` on all but the first fold's validation rows, and their `prediction`.
        """

    def proof(self, candidate: str) -> Array:
        """Rows on which a candidate's export must answer as it does."""

    def spread(self) -> float:
        """The unit in which its answers may be off."""

    @property
    def metric(self) -> str:
        """The metric's name."""

    def judged(self) -> tuple[Array, Array]:
        """Open rows, with their truth, by which a smaller graph is held against the whole one."""

    def media(self) -> Disk | None:
        """The texts and images its rows refer to."""

    def warmed(self, workers: Workers, seconds: float, say: Callable[[str], None]) -> Problem:
        """The same, with what every fit shares computed once."""


@dataclass(frozen=True)
class Order:
    """A job with its problem and settings: what a worker is handed."""

    problem: Fitting
    job: Job
    settings: Mapping[str, Any] = field(default_factory=dict)


class Fitting(Protocol):
    """As much of a problem as fitting needs."""

    def fit(self, job: Job, settings: Mapping[str, Any]) -> Measured:
        """Fit a candidate on a job's rows and predict its validation rows."""


@dataclass
class Runs:
    """Fits in processes, each kept in the ledger: what was measured once is not measured again."""

    problem: Fitting
    workers: Workers
    ledger: store.Ledger

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Measured]]:
        """Jobs from the ledger where they were measured before, the others in workers."""
        by_key = {job.key: job for job in jobs}
        for key, measured in self.run_orders({key: Order(self.problem, job) for key, job in by_key.items()}):
            yield by_key[key], measured

    def run_orders(self, orders: Mapping[str, Order]) -> Iterator[tuple[str, Measured]]:
        """Orders under the keys that name them in the ledger."""
        fresh = {}
        for key, order in orders.items():
            kept = self.ledger.get(key)
            if kept is None:
                fresh[key] = order
            else:
                yield (
                    key,
                    Measured(
                        kept.get("prediction"),
                        float(kept["seconds"]),
                        str(kept["error"]) if "error" in kept else None,
                        float(kept.get("share", 1.0)),
                    ),
                )
        for (key, _), measured in self.workers.run(_fit, list(fresh.items())):
            values: dict[str, Array] = {"seconds": np.array(measured.seconds), "share": np.array(measured.share)}
            if measured.prediction is not None:
                values["prediction"] = measured.prediction
            if measured.error is not None:
                values["error"] = np.array(measured.error)
            self.ledger.put(key, **values)
            yield key, measured


@dataclass
class Bench(Runs):
    """What finishing needs: the problem, the board, the schema, where to work, and with how many processes."""

    problem: Problem
    need: Need
    schema: Schema
    sample: Mapping[str, Any]
    work: Path
    board: Board | None = None
    about: dict[str, Any] = field(default_factory=dict)


def _fit(item: tuple[str, Order]) -> Measured:
    order = item[1]
    return order.problem.fit(order.job, order.settings)

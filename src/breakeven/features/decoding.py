"""Scores in, answers out: calibration, labels, probabilities and intervals, driven by JSON and shared with training.

>>> decoder = Decoder("classification", ("no", "yes"))
>>> decoder.answers(np.array([[0.2, 0.8]]))
[{'prediction': 'yes', 'probability': 0.8, 'probabilities': {'no': 0.2, 'yes': 0.8}}]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypedDict

import numpy as np

from breakeven.core.decision import answered
from breakeven.core.types import Array, Task
from breakeven.features.calibration import Calibration, Temperature
from breakeven.features.values import folded, level, unambiguous


class ClassAnswer(TypedDict):
    """The answered class (the likeliest, unless misses and false alarms have prices), its probability, and that of each."""

    prediction: str
    probability: float
    probabilities: dict[str, float]


class ValueAnswer(TypedDict):
    """A value and its 90 % interval."""

    prediction: float
    low: float
    high: float


#: An answer as the service sends it.
Answer: TypeAlias = ClassAnswer | ValueAnswer


@dataclass(frozen=True)
class Decoder:
    """Turns a graph's output into answers.

    Classification: probabilities after the map `calibration`, of sum 1 (None: as the graph gives them).
    Of two classes `yes` is answered where its probability is at least `yes_from`, the other elsewhere (None: the likelier one).
    Regression: value and a 90 % interval of half-width `half_width` (split conformal, Papadopoulos et al. 2002).

    Raises ValueError for a map of another number of classes.
    """

    task: Task
    classes: tuple[str, ...] = ()
    calibration: Calibration | None = None
    half_width: float = 0.0
    yes: str | None = None
    yes_from: float | None = None
    #: Products of format 1 have a temperature alone; it becomes their map.
    temperature: float = 1.0

    def __post_init__(self) -> None:
        if self.temperature != 1.0 and self.calibration is None:
            object.__setattr__(self, "calibration", Temperature(self.temperature))
        if self.calibration is not None and not self.calibration.fits(len(self.classes)):
            raise ValueError(f"the calibration map is not one of {len(self.classes)} classes")

    def calibrated(self, scores: Array) -> Array:
        """Raw scores (n, classes) or (n,) as calibrated probabilities or values, float64."""
        values = np.asarray(scores, dtype=float)
        if self.task == "regression":
            return values.reshape(-1)
        if self.calibration is not None:
            values = self.calibration.many(values / values.sum(axis=1, keepdims=True))
        return np.asarray(values / values.sum(axis=1, keepdims=True))

    def class_of(self, outcome: object) -> str | None:
        """The class an outcome names, however it is written (1, 1.0, "1", true, "True", "YES"); None when there is none."""
        return class_of(outcome, self.classes)

    def one(self, row: list[float]) -> Answer:
        """The answer to one row's raw scores: the fast path of `answers`, held equal by a test."""
        if self.task == "regression":
            value = row[0]
            return {"prediction": value, "low": value - self.half_width, "high": value + self.half_width}
        total = sum(row)
        if self.calibration is not None:
            row = self.calibration.one([p / total for p in row])
            total = sum(row)
        row = [p / total for p in row]
        return self._answer(row)

    def decide(self, probabilities: Array) -> Array:
        """The numbers of the answered classes (n,) of calibrated probabilities (n, classes)."""
        return answered(probabilities, self.classes.index(self.yes) if self.yes is not None else 0, self.yes_from)

    def _answer(self, row: list[float]) -> ClassAnswer:
        """The answer to one row's calibrated probabilities."""
        if self.yes is None or self.yes_from is None:
            taken = row.index(max(row))
        else:
            yes = self.classes.index(self.yes)
            taken = yes if row[yes] >= self.yes_from else 1 - yes
        return {
            "prediction": self.classes[taken],
            "probability": row[taken],
            "probabilities": dict(zip(self.classes, row, strict=True)),
        }

    def answers(self, scores: Array) -> Sequence[Answer]:
        """One answer a row, as the service sends them."""
        return self._values(scores) if self.task == "regression" else self._classes(scores)

    def _values(self, scores: Array) -> list[ValueAnswer]:
        half = self.half_width
        return [{"prediction": v, "low": v - half, "high": v + half} for v in self.calibrated(scores).tolist()]

    def _classes(self, scores: Array) -> list[ClassAnswer]:
        return [self._answer(row) for row in self.calibrated(scores).tolist()]

    @property
    def header(self) -> list[str]:
        """Names of the answer's columns in a file of predictions."""
        if self.task == "regression":
            return ["prediction", "low", "high"]
        return ["prediction", "probability", *(f"p_{c}" for c in self.classes)]

    def table(self, scores: Array) -> list[list[object]]:
        """One row of cells for each row of scores, as `header` names them."""
        if self.task == "regression":
            return [[a["prediction"], a["low"], a["high"]] for a in self._values(scores)]
        return [[a["prediction"], a["probability"], *a["probabilities"].values()] for a in self._classes(scores)]


def class_of(outcome: object, classes: Sequence[str]) -> str | None:
    """The class an outcome names: by its canonical text, else without case and spaces where that is one class alone."""
    text = level(outcome)
    if text is None:
        return None
    return {level(c): c for c in classes}.get(text) or unambiguous(classes).get(folded(text))

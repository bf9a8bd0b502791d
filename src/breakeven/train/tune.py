"""A small search for the winner's settings (Optuna's TPE), resumable through its journal file.

Trials come in batches of four whatever the number of cores, each batch with its own seed and told only when whole; a
batch that was cut is drawn again: so the same brief finds the same settings however often it was interrupted.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BATCH = 4
Evaluate = Callable[[Sequence[Mapping[str, Any]]], Iterable[float | None]]


@dataclass(frozen=True)
class Found:
    """The best settings, their score (higher is better), and how many trials there were."""

    settings: Mapping[str, Any]
    score: float
    trials: int


def search(space: Callable[[Any], Mapping[str, Any]], evaluate: Evaluate, journal: Path, trials: int, seed: int,
           seconds_left: Callable[[], float], longest: float = 0.0) -> Found | None:  # fmt: skip
    """Search a space. `longest` is what a batch is expected to take (seconds).

    `evaluate` takes the settings of a batch and gives a score for each, None where it failed.

    Returns None when no trial gave a score or there is no time for any.
    """
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    journal.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        storage = JournalStorage(JournalFileBackend(str(journal)))
        study = optuna.create_study(study_name="tune", storage=storage, direction="maximize", load_if_exists=True)
        _forget_unfinished(study)
        while (done := len(_finished(study))) < trials and seconds_left() > longest:
            left = seconds_left()
            study.sampler = optuna.samplers.TPESampler(seed=seed * 1000 + done, n_startup_trials=BATCH * 2)
            batch = [study.ask() for _ in range(min(BATCH, trials - done))]
            drawn = [dict(space(trial)) for trial in batch]
            for trial, settings in zip(batch, drawn, strict=True):
                trial.set_user_attr("settings", settings)
            for trial, score in zip(batch, list(evaluate(drawn)), strict=True):
                study.tell(trial, score, state=None if score is not None else optuna.trial.TrialState.FAIL)
            longest = max(longest, left - seconds_left())
            if len(_finished(study)) == done:
                break
        finished = _finished(study)
    if not finished:
        return None
    best = max(finished, key=lambda t: (t.value, -t.number))
    return Found(best.user_attrs["settings"], float(best.value), len(finished))


def _finished(study: Any) -> list[Any]:
    return [t for t in study.get_trials(deepcopy=False) if t.state.name == "COMPLETE"]


def _forget_unfinished(study: Any) -> None:
    import optuna

    for trial in study.get_trials(deepcopy=False):
        if trial.state.name == "RUNNING":
            study.tell(trial.number, state=optuna.trial.TrialState.FAIL)

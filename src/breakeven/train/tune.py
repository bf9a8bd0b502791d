"""A small search for the winner's settings (Optuna's TPE), resumable through its journal file.

Trials come in batches of four whatever the number of cores, each batch with its own seed, and unfinished trials are
forgotten on resumption: so the same brief finds the same settings however often it was interrupted.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BATCH = 4
Evaluate = Callable[[Sequence[tuple[int, Mapping[str, Any]]]], Iterator[tuple[int, float | None]]]


@dataclass(frozen=True)
class Found:
    """The best settings, their score (higher is better) and trial number, and how many trials there were."""

    settings: Mapping[str, Any]
    score: float
    number: int
    trials: int


def search(space: Callable[[Any], Mapping[str, Any]], evaluate: Evaluate, journal: Path, trials: int, seed: int,
           seconds_left: Callable[[], float]) -> Found | None:  # fmt: skip
    """Search a space. `evaluate` takes (trial number, settings) pairs and yields (trial number, score or None).

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
        longest = 0.0
        while (done := len(_finished(study))) < trials and seconds_left() > longest:
            left = seconds_left()
            study.sampler = optuna.samplers.TPESampler(seed=seed * 1000 + done, n_startup_trials=BATCH * 2)
            batch = [study.ask() for _ in range(min(BATCH, trials - done))]
            drawn = {t.number: (t, dict(space(t))) for t in batch}
            for trial, settings in drawn.values():
                trial.set_user_attr("settings", settings)
            for number, score in evaluate([(n, s) for n, (_, s) in drawn.items()]):
                trial = drawn[number][0]
                if score is None:
                    study.tell(trial, state=optuna.trial.TrialState.FAIL)
                else:
                    study.tell(trial, score)
            longest = max(longest, left - seconds_left())
            if len(_finished(study)) == done:
                break
        finished = _finished(study)
    if not finished:
        return None
    best = max(finished, key=lambda t: (t.value, -t.number))
    return Found(best.user_attrs["settings"], float(best.value), int(best.number), len(finished))


def _finished(study: Any) -> list[Any]:
    return [t for t in study.get_trials(deepcopy=False) if t.state.name == "COMPLETE"]


def _forget_unfinished(study: Any) -> None:
    import optuna

    for trial in study.get_trials(deepcopy=False):
        if trial.state.name == "RUNNING":
            study.tell(trial.number, state=optuna.trial.TrialState.FAIL)

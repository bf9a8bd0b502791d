"""Search for the best settings of a candidate: Optuna's TPE with successive halving, resumable through its journal file.

Trials come in batches of eight whatever the number of cores, each batch with its own seed. All trials are fitted on a share of the
rows; trials in the best third of all scores so far are fitted on all rows too (Jamieson and Talwalkar 2016; Li et al. 2020 on
asynchronous halving). A batch is recorded when complete and drawn again after an interruption, so a brief always finds the same
settings.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from breakeven.core.private import private_folder
from breakeven.models.settings import Settings, Space

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial

#: Trials of a batch.
BATCH = 8
#: One in this many trials goes on to all rows, and one in this many rows is used in the first stage.
HALVING = 3
#: How many times longer than expected from the defaults the first batch may take: settings with more trees or wider layers.
SLOWER = 2.0
#: Trials from which importances are computed.
TELLING = 8
#: Settings of trials, and whether on all rows; a score for each (higher is better), None where it failed.
Evaluate = Callable[[Sequence[Settings], bool], Iterable[float | None]]


@dataclass(frozen=True)
class Found:
    """Result of a search: the best settings and their score (higher is better), the number of trials, the number fitted on all
    rows (`completed`, with their settings `tried`), and the share of each setting in the variance of the first scores (None with
    too few trials).
    """

    settings: Settings
    score: float
    trials: int
    completed: int = 0
    importances: Mapping[str, float] | None = None
    tried: tuple[Settings, ...] = ()


def search(
    space: Space,
    evaluate: Evaluate,
    journal: Path,
    trials: int,
    seed: int,
    seconds_left: Callable[[], float],
    longest: float = 0.0,
    halving: bool = True,
) -> Found | None:
    """Search a space. `longest` is what a batch of the defaults would take (seconds); without `halving` all trials see all rows.

    Returns None when no trial gave a score or there is no time for any.
    """
    import optuna

    longest *= SLOWER
    with _study(journal) as study:
        _forget_unfinished(study)
        while (done := len(_scored(study))) < trials and seconds_left() > longest:
            left = seconds_left()
            study.sampler = optuna.samplers.TPESampler(seed=(seed * 1000 + done) % 2**32, n_startup_trials=BATCH)
            batch = [study.ask() for _ in range(min(BATCH, trials - done))]
            drawn = [dict(space(trial)) for trial in batch]
            for trial, settings in zip(batch, drawn, strict=True):
                trial.set_user_attr("settings", settings)
            _judge(study, batch, drawn, evaluate, halving)
            longest = max(longest if done else 0.0, left - seconds_left())
            if len(_scored(study)) == done:
                break
        scored = _scored(study)
    completed = [(float(t.value), t) for t in scored if t.state.name == "COMPLETE" and t.value is not None]
    if not completed:
        return None
    value, best = max(completed, key=lambda pair: (pair[0], -pair[1].number))
    tried = tuple(dict(trial.user_attrs["settings"]) for _, trial in completed)
    return Found(best.user_attrs["settings"], value, len(scored), len(completed), _importances(scored, seed), tried)


def _judge(study: Study, batch: Sequence[Trial], drawn: Sequence[Settings], evaluate: Evaluate, halving: bool) -> None:
    """Score a batch on a share of the rows, then its best trials on all rows.

    Recorded at the end only, so that an interrupted batch leaves no trace.
    """
    from optuna.trial import TrialState

    firsts = list(evaluate(drawn, False)) if halving else [0.0] * len(batch)
    going = [i for i, score in enumerate(firsts) if score is not None]
    if halving:
        seen = [_first_score(t) for t in _scored(study)] + [score for score in firsts if score is not None]
        least = sorted(seen, reverse=True)[max(1, len(seen) // HALVING) - 1] if seen else 0.0
        going = [i for i in going if (firsts[i] or 0.0) >= least]
    finals = dict(zip(going, evaluate([drawn[i] for i in going], True), strict=True)) if going else {}
    for i, (trial, first) in enumerate(zip(batch, firsts, strict=True)):
        if halving and first is not None:
            trial.report(first, step=1)
        final = finals.get(i)
        if final is not None:
            study.tell(trial, final)
        else:
            study.tell(trial, state=TrialState.FAIL if first is None or i in finals else TrialState.PRUNED)


@contextmanager
def _study(journal: Path) -> Iterator[Study]:
    """The study in the journal, with Optuna's messages off."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    private_folder(journal.parent)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield optuna.create_study(
            study_name="tune",
            storage=JournalStorage(JournalFileBackend(str(journal))),
            direction="maximize",
            load_if_exists=True,
        )


def _scored(study: Study) -> list[FrozenTrial]:
    """Trials with a score, on all rows or on a share of them."""
    return [t for t in study.get_trials(deepcopy=False) if t.state.name in ("COMPLETE", "PRUNED")]


def _first_score(trial: FrozenTrial) -> float:
    """The score on a share of the rows; without halving the only one."""
    score = trial.intermediate_values.get(1, trial.value)
    assert score is not None
    return score


def _importances(scored: Sequence[FrozenTrial], seed: int) -> dict[str, float] | None:
    """Each setting's share in the variance of the first look's scores, the same rows for all (fANOVA, Hutter et al. 2014)."""
    import optuna
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    looked = [(t, _first_score(t)) for t in scored]
    if len(looked) < TELLING or len({score for _, score in looked}) < 2:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = optuna.create_study(direction="maximize")
        study.add_trials(
            [optuna.trial.create_trial(params=t.params, distributions=t.distributions, value=v) for t, v in looked]
        )
        found = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=seed))
    return {name: round(float(share), 4) for name, share in found.items()}


def _forget_unfinished(study: Study) -> None:
    import optuna

    for trial in study.get_trials(deepcopy=False):
        if trial.state.name == "RUNNING":
            study.tell(trial.number, state=optuna.trial.TrialState.FAIL)

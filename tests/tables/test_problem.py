"""A prediction problem's last fit: on all open rows, or on as many as the minutes leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from breakeven.core import store
from breakeven.core.errors import InputError
from breakeven.gate import finalists, race
from breakeven.gate.fit_runner import FitRunner
from breakeven.gate.problem import Packaged
from breakeven.gate.results import Job
from breakeven.models.training import loop, step_budget
from breakeven.models.user.own import Own
from breakeven.scale.executor import Workers
from breakeven.scenarios.registry import load_brief
from breakeven.tables import problem as tables
from breakeven.tables.fitter import open_rows


def test_the_last_fit_takes_fewer_rows_where_it_is_told_to(folder: Callable[..., Path]) -> None:
    brief = load_brief(folder())
    work = brief.folder / "work"
    found = tables.make_fitter(brief, tables.collect(brief), work)
    _, y, folds = open_rows(work)
    assert found.final("linear", {}).rows == len(y)
    assert found.final("linear", {}, len(y) + 1).rows == len(y)
    few = found.final("linear", {}, 50)
    assert few.rows == 50
    assert set(np.unique(y[folds[0].train[:50]])) == set(np.unique(y))  # a fair draw holds every class


def test_a_fit_that_is_judged_by_held_rows_has_not_seen_them(folder: Callable[..., Path]) -> None:
    brief = load_brief(folder())
    found = tables.make_fitter(brief, tables.collect(brief), brief.folder / "work")
    _, y, folds = open_rows(brief.folder / "work")
    judged = folds[0].validation
    held = found.final("linear", {}, holdout=True)
    assert held.rows == len(y) - len(judged)
    assert held.prediction is not None and held.prediction.shape == (len(judged), len(found.classes))
    assert found.final("linear", {}).prediction is None
    assert not {*folds[0].train, *folds[0].spare} & set(judged)


def test_rows_that_neither_race_nor_judge_are_learned_from_at_the_end(folder: Callable[..., Path]) -> None:
    brief = load_brief(folder())
    collected = tables.collect(brief)
    first = collected.rows.folds[0]
    half = replace(first, validation=first.validation[::2], spare=first.validation[1::2])
    rows = replace(collected.rows, folds=(half, *collected.rows.folds[1:]))
    found = tables.make_fitter(brief, replace(collected, rows=rows), brief.folder / "work")
    assert found.final("linear", {}, holdout=True).rows == len(rows.open_rows) - len(half.validation)


@pytest.mark.slow
def test_a_nets_allowance_reaches_its_fit_in_the_race_and_at_the_end(folder: Callable[..., Path]) -> None:
    brief = load_brief(folder())
    found = tables.make_fitter(brief, tables.collect(brief), brief.folder / "work")
    assert "mlp" in found.race().paced and "linear" not in found.race().paced
    rows = len(open_rows(brief.folder / "work")[2][0].train)
    assert found.fit(Job("mlp", rows, 0), {}).share == 1
    assert found.fit(Job("mlp", rows, 0, allowed=0.0), {}).share < 0.1
    assert found.fit(Job("mlp", rows, 0, plan=0.5), {}).share == pytest.approx(0.5, abs=0.05)
    assert found.final("mlp", {}, allowed=0.0).share < 0.1
    assert found.final("mlp", {}, plan=0.25).share == pytest.approx(0.25, abs=0.05)
    assert found.fit(Job("linear", rows, 0, allowed=0.0), {}).share == 1


class Hidden(DummyClassifier):
    """An estimator of one's own with a net inside that was cut short."""

    def fit(self, X, y):
        step_budget.made(0.3)
        return super().fit(X, y)


def test_a_net_inside_an_estimator_of_ones_own_is_counted_as_well(folder: Callable[..., Path]) -> None:
    brief = load_brief(folder())
    own = {"hidden": Own("large", Hidden())}
    found = tables.make_fitter(brief, tables.collect(brief), brief.folder / "work", own, ["baseline"])
    measured = found.fit(Job("hidden", 60, 0), {})
    assert measured.error is None and measured.share == 0.3


def test_the_ledger_keeps_how_much_of_its_steps_a_net_made(folder: Callable[..., Path]) -> None:
    brief = load_brief(folder())
    work = brief.folder / "work"
    collected = tables.collect(brief)
    problem = tables.make_fitter(brief, collected, work)
    runner = FitRunner(problem, Workers(1), store.Ledger(work / "fits"))
    job = Job("mlp", 60, 0, allowed=0.0)
    first = dict(runner.run([job]))[job]
    again = dict(runner.run([job]))[job]
    assert first.share == again.share < 1
    planned = Job("mlp", 60, 0, plan=0.5)
    assert dict(runner.run([planned]))[planned].plan == 0.5 and first.plan == 1.0


@pytest.mark.slow
def test_finalists_judged_by_held_rows_are_one_more_size_of_the_race(folder: Callable[..., Path]) -> None:
    brief = load_brief(folder())
    work = brief.folder / "work"
    problem = tables.make_fitter(brief, tables.collect(brief), work, names=["baseline", "linear", "mlp"])
    board = race.measure(problem.race(), lambda jobs: ((j, problem.fit(j, {})) for j in jobs), lambda: 1e9)
    last = board.sizes[-1]
    size = board.race.rows - len(board.race.folds[0].validation)
    assert size == last  # small tables race on all of those rows
    board.sizes.pop()
    made = problem.final("linear", {}, holdout=True)
    finalists.record_holdout(board, "linear", Packaged(1.0, made.rows, prediction=made.prediction))
    assert board.sizes[-1] == size and board.beyond == [size]
    assert board.last_size("linear") == board.last_size("baseline") == size
    assert board.raced_size("linear") == board.sizes[-2]
    assert board.point("linear", size) is not None
    finalists.record_holdout(board, "mlp", Packaged(1.0, board.sizes[0], prediction=made.prediction))
    assert board.beyond == [size]  # fitted on fewer rows than it was raced with: no new size


@pytest.mark.slow
def test_a_last_fit_that_was_killed_goes_on(folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    brief = load_brief(folder())
    found = tables.make_fitter(brief, tables.collect(brief), brief.folder / "work")
    monkeypatch.setattr(loop, "SAVED_EVERY", 0.0)
    epoch, made = loop.Run.epoch, list[int]()

    def counted(self: loop.Run) -> None:
        if len(made) == 4:
            made.append(0)
            raise KeyboardInterrupt
        made.append(1)
        epoch(self)

    monkeypatch.setattr(loop.Run, "epoch", counted)
    whole = 24  # a perceptron's epochs
    with pytest.raises(KeyboardInterrupt):
        found.final("mlp", {})
    assert len(list((brief.folder / "work" / "states").rglob("0.npz"))) == 1
    again = found.final("mlp", {})
    assert len(made) == 1 + whole  # four before, the rest after, the kill itself
    assert not list((brief.folder / "work" / "states").rglob("*.npz"))
    made.clear()
    monkeypatch.setattr(loop.Run, "epoch", epoch)
    assert found.final("mlp", {}).drawn.graph == again.drawn.graph


def flags(share: float, yes: str = "yes", rows: int = 400) -> str:
    """A table whose target says `yes` in a share of its rows."""
    rng = np.random.default_rng(0)
    said = [yes if i < share * rows else "no" for i in range(rows)]
    return "x,left\n" + "".join(
        f"{v:.4f},{said[i]}\n" for i, v in zip(rng.permutation(rows), rng.normal(size=rows), strict=True)
    )


@pytest.mark.parametrize(
    ("share", "yes", "metric"),
    [
        (0.05, "yes", "average_precision"),
        (0.05, "fraud", "roc_auc"),
        (0.4, "yes", "accuracy"),
        (0.95, "yes", "roc_auc"),
    ],
)
def test_a_rare_yes_is_not_judged_by_accuracy_unless_the_brief_says_so(
    folder, share: float, yes: str, metric: str
) -> None:
    place = folder(flags(share, yes))
    collected = tables.collect(load_brief(place))
    assert tables.metric_of(load_brief(place), collected.rows) == metric
    said = [f for f in collected.findings if f.kind == "metric"]
    assert len(said) == (metric != "accuracy")
    if said:
        rare = "no" if share > 0.5 else yes
        assert said[0].what.startswith(f"{rare} is 5.0% of the rows") and metric in said[0].done
    wanted = load_brief(folder(flags(share, yes), metric="accuracy"))
    again = tables.collect(wanted)
    assert tables.metric_of(wanted, again.rows) == "accuracy" and not any(f.kind == "metric" for f in again.findings)


def test_the_brief_may_name_the_candidates(folder: Callable[..., Path]) -> None:
    brief = load_brief(folder(predict={"candidates": ["linear", "tabm", "linear"]}))
    work = brief.folder / "work"
    assert list(tables.make_fitter(brief, tables.collect(brief), work).candidates) == ["baseline", "linear", "tabm"]
    plain = load_brief(folder())
    assert "tabm" not in tables.make_fitter(plain, tables.collect(plain), work).candidates


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ("linear", "expected a list"),
        ([], "expected a list"),
        (["lineer"], "unknown candidate 'lineer'"),
        ([3], "candidate 3"),
    ],
)
def test_candidates_that_cannot_be_are_refused(folder: Callable[..., Path], given: object, what: str) -> None:
    brief = load_brief(folder(predict={"candidates": given}))
    with pytest.raises(InputError, match=what):
        tables.make_fitter(brief, tables.collect(brief), brief.folder / "work")

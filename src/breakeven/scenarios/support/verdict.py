"""Support's verdict: the cascade on the sealed questions, which are opened once, after it was fixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import structs

from breakeven import metrics
from breakeven.core.personal_data import mask
from breakeven.core.types import Array, Finding, Interval
from breakeven.core.verdict import Verdict
from breakeven.core.verdict_everyday import Automation
from breakeven.gate.selection import Selection
from breakeven.scenarios.support import cascade, certification, desk_plan
from breakeven.scenarios.support.certification import Promise
from breakeven.scenarios.support.collected import Collected
from breakeven.scenarios.support.desk_plan import Measured
from breakeven.scenarios.support.hosted_promise import Hosting, SealedAnswers
from breakeven.scenarios.support.hosted_question import STAGE
from breakeven.scenarios.support.label_value import label_value
from breakeven.scenarios.support.rerank_promise import Reranking
from breakeven.scenarios.support.reranker import STAGE as RERANKER
from breakeven.scenarios.support.verdict_section import (
    BudgetPoint,
    DeskPart,
    LanguageLine,
    Mistake,
    OutOfScope,
    Stage,
    SupportSection,
    TopicLine,
    least_to_person,
)
from breakeven.tables import verdict as table_verdict
from breakeven.tables.teaching import TeacherPart
from breakeven.tables.verdict import Described, Opened

#: So many times the questions at hand are not asked for: better models are needed, not more of the same.
MOST_NEEDED = 20
#: Wrong answers that are shown, the surest first, and characters of each.
MISTAKES, CHARACTERS = 12, 300


@dataclass(frozen=True)
class Answered:
    """Sealed questions as the cascade takes them.

    Attributes
    ----------
    stage: which stage answers each (n,); -1: a person.
    topic: what is answered, or would be (n,).
    confidence: how sure (n,).
    truth: class numbers (n,).
    units: unit ids (n,).
    """

    stage: Array
    topic: Array
    confidence: Array
    truth: Array
    units: Array

    @property
    def answered(self) -> Array:
        """Whether each is answered without a person (n,)."""
        return np.asarray(self.stage >= 0)

    @property
    def wrong(self) -> Array:
        """Whether each is answered wrongly (n,)."""
        return np.asarray(self.answered & (self.topic != self.truth))


def verdict(
    selection: Selection,
    collected: Collected,
    opened: Opened,
    findings: Sequence[Finding],
    promised: Promise | None,
    hosted: SealedAnswers | None = None,
) -> Verdict:
    """The verdict with support's own part. `findings`: what the sealed questions gave to say; `hosted`: what stands behind the own stages says."""

    def describe(taught: TeacherPart | None) -> Described:
        winner = selection.winner
        score = None if winner is None else opened.score(winner.twin)[0].interval
        own = section(selection, collected, opened, promised, hosted)
        return Described(own, score, automation=_automation(own, promised))

    said = (*collected.material.findings, *collected.noticed, *findings)
    return table_verdict.verdict(selection, collected.table, opened, said, describe)


def section(
    selection: Selection,
    collected: Collected,
    opened: Opened,
    promised: Promise | None,
    hosted: SealedAnswers | None = None,
) -> SupportSection:
    """Support's part; without a promise nothing is answered."""
    settings, nothing = collected.settings, Interval(0.0, 0.0, 0.0)
    if promised is None:
        base = 1.0 - metrics.score("accuracy", opened.y, opened.baseline)
        return SupportSection(
            budget=settings.error_budget,
            sure=settings.sure,
            certified=False,
            automation=nothing,
            base_error=base,
            least_to_person=least_to_person(base, settings.error_budget),
        )
    found, scope, certified = _answered(collected, opened, promised, hosted), collected.scope, promised.certified
    inside = np.ones(len(found.truth), dtype=bool) if scope is None else found.truth != scope
    own = SupportSection(
        budget=settings.error_budget,
        sure=settings.sure,
        certified=promised.is_certified,
        automation=_share(found.answered, found.units),
        error_answered=_among(found.wrong, found.answered, found.units),
        upper=promised.upper if promised.is_certified else None,
        base_error=promised.base_error,
        least_to_person=least_to_person(promised.base_error, settings.error_budget),
        needed=certified.needed if (certified.needed or 0) <= MOST_NEEDED * promised.questions else None,
        stages=_stages(found, promised),
        curve=tuple(
            BudgetPoint(
                budget=point.budget,
                automation=float(sum(point.certified.stages)),
                upper=point.certified.upper if point.certified.thresholds is not None else None,
            )
            for point in promised.curve
        ),
        topics=_topics(found, collected.table.rows.classes, scope),
        languages=_languages(found, collected, promised),
        out_of_scope=_out_of_scope(found, scope),
        scope_auroc=_scope_auroc(found, inside),
        mistakes=_mistakes(found, collected, opened),
        label_value=label_value(selection, promised.models[-1].candidate, scope),
    )
    return structs.replace(own, desk=_desk(own, collected)) if own.certified else own


def _automation(own: SupportSection, promised: Promise | None) -> Automation | None:
    """What the verdict's first sentence says; nothing where no model is offered."""
    if promised is None:
        return None
    share = own.automation.value or 0.0
    return Automation(share=share, budget=own.budget, sure=own.sure, certified=own.certified, needed=own.needed)


def _answered(collected: Collected, opened: Opened, promised: Promise, hosted: SealedAnswers | None) -> Answered:
    own = [opened.answers(model.folder) for model in promised.models]
    topics, confidence = cascade.stages(own, collected.answerable)
    stage = certification.stages_of(promised, confidence, collected.languages[collected.table.rows.test_rows])
    last = np.where(stage < 0, len(own) - 1, stage)[:, None]
    topic = np.take_along_axis(topics, last, axis=1)[:, 0]
    if hosted is not None:  # questions that it was not asked about count as a person's
        answers = (stage < 0) & (hosted.topics >= 0)
        stage, topic = np.where(answers, len(own), stage), np.where(answers, hosted.topics, topic)
    return Answered(
        stage,
        topic,
        np.take_along_axis(confidence, last, axis=1)[:, 0],
        opened.y,
        opened.units,
    )


def _stages(found: Answered, promised: Promise) -> tuple[Stage, ...]:
    lines = []
    for s, (model, threshold) in enumerate(zip(promised.models, promised.thresholds, strict=True)):
        at_stage = found.stage == s
        lines.append(
            Stage(
                name=model.candidate,
                candidate=model.candidate,
                route=model.route,
                threshold=threshold,
                share=float(at_stage.mean()),
                wrong=_among(found.wrong & at_stage, at_stage, found.units),
                ms=model.ms,
                usd_per_1000=model.usd_per_1000,
            )
        )
    if promised.reranking is not None and promised.reranking.gate() is not None:
        lines.append(_reranker(found, promised.reranking, len(promised.models)))
    if promised.hosted is not None and promised.hosted.asked:
        lines.append(_hosted(found, promised.hosted, len(promised.models)))
    return (*lines, Stage(name="person", route="person", share=float((found.stage < 0).mean())))


def _hosted(found: Answered, tried: Hosting, s: int) -> Stage:
    """The hosted model behind the own stages; where it may not answer, what it would cost."""
    at_stage = found.stage == s
    return Stage(
        name=STAGE,
        candidate=tried.hosted.model,
        route="hosted",
        share=float(at_stage.mean()),
        wrong=_among(found.wrong & at_stage, at_stage, found.units),
        ms=tried.ms,
        usd_per_1000=tried.usd_per_1000,
    )


def _reranker(found: Answered, tried: Reranking, s: int) -> Stage:
    """The cross-encoder behind the own stages; one that only orders the guesses answers nothing."""
    at_stage = (found.stage == s) & tried.may_answer
    return Stage(
        name=RERANKER,
        route="large",
        threshold=tried.threshold,
        share=float(at_stage.mean()),
        wrong=_among(found.wrong & at_stage, at_stage, found.units),
        ms=tried.ms,
        usd_per_1000=tried.usd_per_1000,
    )


def _topics(found: Answered, classes: Sequence[str], scope: int | None) -> tuple[TopicLine, ...]:
    lines = []
    for k, name in enumerate(classes):
        of_topic = found.truth == k
        if k == scope or not of_topic.any():
            continue
        said = Counter(found.topic[of_topic & (found.topic != k)].tolist()).most_common(1)
        lines.append(
            TopicLine(
                topic=name,
                questions=int(of_topic.sum()),
                accuracy=_share(found.topic[of_topic] == k, found.units[of_topic]),
                automation=float(found.answered[of_topic].mean()),
                wrong=int(found.wrong[of_topic].sum()),
                confused_with=classes[said[0][0]] if said else None,
                confusions=said[0][1] if said else 0,
            )
        )
    return tuple(lines)


def _languages(found: Answered, collected: Collected, promised: Promise) -> tuple[LanguageLine, ...]:
    spoken = collected.languages[collected.table.rows.test_rows]
    lines = []
    for code, _ in Counter(spoken.tolist()).most_common():
        in_language = spoken == code
        lines.append(
            LanguageLine(
                language=code,
                questions=int(in_language.sum()),
                automation=_share(found.answered[in_language], found.units[in_language]),
                error_answered=_among(found.wrong[in_language], found.answered[in_language], found.units[in_language]),
                certified=any(t is not None for t in promised.thresholds_of(code)) and code in promised.by_language,
            )
        )
    return tuple(lines)


def _out_of_scope(found: Answered, scope: int | None) -> OutOfScope | None:
    out_of_scope = found.truth == (-1 if scope is None else scope)
    if not out_of_scope.any():
        return None
    return OutOfScope(
        count=int(out_of_scope.sum()), refused=_share(~found.answered[out_of_scope], found.units[out_of_scope])
    )


def _scope_auroc(found: Answered, inside: Array) -> Interval | None:
    """How well confidence tells questions of a topic from others; None without any of one kind."""
    if inside.all() or not inside.any():
        return None
    return metrics.interval(
        "roc_auc", inside.astype(int), np.stack([1 - found.confidence, found.confidence], axis=1), found.units
    )


def _desk(own: SupportSection, collected: Collected) -> DeskPart:
    """The desk as the declared baseline has it, with the share of questions that was measured."""
    usd, left = 0.0, 1.0
    for stage in own.stages:
        usd, left = usd + left * (stage.usd_per_1000 or 0.0) / 1000, left - stage.share
    settings = collected.settings
    measured = Measured(own.automation, usd_per_message=usd)
    return desk_plan.plan(settings.human, measured, settings.declared, collected.need.seed)


def _mistakes(found: Answered, collected: Collected, opened: Opened) -> tuple[Mistake, ...]:
    rows, media = collected.table.rows, opened.fitter.media()
    assert media is not None, "questions are texts"
    surest = np.flatnonzero(found.topic != found.truth)
    surest = surest[np.argsort(-found.confidence[surest], kind="stable")][:MISTAKES]
    texts = media.texts(rows.layout.texts[0], opened.X[surest, rows.layout.place(rows.layout.texts[0])])
    return tuple(
        Mistake(
            text=mask(text)[:CHARACTERS],
            said=rows.classes[found.topic[i]],
            truth=None if found.truth[i] == collected.scope else rows.classes[found.truth[i]],
            confidence=float(found.confidence[i]),
        )
        for i, text in zip(surest.tolist(), texts, strict=True)
    )


def _share(hits: Array, units: Array) -> Interval:
    """A share with its 90 % interval over units."""
    share = metrics.UnitLosses.mean(hits, units)
    low, high = metrics.wilson(share.value, metrics.effective_rows(share))
    return Interval(share.value, low, high)


def _among(hits: Array, among: Array, units: Array) -> Interval | None:
    """The share of some questions; None where there are none."""
    return _share(hits[among], units[among]) if among.any() else None

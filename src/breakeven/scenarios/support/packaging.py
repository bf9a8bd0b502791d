"""The product of a support desk: the promise, the answer book and the stages' models in one folder."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from breakeven.core import store
from breakeven.core.types import Need
from breakeven.scenarios.support import product
from breakeven.scenarios.support.certification import Promise
from breakeven.scenarios.support.collected import Collected
from breakeven.scenarios.support.product import About, Gate

#: Questions that the page offers to try, and their longest.
EXAMPLES, EXAMPLE_CHARACTERS = 6, 120


def publish(folder: Path, collected: Collected, promised: Promise, places: Sequence[Path]) -> Path:
    """Write the product to `folder` from the finished folders of its stages' models."""
    made, behind = about(collected.need, collected, promised), promised.reranking
    reranking = behind.folder if behind is not None and made.reranker is not None else None
    return product.publish(folder, made, collected.material.book, places, reranking)


def about(brief: Need, collected: Collected, promised: Promise) -> About:
    """product.json of a promise."""
    gates = [
        Gate(f"s{i}", model.candidate, model.route, threshold, model.ms)
        for i, (model, threshold) in enumerate(zip(promised.models, promised.thresholds, strict=True))
    ]
    spoken = Counter(question.language for question in collected.material.labelled)
    return About(
        name=brief.name,
        scenario=brief.scenario,
        classes=collected.table.rows.classes,
        gates=tuple(gates),
        budget=collected.settings.error_budget,
        sure=collected.settings.sure,
        certified=promised.is_certified,
        clarify_from=promised.clarify_from,
        scope=collected.material.scope,
        known_languages=tuple(code for code, _ in spoken.most_common()),
        examples=_examples(collected),
        by_language={code: promised.thresholds_of(code) for code in promised.by_language},
        encoding=brief.encoding,
        hosted=promised.hosted.gate() if promised.hosted is not None else None,
        reranker=promised.reranking.gate() if promised.reranking is not None else None,
        human=collected.settings.human,
        declared=collected.settings.declared,
    )


def copy_aside(source: Path, target: Path) -> Path:
    """A finished product folder copied out of the way of what will be written in its place."""
    if not (target / store.MANIFEST).is_file():
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        store.copy_folder(source, target)
    return target


def _examples(collected: Collected) -> tuple[str, ...]:
    """A short question of each of the topics that are asked about most, where they have an answer."""
    material = collected.material
    asked = Counter(question.topic for question in material.labelled)
    found = []
    for topic, _ in asked.most_common():
        written = material.book.topics.get(topic or "")
        if written is None or not written.answerable:
            continue
        texts = [q.text for q in material.labelled if q.topic == topic and len(q.text) <= EXAMPLE_CHARACTERS]
        found += sorted(texts, key=len)[len(texts) // 2 :][:1]
        if len(found) == EXAMPLES:
            break
    return tuple(found)

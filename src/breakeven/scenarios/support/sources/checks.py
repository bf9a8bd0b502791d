"""What a person should know about questions and answers: topics that lack one or the other, and topics that cannot be told apart."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from breakeven.core.errors import nearest
from breakeven.core.types import Finding
from breakeven.core.wording import counted
from breakeven.features.text import normal
from breakeven.scenarios.support.answer_book import AnswerBook, Texts
from breakeven.scenarios.support.material import Question

#: Share of the smaller topic's questions that two topics have in common, and likeness of their words, from which they are called the same.
SHARED, ALIKE = 0.5, 0.9
#: Names that a finding lists, and the most topics whose words are compared with each other.
NAMED, MOST = 8, 2_000
#: Length of a topic's vector of hashed character trigrams.
WIDTH = 4_096
_VARIABLE = re.compile(r"\{([A-Za-z_]\w*)\}")


def findings(questions: Sequence[Question], book: AnswerBook, scope: str | None) -> tuple[Finding, ...]:
    """All of them."""
    labelled = [q for q in questions if q.topic is not None]
    asked = {q.topic for q in labelled if q.topic is not None and q.topic != scope}
    return (
        *_unanswered(asked, book),
        *_unasked(asked, book),
        *_missing_languages(book),
        *_conflicts(labelled),
        *_alike(labelled, scope),
    )


def variables_in(texts: Iterable[Texts]) -> set[str]:
    """Names that stand in braces in any language.

    >>> variables_in([{"en": "from {opens} to {closes}"}]) == {"opens", "closes"}
    True
    """
    return {name for text in texts for one in text.values() for name in _VARIABLE.findall(one)}


def _named(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:NAMED])) + (f" and {len(names) - NAMED:,} more" if len(names) > NAMED else "")


def _unanswered(asked: set[str], book: AnswerBook) -> list[Finding]:
    without = sorted(
        t for t in asked if t not in book.topics or (book.topics[t].answer is None and not book.topics[t].hand_over)
    )
    if not without:
        return []
    what = f"{len(without):,} of {len(asked):,} topics have no answer: {_named(without)}"
    return [
        Finding(
            "topics without an answer",
            what,
            "a person answers them; write answers to automate them",
            None,
            len(without),
            (),
            "warning",
        )
    ]


def _unasked(asked: set[str], book: AnswerBook) -> list[Finding]:
    without = sorted(name for name, topic in book.topics.items() if topic.answer is not None and name not in asked)
    if not without:
        return []
    meant = [
        f"{name!r} ({hint})" for name in without[:NAMED] if (hint := nearest(name, asked)).startswith("did you mean")
    ]
    what = (
        f"{counted(len(without), 'answer is to a topic', 'answers are to topics')} without a question: {_named(without)}"
        + (f"; {', '.join(meant)}" if meant else "")
    )
    return [
        Finding(
            "answers without a topic",
            what,
            "never given; add questions, or correct the topic's name",
            None,
            len(without),
            (),
            "warning",
        )
    ]


def _missing_languages(book: AnswerBook) -> list[Finding]:
    out = []
    for code in book.languages:
        without = sorted(
            n for n, t in book.topics.items() if t.answerable and t.answer is not None and code not in t.answer.text
        )
        if without:
            what = f"{counted(len(without), 'answer is', 'answers are')} not written in {code}: {_named(without)}"
            out.append(
                Finding(
                    "answers missing in a language",
                    what,
                    "a person answers them there",
                    None,
                    len(without),
                    (),
                    "warning",
                )
            )
    return out


def _conflicts(labelled: Sequence[Question]) -> list[Finding]:
    """Questions that stand under several topics; pairs of topics with most of them."""
    by_text = defaultdict[str, dict[str, Question]](dict)
    for q in labelled:
        by_text[normal(q.text)].setdefault(q.topic or "", q)
    several = {text: topics for text, topics in by_text.items() if len(topics) > 1}
    if not several:
        return []
    pairs = Counter(tuple(sorted(topics)[:2]) for topics in several.values())
    example, topics = next(iter(several.items()))
    most = " and ".join(map(repr, pairs.most_common(1)[0][0]))
    what = f"{len(several):,} questions stand under several topics, such as {example[:60]!r} under {_named(sorted(topics))}; most often {most}"
    lines = tuple(q.line for topics in several.values() for q in topics.values() if q.line is not None)
    return [
        Finding(
            "same question, several topics",
            what,
            "kept under all; decide which topic is meant",
            None,
            len(several),
            lines[:5],
            "warning",
        )
    ]


def _alike(labelled: Sequence[Question], scope: str | None) -> list[Finding]:
    """Pairs of topics that have most questions in common, or nearly the same words."""
    texts = defaultdict[str, set[str]](set)
    for q in labelled:
        if q.topic != scope and q.topic is not None:
            texts[q.topic].add(normal(q.text))
    names = sorted(texts)
    pairs = _same_questions(texts) | _same_names(names)
    if 1 < len(names) <= MOST:
        vectors = np.stack([_vector(texts[name]) for name in names])
        likeness = np.triu(vectors @ vectors.T, 1)
        few = np.array([len(texts[name]) < 3 for name in names])
        likeness[few] = likeness[:, few] = 0  # of one or two questions the words say little
        pairs |= {(names[i], names[j]) for i, j in zip(*np.nonzero(likeness >= ALIKE), strict=True)}
    if not pairs:
        return []
    shown = "; ".join(f"{a!r} and {b!r}" for a, b in sorted(pairs)[:NAMED])
    what = f"{counted(len(pairs), 'pair')} of topics can hardly be told apart: {shown}"
    return [
        Finding(
            "topics alike",
            what,
            "kept apart; join them, or give questions that differ",
            None,
            len(pairs),
            (),
            "warning",
        )
    ]


def _same_questions(texts: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    topics_of = defaultdict[str, list[str]](list)
    for name, held in texts.items():
        for text in held:
            topics_of[text].append(name)
    shared = Counter[tuple[str, str]]()
    for names in topics_of.values():
        ordered = sorted(names)[:10]
        shared.update((a, b) for i, a in enumerate(ordered) for b in ordered[i + 1 :])
    return {(a, b) for (a, b), n in shared.items() if n >= SHARED * min(len(texts[a]), len(texts[b]))}


def _same_names(names: Sequence[str]) -> set[tuple[str, str]]:
    """Names that differ in case and signs alone."""
    by_plain = defaultdict[str, list[str]](list)
    for name in names:
        by_plain["".join(c for c in normal(name) if c.isalnum())].append(name)
    return {(held[0], other) for plain, held in by_plain.items() if plain for other in held[1:]}


def _vector(texts: set[str]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """The mean of a topic's questions as hashed character trigrams, of length one."""
    out = np.zeros(WIDTH, dtype=np.float32)
    for text in sorted(texts)[:200]:
        padded = f" {text} "
        places = [
            (ord(a) * 961 + ord(b) * 31 + ord(c)) % WIDTH
            for a, b, c in zip(padded, padded[1:], padded[2:], strict=False)
        ]
        if places:
            np.add.at(out, places, np.float32(1 / len(places)))
    return out / max(float(np.linalg.norm(out)), 1e-9)

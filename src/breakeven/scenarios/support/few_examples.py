"""Topics with hardly a question, such as those of a FAQ: parts of their answers stand in for questions, so that they can be found.

What customers really ask is another matter: where more than half of all questions are such stand-ins, nothing can be promised from them.

>>> topic = Topic(answer=Answer(text={"en": "We open at nine. On Sundays, we are closed."}))
>>> [q.text for q in stand_ins("hours", topic, [Question("When do you open?", "hours", "en")])][:3]
['We open at nine.', 'On Sundays, we are closed.', 'We open at nine']
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from breakeven.core.types import Finding
from breakeven.core.wording import counted
from breakeven.scenarios.support.answer_book import Answer as Answer
from breakeven.scenarios.support.answer_book import Topic
from breakeven.scenarios.support.material import Material, Question

#: Questions that a topic needs to be learned; see `collect.audit.MIN_CLASS`.
ENOUGH = 5
#: Questions that all topics together need; see `collect.target.MIN_ROWS`.
ENOUGH_IN_ALL = 40
#: Share of stand-ins from which on nothing is promised.
MOST = 0.5
#: Where a sentence ends, and where a clause does.
_ENDS = (re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])|\n+"), re.compile(r"[,;:，；：。！？\n]+|[.!?]\s+"))


def filled_up(material: Material) -> tuple[tuple[Question, ...], int, tuple[Finding, ...]]:
    """The labelled questions with stand-ins for topics that have too few, how many those are, and what is to be said of them."""
    by_topic = defaultdict[str, list[Question]](list)
    for question in material.labelled:
        by_topic[question.topic or ""].append(question)
    few = len(material.labelled) < ENOUGH_IN_ALL
    least = max(ENOUGH, -(-2 * ENOUGH_IN_ALL // max(len(by_topic), 1))) if few else ENOUGH
    added, topics = list[Question](), list[str]()
    for name, questions in by_topic.items():
        topic = material.book.topics.get(name)
        if len(questions) >= least or topic is None or topic.answer is None:
            continue
        added += stand_ins(name, topic, questions)[: least - len(questions)]
        topics.append(name)
    if not topics:
        return material.labelled, 0, ()
    what = f"{counted(len(topics), 'topic has', 'topics have')} fewer than {least} questions ({', '.join(map(repr, topics[:3]))})"
    done = f"their answers stand in for questions (parts: {len(added):,}); collect what customers ask about them"
    return (*material.labelled, *added), len(added), (Finding("few questions", what, done, level="warning"),)


def stand_ins(name: str, topic: Topic, questions: Sequence[Question]) -> list[Question]:
    """Sentences and clauses of a topic's answer in the languages of its questions, then each question before and after each of them."""
    assert topic.answer is not None, "a topic without an answer has no sentences"
    spoken = {question.language for question in questions}
    texts = {code: text for code, text in topic.answer.text.items() if code in spoken} or dict(topic.answer.text)
    parts = [(code, part) for end in _ENDS for code, text in texts.items() for part in _parts(text, end)]
    alone = [Question(text, name, code) for code, text in dict.fromkeys(parts)]
    before = [Question(f"{q.text} {one.text}", name, one.language) for q in questions for one in alone]
    after = [Question(f"{one.text} {q.text}", name, one.language) for q in questions for one in alone]
    return [*alone, *before, *after]


def _parts(text: str, end: re.Pattern[str]) -> list[str]:
    return [part.strip() for part in end.split(text) if len(part.strip()) > 1]

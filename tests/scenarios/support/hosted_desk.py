"""A desk some of whose questions no own model can tell apart, and a hosted model that knows them, or lies."""

from __future__ import annotations

import csv
import itertools
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.scenarios.support import desk_folder

SYLLABLES = ("zor", "qui", "fle", "bam", "dro", "spe", "wug", "kiv")
WORDS = [a + b for a, b in itertools.product(SYLLABLES, SYLLABLES)]
TOPICS = ("lost_card", "opening_hours", "fees", "password")
BRIEF = """
name: desk
scenario: support
data: questions.csv
effort: 1
final: twin
limits: {{minutes: 1}}
support: {{error_budget: 0.1, answers: answers.yaml, out_of_scope: oos, candidates: [linear_svm], reranker: none}}
hosted: {{model: oracle, address: "{address}", usd_per_million_tokens_in: 1, usd_per_million_tokens_out: 2, rows: {rows}, max_usd: {usd}{more}}}
"""


def hard() -> dict[str, str]:
    """Questions of made-up words with their topics, which do not follow from the words."""
    draw = random.Random(5)
    return {" ".join(draw.sample(WORDS, 4)): draw.choice(TOPICS) for _ in range(260)}


def write(folder: Path, address: str, rows: int = 300, usd: float = 1.0, more: str = "") -> Path:
    """The folder of the company, whose customers ask in English."""
    desk_folder.write(folder)
    easy = [(text, topic) for text, topic in desk_folder.rows() if text.isascii()]
    with (folder / "questions.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("question", "topic"), *easy, *hard().items()])
    brief = BRIEF.format(address=address, rows=rows, usd=usd, more=more)
    (folder / "product.yaml").write_text(brief, encoding="utf-8")
    return folder


def message_of(body: dict[str, Any]) -> str:
    """The customer's message that the hosted model was asked about."""
    return str(json.loads(body["messages"][-1]["content"])["message"])


def offered(body: dict[str, Any]) -> dict[str, str]:
    """The answers that it was offered, by topic."""
    listed = json.loads(body["messages"][0]["content"].partition("Topics: ")[2])
    return {one["topic"]: one["answer"] for one in listed}


def says(topic: str, text: str) -> str:
    """A reply."""
    return json.dumps({"topic": topic, "text": text}, ensure_ascii=False)


def oracle(greeting: str = "Hello! ") -> Callable[[dict[str, Any]], str]:
    """A hosted model that knows every question, and words the answer."""
    known = {**dict(desk_folder.rows()), **hard()}

    def answer(body: dict[str, Any]) -> str:
        if not body["messages"][-1]["content"].startswith("{"):
            return "fees"  # the table's baseline asks in its own way
        answers, topic = offered(body), known.get(message_of(body), "none")
        return says(topic, greeting + answers[topic]) if topic in answers else says("none", "")

    return answer


def liar(body: dict[str, Any]) -> str:
    """A hosted model that chooses the last topic, whatever is asked."""
    if not body["messages"][-1]["content"].startswith("{"):
        return "fees"
    answers = offered(body)
    topic = list(answers)[-1]
    return says(topic, answers[topic])

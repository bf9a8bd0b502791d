"""Questions and answers as Botpress 12 exports them: a JSON of entries with questions and answers by language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from breakeven.core.errors import InputError
from breakeven.scenarios.support.answer_book import Answer, Topic
from breakeven.scenarios.support.sources.question_table import code
from breakeven.scenarios.support.sources.source_content import SourceContent, Utterance, left_out, topic_name


def entries(values: object) -> list[Mapping[str, Any]]:
    """The entries of a parsed export; none where it is no such export."""
    if isinstance(values, list) and len(values) == 1:
        values = values[0]
    found = values.get("qnas") if isinstance(values, dict) else values
    if not isinstance(found, list):
        return []
    return [
        one["data"]
        for one in found
        if isinstance(one, dict) and isinstance(one.get("data"), dict) and "questions" in one["data"]
    ]


def read_botpress(found: list[Mapping[str, Any]], where: str) -> SourceContent:
    """A topic for each entry, called like its first question. Raises InputError for an entry that is not as exported."""
    messages, topics = list[Utterance](), dict[str, Topic]()
    off, variants = 0, 0
    for number, entry in enumerate(found, 1):
        try:
            if entry.get("enabled") is False:
                off += 1
                continue
            said = {code(k) or k: [str(q).strip() for q in v if str(q).strip()] for k, v in entry["questions"].items()}
            given = {
                code(k) or k: [str(a).strip() for a in v if str(a).strip()]
                for k, v in (entry.get("answers") or {}).items()
            }
        except (AttributeError, TypeError) as error:
            raise InputError(
                f"{where}, entry {number}", f"not as Botpress exports it ({error})", "export it again"
            ) from None
        first = next((q for texts in said.values() for q in texts), None)
        if first is None:
            off += 1
            continue
        name = topic_name(first)
        messages += [Utterance(q, name, spoken) for spoken, texts in said.items() for q in texts]
        variants += sum(max(len(texts) - 1, 0) for texts in given.values())
        answer = Answer({spoken: texts[0] for spoken, texts in given.items() if texts})
        topics[name] = Topic(
            {spoken: texts[0] for spoken, texts in said.items() if texts}, answer if answer.text else None
        )
    if not messages:
        raise InputError(where, "no entry with a question is switched on", "export the questions and answers again")
    findings = (
        *left_out("Botpress", "entries are switched off or have no question", "left out", off),
        *left_out("Botpress", "further variants of an answer", "the first is given", variants),
    )
    return SourceContent(tuple(messages), topics, None, findings)

"""Rasa projects as they are: `nlu.yml` with its intents, `domain.yml` with its responses, rules that join them; Rasa 1's markdown and JSON.

Intents become topics. Marked entities keep their words: `[tomorrow](date)` is `tomorrow`. The answer to an intent is the response that a
rule, or every story, gives right after it, else the one called `utter_` and the intent's name. Synonyms, regular expressions and
look-up tables teach no topic; they are counted.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from breakeven.core.errors import InputError
from breakeven.core.types import Finding
from breakeven.scenarios.support.answer_book import Topic
from breakeven.scenarios.support.sources.document_files import Documents, parsed
from breakeven.scenarios.support.sources.rasa_responses import answer_of
from breakeven.scenarios.support.sources.source_content import SourceContent, Utterance, left_out

#: Keys of a Rasa file, one of which it has.
KEYS = ("nlu", "responses", "templates", "rules", "stories", "intents")
_ENTITY = re.compile(r"\[([^\[\]]+?)\](?:\([^()]*\)|\{[^{}]*\})")
_HEADING = re.compile(r"^##\s*(intent|synonym|regex|lookup)\s*:\s*(.*?)\s*(?:<!--.*)?$")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_BULLET = re.compile(r"^\s*[-*+](?:\s+|$)(.*)$")


@dataclass
class _Project:
    """What has been read so far."""

    messages: list[Utterance] = field(default_factory=list)
    responses: dict[str, tuple[str, object]] = field(default_factory=dict)
    follow: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    ruled: dict[str, str] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    ignored: int = 0


def is_rasa(text: str) -> bool:
    """Whether a text looks like a file of Rasa: a key of its own at the start of a line, or a heading of an intent."""
    keys = "|".join(("nlu", "responses", "templates", "stories", "rules"))
    return re.search(rf"^(?:{keys}):\s*$|^##\s*intent\s*:|\"rasa_nlu_data\"", text, re.MULTILINE) is not None


def read_rasa(documents: Documents) -> SourceContent:
    """Messages by intent and answers. Raises InputError for broken YAML, and where no intent has an example."""
    project = _Project()
    for name, text in documents.ending("yml", "yaml", "md", "json", ""):
        where = documents.where(name)
        if "rasa_nlu_data" in text and text.lstrip().startswith("{"):
            _read_json(project, text, where)
        elif _HEADING.search(text) or re.search(r"^##\s*intent\s*:", text, re.MULTILINE):
            _read_markdown(project, text)
        elif is_rasa(text):
            _read_yaml(project, parsed(text, where), where)
        else:
            project.ignored += 1
    if not project.messages:
        raise InputError(documents.root, "no intent with examples", "name the folder or the file with the key 'nlu'")
    topics, findings = _answers(project)
    return SourceContent(tuple(project.messages), topics, None, (*_skipped(project), *findings))


def plain(example: str) -> str:
    """An example without the marks of its entities.

    >>> plain('fly from [Berlin]{"entity": "city", "role": "from"} on [May 3](date:2026-05-03)'), plain("see [1]")
    ('fly from Berlin on May 3', 'see [1]')
    """
    return _ENTITY.sub(r"\1", example).strip()


def _read_yaml(project: _Project, content: object, where: str) -> None:
    if not isinstance(content, dict):
        raise InputError(
            where, "expected keys such as nlu, not a list or a text", "see the format of Rasa's training data"
        )
    for item in _listed(content.get("nlu"), f"{where}, nlu"):
        if isinstance(item, dict) and "intent" in item:
            _intent(project, str(item["intent"]).strip(), item.get("examples"), f"{where}, intent {item['intent']!r}")
        elif isinstance(item, dict) and item.keys() & {"synonym", "regex", "lookup"}:
            project.skipped["synonyms, regular expressions and look-up tables"] += 1
        else:
            project.skipped["entries of nlu of no kind that is known"] += 1
    for key in ("responses", "templates"):
        given = content.get(key) or {}
        if not isinstance(given, dict):
            raise InputError(f"{where}, {key}", "expected responses by name", "write 'utter_name:' and its texts below")
        project.responses |= {str(name): (where, variants) for name, variants in given.items()}
    for key in ("rules", "stories"):
        for story in _listed(content.get(key), f"{where}, {key}"):
            _steps(project, story, key == "rules")


def _listed(value: object, where: str) -> list[object]:
    if value in (None, ""):
        return []
    if not isinstance(value, list):
        raise InputError(where, "expected a list", "begin each entry with '- '")
    return value


def _intent(project: _Project, intent: str, examples: object, where: str) -> None:
    if not intent:
        raise InputError(where, "an intent without a name", "name it")
    if isinstance(examples, list):
        given = [str(e.get("text", "")) if isinstance(e, dict) else str(e) for e in examples]
        lines = [line.removeprefix("- ") for text in given for line in text.splitlines()]
    elif isinstance(examples, str):
        found = [_BULLET.match(line) for line in examples.splitlines() if line.strip()]
        project.skipped["lines of examples that do not begin with '-'"] += sum(m is None for m in found)
        lines = [m[1] for m in found if m is not None]
    else:
        project.skipped["intents without examples"] += 1
        return
    _add(project, intent, lines)


def _add(project: _Project, intent: str, lines: Iterable[str]) -> None:
    for line in lines:
        text = plain(line)
        if text:
            project.messages.append(Utterance(text, intent))
        else:
            project.skipped["empty examples"] += 1


def _steps(project: _Project, story: object, ruled: bool) -> None:
    """Which response follows right after an intent."""
    steps = story.get("steps") if isinstance(story, dict) else None
    steps = steps if isinstance(steps, list) else []
    for first, second in pairwise(steps):
        intent = first.get("intent") if isinstance(first, dict) else None
        action = second.get("action") if isinstance(second, dict) else None
        if isinstance(intent, str) and isinstance(action, str) and intent:
            project.follow[intent][action] += 1
            if ruled:
                project.ruled.setdefault(intent, action)


def _read_markdown(project: _Project, text: str) -> None:
    intent: str | None = None
    for line in _COMMENT.sub("", text).splitlines():
        if heading := _HEADING.match(line):
            intent = heading[2] if heading[1] == "intent" else None
            project.skipped["synonyms, regular expressions and look-up tables"] += intent is None
        elif (bullet := _BULLET.match(line)) and intent:
            _add(project, intent, [bullet[1]])


def _read_json(project: _Project, text: str, where: str) -> None:
    try:
        data = json.loads(text)["rasa_nlu_data"]
        examples = [e for key in ("common_examples", "intent_examples", "entity_examples") for e in data.get(key) or []]
        found = [(str(e["text"]), str(e.get("intent") or "")) for e in examples]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(where, f"not Rasa's JSON ({type(error).__name__}: {error})", "export it again") from None
    for said, intent in found:
        if intent:
            _add(project, intent, [said])
        else:
            project.skipped["examples without an intent"] += 1
    project.skipped["synonyms, regular expressions and look-up tables"] += sum(
        len(data.get(key) or []) for key in ("entity_synonyms", "regex_features", "lookup_tables")
    )


def _answers(project: _Project) -> tuple[dict[str, Topic], tuple[Finding, ...]]:
    """The answers of intents; how many responses are no intent's, and what of responses could not be kept."""
    out, used, lost = dict[str, Topic](), set[str](), Counter[str]()
    for intent in dict.fromkeys(m.topic for m in project.messages if m.topic):
        name = _response_of(project, intent)
        if name is None:
            continue
        where, variants = project.responses[name]
        answer = answer_of(variants, f"{where}, {name}", lost)
        used.add(name)
        if answer is not None:
            out[intent] = Topic(answer=answer)
    findings = [f for what, n in sorted(lost.items()) for f in left_out("Rasa responses", what, "left out", n)]
    unused = len(project.responses.keys() - used)
    return out, (*findings, *left_out("Rasa responses", "responses follow no intent", "not used as answers", unused))


def _response_of(project: _Project, intent: str) -> str | None:
    """The response to an intent: by a rule, by all stories, by its name; for `faq/hours` also by that of `utter_faq`."""
    follows = project.follow.get(intent) or Counter()
    tellings = [project.ruled.get(intent, ""), next(iter(follows)) if len(follows) == 1 else "", f"utter_{intent}"]
    return next((name for name in tellings if name in project.responses), None)


def _skipped(project: _Project) -> tuple[Finding, ...]:
    skipped: Mapping[str, int] = project.skipped
    found = [f for what, n in sorted(skipped.items()) for f in left_out("Rasa", what, "not learned from", n)]
    return (*found, *left_out("Rasa", "files have no part that is read", "left out", project.ignored))

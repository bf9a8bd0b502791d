"""Exports of Dialogflow as they are: ES (`intents/*.json` with `*_usersays_en.json`), CX (`trainingPhrases/en.json`), or one JSON of intents.

Intents become topics, training phrases their questions, text responses their answers. The phrases of a fallback intent are out of scope.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from breakeven.core.errors import InputError
from breakeven.scenarios.support.answer_book import Answer, Button, Topic
from breakeven.scenarios.support.sources.document_files import Documents
from breakeven.scenarios.support.sources.source_content import SourceContent, Utterance, left_out

_SAYS = re.compile(r"^(.*)_usersays_([A-Za-z]{2}(?:[-_]\w+)?)$")
#: References to parameters and contexts, which answers here do not have.
_REFERENCE = re.compile(r"[$#][A-Za-z_][\w.-]*")


@dataclass
class _Agent:
    messages: list[Utterance] = field(default_factory=list)
    topics: dict[str, Topic] = field(default_factory=dict)
    fallback: str | None = None
    skipped: Counter[str] = field(default_factory=Counter)


def is_dialogflow(documents: Documents) -> bool:
    """Whether documents are an export: phrases of users or training phrases among them, or one JSON with intents and their phrases."""
    names = [PurePosixPath(name) for name in documents.texts]
    if any(_SAYS.match(name.stem) or name.parent.name == "trainingPhrases" for name in names if name.suffix == ".json"):
        return True
    return any('"trainingPhrases"' in text or '"userSays"' in text for _, text in documents.ending("json", ""))


def read_dialogflow(documents: Documents) -> SourceContent:
    """Messages by intent and answers. Raises InputError for what is no JSON, and where no intent has a phrase."""
    agent = _Agent()
    files = {name: _json(text, documents.where(name)) for name, text in documents.ending("json", "")}
    names = _names(files)
    for name, content in files.items():
        path, where = PurePosixPath(name), documents.where(name)
        try:
            if says := _SAYS.match(path.stem):
                intent = names.get(str(path.with_name(says[1])), says[1])
                _phrases(agent, intent, content, says[2])
            elif path.parent.name == "trainingPhrases":
                intent = names.get(str(path.parent.parent / path.parent.parent.name), path.parent.parent.name)
                _phrases(agent, intent, content["trainingPhrases"], path.stem)
            elif found := _intents(content) if isinstance(content, dict) else []:
                for intent in found:
                    _intent(agent, intent)
            else:
                agent.skipped["files are entities, small talk or settings"] += 1
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise InputError(
                where, f"not as Dialogflow exports it ({type(error).__name__}: {error})", "export the agent again"
            ) from None
    if not agent.messages:
        raise InputError(
            documents.root, "no intent with training phrases", "export the whole agent, with its folder intents"
        )
    skipped = [f for what, n in sorted(agent.skipped.items()) for f in left_out("Dialogflow", what, "left out", n)]
    scope = agent.fallback if any(m.topic == agent.fallback for m in agent.messages) else None
    return SourceContent(tuple(agent.messages), agent.topics, scope, tuple(skipped))


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(where, f"not JSON ({error})", "export it again") from None


def _intents(content: Mapping[str, Any]) -> list[Any]:
    """The intents of a file: one, or those of a list under `intents`."""
    many = content.get("intents")
    if isinstance(many, list):
        return [one for one in many if isinstance(one, dict)]
    return [content] if "responses" in content or "trainingPhrases" in content or "userSays" in content else []


def _names(files: Mapping[str, Any]) -> dict[str, str]:
    """What intents are really called: signs that no file name may have stand only inside the file."""
    out = dict[str, str]()
    for name, content in files.items():
        said = content.get("displayName") or content.get("name") if isinstance(content, dict) else None
        if name and isinstance(said, str) and said and not said.startswith("projects/"):
            out[str(PurePosixPath(name).with_suffix(""))] = said
    return out


def _intent(agent: _Agent, content: Mapping[str, Any]) -> None:
    name = str(content.get("displayName") or content.get("name") or "").strip()
    if not name:
        agent.skipped["intents without a name"] += 1
        return
    if content.get("fallbackIntent") is True or content.get("isFallback") is True:
        agent.fallback = agent.fallback or name
    for key in ("userSays", "trainingPhrases"):
        _phrases(agent, name, content.get(key) or [], "")
    answer = _answer(agent, content)
    if answer is not None and name != agent.fallback:
        agent.topics[name] = Topic(answer=answer)


def _phrases(agent: _Agent, intent: str, phrases: Iterable[Any], spoken: str) -> None:
    for phrase in phrases:
        parts = phrase.get("data") or phrase.get("parts") or []
        text = "".join(str(part.get("text") or "") for part in parts).strip()
        if phrase.get("isTemplate") is True or phrase.get("type") == "TEMPLATE":
            agent.skipped["phrases are templates with @entities"] += 1
        elif not text:
            agent.skipped["phrases are empty"] += 1
        else:
            code = str(phrase.get("languageCode") or phrase.get("lang") or spoken)[:2].lower()
            agent.messages.append(Utterance(text, intent, code))


def _answer(agent: _Agent, content: Mapping[str, Any]) -> Answer | None:
    """The first text of each language, with quick replies as buttons; API exports (v2) have `messages` beside the intent's name."""
    groups = [*(content.get("responses") or [{}]), {"messages": content.get("messages") or []}]
    messages = [m for group in groups for m in group.get("messages") or [] if isinstance(m, dict)]
    texts, buttons = dict[str, str](), list[Button]()
    for message in messages:
        said = _texts(message)
        code = str(message.get("lang") or message.get("languageCode") or "en")[:2].lower()
        plain = [text for text in said if not _REFERENCE.search(text)]
        agent.skipped["texts of responses refer to parameters"] += len(said) - len(plain)
        if plain:
            agent.skipped["further variants of a response"] += len(plain) - 1 + (code in texts)
            texts.setdefault(code, plain[0])
        elif not said:
            buttons += _buttons(agent, message, code)
    return Answer(texts, tuple(buttons)) if texts else None


def _texts(message: Mapping[str, Any]) -> list[str]:
    said = (
        message.get("speech") or (message.get("text") or {}).get("text")
        if isinstance(message.get("text") or {}, dict)
        else None
    )
    given = said if isinstance(said, list) else [said]
    return [str(text).strip() for text in given if text and str(text).strip()]


def _buttons(agent: _Agent, message: Mapping[str, Any], code: str) -> list[Button]:
    if str(message.get("type")) in ("0", "message") or not message:
        return []  # an empty text
    replies = message.get("replies") or (message.get("quickReplies") or {}).get("quickReplies") or []
    if not replies:
        agent.skipped["cards, images and payloads of responses"] += 1
    return [Button({code: str(reply)}, send=str(reply)) for reply in replies if str(reply).strip()]

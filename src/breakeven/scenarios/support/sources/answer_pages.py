"""answers.md: a heading a topic, its answer below; `### en` and `### zh` divide languages, a line `Source: ...` cites, links of a list of
their own become buttons.

    ## opening_hours
    ### en
    We are open from 9 am.
    - [Find a branch](https://example.com/branches)
    ### zh
    我们上午九点开门。
    Source: https://example.com/help
"""

from __future__ import annotations

import re

from breakeven.core.errors import InputError
from breakeven.scenarios.support.answer_book import Answer, AnswerBook, Button, Topic
from breakeven.scenarios.support.language import language

_TOPIC = re.compile(r"^##?\s+(.+?)\s*#*\s*$")
_LANGUAGE = re.compile(r"^#{2,4}\s+([a-z]{2})\s*$")
_BUTTON = re.compile(r"^\s*[-*]\s*\[([^\]]+)\]\(((?:https?://|mailto:|tel:)[^)\s]+)\)\s*$")
_SOURCE = re.compile(r"^(?:Source|来源)\s*[:：]\s*(\S.*)$", re.IGNORECASE)


def page_book(text: str, where: str, languages: tuple[str, ...]) -> AnswerBook:
    """The book of a page. Raises InputError for a page without topics, and a topic that is given twice."""
    parts = dict[str, dict[str, list[str]]]()
    topic, spoken = "", ""
    for number, line in enumerate(text.splitlines(), 1):
        if (code := _LANGUAGE.match(line)) and topic:
            spoken = code[1]
        elif heading := _TOPIC.match(line):
            topic, spoken = heading[1], ""
            if topic in parts:
                raise InputError(f"{where}, line {number}", f"the topic {topic!r} is given twice", "keep one of them")
            parts[topic] = {}
        elif topic:
            parts[topic].setdefault(spoken, []).append(line)
    topics = {name: _topic(given, languages) for name, given in parts.items()}
    answered = {name: topic for name, topic in topics.items() if topic.answer is not None}
    if not answered:
        raise InputError(where, "no heading with a text below it", "write '## topic' and its answer below")
    codes = [code for topic in answered.values() if topic.answer for code in topic.answer.text]
    return AnswerBook(
        answered, languages=languages or tuple(sorted(dict.fromkeys(codes), key=lambda one: -codes.count(one)))
    )


def _topic(parts: dict[str, list[str]], languages: tuple[str, ...]) -> Topic:
    texts, source, links = dict[str, str](), "", dict[str, dict[str, str]]()
    for code, lines in parts.items():
        kept = list[str]()
        found = list[tuple[str, str]]()
        for line in lines:
            if button := _BUTTON.match(line):
                found.append((button[1], button[2]))
            elif cited := _SOURCE.match(line):
                source = cited[1].strip()
            else:
                kept.append(line.rstrip())
        text = "\n".join(kept).strip()
        spoken = code or language(text)
        spoken = spoken if code or spoken in languages or not languages else languages[0]
        spoken = "en" if spoken == "und" else spoken
        if text:
            texts[spoken] = text
        for label, url in found:
            links.setdefault(url, {})[spoken] = label
    buttons = tuple(Button(labels, url=url) for url, labels in links.items())
    return Topic(answer=Answer(texts, buttons, source or None) if texts else None)

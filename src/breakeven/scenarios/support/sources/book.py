"""The one book of answers: the company's own file, then what its data and FAQ say, with every variable, form and promise checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

import msgspec

from breakeven.core.errors import InputError, nearest
from breakeven.core.types import Finding
from breakeven.scenarios.support.answer_book import Answer, AnswerBook, Texts, Topic
from breakeven.scenarios.support.language import UNKNOWN, language
from breakeven.scenarios.support.promises import broken, never_of
from breakeven.scenarios.support.settings import Settings
from breakeven.scenarios.support.sources.checks import variables_in
from breakeven.scenarios.support.sources.source_content import SourceContent, left_out

_NAME = re.compile(r"[\w.\-/ ]+", re.ASCII)


def joined_book(
    own: AnswerBook, source_name: str, sources: Sequence[SourceContent], said: Settings, where: str
) -> tuple[AnswerBook, tuple[Finding, ...]]:
    """The company's book with the answers that its sources hold, and what of those was left out.

    `source_name` is the file of the company's own book, `where` that of the brief. Raises InputError for a variable without a value, and for
    an answer of its own file that holds what is never promised.
    """
    never = never_of([*said.never, *own.never], f"{where}, support.never")
    variables = {**own.variables, **said.variables}
    _check_own(own, source_name, variables, never)
    topics = dict(own.topics)
    unknown, promised = list[str](), list[str]()
    for contents in sources:
        for name, topic in contents.topics.items():
            held = topics.get(name, Topic())
            usable = (
                topic.answer is not None
                and not _has_unknown(topic.answer, variables, unknown, name)
                and not _promises(topic.answer, never, promised, name)
            )
            answer = held.answer or (topic.answer if usable else None)
            topics[name] = Topic({**topic.title, **held.title}, answer, held.hand_over)
    book = AnswerBook(topics, own.forms, variables, never, said.languages or own.languages)
    findings = (
        *left_out(
            "answers",
            f"answers of the data have variables without a value ({', '.join(unknown[:5])})",
            "not given; add them to support.variables",
            len(unknown),
        ),
        *left_out(
            "answers",
            f"answers of the data hold what is never promised ({', '.join(promised[:5])})",
            "not given; reword them",
            len(promised),
        ),
    )
    return book, tuple(replace(f, level="warning") for f in findings)


def titled(name: str, topic: Topic) -> Topic:
    """A topic with a title: its name in words, where it has none.

    >>> titled("faq/lost_card", Topic()).title, titled("挂失", Topic()).title
    ({'en': 'Lost card'}, {'zh': '挂失'})
    """
    if topic.title:
        return topic
    words = name.rpartition("/")[2] if _NAME.fullmatch(name) else name
    words = " ".join(re.split(r"[_\-\s]+", words.strip())) if "_" in words or "-" in words else words
    words = words[:1].upper() + words[1:] if words.islower() else words
    spoken = language(words)
    return msgspec.structs.replace(topic, title={"en" if spoken == UNKNOWN else spoken: words or name})


def _texts(answer: Answer) -> list[Texts]:
    return [answer.text, *(button.label for button in answer.buttons)]


def _has_unknown(answer: Answer, variables: Mapping[str, str], unknown: list[str], name: str) -> bool:
    missing = sorted(variables_in(_texts(answer)) - variables.keys())
    unknown += [f"{name}: {{{one}}}" for one in missing[:1]]
    return bool(missing)


def _promises(answer: Answer, never: tuple[str, ...], promised: list[str], name: str) -> bool:
    found = next((phrase for text in answer.text.values() if (phrase := broken(text, never))), None)
    promised += [f"{name}: {found!r}"] if found else []
    return found is not None


def _check_own(book: AnswerBook, where: str, variables: Mapping[str, str], never: tuple[str, ...]) -> None:
    for name, topic in book.topics.items():
        if topic.answer is not None:
            _check_variables(_texts(topic.answer), variables.keys(), f"{where}, topics.{name}")
            if topic.answer.form is not None and topic.answer.form not in book.forms:
                raise InputError(
                    f"{where}, topics.{name}",
                    f"there is no form {topic.answer.form!r}",
                    "write it under forms in answers.yaml",
                )
        for code, text in topic.answer.text.items() if topic.answer is not None else ():
            if phrase := broken(text, never):
                raise InputError(
                    f"{where}, topics.{name}.answer.{code}",
                    f"it holds {phrase!r}, which is never promised",
                    "reword it; support.never in product.yaml lists what can be switched off",
                )
    for name, form in book.forms.items():
        slots = {slot.name for slot in form.slots}
        _check_variables([form.done], variables.keys() | slots, f"{where}, forms.{name}.done")
        _check_variables([slot.ask for slot in form.slots], variables.keys() | slots, f"{where}, forms.{name}.slots")


def _check_variables(texts: Sequence[Texts], known: AbstractSet[str], where: str) -> None:
    for name in sorted(variables_in(texts) - known):
        remedy = nearest(name, known) if known else "write its value under variables"
        raise InputError(
            where, f"the variable {{{name}}} has no value", f"write it under variables; {remedy}" if known else remedy
        )

"""The answer book: what a company says on each topic, the forms it asks people to fill in, and what it never promises.

It is written as JSON into a product's folder and read by the service alone; no training library is imported.

>>> book = AnswerBook(topics={"hours": Topic(answer=Answer(text={"en": "We are open from {opens} to 6 pm."}))}, variables={"opens": "9 am"})
>>> book.answer("hours", "en").text["en"], book.answer("fees", "en")
('We are open from {opens} to 6 pm.', None)
"""

from __future__ import annotations

from typing import Literal

import msgspec

#: A text in several languages, by ISO 639-1 code ("en", "zh").
Texts = dict[str, str]

SlotKind = Literal["text", "number", "amount", "date", "card", "phone", "email", "choice"]


class Button(msgspec.Struct, frozen=True, omit_defaults=True):
    """A button under a reply. Pressing it says `send` for the customer, or opens `url`; exactly one of them is given."""

    label: Texts
    send: str | None = None
    url: str | None = None


class Slot(msgspec.Struct, frozen=True, omit_defaults=True):
    """One question of a form and how its answer is checked.

    `choices` are the values of a choice. `pattern` is a regular expression that the whole answer must match, beyond what its kind asks for.
    """

    name: str
    kind: SlotKind
    ask: Texts
    choices: tuple[str, ...] = ()
    pattern: str | None = None
    optional: bool = False


class Form(msgspec.Struct, frozen=True, omit_defaults=True):
    """Questions that are asked one after another. `done` is said at the end and may use the slots as variables, as in `{amount}`.

    `hand_over`: a person gets the filled form, and the conversation.
    """

    slots: tuple[Slot, ...]
    done: Texts
    hand_over: bool = True


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is said on a topic, with variables as in `{opens}`. `source` says where it is taken from and is shown as a citation.

    `form` names a form that follows the answer.
    """

    text: Texts
    buttons: tuple[Button, ...] = ()
    source: str | None = None
    form: str | None = None


class Topic(msgspec.Struct, frozen=True, omit_defaults=True):
    """A topic: its title, by which a clarifying question names it, and its answer.

    A topic without an answer, and one with `hand_over`, always goes to a person.
    """

    title: Texts = {}
    answer: Answer | None = None
    hand_over: bool = False

    @property
    def answerable(self) -> bool:
        """Whether the product may answer it by itself."""
        return self.answer is not None and not self.hand_over


class AnswerBook(msgspec.Struct, frozen=True, omit_defaults=True):
    """All answers of a product.

    Attributes
    ----------
    topics: by name.
    forms: by name.
    variables: values that answers use, such as opening hours.
    never: phrases that no reply may hold, whoever wrote it (case and width are not looked at).
    languages: that the company answers in; the first is used where a customer's own is not among them.
    """

    topics: dict[str, Topic]
    forms: dict[str, Form] = {}
    variables: dict[str, str] = {}
    never: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)

    def answer(self, topic: str, language: str) -> Answer | None:
        """The answer to a topic in a language; None where the company has not written one, and for a person's topics."""
        found = self.topics.get(topic)
        if found is None or not found.answerable or found.answer is None:
            return None
        return found.answer if language in found.answer.text else None

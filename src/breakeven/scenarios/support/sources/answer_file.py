"""The answers of a company, as it writes them: answers.yaml, or in short answers.csv or answers.md.

    languages: [en, zh]                 # that are answered, the usual one first
    variables: {opens: 9 am, phone: 400-800-1234}
    never: [within the hour]            # no reply may say it; '-no risk' switches a default off
    topics:
      opening_hours:
        title: {en: Opening hours, zh: 营业时间}
        answer:
          en: We are open from {opens}. Call {phone}.
          zh: 我们{opens}开门，电话{phone}。
        buttons:
          - {label: {en: Find a branch, zh: 查找网点}, url: "https://example.com/branches"}
          - {label: {en: Talk to us, zh: 联系我们}, send: agent}
        source: https://example.com/help/hours
      lost_card:
        answer: {en: We block it at once., zh: 我们马上为您挂失。}
        form: block_card                # asked after the answer
      complaint: {hand_over: true}      # always a person's
      parking: Parking is free.         # an answer in one language can stand alone
    forms:
      block_card:
        slots:
          - {name: card, kind: card, ask: {en: "Which card?", zh: 哪张卡？}}
          - {name: when, kind: date, ask: {en: "Since when?", zh: 什么时候丢的？}, optional: true}
        done:
          en: Card {card} will be blocked.
          zh: 卡{card}即将挂失。

Kinds of slots: text, number, amount, date, card, phone, email, choice (with `choices`); `pattern` is a regular expression of the whole value.
Every value is a text as it is written: `09:00` and `no` need no quotes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast, get_args

from breakeven.core.errors import InputError, nearest
from breakeven.scenarios.support.answer_book import Answer, AnswerBook, Button, Form, Slot, SlotKind, Texts, Topic
from breakeven.scenarios.support.language import language
from breakeven.scenarios.support.sources.answer_pages import page_book
from breakeven.scenarios.support.sources.answer_table import table_book
from breakeven.scenarios.support.sources.document_files import open_documents, parsed

KINDS: tuple[str, ...] = get_args(SlotKind)
_TOP = ("languages", "variables", "never", "topics", "forms")
_TOPIC = ("title", "answer", "buttons", "source", "form", "hand_over")
_FORM = ("slots", "done", "hand_over")
_SLOT = ("name", "kind", "ask", "choices", "pattern", "optional")
_BUTTON = ("label", "send", "url")
#: Addresses that a button may open; a script is none.
_URL = re.compile(r"(?:https?://|mailto:|tel:)\S+", re.IGNORECASE)
_CODE = re.compile(r"[a-z]{2,3}")
_NAME = re.compile(r"[A-Za-z_]\w*")


def read_answers(path: Path, languages: Sequence[str]) -> AnswerBook:
    """The book of a file; `languages` are the brief's, for texts whose language the file does not say. Raises InputError naming the key."""
    if not path.is_file():
        raise InputError(str(path), "there is no such file", "check support.answers in product.yaml")
    kind = path.suffix.lower().lstrip(".")
    if kind in ("yaml", "yml"):
        text = open_documents(path).texts[""]
        return _Reader(str(path), tuple(languages)).book(parsed(text, str(path)))
    if kind in ("md", "markdown"):
        return page_book(open_documents(path).texts[""], str(path), tuple(languages))
    if kind in ("csv", "tsv", "xlsx", "xls", "ods"):
        return table_book(path, tuple(languages))
    raise InputError(str(path), f"ending {path.suffix!r} is not read", "write answers.yaml, answers.csv or answers.md")


class _Reader:
    """Reads one YAML file; every error names the key."""

    def __init__(self, where: str, languages: tuple[str, ...]) -> None:
        self._where, self._languages = where, languages

    def book(self, content: object) -> AnswerBook:
        """All of it."""
        given = self._mapping(content, "", _TOP)
        self._languages = self._codes(given.get("languages")) or self._languages
        topics = self._mapping(given.get("topics"), "topics")
        if not topics:
            raise InputError(
                f"{self._where}, topics", "no topic", "write topics: {opening_hours: We are open from 9 to 6.}"
            )
        book = AnswerBook(
            {name: self._topic(value, f"topics.{name}") for name, value in topics.items()},
            {
                name: self._form(value, f"forms.{name}")
                for name, value in self._mapping(given.get("forms"), "forms").items()
            },
            {
                self._name(name, "variables"): self._text(value, f"variables.{name}")
                for name, value in self._mapping(given.get("variables"), "variables").items()
            },
            tuple(self._text(one, f"never[{i}]") for i, one in enumerate(self._list(given.get("never"), "never"))),
            self._languages,
        )
        for name, topic in book.topics.items():
            form = topic.answer.form if topic.answer is not None else None
            if form is not None and form not in book.forms:
                raise InputError(
                    f"{self._where}, topics.{name}.form",
                    f"there is no form {form!r}",
                    nearest(form, book.forms) if book.forms else "write it under forms",
                )
        return book

    def _codes(self, value: object) -> tuple[str, ...]:
        codes = tuple(
            self._text(one, f"languages[{i}]").lower() for i, one in enumerate(self._list(value, "languages"))
        )
        for code in codes:
            if not _CODE.fullmatch(code):
                raise InputError(
                    f"{self._where}, languages", f"{code!r} is no code of a language", "write en, zh, es ..."
                )
        return codes

    def _topic(self, value: object, key: str) -> Topic:
        if isinstance(value, str):
            return Topic(answer=Answer(self._texts(value, key)))
        if (
            isinstance(value, dict)
            and value
            and all(_CODE.fullmatch(k) for k in value)
            and not value.keys() & set(_TOPIC)
        ):
            return Topic(answer=Answer(self._texts(value, key)))
        given = self._mapping(value, key, _TOPIC)
        title = self._texts(given["title"], f"{key}.title") if "title" in given else {}
        hand_over = self._truth(given.get("hand_over"), f"{key}.hand_over", False)
        if "answer" not in given:
            for name in ("buttons", "source", "form"):
                if name in given:
                    raise InputError(
                        f"{self._where}, {key}", f"{name} without an answer", "write an answer, or take it out"
                    )
            return Topic(title, None, hand_over)
        buttons = tuple(
            self._button(one, f"{key}.buttons[{i}]")
            for i, one in enumerate(self._list(given.get("buttons"), f"{key}.buttons"))
        )
        source = self._text(given["source"], f"{key}.source") if "source" in given else None
        form = self._text(given["form"], f"{key}.form") if "form" in given else None
        return Topic(title, Answer(self._texts(given["answer"], f"{key}.answer"), buttons, source, form), hand_over)

    def _button(self, value: object, key: str) -> Button:
        given = self._mapping(value, key, _BUTTON)
        if "label" not in given or ("send" in given) == ("url" in given):
            raise InputError(
                f"{self._where}, {key}",
                "a button has a label, and either what it sends or a url",
                "write {label: Fees, send: fees} or {label: Fees, url: https://...}",
            )
        url = self._text(given["url"], f"{key}.url") if "url" in given else None
        if url is not None and not _URL.fullmatch(url):
            raise InputError(
                f"{self._where}, {key}.url", f"{url!r} is no address", "begin it with https://, mailto: or tel:"
            )
        return Button(
            self._texts(given["label"], f"{key}.label"),
            self._text(given["send"], f"{key}.send") if "send" in given else None,
            url,
        )

    def _form(self, value: object, key: str) -> Form:
        given = self._mapping(value, key, _FORM)
        slots = tuple(
            self._slot(one, f"{key}.slots[{i}]") for i, one in enumerate(self._list(given.get("slots"), f"{key}.slots"))
        )
        names = [slot.name for slot in slots]
        if not slots or "done" not in given:
            raise InputError(
                f"{self._where}, {key}", "a form has slots, and done, which is said at the end", "write both"
            )
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"{self._where}, {key}.slots", f"two slots are called {name!r}", "rename one of them")
        return Form(
            slots,
            self._texts(given["done"], f"{key}.done"),
            self._truth(given.get("hand_over"), f"{key}.hand_over", True),
        )

    def _slot(self, value: object, key: str) -> Slot:
        given = self._mapping(value, key, _SLOT)
        for name in ("name", "kind", "ask"):
            if name not in given:
                raise InputError(
                    f"{self._where}, {key}",
                    f"a slot without {name}",
                    "write {name: card, kind: card, ask: Which card?}",
                )
        kind = self._text(given["kind"], f"{key}.kind")
        if kind not in KINDS:
            raise InputError(f"{self._where}, {key}.kind", f"unknown kind {kind!r}", nearest(kind, KINDS))
        choices = tuple(
            self._text(one, f"{key}.choices[{i}]")
            for i, one in enumerate(self._list(given.get("choices"), f"{key}.choices"))
        )
        if (kind == "choice") != (len(choices) > 1):
            raise InputError(
                f"{self._where}, {key}.choices",
                "two choices or more belong to a slot of the kind choice, and to no other",
                "write choices: [Visa, Mastercard]",
            )
        pattern = self._text(given["pattern"], f"{key}.pattern") if "pattern" in given else None
        if pattern is not None:
            try:
                re.compile(pattern)
            except re.error as error:
                raise InputError(
                    f"{self._where}, {key}.pattern", f"no regular expression ({error})", "correct it, in single quotes"
                ) from None
        return Slot(self._name(self._text(given["name"], f"{key}.name"), key), cast("SlotKind", kind), self._texts(given["ask"], f"{key}.ask"),
                    choices, pattern, self._truth(given.get("optional"), f"{key}.optional", False))  # fmt: skip

    def _texts(self, value: object, key: str) -> Texts:
        """Texts by language; a text alone is of the language that it is in, if that is answered, else of the first."""
        if isinstance(value, str) and value.strip():
            found = language(value)
            return {found if found in self._languages else (self._languages or ("en",))[0]: value.strip()}
        given = self._mapping(value, key)
        for code in given:
            if not _CODE.fullmatch(code):
                raise InputError(f"{self._where}, {key}", f"{code!r} is no code of a language", "write en, zh, es ...")
        if not given:
            raise InputError(f"{self._where}, {key}", "no text", "write it, or take the key out")
        return {code: self._text(text, f"{key}.{code}") for code, text in given.items()}

    def _mapping(self, value: object, key: str, known: Sequence[str] = ()) -> Mapping[str, object]:
        where = f"{self._where}, {key}" if key else self._where
        if value in (None, ""):
            return {}
        if not isinstance(value, dict):
            raise InputError(
                where, "expected keys and values", f"known: {', '.join(known)}" if known else "write 'name: value'"
            )
        for name in value:
            if known and name not in known:
                raise InputError(where, f"unknown key {name!r}", nearest(str(name), known))
        return {str(name): one for name, one in value.items()}

    def _list(self, value: object, key: str) -> list[object]:
        if value in (None, ""):
            return []
        if not isinstance(value, list):
            raise InputError(
                f"{self._where}, {key}", "expected a list", "begin each entry with '- ', or write [one, two]"
            )
        return value

    def _text(self, value: object, key: str) -> str:
        if not isinstance(value, str) or not value.strip():
            raise InputError(
                f"{self._where}, {key}", "expected a text", "write it, in quotes if it holds ': ' or begins with { or ["
            )
        return value.strip()

    def _name(self, value: str, key: str) -> str:
        if not _NAME.fullmatch(value):
            raise InputError(
                f"{self._where}, {key}", f"{value!r} cannot stand in a text as {{{value}}}", "use letters, digits and _"
            )
        return value

    def _truth(self, value: object, key: str, otherwise: bool) -> bool:
        if value in (None, ""):
            return otherwise
        if isinstance(value, str) and value.lower() in ("true", "yes", "on", "false", "no", "off"):
            return value.lower() in ("true", "yes", "on")
        raise InputError(f"{self._where}, {key}", f"{value!r} is not true or false", "write true or false")

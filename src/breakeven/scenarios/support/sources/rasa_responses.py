"""Rasa's responses as answers: the first text without a condition, its buttons, its language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from breakeven.core.errors import InputError
from breakeven.scenarios.support.answer_book import Answer, Button
from breakeven.scenarios.support.language import UNKNOWN, language


def answer_of(variants: object, where: str, lost: Counter[str]) -> Answer | None:
    """The answer that a response's variants make; None where none has a text. What is left out is counted in `lost`.

    Raises InputError for a response that is no list.
    """
    given = variants if isinstance(variants, list) else [variants]
    texts = list[tuple[str, Mapping[str, object]]]()
    for one in given:
        if isinstance(one, str):
            texts.append((one.strip(), {}))
        elif isinstance(one, dict):
            if one.keys() & {"condition", "channel"}:
                lost["variants for one channel or under a condition"] += 1
            elif str(one.get("text") or "").strip():
                texts.append((str(one["text"]).strip(), one))
        else:
            raise InputError(where, "expected variants with a text", "write '- text: ...' below it")
    if not texts:
        lost["responses without a text"] += 1
        return None
    by_language = dict[str, str]()
    for text, _ in texts:
        by_language.setdefault(_spoken(text), text)
    lost["further variants of the same response"] += len(texts) - len(by_language)
    lost["images, attachments and custom parts of responses"] += sum(
        bool(one.keys() & {"image", "attachment", "custom"}) for _, one in texts[:1]
    )
    return Answer(by_language, tuple(_buttons(texts[0][1], _spoken(texts[0][0]), lost)))


def _spoken(text: str) -> str:
    found = language(text)
    return "en" if found == UNKNOWN else found


def _buttons(variant: Mapping[str, object], spoken: str, lost: Counter[str]) -> list[Button]:
    """Buttons: those that open a page, and those that send; of a payload such as `/intent{...}` the button's title is sent."""
    given = variant.get("buttons")
    out = list[Button]()
    for one in given if isinstance(given, list) else []:
        title = str(one.get("title") or "").strip() if isinstance(one, dict) else ""
        if not title:
            lost["buttons without a title"] += 1
            continue
        url, payload = str(one.get("url") or ""), str(one.get("payload") or "")
        url = url or (payload if payload.startswith(("http://", "https://")) else "")
        if url:
            out.append(Button({spoken: title}, url=url))
        else:
            out.append(Button({spoken: title}, send=title if payload.startswith("/") or not payload else payload))
    return out

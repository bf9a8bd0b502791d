"""Forms inside a conversation: one question after another, with corrections, questions in between, skipping, giving up, and help.

What is filled in stands in the record of each reply, as `slots.check` gives it: of a card the last four digits alone. A free text is masked.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

from breakeven.core.personal_data import mask
from breakeven.scenarios.support import customer_words, slots
from breakeven.scenarios.support.answer_book import Button, Form, Slot
from breakeven.scenarios.support.conversation_state import Pending
from breakeven.scenarios.support.draft import SKIPPED, Draft, both, in_language, words

#: Answers to one question of a form that could not be used, after which a person goes on.
MOST_TRIES = 3


def begin(draft: Draft, name: str) -> None:
    """Ask a form's first question. A form that is not in the book goes to a person."""
    form = draft.book.forms.get(name)
    if form is None or not form.slots:
        draft.hand_over("form failed")
        return
    _ask(draft, Pending("form", form=name), form.slots[0])


def go_on(draft: Draft, said: str, today: datetime.date, answer: Callable[[Draft], bool]) -> bool:
    """Take a message as part of the form that is being filled in. False where there is no such form, or it was given up for another one.

    `answer` answers a question in between; it returns whether it could. One whose answer has a form of its own takes this one's place.
    """
    waits = draft.state.pending
    form = draft.book.forms.get(waits.form) if waits is not None else None
    slot = next((s for s in form.slots if waits is not None and s.name == waits.slot), None) if form else None
    if waits is None or form is None or slot is None:
        return False
    understood = draft.understood
    sure = understood is not None and understood.decision == "answer"
    if customer_words.cancels(said):
        draft.say_own("form.cancelled")
    elif sure and customer_words.is_question(said) and _answered(draft, form, waits, slot, answer):
        return True
    elif not _corrected(draft, form, waits, slot, said, today):
        _take(draft, form, waits, slot, said, today, answer if sure else None)
    return True


def _take(
    draft: Draft,
    form: Form,
    waits: Pending,
    slot: Slot,
    said: str,
    today: datetime.date,
    answer: Callable[[Draft], bool] | None,
) -> None:
    """A message as the answer to the question that was asked; else as a question in between; else one more try."""
    found = slots.check(slot, draft.message.text, draft.language, today)
    if found.problem is None:
        _next(draft, form, waits, slot, found.value)
        return
    if answer is not None and _answered(draft, form, waits, slot, answer):
        return
    talk = customer_words.small_talk(said)
    if talk in ("greeting", "thanks", "who"):
        draft.say_own(f"talk.{talk}")
        _again(draft, waits, slot)
    elif waits.tries + 1 >= MOST_TRIES:
        draft.hand_over("form failed", waits.filled)
    else:
        tried = Pending("form", form=waits.form, slot=slot.name, filled=waits.filled, tries=waits.tries + 1)
        draft.say(found.problem, "form", _buttons(slot, draft.language))
        draft.wait_for(tried)


def _answered(draft: Draft, form: Form, waits: Pending, slot: Slot, answer: Callable[[Draft], bool]) -> bool:
    """Answer a question in between and come back to the form, or go over to the form that belongs to it. Whether it was answered."""
    if not answer(draft):
        return False
    assert draft.understood is not None
    topic = draft.book.topics[draft.understood.guesses[0].topic]
    other = topic.answer.form if topic.answer is not None else None
    if other is None or other == waits.form:
        _again(draft, waits, slot)
    else:
        draft.say_own("form.aside")
        begin(draft, other)
    return True


def _next(draft: Draft, form: Form, waits: Pending, slot: Slot, value: str | None) -> None:
    """Keep a value, and ask the next question or end the form."""
    filled = dict(waits.filled)
    filled[slot.name] = SKIPPED if value is None else _kept(slot, value)
    left = [s for s in form.slots if s.name not in filled]
    if left:
        _ask(draft, Pending("form", form=waits.form, filled=filled), left[0])
        return
    done = draft.filled(in_language(form.done, draft.language), filled)
    if done is not None:
        draft.say(done, "form")
    if form.hand_over or done is None:
        draft.hand_over("form finished", filled)


def _kept(slot: Slot, value: str) -> str:
    return mask(value) if slot.kind == "text" else value


def _ask(draft: Draft, waits: Pending, slot: Slot) -> None:
    text = draft.filled(in_language(slot.ask, draft.language), waits.filled)
    draft.say(
        text if text is not None else in_language(slot.ask, draft.language), "form", _buttons(slot, draft.language)
    )
    draft.wait_for(Pending("form", form=waits.form, slot=slot.name, filled=waits.filled, tries=waits.tries))


def _again(draft: Draft, waits: Pending, slot: Slot) -> None:
    """Come back to the question that is open."""
    ask = draft.filled(in_language(slot.ask, draft.language), waits.filled) or in_language(slot.ask, draft.language)
    draft.say(f"{words('form.again', draft.language)} {ask}", "form", _buttons(slot, draft.language))
    draft.wait_for(waits)


def _buttons(slot: Slot, language: str) -> list[Button]:
    buttons = [Button({"en": choice, "zh": choice}, send=choice) for choice in slot.choices]
    skip = Button(both("form.skip"), send=words("form.skip", language))
    return [*buttons, skip] if slot.optional else buttons


def _corrected(draft: Draft, form: Form, waits: Pending, slot: Slot, said: str, today: datetime.date) -> bool:
    """Change what was filled in before, where the message says so: "no, 500 not 50", "把金额改成500". Whether it did."""
    correction = customer_words.corrected(said)
    if correction is None:
        return False
    field, new, old = correction
    for target in _targets(form, waits, slot, field, old):
        found = slots.check(target, new, draft.language, today)
        if found.value is None:
            continue
        if target.name not in waits.filled:
            _next(draft, form, waits, target, found.value)
            return True
        value = _kept(target, found.value)
        draft.say(words("form.corrected", draft.language, value=value), "form")
        changed = {**waits.filled, target.name: value}
        _again(draft, Pending("form", form=waits.form, slot=slot.name, filled=changed), slot)
        return True
    return False


def _targets(form: Form, waits: Pending, slot: Slot, field: str, old: str) -> list[Slot]:
    """Slots that a correction may mean, the likeliest first: the one it names, the one with the old value, the last one, the open one."""
    filled = [s for s in form.slots if waits.filled.get(s.name, SKIPPED) != SKIPPED]
    named = [s for s in (*filled, slot) if field and _names(s, field)]
    if named:
        return named
    with_old = [s for s in filled if old and _digits(old) and _digits(old) in _digits(waits.filled[s.name])]
    return [*with_old, *(s for s in reversed(filled) if s.kind != "text"), slot]


def _names(slot: Slot, field: str) -> bool:
    """Whether a customer's word for a field means a slot: by its name, its kind, or a word of its question.

    >>> _names(Slot("amount", "amount", {"zh": "转账金额是多少？"}), "金额"), _names(Slot("day", "date", {}), "amount")
    (True, False)
    """
    name = slot.name.replace("_", " ").casefold()
    return field in (name, slot.kind) or any(field in ask.casefold() for ask in slot.ask.values() if len(field) > 1)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text) or text.strip()

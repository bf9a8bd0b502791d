"""The conversation as a state machine: a state, a message and what the models make of it give the replies and the records to keep.

`turn` is pure: the same state, message and day give the same turn. Nothing but the records changes the state (`conversation_state.apply`),
so a conversation can be rebuilt from the log at any time. While a person has the conversation, or is waited for, a message gives its own
record and no reply.

>>> from breakeven.scenarios.support.answer_book import Answer, Topic
>>> book = AnswerBook(topics={"hours": Topic(answer=Answer(text={"en": "From 9 to 6."}))})
>>> state = Conversation("c1", "ann", "web", opened=0.0, introduced=True)
>>> heard = Understood("answer", (Guess("hours", 0.99),), "en")
>>> today = datetime.date(2026, 11, 30)
>>> turn(state, Incoming("m1", "when are you open?", "when are you open?", 1.0), heard, book, today).replies[0].text
'From 9 to 6.'
>>> turn(state, Incoming("m2", "agent!", "agent!", 2.0), heard, book, today).decision
'handoff'
"""

from __future__ import annotations

import datetime
import re
from typing import Any

from breakeven.scenarios.support import customer_words, forms, slots
from breakeven.scenarios.support.answer_book import AnswerBook, Button
from breakeven.scenarios.support.conversation_state import Conversation, Pending
from breakeven.scenarios.support.customer_words import MAX_READ, folded
from breakeven.scenarios.support.draft import Draft, Incoming, Turn, both, title, words
from breakeven.scenarios.support.understood import Guess, Understood

#: Times in a row that the same topic is answered; then a person is needed.
MOST_SAME = 2
#: Messages in a row that nothing could be made of; then a person is needed.
MOST_UNCLEAR = 2
#: Rude messages of a conversation; with the last of them a person is needed.
MOST_RUDE = 2


def turn(
    state: Conversation,
    message: Incoming,
    understood: Understood | None,
    book: AnswerBook,
    today: datetime.date,
    in_context: Understood | None = None,
) -> Turn:
    """What a message leads to.

    `understood` is None where the models failed, and where `needs_models` says that they are not asked. `in_context` is what they make of
    the message behind the one before it, where that is asked for.
    """
    draft = Draft(state, message, understood, book)
    said = folded(message.text)
    if not state.silent:
        _reply(draft, said, today, in_context)
    return draft.turn()


def needs_models(state: Conversation, text: str) -> bool:
    """Whether a message's topic matters: not while a person has the conversation, and not where no topic can be meant."""
    said = folded(text[:MAX_READ])
    return not (state.silent or customer_words.is_wordless(said) or len(text) > MAX_READ)


def needs_context(state: Conversation, text: str) -> bool:
    """Whether a message may have to be read with the one before it."""
    return bool(state.last_text) and not state.silent and state.pending is None and customer_words.goes_on(folded(text))


def _reply(draft: Draft, said: str, today: datetime.date, in_context: Understood | None) -> None:
    state, message = draft.state, draft.message
    if customer_words.wants_person(said):
        draft.hand_over("asked for a person", _form_so_far(state))
    elif len(message.text) > MAX_READ:
        draft.hand_over("too long", _form_so_far(state))
    elif message.rude and state.rude + 1 >= MOST_RUDE and state.status != "closed":
        draft.hand_over("profanity", _form_so_far(state))
    elif draft.understood is None and not customer_words.is_wordless(said):
        draft.hand_over("service failed", _form_so_far(state))
    elif not (_goes_on(draft, said, today)):
        _fresh(draft, said, in_context)


def _form_so_far(state: Conversation) -> dict[str, str]:
    return dict(state.pending.filled) if state.pending is not None else {}


def _goes_on(draft: Draft, said: str, today: datetime.date) -> bool:
    """Whether the message answers what the bot asked; one that was said before it was asked cannot."""
    waits = draft.state.pending
    if waits is None or draft.message.late:
        return False
    if waits.kind == "form":
        return forms.go_on(draft, said, today, _answers_between)
    return _chooses(draft, waits, said)


def _answers_between(draft: Draft) -> bool:
    """Answer a question in the middle of a form, without a form of its own. Whether there was an answer."""
    assert draft.understood is not None
    guess = draft.understood.guesses[0]
    return _says_answer(draft, guess, draft.understood.phrased)


def _chooses(draft: Draft, waits: Pending, said: str) -> bool:
    """Whether the message chooses one of the topics it was asked to choose from, or says that it is none of them."""
    topic = chosen(draft.book, waits.topics, said)
    if topic is not None:
        _answer(draft, Guess(topic, 1.0), chosen=True)
    elif customer_words.says_neither(said):
        draft.say_own("talk.rephrase", _to_person(draft), unclear=True)
    else:
        return False
    return True


def chosen(book: AnswerBook, topics: list[str], said: str) -> str | None:
    """Which of the topics is meant by a title in any language, its number, its place, or a word that it alone has.

    >>> book = AnswerBook(topics={}, languages=("en",))
    >>> [chosen(book, ["lost_card", "stolen_phone"], said) for said in ("2", "the first one", "lost card", "the phone", "what?")]
    ['stolen_phone', 'lost_card', 'lost_card', 'stolen_phone', None]
    """
    if len(topics) == 1 and customer_words.says_yes(said):
        return topics[0]
    bare = re.sub(r"[\W_]+", "", said)
    if bare in ("前者", "前面的", "前一个"):
        return topics[0]
    if bare in ("后者", "后面的", "后一个") and len(topics) > 1:
        return topics[1]
    for language in dict.fromkeys((*book.languages, "en", "zh")):
        titles = tuple(title(book, topic, language) for topic in topics)
        found = slots.choice_in(said, titles) if len(set(titles)) == len(titles) else None
        if found is not None:
            return topics[titles.index(found)]
        if len(said) <= customer_words.SHORT and not customer_words.is_question(said):
            hits = _own_words(titles, said)
            if len(hits) == 1:
                return topics[hits[0]]
    return None


def _own_words(titles: tuple[str, ...], said: str) -> list[int]:
    """The titles that share a word with what was said which no other title has."""
    parts = [_parts(folded(one)) for one in titles]
    heard = _parts(said)
    return [
        i
        for i, own in enumerate(parts)
        if heard & (own - set[str]().union(*(other for j, other in enumerate(parts) if j != i)))
    ]


def _parts(text: str) -> set[str]:
    """Latin words of three letters or more, and pairs of Chinese characters."""
    han = re.findall("[\u3400-\u9fff]+", text)
    return {*re.findall(r"[a-z]{3,}", text), *(run[i : i + 2] for run in han for i in range(len(run) - 1))}


def _fresh(draft: Draft, said: str, in_context: Understood | None) -> None:
    """A message that goes on from nothing."""
    talk = customer_words.small_talk(said)
    if customer_words.is_wordless(said):
        _unclear(draft, "talk.wordless" if said else "talk.empty")
    elif customer_words.commands_bot(said):
        _unclear(draft, "talk.rules")
    elif talk is not None:
        draft.say_own(f"talk.{talk}", _to_person(draft) if talk == "who" else ())
        if talk == "bye":
            draft.close()
    else:
        _question(draft, in_context)


def _question(draft: Draft, in_context: Understood | None) -> None:
    assert draft.understood is not None
    understood = draft.understood
    if understood.decision == "answer":
        _answer(draft, understood.guesses[0])
    elif draft.message.rude and not draft.message.risky:
        draft.say_own("talk.calm", _to_person(draft), unclear=True)
    elif understood.decision == "clarify" and len(understood.guesses) > 1:
        _clarify(draft, [g.topic for g in understood.guesses[:2]])
    elif in_context is not None and in_context.decision != "handoff":
        # What the two messages mean together was promised nothing about: the customer is asked.
        _clarify(draft, [in_context.guesses[0].topic])
    else:
        draft.hand_over(understood.reason or "not sure")


def _answer(draft: Draft, guess: Guess, chosen: bool = False) -> None:
    """Answer a topic, with its form after it, or give it to a person."""
    state, topic = draft.state, draft.book.topics.get(guess.topic)
    draft.answered(guess)
    if topic is None or not topic.answerable:
        draft.hand_over("topic for a person" if topic is not None and topic.hand_over else "no answer written")
        return
    if state.topic == guess.topic and state.same >= MOST_SAME:
        draft.hand_over("not sure")
        return
    phrased = "" if chosen or draft.understood is None else draft.understood.phrased
    if not _says_answer(draft, guess, phrased, chosen):
        draft.hand_over("no answer written")
    elif topic.answer is not None and topic.answer.form is not None:
        forms.begin(draft, topic.answer.form)


def _says_answer(draft: Draft, guess: Guess, phrased: str = "", chosen: bool = False) -> bool:
    """Say the answer to a topic. False where none is written in the language, or a variable of it has no value."""
    found = draft.book.answer(guess.topic, draft.language)
    text = None if found is None else draft.filled(phrased or found.text[draft.language], {})
    if found is None or text is None:
        return False
    stage = draft.understood.stage if draft.understood is not None else ""
    data: dict[str, Any] = {"topic": guess.topic, "confidence": guess.confidence, "stage": stage}
    draft.answered(guess)
    draft.say(text, "answer", found.buttons, found.source, **data, **({"chosen": True} if chosen else {}))
    return True


def _clarify(draft: Draft, topics: list[str]) -> None:
    """Ask which of two topics is meant, or whether one is; after too many in a row a person is needed."""
    if draft.state.unclear >= MOST_UNCLEAR:
        draft.hand_over("not sure")
        return
    language = draft.language
    titles = [
        {n: title(draft.book, topic, n) for n in dict.fromkeys((*draft.book.languages, "en"))} for topic in topics
    ]
    buttons = [Button(one, send=one.get(language, one["en"])) for one in titles]
    neither = both("clarify.neither" if len(topics) > 1 else "clarify.no")
    listed = [
        words("clarify.choice", language, number=n, title=one.get(language, one["en"]))
        for n, one in enumerate(titles, 1)
    ]
    text = "\n".join([words("clarify.two" if len(topics) > 1 else "clarify.one", language), *listed])
    guesses = draft.understood.guesses if draft.understood is not None else ()
    guess = next((g for g in guesses if g.topic == topics[0]), None)
    known: dict[str, Any] = {} if guess is None else {"topic": guess.topic, "confidence": guess.confidence}
    if guess is not None:
        draft.answered(guess)
    buttons.append(Button(neither, send=neither["zh" if language == "zh" else "en"]))
    draft.say(text, "clarify", buttons, unclear=True, offered=topics, **known)
    draft.wait_for(Pending("choice", topics=topics))


def _unclear(draft: Draft, name: str) -> None:
    """Ask for words; after too many in a row a person is needed."""
    if draft.state.unclear >= MOST_UNCLEAR:
        draft.hand_over("not sure")
    else:
        draft.say_own(name, _to_person(draft) if draft.state.unclear else (), unclear=True)


def _to_person(draft: Draft) -> list[Button]:
    return [Button(both("handoff.person"), send=words("handoff.person", draft.language))]

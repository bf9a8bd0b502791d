"""A small company's answer book, models that understand by words, and conversations in memory, for tests of the desk."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from breakeven.online.event import Event
from breakeven.scenarios.support import conversation, conversation_state, customer_words
from breakeven.scenarios.support.answer_book import Answer, AnswerBook, Button, Form, Slot, Topic
from breakeven.scenarios.support.conversation_state import Conversation
from breakeven.scenarios.support.draft import Incoming, Turn
from breakeven.scenarios.support.language import language
from breakeven.scenarios.support.understood import Guess, Understood

TODAY = datetime.date(2026, 11, 30)
#: Words by which the fake models know topics, the first that is found.
KNOWN = {
    "hours": ("open", "hours", "营业", "几点"),
    "fees": ("fee", "手续费"),
    "lost_card": ("lost my card", "卡丢了"),
    "transfer": ("transfer money", "转账"),
    "loan": ("loan", "贷款"),
    "profit": ("profit", "收益"),
    "rates": ("rates", "利率"),
    "english_only": ("cheque", "支票"),
}
BOOK = AnswerBook(
    topics={
        "hours": Topic(
            {"en": "Opening hours", "zh": "营业时间"},
            Answer({"en": "We are open from {opens} to 6 pm.", "zh": "营业时间为{opens}至18点。"}, source="faq.md#hours"),
        ),
        "fees": Topic(
            {"en": "Fees", "zh": "手续费"},
            Answer({"en": "A transfer costs 1 USD.", "zh": "每笔转账1美元。"}, buttons=(Button({"en": "More"}, url="https://bank.example/fees"),)),
        ),
        "lost_card": Topic(
            {"en": "Lost card", "zh": "卡片丢失"},
            Answer({"en": "We can block it.", "zh": "可以为您挂失。"}, form="block"),
        ),
        "transfer": Topic(
            {"en": "Transfer money", "zh": "转账"}, Answer({"en": "Let us do that.", "zh": "好的，开始办理。"}, form="transfer")
        ),
        "loan": Topic({"en": "Loans", "zh": "贷款"}, hand_over=True),
        "profit": Topic(answer=Answer({"en": "You get a guaranteed return.", "zh": "保本保收益。"})),
        "rates": Topic(answer=Answer({"en": "It is {rate} %.", "zh": "利率为{rate}%。"})),
        "english_only": Topic(answer=Answer({"en": "Cheques take two days."})),
    },
    forms={
        "block": Form(
            (Slot("card", "card", {"en": "Which card?", "zh": "请问卡号？"}),),
            {"en": "Card {card} will be blocked.", "zh": "卡片 {card} 将被挂失。"},
        ),
        "transfer": Form(
            (
                Slot("amount", "amount", {"en": "What amount?", "zh": "转账金额是多少？"}),
                Slot("day", "date", {"en": "On which date?", "zh": "哪一天转账？"}),
                Slot("note", "text", {"en": "Any note?", "zh": "附言是什么？"}, optional=True),
            ),
            {"en": "{amount} on {day}, note {note}.", "zh": "{day} 转 {amount}，附言 {note}。"},
            hand_over=False,
        ),
    },
    variables={"opens": "9 am"},
    never=("guaranteed return", "保本"),
    languages=("en", "zh"),
)  # fmt: skip


class Words:
    """Models that know topics by words: one is answered, two are asked about, none goes to a person. "crash" fails."""

    def understand(self, texts: Sequence[str]) -> list[Understood]:
        return [heard(text) for text in texts]


class QuickWords(Words):
    """The same at once."""

    def at_once(self, text: str) -> Understood | None:
        return heard(text)


def heard(text: str) -> Understood:
    low = text.lower()
    if "crash" in low:
        raise RuntimeError("the model is down")
    found = [topic for topic, words in KNOWN.items() if any(word in low for word in words)]
    spoken = language(text)
    if not found:
        return Understood("handoff", (Guess("hours", 0.2),), spoken, reason="out of scope")
    guesses = tuple(Guess(topic, 0.97 if len(found) == 1 else 0.5) for topic in found[:3])
    return Understood("answer" if len(found) == 1 else "clarify", guesses, spoken, stage="words")


def tried(text: str) -> Understood | None:
    """The same; None where the models fail."""
    return None if "crash" in text else heard(text)


class Talk:
    """A conversation without a log: what is said leads to records, and those to the state."""

    def __init__(self, book: AnswerBook = BOOK, channel: str = "web") -> None:
        self.book = book
        self.state = Conversation("c1", "ann", channel, opened=1.0)
        self.records: list[Event] = []
        self.clock = 0.0

    def say(self, text: str, **message: object) -> Turn:
        """What a message leads to."""
        self.clock += 1.0
        said = customer_words.folded(text[: customer_words.MAX_READ])
        rude, risky = customer_words.is_rude(said), customer_words.is_risky(said)
        incoming = Incoming(f"c1/m{self.clock:g}", text, text[: customer_words.MAX_READ], self.clock, rude=rude, risky=risky,
                            first=not self.records, **message)  # type: ignore[arg-type]  # fmt: skip
        understood = in_context = None
        if conversation.needs_models(self.state, text):
            understood = tried(text)
            if conversation.needs_context(self.state, text):
                in_context = tried(f"{self.state.last_text} {text}")
        made = conversation.turn(self.state, incoming, understood, self.book, TODAY, in_context)
        self.take(*made.records)
        return made

    def take(self, *records: Event) -> None:
        """Records into the state."""
        for record in records:
            self.records.append(record)
            conversation_state.apply(self.state, record)

    def person(self, kind: str, **data: object) -> None:
        """Something that the staff did."""
        self.clock += 1.0
        self.take(Event("ann", "c1", kind, self.clock, data=data))

    def hears(self, text: str) -> str:
        """All that is answered to a message, as one text."""
        return "\n".join(reply.text for reply in self.say(text).replies)

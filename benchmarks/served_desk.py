"""A desk for the benchmarks of its service: a company of twenty topics, and models that take as long as a linear model does.

python benchmarks/served_desk.py FOLDER PORT     # serve it
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from breakeven.online.logs import open_log
from breakeven.scenarios.support.answer_book import Answer, AnswerBook, Form, Slot, Topic
from breakeven.scenarios.support.conversations import Conversations
from breakeven.scenarios.support.record_checks import CHECKS
from breakeven.scenarios.support.service import SupportService
from breakeven.scenarios.support.understood import Guess, Understood
from breakeven.serving import app, run
from breakeven.serving.limits import Limits

#: Seconds of processor time that the stand-in for a linear model takes for a message.
MODEL_SECONDS = 3e-4
TOPICS = [f"topic_{i}" for i in range(20)]
BOOK = AnswerBook(
    topics={
        name: Topic(
            {"en": name.replace("_", " "), "zh": f"主题 {i}"},
            Answer({"en": f"The answer to {name}. " * 4, "zh": f"关于主题{i}的答案。" * 8}, source=f"faq.md#{name}",
                   form="refund" if i == 7 else None),
            hand_over=i == 19,
        )
        for i, name in enumerate(TOPICS)
    },
    forms={"refund": Form((Slot("amount", "amount", {"en": "What amount?", "zh": "金额是多少？"}),
                           Slot("day", "date", {"en": "On which date?", "zh": "哪一天？"})),
                          {"en": "{amount} on {day}.", "zh": "{day}：{amount}。"})},
    never=("guaranteed return", "保本"),
    languages=("en", "zh"),
)  # fmt: skip


class Models:
    """Knows the topic that a message names ("topic_3"); two are asked about, none is out of scope."""

    def understand(self, texts: Sequence[str]) -> list[Understood]:
        """What each text means."""
        return [self.at_once(text) for text in texts]

    def at_once(self, text: str) -> Understood:
        """What a text means, after MODEL_SECONDS of work."""
        until = time.perf_counter() + MODEL_SECONDS
        found = [word for word in text.split() if word in BOOK.topics]
        spoken = "zh" if any("\u4e00" <= c <= "\u9fff" for c in text) else "en"
        guesses = tuple(Guess(name, 0.98 if len(found) == 1 else 0.5) for name in found[:3])
        while time.perf_counter() < until:
            pass
        if not found:
            return Understood("handoff", (Guess(TOPICS[0], 0.1),), spoken, reason="out of scope")
        return Understood("answer" if len(found) == 1 else "clarify", guesses, spoken, stage="linear")


def main() -> None:
    """Serve the desk of a folder on a port, until it is ended."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    models = Models()
    conversations = Conversations(open_log(folder, "desk", CHECKS, url=""), models, BOOK)
    service = SupportService("desk", conversations, models)
    run.serve(app.application([service]), lambda port: f"serving on {port}", "127.0.0.1", port, Limits())


if __name__ == "__main__":
    main()

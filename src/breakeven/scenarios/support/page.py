"""The page for trying out a desk, and the chat widget that any page may include."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from breakeven.core.verdict import Text
from breakeven.report import labels
from breakeven.scenarios.support.answer_book import AnswerBook
from breakeven.serving import assets, pages
from breakeven.serving.endpoint import Content, Endpoint, Plain

PACKAGE = "breakeven.scenarios.support"
#: Seconds for which browsers keep the widget.
KEPT = 3_600
#: Topics that the page names.
SHOWN = 12


@cache
def widget() -> Content:
    """The script of `<breakeven-chat>`."""
    return assets.script("widget.js", PACKAGE)


class About(NamedTuple):
    """What the page says of a desk: its name, the titles of the topics that it answers, and the verdict's sentence."""

    name: str
    topics: Sequence[Text]
    sentence: Mapping[str, str] | None


def about(name: str, book: AnswerBook, sentence: Mapping[str, str] | None) -> About:
    """What the page says of a desk, of its book of answers."""
    answered = [(topic, one.title) for topic, one in book.topics.items() if one.answerable]
    titles = [
        Text(en=t.get("en") or t.get("zh") or topic, zh=t.get("zh") or t.get("en") or topic) for topic, t in answered
    ]
    return About(name, titles, sentence)


def page(about: About) -> Content:
    """The page of a desk; `about` is what the function of that name gives."""
    say = labels.of(PACKAGE, "page")
    sentence, topics = about.sentence, about.topics
    return pages.page(
        "page.html",
        PACKAGE,
        about.name,
        {},
        t=say,
        does=say("page.does", topics=f"{len(topics):,}"),
        topics=topics[:SHOWN],
        more=say("try.more", count=f"{len(topics) - SHOWN:,}") if len(topics) > SHOWN else None,
        verdict=Text(en=sentence["en"], zh=sentence["zh"]) if sentence else None,
        widget=f"widget.js?{assets.digest(widget().body)}",
    )


class PageEndpoints:
    """GET / and GET /widget.js of a desk."""

    def __init__(self, about: About) -> None:
        self._page = page(about)

    def endpoints(self) -> list[Endpoint]:
        """The page, and the widget, which pages of every site may include."""
        return [
            Endpoint("GET", "/", self.page, "A page to try the desk"),
            Endpoint("GET", "/widget.js", self.widget, "The chat widget for any page", scope="open", public=KEPT),
        ]

    def page(self, request: Plain) -> Content:
        """GET /."""
        return self._page

    def widget(self, request: Plain) -> Content:
        """GET /widget.js."""
        return widget()

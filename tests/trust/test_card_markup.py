"""Names from the data bring no tag, link or image into card.md, by a reader of CommonMark."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from breakeven.trust.card import escaped

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](http://evil.example/pixel)",
    "<http://evil.example>",
    "[a]: http://evil.example\n\n[a]",
    "`<b>` ``<img src=x>",
    "\\`<img src=x>`",
    "``<img src=x>",
    "a`b<img src=x>",
    "```\n<img src=x>\n```",
    "\n\n<img src=x>\n\n",
    "\n# a heading of its own\n",
    "&lt;img src=x&gt;&#60;img src=x&#62;",
    "\\<img src=x>",
    "<!-- a comment",
    "<a\nhref='http://evil.example'>x</a>",
    "\\[x](http://evil.example)",
    "`\\`<img src=x>`",
    "1. a list",
    "- a list",
    "* * *",
    "---",
    "> a quotation",
    "~~~",
]
#: Lines of a card, around a name.
LINES = ["Classes: {}, other.", "`{}`: 0.1 (0.0 to 0.2)", "found in `{}`: {}. {}.", "{}"]


class Tags(HTMLParser):
    """The tags of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("line", LINES)
def test_a_name_brings_no_markup(name: str, line: str) -> None:
    page = Tags(MarkdownIt("commonmark").render(f"- {escaped(line.replace('{}', name))}\n- next\n"))
    assert page.found <= {"ul", "li", "code", "p"}


@pytest.mark.parametrize("name", [n for n in HOSTILE if "`" not in n])
def test_a_name_is_shown_as_it_is(name: str) -> None:
    page = Tags(MarkdownIt("commonmark").render(f"- {escaped(f'Classes: {name}')}\n"))
    assert " ".join(name.split()) in page.text


def test_our_own_code_stays_code() -> None:
    assert MarkdownIt().render(escaped("`a<b`: 0.1")) == "<p><code>a&lt;b</code>: 0.1</p>\n"

"""A page of HTML as questions and answers: headings, definition lists, disclosures; menus, scripts and styles are left out.

>>> html_entries("<h1>Help</h1><h2>How do I pay?</h2><p>By <b>card</b>.</p><dl><dt>Fees</dt><dd>None.</dd></dl>")
[('Help', '', ''), ('How do I pay?', 'By card.', ''), ('Fees', 'None.', '')]
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

#: What begins a question, what stands between lines of an answer, and what is not read.
_QUESTIONS = ("h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary")
_BREAKS = ("p", "br", "li", "div", "tr", "dd", "ul", "ol", "table", "section", "article", "details")
_SKIPPED = (
    "script",
    "style",
    "nav",
    "header",
    "footer",
    "aside",
    "noscript",
    "template",
    "svg",
    "form",
    "button",
    "head",
)
#: Elements that are never closed.
_VOID = ("br", "img", "hr", "input", "meta", "link", "source", "wbr", "area", "base", "col", "embed", "track", "param")


class _Page(HTMLParser):
    """Collects questions and the text below each."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.entries: list[tuple[str, list[str]]] = []
        self.title, self.address = "", ""
        self._skipping: list[str] = []
        self._question: list[str] | None = None
        self._in_title = False
        self._links: list[str] = []
        self.above: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        given = dict(attrs)
        if tag == "link" and given.get("rel") == "canonical":
            self.address = given.get("href") or ""
        if tag == "title" and not self.title:
            self._in_title = True
        if tag in _SKIPPED or given.get("hidden", "no") is None or given.get("aria-hidden") == "true":
            if tag not in _VOID:
                self._skipping.append(tag)
        elif tag in _QUESTIONS and not self._skipping:
            self._question = []
        elif tag in _BREAKS:
            self._add("\n- " if tag == "li" else "\n")
        elif tag == "a":
            self._links.append(given.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        if tag == "title":
            self._in_title = False
        if self._skipping:
            if tag == self._skipping[-1]:
                self._skipping.pop()
        elif tag in _QUESTIONS and self._question is not None:
            self.entries.append((_one_line(self._question), []))
            self._question = None
        elif tag in _BREAKS:
            self._add("\n")
        elif tag == "a" and self._links:
            link = self._links.pop()
            if link.startswith(("http://", "https://", "mailto:", "tel:")) and self._question is None:
                self._add(f" ({link.removeprefix('mailto:').removeprefix('tel:')})")

    def handle_data(self, data: str) -> None:
        """A text between elements."""
        if self._in_title:
            self.title += data
        if not self._skipping:
            self._add(re.sub(r"\s+", " ", data))

    def _add(self, text: str) -> None:
        if self._skipping:
            return
        if self._question is not None:
            self._question.append(text)
        elif self.entries:
            self.entries[-1][1].append(text)
        else:
            self.above.append(text)


def html_entries(text: str) -> list[tuple[str, str, str]]:
    """Questions, answers ("" below a heading of sections) and the page's address ("" where it does not say it)."""
    page = _Page()
    page.feed(text)
    page.close()
    out = [(question, _lines(body), page.address) for question, body in page.entries]
    above = _lines(page.above)
    if above and page.title.strip():
        out.insert(0, (_one_line([page.title]), above, page.address))
    return out


def _one_line(parts: list[str]) -> str:
    return " ".join("".join(parts).split())


def _lines(parts: list[str]) -> str:
    lines = [" ".join(line.split()) for line in "".join(parts).split("\n")]
    return "\n".join(line for line in lines if line and line != "-")

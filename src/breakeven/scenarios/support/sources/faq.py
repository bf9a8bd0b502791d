"""FAQs and help pages: markdown and HTML whose headings are questions and whose texts are the answers.

Each entry is a topic: its heading is the topic's name, title and only question. A heading without a text of its own is a section. `Q:` and
`A:` (问：, 答：) at the start of lines are read as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from breakeven.core.errors import InputError
from breakeven.scenarios.support.answer_book import Answer, Topic
from breakeven.scenarios.support.language import UNKNOWN, language
from breakeven.scenarios.support.sources.document_files import Documents
from breakeven.scenarios.support.sources.help_page import html_entries
from breakeven.scenarios.support.sources.source_content import SourceContent, Utterance, left_out, topic_name

#: Longest answer that is kept; longer ones end at a sentence, with the page as their source.
LONGEST_ANSWER = 1_500
#: Most tags of a page that may lack their end.
MAX_UNCLOSED = 1_000
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_TITLE = re.compile(r"^title:\s*[\"']?(.*?)[\"']?\s*$", re.MULTILINE)
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_UNDERLINE = re.compile(r"^(=+|-{3,})\s*$")
_BOLD = re.compile(r"^(?:\d+[.)]\s*)?\*\*(.+?)\*\*\s*$")
_Q = re.compile(r"^\W{0,4}(?:Q|Question|问|問|问题)\s*\d*\s*[:：.、]\s*\**\s*(.+?)\**$", re.IGNORECASE)
_A = re.compile(r"^\W{0,4}(?:A|Answer|答|答案)\s*\d*\s*[:：.、]\s*\**\s*(.*)$", re.IGNORECASE)
_LINK = re.compile(r"(?<!!)\[([^\[\]]{1,300})\]\(([^()\s]{1,1000})(?:\s+\"[^\"]*\")?\)")
_IMAGE = re.compile(r"!\[[^\[\]]{0,300}\]\([^()]{0,1000}\)")
_MARKS = re.compile(r"(\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|`|<!--.*?-->|<[^>]{1,200}>)", re.DOTALL)
_NUMBER = re.compile(r"^\s*(?:\d{1,3}[.)、]|[一二三四五六七八九十]+、|Q\d*[:：.])\s*")
_SENTENCE = re.compile(r".*[.!?。！？]", re.DOTALL)


@dataclass(frozen=True)
class _Entry:
    question: str
    answer: str
    source: str
    line: int | None


def is_faq(text: str) -> bool:
    """Whether a markdown text has headings, or lines that begin with Q: and A:."""
    lines = text.splitlines()
    return any(_HEADING.match(line) or _Q.match(line) or _BOLD.match(line) for line in lines) or bool(
        _FRONT.match(text)
    )


def read_faq(documents: Documents) -> SourceContent:
    """Questions and answers of all pages. Raises InputError where there is none."""
    entries = list[_Entry]()
    if PurePosixPath(documents.root).suffix.lower() in (".html", ".htm"):
        entries += _page(documents.texts[""], PurePosixPath(documents.root).name, documents.root)
    else:
        for name, text in documents.ending("md", "markdown", "txt", ""):
            entries += _markdown(text.replace("\r\n", "\n"), name or PurePosixPath(documents.root).name)
    for name, text in documents.ending("html", "htm"):
        entries += _page(text, name, documents.where(name))
    full = [e for e in entries if e.answer and e.question]
    if not full:
        raise InputError(
            documents.root,
            "no heading with a text below it",
            "write each question as a heading ('## ...') and its answer below",
        )
    return _contents(full, len(entries) - len(full))


def _page(text: str, name: str, where: str) -> list[_Entry]:
    """Entries of a page of HTML. Raises InputError for one with many tags that are never closed: it would take minutes to read."""
    unclosed = text.count("<") - text.count(">")
    if unclosed > MAX_UNCLOSED:
        raise InputError(where, f"{unclosed:,} tags have no '>'", "save the page again, or write it as markdown")
    return [_Entry(question, answer, source or name, None) for question, answer, source in html_entries(text)]


def _contents(entries: Sequence[_Entry], empty: int) -> SourceContent:
    topics, messages = dict[str, Topic](), list[Utterance]()
    again, cut = 0, 0
    for e in entries:
        name = topic_name(e.question)
        text = _shortened(e.answer)
        cut += text != e.answer
        spoken = _spoken(e)
        if name in topics:
            again += 1
            continue
        topics[name] = Topic({spoken: e.question}, Answer({spoken: text}, source=e.source))
        messages.append(Utterance(e.question, name, line=e.line))
    findings = (
        *left_out("FAQ", "headings have no text below them", "taken as sections", empty),
        *left_out("FAQ", "questions are asked more than once", "the first answer is given", again),
        *left_out(
            "FAQ", f"answers are longer than {LONGEST_ANSWER:,} characters", "shortened; their source is cited", cut
        ),
    )
    return SourceContent(tuple(messages), topics, None, findings)


def _spoken(e: _Entry) -> str:
    found = language(e.answer)
    found = language(e.question) if found == UNKNOWN else found
    return "en" if found == UNKNOWN else found


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_ANSWER:
        return text
    cut = _SENTENCE.match(text[:LONGEST_ANSWER])
    return cut[0] if cut and len(cut[0]) > LONGEST_ANSWER // 2 else f"{text[: LONGEST_ANSWER - 3].rstrip()}..."


def _markdown(text: str, source: str) -> list[_Entry]:
    """Entries of a page; its front matter's title is the question of what stands above the first heading."""
    question, skipped = "", 0
    if front := _FRONT.match(text):
        title = _TITLE.search(front[1])
        question, skipped, text = title[1] if title else "", front[0].count("\n"), text[front.end() :]
    out, body, at, fenced = list[_Entry](), list[str](), 1 + skipped, False
    for number, line in enumerate(_with_hashes(text.split("\n")), 1 + skipped):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        found = None if fenced else (_HEADING.match(line) or _Q.match(line) or _BOLD.match(line))
        if found is None:
            answer = _A.match(line) if question else None
            body.append(answer[1] if answer else line)
            continue
        if question or "".join(body).strip():
            out.append(_Entry(_clean(question), _answer(body), source, at))
        question, body, at = found[2] if found.re is _HEADING else found[1], [], number
    out.append(_Entry(_clean(question), _answer(body), source, at))
    return [e for e in out if e.question]


def _with_hashes(lines: Sequence[str]) -> Iterable[str]:
    """Headings underlined by = or - written with #."""
    for i, line in enumerate(lines):
        below = lines[i + 1] if i + 1 < len(lines) else ""
        above = lines[i - 1] if i else ""
        if line.strip() and not line.startswith(("#", "-", "|", " ")) and _UNDERLINE.match(below):
            yield f"# {line.strip()}"
        elif _UNDERLINE.match(line) and above.strip() and not above.startswith(("#", "-", "|", " ")):
            yield ""
        else:
            yield line


def _clean(question: str) -> str:
    return " ".join(_NUMBER.sub("", _plain(question)).split())


def _answer(body: Sequence[str]) -> str:
    text = _plain("\n".join(line.rstrip() for line in body)).strip()
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+(?=\n)", "", text))


def _plain(text: str) -> str:
    """Markdown without marks; links keep their addresses behind their words."""
    text = _IMAGE.sub("", text)
    text = _LINK.sub(lambda m: m[1] if m[1] == m[2] or m[2].startswith("#") else f"{m[1]} ({m[2]})", text)
    return _MARKS.sub("", text)

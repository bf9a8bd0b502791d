"""answers.csv (or a workbook): one row a topic, or one a topic and language.

Columns: topic; answer with language, or answer_en and answer_zh (en and zh will do); title (title_en ...), source, link with link_label, form,
hand_over. Forms and variables need answers.yaml, variables also fit product.yaml.
"""

from __future__ import annotations

import re
from pathlib import Path

from breakeven.core.errors import InputError
from breakeven.core.types import Table
from breakeven.files.read import read_file
from breakeven.scenarios.support.answer_book import Answer, AnswerBook, Button, Topic
from breakeven.scenarios.support.language import language
from breakeven.scenarios.support.sources.column_names import NAMES, plain
from breakeven.scenarios.support.sources.question_table import ALL_TEXTS, code, texts_of

_BY_LANGUAGE = re.compile(r"(?:(answer|title|link_label|答案|标题)[_ -])?([a-z]{2})", re.IGNORECASE)
_OTHERS = {"title": ("title", "标题", "名称"), "source": ("source", "来源"), "link": ("link", "url", "链接"),
           "link_label": ("linklabel", "button", "按钮"), "hand_over": ("handover", "person", "转人工", "人工")}  # fmt: skip
_TRUE, _FALSE = ("1", "true", "yes", "y", "是", "x"), ("", "0", "false", "no", "n", "否")


def table_book(path: Path, languages: tuple[str, ...]) -> AnswerBook:
    """The book of a table. Raises InputError naming the row."""
    table = read_file(path, ALL_TEXTS)
    roles, wide = _columns(table)
    topics, seen = dict[str, Topic](), set[tuple[str, str]]()
    for i in range(table.rows):
        row = {role: texts_of(table.columns[column])[i] for role, column in roles.items()}
        where = f"{path}, line {table.first_line + i}"
        name = row.get("topic", "")
        if not name:
            raise InputError(where, "a row without a topic", "name its topic, or delete the row")
        texts = {
            spoken: texts_of(table.columns[column])[i] for (what, spoken), column in wide.items() if what == "answer"
        }
        if row.get("answer"):
            spoken = code(row.get("language", "")) or language(row["answer"])
            texts[spoken if spoken in languages or row.get("language") else (languages or ("en",))[0]] = row["answer"]
        texts = {spoken: text for spoken, text in texts.items() if text}
        for spoken in texts:
            if (name, spoken) in seen:
                raise InputError(where, f"a second answer to {name!r} in {spoken}", "keep one of them")
            seen.add((name, spoken))
        titles = {
            spoken: texts_of(table.columns[column])[i] for (what, spoken), column in wide.items() if what == "title"
        }
        topics[name] = _joined(topics.get(name, Topic()), row, texts, {k: v for k, v in titles.items() if v}, where)
    return AnswerBook(topics, languages=languages or _spoken(topics))


def _columns(table: Table) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    roles, wide = dict[str, str](), dict[tuple[str, str], str]()
    for column in table.columns:
        if match := _BY_LANGUAGE.fullmatch(column.strip()):
            what = {"答案": "answer", "标题": "title"}.get(match[1] or "answer", (match[1] or "answer").lower())
            wide[what, match[2].lower()] = column
            continue
        names = {role: NAMES[role] for role in ("topic", "answer", "language")} | _OTHERS | {"form": ("form", "表单")}
        role = next((role for role, known in names.items() if plain(column) in map(plain, known)), None)
        if role is not None and role not in roles:
            roles[role] = column
    if "topic" not in roles or ("answer" not in roles and not any(what == "answer" for what, _ in wide)):
        columns = ", ".join(list(table.columns)[:12])
        raise InputError(
            table.source,
            f"no columns for the topic and its answer (columns are: {columns})",
            "call them topic and answer, or answer_en and answer_zh",
        )
    return roles, wide


def _joined(topic: Topic, row: dict[str, str], texts: dict[str, str], titles: dict[str, str], where: str) -> Topic:
    """A topic with what one more row says of it."""
    spoken = next(iter(texts), "en")
    if row.get("title"):
        titles = {spoken: row["title"], **titles}
    said = row.get("hand_over", "").lower()
    if said not in _TRUE and said not in _FALSE:
        raise InputError(f"{where}, hand_over", f"{said!r} is not true or false", "write true, or leave it empty")
    old = topic.answer or Answer({})
    link = row.get("link", "")
    if link and not link.startswith(("https://", "http://", "mailto:", "tel:")):
        raise InputError(f"{where}, link", f"{link!r} is no address", "begin it with https://")
    buttons = old.buttons
    if link and not any(button.url == link for button in buttons):
        buttons = (*buttons, Button({spoken: row.get("link_label") or link}, url=link))
    answer = Answer({**old.text, **texts}, buttons, row.get("source") or old.source, row.get("form") or old.form)
    return Topic({**topic.title, **titles}, answer if answer.text else None, topic.hand_over or said in _TRUE)


def _spoken(topics: dict[str, Topic]) -> tuple[str, ...]:
    codes = [spoken for topic in topics.values() if topic.answer for spoken in topic.answer.text]
    return tuple(sorted(dict.fromkeys(codes), key=lambda one: -codes.count(one))) or ("en",)

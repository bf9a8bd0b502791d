"""A small finance company to try: questions of its customers in English and Chinese, its answers, its FAQ. All written for this purpose."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

#: Topics, questions and answers as data files beside this one.
_DATA = resources.files("breakeven.scenarios.support") / "sample_data"
#: Ways to say the same more politely or in a hurry, by language; `{}` is the question.
_OPENERS = {
    "en": ("hi, {}", "Hello, {}", "{} please help", "quick question: {}", "good morning, {}", "{} thanks"),
    "zh": ("你好，{}", "请问{}", "{}，谢谢", "您好，{}", "麻烦问一下，{}", "在吗？{}"),
}
#: Questions of a topic and language that are also asked in another way, by the same customer.
SAID_AGAIN = 3
COLUMNS = ("question", "topic", "language", "customer")


def new(folder: Path, minutes: float = 5) -> Path:
    """Write questions.csv, answers.yaml, faq.md and product.yaml. What is there already stays."""
    folder.mkdir(parents=True, exist_ok=True)
    brief = _text("product.yaml").replace("{name}", folder.name).replace("{minutes}", f"{minutes:g}")
    files = {
        "questions.csv": _table(),
        "answers.yaml": _text("answers.yaml"),
        "faq.md": _text("faq.md"),
        "product.yaml": brief,
    }
    for name, content in files.items():
        if not (folder / name).exists():
            (folder / name).write_text(content, encoding="utf-8", newline="\n")
    return folder


def questions() -> list[tuple[str, str, str, str]]:
    """The rows (question, topic, language, customer), in an order that a desk could have seen them in; the same at each call."""
    drawn = random.Random(0)  # noqa: S311  no secret
    rows = list[tuple[str, str, str, str]]()
    for language, openers in _OPENERS.items():
        for topic, texts in _by_topic(language):
            first = len(rows)
            rows += [(text, topic, language, f"c{first + i + 1:04}") for i, text in enumerate(texts)]
            for place in drawn.sample(range(len(texts)), SAID_AGAIN):
                text, opener = texts[place], drawn.choice(openers)
                if opener.index("{}") and text[:1].isupper() and text[1:2].islower() and not text.startswith("I "):
                    text = text[0].lower() + text[1:]
                rows.append((opener.format(text.rstrip("。")), topic, language, rows[first + place][3]))
    drawn.shuffle(rows)
    return rows


def _by_topic(language: str) -> Iterator[tuple[str, list[str]]]:
    topic, texts = "", list[str]()
    for line in _text(f"questions_{language}.txt").splitlines():
        if line.startswith("# "):
            if topic:
                yield topic, texts
            topic, texts = line[2:], []
        elif line:
            texts.append(line)
    yield topic, texts


def _table() -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(questions())
    return out.getvalue()


def _text(name: str) -> str:
    return _DATA.joinpath(name).read_text(encoding="utf-8")

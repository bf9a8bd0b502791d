"""A small finance company to try: questions of its customers in English and Chinese, its answers, its FAQ. All written for this purpose.

No customer ever asked these questions. About one in five is written by hand (`questions_*.txt`); the others are drawn from a small grammar
(`patterns_*.txt`) whose lines hold alternatives in braces, with typing errors and greetings. What is measured with them is easier than life.
"""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

#: Topics, questions, patterns and answers as data files beside this one.
_DATA = resources.files("breakeven.scenarios.support") / "sample_data"
#: Ways to say the same more politely or in a hurry, by language; `{}` is the question.
_OPENERS = {
    "en": ("hi, {}", "Hello, {}", "{}, please help", "quick question: {}", "good morning, {}", "{}, thanks"),
    "zh": ("你好，{}", "请问{}", "{}，谢谢", "您好，{}", "麻烦问一下，{}", "在吗？{}"),
}
#: Characters that people often type for others that sound the same.
_SLIPS_ZH = (("账", "帐"), ("登录", "登陆"), ("怎么", "咋"), ("收到", "收道"), ("贷款", "带款"))
#: Questions of a topic and language, and those of them that are a customer's second one.
OF_A_TOPIC, SAID_AGAIN = 56, 3
#: Share of character trigrams that two questions of a topic may have in common (Jaccard), and draws before the grammar is used up.
ALIKE, MOST_DRAWS = 0.6, 3_000
#: Shares of the drawn questions with a greeting, with a typing error, and (English) in small letters.
_GREETED, _MISTYPED, _SMALL = 0.12, 0.1, 0.5
COLUMNS = ("question", "topic", "language", "customer")
#: Chinese questions before which 请问 may stand: they ask something, and are not polite already.
_ASKS_ZH = re.compile(r"(?!.*(?:请|麻烦|帮|我想|我要)).*(?:吗|怎么|咋|什么|多少|多久|哪|几)")
_CHOICE = re.compile(r"\{([^{}]*)\}")


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
    for language in _OPENERS:
        patterns = dict(_by_topic(f"patterns_{language}.txt"))
        for topic, written in _by_topic(f"questions_{language}.txt"):
            texts = _with_drawn(written, patterns[topic], language, drawn)
            first = len(rows)
            rows += [(text, topic, language, f"c{first + i + 1:04}") for i, text in enumerate(texts)]
            pairs = drawn.sample(range(first, len(rows)), 2 * SAID_AGAIN)
            for a, b in zip(pairs[::2], pairs[1::2], strict=True):
                rows[b] = (*rows[b][:3], rows[a][3])
    drawn.shuffle(rows)
    return rows


def likeness(a: str, b: str) -> float:
    """Share of the character trigrams of two texts that they have in common (Jaccard), without regard to case.

    >>> likeness("Where is my card", "where is my card"), likeness("balance", "新卡怎么激活")
    (1.0, 0.0)
    """
    held, other = _trigrams(a), _trigrams(b)
    return len(held & other) / len(held | other)


def _with_drawn(written: list[str], patterns: list[str], language: str, drawn: random.Random) -> list[str]:
    """The questions written by hand and so many more of the grammar, each pattern in turn, that none is like another."""
    texts, plain = list(written), list(written)
    for turn in range(MOST_DRAWS):
        if len(texts) >= OF_A_TOPIC:
            break
        found = _CHOICE.sub(lambda m: drawn.choice(m[1].split("|")), patterns[turn % len(patterns)])
        found = found.replace(" ,", ",").replace(" ?", "?").strip()
        if all(likeness(found, other) < ALIKE for other in plain):
            plain.append(found)
            texts.append(_as_typed(found, language, drawn))
    return texts


def _as_typed(text: str, language: str, drawn: random.Random) -> str:
    """A question as a customer types it: some in small letters, some with an error, some with a greeting."""
    if language == "en":
        text = text.lower() if drawn.random() < _SMALL else text[0].upper() + text[1:]
    if drawn.random() < _MISTYPED:
        text = _mistyped(text, language, drawn)
    if drawn.random() < _GREETED:
        lower = text[:1].isupper() and text[1:2].islower()
        opener = drawn.choice(_OPENERS[language])
        if "问" in opener and not _ASKS_ZH.match(text):
            return text
        text = opener.format(text[0].lower() + text[1:] if lower and not opener.startswith("{") else text)
    return text


def _mistyped(text: str, language: str, drawn: random.Random) -> str:
    """A text with two letters of a longer word exchanged, or a character of the same sound."""
    if language == "zh":
        for right, wrong in _SLIPS_ZH:
            if right in text:
                return text.replace(right, wrong, 1)
        return text
    places = [m.start() for m in re.finditer(r"(?<=[a-z])[a-z]{2}(?=[a-z])", text)]
    at = drawn.choice(places) if places else 0
    return f"{text[:at]}{text[at + 1]}{text[at]}{text[at + 2 :]}" if at else text


def _trigrams(text: str) -> set[str]:
    padded = f"  {text.lower()} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def _by_topic(name: str) -> Iterator[tuple[str, list[str]]]:
    topic, texts = "", list[str]()
    for line in _text(name).splitlines():
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

"""Findings, why-nots, reasons of columns and of the choice are said in Chinese on Chinese pages."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from breakeven.core.types import Column, Finding
from breakeven.core.verdict import read
from breakeven.report import phrases
from tests.report import page_verdicts

SOURCE = Path(phrases.__file__).parents[1]


@cache
def written() -> str:
    """All text that the source writes, without what it puts in."""
    pieces: list[str] = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                pieces.append(node.value)
    return "\n".join(pieces)


@pytest.mark.parametrize("english", list(phrases.patterns()))
def test_a_known_sentence_is_one_that_is_written(english: str) -> None:
    """Words of it that stand together stand so in the source: a sentence that is reworded there is seen here."""
    words = max(re.split(r"\{\w+\}", english), key=len).strip(" .,;:()").split(" ")
    together = [" ".join(words[i : i + 2]) for i in range(max(len(words) - 1, 1))]
    assert any(two in written() for two in together), together


@pytest.mark.parametrize("english", list(phrases.patterns()))
def test_both_languages_hold_the_same_values(english: str) -> None:
    filled = re.sub(r"\{(\w+)\}", r"<\1>", english)
    chinese = phrases.phrase(filled).zh
    assert set(re.findall(r"<(\w+)>", chinese)) <= set(re.findall(r"<(\w+)>", filled))
    assert re.search("[\u4e00-\u9fff]", chinese) and not re.search(r"\{\w+\}", chinese)
    assert re.search("[\u4e00-\u9fff][,;:!?]|[,;:!?][\u4e00-\u9fff]", chinese) is None, chinese


def test_types_that_may_be_null_and_the_actions_of_staff_are_said_whole() -> None:
    """Of these a part was Chinese and the rest English, or all English on the Chinese /docs."""
    for text in ("a number of at least 0, or null", "expected a number or null, got 'old'; send that, or null if unknown",
                 "Take a conversation; 409 names who has it", "Say something to the customer", "Give it back to the bot",
                 "Close it"):  # fmt: skip
        assert re.search("[a-z]{3,}", phrases.phrase(text).zh.replace("null", "").replace("'old'", "")) is None, text


def test_a_value_that_looks_like_a_sentence_is_left_alone() -> None:
    assert phrases.phrase("constant: every known value is kept").zh == "常量：已知值都是 kept"
    assert phrases.phrase("left at 94 rows: clearly behind").zh == "训练到 94 行时退出：明显落后"
    assert phrases.phrase("something new").zh == "something new"
    assert phrases.phrase("x" * 100_000).zh == "x" * 100_000


def test_a_built_products_findings_and_reasons_are_all_known(built: Path) -> None:
    v = read(built / "build" / "latest" / "verdict.json")
    findings: tuple[Finding, ...] = v.findings
    said = [text for f in findings for text in (f.what, f.done)] + [v.chosen.reason]
    said += [t.why_not for t in v.test if t.why_not and t.kind != "hosted"]
    assert said
    assert [text for text in said if not phrases.is_known(text)] == []
    assert all(phrases.kind(f.kind).zh != f.kind for f in findings)


def test_roles_of_columns_are_said() -> None:
    columns: tuple[Column, ...] = page_verdicts.columns(20)
    assert {phrases.is_known(c.role) for c in columns} == {True}


def test_why_a_race_stopped_is_chinese_throughout() -> None:
    """The texts that `gate.finalists` and `gate.full_population` put together from parts."""
    few = "the brief's minutes were too few for a part of the candidates"
    used = "stopped at 113 of 640 rows: the brief's minutes were used up"
    judged = "finalists {} fitted on all but the validation rows, and judged by those"
    texts = [f"{used}; boosting, linear measured on all 640 after it"]
    for why in (few, used):
        texts += [why, f"{why}: {judged.format('are')}", f"{why}; {judged.format('were')}"]
    for text in texts:
        assert not re.search("[a-z]+ [a-z]+", phrases.chinese(text).replace("boosting, linear", ""))


def test_a_text_is_compared_with_the_few_sentences_that_begin_as_it_does() -> None:
    """None is missed by that, and no text is compared with all of them."""
    with_values = [english for english in phrases.patterns() if phrases._Pattern.of(english).names]
    for english in with_values:
        text = re.sub(r"\{\w+\}", "3", english)
        alike = phrases._alike(text[: phrases.BEGINNING])
        assert phrases._Pattern.of(english).texts in [pattern.texts for pattern, _ in alike]
        assert len(alike) < len(with_values) / 2

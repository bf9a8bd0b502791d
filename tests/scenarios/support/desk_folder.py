"""A small company of a few topics in English and Chinese, whose questions a linear model tells apart, and its folder."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from breakeven import pipeline
from breakeven.scenarios.registry import load_brief
from tests.shared_builds import once

TOPICS: dict[str, tuple[list[str], list[str]]] = {
    "lost_card": (
        ["lost my card", "card was stolen", "block my card", "cannot find my card"],
        ["卡丢了", "银行卡被偷", "挂失银行卡"],
    ),
    "opening_hours": (
        ["when do you open", "opening hours", "are you open", "closing time"],
        ["几点开门", "营业时间", "周末营业吗"],
    ),
    "fees": (
        ["what are the fees", "monthly fee", "charge for a transfer", "cost of an account"],
        ["手续费多少", "年费是多少", "收费标准"],
    ),
    "loan": (
        ["apply for a loan", "borrow money", "loan interest", "mortgage rates"],
        ["申请贷款", "贷款利率", "想借钱"],
    ),
    "password": (
        ["forgot my password", "reset the password", "cannot log in", "new password"],
        ["忘记密码", "重置密码", "登录不了"],
    ),
}
STRANGE = (
    ["weather tomorrow", "who won the match", "a joke please", "capital of france"],
    ["明天天气", "讲个笑话", "谁赢了比赛"],
)
BEFORE = {
    "en": ["", "hi, ", "please help: ", "question: ", "hello "],
    "zh": ["", "你好，", "请问", "您好，", "麻烦问下"],
}
AFTER = {
    "en": ["", " today", " thanks", " at the branch", " for my son", " as soon as possible"],
    "zh": ["", "，谢谢", "啊", "，急", "呢", "，在线等"],
}
ANSWERS = """
languages: [en, zh]
variables: {opens: 9 am}
topics:
  lost_card: {answer: {en: We block it at once., zh: 我们马上为您挂失。}, form: block}
  opening_hours: {answer: {en: "We open at {opens}.", zh: "我们早上{opens}开门。"}, source: "https://bank.example/hours"}
  fees: {answer: {en: Accounts are free., zh: 账户免费。}}
  loan: {hand_over: true}
  password: {answer: {en: Use the link on the login page., zh: 请点登录页的链接。}}
forms:
  block:
    slots: [{name: card, kind: card, ask: {en: "Which card?", zh: 哪张卡？}}]
    done: {en: "Card {card} is blocked.", zh: "卡{card}已挂失。"}
"""
BRIEF = """
name: desk
scenario: support
data: questions.csv
effort: 1
final: twin
limits: {{minutes: 1}}
support: {{error_budget: {budget}, answers: answers.yaml, out_of_scope: oos, candidates: [linear_svm]}}
"""


def rows() -> list[tuple[str, str]]:
    """Questions with their topics: every way to ask, with every beginning and end."""
    found = []
    for topic, both in [*TOPICS.items(), ("oos", STRANGE)]:
        for language, asked in zip(("en", "zh"), both, strict=True):
            for i, text in enumerate(asked):
                for j, before in enumerate(BEFORE[language]):
                    found += [(before + text + AFTER[language][(i + j + k) % 6], topic) for k in (0, 2, 3)]
    return found


def write(folder: Path, budget: float = 0.1) -> Path:
    """The folder of the company."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "questions.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("question", "topic"), *rows()])
    (folder / "answers.yaml").write_text(ANSWERS, encoding="utf-8")
    (folder / "product.yaml").write_text(BRIEF.format(budget=budget), encoding="utf-8")
    return folder


def finished(factory: pytest.TempPathFactory) -> Path:
    """The folder of the company with a finished build, this worker's copy."""
    return once(factory, "desk", lambda place: pipeline.build(load_brief(write(place))))

"""Words agree with numbers, and what a build writes with its verdict."""

from __future__ import annotations

import copy
import html
import re
from pathlib import Path

import pytest

from breakeven.core import store
from breakeven.core.verdict import Verdict, from_plain
from breakeven.report import figures, names, page, terminal, words


@pytest.fixture
def verdict(built: Path) -> dict:
    return store.read_json(built / "build" / "latest" / "verdict.json")


def variant(v: dict, **chosen: object) -> Verdict:
    """The document with another choice."""
    out = copy.deepcopy(v)
    out["chosen"] |= chosen
    return from_plain(out)


def with_crossing(v: dict, crossing: dict | None, **chosen: object) -> Verdict:
    """The document with another choice and crossing."""
    out = copy.deepcopy(v)
    out["breakeven"]["rows"] = crossing
    return variant(out, **chosen)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_tie_is_never_a_win(verdict: dict, language: str) -> None:
    tie = words.sentence(variant(verdict, tie=True, undecided_rows=None), language)
    lead = words.sentence(variant(verdict, tie=False), language)
    assert re.search(r"\b(wins|leads|better)\b|领先", tie) is None
    assert re.search(r"leads|领先", lead)
    assert ("No practical difference" in tie) or ("没有可证实的实际差异" in tie)
    assert "ndecided" not in tie and "定论" not in tie
    opened = words.sentence(variant(verdict, tie=True, undecided_rows=412), language)
    assert re.search(r"\b(wins|leads|better)\b|领先", opened) is None
    assert re.search(r"(Undecided: about|尚无定论：再标注约) 410 ", opened)
    likelier = words.sentence(variant(verdict, tie=True, undecided_rows=412, likelier=0.76), language)
    assert re.search(r"\b(wins|leads)\b|领先|the cheaper|更便宜的", likelier) is None
    assert "76%" in likelier and re.search("Too close to call|难分高下", likelier)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_numbers_in_the_words_are_those_of_the_verdict(verdict: dict, language: str) -> None:
    text = words.sentence(from_plain(verdict), language)
    mine = next(t for t in verdict["test"] if t["candidate"] == verdict["chosen"]["candidate"])
    assert f"{mine['score']:.3f}" in text
    d = verdict["chosen"]["difference_sealed"]
    assert f"{d['value'] * 100:+.1f}" in text
    assert f"{d['low'] * 100:+.1f}" in text
    assert f"{verdict['rows']['test']:,}" in text


@pytest.mark.parametrize(
    ("language", "warning"),
    [
        ("en", "`probability` is not to be relied on: it is off by 9 points on average (6 to 12) on the sealed rows."),
        ("zh", "`probability` 不可信赖：在封存测试数据上，它与实际命中率平均相差 9 个百分点（6"),
    ],
)
def test_probabilities_that_are_off_are_warned_of_at_once(verdict: dict, language: str, warning: str) -> None:
    assert verdict["product"]["unreliable"] is None and warning[:13] not in words.sentence(
        from_plain(verdict), language
    )
    off = copy.deepcopy(verdict)
    off["product"]["unreliable"] = {"value": 0.09, "low": 0.06, "high": 0.12}
    assert warning in words.sentence(from_plain(off), language)
    shown = page.render(from_plain(off), [], page.Serving("d", "x.csv"))
    first = html.unescape(shown[: shown.index("</section>")])
    assert re.sub("</?code>", "`", first).count(warning) == 1


def test_none_and_one_route_have_their_own_words(verdict: dict) -> None:
    assert "None is offered" in words.sentence(variant(verdict, route="none", candidate=None, reason="because."), "en")
    alone = copy.deepcopy(verdict)
    for t in alone["test"]:
        if t["route"] != alone["chosen"]["route"]:
            t["within_limits"] = False
    assert "no candidate of the other route" in words.sentence(from_plain(alone), "en")


@pytest.mark.parametrize(("language", "guess"), [("en", "always guessing the same: "), ("zh", "总猜同一个答案为 ")])
def test_the_baselines_sealed_score_stands_beside_that_of_the_choice(verdict: dict, language: str, guess: str) -> None:
    [baseline] = [t for t in verdict["test"] if t["kind"] == "baseline"]
    assert f"({guess}{baseline['score']:.3f})" in words.sentence(from_plain(verdict), language).translate(
        {0xFF08: "(", 0xFF09: ")"}
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_comparison_with_fewer_rows_than_there_are_is_said(verdict: dict, language: str) -> None:
    most = verdict["rows"]["train"]
    fewer = words.sentence(variant(verdict, compared_at=most // 2), language)
    assert re.search(f"(after|中的) {most // 2:,} ", fewer) and f"{most:,}" in fewer
    assert verdict["chosen"]["compared_at"] == most
    assert not re.search("compared after|比较的", words.sentence(from_plain(verdict), language))


@pytest.mark.parametrize(("route", "sign"), [("large", -1), ("traditional", 1)])
def test_sealed_rows_that_are_against_the_choice_are_said_to_be(verdict: dict, route: str, sign: int) -> None:
    against, marked = (
        {"value": sign * 0.1, "low": 0.1 * sign - 0.05, "high": 0.1 * sign + 0.05},
        "take neither for proved",
    )
    for tie in (True, False):
        chosen = {"route": route, "tie": tie, "candidate": "linear"}
        assert marked in words.sentence(variant(verdict, difference_sealed=against, **chosen), "en")
        other = {k: -v for k, v in (("value", against["value"]), ("low", against["high"]), ("high", against["low"]))}
        assert marked not in words.sentence(variant(verdict, difference_sealed=other, **chosen), "en")


@pytest.mark.parametrize(
    ("crossing", "expected"),
    [
        (None, ""),
        ({"value": None, "low": None, "high": None, "p_none_within_10x": 0.9}, "unlikely to change"),
        ({"value": 8234, "low": 5100, "high": 16000, "p_none_within_10x": 0.2}, "about 8,200 rows (5,100 to 16,000)"),
    ],
)
def test_the_crossing_in_words(verdict: dict, crossing: dict | None, expected: str) -> None:
    v = with_crossing(verdict, crossing, tie=False)
    assert expected in words.crossing(v, "en")


def test_a_tie_that_nobody_can_call_is_level(verdict: dict) -> None:
    for p_large, told in ((0.4, True), (0.95, False)):
        crossing = {"value": 8234, "low": 5100, "high": 16000, "p_none_within_10x": 0.2}
        v = with_crossing(verdict, crossing, tie=True, p_large=p_large)
        assert ("level" in words.crossing(v, "en")) is told
        assert ("不分上下" in words.crossing(v, "zh")) is told


def test_a_built_report_names_every_candidate_its_data_and_its_money(built: Path, verdict: dict) -> None:
    text = (built / "build" / "latest" / "report.html").read_text(encoding="utf-8")
    for t in verdict["test"]:
        assert names.candidate(t["candidate"]).en in text
    for arm in verdict["money"]["arms"]:
        assert arm["usd_per_month"] == pytest.approx(sum(arm["parts"].values()))
        assert figures.money(arm["usd_per_month"]) in text
    for needed in (
        "data.csv",
        "What it costs",
        "What was found in the data",
        "How to use it",
        "费用",
        'data-task="bill"',
    ):
        assert needed in text


def test_routes_that_were_not_compared_are_said_not_to_be(verdict: dict) -> None:
    alone = page.render(variant(verdict, difference_validation=None), (), page.Serving("churn", "rows.csv"))
    assert "the two routes were not compared" in alone


def test_the_card_names_limits(built: Path) -> None:
    card = (built / "build" / "latest" / "card.md").read_text(encoding="utf-8")
    assert "not measured" in card
    assert "90 % interval" in card


def test_plain_progress_says_how_far_and_how_long(capsys) -> None:
    say = terminal.Plain()
    say.stage("gate")
    say.step(1, 4, "size 1 of 4")
    out = capsys.readouterr().err
    assert "gate" in out
    assert "25%" in out
    assert "left" in out

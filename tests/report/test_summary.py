"""What a build ends with on the terminal: sentences, one table of at most five columns, one language, at any width."""

from __future__ import annotations

import io
import re
import sys
from typing import Any

import msgspec
import pytest
from rich.cells import cell_len

from breakeven.core.verdict import ValidationScore, Verdict
from breakeven.report import plain, summary
from breakeven.report.words import Language
from tests.report import outcomes

CASES = list(outcomes.drawn(1))


@pytest.mark.parametrize("columns", [40, 80, 100])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_everything_fits_and_is_in_one_language(capsys, monkeypatch, columns: int, language: Language) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for outcome, v in CASES:
        summary.show(v, language)
        out = capsys.readouterr().out
        shown = re.sub(r"\s", "", out)
        for sentence in plain.sentences(v, language):
            assert re.sub(r"\s", "", sentence) in shown, outcome
        table = out.split("\n\n")[1]
        assert max(cell_len(line) for line in table.splitlines()) <= columns, (outcome, table)
        other: Language = "zh" if language == "en" else "en"
        assert re.sub(r"\s", "", plain.sentences(v, other)[0]) not in shown
        if language == "en":
            bare = re.sub(r"'[^']*'|`[^`]*`", "", out)
            assert not re.search(r"[\u4e00-\u9fff]", bare), outcome


def test_the_table_has_five_columns_and_every_candidate(capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    for outcome, v in CASES:
        summary.candidates(v, "en")
        header, *rows = capsys.readouterr().out.splitlines()
        assert len(re.split(r" {2,}", header.strip())) == 5, outcome
        assert len(rows) >= len(v.test)
        for t in v.test:
            assert t.kind == "baseline" or any(f"({t.candidate}" in row for row in rows), (outcome, t.candidate)


def test_scores_are_the_products_and_validation_scores_say_so(capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    v = outcomes.tie(outcomes.Draw(1))
    assert v.product is not None
    point = ValidationScore(score=0.612, low=0.6, high=0.63, rows=100)
    behind = msgspec.structs.replace(outcomes.line("random_forest", None), validation=point)
    v = msgspec.structs.replace(v, test=(*v.test, behind), product=msgspec.structs.replace(v.product, value=0.987))
    summary.candidates(v, "en")
    lines = capsys.readouterr().out.splitlines()
    [taken] = [line for line in lines if "taken" in line]
    assert "0.987" in taken
    assert any("0.612 (validation)" in line and "behind on validation" in line for line in lines)


def with_validation(score: float, rows: int, **chosen: Any) -> Verdict:
    """A tie whose chosen candidate scored .7 on validation after 400 rows, and a rival without a sealed score that scored `score`."""
    v = outcomes.tie(outcomes.Draw(1))
    own = ValidationScore(score=0.7, low=0.65, high=0.75, rows=400)
    point = ValidationScore(score=score, low=score - 0.05, high=score + 0.05, rows=rows)
    test = [msgspec.structs.replace(t, validation=own) if t.candidate == v.chosen.candidate else t for t in v.test]
    rival = msgspec.structs.replace(outcomes.line("random_forest", None), validation=point)
    return msgspec.structs.replace(v, test=(*test, rival), chosen=msgspec.structs.replace(v.chosen, **chosen))


def why_not(v: Verdict, candidate: str, language: Language, capsys: pytest.CaptureFixture[str]) -> str:
    """The last line of a candidate on a narrow terminal, where the reason stands by itself."""
    summary.candidates(v, language)
    lines = capsys.readouterr().out.splitlines()
    start = next(i for i, line in enumerate(lines) if f"({candidate})" in line)
    rest = [line for line in lines[start + 1 :] if line.startswith("  ") or not line.strip()]
    return rest[1].strip() if rest[0].strip()[:1].isdigit() else rest[0].strip()


@pytest.mark.parametrize(
    ("score", "rows", "en", "zh"),
    [
        (0.612, 400, "behind on validation (0.700)", "验证得分落后 (0.700)"),
        (0.812, 100, "measured on 100 rows only", "只测到 100 行"),
        (0.7, 400, "about as good", "效果相近"),
    ],
)
def test_a_candidate_ahead_on_validation_is_not_said_to_be_behind(capsys, monkeypatch, score, rows, en, zh) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    v = with_validation(score, rows)
    assert [why_not(v, "random_forest", language, capsys) for language in ("en", "zh")] == [en, zh]


@pytest.mark.parametrize(("likelier", "why"), [(None, "about as good"), (0.98, "worse")])
def test_a_finalist_that_is_likely_to_be_worse_is_not_about_as_good(capsys, monkeypatch, likelier, why) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    v = with_validation(0.6, 400, likelier=likelier)
    finalists = [t.candidate for t in v.test if t.train_seconds is not None]
    [other] = [name for name in finalists if name != v.chosen.candidate]
    assert why_not(v, other, "en", capsys) == why


def test_a_terminal_of_ascii_alone_gets_the_words(monkeypatch) -> None:
    from breakeven.cli.entry import readable

    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)
    readable()
    v = outcomes.leak(outcomes.Draw(2))
    summary.show(v, "en")
    summary.show(v, "zh")
    stream.flush()
    assert b"Use " in stream.buffer.getvalue()  # type: ignore[attr-defined]


def test_the_command_names_the_folder_as_the_user_does(capsys) -> None:
    v = outcomes.tie(outcomes.Draw(1))
    summary.show(v, "en", place="my shop/data.csv")
    assert "Measure it: breakeven weigh 'my shop/data.csv'" in capsys.readouterr().out


def test_products_are_one_line_each(capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    chosen = [
        outcomes.tie(outcomes.Draw(1)),
        outcomes.large_wins(outcomes.Draw(1)),
        outcomes.nothing_measured(outcomes.Draw(1)),
    ]
    summary.products(chosen, "en")
    header, *rows = capsys.readouterr().out.splitlines()
    assert len(re.split(r" {2,}", header.strip())) == 5 and len(rows) == 3
    assert "none yet" in rows[2]


def test_a_finalist_that_leads_on_the_sealed_rows_is_not_said_to_be_worse(capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    v = with_validation(0.6, 400, likelier=0.98)
    [other] = [t for t in v.test if t.train_seconds is not None and t.candidate != v.chosen.candidate]
    behind = ValidationScore(score=0.65, low=0.6, high=0.7, rows=400)
    ahead = msgspec.structs.replace(other, score=0.999, validation=behind)
    v = msgspec.structs.replace(v, test=tuple(ahead if t is other else t for t in v.test))
    assert why_not(v, other.candidate, "en", capsys) == "behind on validation (0.700)"
    alone = [
        msgspec.structs.replace(a, good_enough=a.candidate == v.chosen.candidate) for a in v.money.arms if a.candidate
    ]
    ahead_of_it, others = (
        msgspec.structs.replace(one, money=msgspec.structs.replace(one.money, arms=tuple(alone)))
        for one in (v, with_validation(0.6, 400, likelier=0.98))
    )
    worst = tuple(msgspec.structs.replace(t, score=0.1) if t.candidate == other.candidate else t for t in others.test)
    others = msgspec.structs.replace(others, test=worst)
    clause = "nothing else that was measured is as good"
    assert [clause in " ".join(plain.sentences(one, "en")) for one in (ahead_of_it, others)] == [False, True]


def test_where_the_choice_was_refused_the_others_are_not_said_to_fall_short_of_the_baseline(
    capsys, monkeypatch
) -> None:
    """One that was 18 points above the baseline on the sealed rows was "not clearly better than the baseline"."""
    monkeypatch.setenv("COLUMNS", "40")
    v = outcomes.promise_not_held(outcomes.Draw(1))
    measured = [t for t in v.test if t.kind != "baseline" and t.score is not None]
    fallen, other = measured[0].candidate, measured[1].candidate
    lines = tuple(msgspec.structs.replace(t, within_limits=t.candidate != fallen) for t in v.test)
    assert why_not(msgspec.structs.replace(v, test=lines), other, "en", capsys) == "behind on validation"
    kept = tuple(msgspec.structs.replace(t, within_limits=True) for t in v.test)
    assert "not clearly better" in why_not(msgspec.structs.replace(v, test=kept), other, "en", capsys)

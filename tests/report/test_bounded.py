"""Of a very wide table a person sees the first of each kind, and how many more there are."""

from __future__ import annotations

import pytest

from breakeven.core.types import Column, Finding
from breakeven.report import bounded, terminal

COLUMNS = [Column(f"g{i}", "id" if i == 4_000 else "number", "because") for i in range(5_000)]
FINDINGS = [Finding("missing values", f"{i} missing", "kept", f"g{i}", i) for i in range(3_000)]


def test_a_usual_table_is_shown_whole() -> None:
    assert [name for name, _, _ in bounded.columns(COLUMNS[:100])] == [f"g{i}" for i in range(100)]
    assert bounded.findings(FINDINGS[:20]) == FINDINGS[:20]


def test_of_a_wide_one_the_first_of_each_role_and_the_count_of_the_others() -> None:
    shown = bounded.columns(COLUMNS)
    assert [name for name, _, _ in shown] == [*(f"g{i}" for i in range(20)), "g4000", "4,979 more"]
    assert [role for _, role, _ in shown[-2:]] == ["id", "number"]


def test_of_many_findings_the_first_of_each_kind_and_the_count_of_the_others() -> None:
    warning = Finding("leak", "gives it away", "left out", "g9", 7, level="warning")
    *first, last, rest = bounded.findings([*FINDINGS, warning])
    assert [*first, last] == [*FINDINGS[:20], warning]
    assert rest.what == "the same in 2,980 more columns: g20, g21, g22 ..."
    assert rest.count == sum(range(20, 3_000))


def test_check_prints_a_screen_of_a_wide_table(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.columns(COLUMNS, FINDINGS)
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) < 60
    assert "4,979 more" in printed and "2,980 more columns" in printed

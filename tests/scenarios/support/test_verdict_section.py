"""Support's own part of the verdict: it is read back as it was written, and unknown keys are refused."""

from __future__ import annotations

import msgspec
import pytest

from breakeven.core.types import Interval
from breakeven.scenarios.support.verdict_section import Stage, SupportSection, least_to_person

SECTION = SupportSection(
    budget=0.01,
    sure=0.95,
    certified=True,
    automation=Interval(0.78, 0.76, 0.8),
    base_error=0.08,
    least_to_person=least_to_person(0.08, 0.01),
    stages=(Stage(name="linear", route="traditional", share=0.6, candidate="linear", threshold=0.9),),
)


def test_a_section_survives_its_file() -> None:
    assert msgspec.json.decode(msgspec.json.encode(SECTION), type=SupportSection) == SECTION


def test_a_misspelt_key_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="budgets"):
        msgspec.convert({**msgspec.to_builtins(SECTION), "budgets": 0.01}, SupportSection)


def test_a_share_above_one_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="base_error"):
        msgspec.convert({**msgspec.to_builtins(SECTION), "base_error": 1.2}, SupportSection)


@pytest.mark.parametrize(("error", "budget"), [(0.08, 0.01), (0.3, 0.05), (0.5, 0.2)])
def test_no_rule_can_leave_less_to_a_person(error: float, budget: float) -> None:
    """The best rule there can be answers all that is right, and as much of what is wrong as the budget lets it."""
    right, n = round((1 - error) * 10_000), 10_000
    best = max(right + wrong for wrong in range(n - right + 1) if wrong <= budget * (right + wrong))
    assert least_to_person(error, budget) == pytest.approx(1 - best / n, abs=2e-4)

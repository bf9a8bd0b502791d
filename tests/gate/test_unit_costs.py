"""What an answer costs: worked examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakeven.gate import unit_costs
from breakeven.scenarios.registry import parse_brief

GOOD = {"name": "a", "scenario": "predict", "data": "a.csv", "target": "y"}


def brief(**keys: object):
    return parse_brief({**GOOD, **keys}, Path())


def test_tokens_make_the_price() -> None:
    hosted = {
        "model": "m",
        "usd_per_million_tokens_in": 1.0,
        "usd_per_million_tokens_out": 4.0,
        "tokens_in": 1000,
        "tokens_out": 250,
    }
    rent = unit_costs.rent(brief(hosted=hosted), 150)
    assert rent.usd_per_1000 == pytest.approx(2.0)
    assert rent.low < rent.usd_per_1000 < rent.high
    assert "m:" in rent.source


def test_without_a_hosted_model_the_price_says_so() -> None:
    assert "no hosted model named" in unit_costs.rent(brief(), 150).source
    assert (
        unit_costs.rent(brief(prices={"hosted_usd_per_million_tokens_in": 50}), 150).usd_per_1000
        > unit_costs.rent(brief(), 150).usd_per_1000
    )

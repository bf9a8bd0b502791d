"""Money: worked examples, and the crossing where both lines meet."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakeven import need
from breakeven.gate import cost
from breakeven.types import Prices

GOOD = {"name": "a", "scenario": "predict", "data": "a.csv", "target": "y"}


def brief(**keys: object):
    return need.parse({**GOOD, **keys}, Path())


def test_the_crossing_is_where_the_lines_meet() -> None:
    rent = cost.rent(brief(hosted={"model": "m", "usd_per_1000": 2.0}), 10)
    found = cost.break_even((0.1, 0.2, 0.3), rent, Prices())
    assert found is not None
    assert found.value == pytest.approx(70 / 2 * 1000)
    assert cost.monthly(found.value, 0.2, Prices()) == pytest.approx(found.value * rent.usd_per_1000 / 1000)


def test_tokens_make_the_price() -> None:
    hosted = {
        "model": "m",
        "usd_per_million_tokens_in": 1.0,
        "usd_per_million_tokens_out": 4.0,
        "tokens_in": 1000,
        "tokens_out": 250,
    }
    rent = cost.rent(brief(hosted=hosted), 3)
    assert rent.usd_per_1000 == pytest.approx(2.0)
    assert rent.low < rent.usd_per_1000 < rent.high
    assert "m:" in rent.source


def test_without_a_hosted_model_the_price_says_so() -> None:
    assert "no hosted model named" in cost.rent(brief(), 3).source
    assert (
        cost.rent(brief(prices={"hosted_usd_per_million_tokens_in": 50}), 3).usd_per_1000
        > cost.rent(brief(), 3).usd_per_1000
    )


def test_free_rent_is_never_beaten_and_slow_models_add_servers() -> None:
    free = cost.rent(brief(hosted={"model": "m", "usd_per_1000": 0.0}), 3)
    assert cost.break_even((1, 1, 1), free, Prices()) is None
    assert cost.servers(1e6, 1.0, Prices()) == 1
    assert cost.servers(1e9, 100.0, Prices()) > 50


def test_the_band_holds_the_value() -> None:
    found = cost.break_even((0.1, 0.2, 0.3), cost.rent(brief(), 20), Prices())
    assert found is not None
    assert found.low < found.value < found.high

"""The price table: dated, sourced, and replaced by a user's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from breakeven.core import price_table
from breakeven.core.errors import InputError
from breakeven.core.types import Prices
from breakeven.scenarios.registry import parse_brief

GOOD = {"name": "a", "scenario": "predict", "data": "x.csv", "target": "y"}


def test_every_model_has_a_date_and_a_source() -> None:
    models = price_table.shipped().models
    assert len(models) >= 8
    for name, one in models.items():
        assert re.fullmatch(r"20\d\d-\d\d", one.dated) and one.source.startswith("https://"), name
        assert 0 < one.usd_in <= one.usd_out
        assert one.usd_cached is None or one.usd_cached < one.usd_in


def test_every_default_price_is_in_the_table() -> None:
    prices = vars(Prices())
    assert {
        k: v for k, v in prices.items() if k not in ("dated", "table") and v is not None
    } == price_table.shipped().defaults


def test_a_listed_model_needs_no_prices_of_its_own(tmp_path: Path) -> None:
    hosted = {"model": "gpt-5-nano", "address": "https://host/v1"}
    found = parse_brief({**GOOD, "hosted": hosted}, tmp_path).hosted
    assert found is not None
    assert (found.usd_per_million_tokens_in, found.usd_per_million_tokens_cached, found.batch_share) == (
        0.05,
        0.005,
        0.5,
    )
    assert "developers.openai.com" in found.priced
    own = {**hosted, "usd_per_million_tokens_in": 0.3, "usd_per_million_tokens_out": 0.6}
    found = parse_brief({**GOOD, "hosted": own}, tmp_path).hosted
    assert found is not None
    assert (found.usd_per_million_tokens_in, found.usd_per_million_tokens_cached, found.priced) == (0.3, None, "")


def test_a_users_own_table_stands_over_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'dated = "2027-01"\n[defaults]\nusd_per_label = 0.4\n[models.house]\nin = 0\nout = 0\ndated = "2027-01"\nsource = "ours"\n'
    )
    raw = {**GOOD, "prices": {"table": "mine.toml", "server_usd_per_month": 9}, "hosted": {"model": "house"}}
    need = parse_brief(raw, tmp_path)
    assert (need.prices.usd_per_label, need.prices.server_usd_per_month, need.prices.utilisation) == (0.4, 9, 0.3)
    assert need.prices.dated == "2027-01" and need.hosted is not None and need.hosted.usd_per_million_tokens_in == 0


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("dated = ", "not valid TOML"),
        ("[defaults]\nusd_per_label = 1", "'dated' is missing"),
        ('dated = "2027"\n[defaults]\nusd_per_lable = 1', "did you mean 'usd_per_label'"),
        ('dated = "2027"\n[models.a]\nin = 1', "'out' is missing"),
        ('dated = "2027"\n[models.a]\nin = -1\nout = 1\ndated = "a"\nsource = "b"', "-1 is not a number of at least 0"),
        ('dated = "2027"\nmodels = 3', "'models' is no table"),
        ('dated = "2027"\n[defaults]\nserver_cores = 0', "not more than 0"),
    ],
)
def test_what_is_wrong_in_a_table_is_named(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(InputError, match=re.escape(what)):
        parse_brief({**GOOD, "prices": {"table": "mine.toml"}}, tmp_path)


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"mine\.toml: No such file"):
        parse_brief({**GOOD, "prices": {"table": "mine.toml"}}, tmp_path)


@pytest.mark.parametrize(
    ("hosted", "what"),
    [
        ({"model": "gpt-5-nano", "address": "https://me:secret@host/v1"}, "no key, user or query"),
        ({"model": "gpt-5-nano", "address": "https://host/v1?key=secret"}, "no key, user or query"),
        (
            {"model": "gpt-5-nano", "address": "https://host/v1", "key_env": "sk-secret"},
            "not the name of an environment",
        ),
        ({"model": "mine", "address": "https://host/v1"}, "'mine' is not in the price table"),
        ({"model": "gpt-5-nano", "priced": "x"}, "unknown key 'priced'"),
        ({"model": "gpt-5-nano", "batch_share": 2}, "not a share"),
    ],
)
def test_what_is_wrong_with_a_hosted_model_is_named_and_no_key_repeated(
    tmp_path: Path, hosted: dict[str, object], what: str
) -> None:
    with pytest.raises(InputError, match=re.escape(what)) as caught:
        parse_brief({**GOOD, "hosted": hosted}, tmp_path)
    assert "secret" not in str(caught.value)


def test_a_scenario_that_asks_no_hosted_model_refuses_an_address(tmp_path: Path) -> None:
    shop = {"name": "a", "scenario": "recommend", "data": "x.csv"}
    assert parse_brief({**shop, "hosted": {"model": "gpt-5-nano"}}, tmp_path).hosted is not None
    with pytest.raises(InputError, match="asks no hosted model"):
        parse_brief({**shop, "hosted": {"model": "gpt-5-nano", "address": "https://host/v1"}}, tmp_path)

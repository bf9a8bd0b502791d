"""Recommender: tables of a shop in, shelves out."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

import breakeven
from breakeven import Recommender
from breakeven.errors import InputError, ProductError
from tests.scenarios.recommend.conftest import events, listed

QUICK = {"minutes": 1, "candidates": ["item_neighbours"], "quiet": True}


@pytest.fixture(scope="module")
def shop() -> Recommender:
    items = pl.read_csv(io.StringIO(listed()))
    return Recommender(k=4, **QUICK).fit(pd.read_csv(io.StringIO(events())), items=items)


def test_one_user_gets_a_list_and_several_a_frame(shop: Recommender) -> None:
    one = shop.recommend("u1")
    assert len(one) == 4 and len(set(one)) == 4 and all(item.startswith("商品") for item in one)
    assert shop.recommend("u1", k=2) == one[:2]
    several = shop.recommend(["u1", "nobody"], k=2)
    assert list(several.columns) == ["user", "rank", "item", "score", "reason"]
    assert several["user"].tolist() == ["u1", "u1", "nobody", "nobody"] and several["item"].tolist()[:2] == one[:2]
    assert several["reason"].str.len().min() > 0


def test_its_product_answers_tables_in_kind(shop: Recommender) -> None:
    found = shop.product.predict(pl.DataFrame({"Customer ID": ["u1"]}), k=2)
    assert isinstance(found, pl.DataFrame) and found["item"].to_list() == shop.recommend("u1", k=2)
    assert shop.product.predict([{"user": "u1"}], k=1)[0]["item"] == shop.recommend("u1", k=1)[0]
    assert {"popular", "item_neighbours"} <= set(shop.product.leaderboard()["candidate"])
    with pytest.raises(InputError, match="no column for the user"):
        shop.product.predict({"who": ["u1"]})
    with pytest.raises(InputError, match="predicts no classes"):
        shop.product.predict_proba({"user": ["u1"]})
    with pytest.raises(InputError, match="k"):
        shop.recommend("u1", k=-1)


def test_it_is_saved_and_loaded(shop: Recommender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again = Recommender.load(shop.save(tmp_path / "shop"))
    assert again.recommend("u1", k=3) == shop.recommend("u1", k=3)
    assert breakeven.load(tmp_path / "shop").scenario == "recommend"
    with pytest.raises(ProductError):
        Recommender.load(tmp_path)
    monkeypatch.setattr("breakeven.recommender.SCENARIO", "another")
    with pytest.raises(InputError, match="a product of scenario 'recommend' recommends nothing"):
        Recommender.load(tmp_path / "shop")


def test_mistakes_are_one_line() -> None:
    with pytest.raises(InputError, match="not fitted yet"):
        Recommender().recommend("u1")
    with pytest.raises(InputError, match="did you mean 'item_neighbours'"):
        Recommender(candidates=["item_neighbour"]).fit({"user": ["a"], "item": ["b"]})
    with pytest.raises(InputError, match="is no candidate; give names"):
        breakeven.build({"user": ["a"], "item": ["b"]}, scenario="recommend", candidates=[object()], quiet=True)
    with pytest.raises(InputError, match="agian"):
        Recommender(quiet=True, agian="never").fit({"user": ["a"], "item": ["b"]})

"""A product as a library: loading, answering, explaining, answering files."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import breakeven
from breakeven.core.errors import InputError
from breakeven.runtime import batch
from breakeven.runtime.predictor import load
from tests.conftest import customers

ROW = {"age": 40, "plan": "free", "city": "上海", "signed": "2025-06-01", "spend": 12.5}


def test_the_public_name_loads(built: Path) -> None:
    answers = breakeven.load(built).predict([ROW, {**ROW, "age": None}])
    assert len(answers) == 2
    assert breakeven.load(built).predict([]) == []


def test_nothing_in_a_product_is_a_pickle(built: Path) -> None:
    import pickletools

    product = built / "build" / "latest" / "product"
    assert {p.name for p in product.iterdir()} == {"manifest.json", "model.onnx", "product.json"}
    for path in product.iterdir():
        with pytest.raises(Exception, match=r".*"):
            list(pickletools.genops(path.read_bytes()))


def test_effects_point_where_the_answer_moves(built: Path) -> None:
    product = load(built)
    young, old = {**ROW, "age": 19, "plan": "pro"}, {**ROW, "age": 79, "plan": "free"}
    for row in (young, old):
        effects = {r["column"]: r["effect"] for r in product.explain(row)}
        assert list(effects) == sorted(effects, key=lambda c: -abs(effects[c]))
        assert effects["age"] > 0 or effects["plan"] > 0


def test_a_file_is_answered_in_its_own_order(built: Path, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text(customers(50, seed=9), encoding="utf-8")
    product = load(built)
    columns, passed = batch.columns_of(product, batch.read(tmp_path / "new.csv"), "new.csv")
    assert passed == ["customer_no", "left"]
    assert batch.answer(product, columns, tmp_path / "out.csv", explain=True) == 50
    with (tmp_path / "out.csv").open() as file:
        out = list(csv.DictReader(file))
    assert list(out[0]) == ["prediction", "probability", "p_no", "p_yes", "reasons"]
    with (tmp_path / "new.csv").open(encoding="utf-8") as file:
        rows = [{k: v or None for k, v in r.items() if k in ROW} for r in csv.DictReader(file)]
    expected = product.predict(rows)
    assert [o["prediction"] for o in out] == [e["prediction"] for e in expected]
    assert np.allclose([float(o["p_yes"]) for o in out], [e["probabilities"]["yes"] for e in expected], atol=1e-6)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("age,plan,city,signed\n1,a,b,2025-01-01\n", "'spend' is missing"),
        ("age,plan,city,signed,spend\n1,a,b,2025-01-01,2\nx,a,b,2025-01-01,2\n", "row 2"),
        ("age,plan,city,signed,spend\n1,a,b\n", "line 2"),
        ("age,plan,city,signed,spend\n", "no rows"),
    ],
)
def test_a_wrong_file_leaves_what_was_there(built: Path, tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "new.csv").write_text(text)
    (tmp_path / "out.csv").write_text("before")
    product = load(built)
    with pytest.raises(InputError, match=words):
        columns, _ = batch.columns_of(product, batch.read(tmp_path / "new.csv"), "new.csv")
        batch.answer(product, columns, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "before"

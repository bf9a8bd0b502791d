"""A product as a library: loading, answering, explaining, answering files."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

import breakeven
from breakeven.core.errors import InputError
from breakeven.runtime import batch
from breakeven.runtime.predictor import load
from breakeven.scenarios.base import PredictRequest
from tests.conftest import customers
from tests.files.workbook import workbook

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
    rows = batch.check(product, batch.read(tmp_path / "new.csv"), "new.csv")
    assert rows.passed == ["left"]
    assert batch.answer(product, rows, tmp_path / "out.csv", explain=True) == {}
    with (tmp_path / "out.csv").open() as file:
        out = list(csv.DictReader(file))
    assert list(out[0]) == ["customer_no", "prediction", "probability", "p_no", "p_yes", "reasons"]
    assert [o["customer_no"] for o in out] == [str(i + 1) for i in range(50)]
    with (tmp_path / "new.csv").open(encoding="utf-8") as file:
        rows = [{k: v or None for k, v in r.items() if k in ROW} for r in csv.DictReader(file)]
    expected = product.predict(rows)
    assert [o["prediction"] for o in out] == [e["prediction"] for e in expected]
    assert np.allclose([float(o["p_yes"]) for o in out], [e["probabilities"]["yes"] for e in expected], atol=1e-6)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("age,plan,city,signed\n1,a,b,2025-01-01\n", "'spend' is missing"),
        (
            "age,plan,city,signed,spend\nx,a,b,2025-01-01,2\ny,a,b,2025-01-01,2\n",
            "row 1, column 'age'.*none of the 2 rows",
        ),
        ("age,plan,city,signed,spend\n1,a,b\n", "line 2"),
        ("age,plan,city,signed,spend\n", "no rows"),
    ],
)
def test_a_wrong_file_leaves_what_was_there(built: Path, tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "new.csv").write_text(text)
    (tmp_path / "out.csv").write_text("before")
    product = load(built)
    with pytest.raises(InputError, match=words):
        rows = batch.check(product, batch.read(tmp_path / "new.csv"), "new.csv")
        batch.answer(product, rows, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "before"


def answered(place: Path, text: str, name: str = "new.csv", explain: bool = False) -> list[dict[str, str]]:
    """Rows of the predictions file that `breakeven predict` writes for a text."""
    (place / name).write_text(text, encoding="utf-8")
    product = load(place / "built")
    batch.answer(product, batch.check(product, batch.read(place / name), name), place / "out.csv", explain)
    with (place / "out.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def place(built: Path, tmp_path: Path) -> Path:
    """A folder of its own with a link to the built product."""
    (tmp_path / "built").symlink_to(built)
    return tmp_path


def test_a_bad_row_costs_no_other(place: Path) -> None:
    header = "customer_no,age,plan,city,signed,spend\n"
    lines = [
        "007,31,free,Paris,2025-01-01,2",
        "008,x,free,Paris,2025-01-01,2",
        "009,31,free",
        "010,31,free,Paris,soon,2",
    ]
    out = answered(place, header + "\n".join([*lines, lines[0]]) + "\n", explain=True)
    assert list(out[0]) == ["customer_no", "prediction", "probability", "p_no", "p_yes", "reasons", "error"]
    assert [r["customer_no"] for r in out] == ["007", "008", "009", "010", "007"]
    assert [bool(r["prediction"]) for r in out] == [True, False, False, False, True]
    assert [r["error"] for r in out] == [
        "",
        "column 'age': expected a number or null, got 'x'",
        "line 4: 3 cells where the header has 6",
        "column 'signed': expected a date such as 2026-01-31 or 2026-01-31T08:00:00 or null, got 'soon'",
        "",
    ]
    alone = answered(place, header + lines[0] + "\n")
    assert "error" not in alone[0]
    # Some graphs add up a batch in another order than a row: the last digit may differ.
    assert float(alone[0]["p_yes"]) == pytest.approx(float(out[4]["p_yes"]), abs=1e-6)


@pytest.mark.parametrize("word", ["n/a", "-", "None", "NA", "", "#DIV/0!"])
def test_a_missing_cell_is_missing_however_it_is_spelled(place: Path, word: str) -> None:
    out = answered(place, f"age,plan,city,signed,spend\n{word},free,Paris,{word},12.5\n")
    null = load(place / "built").predict([{**ROW, "age": None, "signed": None, "city": "Paris"}])
    said = load(place / "built").predict([{**ROW, "age": word, "signed": word, "city": "Paris"}])
    assert said == null
    assert float(out[0]["p_yes"]) == pytest.approx(null[0]["probabilities"]["yes"], abs=1e-6)


def test_rows_of_json_lines_and_parquet_keep_their_ids(place: Path) -> None:
    import pandas as pd

    from breakeven.scenarios.predict import answer

    number = 7_300_000_000_000_000_001
    frame = pd.DataFrame({"customer_no": [number, 2], **{k: [v, v] for k, v in ROW.items()}, "spend": [1.5, None]})
    frame.to_parquet(place / "new.parquet")
    frame.to_json(place / "new.jsonl", orient="records", lines=True, force_ascii=False)
    for name in ("new.parquet", "new.jsonl"):
        answer.run(place / "built", place, PredictRequest(place / name, place / "out.csv"))
        with (place / "out.csv").open(encoding="utf-8") as file:
            assert [(r["customer_no"], bool(r["prediction"])) for r in csv.DictReader(file)] == [
                (str(number), True),
                ("2", True),
            ]


def test_a_product_without_recorded_ids_is_answered_as_before(place: Path) -> None:
    from breakeven.features.schema import Schema

    product = load(place / "built")
    plain = product.schema.to_json()
    assert plain.pop("ids") == ["customer_no"]
    old = replace(product, schema=Schema.from_json(plain))
    (place / "new.csv").write_text(customers(5), encoding="utf-8")
    rows = batch.check(old, batch.read(place / "new.csv"), "new.csv")
    assert rows.passed == ["customer_no", "left"]
    batch.answer(old, rows, place / "out.csv")
    assert (place / "out.csv").read_text().startswith("row,prediction,probability,p_no,p_yes\n1,")
    with pytest.raises(InputError, match=r"--keep: the answers have a column 'prediction', too; rename it"):
        batch.check(old, batch.Batch({"prediction": ["x"]}), "new.csv", ["prediction"])


def test_a_file_is_read_in_the_encoding_of_the_brief(built: Path, tmp_path: Path) -> None:
    from breakeven.scenarios.predict import answer

    product = load(built)
    assert product.about.encoding is None
    path, header = tmp_path / "new.csv", "age,plan,city,signed,spend\n"
    path.write_bytes((header + "31,free,Омск,2025-01-01,2\n").encode("cp1251"))
    for usual, city in (("cp1251", "Омск"), ("cp1252", "Îìñê")):
        product = replace(product, about=msgspec.structs.replace(product.about, encoding=usual))
        assert answer._read(product, path).columns["city"] == [city]


def test_what_a_workbook_of_rows_holds_besides_is_said(built: Path, tmp_path: Path) -> None:
    from breakeven.scenarios.predict import answer

    rows = [["Report of May"], list(ROW), *[list(ROW.values())] * 3, ["#N/A", *list(ROW.values())[1:]]]
    found = answer._read(load(built), workbook(tmp_path, {"s": rows}))
    assert [note.split(":")[0] for note in found.notes] == ["lines above the header", "formula errors"]

"""Rows without a target are left out, counted and shown; a column that is mostly empty is refused until the brief says otherwise."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest

from breakeven.core.errors import InputError
from breakeven.report import phrases
from tests.field.checked import ROWS, Check, column, noisy

AGE = random.Random(3).sample(range(1000), ROWS)
CHURNED = noisy([age > 500 for age in AGE])
PRICE = [f"{3 * age + random.Random(age).randint(10, 900)}.50" for age in AGE]


def without(cells: Sequence[str], rows: Sequence[int], spelling: str = "") -> list[str]:
    """The cells, those of some rows written as missing."""
    gone = frozenset(rows)
    return [spelling if i in gone else cell for i, cell in enumerate(cells)]


@pytest.mark.parametrize("spelling", ["", "NA", "n/a", "-", "#DIV/0!"])
def test_rows_without_a_number_to_predict_are_left_out_and_counted(check: Check, spelling: str) -> None:
    rows = range(3, ROWS, 10)
    found = check({"age": AGE, "price": without(PRICE, rows, spelling)}, "price")
    assert found.rows.task == "regression" and len(found.rows.y) == ROWS - len(rows)
    assert np.isfinite(found.rows.y).all()
    (said,) = [f for f in found.findings if f.kind == "missing target"]
    assert (said.column, said.count, said.where, said.level) == ("price", 30, (4, 14, 24, 34, 44), "warning")
    assert said.what == "missing in 30 of 300 rows (lines 5, 15, 25, 35, 45)"
    assert said.done == "those rows are left out; if an empty cell means an answer, such as no, write it there"
    assert 3 + 2 not in found.lines.tolist() and len(set(found.lines.tolist())) == ROWS - 30


@pytest.mark.parametrize(("spelling", "classes"), [("", 2), ("NULL", 2), ("-", 3)])
def test_rows_without_a_class_are_left_out_and_a_dash_is_a_class(check: Check, spelling: str, classes: int) -> None:
    found = check({"age": AGE, "churned": without(CHURNED, range(0, ROWS, 3), spelling)}, "churned")
    assert len(found.rows.classes) == classes
    assert len(found.rows.y) == (200 if classes == 2 else ROWS) and found.rows.y.min() == 0


def test_up_to_half_are_left_out_and_more_only_where_the_brief_says_so(check: Check) -> None:
    half = {"age": AGE, "churned": without(CHURNED, range(ROWS // 2))}
    assert len(check(half, "churned").rows.y) == ROWS // 2
    most = {"age": AGE, "churned": without(CHURNED, range(ROWS - 100))}
    with pytest.raises(InputError, match=r"200 of 300 rows .*more than half of them") as refused:
        check(most, "churned")
    assert "columns: {churned: category(known)}" in refused.value.remedy
    assert len(check(most, "churned", "columns: {churned: category(known)}\n").rows.y) == 100
    with pytest.raises(InputError, match="a category has no format 'known'"):
        check({**most, "churned": CHURNED}, "churned", "columns: {age: category(known)}\n")
    prices = {"age": AGE, "price": without(PRICE, range(ROWS - 100))}
    with pytest.raises(InputError, match=r"number\(known\)"):
        check(prices, "price")
    assert len(check(prices, "price", "columns: {price: number(point, known)}\n").rows.y) == 100


def test_a_yes_or_nothing_is_no_target_until_the_no_is_written(check: Check) -> None:
    cells = ["yes" if i % 2 else "" for i in range(ROWS)]
    with pytest.raises(InputError, match="only one value, 'yes'; if an empty cell means another answer, such as no"):
        check({"age": AGE, "returned": cells}, "returned")


def test_a_few_targets_that_are_no_numbers_are_left_out_and_many_refused(check: Check) -> None:
    found = check({"age": AGE, "price": without(PRICE, range(5, ROWS, 60), "sold")}, "price")
    said = {f.kind: f for f in found.findings}
    assert said["impossible values"].what == "5 of 300 rows hold no number, such as 'sold' (lines 7, 67, 127, 187, 247)"
    assert said["missing target"].count == 5 and len(found.rows.y) == ROWS - 5
    with pytest.raises(InputError, match="20 of 300 rows hold no number"):
        check({"age": AGE, "price": without(PRICE, range(5, ROWS, 15), "sold")}, "price", "columns: {price: number}\n")


@pytest.mark.parametrize("mark", ["-999", "99999", "9.96921e+36", "1e300", "inf"])
def test_a_mark_for_missing_in_the_target_costs_its_rows_alone(check: Check, mark: str) -> None:
    found = check({"age": AGE, "price": without(PRICE, range(5, ROWS, 60), mark)}, "price")
    assert len(found.rows.y) == ROWS - 5 and 0 < found.rows.y.min() < found.rows.y.max() < 4000
    assert {"missing target"} < {f.kind for f in found.findings}


def test_columns_known_only_in_rows_without_a_target_are_ignored(check: Check) -> None:
    gone = range(200, ROWS)
    new = [str(i % 9) if i in gone else "" for i in range(ROWS)]
    plan = ["new" if i in gone else "old" for i in range(ROWS)]
    found = check({"age": AGE, "new": new, "plan": plan, "y": without(CHURNED, gone)}, "y")
    assert [f.name for f in found.schema.fields] == ["age"]
    assert column(found, "new").reason == "every value is missing" and "constant" in column(found, "plan").reason


def test_findings_name_the_rows_of_the_file_though_others_are_left_out(check: Check) -> None:
    age = [str(one) for one in AGE]
    age[250] = ""
    found = check({"age": age, "y": without(CHURNED, range(100))}, "y")
    assert next(f for f in found.findings if f.kind == "missing values").where == (251,)


def test_what_is_said_of_them_is_said_in_chinese(check: Check) -> None:
    found = check({"age": AGE, "price": without(PRICE, [5], "sold")}, "price")
    for said in found.findings:
        for text in (said.what, said.done):
            assert phrases.phrase(text).zh != text, text

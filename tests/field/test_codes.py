"""Codes of digits are categories, however much they look like numbers; prices, lengths and readings stay numbers."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.field.checked import ROWS, Check, asked, column, noisy

CHANCE = random.Random(7)
X = CHANCE.sample(range(1000), ROWS)
Y = noisy([x > 500 for x in X])
#: Cells of a list that comes again, its column's name, and a level that a number would not keep, or would confuse.
CODES = {
    "diagnoses": ("diagnosis", ["007.1", "250.00", "401.9", "042.0", "250.10"], "007.1"),
    "trades": ("branch", ["01.11", "01.10", "62.01", "62.10"], "01.10"),
    "goods": ("goods", ["0101.21", "8471.30", "8471.50"], "8471.30"),
    "parts": ("part", ["00123", "00124", "00200", "10000"], "00123"),
    "post codes": ("ship_zip", ["02134", "10001", "60601"], "02134"),
    "post codes without zeros": ("PLZ", ["80331", "80333", "80335"], "80331"),
    "versions": ("app_version", ["1.1", "1.9", "1.10", "2.0"], "1.10"),
    "versions of three parts": ("release", ["5.10.100", "5.15.200", "6.10.300"], "5.10.100"),
    "addresses of computers": ("host", ["192.168.100.200", "192.168.100.201", "10.20.30.40"], "192.168.100.200"),
    "addresses in groups of three": ("host", ["192.168.100.200", "192.168.100.201"], "192.168.100.200"),
    "codes of errors": ("error_code", ["404", "500", "200"], "404"),
    "area codes": ("area", ["030", "089", "0221"], "030"),
}
#: Numbers that look a little like codes.
NUMBERS: dict[str, tuple[str, Callable[[int], str], float]] = {
    "prices below one": ("price", lambda i: f"0.{i % 90 + 10}", 0.10),
    "prices": ("price", lambda i: f"{i % 40}.{i % 10}0", 0.0),
    "prices as typed": ("price", lambda i: ["9.9", "10.50", "12", "0.71"][i % 4], 9.9),
    "readings of one width": ("reading", lambda i: f"{(i * 37 % 300) / 4:07.3f}", 0.0),
    "millions": ("revenue", lambda i: f"{i % 7 + 1}.{i % 900 + 100}.{i * 3 % 900 + 100}", 1_100_100.0),
    "a slip with a zero in front": ("age", lambda i: "07" if i == 9 else str(i % 60 + 1), 1.0),
    "lines of code": ("lines_of_code", lambda i: str(i % 80 * 10), 0.0),
    "a count of codes": ("code_count", lambda i: str(i % 30), 0.0),
    "house numbers": ("house_number", lambda i: str(i % 80 + 1), 1.0),
    "Indian thousands": ("amount", lambda i: f"{i % 9 + 1},{i % 90 + 10},000", 110_000.0),
}


@pytest.mark.parametrize("case", CODES)
def test_codes_are_categories_with_their_spelling(check: Check, case: str) -> None:
    name, levels, level = CODES[case]
    found = check({name: [levels[i % len(levels)] for i in range(ROWS)], "x": X, "y": Y}, "y")
    assert column(found, name).role == "category" and not asked(found)
    (known,) = [f.levels for f in found.schema.fields if f.name == name]
    assert level in known and len(known) == len(levels)


@pytest.mark.parametrize("case", NUMBERS)
def test_numbers_stay_numbers(check: Check, case: str) -> None:
    name, cell, first = NUMBERS[case]
    found = check({name: [cell(i) for i in range(ROWS)], "x": X, "y": Y}, "y", delimiter=";" if "mill" in case else ",")
    assert column(found, name).role == "number"
    assert found.rows.X[0, 0] == pytest.approx(first)


def test_the_brief_makes_a_number_of_a_code(check: Check) -> None:
    columns = {"zip": [f"{i % 50 + 80300}" for i in range(ROWS)], "x": X, "y": Y}
    assert "if it is a quantity: columns: {zip: number}" in column(check(columns, "y"), "zip").reason
    assert column(check(columns, "y", "columns: {zip: number}\n"), "zip").role == "number"


@pytest.mark.parametrize("name", ["phone", "isbn", "Telefon-Nr."])
def test_a_number_that_each_row_has_of_its_own_is_an_identifier(check: Check, name: str) -> None:
    cells = CHANCE.sample(range(600_000_000, 699_999_999), ROWS)
    found = check({name: cells, "x": X, "y": Y}, "y")
    assert column(found, name).role == "id" and not asked(found)


def test_numbers_with_zeros_in_front_are_no_times_that_cannot_be_read(check: Check) -> None:
    cells = [f"0{CHANCE.randint(150, 179)}{CHANCE.randint(1_000_000, 9_999_999)}" for _ in range(ROWS)]
    assert not asked(check({"caller": cells, "x": X, "y": Y}, "y"))


def test_codes_to_predict_are_classes(check: Check) -> None:
    levels = [str(80_331 + k) for k in range(25)]
    found = check({"x": X, "plz": [levels[x // 40] for x in X]}, "plz")
    assert found.rows.task == "classification" and set(found.rows.classes) <= set(levels)

"""Tables as founders have them: amounts, dates, codes and names that were once misread, each read right or asked about."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime

import numpy as np
import pytest

from breakeven.core.errors import InputError
from tests.field.checked import ROWS, Check, asked, column, noisy


def days(first_of_month: bool = False, seed: int = 4) -> list[date]:
    chance = random.Random(seed)
    return [
        date(2015 + chance.randrange(8), chance.randint(1, 12), 1 if first_of_month else chance.randint(1, 28))
        for _ in range(ROWS)
    ]


QUANTITIES = "amount_paid,bid,unpaid,acid,grid,humid,covid,house_number,total no,orchid"
BELONGING = "age_of_patient,visits_per_customer,pages_per_session,weight_of_person,rooms_in_household"


@pytest.mark.parametrize("name", [*QUANTITIES.split(","), *BELONGING.split(",")])
def test_a_quantity_named_like_an_id_or_a_person_is_a_number(check: Check, name: str) -> None:
    values = random.Random(3).sample(range(100, 200_000), ROWS)
    if name in BELONGING:
        values = [v % 70 + 18 for v in values]
    cut = sorted(values)[ROWS // 2]
    collected = check({name: values, "bmi": range(ROWS), "y": noisy([v > cut for v in values])}, "y")
    assert column(collected, name).role == "number"


@pytest.mark.parametrize("name", ["customer_id", "userId", "ID", "uuid", "订单编号"])
def test_an_id_is_still_one(check: Check, name: str) -> None:
    values = random.Random(3).sample(range(100_000, 999_999), ROWS)
    collected = check(
        {name: values, "x": [i % 7 for i in range(ROWS)], "y": noisy([i % 2 == 0 for i in range(ROWS)])}, "y"
    )
    assert column(collected, name).role == "id"


def test_a_strong_column_that_is_set_aside_is_said(check: Check) -> None:
    values = random.Random(3).sample(range(100, 200_000), ROWS)
    cut = sorted(values)[ROWS // 2]
    collected = check(
        {"paid_id": values, "x": [i % 7 for i in range(ROWS)], "y": noisy([v > cut for v in values])}, "y"
    )
    assert column(collected, "paid_id").role == "id"
    said = next(f for f in collected.findings if f.kind == "strong column set aside")
    assert said.level == "warning"
    assert "columns: {paid_id: number}" in said.done


@pytest.mark.parametrize(
    "form",
    [
        "%d/%m/%Y",
        "%d-%m-%Y",
        "%d.%m.%y",
        "%m/%d/%y",
        "%B %d, %Y",
        "%d-%b-%Y",
        "%Y%m%d",
        "%Y-%m-%d 00:00:00 UTC",
        "%a, %d %b %Y",
    ],
)
def test_dates_in_any_order_are_the_days_they_are(check: Check, form: str) -> None:
    when = days()
    cells = [day.strftime(form) for day in when]
    collected = check(
        {"sold_on": cells, "price": range(ROWS), "y": noisy([d.month in (11, 12, 1, 2) for d in when])}, "y"
    )
    assert column(collected, "sold_on").role == "time"
    months = collected.rows.X[:, collected.schema.layout.place("sold_on.month")]
    assert months.tolist() == [day.month for day in when]
    assert not asked(collected)


def test_month_starts_are_months_and_asked_about(check: Check) -> None:
    when = days(first_of_month=True)
    target = noisy([d.month in (11, 12) for d in when])
    collected = check({"sold_on": [f"{d:%d/%m/%Y}" for d in when], "price": range(ROWS), "y": target}, "y")
    months = collected.rows.X[:, collected.schema.layout.place("sold_on.month")]
    assert months.tolist() == [day.month for day in when]
    (question,) = asked(collected)
    assert question.column == "sold_on" and "time(month)" in question.done
    said = check(
        {"sold_on": [f"{d:%d/%m/%Y}" for d in when], "price": range(ROWS), "y": target},
        "y",
        "columns: {sold_on: time(month)}\n",
    )
    assert not asked(said)
    assert set(said.rows.X[:, said.schema.layout.place("sold_on.month")]) == {1.0}


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns", "yyyymmdd", "excel"])
def test_numbers_that_the_brief_calls_times_are_read_by_their_size(check: Check, unit: str) -> None:
    when = [datetime(2021, 1, 1, tzinfo=UTC).timestamp() + 86_400 * i for i in range(ROWS)]
    spell = {
        "yyyymmdd": lambda t: f"{datetime.fromtimestamp(t, UTC):%Y%m%d}",
        "excel": lambda t: int(t / 86_400) + 25_569,
    }.get(unit, lambda t: int(t) * {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}.get(unit, 1))
    cells = [spell(t) for t in when]
    target = noisy([i % 2 == 0 for i in range(ROWS)])
    collected = check({"at": cells, "x": [i % 7 for i in range(ROWS)], "y": target}, "y", "columns: {at: time}\n")
    assert collected.schema.fields[0].origin == when[0]
    assert np.allclose(collected.rows.X[:, 0], np.arange(ROWS))
    assert "2021" in column(collected, "at").reason


def test_numbers_that_are_no_times_are_refused(check: Check) -> None:
    with pytest.raises(InputError, match=r"numbers such as 0 are no times.*time\(s\)"):
        check(
            {"at": range(ROWS), "x": range(ROWS), "y": noisy([i % 2 == 0 for i in range(ROWS)])},
            "y",
            "columns: {at: time}\n",
        )


AMOUNTS: dict[str, Callable[[float], str]] = {
    "dollars": lambda v: f"${v:,.0f}",
    "rounded dollars": lambda v: f"${round(v / 5000) * 5000:,}",
    "decimal comma": lambda v: f"{v / 1000:.2f}".replace(".", ","),
    "percent": lambda v: f"{v / 5000:.0f}%",
    "euros": lambda v: f"{v:.0f} €",
}


@pytest.mark.parametrize("name", AMOUNTS)
def test_amounts_to_predict_are_numbers(check: Check, name: str) -> None:
    chance = random.Random(6)
    size = [chance.uniform(30, 150) for _ in range(ROWS)]
    collected = check(
        {"size": [f"{s:.1f}" for s in size], "price": [AMOUNTS[name](2000 * s + chance.gauss(0, 9000)) for s in size]},
        "price",
    )
    assert collected.rows.task == "regression"
    assert np.corrcoef(collected.rows.y, size)[0, 1] > 0.98
    assert any(f.kind == "target" and "category" in f.done for f in collected.findings)


def test_an_ordered_score_is_asked_about(check: Check) -> None:
    columns = {"x": [i % 13 for i in range(ROWS)], "score": [i % 4 for i in range(ROWS)]}
    collected = check(columns, "score")
    assert collected.rows.task == "classification"
    (question,) = asked(collected)
    assert "columns: {score: number}" in question.done
    assert check(columns, "score", "columns: {score: number}\n").rows.task == "regression"


def test_labels_that_differ_by_case_or_spaces_are_one_class(check: Check) -> None:
    spellings = {True: ["Yes", "Yes ", "yes", "YES", "Yes"], False: ["No", " No", "no", "No"]}
    chance = random.Random(1)
    x = [chance.uniform(0, 10) for _ in range(ROWS)]
    columns = {"x": x, "ok": [chance.choice(spellings[v > 5]) for v in x]}
    collected = check(columns, "ok")
    assert collected.rows.classes == ("No", "Yes")
    assert any(f.kind == "spellings" and f.level == "warning" for f in collected.findings)
    assert len(check(columns, "ok", "columns: {ok: category(exact)}\n").rows.classes) == 5


def test_codes_of_one_letter_are_kept_apart(check: Check) -> None:
    columns = {"x": [i % 7 for i in range(ROWS)], "gene": ["aA"[i % 2] for i in range(ROWS)]}
    assert check(columns, "gene").rows.classes == ("A", "a")


def test_levels_are_known_however_they_are_spelled(check: Check) -> None:
    columns = {
        "paid": [("ja", "nein")[i % 2] for i in range(ROWS)],
        "x": range(ROWS),
        "y": noisy([i % 2 == 0 for i in range(ROWS)]),
    }
    schema = check(columns, "y").schema
    codes = [schema.one({"paid": cell, "x": 1})[0, 0] for cell in ("ja", "JA", " Ja ", "yes", True, 1, "是")]
    assert codes == [codes[0]] * 7
    assert schema.one({"paid": "maybe", "x": 1})[0, 0] != codes[0]


def test_different_sentences_are_texts_and_no_choices(check: Check) -> None:
    chance = random.Random(2)
    words = ["the", "parcel", "came", "late", "again", "and", "nobody", "answered", "my", "question", "about", "it"]
    sentences = [" ".join(chance.sample(words, 6)) for _ in range(120)]
    cells = [chance.choice(sentences) for _ in range(3 * ROWS)]
    target = noisy([i % 2 == 0 for i in range(3 * ROWS)])
    assert column(check({"note": cells, "x": range(3 * ROWS), "y": target}, "y"), "note").role == "text"


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        (["1.234,50", "1,234.50"], "two number formats are mixed"),
        (["13/04/2026", "04/13/2026"], "two date formats are mixed"),
    ],
)
def test_two_formats_half_and_half_are_refused(check: Check, cells: list[str], what: str) -> None:
    chance = random.Random(2)
    mixed = []
    for i in range(ROWS):
        cell = cells[i >= ROWS // 2]
        one, other = chance.randint(1, 9), chance.randint(13, 28)
        mixed.append(cell.replace("1", str(one), 1) if "." in cell else cell.replace("13", str(other)))
    mixed = [cell + str(i % 10) if "." in cell else cell for i, cell in enumerate(mixed)]
    with pytest.raises(InputError, match=what):
        check({"value": mixed, "x": range(ROWS), "y": noisy([i % 2 == 0 for i in range(ROWS)])}, "y")


def test_times_of_which_many_cannot_be_read_are_refused_with_the_pattern(check: Check) -> None:
    cells = ["2026-01-31" if i % 3 else f"week {i}" for i in range(ROWS)]
    columns = {"at": cells, "x": range(ROWS), "y": noisy([i % 2 == 0 for i in range(ROWS)])}
    with pytest.raises(InputError, match=r"100 of 300 values are no time, such as 'week 0' in row 1"):
        check(columns, "y", "columns: {at: time}\n")


def test_money_with_some_odd_cells_stays_a_number(check: Check) -> None:
    chance = random.Random(2)
    cells = ["on request" if i % 25 == 0 else f"{chance.uniform(5, 2000):,.2f} €" for i in range(ROWS)]
    collected = check({"price": cells, "x": range(ROWS), "y": noisy([i % 2 == 0 for i in range(ROWS)])}, "y")
    assert column(collected, "price").role == "number"
    assert any(f.kind == "impossible values" and f.count == 12 for f in collected.findings)


def test_the_days_between_two_dates_are_a_column(check: Check) -> None:
    when = days()
    later = [date.fromordinal(d.toordinal() + i % 40) for i, d in enumerate(when)]
    collected = check({"ordered": when, "shipped": later, "y": noisy([i % 40 > 20 for i in range(ROWS)])}, "y")
    place = collected.schema.layout.place("shipped - ordered")
    assert np.allclose(collected.rows.X[:, place], [i % 40 for i in range(ROWS)])
    assert collected.schema.one({"ordered": "2026-01-31", "shipped": "2026-02-02"})[0, place] == 2


def test_other_columns_decide_a_doubtful_one(check: Check) -> None:
    chance = random.Random(5)
    doubtful = [f"{chance.randint(1, 40)},{chance.randint(0, 999):03d}" for _ in range(ROWS)]
    sure = [f"{chance.uniform(1, 9):.2f}".replace(".", ",") for _ in range(ROWS)]
    target = noisy([i % 2 == 0 for i in range(ROWS)])
    collected = check({"a": doubtful, "b": sure, "y": target}, "y")
    assert collected.rows.X[:, 0].max() < 100
    assert not asked(collected)
    collected = check({"a": doubtful, "y": target}, "y")
    assert collected.rows.X[:, 0].min() > 100
    assert "columns: {a: number(comma)}" in asked(collected)[0].done
    assert check({"a": doubtful, "y": target}, "y", "columns: {a: number(comma)}\n").rows.X[:, 0].max() < 100


@pytest.mark.parametrize("value", ["X", 1])
def test_a_value_or_nothing_is_a_flag(check: Check, value: object) -> None:
    hit = [i % 3 == 0 for i in range(ROWS)]
    collected = check({"promo": [value if one else "" for one in hit], "n": range(ROWS), "y": noisy(hit)}, "y")
    assert (column(collected, "promo").role, column(collected, "promo").reason[-11:]) == ("category", " or nothing")
    (f,) = [f for f in collected.schema.fields if f.name == "promo"]
    assert f.levels == (str(value),)
    assert f.code(str(value)) == 0 and np.isnan(collected.schema.one({"promo": None, "n": 1})[0]).any()


def test_one_value_that_is_hardly_ever_missing_is_constant(check: Check) -> None:
    collected = check(
        {"a": ["X"] * (ROWS - 2) + [""] * 2, "n": [i % 9 for i in range(ROWS)], "y": ["a", "b"] * 150}, "y"
    )
    assert column(collected, "a").reason.startswith("constant")


def test_days_of_noughts_are_missing(check: Check) -> None:
    cells = ["0000-00-00" if i % 4 == 0 else f"2026-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in range(ROWS)]
    collected = check({"at": cells, "n": [i % 9 for i in range(ROWS)], "y": ["a", "b"] * 150}, "y")
    assert column(collected, "at").role == "time"
    (said,) = [f for f in collected.findings if f.kind == "missing spellings"]
    assert said.count == 75 and "0000-00-00" in said.what


def test_codes_with_an_e_are_no_numbers(check: Check) -> None:
    codes = [f"{i % 30 + 10}E{i % 3}" for i in range(ROWS)]
    amounts = [f"{i % 9 + 1}E{i % 5}" for i in range(ROWS)]
    collected = check({"code": codes, "amount": amounts, "y": noisy([i % 2 == 0 for i in range(ROWS)])}, "y")
    assert (column(collected, "code").role, column(collected, "amount").role) == ("category", "number")

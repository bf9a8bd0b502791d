"""Numbers and times in the formats that people use: what is spelled is read back, decided from any 200 rows of a column."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.features.number_format import Detection, NumberFormat
from breakeven.features.schema import Field, Schema
from breakeven.features.time_format import TimeFormat, detect
from tests.field.spellings import NUMBERS, PERCENT, TIMES

ROWS = 200
seeds = st.integers(0, 2**32 - 1)


def served(role: Literal["number", "time"], form: NumberFormat | TimeFormat, cells: list[str]) -> list[float]:
    """What a product makes of cells that come over HTTP, its schema having been written and read again."""
    written = Schema((Field("x", role, format=form),)).to_json()
    schema = Schema.from_json(json.loads(json.dumps(written)))
    days = schema.matrix(schema.columns([{"x": cell} for cell in cells]))[:, 0]
    assert [schema.one({"x": cell})[0, 0] for cell in cells] == days.tolist()
    return (days * 86_400 if role == "time" else days).tolist()


def test_there_are_the_formats_that_the_law_is_held_to() -> None:
    assert len(NUMBERS) + len(PERCENT) + len(TIMES) >= 56


@pytest.mark.parametrize("name", [*NUMBERS, *PERCENT])
@given(seed=seeds)
def test_numbers_are_read_back(name: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    hundredths = random.integers(-200_000_000, 200_000_000, ROWS) // random.choice([1, 100, 10_000], ROWS)
    values = hundredths / 100
    spell, factor = (PERCENT[name], 0.01) if name in PERCENT else (NUMBERS[name], 1.0)
    cells = [spell(value) for value in values.tolist()]
    found = Detection.of(list(dict.fromkeys(cells)))
    assert found.share == 1.0
    assert found.foreign == 0
    read = [found.format.parse(cell) for cell in cells]
    assert read == pytest.approx((values * factor).tolist(), rel=1e-12)
    assert served("number", found.format, cells[:20]) == read[:20]


@pytest.mark.parametrize("name", TIMES)
@given(seed=seeds)
def test_times_are_read_back(name: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    spell, unit = TIMES[name]
    # From 2001 to 2032; the first of January 2001 at noon is there so that two-digit years are none of the months.
    stamps = random.integers(978_350_400, 1_956_528_000, ROWS) // unit * unit
    cells = [spell(datetime.fromtimestamp(stamp, UTC)) for stamp in stamps.tolist()]
    found = detect(list(dict.fromkeys(cells)))
    assert found.share == 1.0
    assert found.rival is None
    assert found.contrary == 0
    assert [found.format.parse(cell) for cell in cells] == stamps.tolist()
    assert served("time", found.format, cells[:20]) == pytest.approx(stamps[:20].tolist(), abs=1e-3)


@pytest.mark.parametrize(
    ("cells", "delimiter", "taken", "rival"),
    [
        (["12,500", "9,999"], ",", 12500.0, 12.5),
        (["12,500", "9,999"], ";", 12.5, 12500.0),
        (["12.500", "9.999"], ",", 12.5, 12500.0),
        (["12.500", "9.999"], ";", 12500.0, 12.5),
    ],
)
def test_where_two_formats_disagree_the_other_is_named(
    cells: list[str], delimiter: str, taken: float, rival: float
) -> None:
    found = Detection.of(cells, delimiter)
    assert found.format.parse(found.example) == taken
    assert found.rival is not None
    assert found.rival.parse(found.example) == rival


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        (["12,500", "0,125"], 12.5),  # no group of thousands begins with 0
        (["12,500", "9,99"], 12.5),
        (["12,500", "1,234.5"], 12500.0),
        (["12,500", "1,234,567"], 12500.0),
    ],
)
def test_one_cell_decides_for_the_column(cells: list[str], value: float) -> None:
    found = Detection.of(cells)
    assert found.format.parse(cells[0]) == value
    assert found.rival is None


def test_other_columns_of_the_file_decide() -> None:
    found = Detection.of(["12,500", "9,999"], mark=",")
    assert found.format.parse("12,500") == 12.5
    assert found.rival is None


def test_two_formats_in_one_column_are_counted() -> None:
    found = Detection.of(["1,234.5", "2,345.6", "1.234,5"])
    assert found.foreign == 1
    assert found.foreign_example == "1.234,5"


def test_what_is_no_number_is_none() -> None:
    for cell in (
        "A12",
        "12-13",
        "12 3",
        "--5",
        "12.5 kg",
        "1_000",
        "0x1f",
        "inf",
        "nan",
        "",
        "%",
        "$",
        "5 km 3",
        "()",
        "192.168.1.1",
    ):
        assert np.isnan(NumberFormat().parse(cell)), cell


def test_two_currencies_are_told_apart() -> None:
    assert Detection.of(["$5", "€6", "$7"]).currencies == ("$", "€")


@pytest.mark.parametrize(
    ("cells", "taken", "rival"),
    [
        (["03/04/2026", "05/06/2026"], "month", "day"),
        (["03.04.2026", "05.06.2026"], "day", "month"),
        (["01/03/2019", "01/04/2019"], "day", "month"),  # month starts
        (["03/01/2019", "04/01/2019"], "month", "day"),
    ],
)
def test_dates_that_two_orders_read_name_the_other(cells: list[str], taken: str, rival: str) -> None:
    found = detect(cells)
    assert found.format.order == taken
    assert found.rival is not None
    assert found.rival.order == rival
    assert found.example in cells


def test_one_day_above_twelve_decides_among_very_many() -> None:
    cells = [f"{d:02}/{m:02}/{y}" for y in range(1990, 2035) for m in range(1, 13) for d in range(1, 13)]
    assert detect(cells).rival is not None
    assert detect([*cells[:7], "13/01/2026", *cells[7:]]) == detect(["13/01/2026"])


def test_days_and_months_first_in_one_column_are_counted() -> None:
    found = detect(["13/04/2026", "14/04/2026", "04/13/2026"])
    assert found.format.order == "day"
    assert found.contrary == 1
    assert found.contrary_example == "04/13/2026"


def test_numbers_that_are_no_times_are_none() -> None:
    for cells in (["12", "15"], ["20261331"], ["99999999999999999999"], ["-5"], ["1.5"]):
        assert detect(cells).share == 0.0, cells


def test_a_local_time_is_of_the_stated_zone_and_its_summer() -> None:
    berlin = TimeFormat("year", "Europe/Berlin")
    assert berlin.parse("2026-01-31 08:00") == TimeFormat().parse("2026-01-31T07:00:00Z")
    assert berlin.parse("2026-07-31 08:00") == TimeFormat().parse("2026-07-31T06:00:00Z")
    assert TimeFormat("year", "Asia/Shanghai").parse("2026-01-31 08:00 CST") == TimeFormat().parse("2026-01-31")
    assert TimeFormat().parse("2026-01-31 08:00 CST") == TimeFormat().parse("2026-01-31T14:00:00Z")


def test_a_pattern_of_the_brief_is_followed_and_iso_beside_it() -> None:
    format = TimeFormat(pattern="%d|%m|%Y")
    assert format.parse("31|01|2026") == format.parse("2026-01-31") == TimeFormat().parse("2026-01-31")
    assert np.isnan(format.parse("01|31|2026"))


def test_what_is_no_date_is_none() -> None:
    for cell in (
        "abc",
        "2024-13-01",
        "31/02/2024",
        "2024-01-01 25:61",
        "Q5 2024",
        "KW 54/2024",
        "may",
        "192.168.1.1",
        "12.5",
        "",
        "1-2-3",
    ):
        assert np.isnan(TimeFormat("day").parse(cell)), cell


@pytest.mark.parametrize(
    ("cells", "day"),
    [
        (
            ("2020-Q3", "2020Q3", "2020 Q3", "Q3 2020", "Q3/20", "3Q20", "3. Quartal 2020", "T3 2020", "2020年第3季度"),
            "2020-07-01",
        ),
        (("H2 2020", "2020H2", "2020-H2"), "2020-07-01"),
        (("KW 40/2020", "2020-W40", "2020W40", "Week 40, 2020", "W40 2020"), "2020-09-28"),
        (("Jan 2015", "Jan '15", "01/2015", "2015-01", "janv. 2015"), "2015-01-01"),
    ],
)
def test_quarters_weeks_and_months_are_their_first_day(cells: tuple[str, ...], day: str) -> None:
    for cell in cells:
        assert TimeFormat().parse(cell) == TimeFormat().parse(day), cell
    assert detect(list(cells)).share == 1.0


def test_six_digits_are_a_year_and_a_month() -> None:
    months = [f"{year}{month:02}" for year in (2019, 2020) for month in range(1, 13)]
    found = detect(months)
    assert found.format.parse("202002") == found.format.parse(202002) == TimeFormat().parse("2020-02-01")
    assert detect([*months, "202013"]).share == 0.0


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1.2 kg", "850 g"], [1.2, 0.85]),
        (["55.3k", "800", "1.2M"], [55_300, 800, 1_200_000]),
        (["$1.2M", "$850K", "$700"], [1_200_000, 850_000, 700]),
        (["1.2 Cr", "85 Lac"], [12_000_000, 8_500_000]),
        (["2 weeks", "1 day", "3 hours"], [1_209_600, 86_400, 10_800]),
        (["5 GB", "512 MB"], [5000, 512]),
        (["5 kg", "7"], [5, 7]),
    ],
)
def test_units_of_several_sizes_are_brought_to_one(cells: list[str], values: list[float]) -> None:
    found = Detection.of(cells)
    assert found.share == 1.0
    assert [found.format.parse(cell) for cell in cells] == values == served("number", found.format, cells)


def test_a_number_without_a_unit_is_none_where_units_have_sizes() -> None:
    assert np.isnan(Detection.of(["1.2 kg", "850 g", "3 kg"]).format.parse("5"))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12,-", 12),
        ("12.--", 12),
        ("12,- €", 12),
        ("Rs.1,500/-", 1500),
        ("-5,-", -5),
        ("ca. 12", 12),
        ("≈12", 12),
        ("24.5 kg/m²", 24.5),
        ("$12/month", 12),
        ("5,531e+04", 55_310),
        ("３.５", 3.5),
    ],
)
def test_a_number_with_what_stands_around_it(cell: str, value: float) -> None:
    assert Detection.of([cell]).format.parse(cell) == value


def test_ordinal_numbers_are_of_one_unit() -> None:
    cells = ["1st", "2nd", "3rd", "4th", "11th"]
    form = Detection.of(cells).format
    assert [form.parse(cell) for cell in cells] == [1, 2, 3, 4, 11]

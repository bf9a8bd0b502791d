"""Columns of a stranger's files: times of day, durations, dates that mean never, and what is asked about since it is not read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from breakeven.core.errors import InputError
from tests.field.checked import ROWS, Check, asked, column, noisy

TARGET = noisy([i % 2 == 0 for i in range(ROWS)])
SPANS: dict[str, tuple[Callable[[int], str], Callable[[int], float]]] = {
    "hours and minutes": (lambda m: f"{m // 60:02}:{m % 60:02}", float),
    "with seconds": (lambda m: f"{m // 60:02}:{m % 60:02}:30", lambda m: m + 0.5),
    "French": (lambda m: f"{m // 60}h{m % 60:02}", float),
    "German": (lambda m: f"{m // 60}:{m % 60:02} Uhr", float),
    "AM and PM": (lambda m: f"{(m // 60 + 11) % 12 + 1}:{m % 60:02} {'ap'[m >= 720]}m", float),
    "Chinese": (lambda m: f"{'上下'[m >= 720]}午{(m // 60 + 11) % 12 + 1}点{m % 60:02}分", float),
    "words": (lambda m: f"{m // 60}h {m % 60}m" if m >= 60 else f"{m} min", lambda m: m * 60.0),
    "long words": (lambda m: f"{m // 60 + 1} hours and {m % 60 + 1} minutes", lambda m: m * 60.0 + 3660),
    "Chinese words": (lambda m: f"{m // 60}小时{m % 60}分", lambda m: m * 60.0),
    "ISO 8601": (lambda m: f"PT{m // 60}H{m % 60}M", lambda m: m * 60.0),
    "beyond a day": (lambda m: f"{m // 10 + 1}:{m % 60:02}:07", lambda m: (m // 10 + 1) * 3600.0 + m % 60 * 60 + 7),
    "minutes beside hours": (
        lambda m: f"{m // 60}:{m % 60:02}:00" if m >= 60 else f"{m:02}:00",
        lambda m: m * 60.0,
    ),
    "hours with a unit": (lambda m: f"{m // 60}:{m % 60:02} h", float),
    "UTC": (lambda m: f"{m // 60:02}:{m % 60:02} UTC", float),
    "years and months": (
        lambda m: f"{m // 60 + 1}y {m % 11 + 1}m",
        lambda m: ((m // 60 + 1) * 12 + m % 11 + 1) * 365.25 / 12 * 86_400,
    ),
    "laps": (lambda m: f"{m // 60:02}:{m % 60:02}.250", lambda m: m + 0.25),
    "days of pandas": (lambda m: f"{m} days 01:00:00", lambda m: m * 86_400.0 + 3600),
}


@pytest.mark.parametrize("name", SPANS)
def test_times_of_day_are_minutes_and_durations_seconds(check: Check, name: str) -> None:
    spell, value = SPANS[name]
    minutes = [i * 37 % 1440 for i in range(ROWS)]
    cells = [spell(m) for m in minutes]
    collected = check({"t": cells, "x": [i % 7 for i in range(ROWS)], "y": TARGET}, "y")
    assert column(collected, "t").role == "number"
    assert collected.rows.X[:, 0].tolist() == pytest.approx([value(m) for m in minutes])
    served = [collected.schema.one({"t": cell, "x": 1})[0, 0] for cell in cells[:40]]
    assert served == pytest.approx(collected.rows.X[:40, 0].tolist())
    with pytest.raises(InputError, match=r"expected a (time of day such as 08:30|duration such as 1:20:33)"):
        collected.schema.one({"t": "late", "x": 1})


def test_a_duration_is_predicted_as_seconds(check: Check) -> None:
    cells = [f"{i % 50}:{i % 60:02}:00" for i in range(ROWS)]
    collected = check({"x": [i % 13 for i in range(ROWS)], "took": cells}, "took")
    assert collected.rows.task == "regression"
    assert collected.rows.y[70] == 20 * 3600 + 600


def test_a_few_beyond_a_day_make_durations_of_what_could_be_times_of_day(check: Check) -> None:
    cells = [f"{i % 23 + (2 if i % 40 == 0 else 0) * 12:02}:{i % 60:02}:10" for i in range(ROWS)]
    collected = check({"t": cells, "x": [i % 7 for i in range(ROWS)], "y": TARGET}, "y")
    assert "durations in seconds" in column(collected, "t").reason
    assert np.isfinite(collected.rows.X[:, 0]).all()


@pytest.mark.parametrize("never", ["9999-12-31", "1900-01-01", "1970-01-01", "2999-12-31"])
def test_a_date_that_means_never_is_missing_and_said(check: Check, never: str) -> None:
    cells = [never if i % 9 == 0 else f"202{i % 4}-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in range(ROWS)]
    columns = {"until": cells, "x": [i % 7 for i in range(ROWS)], "y": TARGET}
    collected = check(columns, "y")
    (said,) = [f for f in collected.findings if f.kind == "far-out values"]
    assert (said.column, said.count, said.level) == ("until", len(range(0, ROWS, 9)), "warning")
    assert np.isnan(collected.rows.X[::9, 0]).all()
    assert np.isnan(collected.schema.one({"until": never, "x": 1})[0, 0])
    kept = check(columns, "y", "columns: {until: time(keep)}\n")
    assert np.isfinite(kept.rows.X[:, 0]).all()
    assert not [f for f in kept.findings if f.kind == "far-out values"]


def test_a_first_of_january_among_birthdays_is_asked_about(check: Check) -> None:
    cells = ["1900-01-01" if i % 30 == 0 else f"{1930 + i % 70}-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in range(ROWS)]
    (question,) = asked(check({"born": cells, "x": [i % 7 for i in range(ROWS)], "y": TARGET}, "y"))
    assert "1 January 1900, as for never" in question.what and "time(keep)" in question.done


UNREAD: dict[str, tuple[Callable[[int], str], str]] = {
    "a month and a number": (lambda i: f"{['Jan', 'Feb', 'Mar', 'Apr'][i % 4]}-{i % 20 + 10}", "a month with a day or"),
    "a number and a month": (lambda i: f"{i % 28 + 1}. {['März', 'Mai', 'Juni'][i % 3]}", "a month with a day or"),
    "blood pressure": (lambda i: f"{110 + i % 40}/{70 + i % 20}", "two numbers"),
    "a place on Earth": (lambda i: f"{48 + i / 999:.4f}, {11 - i / 77:.4f}", "two numbers"),
    "feet and inches": (lambda i: f"{i % 3 + 4}'{i % 12}''", "two numbers"),
    "degrees": (lambda i: f"{i % 90}°{i % 60:02}'N", "two numbers"),
    "three lengths": (lambda i: f"{i % 19 + 1} x {i % 7 + 1} x {i % 5 + 1} cm", "two numbers"),
    "points of a test": (lambda i: f"{i % 29} of 30", "two numbers"),
    "a range": (lambda i: f"{i % 50}-{i % 50 + 10}", "a range of numbers"),
    "a range of money": (lambda i: f"${i % 50}k - ${i % 50 + 10}k", "a range of numbers"),
    "units that have nothing in common": (lambda i: f"{i % 40 + 1} {('kg', 'cm')[i % 2]}", "numbers with units"),
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_is_measured_but_not_read_is_asked_about(check: Check, name: str) -> None:
    spell, what = UNREAD[name]
    collected = check({"m": [spell(i) for i in range(ROWS)], "x": [i % 7 for i in range(ROWS)], "y": TARGET}, "y")
    (question,) = asked(collected)
    assert question.column == "m" and what in question.what


@pytest.mark.parametrize(
    "spell",
    [
        lambda i: f"{i % 40:02}-{i % 7}",
        lambda i: f"2020-{i:04}",
        lambda i: f"10.0.{i % 9}.{i % 50}",
        lambda i: f"SKU-{i}",
    ],
)
def test_codes_are_not_asked_about(check: Check, spell: Callable[[int], str]) -> None:
    columns = {"code": [spell(i) for i in range(ROWS)], "x": [i % 7 for i in range(ROWS)], "y": TARGET}
    assert not asked(check(columns, "y"))


def test_percent_beside_plain_numbers_are_asked_about(check: Check) -> None:
    cells = [f"{i % 60 + 1}%" if i % 5 else f"{i % 60 + 1}" for i in range(ROWS)]
    (question,) = asked(check({"share": cells, "x": [i % 7 for i in range(ROWS)], "y": TARGET}, "y"))
    assert question.kind == "percent"


def test_words_of_five_languages_for_missing_are_missing(check: Check) -> None:
    words = ["k.A.", "TBD", "sin datos", "inconnu", "нет данных", "不详", "(blank)", "***"]
    cells = [words[i % 8] if i % 3 == 0 else str(i % 50) for i in range(ROWS)]
    collected = check({"n": cells, "x": [i % 7 for i in range(ROWS)], "y": TARGET}, "y")
    assert column(collected, "n").role == "number"
    assert np.isnan(collected.rows.X[::3, 0]).all()

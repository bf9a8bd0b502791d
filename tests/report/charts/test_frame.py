"""Labels of a picture keep off each other, off lines and off marks."""

from __future__ import annotations

from itertools import combinations

import pytest

from breakeven.report.charts.curves import curves
from breakeven.report.charts.frame import LINE, NARROW, WIDE, Frame, Size
from tests.report import page_verdicts


def frame(size: Size = WIDE) -> Frame:
    return Frame(size, (10, 1000), (0.0, 1.0))


def clashes(made: Frame) -> list[tuple[object, object]]:
    """Pairs of labels that lie on each other."""
    return [
        (a, b)
        for a, b in combinations(made.boxes, 2)
        if a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] - a[3] < b[1] and b[1] - b[3] < a[1]
    ]


@pytest.mark.parametrize("size", [WIDE, NARROW])
@pytest.mark.parametrize("others", [(0.55,), (0.55, 0.6, 0.65), (0.35, 0.42, 0.46, 0.54, 0.58)])
def test_the_name_of_a_point_lies_on_no_line(size: Size, others: tuple[float, ...]) -> None:
    made = frame(size)
    for y in (*others, 0.5):
        made.line([(10, y), (100, y)], "other")
        made.marks([(100, y)], "circle", "other")
    made.here(100, 0.5, "you are here")
    left, at, _, _ = made.boxes[-1]
    assert left > made.px(100) + 4 or not [y for y in (*others, 0.5) if at - LINE + 3 < made.py(y) < at]


def test_names_of_lines_that_end_together_stand_apart_and_those_without_room_are_left_out() -> None:
    made = frame()
    for k in range(12):
        made.line([(10, 0.5), (100, 0.5 + k / 500)], "other")
    for k in range(12):
        made.label(100, 0.5 + k / 500, f"line {k}")
    assert 2 <= len(made.boxes) < 12 and clashes(made) == []


def test_a_caption_gives_way_to_what_is_drawn_after_it() -> None:
    made = frame()
    made.zone(90, 110, "owning becomes cheaper")
    made.line([(10, 1.02), (1000, 1.02)], "other")
    made.svg("wide")
    assert made.boxes[-1][1] > made.py(0.5)


@pytest.mark.parametrize("name", page_verdicts.ALL)
def test_every_outcome_says_where_it_is(name: str) -> None:
    v = page_verdicts.ALL[name]()
    chart = curves(v)
    assert (chart is not None and "you are here" in chart.wide) == (v.chosen.candidate is not None)

"""The choice: leads, ties, limits, baselines - and that no forecast enters it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from breakeven import metrics
from breakeven.core.types import Choice
from breakeven.gate.choose import Costs, choose
from breakeven.gate.results import Board, Job, Measured, Race
from tests.gate.test_race import TRUTH, N, answer, race


def costs(name: str, month: float = 70.0, train: float = 1.0) -> Costs:
    return Costs(name, 0.1, (9e3, 1e4, 1.1e4), 1.0, 1e-6, month, train)


def board(deep: float, good: float) -> Board:
    r = race(folds=1)
    y = TRUTH[r.folds[0].validation]
    shares = {"baseline": 0.5, "good": good, "deep": deep}
    return Board(
        r, {Job(c, N, 0): Measured(answer(y, s, 5 if c != "baseline" else 9), 1) for c, s in shares.items()}, sizes=[N]
    )


@pytest.mark.parametrize(("deep", "good", "route"), [(0.9, 0.7, "large"), (0.7, 0.9, "traditional")])
def test_a_clear_lead_is_taken(deep: float, good: float, route: str) -> None:
    choice = choose(board(deep, good), {"large": costs("deep", 1000), "traditional": costs("good")})
    assert (choice.route, choice.tie) == (route, False)
    assert (choice.p_large > 0.99) == (route == "large")
    assert np.sign(choice.difference.value) == (1 if route == "large" else -1)


@pytest.mark.parametrize(
    ("large", "traditional", "route"),
    [
        (costs("deep", 70), costs("good", 90), "large"),
        (costs("deep", 90), costs("good", 70), "traditional"),
        (costs("deep", 70.001), costs("good", 70), "traditional"),
        (costs("deep", 70, 0.1), costs("good", 70, 5.0), "large"),
        (costs("deep", 100), costs("good", 105), "traditional"),  # a difference of less than a tenth is none
    ],
)
def test_a_tie_takes_the_cheaper(large: Costs, traditional: Costs, route: str) -> None:
    choice = choose(board(0.8, 0.8), {"large": large, "traditional": traditional})
    assert (choice.route, choice.tie) == (route, True)
    assert "cheaper" in choice.reason
    assert "lead" not in choice.reason


def chosen_of_few(good: float, deep: float) -> tuple[Race, Choice]:
    """The choice on 120 validation rows, of which each is right on so large a share; the large one costs more."""
    few = race(folds=1, validation=120)
    y = TRUTH[few.folds[0].validation]
    shares = {"baseline": 0.3, "good": good, "deep": deep}
    results = {Job(c, N, 0): Measured(answer(y, s, 22 + i), 1) for i, (c, s) in enumerate(shares.items())}
    return few, choose(Board(few, results, sizes=[N]), {"large": costs("deep", 90), "traditional": costs("good", 70)})


def test_an_open_answer_says_how_many_more_rows_would_tell() -> None:
    """On 120 validation rows .60 and .66 are too close to call; on ten thousand the same shares would not be."""
    few, choice = chosen_of_few(good=0.60, deep=0.66)
    assert choice.tie and "too close to call" in choice.reason
    # The dearer one leads by far more than the margin, which is twice as likely as not; the price decides within the margin.
    assert choice.route == "large" and 2 / 3 < choice.likelier < choice.p_large < 0.95
    assert "likely" in choice.reason and "cheaper" not in choice.reason
    assert 0 < choice.undecided_rows < 9 * few.rows
    assert 0 < choice.p_equal < 0.5
    sure = choose(board(0.9, 0.7), {"large": costs("deep"), "traditional": costs("good")})
    assert sure.undecided_rows is None and sure.p_equal < 0.01


@pytest.mark.parametrize("dearer", ["large", "traditional"])
def test_a_lead_within_the_margin_goes_to_the_cheaper_whoever_has_it(dearer: str) -> None:
    wide = replace(board(0.802, 0.8).race, margin=0.05)
    held = replace(board(0.802, 0.8), race=wide) if dearer == "large" else replace(board(0.8, 0.802), race=wide)
    month = {"large": 70.0, "traditional": 70.0} | {dearer: 90.0}
    choice = choose(held, {"large": costs("deep", month["large"]), "traditional": costs("good", month["traditional"])})
    assert (choice.tie, choice.route == dearer, choice.likelier) == (True, False, None)


def test_a_lead_that_is_hardly_likely_goes_to_the_cheaper() -> None:
    few, choice = chosen_of_few(good=0.62, deep=0.60)
    assert 0.5 < choice.p_large < 2 / 3 and abs(choice.difference.value) > few.margin
    assert (choice.route, choice.tie, choice.likelier) == ("traditional", True, None)


def test_limits_leave_one_route_or_none() -> None:
    only = choose(board(0.9, 0.7), {"large": None, "traditional": costs("good")})
    assert (only.route, only.candidate, only.p_large) == ("traditional", "good", None)
    nobody = choose(board(0.9, 0.7), {"large": None, "traditional": None})
    assert (nobody.route, nobody.candidate) == ("none", None)


def test_who_does_not_beat_the_baseline_is_not_offered() -> None:
    choice = choose(board(0.5, 0.5), {"large": costs("deep"), "traditional": costs("good")})
    assert choice.route == "none"
    assert "good enough" in choice.reason


def test_when_the_cheaper_of_a_tie_falls_short_the_other_is_taken() -> None:
    """On 120 rows: .56 does not clearly beat .5, .64 does, and the two are too close to call."""
    few = replace(race(folds=1, validation=120), margin=0.1)
    y = TRUTH[few.folds[0].validation]
    shares = {"baseline": 0.5, "good": 0.56, "deep": 0.64}
    results = {Job(c, N, 0): Measured(answer(y, s, 22 + i), 1) for i, (c, s) in enumerate(shares.items())}
    choice = choose(Board(few, results, sizes=[N]), {"large": costs("deep", 90), "traditional": costs("good", 70)})
    assert (choice.route, choice.tie, choice.likelier) == ("large", True, None)
    assert "good is cheaper but does not clearly beat the baseline" in choice.reason


def test_without_a_size_in_common_there_is_no_difference_and_no_lead() -> None:
    found = board(0.95, 0.8)
    measured = found.results.pop(Job("deep", N, 0))
    found.results[Job("deep", N // 2, 0)] = measured
    found.results[Job("baseline", N // 2, 0)] = found.results[Job("baseline", N, 0)]
    found.sizes.insert(0, N // 2)
    choice = choose(found, {"large": costs("deep"), "traditional": costs("good")})
    assert (choice.candidate, choice.tie, choice.p_large, choice.difference.value) == ("good", True, 0.5, None)
    assert "no size in common" in choice.reason and choice.rows is None


def test_the_rows_of_the_comparison_are_those_that_both_were_measured_at() -> None:
    found = board(0.9, 0.7)
    assert choose(found, {"large": costs("deep"), "traditional": costs("good")}).rows == N
    more = {Job(c, 2 * N, 0): found.results[Job(c, N, 0)] for c in ("good", "baseline")}
    found.results |= more
    found.sizes.append(2 * N)
    assert choose(found, {"large": costs("deep"), "traditional": costs("good")}).rows == N


@pytest.mark.parametrize(("rise", "tie"), [(0.0, False), (0.09, True)])
def test_a_lead_with_few_rows_is_no_win_while_the_other_may_make_it_up(rise: float, tie: bool) -> None:
    """At half of the rows, where the clock stopped the net, the other leads by ten points; the net's curve is flat or steep."""
    r = race(folds=1)
    y = TRUTH[r.folds[0].validation]
    found = Board(r, sizes=[N // 8, N // 4, N // 2, N])
    for k, rows in enumerate(found.sizes):
        shares = {"baseline": 0.5, "good": 0.85, "deep": 0.75 - (2 - k) * rise}
        for c, share in shares.items():
            if c != "deep" or rows < N:
                right = np.arange(len(y)) < share * len(y)
                found.results[Job(c, rows, 0)] = Measured(np.eye(2)[np.where(right, y, 1 - y)], 1.0)
    choice = choose(found, {"large": costs("deep"), "traditional": costs("good")})
    assert (choice.candidate, choice.tie, choice.rows) == ("good", tie, N // 2)
    assert ("may make up with more rows" in choice.reason) == tie
    assert (choice.likelier is not None) == tie
    assert not choice.as_good  # so the bill does not offer the other one as an alternative


def test_a_net_that_led_where_the_clock_stopped_it_does_not_beat_what_scores_as_much_with_all_rows() -> None:
    r = race(folds=1)
    y = TRUTH[r.folds[0].validation]
    found = Board(r, sizes=[N // 4, N // 2, N])
    for rows, good, deep in ((N // 4, 0.7, 0.8), (N // 2, 0.75, 0.84), (N, 0.85, None)):
        for c, share in (("baseline", 0.5), ("good", good), ("deep", deep)):
            if share is not None:
                right = np.arange(len(y)) < share * len(y)
                found.results[Job(c, rows, 0)] = Measured(np.eye(2)[np.where(right, y, 1 - y)], 1.0)
    choice = choose(found, {"large": costs("deep"), "traditional": costs("good")})
    assert (choice.candidate, choice.tie, choice.likelier, choice.rows) == ("good", True, None, N // 2)
    assert "a lead that good makes up with more rows" in choice.reason and "the cheaper one: good" in choice.reason


def test_an_answer_below_the_baseline_says_by_how_much_it_is_ahead_with_the_interval() -> None:
    few = race(folds=1, validation=120)
    y, shares = TRUTH[few.folds[0].validation], {"baseline": 0.5, "good": 0.53}
    results = {Job(c, N, 0): Measured(answer(y, s, 22 + i), 1) for i, (c, s) in enumerate(shares.items())}
    tried = Board(few, results, sizes=[N])
    choice = choose(tried, {"large": None, "traditional": costs("good")})
    gap = tried.difference("good", "baseline", N)
    low, high = gap[0] - metrics.Z90 * gap[1], gap[0] + metrics.Z90 * gap[1]
    assert choice.route == "none" and f"{low:+.3g} to {high:+.3g}" in choice.reason

"""The sealed score held against validation and the baseline: what is offered, fitted once more, or not offered."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from breakeven.core import store
from breakeven.core.types import Choice, Interval
from breakeven.gate import promise
from breakeven.gate.choose import Costs
from breakeven.gate.finalist import Finalist, offered
from breakeven.gate.selection import Selection, Winner
from breakeven.metrics import UnitLosses
from tests.gate.test_finalists import raced  # noqa: F401

ROWS = 400
COSTS = Costs("net", 0.1, (1.0, 1.0, 1.0), 1.0, 0.1, 70.0, 1.0)


def hits(share: float) -> UnitLosses:
    """A share of ROWS right, the first ones."""
    return UnitLosses.mean((np.arange(ROWS) < share * ROWS).astype(float))


@pytest.fixture
def chosen(raced, monkeypatch: pytest.MonkeyPatch):  # noqa: F811
    """A selection that chose the net, whose validation score is about 0.95 beside the baseline's 0.5, with its product."""
    monkeypatch.setattr(promise, "price", lambda context, problem, c, folder, s: replace(COSTS, train_seconds=s))

    def make(left: float = 1_000.0) -> Selection:
        race = raced(1.0, left=left)
        served = race.context.folder / "product"
        served.mkdir(exist_ok=True)
        folder = race.context.work / "finalists" / "net"
        folder.mkdir(parents=True, exist_ok=True)
        store.write_text(folder / "model", "")
        store.seal(folder, {})
        net = Finalist("net", "large", folder, COSTS)
        choice = Choice("large", "net", "it leads", Interval(0.15, 0.1, 0.2), False, 1.0)
        return Selection(
            race, {"large": [net], "traditional": []}, choice, Winner("net", served, folder, {}, "the defaults")
        )

    return make


class Sealed:
    """Scores by product folder, the baseline's, and the openings that were counted."""

    def __init__(self, first: float, again: float | None = None, baseline: float = 0.5) -> None:
        self.first, self.again, self.baseline = first, again, baseline
        self.openings: list[str] = []

    def score(self, folder: Path) -> tuple[UnitLosses, UnitLosses]:
        own = self.again if folder.parent.name == "again" else self.first
        assert own is not None
        return hits(own), hits(self.baseline)


def held(selection: Selection, sealed: Sealed):
    return promise.hold(selection, sealed.score, sealed.openings.append)


def test_a_score_as_promised_is_offered_and_the_sealed_units_stay_closed(chosen) -> None:
    selection, sealed = chosen(), Sealed(0.93)
    assert held(selection, sealed) == (selection, ())
    assert sealed.openings == []


def test_a_fit_that_fails_on_sealed_units_is_made_once_more_and_that_opening_is_counted(chosen) -> None:
    selection, sealed = chosen(), Sealed(0.6, again=0.94)
    found, [finding] = held(selection, sealed)
    [net] = found.finalists["large"]
    assert (found.choice, net.folder.parent.name) == (selection.choice, "again")
    assert found.winner.folder.is_dir() and "another seed" in found.winner.note
    assert found.raced.problem.recipes["net"].again
    assert len(sealed.openings) == 1
    assert finding.level == "warning" and "0.600" in finding.what and "0.940" in finding.what


def test_what_falls_short_twice_is_not_offered_and_leaves_no_product(chosen) -> None:
    selection, sealed = chosen(), Sealed(0.6, again=0.61)
    found, findings = held(selection, sealed)
    assert (found.choice.route, found.choice.candidate, found.winner) == ("none", None, None)
    [finding] = findings  # by which the verdict says that, and not that nothing beats the baseline
    assert (finding.kind, finding.done, finding.level) == (promise.KIND, "nothing is offered", "warning")
    assert "fitted once more 0.610" in finding.what
    assert "fitted once more 0.610" in found.choice.reason and "validation promised 0.9" in found.choice.reason
    assert not (found.raced.context.folder / "product").exists()
    assert offered(found.finalists) == {}
    assert found.choice.difference == selection.choice.difference  # the evidence of the choice stays in the verdict


def test_without_minutes_nothing_is_fitted_once_more_and_that_is_said(chosen) -> None:
    selection, sealed = chosen(left=5.0), Sealed(0.6)
    found, _ = held(selection, sealed)
    assert found.choice.route == "none" and "could not be fitted once more" in found.choice.reason
    assert sealed.openings == []


@pytest.mark.parametrize("share", [0.5, 0.3])
def test_what_is_no_better_than_the_baseline_on_sealed_units_is_never_offered(chosen, share: float) -> None:
    selection, sealed = chosen(), Sealed(share, again=share)
    found, findings = held(selection, sealed)
    assert (found.choice.route, findings) == ("none", ())
    assert found.choice.reason.startswith("not better than majority: net scored accuracy ")
    assert f"{share:.3f}" in found.choice.reason and "the baseline 0.500" in found.choice.reason
    assert found.winner is None


def test_whatever_is_offered_beats_the_baseline_and_keeps_half_of_its_promise(chosen) -> None:
    """Over a grid of sealed scores of both fits and of the baseline; those not offered say a reason with numbers."""
    grid = (0.2, 0.5, 0.6, 0.72, 0.8, 0.95)
    offers = 0
    for first, again, baseline in product(grid, grid, (0.4, 0.5, 0.7)):
        selection, sealed = chosen(), Sealed(first, again, baseline)
        found, _ = held(selection, sealed)
        if found.choice.route == "none":
            assert found.winner is None and f"{first:.3f}" in found.choice.reason
            continue
        offers += 1
        score, worst = sealed.score(found.finalists["large"][0].folder)
        assert score.value > worst.value
        fallen = promise.compare(found.board, "net", score, worst)
        assert fallen is not None and not fallen.broken
    assert 0 < offers < len(grid) ** 2 * 3


def test_a_score_that_fell_with_the_baselines_is_offered_with_a_warning(chosen) -> None:
    selection, sealed = chosen(), Sealed(0.75, baseline=0.35)
    found, [finding] = held(selection, sealed)
    assert (found.choice, sealed.openings) == (selection.choice, [])
    assert finding.level == "warning" and "0.750" in finding.what and "validation promised" in finding.what


def test_a_lower_score_is_worse_only_where_higher_is_better() -> None:
    """The same figures of a loss: lower than promised is no fall."""
    bands = {"promised": (0.4, 0.35, 0.45), "promised_gain": 0.3, "margin": 0.01}
    low = promise.Comparison(sealed=(0.2, 0.15, 0.25), gain=(0.1, 0.05, 0.15), sign=-1, **bands)
    high = promise.Comparison(sealed=(0.9, 0.85, 0.95), gain=(0.1, 0.05, 0.15), sign=-1, **bands)
    assert not low.outside and high.outside and high.broken
    assert replace(low, sign=1).outside and not replace(high, sign=1).outside

"""A bag is measured as the winner was, and taken where its gain is expected, or proven, and the minutes and limits hold."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from breakeven.core.types import Prefer
from breakeven.core.verdict import from_plain
from breakeven.gate import bagging
from breakeven.gate.choose import Costs
from breakeven.gate.ensembling import Single
from breakeven.gate.problem import Packaged, Recipe, TuningPolicy
from breakeven.gate.results import Job, Measured
from breakeven.gate.run_context import Clock
from breakeven.gate.tuning import predictions
from breakeven.report import words
from tests.gate.test_tuning import Line, raced
from tests.report.test_report import verdict  # noqa: F401

COSTS = Costs("net", 0.1, (1.0, 1.0, 1.0), 1.0, 0.1, 70.0, 1.0)


class Copies(Line):
    """Bags gain `lead` standard errors over the winner."""

    def __init__(self, lead: float) -> None:
        super().__init__(float)
        self.lead = lead

    def fit(self, job: Job, settings: Mapping[str, Any]) -> Measured:
        self.fitted.append(settings)
        wave = np.random.default_rng(1).normal(0, 1, 100)
        wave = (wave - wave.mean()) / wave.std()
        return Measured(10.0 - bool(settings) * (0.1 * self.lead + wave) * 0.01, 0.001)


def attempt(place: Path, lead: float, prefer: Prefer = "balanced", left: float = 3_000.0, why_not: str | None = None):
    found = raced(place, Copies(lead), TuningPolicy(), prefer)
    found.context = replace(
        found.context,
        brief=replace(found.context.brief, effort=2),
        clock=Clock(time.monotonic() - 3_600 * 0.85 + left, 60),
    )
    problem: Any = found.problem
    problem.bag = lambda candidate, copies, settings: {**settings, "bag": copies}
    problem.packaged = list[Recipe]()

    def package(candidate: str, recipe: Recipe, folder: Path, validation: Any) -> Packaged:
        problem.packaged.append(recipe)
        return Packaged(1.0, 400)

    problem.package = package
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bagging, "price", lambda *_: replace(COSTS, why_not=why_not))
        single = Single("net", place / "alone", predictions(found.board, "net"), seconds=2.0)
        return bagging.attempt(found, problem, single, {"rate": 0.1}), problem, single


def test_a_bag_is_taken_where_it_is_expected_to_gain(tmp_path: Path) -> None:
    bag, problem, single = attempt(tmp_path, 1.0)
    assert bag.single is not None and bag.single.folder != single.folder
    assert bag.settings == {"rate": 0.1, "bag": bagging.COPIES} == problem.packaged[0].settings
    assert bag.summary is not None and bag.summary["built"] and bag.summary["low"] < 0 < bag.summary["expected"]
    assert not np.array_equal(bag.single.validation[0], single.validation[0])  # calibrated by its own answers


def test_with_cheap_only_what_is_proven_is_taken(tmp_path: Path) -> None:
    taken = {p: attempt(tmp_path / p, 1.0, p)[0].single is not None for p in get_args(Prefer)}
    assert taken == {"cheap": False, "balanced": True, "best": True}
    assert attempt(tmp_path / "proven", 99.0, "cheap")[0].single is not None


@pytest.mark.parametrize("lead", [0.0, 0.2, -1.0])
def test_a_gain_that_is_not_expected_is_left(tmp_path: Path, lead: float) -> None:
    bag, problem, _ = attempt(tmp_path, lead)
    assert bag.single is None and bag.settings == {"rate": 0.1} and problem.packaged == []
    assert bag.note.startswith("no bag: ") and bag.summary is not None and not bag.summary["built"]


def test_a_limit_or_the_minutes_stand_against_it(tmp_path: Path) -> None:
    bag, _, _ = attempt(tmp_path / "limit", 1.0, why_not="9 ms (limit 1)")
    assert bag.single is None and "9 ms (limit 1)" in bag.note
    bag, problem, _ = attempt(
        tmp_path / "minutes", 1.0, left=25.0
    )  # a last fit of 10 s, exporting 10 s, and no bag of 10 s
    assert bag.single is None and "the minutes leave no room" in bag.note and problem.packaged == []


def test_the_sentence_says_what_the_product_is(verdict: dict) -> None:  # noqa: F811
    bag = {"copies": 5, "value": 0.01, "low": -0.002, "high": 0.022, "expected": 0.006, "built": True}
    verdict["product"] |= {"bag": bag, "candidate": "boosting", "ensemble": None, "prefer": "balanced"}
    english, chinese = (words.sentence(from_plain(verdict), language) for language in get_args(words.Language))
    assert "The product is a bag of 5 boosting models" in english and "+1.0 points on validation" in english
    assert "5 个 boosting 模型的装袋集成" in chinese
    members = [{"candidate": c, "route": "large", "weight": 0.5} for c in ("boosting", "mlp")]
    joint = {
        "way": "stacking",
        "value": 0.02,
        "low": 0.01,
        "high": 0.03,
        "built": True,
        "predict_ms": 0.2,
        "size_mb": 1.5,
    }
    verdict["product"]["ensemble"] = {**joint, "members": members}
    assert "joins a bag of 5 boosting models, mlp" in words.sentence(from_plain(verdict), "en")
    verdict["product"] |= {"ensemble": None, "bag": {**bag, "built": False}, "candidate": "another"}
    assert "The product is another, which has the best validation score" in words.sentence(from_plain(verdict), "en")
    verdict["product"]["candidate"] = verdict["chosen"]["candidate"]
    assert words.product(from_plain(verdict), "en") == ""

"""Tables and minutes that leave little to measure: a verdict that says so, never a crash, never an offer below the baseline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from breakeven import pipeline
from breakeven.core.verdict import Verdict
from breakeven.models import registry
from breakeven.models.user.own import Own
from breakeven.scenarios.registry import load_brief
from tests.conftest import customers

#: Every case is a build of its own.
pytestmark = pytest.mark.slow
FAST = ["baseline", "linear", "neighbours"]


class Broken(LogisticRegression):
    """Fails in every fit."""

    def fit(self, X, y, sample_weight=None):
        raise ValueError("the matrix is singular today")


def weighed(place: Path, names: list[str] | None, own: dict[str, Own] | None = None) -> Verdict:
    return pipeline.build(load_brief(place), weigh=True, names=names, own=own).document


def kept_its_word(v: Verdict) -> None:
    """What is offered is above the baseline on sealed rows; who has no score says why."""
    scores = {t.candidate: t.score for t in v.test}
    if v.chosen.route != "none":
        assert scores[v.chosen.candidate] > scores[v.baseline]
    assert all(t.why_not for t in v.test if t.score is None)
    assert v.sentence.en and v.sentence.zh


def test_a_fifth_of_a_minute(folder: Callable[..., Path]) -> None:
    v = weighed(folder(limits={"minutes": 0.2}), ["baseline", "linear", "boosting"])
    kept_its_word(v)
    assert v.chosen.candidate is not None


def test_one_candidate_installed(folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    there = registry.missing
    monkeypatch.setattr(registry, "missing", lambda name, task="classification": (
        there(name, task) if name in ("baseline", "linear") else "lightgbm is not installed: pip install 'breakeven[train]'"))  # fmt: skip
    v = weighed(folder(), None)
    kept_its_word(v)
    absent = [c for c in v.curves if c.not_measured]
    assert v.chosen.candidate == "linear" and len(absent) > 2
    assert all("pip install" in (c.not_measured or "") for c in absent)
    assert v.chosen.difference_validation is None and not v.chosen.tie


def test_all_candidates_fail(folder: Callable[..., Path]) -> None:
    v = weighed(folder(), ["baseline"], {"mine": Own("traditional", Broken())})
    kept_its_word(v)
    assert (v.chosen.route, v.chosen.candidate, v.product) == ("none", None, None)
    assert "the matrix is singular today" in v.chosen.reason
    assert next(t for t in v.test if t.candidate == "mine").validation is None


def test_a_validation_part_of_twelve_rows(folder: Callable[..., Path]) -> None:
    v = weighed(folder(customers(75)), FAST)
    kept_its_word(v)
    assert v.rows.validation == 12
    line = next(t for t in v.test if t.candidate == "linear").validation
    assert line.high - line.low > 0.1  # five folds of twelve rows say little, and the interval says so


def test_two_hundred_classes_of_five_rows(folder: Callable[..., Path]) -> None:
    rng = np.random.default_rng(0)
    rows = [
        f"{k % 20 + rng.normal(0, 0.1):.3f},{k // 20 + rng.normal(0, 0.1):.3f},class{k}"
        for k in range(200)
        for _ in range(5)
    ]
    v = weighed(folder("\n".join(["a,b,left", *rows]) + "\n"), FAST)
    kept_its_word(v)
    assert len(v.section["classes"]) == 200 and v.chosen.candidate == "neighbours"


@pytest.mark.parametrize("kept", [False, True])
def test_a_column_that_gives_the_target_away(folder: Callable[..., Path], kept: bool) -> None:
    """Left out with a warning; where the brief gives it a role it stays, and everybody sees why the score is perfect."""
    header, *lines = customers(200).splitlines()
    given = (
        "\n".join([f"{header},closed", *(f"{line},{'c' if line.endswith('yes') else 'o'}" for line in lines)]) + "\n"
    )
    v = weighed(folder(given, **({"columns": {"closed": "category"}} if kept else {})), FAST)
    kept_its_word(v)
    leaks = [f for f in v.findings if f.kind == "leak" and f.column == "closed"]
    best = max(t.score for t in v.test if t.score is not None)
    assert (best == 1.0) == kept
    if not kept:
        assert leaks[0].level == "warning" and "columns: {closed: category}" in leaks[0].done

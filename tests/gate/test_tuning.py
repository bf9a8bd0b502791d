"""What tuning found: changes of training rows stay only where they help, and all is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import numpy as np

from breakeven import metrics
from breakeven.core.progress import Silent
from breakeven.core.store import Ledger, Log
from breakeven.core.types import Fold, Need, Prefer
from breakeven.core.verdict import from_plain
from breakeven.gate import tuning
from breakeven.gate.fit_runner import FitRunner
from breakeven.gate.problem import Policy, TuningPolicy
from breakeven.gate.raced import Raced
from breakeven.gate.results import Board, Job, Measured, Race
from breakeven.gate.run_context import Clock, RunContext
from breakeven.report import page, words
from breakeven.scale.executor import Workers
from tests.report.test_report import verdict  # noqa: F401


class Line:
    """A fitter whose predictions are off by what the settings say, for each validation unit a little differently."""

    metric, missing, candidates = "rmse", {}, {"net": "large", "mean": "traditional"}

    def __init__(self, off: Callable[[Mapping[str, Any]], float]) -> None:
        self.off, self.fitted = off, list[Mapping[str, Any]]()

    def race(self) -> Race:
        fold = Fold(np.arange(300), np.arange(300, 400))
        return Race(
            self.candidates,
            (fold,),
            lambda prediction, _: metrics.losses("rmse", np.zeros(len(prediction)), prediction),
            400,
            "rmse",
            0.005,
            "mean",
            metrics.METRICS["rmse"].scale,
        )

    def fit(self, job: Job, settings: Mapping[str, Any]) -> Measured:
        self.fitted.append(settings)
        wave = np.random.default_rng(0).normal(0, 0.01, 100)
        return Measured(self.off(settings) + wave, 0.001)

    def space(self, candidate: str) -> Any:
        return lambda trial: {"noise": trial.suggest_float("noise", 0.1, 0.9), "mix_up": 0.3, "cut": 0.5}

    def changes(self, candidate: str) -> Mapping[str, Any]:
        return {"noise": 0.0, "mix_up": 0.0, "cut": 0.0}


def raced(tmp_path: Path, fitter: Line, policy: TuningPolicy, prefer: Prefer = "balanced") -> Raced:
    need = Need("n", "predict", "", None, tmp_path, effort=1, prefer=prefer)
    context = RunContext(need, tmp_path, Log(tmp_path / "log.jsonl"), Clock(time.monotonic(), 60), Silent())
    runner = FitRunner(fitter, Workers(1), Ledger(tmp_path / "work" / "fits"))
    board = Board(fitter.race(), sizes=[300])
    for candidate in fitter.candidates:
        job = Job(candidate, 300, 0)
        board.results[job] = fitter.fit(job, {})
    fitter.fitted.clear()
    return Raced(context, SimpleNamespace(fitter=fitter, policy=Policy(policy)), runner, board)


def test_a_change_that_does_not_help_is_left_out_and_each_is_reported(tmp_path: Path) -> None:
    # Noise helps, mixing up harms, made rows change nothing here.
    fitter = Line(lambda s: 1.0 - 0.5 * bool(s.get("noise")) + 0.2 * bool(s.get("mix_up")))
    found = tuning.tuned(raced(tmp_path, fitter, TuningPolicy(trials=4)), "net")
    assert found.settings["noise"] > 0 and found.settings["mix_up"] == 0.0 and found.settings["cut"] == 0.0
    assert found.search is not None and found.search["taken"] and found.validation is not None
    lines = {line["change"]: line for line in found.search["changes"]}
    assert set(lines) == {"noise", "mix_up"} and lines["noise"]["kept"] and not lines["mix_up"]["kept"]
    assert lines["noise"]["low"] <= lines["noise"]["value"] <= lines["noise"]["high"]
    assert found.search["trials"] == 4 and "over the defaults" in found.note


def test_settings_that_are_not_better_leave_the_defaults(tmp_path: Path) -> None:
    found = tuning.tuned(raced(tmp_path, Line(lambda s: 1.0 + bool(s)), TuningPolicy(trials=2)), "net")
    assert found.settings == {} and found.validation is None and "the defaults stay" in found.note
    assert found.search is not None and not found.search["taken"]


class Faint(Line):
    """Every setting gains 0.8 standard errors, the same for each."""

    def fit(self, job: Job, settings: Mapping[str, Any]) -> Measured:
        self.fitted.append(settings)
        wave = np.random.default_rng(1).normal(0, 1, 100)
        wave = (wave - wave.mean()) / wave.std()
        return Measured(10.0 - bool(settings) * (0.08 + wave) * 0.01, 0.001)


def test_a_gain_that_is_expected_is_taken_unless_the_brief_wants_proof(tmp_path: Path) -> None:
    policy = TuningPolicy(trials=3)
    found = {p: tuning.tuned(raced(tmp_path / p, Faint(float), policy, p), "net") for p in get_args(Prefer)}
    assert not found["cheap"].settings and "the defaults stay" in found["cheap"].note
    for prefer in ("balanced", "best"):
        assert found[prefer].settings and "expected: +" in found[prefer].note
        assert found[prefer].search is not None and found[prefer].search["expected"] > 0


def test_the_best_of_many_settings_that_differ_by_chance_is_left(tmp_path: Path) -> None:
    """Each is as good as the defaults; the best of 24 leads by two standard errors."""

    class Chance(Line):
        def fit(self, job: Job, settings: Mapping[str, Any]) -> Measured:
            noise = np.random.default_rng(int(1e6 * settings.get("noise", 0))).normal(0, 0.1, 100)
            return Measured(10.0 + noise * bool(settings), 0.001)

        def changes(self, candidate: str) -> Mapping[str, Any]:
            return {}

    found = tuning.tuned(raced(tmp_path, Chance(float), TuningPolicy(trials=24)), "net")
    assert found.search is not None and found.search["trials"] == 24
    assert found.settings == {} and found.search["expected"] <= 0


def test_fits_of_a_search_are_found_in_the_ledger_again(tmp_path: Path) -> None:
    fitter = Line(lambda s: 1.0 - 0.5 * s.get("noise", 0.0))
    first = tuning.tuned(raced(tmp_path, fitter, TuningPolicy(trials=4)), "net")
    assert fitter.fitted
    again = tuning.tuned(raced(tmp_path, fitter, TuningPolicy(trials=4)), "net")
    assert not fitter.fitted and again.settings == first.settings and again.search == first.search


def test_slower_settings_are_refused_where_the_minutes_leave_no_room_for_the_last_fits(tmp_path: Path) -> None:
    class Slow(Line):
        def fit(self, job: Job, settings: Mapping[str, Any]) -> Measured:
            return replace(super().fit(job, settings), seconds=2_000.0 if settings else 0.001)

    fitter = Slow(lambda s: 1.0 - 0.5 * bool(s.get("noise")))
    refused = tuning.tuned(raced(tmp_path / "two", fitter, TuningPolicy(trials=2, refits=2)), "net")
    assert refused.settings == {} and "leave no room for 2 of them" in refused.note
    assert refused.search is not None and not refused.search["taken"]
    assert tuning.tuned(raced(tmp_path / "none", fitter, TuningPolicy(trials=2)), "net").settings


def test_the_report_shows_what_mattered_and_what_each_change_was_worth(verdict: dict) -> None:  # noqa: F811
    change = {"change": "noise", "setting": 0.1, "value": 0.012, "low": 0.002, "high": 0.022, "kept": True}
    verdict["product"]["search"] = {"trials": 24, "on_all_rows": 9, "halved": True, "taken": False, "changes": [change],
                                    "mattered": {"rate": 0.7, "noise": 0.3}}  # fmt: skip
    members = [{"candidate": c, "route": "large", "weight": 0.6} for c in ("mlp", "linear")]
    verdict["product"]["ensemble"] = {"way": "stacking", "value": 0.02, "low": 0.01, "high": 0.03, "built": True, "predict_ms": 0.2,
                                      "size_mb": 1.5, "members": members}  # fmt: skip
    html = page.render(from_plain(verdict), [], page.Serving("a", "new.csv"))
    assert "What mattered in tuning" in html and "24 trials" in html and "the defaults, which stay" in html
    assert "noise: 0.1" in html and "+1.2 points" in html and "kept" in html
    assert "The product is this ensemble: 0.20 ms an answer, 1.50 MB" in html
    for language, said in (
        ("en", "The product joins mlp, linear: +2.0 points"),
        ("zh", "产品将 mlp、linear 合在一起"),
    ):
        sentence = words.sentence(
            from_plain({**verdict, "chosen": {**verdict["chosen"], "candidate": "linear"}}), language
        )
        assert said in sentence and f"{verdict['product']['value']:.3f} ({verdict['product']['low']:.3f}" in sentence
    verdict["product"] |= {"search": None, "ensemble": None}
    assert "joins" not in words.sentence(from_plain(verdict), "en")
    assert "What tuning tried" not in page.render(from_plain(verdict), [], page.Serving("a", "new.csv"))

"""The whole flow: a verdict that obeys its contract, limits, resumption after kill -9, learning from outcomes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import breakeven
from breakeven import pipeline
from breakeven.core import store, verdict
from breakeven.core.types import Outcome
from breakeven.report import terminal
from breakeven.scenarios.registry import load_brief
from breakeven.trust import sealed
from tests.conftest import QUICK, customers

#: What each candidate of QUICK is.
KINDS = {"baseline": "baseline", "linear": "traditional", "boosting": "traditional", "mlp": "net"}
TIMED = (
    "seconds",
    "train_seconds",
    "predict_ms",
    "usd_per_1000",
    "requests_per_month",
    "costs",
    "usd_per_month",
    "size_mb",
    "sentence",
    "reason",
    "parts",
    "tornado",
)


#: Parts of a verdict that name the folder.
FOLDER = ("measure", "details")


def untimed(value: Any) -> Any:
    """A verdict without what clocks put into it."""
    if isinstance(value, dict):
        return {k: untimed(v) for k, v in value.items() if k not in TIMED and k not in FOLDER}
    return [untimed(v) for v in value] if isinstance(value, list) else value


def test_the_verdict_keeps_its_contract(built: Path) -> None:
    build = (built / "build" / "latest").resolve()
    v = store.read_json(build / "verdict.json")
    assert {
        "format",
        "name",
        "scenario",
        "metric",
        "rows",
        "curves",
        "test",
        "chosen",
        "breakeven",
        "more_data",
    } <= set(v)
    assert v["format"] == 2
    assert v["metric"] == {"name": "accuracy", "better": "higher"}
    for curve in v["curves"]:
        assert curve["route"] in ("traditional", "large")
        assert {"rows", "score", "low", "high", "seconds"} <= set(curve["points"][0])
        assert all(p["low"] <= p["score"] <= p["high"] for p in [*curve["points"], *curve["forecast"]])
    keys = {
        "candidate",
        "route",
        "score",
        "low",
        "high",
        "train_seconds",
        "predict_ms",
        "size_mb",
        "usd_per_1000",
        "within_limits",
        "why_not",
    }
    assert all(keys <= set(t) for t in v["test"])
    assert {t["candidate"]: t["kind"] for t in v["test"]} == KINDS
    assert all(t["validation"]["low"] <= t["validation"]["score"] <= t["validation"]["high"] for t in v["test"])
    assert v["sealed_openings"] == 1
    assert v["cut_short"] == []
    assert verdict.dump(verdict.from_plain(v)) == v
    assert {"route", "candidate", "reason", "difference_validation", "difference_sealed", "tie", "p_large"} <= set(
        v["chosen"]
    )
    assert {"value", "low", "high", "p_none_within_10x"} == set(v["breakeven"]["rows"])
    assert {"value", "low", "high"} == set(v["breakeven"]["requests_per_month"])
    assert [m["rows"] / v["rows"]["all"] for m in v["more_data"]] == [2, 4, 10]
    for name in ("report.html", "card.md", "log.jsonl", "product/manifest.json"):
        assert (build / name).is_file()


def test_the_sealed_test_is_opened_once_after_the_choice(built: Path) -> None:
    events = [e["event"] for e in store.Log((built / "build" / "latest").resolve() / "log.jsonl").read()]
    assert events.count("sealed test opened") == 1
    assert events.index("sealed test opened") > events.index("chosen")


def test_the_same_brief_is_not_built_twice(built: Path) -> None:
    run = pipeline.build(load_brief(built), names=QUICK)
    assert run.folder == (built / "build" / "latest").resolve()
    assert run.product is not None


@pytest.mark.slow
def test_weighed_first_then_built(folder) -> None:
    """A verdict alone does not finish a build, and weighing again does not move `latest`."""
    wanted = load_brief(folder(effort=1))
    names = ["baseline", "linear"]
    weighed = pipeline.build(wanted, weigh=True, names=names)
    assert weighed.product is None
    built_run = pipeline.build(wanted, names=names)
    assert built_run.folder == weighed.folder
    assert built_run.product is not None
    assert "product" in store.read_json(built_run.folder / "verdict.json")
    assert (built_run.folder / "card.md").is_file()
    assert pipeline.build(wanted, weigh=True, names=names).product is not None


def frame(rows: int = 160, seed: int = 1) -> dict[str, list]:
    rng = np.random.default_rng(seed)
    a = rng.normal(size=rows)
    return {
        "a": list(a),
        "b": list(rng.choice(["x", "y"], rows)),
        "y": list(np.where(a + 0.3 * rng.normal(size=rows) > 0, "up", "down")),
    }


@pytest.mark.slow
def test_python_weighs_a_frame_with_ones_own_estimators(tmp_path: Path) -> None:
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.neural_network import MLPClassifier

    own = [GradientBoostingClassifier(n_estimators=5), ("net", "large", MLPClassifier((4,), solver="lbfgs", alpha=1.0))]
    v = breakeven.weigh(frame(), target="y", candidates=["linear", *own], folder=tmp_path)
    assert {c["candidate"]: c["route"] for c in v["curves"]} == {
        "baseline": "traditional", "linear": "traditional", "GradientBoostingClassifier": "traditional", "net": "large"}  # fmt: skip
    assert v["chosen"]["route"] in ("traditional", "large")
    again = breakeven.weigh(frame(), target="y", candidates=["linear", *own], folder=tmp_path)
    assert again == v


@pytest.mark.slow
def test_limits_nobody_keeps_choose_nobody(folder) -> None:
    place = folder(limits={"size_mb": 0.0001}, effort=1)
    v = pipeline.build(load_brief(place), weigh=True, names=["baseline", "linear"]).verdict
    assert v["chosen"]["route"] == "none"
    assert any("limit" in (t["why_not"] or "") for t in v["test"])


@pytest.mark.slow
def test_noise_is_not_sold(folder) -> None:
    rng = np.random.default_rng(5)
    text = "a,b,left\n" + "\n".join(
        f"{rng.normal():.4f},{rng.normal():.4f},{rng.choice(['y', 'n'])}" for _ in range(200)
    )
    v = pipeline.build(load_brief(folder(text)), names=["baseline", "linear", "boosting"]).verdict
    assert v["chosen"]["route"] == "none"
    assert "good enough" in v["chosen"]["reason"]
    assert v["sentence"]["en"].startswith("Use no model yet") and "None is offered" in v["details"]["en"]


@pytest.mark.slow
def test_regression_ends_in_a_product_with_intervals(folder) -> None:
    rng = np.random.default_rng(2)
    text = "a,b,left\n" + "\n".join(
        f"{a:.3f},{'xyz'[i % 3]},{3 * a + i % 3 + rng.normal() / 5:.3f}" for i, a in enumerate(rng.normal(size=200))
    )
    place = folder(text, effort=1)
    run = pipeline.build(load_brief(place), names=["baseline", "linear", "boosting"])
    assert run.verdict["metric"]["name"] == "r2"
    answer = breakeven.load(place).predict([{"a": 1.0, "b": "x"}])[0]
    assert answer["low"] < answer["prediction"] < answer["high"]


@pytest.mark.slow
def test_learning_from_outcomes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data.csv").write_text(customers(400), encoding="utf-8")
    (tmp_path / "product.yaml").write_text(
        "name: churn\nscenario: predict\ndata: data.csv\ntarget: left\neffort: 1\nsplit: {by: random}\n"
        "predict: {candidates: [linear, boosting]}\n"
    )
    first = pipeline.build(load_brief(tmp_path))
    from breakeven.core.errors import InputError
    from breakeven.online.outcomes import Outcomes

    with pytest.raises(InputError, match="no outcomes"):
        pipeline.learn(load_brief(tmp_path))
    log = Outcomes(tmp_path, "churn")
    names = ("age", "plan", "city", "signed", "spend")
    lines = [line.split(",") for line in customers(200, seed=7).splitlines()[1:]]
    log.append([Outcome(dict(zip(names, [v or None for v in line[1:6]], strict=True)), line[6]) for line in lines])
    log.close()
    capsys.readouterr()
    run, promoted, gap = pipeline.learn(load_brief(tmp_path), terminal.Plain())
    assert "outcomes or events that came in: 200" in capsys.readouterr().err
    assert run.folder != first.folder
    assert gap["low"] <= gap["value"] <= gap["high"]
    assert store.latest(tmp_path) == (run.folder.resolve() if promoted else first.folder.resolve())
    assert run.verdict["rows"]["test"] == first.verdict["rows"]["test"]
    # Opened by the first build, by the second, and to compare the two.
    assert (first.verdict["sealed_openings"], run.verdict["sealed_openings"]) == (1, 2)
    assert sealed.openings(run.folder / "work") == 3


def command(place: Path) -> list[str]:
    return [sys.executable, "-m", "breakeven", "build", str(place)]


@pytest.mark.slow
def test_killed_at_any_moment_it_resumes_to_the_same_verdict(tmp_path: Path) -> None:
    """kill -9 during the race, during export and during tuning; then an undisturbed run must agree in every number."""
    for name in ("calm", "hit"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "data.csv").write_text(customers(140), encoding="utf-8")
        (tmp_path / name / "product.yaml").write_text(
            "name: churn\nscenario: predict\ndata: data.csv\ntarget: left\neffort: 1\nsplit: {by: random}\n"
        )
    subprocess.run(command(tmp_path / "calm"), check=True, capture_output=True, timeout=300)
    hit = tmp_path / "hit" / "build"
    moments = {
        "race": lambda: len(list(hit.glob("*/work/fits/*.npz"))) > 30,
        "export": lambda: any(hit.glob("*/work/finalists/*")),
        "tuning": lambda: any(hit.glob("*/work/fits/settings-*")),
    }
    for name, moment in moments.items():
        process = subprocess.Popen(command(tmp_path / "hit"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 200
        while not moment() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
        assert process.wait() == -signal.SIGKILL, f"the build ended before it could be killed in the {name}"
        assert not (hit / "latest").exists()
    subprocess.run(command(tmp_path / "hit"), check=True, capture_output=True, timeout=300)
    calm, resumed = (
        json.loads((tmp_path / n / "build" / "latest" / "verdict.json").read_text()) for n in ("calm", "hit")
    )
    assert untimed(resumed) == untimed(calm)
    rows = [
        {"age": a, "plan": p, "city": "上海", "signed": None, "spend": 20}
        for a in (20, 40, 70)
        for p in ("free", "pro")
    ]
    assert breakeven.load(tmp_path / "calm").predict(rows) == breakeven.load(tmp_path / "hit").predict(rows)


@pytest.mark.slow
def test_ctrl_c_leaves_a_resumable_build(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(customers(200), encoding="utf-8")
    (tmp_path / "product.yaml").write_text(
        "name: churn\nscenario: predict\ndata: data.csv\ntarget: left\nsplit: {by: random}\n"
    )

    def own_group() -> None:
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a test run in the background inherits that it is ignored

    process = subprocess.Popen(
        command(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=own_group
    )
    while not list((tmp_path / "build").glob("*/work/fits/*.npz")) and process.poll() is None:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "what was measured is kept" in err
    assert "Traceback" not in err
    assert not (tmp_path / "build" / "latest").exists()
    kept = len(list((tmp_path / "build").glob("*/work/fits/*.npz")))
    assert kept > 0

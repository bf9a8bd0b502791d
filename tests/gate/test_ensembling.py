"""An ensemble is offered where it is shown to be better, and is a product like any other."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from breakeven import pipeline
from breakeven.core.errors import ProductError
from breakeven.export import publish
from breakeven.gate import ensembling
from breakeven.gate.results import Job, Measured
from breakeven.runtime import description
from breakeven.runtime import predictor as launched
from breakeven.runtime.ensemble import Pool
from breakeven.scenarios.registry import load_brief
from breakeven.tables.problem import Own
from tests.gate.test_finalists import TRAIN, answers, raced  # noqa: F401


@pytest.fixture
def pair(built: Path, tmp_path: Path) -> tuple[Path, list[Path]]:
    """An ensemble of two finalists of a build, equally weighed, and the finalists."""
    found = sorted((built / "build" / "latest" / "work" / "finalists").glob("*/manifest.json"))
    members = [m.parent for m in found][:2]
    about = msgspec.structs.replace(
        description.read(members[0], description.Description),
        pool=Pool("mean", (0.5, 0.5)),
        members=tuple(description.Member(f"m{i}", m.name, "large") for i, m in enumerate(members)),
    )
    return publish.publish_ensemble(tmp_path / "joint", members, about), members


def test_it_answers_with_the_mean_of_its_members_calibrated_answers(pair) -> None:
    folder, members = pair
    joint, each = launched.load(folder), [launched.load(m) for m in members]
    rows = [joint.about.sample, {**joint.about.sample, "age": None}]
    X, media = joint.encode(rows)
    mean = np.mean([one.calibrated(X, media) for one in each], axis=0)
    assert np.allclose(joint.scores(X, media), mean, atol=1e-9)
    assert joint.predict(rows)[0].keys() == each[0].predict(rows)[0].keys()
    assert joint.explain(rows[0]) and launched.latency(joint, rows[0]) > 0


def test_a_member_that_was_changed_is_refused(pair) -> None:
    folder, _ = pair
    model = folder / "m1" / "model.onnx"
    model.write_bytes(model.read_bytes() + b" ")
    with pytest.raises(ProductError, match="changed since it was published"):
        launched.load(folder)


def _two_natured(path: Path, n: int = 1_000) -> None:
    """A class that thirty faint columns add up to, which a line finds, and that one column shows by its size, which trees
    find; each is right about 85 times in 100, by itself.
    """
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, n)
    faint = 0.2 * (2 * y - 1)[:, None] + rng.normal(size=(n, 30))
    size = np.where(rng.random(n) < 0.15, 1 - y, y) + 0.3 * rng.random(n)
    X = np.hstack([faint, (rng.choice([-1, 1], n) * size)[:, None]])
    rows = [[*map(float, row), int(truth)] for row, truth in zip(X, y, strict=True)]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[*(f"x{i}" for i in range(X.shape[1])), "y"], *rows])


@pytest.mark.slow
@pytest.mark.parametrize("limit", [None, 0.05])
def test_two_that_know_different_things_are_offered_together_within_the_limits(
    tmp_path: Path, limit, monkeypatch
) -> None:
    _two_natured(tmp_path / "data.csv")
    limits = "minutes: 5" + (f", size_mb: {limit}" if limit else "")
    (tmp_path / "product.yaml").write_text(
        f"name: two\nscenario: predict\ndata: data.csv\ntarget: y\nlimits: {{{limits}}}\n", encoding="utf-8"
    )
    candidates = {"names": ["baseline", "linear"],
                  "own": {"trees": Own("large", RandomForestClassifier(100, max_features=0.5))}}  # fmt: skip
    if not limit:  # cut while the ensemble is written: the next build goes on from what the first had

        def cut(*args: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(publish, "publish_ensemble", cut)
            pipeline.build(load_brief(tmp_path), **candidates)
        assert not (tmp_path / "build" / "latest").exists()
    run = pipeline.build(load_brief(tmp_path), **candidates)
    told = run.verdict["product"]
    assert run.product is not None
    if limit:  # a forest does not fit in it, so neither does an ensemble with one
        assert not (told["ensemble"] or {}).get("built") and not launched.load(run.product).about.members
        return
    assert told["ensemble"]["built"] and "an ensemble by" in told["tuning"]
    assert {m["candidate"] for m in told["ensemble"]["members"]} == {"linear", "trees"}
    assert told["ensemble"]["low"] > 0
    alone = {t["candidate"]: t["score"] for t in run.verdict["test"]}
    assert told["value"] > max(s for s in alone.values() if s) + 0.01
    assert launched.load(run.product).pool is not None
    assert json.loads((run.product / "product.json").read_text())["pool"]["how"] in ("mean", "powers")
    assert "ensemble" in (run.folder / "report.html").read_text()
    assert "ensemble" in (run.folder / "card.md").read_text()


def test_a_search_for_settings_leaves_time_for_partners_and_no_more_than_half(raced) -> None:  # noqa: F811
    race = raced(1.0, left=1_000.0)
    race.board.results[Job("net", TRAIN, 0)] = Measured(answers(0.95), 40.0)
    kept = ensembling.seconds_kept(race, "linear")
    assert 40 < kept < race.context.clock.tuning() / 2
    race.board.results[Job("net", TRAIN, 0)] = Measured(answers(0.95), 4_000.0)
    assert ensembling.seconds_kept(race, "linear") == pytest.approx(race.context.clock.tuning() / 2, rel=1e-3)
    race.context = replace(race.context, brief=replace(race.context.brief, effort=1))
    assert ensembling.seconds_kept(race, "linear") == 0

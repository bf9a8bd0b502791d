"""A calibration map in a product: every way of asking it gives the same probability, and an earlier product answers too."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from breakeven.core import store
from breakeven.features.calibration import Beta, Calibration, Isotonic, Temperature
from breakeven.models.training import calibrate
from breakeven.runtime import batch, description
from breakeven.runtime.predictor import Loaded, load
from breakeven.scenarios.predict import answer
from breakeven.scenarios.registry import load_brief
from breakeven.tables import problem as tables
from breakeven.tables.packaging import TableProblem

MAPS: list[Calibration | None] = [
    None,
    Temperature(2.0),
    Beta((0.5,), (1.5,), (0.4,)),
    Isotonic(((0.0, 0.3, 0.6, 1.0),), ((0.05, 0.1, 0.7, 0.95),)),
]


@pytest.fixture
def remapped(built: Path, tmp_path: Path) -> Callable[[dict[str, object]], Loaded]:
    """The built product with changes of its product.json."""

    def made(**changes: object) -> Loaded:
        folder = tmp_path / "product"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(built / "build" / "latest" / "product", folder)
        plain = json.loads((folder / description.ABOUT).read_text(encoding="utf-8"))
        store.write_json(folder / description.ABOUT, {**plain, **changes})
        store.seal(folder, {"name": "churn", "scenario": "predict", "breakeven": "0"})
        return load(folder)

    return made


@pytest.mark.parametrize("prices", [{}, {"yes": "yes", "yes_from": 0.25}])
@pytest.mark.parametrize("map_", MAPS)
def test_predict_one_row_batch_and_reasons_say_the_same(
    map_: Calibration | None, prices: dict[str, object], remapped: Callable[..., Loaded], built: Path, tmp_path: Path
) -> None:
    decoder = {"task": "classification", "classes": ["no", "yes"], "calibration": msgspec.to_builtins(map_), **prices}
    product = remapped(decoder=decoder)
    assert product.decoder.calibration == map_
    rows = batch.check(product, batch.read(built / "data.csv"), "data.csv")
    batch.answer(product, rows, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        written = [float(line["p_yes"]) for line in csv.DictReader(file)][:40]
    with (built / "data.csv").open(encoding="utf-8") as file:
        names = {f.name for f in product.schema.fields}
        table = [{k: v or None for k, v in r.items() if k in names} for r in csv.DictReader(file)][:40]
    X, media = product.encode(table)
    raw = product.scores(X, media).astype(float)
    expected = map_.many(raw / raw.sum(axis=1, keepdims=True)) if map_ else raw
    expected = expected / expected.sum(axis=1, keepdims=True)
    assert np.allclose(written, expected[:, 1], atol=1e-6)
    assert np.allclose([a["probabilities"]["yes"] for a in product.predict(table)], expected[:, 1], atol=1e-6)
    served = [product.decoder.one(row.tolist())["probabilities"] for row in product.scores(X, media)]
    assert [list(p) for p in served] == [["no", "yes"]] * len(table)
    assert np.allclose([p["yes"] for p in served], expected[:, 1], atol=1e-6)
    columns = dict(answer.columns(product, {name: [row[name] for row in table] for name in names}).columns)
    answers = product.predict(table)
    assert columns["prediction"] == [a["prediction"] for a in answers]
    assert np.allclose(columns["probability"], [a["probability"] for a in answers], atol=1e-6)
    row, first = table[0], product.predict(table[:1])[0]
    reason = next(r for r in product.explain(row) if r["column"] == "age")
    others = [{**row, "age": age} for age in next(f for f in product.schema.fields if f.name == "age").typical]
    lost = [first["probability"] - a["probabilities"][first["prediction"]] for a in product.predict(others)]
    assert reason["effect"] == pytest.approx(np.mean(lost), abs=1e-6)


def test_a_product_of_format_1_answers_with_its_temperature(remapped: Callable[..., Loaded], built: Path) -> None:
    earlier = remapped(
        format=1,
        calibrated=None,
        decoder={"task": "classification", "classes": ["no", "yes"], "temperature": 2.0, "half_width": 0.0},
    )
    today = remapped(
        decoder={
            "task": "classification",
            "classes": ["no", "yes"],
            "calibration": {"kind": "temperature", "temperature": 2.0},
        }
    )
    row = today.about.sample
    assert earlier.about.format == 1 and earlier.predict([row]) == today.predict([row])
    raw = today.scores(*today.encode([row]))[0].astype(float) ** 0.5
    assert today.predict([row])[0]["probability"] == pytest.approx(raw.max() / raw.sum(), abs=1e-6)


def test_the_product_says_how_it_was_calibrated(built: Path) -> None:
    folder = built / "build" / "latest"
    about, verdict = load(folder).about, store.read_json(folder / "verdict.json")
    assert about.format == 2 and about.calibrated is not None and about.calibrated.rows > 0
    assert about.calibrated.kind in about.calibrated.log_loss
    assert verdict["predict"]["calibrated"] == msgspec.to_builtins(about.calibrated)
    for page in ("card.md", "report.html"):
        assert about.calibrated.why[1:] in (folder / page).read_text(encoding="utf-8")


def test_validation_predictions_are_calibrated_by_other_units(folder: Callable[..., Path], monkeypatch) -> None:
    """An ensemble's members are compared on them, so no row is answered by a map that has seen its unit."""
    brief = load_brief(folder())
    collected = tables.collect(brief)
    found = tables.make_fitter(brief, collected, brief.folder / "work")
    rng, asked = np.random.default_rng(0), []
    own = {k: rng.dirichlet(np.ones(len(found.classes)), len(found.validation_rows(k))) for k in (0, 1)}
    choose = calibrate.choose
    monkeypatch.setattr(
        calibrate, "choose", lambda p, y, units, *rest: asked.append(units) or choose(p, y, units, *rest)
    )
    answers = TableProblem.of(brief, collected, found).calibrated(own)
    assert np.array_equal(asked[0], np.concatenate([found.validation_units(k) for k in own]))
    assert {k: len(a) for k, a in answers.items()} == {k: len(a) for k, a in own.items()}
    assert all(np.allclose(a.sum(axis=1), 1) for a in answers.values())

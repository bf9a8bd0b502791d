"""A parcel service's table as Excel writes it in Europe: semicolons, kilograms with three digits after a decimal comma."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from breakeven import pipeline
from breakeven.runtime import batch
from breakeven.runtime.predictor import Loaded, load
from breakeven.scenarios.predict import requests
from breakeven.scenarios.predict.service import PredictService
from breakeven.scenarios.registry import load_brief
from breakeven.serving import decode, openapi
from breakeven.serving.endpoint import Request


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built product whose postage is two plus nine tenths of the weight plus the zone."""
    place = tmp_path_factory.mktemp("parcels")
    rng = np.random.default_rng(1)
    lines = ["gewicht_kg;zone;porto"]
    for kg, zone in zip(rng.uniform(0.05, 40, 300), rng.integers(1, 5, 300), strict=True):
        lines.append(f"{kg:.3f}".replace(".", ",") + f";{zone};{2 + 0.9 * kg + zone:.2f}")
    (place / "data.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (place / "product.yaml").write_text(
        "name: parcels\nscenario: predict\ndata: data.csv\ntarget: porto\neffort: 1\n"
        "columns: {gewicht_kg: number, zone: number}\n",
        encoding="utf-8",
    )
    pipeline.build(load_brief(place), names=["baseline", "linear"])
    return place


@pytest.fixture(scope="module")
def product(parcels: Path) -> Loaded:
    """The built product, loaded."""
    return load(parcels)


RIGHT = 2 + 0.9 * 12.5 + 2


def test_training_reads_the_column_as_it_is(parcels: Path, product: Loaded) -> None:
    collected = pipeline.check(load_brief(parcels))
    assert 0.05 < collected.rows.X[:, 0].min() < collected.rows.X[:, 0].max() < 40
    weight = next(c for c in collected.columns if c.name == "gewicht_kg")
    assert "numbers with decimal comma" in weight.reason
    assert max(product.schema.fields[0].typical) < 40
    service = PredictService(product, parcels, {})
    schemas = openapi.describe(service, service.endpoints())["components"]["schemas"]
    assert "decimal comma" in str(schemas["Row"]["properties"]["gewicht_kg"])


def test_http_reads_every_spelling_alike(parcels: Path, product: Loaded) -> None:
    service = PredictService(product, parcels, {})

    def answers(rows: list[dict[str, object]]) -> list[float]:
        body = decode.decode_body({"rows": rows}, requests.AnyRows)
        reply = service.predict(Request(body, requests.PredictQuery(), {}))
        return [answer["prediction"] for answer in reply.predictions]

    rows: list[dict[str, object]] = [{"gewicht_kg": kg, "zone": 2} for kg in (12.5, "12,5", "12,500", "12.5")]
    one_by_one = [answers([row])[0] for row in rows]
    assert answers(rows) + one_by_one == pytest.approx([RIGHT] * 8, abs=0.3)


def test_predict_reads_every_spelling_alike(product: Loaded, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("gewicht_kg;zone\n12,5;2\n12,500;2\n12.5;2\nn/a;2\n", encoding="utf-8")
    rows = batch.check(product, batch.read(tmp_path / "new.csv"), "new.csv")
    assert batch.answer(product, rows, tmp_path / "out.csv") == {}
    assert rows.notes == ["column 'gewicht_kg': 1 cell says 'n/a', read as missing"]
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        out = list(csv.DictReader(file))
    assert list(out[0]) == ["row", "prediction", "low", "high"]
    assert [float(r["prediction"]) for r in out[:3]] == pytest.approx([RIGHT] * 3, abs=0.3)

"""Products of texts and of images from data to answers: built, explained, served, predicted from files, learned from."""

from __future__ import annotations

import asyncio
import base64
import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from breakeven import cli, pipeline
from breakeven.core.errors import InputError
from breakeven.core.types import Outcome
from breakeven.features.image import png
from breakeven.runtime.predictor import Loaded, load
from breakeven.scenarios.predict import requests, service
from breakeven.scenarios.registry import load_brief
from breakeven.serving import decode, openapi
from breakeven.serving.endpoint import Request
from breakeven.tables import problem
from tests.conftest import WORDS, pictures, sentences
from tests.serving.test_server import start

pytestmark = pytest.mark.slow
NAMES = ("refund", "delivery", "login")
SHAPES = ("across", "down", "disc")


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A product that reads a text and a number, and the frozen encoder's rival beside it."""
    place = tmp_path_factory.mktemp("texts")
    words, y = sentences(160)
    with (place / "data.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["message", "waited", "topic"])
        writer.writerows([t, i % 5, NAMES[k]] for i, (t, k) in enumerate(zip(words, y, strict=True)))
    brief = "name: tickets\nscenario: predict\ndata: data.csv\ntarget: topic\neffort: 1\ncolumns: {message: text}\n"
    (place / "product.yaml").write_text(brief, encoding="utf-8")
    pipeline.build(load_brief(place), names=["baseline", "linear_svm", "naive_bayes", "frozen"])
    return place


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A product of a folder of images."""
    place = tmp_path_factory.mktemp("images")
    pixels, y = pictures(160)
    for i, (one, k) in enumerate(zip(pixels, y, strict=True)):
        path = place / "photos" / SHAPES[k] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(one).save(path)
    (place / "product.yaml").write_text("name: shapes\nscenario: predict\ndata: photos\neffort: 1\n", encoding="utf-8")
    pipeline.build(load_brief(place), names=["baseline", "linear_svm", "rbf_svm", "cnn"])
    return place


def verdict(place: Path) -> dict[str, Any]:
    return json.loads((place / "build" / "latest" / "verdict.json").read_text())  # type: ignore[no-any-return]


def test_a_text_product_answers_and_says_why(texts: Path) -> None:
    product = load(texts)
    row = {"message": "please the refund 退款 today", "waited": 2}
    assert product.predict([row])[0]["prediction"] == "refund"
    reasons = {r["column"]: r for r in product.explain(row)}
    words = {w["text"]: w["effect"] for w in reasons["message"]["words"]}
    assert max(words, key=lambda w: words[w]) in WORDS[0] or "退" in max(words, key=lambda w: words[w])
    assert all(row["message"][w["start"] :].startswith(w["text"]) for w in reasons["message"]["words"])
    assert abs(reasons["waited"]["effect"]) < abs(reasons["message"]["effect"])


def test_both_routes_and_each_kinds_worth_stand_in_the_verdict(texts: Path) -> None:
    told = verdict(texts)
    assert {c["candidate"] for c in told["curves"] if c["points"]} == {
        "baseline",
        "linear_svm",
        "naive_bayes",
        "frozen",
    }
    assert {t["route"] for t in told["test"] if t["score"] is not None} == {"traditional", "large"}
    worth = {w["kind"]: w for w in told["product"]["ablation"]}
    assert set(worth) == {"table", "text"}
    assert worth["text"]["low"] > 0.2 > worth["table"]["value"]
    assert told["predict"]["examples"] and told["predict"]["int8"]["why"]
    page = (texts / "build" / "latest" / "report.html").read_text()
    assert "<mark" in page and "Without its text columns" in page


@pytest.mark.parametrize("message", ["", None, "   ", "x" * 1_000_000, "😀😀", "\ud83d", "\u202eabc", "\x00"])
def test_odd_texts_are_answered(texts: Path, message: str | None) -> None:
    answer = load(texts).predict([{"message": message, "waited": 1}])[0]
    assert abs(sum(answer["probabilities"].values()) - 1) < 1e-6


def test_rows_together_answer_as_alone(texts: Path, images: Path) -> None:
    words, _ = sentences(30, seed=9)
    rows: list[dict[str, Any]] = [{"message": t, "waited": 1} for t in words]
    pixels, _ = pictures(30, seed=9)
    for product, some in ((load(texts), rows), (load(images), [{"image": png(p)} for p in pixels])):
        together = product.predict(some)
        for one, answer in zip(some, together, strict=True):
            alone = product.predict([one])[0]["probabilities"]
            assert all(abs(alone[k] - p) < 2e-2 for k, p in answer["probabilities"].items())


def test_an_image_product_answers_and_shows_where(images: Path) -> None:
    product = load(images)
    pixels, y = pictures(40, seed=3)
    answers = product.predict([{"image": png(p)} for p in pixels])
    assert np.mean([a["prediction"] == SHAPES[k] for a, k in zip(answers, y, strict=True)]) > 0.8
    reason = product.explain({"image": png(pixels[0])})[0]
    heat = np.array(reason["heat"])
    assert heat.ndim == 2 and heat.min() >= 0 and heat.max() == 1
    assert "data:image/png" in (images / "build" / "latest" / "report.html").read_text()


def test_predict_from_files(images: Path, texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pixels, _ = pictures(5, seed=4)
    for i, one in enumerate(pixels):
        Image.fromarray(one).save(tmp_path / f"{i}.png")
    (tmp_path / "new.csv").write_text("image\n" + "\n".join(f"{i}.png" for i in range(5)), encoding="utf-8")
    by_table, by_folder = tmp_path / "a" / "out.csv", tmp_path / "b" / "out.csv"
    for out in (by_table, by_folder):
        out.parent.mkdir()
    assert (
        cli.main(["predict", str(images), "--input", str(tmp_path / "new.csv"), "--output", str(by_table), "--explain"])
        == 0
    )
    assert cli.main(["predict", str(images), "--input", str(tmp_path), "--output", str(by_folder)]) == 0
    one, two = (list(csv.DictReader(io.StringIO(p.read_text(encoding="utf-8")))) for p in (by_table, by_folder))
    assert [r["prediction"] for r in one] == [r["prediction"] for r in two]
    assert [r["file"] for r in two] == [f"{i}.png" for i in range(5)]
    assert next(iter(two[0])) == "file" and "error" not in two[0]
    (tmp_path / "bad.csv").write_text("image\n0.png\nnew.csv\n", encoding="utf-8")
    told = ["predict", str(images), "--input", str(tmp_path / "bad.csv"), "--output", str(tmp_path / "some.csv")]
    assert cli.main(told) == 0
    assert "1 of 2 rows could not be answered, such as row 2, column 'image' (new.csv)" in capsys.readouterr().err
    some = list(csv.DictReader(io.StringIO((tmp_path / "some.csv").read_text(encoding="utf-8"))))
    assert [r["prediction"] for r in some] == [one[0]["prediction"], ""]
    assert some[1]["error"] == "column 'image' (new.csv): not an image"
    (tmp_path / "t.csv").write_text("message,waited\nlost parcel courier,1\n,\n", encoding="utf-8")
    assert (
        cli.main(
            [
                "predict",
                str(texts),
                "--input",
                str(tmp_path / "t.csv"),
                "--output",
                str(tmp_path / "t-out.csv"),
                "--explain",
            ]
        )
        == 0
    )
    assert "parcel" in (tmp_path / "t-out.csv").read_text(encoding="utf-8")


def test_files_that_are_no_images_cost_the_others_nothing(images: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    (new / "inner").mkdir(parents=True)
    pixels, _ = pictures(2, seed=4)
    Image.fromarray(pixels[0]).save(new / "a.png")
    Image.fromarray(pixels[1]).save(new / "inner" / "b.png")
    (new / "._a.png").write_bytes(b"\0\5\26\7 AppleDouble")
    (new / "c.png").write_bytes(b"")
    assert cli.main(["predict", str(images), "--input", str(new), "--output", str(tmp_path / "out.csv")]) == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8"))))
    assert [r["file"] for r in rows] == ["._a.png", "a.png", "c.png", "inner/b.png"]
    assert [bool(r["prediction"]) for r in rows] == [False, True, False, True]
    assert [r["error"] for r in rows] == [
        "column 'image' (._a.png): not an image",
        "",
        "column 'image' (c.png): empty",
        "",
    ]
    (new / "a.png").unlink()
    (new / "inner" / "b.png").unlink()
    assert cli.main(["predict", str(images), "--input", str(new), "--output", str(tmp_path / "none.csv")]) == 2
    assert not (tmp_path / "none.csv").exists()


def test_over_http(images: Path, texts: Path) -> None:
    pixels, _ = pictures(1, seed=5)
    sent = base64.b64encode(png(pixels[0])).decode()
    process, client = start(images)
    try:
        plain = client("POST", "/v1/predict", {"rows": [{"image": sent}]})[1]["predictions"][0]
        status, told, _ = client(
            "POST", "/v1/predict?explain=1", {"rows": [{"image": "data:image/png;base64," + sent}]}
        )
        assert status == 200 and told["predictions"][0]["prediction"] == plain["prediction"]
        assert told["predictions"][0]["reasons"][0]["heat"]
        html = base64.b64encode(b"<html>no</html>").decode()
        for bad, why in (({"image": html}, "not an image"), ({"image": "%%%"}, "not base64"), ({"image": 3}, "expected an image"),
                         ({"image": "/etc/passwd"}, "")):  # fmt: skip
            status, told, _ = client("POST", "/v1/predict", {"rows": [bad]})
            assert status == 422 and "row 0, column 'image'" in told["error"] and why in told["error"]
        assert client("POST", "/v1/predict?explain=2", {"rows": [{"image": sent}]})[0] == 422
        assert client("POST", "/v1/predict?explian=1", {"rows": [{"image": sent}]})[1]["error"].endswith(
            "did you mean 'explain'?"
        )
        page = client("GET", "/")[1]
        assert 'type="file"' in page
        data = client("POST", f"/v2/models/{load(images).about.name}/infer",
                      {"inputs": [{"name": "image", "shape": [1], "datatype": "BYTES", "data": [sent]}]})[1]  # fmt: skip
        assert data["outputs"][0]["data"] == [plain["prediction"]]
    finally:
        process.terminate()
        process.wait(10)


def test_the_description_fits_the_columns(texts: Path, images: Path) -> None:
    for place, name, kind in ((texts, "message", "text"), (images, "image", "base64")):
        served = service.PredictService(load(place), place, {})
        row = openapi.describe(served, served.endpoints())["components"]["schemas"]["Row"]["properties"][name]
        assert kind in json.dumps(row)


def test_outcomes_with_images_are_learned_from(images: Path) -> None:
    product: Loaded = load(images)
    served = service.PredictService(product, images, {})
    pixels, y = pictures(6, seed=6)
    told = [
        {"row": {"image": base64.b64encode(png(p)).decode()}, "outcome": SHAPES[k]}
        for p, k in zip(pixels, y, strict=True)
    ]
    body = decode.decode_body({"outcomes": told}, requests.FeedbackRequest[object])
    assert served.feedback(Request(body, None, {})).kept == 6
    asyncio.run(served.close())
    wanted = load_brief(images)
    collected = problem.collect(wanted, None, [{**o["row"], "class": o["outcome"]} for o in told])
    assert len(collected.rows.open_rows) + len(collected.rows.test_rows) == 166
    with pytest.raises(InputError, match="cannot be read"):
        bad = Outcome({"image": base64.b64encode(b"x").decode()}, "disc")
        problem.collect(wanted, None, [{**bad.row, "class": "disc"}])

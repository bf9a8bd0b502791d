"""What a miss and a false alarm cost: obeyed by the product, the report's thresholds and the bill, or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from breakeven import pipeline
from breakeven.core.decision import Decision
from breakeven.core.errors import InputError
from breakeven.features.decoding import Decoder
from breakeven.report import plain
from breakeven.runtime import predictor
from breakeven.scenarios.registry import load_brief, parse_brief
from tests.conftest import customers

CHANCE = np.random.default_rng(5)
THREE = "\n".join(["a,y", *(f"{i % 7},{'xyz'[int(CHANCE.integers(3))]}" for i in range(60))])
NUMBERS = "\n".join(["a,y", *(f"{i % 7},{i * 1.5 + i % 3}" for i in range(60))])


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> tuple[pipeline.Run, Path]:
    """A product whose misses cost four times what its false alarms do."""
    place = tmp_path_factory.mktemp("priced")
    (place / "data.csv").write_text(customers(), encoding="utf-8")
    (place / "product.yaml").write_text(
        "name: churn\nscenario: predict\ndata: data.csv\ntarget: left\neffort: 1\nsplit: {by: random}\n"
        "prices: {usd_per_miss: 20, usd_per_false_alarm: 5}\nvolume: {requests_per_month: 1000, profile: flat}\n",
        encoding="utf-8",
    )
    run = pipeline.build(load_brief(place), names=["baseline", "linear"])
    return run, place


def test_the_product_answers_by_the_prices(priced: tuple[pipeline.Run, Path]) -> None:
    run, _ = priced
    assert run.product is not None
    product = predictor.load(run.product)
    yes = product.decoder.yes
    assert product.decoder.yes_from == pytest.approx(0.2) and yes in ("yes", "no")
    rows = [
        {"age": age, "plan": plan, "city": "Paris", "signed": None, "spend": None}
        for age in range(18, 80, 2)
        for plan in ("free", "basic", "pro")
    ]
    answers = product.predict(rows)
    for answer in answers:
        p = answer["probabilities"][yes]
        assert (answer["prediction"] == yes) == (p >= 0.2)
        assert answer["probability"] == answer["probabilities"][answer["prediction"]]
    assert any(a["prediction"] == yes and a["probability"] < 0.5 for a in answers)
    assert [product.predict([row])[0]["prediction"] for row in rows[:5]] == [a["prediction"] for a in answers[:5]]


def test_thresholds_bill_and_words_use_the_prices(priced: tuple[pipeline.Run, Path]) -> None:
    v = priced[0].document
    own = v.section["thresholds"][0]
    assert own["taken"] and own["at"] == pytest.approx(0.2) and own["missed"] == pytest.approx(4)
    assert v.everyday is not None and v.everyday.error_usd == pytest.approx(own["usd"])
    confusion = np.array(v.section["confusion"])
    yes = v.section["classes"].index(v.section["yes"])
    paid = 20 * confusion[yes, 1 - yes] + 5 * confusion[1 - yes, yes]
    assert own["usd"] == pytest.approx(paid / confusion.sum())
    assert v.money is not None and v.money.conclusion is not None
    arm = next(a for a in v.money.arms if a.arm == "traditional")
    assert arm.parts["errors"] == pytest.approx(1000 * own["usd"]) and arm.usd_per_month > arm.parts["errors"]
    assert v.money.conclusion.usd_per_month == arm.usd_per_month and v.money.conclusion.volume_given
    use, cost, *_ = plain.sentences(v, "en")
    assert "errors cost $" in use and "plus $" in cost and "for its errors" in cost
    assert any(f.kind == "priced errors" and "20.0%" in f.what for f in v.findings)


@pytest.mark.parametrize(
    ("data", "brief", "message"),
    [
        (
            NUMBERS,
            "prices: {usd_per_miss: 1, usd_per_false_alarm: 1}",
            "usd_per_miss: a target of numbers has no yes and no",
        ),
        (NUMBERS, "prices: {usd_per_error: 1}", "usd_per_error: numbers are not right or wrong"),
        (
            THREE,
            "prices: {usd_per_miss: 1, usd_per_false_alarm: 1}",
            "3 classes has no yes and no; remove it, or price every",
        ),
        (THREE, "predict: {positive: x}", "positive: a target of 3 classes has no yes and no"),
        (THREE.replace("z", "y"), "predict: {positive: w}", "positive: there is no class 'w'"),
    ],
)
def test_prices_that_do_not_suit_the_target_are_refused(tmp_path: Path, data: str, brief: str, message: str) -> None:
    (tmp_path / "d.csv").write_text(data + "\n", encoding="utf-8")
    text = f"name: n\nscenario: predict\ndata: d.csv\ntarget: y\nsplit: {{by: random}}\n{brief}\n"
    (tmp_path / "product.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        pipeline.check(load_brief(tmp_path))


@pytest.mark.parametrize(
    ("prices", "message"),
    [
        ({"usd_per_miss": 1}, "usd_per_miss: it needs usd_per_false_alarm beside it"),
        ({"usd_per_false_alarm": 0}, "usd_per_false_alarm: it needs usd_per_miss beside it"),
        (
            {"usd_per_miss": 1, "usd_per_false_alarm": 1, "usd_per_error": 2},
            "usd_per_error prices all errors alike.*keep one",
        ),
        ({"usd_per_miss": -1, "usd_per_false_alarm": 1}, "usd_per_miss: -1 is not a number of at least 0"),
    ],
)
def test_prices_that_contradict_each_other_are_refused(tmp_path: Path, prices: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_brief({"name": "n", "scenario": "predict", "data": "d.csv", "target": "y", "prices": prices}, tmp_path)


@pytest.mark.parametrize("key", ["usd_per_error", "usd_per_miss"])
def test_lists_have_no_price_of_an_error(tmp_path: Path, key: str) -> None:
    with pytest.raises(InputError, match=f"{key}: answers of this scenario are not right or wrong"):
        parse_brief({"name": "n", "scenario": "recommend", "data": "d.csv", "prices": {key: 1}}, tmp_path)


def test_the_class_that_is_looked_for_can_be_named(tmp_path: Path) -> None:
    """YAML reads yes and no as truth values: they are understood all the same."""
    (tmp_path / "data.csv").write_text(customers(), encoding="utf-8")
    for named, expected in (("no", "'no' that is answered 'yes'"), ('"yes"', "'yes' that is answered 'no'")):
        (tmp_path / "product.yaml").write_text(
            "name: churn\nscenario: predict\ndata: data.csv\ntarget: left\nsplit: {by: random}\n"
            f"prices: {{usd_per_miss: 20, usd_per_false_alarm: 5}}\npredict: {{positive: {named}}}\n",
            encoding="utf-8",
        )
        found = pipeline.check(load_brief(tmp_path)).findings
        assert any(f.kind == "priced errors" and expected in f.what for f in found), named


def test_one_answer_is_that_of_many() -> None:
    decoder = Decoder("classification", ("no", "yes"), yes="no", yes_from=0.3)
    scores = np.array([[0.2, 0.8], [0.3, 0.7], [0.9, 0.1]])
    assert [a["prediction"] for a in decoder.answers(scores)] == ["yes", "no", "no"]
    assert [decoder.one(row)["prediction"] for row in scores.tolist()] == ["yes", "no", "no"]
    assert decoder.decide(scores).tolist() == Decision(0, 7.0, 3.0).answered(scores).tolist() == [1, 0, 0]

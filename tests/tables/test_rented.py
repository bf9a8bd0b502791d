"""The hosted model in the verdict: measured beside the product, or what it would have to give and how to measure it."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest

from breakeven import pipeline
from breakeven.core import verdict as document
from breakeven.core.verdict import Verdict
from breakeven.report import words
from breakeven.scenarios.registry import load_brief
from tests.llm_server import serving

ROWS = [(i % 17, (i * 7) % 23) for i in range(400)]
CLASSES = [f"{v},{a},{'yes' if v > 8 and a % 5 else 'no'}" for v, a in ROWS]
VALUES = [f"{v},{a},{3 * v + (a * 13) % 7}" for v, a in ROWS]
BRIEF = "name: n\nscenario: predict\ndata: d.csv\ntarget: y\nlimits: {minutes: 1}\n"
ZERO = "usd_per_million_tokens_in: 1, usd_per_million_tokens_out: 4"


def weighed(place: Path, lines: list[str], more: str = "") -> Verdict:
    (place / "d.csv").write_text("\n".join(["visits,age,y", *lines]) + "\n", encoding="utf-8")
    (place / "product.yaml").write_text(BRIEF + more, encoding="utf-8")
    run = pipeline.build(load_brief(place), weigh=True, names=["baseline", "linear"])
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    assert words.hosted(run.document, "en") in html.unescape(page)
    return run.document


def values(body: dict[str, Any]) -> tuple[int, int]:
    first, second = (int(line.split(": ")[1]) for line in body["messages"][-1]["content"].split("\n"))
    return first, second


def right(body: dict[str, Any]) -> str:
    visits, age = values(body)
    return f'{{"answer": "{"yes" if visits > 8 and age % 5 else "no"}"}}'


def test_it_is_measured_beside_the_product_and_in_a_cascade(tmp_path: Path) -> None:
    with serving() as (server, address):
        server.answer = right
        found = weighed(tmp_path, CLASSES, f'hosted: {{model: small, address: "{address}", {ZERO}}}\n')
    answers, cascade = found.hosted.answers, found.money.cascade
    assert answers.rows == 80 and answers.unreadable == 0 and answers.structured
    own = next(t.score for t in found.test if t.candidate == found.chosen.candidate)
    # What is always right is ahead by as much as the own model is wrong, and agrees with it where that is right.
    assert answers.difference.value == pytest.approx(1 - own) and answers.agreement.value == pytest.approx(own)
    assert cascade.measured and cascade.error.value <= 1 - own
    assert {a.arm for a in found.money.arms} >= {"hosted", "cascade"}
    said = found.details.en
    assert "The LLM small was asked about 80 of the sealed rows: accuracy 1.000" in said
    assert f"with the same answer in {own:.0%}; it would cost $" in said and "small" in found.details.zh
    assert document.from_plain(document.dump(found)) == found


@pytest.mark.slow
def test_without_an_address_its_price_the_accuracy_it_needs_and_the_command_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "my shop"
    place.mkdir()
    found = weighed(place, CLASSES, "prices: {usd_per_error: 0.5}\nhosted: {model: gpt-5-nano}\n")
    own = next(a for a in found.money.arms if a.candidate == found.money.of)
    rent = next(a for a in found.money.arms if a.arm == "hosted")
    needed = found.hosted.needed_accuracy
    # At just this share of right answers both cost the same.
    errors = found.money.requests_a_month * (1 - needed) * 0.5
    assert rent.parts["requests"] + errors == pytest.approx(own.usd_per_month)
    assert f"pays if it is right in at least {needed:.1%}" in found.details.en
    assert found.hosted.measure is not None and found.hosted.measure in found.details.zh
    assert found.hosted.measure.startswith("breakeven weigh 'my shop' --llm ADDRESS --llm-model gpt-5-nano ")
    assert found.hosted.batch_usd_per_1000 == pytest.approx(found.hosted.usd_per_1000 / 2)


@pytest.mark.slow
def test_numbers_are_compared_by_the_metric_and_agree_with_nothing(tmp_path: Path) -> None:
    with serving() as (server, address):
        server.answer = lambda body: str(3 * values(body)[0] + (values(body)[1] * 13) % 7)
        found = weighed(tmp_path, VALUES, f'hosted: {{model: small, address: "{address}", {ZERO}}}\n')
    line = next(t for t in found.test if t.kind == "hosted")
    assert line.score == 1 and found.hosted.answers.difference.value > 0
    assert found.hosted.answers.agreement is None and found.hosted.needed_accuracy is None
    assert next(a for a in found.money.arms if a.arm == "hosted").error is None
    assert "with the same answer" not in found.details.en and "r2 1.000" in found.details.en


@pytest.mark.slow
def test_what_could_not_be_measured_says_why(tmp_path: Path) -> None:
    with serving() as (server, address):
        server.answer, server.status = right, [401] * 100
        found = weighed(tmp_path, CLASSES, f'hosted: {{model: small, address: "{address}", {ZERO}}}\n')
        server.status = []
        again = pipeline.build(load_brief(tmp_path), weigh=True, names=["baseline", "linear"]).document
    assert again.hosted.answers is not None  # what failed is asked again, though nothing else has changed
    assert found.hosted.answers is None and found.hosted.measure is None
    assert re.search(r"The LLM was not measured: 0 of 80 rows were answered: status 401", found.details.en)
    assert "401" in found.details.zh and found.money.cascade.not_measured

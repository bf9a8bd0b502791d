"""A product fitted on all rows: its twin is what was tested, and what every later comparison looks at."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from breakeven import metrics
from breakeven.core import store
from breakeven.core.types import Need
from breakeven.core.verdict import read
from breakeven.runtime import description, predictor
from breakeven.tables import comparison
from breakeven.tables.fitter import ROWS, open_rows
from breakeven.trust import sealed


@pytest.fixture
def build(built: Path, tmp_path: Path) -> Path:
    """A copy of the finished build, in a folder of builds of its own."""
    return shutil.copytree(store.latest(built), tmp_path / "build" / "first", symlinks=True)


def test_the_product_has_learned_from_all_rows_and_answers_as_its_twin_is_calibrated(build: Path) -> None:
    product, twin = (description.read(build / name, description.Description) for name in ("product", "twin"))
    X, _, _ = open_rows(build / "work")
    sealed_rows = len(sealed.rows(build / "work")[1])
    assert product.fit is not None and twin.fit is not None
    assert (twin.fit.rows, product.fit.rows) == (len(X), len(X) + sealed_rows)
    assert product.decoder == twin.decoder and product.schema == twin.schema
    assert (product.candidate, product.fit.settings) == (twin.candidate, twin.fit.settings)
    last = read(build / "verdict.json").product.last_fit
    assert (last.rows, last.twin_rows, last.kept_twin) == (len(X) + sealed_rows, len(X), None)


def test_the_sealed_score_in_the_verdict_is_the_twins(build: Path) -> None:
    found = read(build / "verdict.json")
    X, y = sealed.rows(build / "work")
    twin = metrics.score(found.metric.name, y, predictor.load(build / "twin").calibrated(X))
    assert found.product.value == pytest.approx(twin)
    assert found.product.value != pytest.approx(
        metrics.score(found.metric.name, y, predictor.load(build / "product").calibrated(X))
    )


def test_products_are_compared_by_their_twins_alone(build: Path, brief: Need) -> None:
    other = shutil.copytree(build, build.parent / "second")
    for one in (build, other):
        shutil.rmtree(one / "product")  # nobody may look at what has seen the sealed rows
    better, gap = comparison.compare(brief, other, build, "accuracy")
    assert (better, gap.value) == (False, 0.0)


def test_rows_that_the_champion_has_learned_from_are_not_compared_by(build: Path, brief: Need) -> None:
    """The data grew, and the seal was drawn anew: half of what is sealed now was open to the champion."""
    challenger = shutil.copytree(build, build.parent / "second")
    X, y = sealed.rows(challenger / "work")
    answered = list[int]()

    def champion(learned: int) -> Path:
        place = shutil.copytree(build, build.parent / f"old-{learned}")
        sealed.seal(place / "work", X[:5] + 1000.0, y[:5])
        open_X, open_y, _ = open_rows(build / "work")
        held = store.read_arrays(place / "work" / ROWS)
        held |= {"X": np.concatenate([open_X, X[:learned]]), "y": np.concatenate([open_y, y[:learned]])}
        store.write_arrays(place / "work" / ROWS, **held)
        return place

    with pytest.MonkeyPatch.context() as patch:
        real = comparison.metrics.losses

        def losses(name, truth, *rest):
            answered.append(len(truth))
            return real(name, truth, *rest)

        patch.setattr(comparison.metrics, "losses", losses)
        _, gap = comparison.compare(brief, challenger, champion(len(y) // 2), "accuracy")
        assert set(answered) == {len(y) - len(y) // 2} and gap.value == 0.0
        better, gap = comparison.compare(brief, challenger, champion(len(y) - 5), "accuracy")
        assert not better and gap.value is gap.low is gap.high is None


def test_classes_in_another_order_are_the_same_classes(build: Path) -> None:
    new = predictor.load(build / "twin")
    turned = replace(new, decoder=replace(new.decoder, classes=new.decoder.classes[::-1]))
    answers = np.array([[0.9, 0.1]])
    assert comparison._in_order_of(new, turned, answers).tolist() == [[0.1, 0.9]]
    assert comparison._in_order_of(new, new, answers).tolist() == [[0.9, 0.1]]

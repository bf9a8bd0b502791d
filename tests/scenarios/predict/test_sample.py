"""The demo's texts and pictures: as many of each class as promised, no two alike, the same at each call."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from breakeven.scenarios import registry
from breakeven.scenarios.predict import sample


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample.write_pictures(tmp_path_factory.mktemp("sample"))


def test_titles_of_courses_are_few_of_each_department(tmp_path: Path) -> None:
    courses = next(one for one in sample.DEMO if one.target == "subject")
    with (sample.write(tmp_path, courses) / "data.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert set(Counter(row["subject"] for row in rows).values()) == {sample.OF_A_SUBJECT}
    assert len({row["subject"] for row in rows}) == sample.SUBJECTS
    assert len({row["course"] for row in rows}) == len(rows)


def test_pictures_show_a_digit_somewhere_else_in_each(pictures: Path) -> None:
    found = {path: np.asarray(Image.open(path), dtype=float) for path in (pictures / "photos").rglob("*.png")}
    assert len(found) == sample.PICTURES and {p.parent.name for p in found} == set(sample.DIGITS)
    assert {pixels.shape for pixels in found.values()} == {(sample.SIDE, sample.SIDE)}
    # Where the bright pixels lie on average: near the middle in none, were the digits centred.
    rows = np.arange(sample.SIDE)
    centres = [(pixels > 100).sum(axis=1) @ rows / max((pixels > 100).sum(), 1) for pixels in found.values()]
    assert np.std(centres) > 2


def test_the_same_pictures_come_at_each_call_and_what_is_there_stays(pictures: Path, tmp_path: Path) -> None:
    again = sample.write_pictures(tmp_path)
    one = next((pictures / "photos" / "two").iterdir())
    assert (again / "photos" / "two" / one.name).read_bytes() == one.read_bytes()
    (again / "product.yaml").write_text("name: mine\n", encoding="utf-8")
    assert (sample.write_pictures(tmp_path) / "product.yaml").read_text(encoding="utf-8") == "name: mine\n"


def test_the_briefs_are_ones_that_can_be_read(pictures: Path) -> None:
    from breakeven.core import brief

    need = registry.parse_brief(brief.read(pictures), pictures)
    assert (need.scenario, need.data, need.settings["candidates"]) == (
        "predict",
        "photos",
        ["linear_svm", "rbf_svm", "cnn"],
    )

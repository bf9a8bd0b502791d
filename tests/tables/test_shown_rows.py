"""The surest mistakes of a table, named by the lines of the file they are in."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from breakeven import pipeline
from breakeven.core import store
from breakeven.scenarios.registry import load_brief


@pytest.fixture(scope="module")
def mislabelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of a table whose class is the sign of a number, but for every ninth row; its first line is a title."""
    folder = tmp_path_factory.mktemp("mislabelled")
    rng = np.random.default_rng(0)
    lines = ["Customers of this year,,", "a,mail,y"]
    for i, a in enumerate(rng.normal(size=400).round(3)):
        label = (a > 0) != (i % 9 == 0)
        lines.append(f"{a},{'anna@example.com' if i % 2 else 'none'},{'stays' if label else 'goes'}")
    (folder / "data.csv").write_text("\n".join(lines) + "\n")
    brief = "name: b\nscenario: predict\ndata: data.csv\ntarget: y\ncolumns: {mail: category}\neffort: 1\n"
    (folder / "product.yaml").write_text(brief)
    return pipeline.build(load_brief(folder), names=["baseline", "linear"]).folder


def test_sure_mistakes_are_the_wrong_labels(mislabelled: Path) -> None:
    with (mislabelled.parents[1] / "data.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    found = store.read_json(mislabelled / "verdict.json")["predict"]["examples"]
    assert len(found) == 6
    assert [e["probability"] for e in found] == sorted((e["probability"] for e in found), reverse=True)
    for e in found:
        a, _, label = rows[e["line"] - 1]
        assert label == e["truth"] != e["prediction"]
        assert (float(a) > 0) == (e["prediction"] == "stays"), "the label is the one that was turned round"


def test_no_personal_data_is_shown_and_every_row_can_be_opened(mislabelled: Path) -> None:
    html = (mislabelled / "report.html").read_text()
    assert "anna@example.com" not in html.split("Rows worth a look", 1)[1].split("What was found", 1)[0]
    first = store.read_json(mislabelled / "verdict.json")["predict"]["examples"][0]
    assert f"Line {first['line']}: answered" in html and f"第 {first['line']} 行" in html

"""A newcomer's walk, each command and click counted: own CSV to a served product and a joined answer file; a frame to a saved product."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer

import breakeven
from tests.report import browser


def tumours() -> pd.DataFrame:
    """569 real rows with a number that identifies each, and what is to be predicted in words."""
    frame = load_breast_cancer(as_frame=True).frame.drop(columns="target")
    benign = load_breast_cancer().target == 1
    return frame.assign(
        diagnosis=["benign" if one else "malignant" for one in benign], case=range(5000, 5000 + len(frame))
    )


#: Commands and clicks from a file to its answers, and seconds they may take.
MOST_STEPS, MOST_SECONDS = 6, 300


@pytest.mark.slow
@pytest.mark.skipif(browser.CHROMIUM is None, reason="needs Chromium")
def test_own_file_to_a_served_product_and_a_joined_answer_file(tmp_path: Path) -> None:
    new, truth = tmp_path / "new.csv", tumours().tail(20)
    tumours().head(500).to_csv(tmp_path / "tumours.csv", index=False)
    truth.drop(columns="diagnosis").to_csv(new, index=False)
    breakeven_command = [sys.executable, "-m", "breakeven"]
    steps = [
        "build tumours.csv --target diagnosis --minutes 0.1 --volume 40000",
        "serve --port 0",
        "open the page",
        "choose",
        "answer",
        "download",
    ]
    assert len(steps) <= MOST_STEPS
    built = subprocess.run(
        [*breakeven_command, *steps[0].split()], cwd=tmp_path, capture_output=True, text=True, timeout=MOST_SECONDS
    )
    assert built.returncode == 0, built.stderr
    assert "next: breakeven serve" in built.stdout
    with subprocess.Popen(
        [*breakeven_command, *steps[1].split()],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as service:
        try:
            assert service.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+/", service.stdout.readline())
            assert found is not None
            with browser.tab(accept_downloads=True) as page:
                page.goto(found[0])
                page.get_by_label("File of rows").set_input_files(new)
                page.get_by_role("button", name="Answer the file").click()
                with page.expect_download() as got:
                    page.get_by_role("button", name="Download answers.csv").click()
                text = Path(got.value.path()).read_text(encoding="utf-8-sig")
        finally:
            service.terminate()
    given = list(csv.DictReader(io.StringIO(new.read_text(encoding="utf-8"))))
    answered = list(csv.DictReader(io.StringIO(text)))
    assert [{name: row[name] for name in given[0]} for row in answered] == given
    right = [row["prediction"] == said for row, said in zip(answered, truth["diagnosis"], strict=True)]
    assert sum(right) >= 15


@pytest.mark.slow
def test_a_frame_is_a_saved_product_in_three_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [
        "import breakeven",
        'product = breakeven.build(frame, target="diagnosis", minutes=0.05)',
        'product.save("kept")',
    ]
    exec("\n".join(lines), {"frame": tumours()})
    answers = breakeven.load("kept").predict(tumours().head())
    assert len(answers) == 5 and set(answers["prediction"]) <= {"benign", "malignant"}

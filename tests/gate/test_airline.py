"""A crossing that was measured in public: TabPFN against LightGBM on the airline data, AUC by rows (szilard/GBM-perf #62).

TabPFN leads up to 10,000 rows, the boosted trees from 20,000 on.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from breakeven.gate import curves_file
from breakeven.gate.crossing import crossing
from breakeven.gate.curve_features import Seen
from breakeven.gate.forecast import chances

ROWS = np.array([1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5])
AUC = {
    "tabpfn": np.array([0.696, 0.707, 0.708, 0.710, 0.717, 0.723, 0.725]),
    "lightgbm": np.array([0.648, 0.687, 0.707, 0.708, 0.718, 0.724, 0.730]),
}
SEEN = 4


@pytest.mark.parametrize("noise", [0.001, 0.002, 0.004])
def test_the_lead_is_expected_to_change_from_the_first_four_sizes(noise: float) -> None:
    errors = np.full(SEEN, noise)
    trees = Seen(ROWS[:SEEN], 1 - AUC["lightgbm"][:SEEN], errors, "boosting")
    tabpfn = Seen(ROWS[:SEEN], 1 - AUC["tabpfn"][:SEEN], errors, "pretrained")
    p = chances([trees], [tabpfn], ROWS[SEEN - 1 :])
    assert p[0] > 0.5 > p[1:].max()
    told = crossing([trees], [tabpfn])
    assert told.p_none < 0.5 and 10_000 < told.rows.value < 20_000
    assert told.rows.low < told.rows.value < told.rows.high


@pytest.mark.parametrize(("at", "best"), [(10_000, "tabpfn"), (50_000, "lightgbm"), (100_000, "lightgbm")])
def test_the_command_chooses_by_the_rows_that_are_asked_for(tmp_path: Path, at: int, best: str) -> None:
    lines = ["task,curve,rows,score,route"]
    for name, route in (("tabpfn", "large"), ("lightgbm", "traditional")):
        lines += [f"airline,{name},{n:.0f},{s},{route}" for n, s in zip(ROWS[:SEEN], AUC[name], strict=False)]
    (tmp_path / "curves.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    curves_file.run(tmp_path / "curves.csv", at, tmp_path / "out.csv", "higher")
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        out = {line["curve"]: line for line in csv.DictReader(file)}
    assert [name for name, line in out.items() if line["chosen"] in ("1", "true", "True", "yes")] == [best]

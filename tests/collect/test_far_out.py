"""Far-out values: marks for missing and fill values are found and said; a measurement with a long tail is none."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from breakeven import pipeline
from breakeven.collect import far_out
from breakeven.collect.prepare import Collected
from breakeven.scenarios.registry import load_brief

ROWS = 400


def check(folder: Path, x: np.ndarray, y: np.ndarray, more: str = "") -> Collected:
    lines = [f"{a!r},{i % 7},{b!r}" for i, (a, b) in enumerate(zip(x.tolist(), y.tolist(), strict=True))]
    (folder / "data.csv").write_text("x,z,y\n" + "\n".join(lines) + "\n", encoding="utf-8")
    (folder / "product.yaml").write_text(
        f"name: t\nscenario: predict\ndata: data.csv\ntarget: y\n{more}", encoding="utf-8"
    )
    return pipeline.check(load_brief(folder))


def measured(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 10, ROWS).round(3)
    return x, (3 * x + rng.normal(0, 1, ROWS)).round(3)


@pytest.mark.parametrize("mark", [-999.0, -9999.0, 9999.0, 99999.0, 9.96921e36, 1e20])
def test_a_repeated_mark_is_missing_in_training_and_in_the_product(tmp_path: Path, mark: float) -> None:
    x, y = measured()
    x[::20] = mark
    collected = check(tmp_path, x, y)
    (said,) = [f for f in collected.findings if f.kind == "far-out values"]
    assert (said.column, said.count, said.level) == ("x", ROWS // 20, "warning")
    assert np.isnan(collected.rows.X[::20, 0]).all()
    assert np.isnan(collected.schema.one({"x": mark, "z": 1})[0, 0])
    assert np.isnan(collected.schema.one({"x": str(mark), "z": 1})[0, 0])
    kept = check(tmp_path, x, y, "columns: {x: number(keep)}\n")
    assert (kept.rows.X[::20, 0] == mark).all()


@pytest.mark.parametrize("value", [1e300, 9.969209968386869e36, -1e39])
def test_a_row_whose_target_is_beyond_all_measure_is_left_out_and_said(tmp_path: Path, value: float) -> None:
    x, y = measured()
    y[7] = value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        collected = check(tmp_path, x, y)
    assert len(collected.rows.y) == ROWS - 1 and np.abs(collected.rows.y).max() < 40
    kinds = {f.kind: f.where for f in collected.findings}
    assert kinds["missing target"] == (8,)
    assert (8,) in (kinds.get("far-out values"), kinds.get("impossible values"))


@pytest.mark.parametrize("seed", range(5))
def test_long_tails_are_measurements(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for values in (
        rng.lognormal(7, 1.5, ROWS),
        rng.normal(size=ROWS),
        rng.exponential(size=ROWS),
        rng.integers(0, 100, ROWS) * 1.0,
    ):
        assert not [mark for mark in far_out.marks(values) if mark.strong]


def test_what_cannot_be_decided_is_asked() -> None:
    values = np.concatenate([np.linspace(0, 10, 100), np.full(6, 400.0)])
    (mark,) = far_out.marks(values)
    assert (mark.value, mark.count, mark.strong) == (400.0, 6, False)

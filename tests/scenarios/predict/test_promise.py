"""What is offered when the sealed rows are of another kind than those before: nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from breakeven import pipeline
from breakeven.core import store
from breakeven.scenarios.registry import load_brief


def turned(rows: int = 500) -> str:
    """A table in time whose target follows `x` until the last fifth, where it does the opposite."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=rows)
    late = np.arange(rows) >= 0.8 * rows
    y = np.where((x + 0.4 * rng.normal(size=rows) > 0) != late, "yes", "no")
    days = np.datetime64("2024-01-01") + np.arange(rows)
    return "day,x,left\n" + "".join(f"{d},{a:.4f},{b}\n" for d, a, b in zip(days, x, y, strict=True))


@pytest.mark.slow
def test_a_model_that_sealed_rows_refute_is_no_product(folder: Callable[..., Path]) -> None:
    place = folder(turned(), split={"by": "time(day)", "test": 0.2}, effort=1)
    run = pipeline.build(load_brief(place), names=["baseline", "linear"])
    v = run.document
    lines = {t.candidate: t for t in v.test}
    assert lines["linear"].validation.score > 0.8 > 0.3 > lines["linear"].score
    assert lines["baseline"].score > lines["linear"].score  # scored on the sealed rows, too
    assert (v.chosen.route, v.chosen.candidate, run.product) == ("none", None, None)
    assert v.chosen.reason.startswith("not better than always guessing the same: linear scored accuracy")
    assert "None is offered: not better than always guessing" in v.details.en and "validation promised" in v.details.en
    assert not (run.folder / "product").exists() and not lines["linear"].within_limits
    register = store.read_json(place / "build" / "sealed-openings.json")
    assert [len(found) for found in register.values()] == [2] == [v.sealed_openings]  # it was fitted once more
    assert "not offered: " in (run.folder / "report.html").read_text()

"""A prediction problem's last fit: on all open rows, or on as many as the minutes leave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from breakeven import need
from breakeven.scenarios.predict import problem as tables


def test_the_last_fit_takes_fewer_rows_where_it_is_told_to(folder: Callable[..., Path]) -> None:
    brief = need.load(folder())
    work = brief.folder / "work"
    found = tables.settle(brief, tables.collect(brief), work)
    _, y, folds = tables.open_rows(work)
    assert found.final("linear", {}).rows == len(y)
    assert found.final("linear", {}, len(y) + 1).rows == len(y)
    few = found.final("linear", {}, 50)
    assert few.rows == 50
    assert set(np.unique(y[folds[0].train[:50]])) == set(np.unique(y))  # a fair draw holds every class

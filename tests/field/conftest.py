"""Tables written as a founder's file and checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from breakeven import pipeline
from breakeven.collect.prepare import Collected
from breakeven.scenarios.registry import load_brief
from tests.field.checked import Check


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Columns of cells and the brief's further lines -> what `breakeven check` finds."""

    def run(columns: dict[str, Sequence[object]], target: str, more: str = "", delimiter: str = ",") -> Collected:
        lines = [delimiter.join(columns)]
        for row in zip(*columns.values(), strict=True):
            lines.append(delimiter.join(f'"{cell}"' if delimiter in str(cell) else str(cell) for cell in row))
        (tmp_path / "data.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        brief = f"name: t\nscenario: predict\ndata: data.csv\ntarget: {target}\n{more}"
        (tmp_path / "product.yaml").write_text(brief, encoding="utf-8")
        return pipeline.check(load_brief(tmp_path))

    return run

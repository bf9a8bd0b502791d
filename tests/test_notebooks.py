"""The notebooks of examples run from top to bottom; what they show is kept with them, and small."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

PLACE = Path(__file__).parents[1] / "examples" / "notebooks"
NOTEBOOKS = sorted(PLACE.glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_executed_and_small(path: Path) -> None:
    cells = [c for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert len(cells) >= 3 and all(cell["execution_count"] for cell in cells)
    assert outputs and not any(o["output_type"] == "error" or o.get("name") == "stderr" for o in outputs)
    assert path.stat().st_size < 40_000


@pytest.mark.slow
def test_the_notebook_of_a_table_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    monkeypatch.setenv("BREAKEVEN_PROCESSES", "1")
    notebook = nbformat.read(PLACE / "table.ipynb", 4)
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    assert "linear model" in str(notebook.cells[1].outputs)

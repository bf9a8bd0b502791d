"""The laws every scenario keeps: its furniture is there, and serving it loads nothing that trains."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from breakeven.scenarios import registry

FURNITURE = ("problem", "flow", "service", "answer", "sample")
TRAINERS = ("torch", "sklearn", "lightgbm", "onnx", "skl2onnx", "onnxmltools", "optuna", "pyarrow", "pandas", "scipy")


def test_roster_equals_the_folders() -> None:
    here = Path(registry.__file__).parent
    assert {p.parent.name for p in here.glob("*/problem.py")} == set(registry.ROSTER)


@pytest.mark.parametrize("name", list(registry.ROSTER))
@pytest.mark.parametrize("part", FURNITURE)
def test_furniture(name: str, part: str) -> None:
    assert registry.part(name, part).__doc__


@pytest.mark.parametrize("name", list(registry.ROSTER))
def test_serving_loads_no_training_library(name: str) -> None:
    code = (
        f"import sys; import breakeven.cli, breakeven.scenarios.{name}.service, breakeven.serving.run, breakeven.runtime.batch; "
        f"print([m for m in {TRAINERS!r} if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("name", list(registry.ROSTER))
def test_each_part_has_what_others_call(name: str) -> None:
    for part, names in (("problem", ("collect", "settle")), ("flow", ("run", "came_back", "compare")), ("service", ("load", "routes")),
                        ("answer", ("run",)), ("sample", ("new",))):  # fmt: skip
        assert all(callable(getattr(registry.part(name, part), n)) for n in names), (name, part)

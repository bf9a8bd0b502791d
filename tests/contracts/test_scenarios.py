"""The laws every scenario keeps: registered once, known by name nowhere else, served without a training library."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import breakeven
from breakeven.core.errors import InputError
from breakeven.scenarios import registry

TRAINERS = ("torch", "sklearn", "lightgbm", "onnx", "skl2onnx", "onnxmltools", "optuna", "pyarrow", "pandas", "scipy")
SCENARIOS = sorted(registry.BUILT_IN)
SOURCE = Path(breakeven.__file__).parent


def test_every_folder_is_registered() -> None:
    assert sorted(p.parent.name for p in (SOURCE / "scenarios").glob("*/__init__.py")) == SCENARIOS
    assert len(SCENARIOS) == 2
    assert [registry.get(name).name for name in SCENARIOS] == SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_brief_section_is_usable(name: str, tmp_path: Path) -> None:
    section = registry.section_of(name)
    assert section.name == name
    assert len(section.roles) > 3 and len(section.metrics) > 3 and len(section.keys) > 2
    raw = {"name": "a", "scenario": name, "data": "a.csv", "target": "y"}
    assert registry.parse_brief({**raw, "metric": section.metrics[0]}, tmp_path).metric == section.metrics[0]
    for wrong in ({name: {"no_such_key": 1}}, {"columns": {"a": "no_such_role"}}, {"metric": "no_such_metric"}):
        with pytest.raises(InputError, match="no_such"):
            registry.parse_brief({**raw, **wrong}, tmp_path)


@pytest.mark.parametrize("name", SCENARIOS)
def test_serving_loads_no_training_library(name: str) -> None:
    code = (
        f"import sys; import breakeven.cli, breakeven.scenarios.{name}.service, breakeven.serving.run, breakeven.runtime.batch; "
        f"print([m for m in {TRAINERS!r} if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_an_unknown_scenario_is_named_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"'voice' is not part of this version; available: predict, recommend"):
        registry.get("voice")


def test_a_name_is_registered_once() -> None:
    with (
        pytest.raises(InputError, match="already"),
        registry.registered(registry.get("predict")),
    ):
        pass


def names_in(path: Path) -> set[str]:
    """String constants of a file outside its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def test_no_room_knows_a_scenario_by_name() -> None:
    rooms = [path for path in SOURCE.rglob("*.py") if "scenarios" not in path.parts[len(SOURCE.parts) :]]
    assert len(rooms) > 100
    allowed = {("cli.py", "predict")}  # the command `breakeven predict`
    found = {(str(path.relative_to(SOURCE)), word) for path in rooms for word in {*SCENARIOS, "shop"} & names_in(path)}
    assert found <= allowed
    for template in (SOURCE / "report").glob("*.html"):
        assert not any(f"v.{name}" in template.read_text(encoding="utf-8") for name in (*SCENARIOS, "shop"))

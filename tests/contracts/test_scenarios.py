"""The laws every scenario keeps: registered once, known by name nowhere else, served without a training library."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import breakeven
from breakeven import pipeline
from breakeven.cli import main
from breakeven.core import store
from breakeven.core.errors import InputError
from breakeven.core.verdict import Part, dump, part, read, schema
from breakeven.core.verdict import section as section_of
from breakeven.scenarios import registry
from breakeven.scenarios.base import AnyScenario, Scenario
from tests.contracts import threshold
from tests.contracts.conftest import ALL, SCENARIOS
from tests.serving.test_server import start

TRAINERS = ("torch", "sklearn", "lightgbm", "onnx", "skl2onnx", "onnxmltools", "optuna", "pyarrow", "pandas", "scipy")
SOURCE = Path(breakeven.__file__).parent
TOY = Path(threshold.__file__)


def test_every_folder_is_registered() -> None:
    assert sorted(p.parent.name for p in (SOURCE / "scenarios").glob("*/__init__.py")) == SCENARIOS
    assert len(SCENARIOS) == 3 and len(ALL) == 4
    assert [registry.get(name).name for name in SCENARIOS] == SCENARIOS


def test_the_toy_scenario_is_small_and_unknown_to_the_house() -> None:
    assert len(TOY.read_text(encoding="utf-8").splitlines()) <= 150
    assert not [path for path in SOURCE.rglob("*.py") if "contracts.threshold" in path.read_text(encoding="utf-8")]


def test_every_member_of_the_protocol_is_there(scenario: AnyScenario) -> None:
    members = [name for name in vars(Scenario) if not name.startswith("_")]
    assert len(members) >= 18
    assert [name for name in members if not hasattr(scenario, name)] == []
    assert scenario.summary and scenario.unit.en and scenario.unit.zh and scenario.unit.labelled_en
    assert all(option.flag.startswith("--") and option.help for option in scenario.options)
    assert issubclass(scenario.verdict_section(), Part)


def test_the_brief_section_is_usable(scenario: AnyScenario, tmp_path: Path) -> None:
    section, name = scenario.brief_section(), scenario.name
    assert section.name == name
    assert len(section.roles) > 3 and section.metrics and section.keys
    raw = {"name": "a", "scenario": name, "data": "a.csv", "target": "y"}
    assert registry.parse_brief({**raw, "metric": section.metrics[0]}, tmp_path).metric == section.metrics[0]
    for wrong in ({name: {"no_such_key": 1}}, {"columns": {"a": "no_such_role"}}, {"metric": "no_such_metric"}):
        with pytest.raises(InputError, match="no_such"):
            registry.parse_brief({**raw, **wrong}, tmp_path)


def test_data_is_collected_the_same_twice(scenario: AnyScenario, finished: dict[str, Path]) -> None:
    brief = registry.load_brief(finished[scenario.name])
    first, second = pipeline.check(brief), pipeline.check(brief)
    assert first.fingerprint == second.fingerprint
    assert first.columns and first.overview() == second.overview()


def test_a_build_keeps_the_contract(scenario: AnyScenario, finished: dict[str, Path]) -> None:
    build = finished[scenario.name] / "build" / "latest"
    verdict = read(build / "verdict.json")
    jsonschema.validate(dump(verdict), schema({scenario.name: scenario.verdict_section()}))
    assert dump(verdict)[scenario.name] == section_of(part(scenario.verdict_section(), verdict.section))
    assert (verdict.scenario, verdict.unit.en, verdict.sealed_openings) == (scenario.name, scenario.unit.en, 1)
    assert verdict.product is not None and verdict.chosen.candidate
    assert verdict.sentence.en and verdict.sentence.zh
    assert scenario.unit.en in verdict.details.en and scenario.unit.zh in verdict.details.zh
    report = (build / "report.html").read_text(encoding="utf-8")
    assert scenario.report_sections(verdict)
    for section in scenario.report_sections(verdict):
        assert section.blocks and section.title.en in report and section.title.zh in report
    assert "Limits of use" in (build / "card.md").read_text(encoding="utf-8")


def test_a_product_loads_and_is_served(scenario: AnyScenario, finished: dict[str, Path]) -> None:
    folder = finished[scenario.name]
    service = scenario.service(registry.load_product(folder), folder, {})
    endpoints = service.endpoints()
    assert len({(e.method, e.path) for e in endpoints}) == len(endpoints) > 1
    asyncio.run(service.close())


def test_learning_without_outcomes_says_where_to_send_them(
    scenario: AnyScenario, finished: dict[str, Path], tmp_path: Path
) -> None:
    copy = shutil.copytree(finished[scenario.name], tmp_path / "copy", symlinks=True)
    with pytest.raises(InputError, match="POST /v1/"):
        pipeline.learn(registry.load_brief(copy))


def test_the_toy_scenario_goes_all_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """Checked, built, answered, served over HTTP as another package's entry point, and learned; src knows nothing of it."""
    toy, packages = str(tmp_path / "toy"), tmp_path / "packages"
    store.write_text(packages / "toy-1.dist-info" / "METADATA", "Name: toy\nVersion: 1\n")
    entry = "[breakeven.scenarios]\nthreshold = tests.contracts.threshold:SCENARIO\n"
    store.write_text(packages / "toy-1.dist-info" / "entry_points.txt", entry)
    path = os.pathsep.join([str(packages), str(SOURCE.parent), str(TOY.parents[3])])
    monkeypatch.setenv("PYTHONPATH", path)
    with registry.registered(threshold.SCENARIO):
        assert main(["new", "threshold", toy]) == main(["check", toy]) == main(["build", toy]) == 0
        answered = ["predict", toy, "--input", f"{toy}/data.csv", "--output", f"{toy}/out.csv", "--digits", "2"]
        assert main(answered) == 0
        assert re.fullmatch(r"(yes|no),\d\.\d\d", (tmp_path / "toy" / "out.csv").read_text().splitlines()[1])
        assert main([*answered[:-2], "--k", "3"]) == 2
        assert "--k: not an option of a threshold product" in capsys.readouterr().err
        process, call = start(Path(toy))
        try:
            assert call("POST", "/v1/predict", [9.0, -9.0])[:2] == (200, ["yes", "no"])
            assert call("POST", "/v1/predict", ["x"])[0] == 422
            assert call("POST", "/v1/feedback", [[5.0, "yes"], [-5.0, "no"]])[1] == {"kept": 2}
        finally:
            process.terminate()
            assert process.wait(15) in (0, -signal.SIGTERM)
        assert main(["learn", toy]) == 0
        assert re.search("promoted|kept the old product", capsys.readouterr().out)
    assert "threshold" not in registry.names()


@pytest.mark.parametrize("name", SCENARIOS)
def test_serving_loads_no_training_library(name: str) -> None:
    code = (
        f"import sys; import breakeven.cli, breakeven.scenarios.{name}.service, breakeven.serving.run, breakeven.runtime.batch; "
        f"print([m for m in {TRAINERS!r} if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_an_unknown_scenario_is_named_with_the_known_ones() -> None:
    with pytest.raises(
        InputError, match=r"'voice' is not part of this version; available: predict, recommend, support"
    ):
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
    # The command `breakeven predict`, and the estimator that is named after what it does.
    allowed = {("cli/commands.py", "predict"), *(("recommender.py", name) for name in ("recommend", "shop"))}
    found = {
        (path.relative_to(SOURCE).as_posix(), word) for path in rooms for word in {*SCENARIOS, "shop"} & names_in(path)
    }
    assert found <= allowed
    for template in (SOURCE / "report").glob("*.html"):
        assert not any(f"v.{name}" in template.read_text(encoding="utf-8") for name in (*SCENARIOS, "shop"))

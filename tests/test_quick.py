"""A quick look: some rows, cheap candidates, called what it is, and never taken for the full build."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from breakeven import cli, pipeline, quick
from breakeven.core import store
from breakeven.core.errors import InputError
from breakeven.core.types import Hosted
from breakeven.models import registry
from breakeven.scenarios.registry import load_brief
from breakeven.tables import problem

ROWS = 1_300
TABLE = (
    "age,left\n"
    + "\n".join(f"{i * 37 % 101},{'yes' if i * 37 % 101 > 60 - i % 9 else 'no'}" for i in range(ROWS))
    + "\n"
)


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two candidates that fit in no time."""
    monkeypatch.setattr(registry, "quick", lambda layout, task: ["baseline", "linear"])


def test_the_rows_are_drawn_once_and_keep_their_order(folder: Callable[..., Path]) -> None:
    need = load_brief(folder(TABLE, target="left"))
    table, total = problem.sample(need, 1_000)
    again, _ = problem.sample(need, 1_000)
    other, _ = problem.sample(replace(need, seed=1), 1_000)
    age = table.columns["age"]
    assert total == ROWS and len(age) == 1_000 and np.array_equal(age, again.columns["age"])
    assert not np.array_equal(age, other.columns["age"])
    whole = iter([(i * 37 % 101) for i in range(ROWS)])
    assert all(value in whole for value in age)  # a subsequence of the file
    assert [f.kind for f in table.findings] == ["quick look"]
    assert problem.sample(need, ROWS)[0].findings == ()


def test_a_quick_look_says_so_and_leaves_the_full_build_alone(
    folder: Callable[..., Path], cheap: None, capsys: pytest.CaptureFixture[str]
) -> None:
    place = folder(TABLE, target="left")
    assert cli.main(["build", str(place), "--quick"]) == 0
    said = capsys.readouterr().out
    assert "A quick look, on 1,000 of 1,300 rows; run without --quick for the full answer." in said
    assert f"next: breakeven build {place}" in said
    first = store.latest(place)
    assert quick.is_quick(first) and quick.may_replace(place)
    verdict = store.read_json(first / "verdict.json")
    assert verdict["quick"] == {"rows": 1_000, "of": ROWS} and verdict["rows"]["all"] == 1_000
    assert {c["candidate"] for c in verdict["curves"]} == {"baseline", "linear"}
    with pytest.raises(InputError, match="quick look"):
        pipeline.learn(load_brief(place))
    full = pipeline.build(replace(load_brief(place), effort=1), names=["baseline", "linear"])
    assert full.verdict["quick"] is None and full.folder != first and store.latest(place) == full.folder
    assert "quick look" not in str(full.verdict["sentence"])
    assert cli.main(["build", str(place), "--quick", "--quiet"]) == 0
    assert store.latest(place) == full.folder  # asked again, it does not replace the full build
    (full.folder.parent / "latest").unlink()
    assert cli.main(["weigh", str(place), "--quick", "--quiet"]) == 0


def test_check_looks_at_the_same_rows(folder: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(folder(TABLE, target="left")), "--quick", "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "1,000 of 1,300 rows are looked at" in said and "1,000 rows: 200 sealed" in said


def test_no_hosted_model_is_asked_and_nothing_is_tuned(folder: Callable[..., Path]) -> None:
    need = load_brief(folder(TABLE, target="left"))
    asked = replace(need, hosted=Hosted(model="m", address="http://127.0.0.1:1/v1"))
    brief, _, looked = quick.look(pipeline.scenarios.get("predict"), asked)
    assert brief.hosted is not None and brief.hosted.address is None and brief.effort == 0
    assert brief.limits.minutes == quick.MINUTES and (looked.rows, looked.of) == (1_000, ROWS)
    hurried = replace(need, limits=replace(need.limits, minutes=0.1))
    assert quick.look(pipeline.scenarios.get("predict"), hurried)[0].limits.minutes == 0.1


@pytest.mark.parametrize("more", [["--minutes", "3"], ["--llm", "http://127.0.0.1:1/v1", "--llm-model", "m"]])
def test_options_that_contradict_it_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    (tmp_path / "my.csv").write_text(TABLE, encoding="utf-8")
    assert cli.main(["build", str(tmp_path / "my.csv"), "--target", "left", "--quick", *more]) == 2
    said = capsys.readouterr().err
    assert f"--quick: does not go with {more[0]}" in said and said.count("\n") == 1
    assert not (tmp_path / "product.yaml").exists()


def test_a_shop_has_no_quick_look(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "product.yaml").write_text("name: shop\nscenario: recommend\ndata: events.csv\n", encoding="utf-8")
    assert cli.main(["weigh", str(tmp_path), "--quick", "--quiet"]) == 2
    assert "a recommend product has no quick look" in capsys.readouterr().err


@pytest.mark.parametrize("columns", ["table", "text", "image"])
def test_every_kind_of_column_has_both_routes(columns: str) -> None:
    quick_ones = [registry.entry(n) for n in registry.names() if registry.entry(n).quick]
    routes = {
        line.route
        for line in quick_ones
        if {columns, f"{columns} only"} & set(line.columns) and line.kind != "baseline"
    }
    assert routes == {"traditional", "large"}

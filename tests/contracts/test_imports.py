"""No circle of modules: whoever reads a module can read what it imports first, down to modules that import nothing."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest


def circle(package: str) -> list[str]:
    """One circle of a package's modules, each importing the next; empty where there is none.

    Counted are all imports, also those inside functions and under TYPE_CHECKING.
    """
    graph = grimp.build_graph(package, exclude_type_checking_imports=False, cache_dir=None)
    try:
        TopologicalSorter({m: graph.find_modules_directly_imported_by(m) for m in graph.modules}).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circle("breakeven") == []


@pytest.mark.parametrize(
    "back",
    [
        "import circled.first",
        "def f():\n    from circled import first\n    return first",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from circled.first import A",
    ],
)
def test_a_circle_is_found_however_the_import_is_written(
    back: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "circled"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "first.py").write_text("import circled.second\nA = int\n")
    (package / "second.py").write_text("import circled.third\n")
    (package / "third.py").write_text(back)
    monkeypatch.syspath_prepend(tmp_path)
    assert set(circle("circled")) == {"circled.first", "circled.second", "circled.third"}

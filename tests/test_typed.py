"""A user's typed program is checked against the installed package, as mypy sees it from outside."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import breakeven

EXAMPLE = Path(__file__).parents[1] / "examples" / "typed.py"


def checked(place: Path, text: str) -> str:
    """What mypy says of a program of its own folder, with no settings of ours."""
    (place / "program.py").write_text(text, encoding="utf-8")
    (place / "mypy.ini").write_text(
        f"[mypy]\nstrict = true\nmypy_path = {Path(breakeven.__file__).parents[1]}\n"
        "[mypy-pandas.*,sklearn.*]\nignore_missing_imports = true\nfollow_imports = skip\n"
        "[mypy-breakeven.*]\nignore_errors = true\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "program.py"], cwd=place, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.slow
def test_mypy_knows_the_public_names_and_what_they_give(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert "Success: no issues found" in checked(tmp_path, text)
    wrong = f"{text}\nbreakeven.buid\nbreakeven.build([], minutes='5')\nx: int = breakeven.load('p').predict([{{'a': 1}}])\n"
    said = checked(tmp_path, wrong)
    assert (
        'has no attribute "buid"' in said and 'Argument "minutes" to "build"' in said and "expression has type" in said
    ), said


def test_the_marker_of_types_is_shipped() -> None:
    assert (Path(breakeven.__file__).parent / "py.typed").is_file()

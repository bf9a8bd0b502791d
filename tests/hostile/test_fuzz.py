"""A sample of the fuzz targets that `make fuzz` runs at length, in processes of their own: a crash of a library ends those."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(("target", "count"), [("fuzz_folders", 400), ("fuzz_inputs", 600), ("fuzz_bodies", 3000)])
def test_whatever_is_changed_is_answered_or_refused_by_one_line(target: str, count: int) -> None:
    command = [sys.executable, "-W", "ignore", "-m", f"tests.hostile.{target}", "--count", str(count), "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    assert f"{count:,} in" in done.stdout

"""The demo's builds run side by side, each line of theirs under its name, and what one of them does ends no other."""

from __future__ import annotations

import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from breakeven.cli import main
from breakeven.cli.demo import side_by_side
from breakeven.scenarios import registry

#: Leaves a file, and waits until the other one is there: two of these end only if they run at the same time.
MEETS = """
import pathlib, sys, time
here, other = map(pathlib.Path, sys.argv[1:])
here.touch()
for _ in range(600):
    if other.exists():
        sys.exit(print("met", other.name, file=sys.stderr))
    time.sleep(0.05)
sys.exit(9)
"""


def test_two_run_at_the_same_time_and_every_line_has_its_name(tmp_path: Path) -> None:
    a, b, said = str(tmp_path / "a"), str(tmp_path / "b"), list[str]()
    commands = {"a": [sys.executable, "-c", MEETS, a, b], "long": [sys.executable, "-c", MEETS, b, a]}
    assert side_by_side(commands, 2, {}, said.append) == {"a": 0, "long": 0}
    assert sorted(said) == ["a    met b", "long met a"]


def test_one_that_fails_ends_no_other_and_the_environment_is_handed_on() -> None:
    shows = "import os, sys; print(os.environ['BREAKEVEN_PROCESSES'], file=sys.stderr); sys.exit(int(sys.argv[1]))"
    commands = {name: [sys.executable, "-c", shows, code] for name, code in (("a", "2"), ("b", "0"))}
    said = list[str]()
    assert side_by_side(commands, 1, {"BREAKEVEN_PROCESSES": "7"}, said.append) == {"a": 2, "b": 0}
    assert said == ["a 7", "b 7"]


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt, also where the tests run in the background of a shell, which has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_stops_the_demo_ends_its_builds(tmp_path: Path) -> None:
    waits = "import pathlib, sys, time; print(1, file=sys.stderr, flush=True); time.sleep(60); pathlib.Path(sys.argv[1]).touch()"
    main_thread = threading.get_ident()
    command = [sys.executable, "-c", waits, str(tmp_path / "late")]

    with pytest.raises(KeyboardInterrupt), interruptible():
        side_by_side({"a": command, "b": command}, 1, {}, lambda _: signal.pthread_kill(main_thread, signal.SIGINT))
    assert not (tmp_path / "late").exists()


def test_the_demo_shows_what_was_built_and_says_which_build_failed(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    shutil.copytree(built, good, symlinks=True)
    bad.mkdir()
    monkeypatch.setattr(registry, "names", lambda: ["predict"])
    monkeypatch.setattr(type(registry.get("predict")), "demo", lambda self, folder: [good, bad])
    monkeypatch.setattr("breakeven.cli.demo.BUILD", ("-m", "breakeven", "check"))  # a build would take a minute
    assert main(["demo", "--folder", str(tmp_path), "--lang", "en"]) == 2
    out, err = capfd.readouterr()
    assert "churn: Use" in out and f"serve the products: breakeven serve {good}" in out and str(bad) not in out
    assert "bad  breakeven: " in err and "product.yaml" in err

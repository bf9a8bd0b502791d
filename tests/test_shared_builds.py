"""A build that many tests read is made once in a run, and nobody sees what another writes into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shared_builds import once


class Worker:
    """The temporary folders of a worker."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir(parents=True)

    def getbasetemp(self) -> Path:
        return self.place

    def mktemp(self, basename: str) -> Path:
        made = self.place / f"{basename}{len(list(self.place.iterdir()))}"
        made.mkdir()
        return made


def test_it_is_made_once_for_all_workers_and_each_has_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []

    def make(place: Path) -> None:
        made.append(place)
        (place / "a").write_text("1")
        (place / "latest").symlink_to("a")

    copies = []
    for name in ("gw0", "gw1"):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", name)
        copies.append(once(Worker(tmp_path / f"popen-{name}"), "built", make))
        (copies[-1] / "a").write_text(name)
    assert len(made) == 1 and [(copy / "latest").read_text() for copy in copies] == ["gw0", "gw1"]
    assert (tmp_path / "all-built" / "a").read_text() == "1"


def test_a_run_within_a_run_shares_nothing_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    once(Worker(tmp_path / "pytest-1"), "built", lambda place: (place / "a").touch())
    assert not (tmp_path / "all-built").exists()


def test_what_fails_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    worker, tries = Worker(tmp_path / "pytest-1"), [0]

    def make(place: Path) -> None:
        tries[0] += 1
        (place / "half").touch()
        if tries[0] == 1:
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        once(worker, "built", make)
    assert [path.name for path in once(worker, "built", make).iterdir()] == ["half"] and tries == [2]

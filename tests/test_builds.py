"""The builds in product folders: listed, opened, the old ones removed."""

from __future__ import annotations

import os
import webbrowser
from pathlib import Path

import pytest

from breakeven import builds
from breakeven.cli import main
from breakeven.core import store
from breakeven.core.errors import InputError, ProductError


def product(folder: Path, finished: int = 3, unfinished: int = 0) -> Path:
    """A product folder with builds of one byte each; the last finished one is the latest."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "product.yaml").write_text("name: x\n")
    for number in range(finished + unfinished):
        build = folder / "build" / f"id{number}"
        build.mkdir(parents=True)
        (build / "report.html").write_bytes(b"x")
        if number < finished:
            (build / "done.json").write_text("{}")
            os.utime(build / "done.json", (number, number))
    if finished:
        store.point_latest(folder / "build" / f"id{finished - 1}")
    return folder


def test_products_are_found_below_a_folder(tmp_path: Path, capsys) -> None:
    product(tmp_path / "a")
    product(tmp_path / "b" / "c", finished=0)
    found = {one.folder.name: (one.built is not None, one.builds) for one in builds.products(tmp_path)}
    assert found == {"a": (True, 3), "c": (False, 0)}
    assert main(["list", str(tmp_path)]) == 0
    assert "not built yet" in capsys.readouterr().out


def test_a_folder_without_products(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no product\.yaml here"):
        builds.products(tmp_path)


def test_old_builds_are_removed_and_the_latest_and_unfinished_stay(tmp_path: Path, capsys) -> None:
    place = product(tmp_path, finished=4, unfinished=1)
    store.point_latest(place / "build" / "id0")  # an older build was made the latest again
    assert main(["clean", str(place), "--dry-run"]) == 0
    assert len(list((place / "build").glob("id*"))) == 5
    assert main(["clean", str(place), "--keep", "1"]) == 0
    assert sorted(p.name for p in (place / "build").glob("id*")) == ["id0", "id3", "id4"]
    assert "2 old builds removed" in capsys.readouterr().out
    assert store.latest(place).name == "id0"
    assert builds.removable(place, 1) == []


def test_keep_may_not_be_negative(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="-1"):
        builds.removable(product(tmp_path), -1)
    with pytest.raises(ProductError, match="nothing is built"):
        builds.removable(product(tmp_path / "empty", finished=0), 1)


@pytest.mark.parametrize("there", [True, False])
def test_the_latest_report_is_opened(tmp_path: Path, capsys, monkeypatch, there: bool) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or there)
    assert main(["open", str(product(tmp_path))]) == 0
    said = capsys.readouterr()
    assert opened == [(tmp_path / "build" / "id2" / "report.html").as_uri()]
    assert ("no browser" in said.err) is not there


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bild"], "there is no command 'bild'; did you mean 'build'?"),
        (["build", "--minuts", "3"], "there is no option --minuts; did you mean '--minutes'?"),
        (["serve", "--prot=3"], "there is no option --prot=3; did you mean '--port'?"),
        (["open", "a", "b"], "unexpected argument 'b'"),
        (["completion", "tcl"], "there is no shell 'tcl'"),
    ],
)
def test_a_wrong_command_or_option_names_the_nearest(capsys, arguments: list[str], said: str) -> None:
    with pytest.raises(SystemExit) as done:
        main(arguments)
    err = capsys.readouterr().err
    assert (done.value.code, err.count("\n")) == (2, 1)
    assert said in err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh"])
def test_completion_names_commands_and_options(capsys, shell: str) -> None:
    assert main(["completion", shell]) == 0
    text = capsys.readouterr().out
    assert all(word in text for word in ("forecast", "minutes", "allow-host"))


def test_a_folder_of_products_opens_all_their_reports(tmp_path: Path, capsys) -> None:
    product(tmp_path / "a")
    product(tmp_path / "b", finished=1)
    product(tmp_path / "c", finished=0)
    assert [path.parents[2].name for path in builds.reports(tmp_path)] == ["a", "b"]
    assert main(["open", str(tmp_path / "c")]) == 2
    assert "nothing is built here" in capsys.readouterr().err

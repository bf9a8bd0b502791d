"""Beginning with one's own data file: the brief is written beside it, and never over another."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from breakeven import cli
from breakeven.features.image import png

ROWS = [f"{i % 17},{(i * 7) % 23},{'yes' if ((i % 17) > 8) ^ (i % 11 == 0) else 'no'}" for i in range(120)]
TABLE = "visits,age,churned\n" + "\n".join(ROWS) + "\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "my data.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path / "my data.csv"


def test_check_writes_the_brief_and_goes_on(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        cli.main(
            ["check", str(file), "--target", "churned", "--minutes", "5", "--prefer", "best", "--volume", "1500000"]
        )
        == 0
    )
    brief = yaml.safe_load((file.parent / "product.yaml").read_text(encoding="utf-8"))
    assert brief == {
        "name": "my-data",
        "scenario": "predict",
        "data": "my data.csv",
        "target": "churned",
        "limits": {"minutes": 5},
        "prefer": "best",
        "volume": {"requests_per_month": 1_500_000},
    }
    out = capsys.readouterr().out
    assert "120 rows" in out and "are assumed" not in out
    assert cli.main(["check", str(file), "--target", "churned"]) == 0  # the same brief, read again
    assert cli.main(["check", str(file), "--volume", "1500000"]) == 0
    assert cli.main(["check", str(file), "--volume", "20"]) == 2
    what = "its requests_per_month is 1500000, not 20; set 'volume: {requests_per_month: 20}' there"
    assert what in capsys.readouterr().err


def test_a_volume_that_is_not_given_is_asked_for(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(file), "--target", "churned"]) == 0
    out = capsys.readouterr().out
    assert "How many requests a month will it answer? 10,000 are assumed" in out and "--volume N" in out
    assert "split: test" not in out  # settings are printed where they are asked for
    assert cli.main(["check", str(file), "--volume", "-3"]) == 2
    assert "-3 is not a number of at least 0" in capsys.readouterr().err
    brief = (file.parent / "product.yaml").read_text(encoding="utf-8")
    assert cli.main(["check", str(file), "--target", "churned", "--volume", "400", "--minutes", "3"]) == 0
    assert "are assumed" not in capsys.readouterr().out
    more = "limits: {minutes: 3}\nvolume: {requests_per_month: 400}\n"
    assert (file.parent / "product.yaml").read_text(encoding="utf-8") == brief + more


def test_a_volume_below_zero_makes_no_brief(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(file), "--target", "churned", "--volume", "-3"]) == 2
    assert "requests_per_month: -3 is not a number of at least 0" in capsys.readouterr().err
    assert not (file.parent / "product.yaml").exists()


@pytest.mark.parametrize(
    ("more", "what"), [(["--quiet"], "does not go with --quiet"), (["--json"], "does not go with --json")]
)
def test_all_that_is_printed_and_the_result_alone_exclude_each_other(
    file: Path, capsys: pytest.CaptureFixture[str], more: list[str], what: str
) -> None:
    assert cli.main(["check", str(file), "--target", "churned", "--verbose", *more]) == 2
    assert what in capsys.readouterr().err
    assert cli.main(["build", str(file), "--target", "churned", "--json", "--lang", "en"]) == 2
    assert "both languages" in capsys.readouterr().err


def test_json_is_one_document(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(file), "--target", "churned", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [c["name"] for c in found["columns"]] == ["visits", "age"]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ([], "it is not said which column to predict; add --target NAME; likely: churned (2 classes"),
        (["--target", "churn"], "there is no column 'churn'; did you mean 'churned'?"),
    ],
)
def test_a_target_that_is_not_said_or_not_there(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], what: str
) -> None:
    assert cli.main(["check", str(file), *arguments]) == 2
    assert what in capsys.readouterr().err
    assert not (file.parent / "product.yaml").exists()


def test_a_file_that_is_not_there_is_said_so_though_a_brief_is(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (file.parent / "product.yaml").write_text("name: t\nscenario: predict\ndata: my data.csv\ntarget: churned\n")
    for command in ("check", "build"):
        assert cli.main([command, str(file.with_name("my dta.csv")), "--target", "churned"]) == 2
        assert "my dta.csv: there is no such file; did you mean 'my data.csv'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "arguments", "what"),
    [
        ("data: other.csv", ["--target", "churned"], "it is of other data (other.csv)"),
        ("data: my data.csv", ["--target", "age"], "its target is 'churned', not 'age'"),
        ("data: my data.csv\nlimits: {minutes: 5}", ["--minutes", "7"], "its minutes are 5, not 7"),
        (
            "data: my data.csv\nlimits: {size_mb: 5}",
            ["--minutes", "7"],
            "its minutes are the default, not 7; set 'limits: {",
        ),
        (
            "data: my data.csv\nprefer: cheap",
            ["--prefer", "best"],
            "its prefer is cheap, not best; set 'prefer: best' there",
        ),
        ("data: my data.csv", ["--minutes", "7", "--volume", "-3"], "-3 is not a number"),
    ],
)
def test_a_brief_that_is_there_is_never_written_over(
    file: Path, capsys: pytest.CaptureFixture[str], line: str, arguments: list[str], what: str
) -> None:
    there = f"name: t\nscenario: predict\n{line}\ntarget: churned\n"
    (file.parent / "product.yaml").write_text(there, encoding="utf-8")
    assert cli.main(["build", str(file), *arguments]) == 2
    assert what in capsys.readouterr().err
    assert (file.parent / "product.yaml").read_text(encoding="utf-8") == there


@pytest.mark.parametrize(
    ("end", "status"),
    [("", 0), ("# the end", 0), ("\n# \u4e2d\u6587\n\n", 0), ("...\n", 2), ("--- {}\n", 2)],
)
def test_what_a_brief_leaves_open_is_added_after_any_end(
    file: Path, capsys: pytest.CaptureFixture[str], end: str, status: int
) -> None:
    there = f"name: t\nscenario: predict\ndata: my data.csv\ntarget: churned   # who left\n{end}"
    (file.parent / "product.yaml").write_text(there, encoding="utf-8")
    assert cli.main(["check", str(file), "--volume", "70"]) == status
    text = (file.parent / "product.yaml").read_text(encoding="utf-8")
    if status:
        assert text == there and "product.yaml" in capsys.readouterr().err
    else:
        assert text == there.removesuffix("\n") + "\nvolume: {requests_per_month: 70}\n"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Fifty noisy pictures in two classes, and what else lies in folders: a note, a hidden folder."""
    place = tmp_path / "my photos"
    draw = np.random.default_rng(0)
    for name, darkest in (("day", 150), ("night", 0)):
        (place / name).mkdir(parents=True)
        for i in range(25):
            (place / name / f"{i}.png").write_bytes(png(draw.integers(darkest, darkest + 99, (16, 16, 3), np.uint8)))
    (place / ".cache").mkdir()
    (place / "notes.md").write_text("taken in May", encoding="utf-8")
    return place


def test_a_folder_of_pictures_begins_a_product_beside_it(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(photos), "--volume", "500"]) == 0
    assert "50 rows" in capsys.readouterr().out
    brief = yaml.safe_load((photos.parent / "product.yaml").read_text(encoding="utf-8"))
    volume = {"requests_per_month": 500}
    assert brief == {"name": "my-photos", "scenario": "predict", "data": "my photos", "volume": volume}
    assert sorted(p.name for p in photos.iterdir()) == [".cache", "day", "night", "notes.md"]
    assert cli.main(["check", str(photos), "--target", "kind"]) == 2
    assert cli.main(["check", str(photos.parent)]) == 0


def test_a_folder_of_pictures_has_no_target_and_gets_no_sample(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", str(photos), "--target", "kind"]) == 2
    assert "whose sub-folders are the classes; leave it out" in capsys.readouterr().err
    assert cli.main(["new", "predict", str(photos)]) == 2
    assert "run: breakeven build" in capsys.readouterr().err
    assert not list(photos.parent.rglob("*.yaml")) and not list(photos.rglob("*.csv"))
    (photos / "night").rename(photos.parent / "night")  # one class is none
    assert cli.main(["check", str(photos)]) == 2
    assert "there is no such file" in capsys.readouterr().err


def test_options_of_a_file_are_refused_for_a_folder(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(file.parent), "--target", "churned"]) == 2
    assert "--target: goes with a data file" in capsys.readouterr().err


def test_new_in_a_folder_with_data_uses_it(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["new", "predict", str(file.parent)]) == 0
    brief = yaml.safe_load((file.parent / "product.yaml").read_text(encoding="utf-8"))
    assert (brief["data"], brief["target"]) == ("my data.csv", "churned")
    assert "my data.csv" in capsys.readouterr().out


def test_without_arguments_there_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    assert "usage: breakeven" in capsys.readouterr().out


@pytest.mark.slow
def test_predict_by_standard_input_and_output(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from breakeven import pipeline
    from breakeven.scenarios.registry import load_brief

    (file.parent / "product.yaml").write_text(
        "name: t\nscenario: predict\ndata: my data.csv\ntarget: churned\ncolumns: {age: category}\neffort: 1\n",
        encoding="utf-8",
    )
    pipeline.build(load_brief(file.parent), names=["baseline", "linear"])
    capsys.readouterr()
    sent = io.TextIOWrapper(io.BytesIO(b"visits,age,note\n3,5,a\n16,99,b\n"))
    monkeypatch.setattr("sys.stdin", sent)
    assert cli.main(["predict", str(file.parent), "--input", "-", "--output", "-", "--keep", "note"]) == 0
    out = capsys.readouterr()
    lines = out.out.splitlines()
    assert lines[0].startswith("note,prediction,probability")
    assert [line.split(",")[:2] for line in lines[1:]] == [["a", "no"], ["b", "yes"]]
    assert all(len(cell) <= 12 for line in lines[1:] for cell in line.split(","))
    assert "column 'age': 1 cell has a value that training did not have ('99')" in out.err
    assert "2 answers" in out.err
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"visits,age\n3,5\n")))
    assert cli.main(["predict", str(file.parent), "--input", "-", "--output", "-", "--keep", "nota"]) == 2
    assert "--keep: there is no column 'nota'" in capsys.readouterr().err

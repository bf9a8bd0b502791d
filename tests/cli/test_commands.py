"""The command line: exit codes, one-line errors, and that nothing is lost by a mistake."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from breakeven.cli import main
from tests.conftest import customers


def test_help_names_every_command(capsys) -> None:
    with pytest.raises(SystemExit) as done:
        main(["--help"])
    assert done.value.code == 0
    text = capsys.readouterr().out
    for command in ("new", "check", "weigh", "build", "predict", "serve", "learn", "forecast", "demo"):
        assert f"\n    {command} " in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_help_imports_nothing_heavy(language: str) -> None:
    code = (
        f"import sys\nfrom breakeven.cli import main\ntry: main(['--help', '--lang', '{language}'])\nexcept SystemExit: pass\n"
        "print('HEAVY', [m for m in ('numpy', 'rich', 'yaml', 'onnxruntime') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "HEAVY []" in out


def test_a_light_install_is_told_what_to_install(folder) -> None:
    code = (
        "import sys\nfrom breakeven.cli import main\n"
        "for name in ('torch', 'sklearn', 'lightgbm', 'onnx', 'pandas', 'pyarrow', 'optuna', 'scipy'): sys.modules[name] = None\n"
        f"sys.exit(main(['check', {str(folder())!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, "breakeven[train]" in done.stderr) == (2, True), done.stderr


def test_check_prints_roles_findings_and_defaults(folder, capsys) -> None:
    assert main(["check", str(folder()), "--verbose"]) == 0
    text = capsys.readouterr().out
    for word in (
        "customer_no",
        "running number",
        "missing values",
        "kept as missing",
        "split: test 0.2",
        "sealed for the test",
    ):
        assert word in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["build", "{}/nowhere"], ["product.yaml", "no such file"]),
        (["predict", "{}", "--input", "a.csv", "--output", "o.csv"], ["no finished product"]),
        (["serve", "{}"], ["no finished product"]),
        (["learn", "{}"], ["nothing is built"]),
        (["new", "voice", "{}/x"], ["voice", "predict", "recommend"]),
        (["new", "predict", "{}"], ["product.yaml already"]),
        (["forecast", "{}/c.csv", "--output", "o.csv"], ["no such file"]),
    ],
)
def test_mistakes_are_one_line_and_exit_2(folder, capsys, arguments: list[str], words: list[str]) -> None:
    place = str(folder())
    assert main([a.replace("{}", place) for a in arguments]) == 2
    err = capsys.readouterr().err.strip()
    assert err.count("\n") == 0
    assert err.startswith("breakeven: ")
    assert all(word in err for word in words), err


def test_a_scenario_that_is_not_there_yet(folder, capsys) -> None:
    assert main(["build", str(folder(scenario="voice"))]) == 2
    assert "not part of this version" in capsys.readouterr().err


def test_new_writes_a_folder_that_checks(tmp_path: Path, capsys) -> None:
    assert main(["new", "predict", str(tmp_path / "mine")]) == 0
    assert main(["check", str(tmp_path / "mine")]) == 0
    assert "diagnosis" in (tmp_path / "mine" / "product.yaml").read_text()


def test_a_mistake_keeps_the_old_product(built: Path, tmp_path: Path, capsys) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(built, copy, symlinks=True)
    before = (copy / "build" / "latest").resolve().name
    (copy / "data.csv").write_text(customers().replace("left", "gone"))
    assert main(["build", str(copy)]) == 2
    assert "'left' is not in the data" in capsys.readouterr().err
    assert (copy / "build" / "latest").resolve().name == before
    (tmp_path / "in.csv").write_text(customers(5))
    assert main(["predict", str(copy), "--input", str(tmp_path / "in.csv"), "--output", str(tmp_path / "out.csv")]) == 0
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 6


def test_our_own_faults_are_1(folder, monkeypatch, capsys) -> None:
    from breakeven import pipeline

    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(pipeline, "check", broken)
    assert main(["check", str(folder())]) == 1
    assert "our fault: ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["weigh", "build"])
@pytest.mark.slow
def test_nothing_to_offer_is_3_and_the_verdict_is_there(folder, monkeypatch, capsys, command: str) -> None:
    from breakeven import pipeline

    whole = pipeline.build
    monkeypatch.setattr(pipeline, "build", lambda *a, **k: whole(*a, **k, names=["baseline", "linear"]))
    place = folder(limits={"size_mb": 0.0001}, effort=1)
    assert main([command, str(place)]) == 3
    out = capsys.readouterr()
    assert "No candidate keeps the limits" in out.err
    assert (place / "build" / "latest" / "verdict.json").is_file()

"""A hosted model on the command line: written into a new brief, obeyed beside an old one, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from breakeven import cli
from tests.test_own_file import TABLE

LLM = ["--llm", "http://127.0.0.1:9/v1", "--llm-model", "gpt-5-nano"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "data.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path / "data.csv"


def brief(file: Path) -> dict[str, object]:
    return yaml.safe_load((file.parent / "product.yaml").read_text(encoding="utf-8"))


def test_a_new_brief_says_what_the_options_say(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LLM_KEY", "top-secret")
    more = ["--llm-key-env", "LLM_KEY", "--llm-prices", "0.1", "0.4", "--max-usd", "0.5"]
    assert cli.main(["check", str(file), "--target", "churned", *LLM, *more]) == 0
    assert brief(file)["hosted"] == {
        "model": "gpt-5-nano",
        "address": "http://127.0.0.1:9/v1",
        "key_env": "LLM_KEY",
        "usd_per_million_tokens_in": 0.1,
        "usd_per_million_tokens_out": 0.4,
        "max_usd": 0.5,
    }
    out = capsys.readouterr().out
    assert "gpt-5-nano at http://127.0.0.1:9/v1 is asked for at most $0.5" in out and "top-secret" not in out
    assert cli.main(["check", str(file), *LLM]) == 0  # the brief says the same
    assert cli.main(["check", str(file.parent), *LLM, "--max-usd", "2"]) == 2
    assert "its hosted.max_usd is 0.5, not 2.0" in capsys.readouterr().err


def test_beside_an_old_brief_the_options_are_obeyed_and_the_brief_stays(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", str(file), "--target", "churned"]) == 0
    before = (file.parent / "product.yaml").read_text(encoding="utf-8")
    capsys.readouterr()
    assert cli.main(["check", str(file.parent), *LLM]) == 0
    assert "gpt-5-nano at http://127.0.0.1:9/v1" in capsys.readouterr().out
    assert (file.parent / "product.yaml").read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--llm-model", "x"], "--llm-model: goes with --llm"),
        (["--max-usd", "1"], "--max-usd: goes with --llm"),
        (["--llm", "http://127.0.0.1:9/v1"], "--llm: it is not said which model"),
        ([*LLM[:2], "--llm-model", "nobody-knows"], "'nobody-knows' is not in the price table"),
        ([*LLM, "--llm-key-env", "sk-top-secret"], "no environment variable of this name"),
        (["--llm", "ftp://x", "--llm-model", "gpt-5-nano"], "no address"),
        ([*LLM, "--llm-prices", "-1", "0.00001"], "-1.0 is not a number of at least 0"),
        ([*LLM, "--max-usd", "nan"], "nan is not a number"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_written(
    file: Path, capsys: pytest.CaptureFixture[str], options: list[str], what: str
) -> None:
    assert cli.main(["check", str(file), "--target", "churned", *options]) == 2
    error = capsys.readouterr().err
    assert what in error and "top-secret" not in error
    assert not (file.parent / "product.yaml").exists()

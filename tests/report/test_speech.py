"""What a person reads in Chinese holds no English sentence: the terminal, the report and the description of the service."""

from __future__ import annotations

import argparse
import ast
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from breakeven.cli import main, parser
from breakeven.cli.help_pages import columns
from breakeven.core.errors import InputError
from breakeven.report import phrases, speech
from breakeven.scenarios import registry
from breakeven.serving import run
from breakeven.serving.origin import hosts_of
from tests.report.test_page import Reader

#: Four words in a row are a sentence; names, addresses, commands and what was written in the data are shorter, or quoted.
SENTENCE = re.compile(r"[A-Za-z]{2,}(?:[ ,;:]+(?:[A-Za-z]{2,}|a|I)){3,}")
QUOTED = re.compile(r"'[^']*'|`[^`]*`|“[^”]*”|（[a-z]+ [^）]*）")
#: What stays as it is typed: commands and options, names of the license and of protocols, and lists of candidates.
TYPED = re.compile(
    r"breakeven [a-z]+ .*|(?:--[a-z-]+ [A-Z_]+ ?)+|(?:\w+_\w+, )+\w+|Open Inference Protocol|参赛：.*|导出 .*"
)


def english(texts: list[str]) -> list[str]:
    """The texts that hold an English sentence."""
    return [text for text in texts if SENTENCE.search(TYPED.sub("", QUOTED.sub("", text)))]


def test_an_english_sentence_is_seen() -> None:
    assert english(
        ["报告：a fit on all rows takes long", "用 breakeven weigh churn --llm ADDRESS", "列 'a b c d e'"]
    ) == ["报告：a fit on all rows takes long"]


@cache
def calls() -> list[ast.Call]:
    """All calls in the source."""
    files = Path(phrases.__file__).parents[1].rglob("*.py")
    return [n for f in files for n in ast.walk(ast.parse(f.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)]


COMMANDS: list[tuple[list[str], int, int]] = [
    (["check", "{at}"], 0, 8),
    (["list", "{at}"], 0, 1),
    (["predict", "{at}", "--input", "{at}/data.csv", "--output", "{at}/out.csv"], 0, 1),
    (["predict", "{at}", "--input", "{at}/nothing.csv", "--output", "{at}/out.csv"], 2, 1),
    (["clean", "{at}", "--dry-run"], 0, 1),
    (["keys", "{at}", "add", "--scope", "read"], 0, 2),
    (["keys", "{at}", "list"], 0, 1),
    (["keys", "{at}", "remove", "nobody"], 2, 1),
    (["build", "{at}", "--minutes", "1"], 2, 1),
    (["build", "{at}/nothing"], 2, 1),
    (["open", "{at}/nothing"], 2, 1),
    (["sign"], 2, 1),
    (["learn", "{at}"], 2, 1),
]


@pytest.mark.parametrize(("arguments", "code", "lines"), COMMANDS)
def test_a_command_speaks_chinese(built: Path, tmp_path: Path, capsys, arguments, code: int, lines: int) -> None:
    at = shutil.copytree(built, tmp_path / "shop", symlinks=True)
    assert main(["--lang", "zh", *(one.replace("{at}", str(at)) for one in arguments)]) == code
    printed = capsys.readouterr()
    said = [line.replace(str(at), "") for line in (printed.out + printed.err).splitlines()]
    chinese = [line for line in said if re.search("[\u4e00-\u9fff]", line)]
    assert len(chinese) >= lines, said
    assert english(said) == []


def test_a_wrong_command_is_answered_in_chinese(capsys) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["biuld", "--lang", "zh"])
    said = capsys.readouterr().err
    assert stopped.value.code == 2 and "没有命令 'biuld'" in said and english(said.splitlines()) == []


def pages() -> Iterator[list[str]]:
    """Arguments of all pages of help."""
    yield []
    for action in parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from ([name] for name in action.choices)
    yield from (["keys", "DIR", name] for name in ("add", "list", "remove"))


@pytest.mark.parametrize("page", list(pages()), ids=" ".join)
def test_help_is_chinese(capsys, monkeypatch, page: list[str]) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    with pytest.raises(SystemExit) as stopped:
        main([*page, "--help"])
    lines = capsys.readouterr().out.splitlines()
    assert stopped.value.code == 0 and lines[0].startswith("用法：") and "选项：" in lines
    body = [
        line for line in lines[1:] if "[" not in line and "breakeven" not in line
    ]  # usage and examples stay as typed
    assert [line for line in body if re.search(r"[a-z]{3,} [a-z]{3,}", line)] == []
    assert [line for line in body if columns(line) > 80] == []


def test_a_report_is_chinese(built: Path) -> None:
    said = Reader((built / "build" / "latest" / "report.html").read_text(encoding="utf-8")).said["zh"]
    assert len(said) > 100
    assert english(said) == []


def test_the_page_of_the_service_is_chinese(built: Path, tmp_path: Path) -> None:
    at = shutil.copytree(built, tmp_path / "shop", symlinks=True)
    with TestClient(
        run.application([at], registry.get, hosts_of("127.0.0.1", [], []), []), "http://127.0.0.1"
    ) as client:
        pages = {path: client.get(path).text for path in ("/docs", "/")}
        refused = client.get("/nothing", headers={"accept-language": "zh-CN"}).json()
        usual = client.get("/nothing").json()
    for path, text in pages.items():
        said = Reader(text).said["zh"]
        assert len(said) > 30, path
        assert english(said) == [], path
    assert "没有这个路径" in refused["error"] and "there is no such path" in usual["error"]


def test_paths_and_fields_of_every_service_are_described_in_chinese() -> None:
    found = set[str]()
    for node in calls():
        if getattr(node.func, "id", "") == "Endpoint" and len(node.args) > 3:
            found |= {one.value for one in node.args[3:4] if isinstance(one, ast.Constant)}
        elif getattr(node.func, "id", "") == "Meta":
            about = (one.value for one in node.keywords if one.arg == "description")
            found |= {one.value for one in about if isinstance(one, ast.Constant)}
    assert len(found) > 60
    assert [text for text in sorted(found) if not phrases.is_known(text)] == []


def test_kinds_of_findings_are_all_said() -> None:
    first = (node.args[0] for node in calls() if getattr(node.func, "id", "") == "Finding" and node.args)
    found = {one.value for one in first if isinstance(one, ast.Constant)}
    assert len(found) > 40
    assert [kind for kind in sorted(found) if phrases.kind(kind).zh == kind] == []


@pytest.mark.parametrize(
    ("given", "environment", "expected"),
    [
        (None, {"LANG": "zh_TW.UTF-8"}, "zh"),
        (None, {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        (None, {"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, "zh"),
        ("zh", {"LANG": "en_GB.UTF-8"}, "zh"),
        (None, {}, "en"),
    ],
)
def test_the_language_is_asked_for_or_that_of_the_terminal(given, environment: dict, expected: str) -> None:
    assert speech.language(given, environment) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("en;q=0.5,zh;q=0", "en"), ("zh;q=x", "en"), ("*", "en"), ("", "en")],
)
def test_the_language_of_a_request_is_the_one_that_weighs_most(header: str, expected: str) -> None:
    assert speech.accepted(header) == expected


def test_an_error_is_one_line_in_either_language() -> None:
    error = InputError("a.csv, line 3", "5 cells where the header has 4", "fix\nthe line")
    assert speech.error(error) == "a.csv, line 3: 5 cells where the header has 4; fix the line"
    assert speech.error(error, "zh") == "a.csv 第 3 行：有 5 个单元格，而表头有 4 个；fix the line"

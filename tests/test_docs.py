"""Documents tell the truth: the README's commands run, its example runs, both languages have one structure."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import yaml

from breakeven.cli import main
from breakeven.models import registry
from breakeven.scenarios.registry import parse_brief
from breakeven.scenarios.support import settings as support
from breakeven.scenarios.support.channels.settings import KINDS as CHANNELS
from breakeven.scenarios.support.sources.answer_file import read_answers
from tests.conftest import free_port

ROOT = Path(__file__).resolve().parents[1]
README, CHINESE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))


def blocks(text: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def shape(text: str) -> list[str]:
    """Headings by level, code blocks by kind, tables and lists by length."""
    text = re.sub(r"^```(\w+).*?^```", r"BLOCK \1", text, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"^(#+ |BLOCK \w+|\| |\d\. |!\[|<!--.*-->)", text, re.MULTILINE)


PAGES = sorted(path.name for path in (ROOT / "docs" / "zh").glob("*.md"))
ENGLISH = [(ROOT / "docs" / name).read_text(encoding="utf-8") for name in PAGES]
#: Documents whose Python is run; the commands are those of the second.
COMMANDS = [README, (ROOT / "docs" / "predict.md").read_text(encoding="utf-8")]


def test_both_readmes_have_one_structure() -> None:
    pairs = [(README, CHINESE)]
    pairs += zip(ENGLISH, [(ROOT / "docs" / "zh" / name).read_text(encoding="utf-8") for name in PAGES], strict=True)
    for english, chinese in pairs:
        assert shape(english) == shape(chinese), english[:60]
        for kind in ("console", "yaml", "python", "text"):
            assert blocks(english, kind) == blocks(chinese, kind)


def test_the_briefs_in_the_docs_are_accepted(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    texts = [block for text in ENGLISH for block in blocks(text, "yaml")]
    assert len(texts) == 8
    for text in texts:
        raw = yaml.safe_load(text)
        if "topics" in raw:
            (tmp_path / "answers.yaml").write_text(text, encoding="utf-8")
            assert read_answers(tmp_path / "answers.yaml", ()).forms
            continue
        if raw.get("scenario") == "support":
            found = support.read(raw["support"], "docs")
            assert len(found.channels) == (len(CHANNELS) if "channels" in raw["support"] else 0) and found.answers
            if "hosted" in raw:
                asked = parse_brief(raw, tmp_path).hosted
                assert asked is not None and asked.address and asked.key_env
            continue
        brief = parse_brief(raw, tmp_path)
        assert brief.hosted is not None or brief.scenario == "recommend"


def test_the_first_screen_says_what_it_decides_and_shows_it() -> None:
    screen = README[: README.index("## Start with your own file")]
    assert "traditional model, or a large one" in screen
    assert (ROOT / "docs" / "report.png").stat().st_size > 20_000
    assert len(README.splitlines()) <= 120


def test_numbers_in_the_docs_are_those_of_the_benchmarks() -> None:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import readme
        import readme_tables
    finally:
        sys.path.pop(0)
    for language, text, folder in (("en", README, "docs"), ("zh", CHINESE, "docs/zh")):
        assert readme.render(language) in (ROOT / folder / "benchmarks.md").read_text(encoding="utf-8")
        assert readme_tables.fill(text, language) == text
        assert readme_tables.cases(language) in text and readme_tables.five(language) in text


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=str
)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8")):
        assert "://" in link or (path.parent / link).exists(), link


def test_the_page_of_commands_is_what_help_prints() -> None:
    from tests.documented_commands import page

    assert page() == (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8"), (
        "run: python -m tests.documented_commands > docs/command-line.md"
    )


@pytest.mark.slow
def test_the_documentation_builds_as_a_site_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(tmp_path)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "breakeven.build" in (tmp_path / "python" / "index.html").read_text(encoding="utf-8")


def test_files_of_a_deployment_can_be_read() -> None:
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]
    assert services["shop"]["build"]["dockerfile"] == "deploy/Dockerfile"
    copied = re.findall(r"^COPY (.+) \S+$", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE)
    assert all((ROOT / name).exists() for line in copied for name in line.split())


@pytest.mark.slow
def test_the_readmes_commands_run(tmp_path: Path, monkeypatch, capsys) -> None:
    """The lines of the first screen but the server's, with fewer minutes; the answers join their rows."""
    monkeypatch.chdir(tmp_path)
    lines = ["customer_no,months,plan,churned\n"]
    for i in range(300):
        months = 1 + 7 * i % 60
        lines.append(f"C-{i:04d},{months},{('free', 'pro')[i % 2]},{'yes' if months < 20 + i % 9 else 'no'}\n")
    (tmp_path / "customers.csv").write_text("".join(lines))
    (tmp_path / "new.csv").write_text("".join(lines[:20]))
    first = README[README.index("## Start with your own file") :]
    commands = [line[2:] for line in blocks(first, "console")[0].splitlines() if line.startswith("$ breakeven ")]
    assert [line.split()[1] for line in commands] == ["build", "predict", "serve"]
    for line in commands[:2]:
        assert main(line.replace("--minutes 5", "--minutes 0.1").split()[1:]) == 0, (line, capsys.readouterr().err)
    answers = (tmp_path / "answers.csv").read_text().splitlines()
    assert len(answers) == 20 and answers[0].split(",")[0] == lines[0].split(",")[0]


RESULTS = sorted((ROOT / "benchmarks" / "results").glob("*.json"))


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_every_result_names_the_command_that_makes_it(path: Path) -> None:
    """The command is a script of benchmarks/, and one that `make bench` runs."""
    script = re.match(r"python benchmarks/([\w]+\.py)", json.loads(path.read_text(encoding="utf-8"))["command"])
    assert script, f"{path}: no command of the form python benchmarks/NAME.py"
    assert (ROOT / "benchmarks" / script[1]).is_file()
    assert f" {script[1]}" in (ROOT / "benchmarks" / "run.sh").read_text(encoding="utf-8")


def test_files_named_in_the_readme_exist() -> None:
    for name in re.findall(r"`(src/[\w/.]+|tests|benchmarks|LAB\.md|constraints\.txt)", README):
        assert (ROOT / name).exists(), name


@pytest.mark.slow
def test_the_commands_in_the_docs_run(tmp_path: Path, monkeypatch, capsys) -> None:
    """Every `$ breakeven` line of the page on tables in order, in an empty folder; the server is asked the curl line's question.

    The brief that `new` writes is given few minutes.
    """
    monkeypatch.chdir(tmp_path)
    lines = [
        line[2:]
        for block in blocks(COMMANDS[1], "console")
        for line in block.splitlines()
        if line.startswith("$ breakeven ")
    ]
    assert len(lines) >= 5
    for line in lines:
        arguments = line.split()[1:]
        if arguments[0] == "serve":
            port = free_port()
            process = subprocess.Popen(
                [sys.executable, "-m", "breakeven", *arguments, "--port", str(port)], stdout=subprocess.DEVNULL
            )
            try:
                sample = json.loads((tmp_path / "tumour/build/latest/product/product.json").read_text())["sample"]
                body = json.dumps({"rows": [sample], "explain": True}).encode()
                request = urllib.request.Request(
                    f"http://127.0.0.1:{port}/v1/predict", body, {"content-type": "application/json"}
                )
                for _ in range(100):
                    try:
                        with urllib.request.urlopen(request, timeout=5) as reply:
                            assert json.load(reply)["predictions"][0]["reasons"]
                        break
                    except OSError:
                        time.sleep(0.1)
                else:
                    raise AssertionError("the server did not answer")
            finally:
                process.terminate()
                process.wait(15)
        else:
            assert main(arguments) == 0, (line, capsys.readouterr().err)
        if arguments[0] == "new":
            with (tmp_path / "tumour" / "product.yaml").open("a", encoding="utf-8") as brief:
                brief.write("\nlimits: {minutes: 0.1}\n")
    assert len((tmp_path / "answers.csv").read_text().splitlines()) == 570


@pytest.mark.slow
def test_the_python_in_the_docs_runs() -> None:
    for code in (code for text in COMMANDS for code in blocks(text, "python")):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            quick = code.replace("minutes=1,", "minutes=0.1,")
            exec(compile(quick, "document", "exec"), {"__name__": "document"})
        assert len(out.getvalue()) > 50


@pytest.mark.slow
def test_contributings_candidate_keeps_the_laws(tmp_path: Path) -> None:
    """The example exactly as written, put into a copy of the project, under the contract tests."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (code,) = blocks(text, "python")
    assert len(code.splitlines()) <= 40
    line = re.search(r'`(Entry\("bayes", .*\),)`', text)
    assert line
    copy = tmp_path / "project"
    shutil.copytree(ROOT / "src", copy / "src")
    shutil.copytree(ROOT / "tests", copy / "tests")
    shutil.copy(ROOT / "pyproject.toml", copy)
    (copy / "src/breakeven/models/tabular/bayes.py").write_text(code)
    where = copy / "src/breakeven/models/registry.py"
    where.write_text(where.read_text().replace('    Entry("mlp", ', f'    {line[1]}\n    Entry("mlp", '))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "tests/contracts/test_candidates.py",
        "-k",
        "bayes or held",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        command, cwd=copy, env={**os.environ, "PYTHONPATH": str(copy / "src")}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) >= 15  # type: ignore[index]


def test_docstring_examples_run() -> None:
    import doctest
    import importlib
    import pkgutil

    import breakeven

    ran = 0
    for module in pkgutil.walk_packages(breakeven.__path__, "breakeven."):
        if module.name.endswith("__main__"):
            continue
        result = doctest.testmod(importlib.import_module(module.name))
        assert result.failed == 0, module.name
        ran += result.attempted
    assert ran >= 20


def test_every_formula_of_the_foundations_runs_in_both_languages() -> None:
    import doctest

    english, chinese = (ROOT / "docs" / f"foundations{end}.md" for end in ("", ".zh"))
    texts = [path.read_text(encoding="utf-8") for path in (english, chinese)]
    assert shape(texts[0]) == shape(texts[1])
    assert blocks(texts[0], "python") == blocks(texts[1], "python")
    result = doctest.testfile(str(english), module_relative=False, encoding="utf-8")
    assert result.failed == 0
    assert result.attempted >= 60
    for value in ("0.016", "0.8808", "[0.995, 1.99, 2.985]"):  # put right where introductions have them wrong
        assert value in texts[0]


def test_every_public_function_has_a_docstring() -> None:
    import ast

    for path in (ROOT / "src").rglob("*.py"):
        top = ast.parse(path.read_text(encoding="utf-8")).body
        for node in [*top, *(inner for outer in top if isinstance(outer, ast.ClassDef) for inner in outer.body)]:
            named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            if named and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path}:{node.lineno} {node.name}"


def test_sizes_stay_small() -> None:
    """Files up to 400 lines, functions up to 60, arguments up to 8 (constructors of estimators hold their settings)."""
    import ast

    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 400, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                assert node.end_lineno - node.lineno < 60, f"{path}:{node.lineno}"
                names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
                count = len([name for name in names if name not in ("self", "cls")])
                estimator = node.name == "__init__" and {"layout", "classes", "seed"} <= set(names)
                assert count <= 8 or estimator, f"{path}:{node.lineno} {node.name} has {count} arguments"


def test_the_roster_is_what_the_readme_of_changes_says() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text()
    assert "Seven candidates" in changes and "Ten candidates" in changes
    assert len(registry.roster()) == 7 + 10


def test_the_page_of_files_is_written_from_the_cases() -> None:
    from tests.field.documented import page

    assert (ROOT / "docs" / "files.md").read_text(encoding="utf-8") == page()

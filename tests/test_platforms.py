"""Nothing on the way of check, build, predict and serve needs POSIX, links, or a worker that was forked."""

from __future__ import annotations

import ast
import os
import urllib.request
from pathlib import Path

import numpy as np
import pytest

import breakeven
from breakeven.cli import main
from breakeven.core import store
from breakeven.core.errors import InputError, ProductError
from breakeven.online.event_log import FILE
from breakeven.online.sqlite_log import SqliteLog
from breakeven.runtime import predictor

SOURCE = Path(breakeven.__file__).parent
#: Modules that Windows has not, and names of `os` and `signal` that are missing there or on macOS.
MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
NAMES = {"chown", "fork", "geteuid", "getloadavg", "getpgid", "getuid", "killpg", "mkfifo", "posix_fadvise", "sched_getaffinity", "setsid", "sysconf",
         "uname", "O_DIRECTORY", "SIGALRM", "SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2", "alarm"}  # fmt: skip


def posix_only(text: str) -> list[str]:
    """What a module's text imports or names that not every platform has; what `hasattr` asks for first is fine, and so is an
    import whose ImportError is caught.
    """
    tree, found = ast.parse(text), list[str]()
    tried = {
        one
        for node in ast.walk(tree)
        if isinstance(node, ast.Try) and any(_catches_import_error(handler) for handler in node.handlers)
        for one in node.body
    }
    asked = {
        node.args[1].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hasattr"
        if isinstance(node.args[1], ast.Constant)
    }
    for node in ast.walk(tree):
        if node in tried:
            continue
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            found.append(str(node.module))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("os", "signal"):
            found += [node.attr] if node.attr in NAMES - asked else []
    return found


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    return isinstance(handler.type, ast.Name) and handler.type.id == "ImportError"


@pytest.mark.parametrize(
    "text", ["import fcntl", "def f():\n    from resource import getrusage", "import os\nos.uname()", "signal.SIGKILL"]
)
def test_what_is_posix_only_is_found(text: str) -> None:
    assert posix_only(text)
    assert not posix_only(
        "import os\nn = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()"
    )
    assert not posix_only("try:\n    import resource\nexcept ImportError:\n    resource = None")
    assert posix_only("try:\n    import resource\nexcept OSError:\n    pass")


def test_the_package_is_not_posix_only() -> None:
    assert {
        str(path): bad for path in SOURCE.rglob("*.py") if (bad := posix_only(path.read_text(encoding="utf-8")))
    } == {}


@pytest.fixture
def no_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Path, target: object, target_is_directory: bool = False) -> None:
        raise OSError(1314, "A required privilege is not held by the client")

    monkeypatch.setattr(Path, "symlink_to", refused)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.delattr(os, "uname", raising=False)
    monkeypatch.delattr(os, "fork", raising=False)


@pytest.mark.usefixtures("no_links")
def test_latest_is_a_file_where_links_are_not_allowed(tmp_path: Path) -> None:
    builds = tmp_path / "build"
    for name in ("one", "two"):
        (builds / name).mkdir(parents=True)
        store.point_latest(builds / name)
        assert (builds / "latest").is_file() and store.latest(tmp_path) == (builds / name).resolve()
    (builds / "latest").write_text("three", encoding="utf-8")
    with pytest.raises(ProductError, match="nothing is built here yet"):
        store.latest(tmp_path)
    (builds / "latest").write_text("../..", encoding="utf-8")
    assert store.latest_in(builds) is None


@pytest.mark.usefixtures("no_links")
def test_a_product_is_checked_built_answered_and_served_without_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictor, "WINDOW", 0.02)
    ages = np.random.default_rng(0).normal(40, 10, 200).round(2)
    rows = [f"{age},{i % 5},{'yes' if age > 41 else 'no'}" for i, age in enumerate(ages)]
    (tmp_path / "data.csv").write_text("\n".join(["age,visits,left", *rows, ""]), encoding="utf-8")
    brief = "name: churn\nscenario: predict\ndata: data.csv\ntarget: left\neffort: 1\npredict: {candidates: [linear]}\n"
    (tmp_path / "product.yaml").write_text(brief, encoding="utf-8")
    assert main(["check", str(tmp_path)]) == 0
    assert main(["build", str(tmp_path)]) == 0
    assert (tmp_path / "build" / "latest").is_file()
    out = tmp_path / "out.csv"
    assert main(["predict", str(tmp_path), "--input", str(tmp_path / "data.csv"), "--output", str(out)]) == 0
    assert len(out.read_text(encoding="utf-8").splitlines()) == 201
    with breakeven.load(tmp_path).serve(port=0) as server:
        for page in ("health/ready", "report"):
            with urllib.request.urlopen(server.url + page, timeout=10) as reply:
                assert reply.status == 200 and reply.read() != b"no report"


def test_one_process_writes_a_log_and_the_next_one_when_it_is_closed(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path)
    with pytest.raises(InputError, match=f"{FILE}: another process serves this product"):
        SqliteLog(tmp_path)
    SqliteLog(tmp_path, reading=True).close()
    log.close()
    SqliteLog(tmp_path).close()

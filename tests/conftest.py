"""Shared fixtures: small real tables, and one product built once for all tests that only read it."""

from __future__ import annotations

import os

# Fits run in the test's own process: a pool of workers would import torch anew for each small build. Tests about
# processes unset it (fixture `processes`). Before anything of breakeven is imported.
os.environ.setdefault("BREAKEVEN_PROCESSES", "1")

import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest

from breakeven import pipeline
from breakeven.core.types import Layout, Need
from breakeven.scenarios.registry import load_brief
from tests.shared_builds import once

#: Files that take longest, in that order: the first two begin on two workers, and what is short fills up both ends. `--durations=0` prints
#: the seconds of every file.
LONGEST = (
    "e2e/test_flow",
    "contracts/test_candidates",
    "e2e/test_media",
    "report/test_accessibility",
    "hostile/test_keys",
    "support/test_reranker_build",
    "test_docs",
    "test_estimators",
    "support/test_hosted_build",
    "recommend/test_flow",
    "lessons/test_first",
    "field/test_column_formats",
    "user/test_keras",
    "mixed/test_pretrained",
    "user/test_net",
    "gate/test_ensembling",
    "oracles/test_selective",
    "test_typed",
    "contracts/test_options",
    "e2e/test_light",
    "e2e/test_walk",
)
QUICK = ["baseline", "linear", "boosting", "mlp"]

#: Examples of a property: while one works, in every run of all tests (always the same ones), and for an evening.
for profile, examples in (("dev", 50), ("ci", 100), ("thorough", 5_000)):
    hypothesis.settings.register_profile(profile, max_examples=examples, deadline=None, derandomize=profile == "ci")
hypothesis.settings.load_profile("dev")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: a file stays on one worker of pytest-xdist, and none should be left alone with one."""
    place = {name: i for i, name in enumerate(LONGEST)}
    items.sort(
        key=lambda item: min((i for name, i in place.items() if f"{name}.py" in item.nodeid), default=len(place))
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """With `--durations`: seconds of every file, set-ups included, of which LONGEST is made."""
    if config.option.durations is None:
        return
    seconds = Counter[str]()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.split("::")[0]] += report.duration
    terminalreporter.section("seconds by file")
    for path, taken in seconds.most_common(config.option.durations or None):
        terminalreporter.write_line(f"{taken:8.1f} {path}")


def pytest_sessionfinish() -> None:
    """The browser that all tabs of a worker share ends with it."""
    used = sys.modules.get("tests.report.browser")
    if used is not None:
        used.close()


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a user: fits in processes of their own, as many as there are cores."""
    monkeypatch.delenv("BREAKEVEN_PROCESSES")


def free_port() -> int:
    """A TCP port of the loopback interface that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def customers(rows: int = 300, seed: int = 0) -> str:
    """A small table with numbers, categories, missing values, a date and an id, as CSV text."""
    rng = np.random.default_rng(seed)
    lines = ["customer_no,age,plan,city,signed,spend,left"]
    for i in range(rows):
        age, plan = int(rng.integers(18, 80)), rng.choice(["free", "basic", "pro"])
        city = rng.choice(["上海", "北京", "Paris"])
        spend = round(float(rng.gamma(2, 30)), 2)
        chance = 1 / (1 + np.exp(-(0.06 * (age - 45) + {"free": 1.0, "basic": 0.0, "pro": -1.5}[plan] - 0.01 * spend)))
        left = "yes" if rng.random() < chance else "no"
        day = f"2025-{rng.integers(1, 13):02d}-{rng.integers(1, 28):02d}"
        lines.append(f"{i + 1},{age if rng.random() > 0.1 else ''},{plan},{city},{day},{spend},{left}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes a product folder: text of data.csv, and keys of product.yaml."""

    def write(data: str | bytes | None = None, name: str = "data.csv", **keys: object) -> Path:
        import yaml

        content = customers() if data is None else data
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        brief = {
            "name": "churn",
            "scenario": "predict",
            "data": name,
            "target": "left",
            "split": {"by": "random"},
            "final": "twin",
            **keys,
        }
        (tmp_path / "product.yaml").write_text(yaml.safe_dump(brief, allow_unicode=True), encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A product folder with one finished build (four candidates, little tuning)."""

    def make(place: Path) -> None:
        (place / "data.csv").write_text(customers(), encoding="utf-8")
        (place / "product.yaml").write_text(
            "name: churn\nscenario: predict\ndata: data.csv\ntarget: left\neffort: 1\nsplit: {by: random}\n",
            encoding="utf-8",
        )
        pipeline.build(load_brief(place), names=QUICK)

    return once(tmp_path_factory, "built", make)


@pytest.fixture(scope="session")
def brief(built: Path) -> Need:
    """The need of the built product."""
    return load_brief(built)


@pytest.fixture
def mixed() -> tuple[np.ndarray, np.ndarray, Layout]:
    """A base matrix with two numbers (missing values among them) and a category, and three classes."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(240, 3))
    X[:, 2] = rng.integers(0, 4, 240)
    y = ((X[:, 0] + 0.5 * X[:, 2] + 0.3 * rng.normal(size=240)) > 0.5).astype(int) + (X[:, 1] > 1)
    X[rng.random(240) < 0.1, 0] = np.nan
    X[rng.random(240) < 0.1, 2] = np.nan
    return X, y, Layout(("a", "b", "c"), (0, 0, 4))


WORDS = {
    0: ["refund", "money", "back", "return", "退款", "退货"],
    1: ["deliver", "late", "parcel", "courier", "快递", "物流"],
    2: ["password", "login", "account", "locked", "密码", "登录"],
}


def sentences(rows: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Texts of three kinds, English and Chinese, with noise between the words that tell."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, rows)
    filler = ["please", "my", "the", "order", "today", "help", "请", "我的"]
    texts = [" ".join([*rng.choice(filler, rng.integers(0, 7)), *rng.choice(WORDS[int(k)], 2), *rng.choice(filler, rng.integers(1, 9))])
             for k in y]  # fmt: skip
    return texts, y


def pictures(rows: int, seed: int = 0, side: int = 12, channels: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, side, side, c) uint8 of three kinds: bars across, bars down, a disc."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, rows)
    grid = np.arange(side)
    kinds = [(grid[:, None] // 2 % 2) + 0 * grid, (grid // 2 % 2) + 0 * grid[:, None],
             ((grid - side / 2) ** 2 + (grid[:, None] - side / 2) ** 2 < (side / 3) ** 2)]  # fmt: skip
    clean = np.stack([np.asarray(kinds[int(k)], dtype=float) for k in y])[..., None] * 140 + 50
    noisy = clean + rng.normal(0, 20, (rows, side, side, channels)) + rng.normal(0, 15, (rows, 1, 1, channels))
    return np.clip(noisy, 0, 255).astype(np.uint8), y


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[np.ndarray, np.ndarray, Layout]]:
    """Small problems of three classes by what they hold: a text beside a number, an image beside a category."""
    import orjson

    from breakeven.features.media import column_folder, save

    out = {}
    rng = np.random.default_rng(5)
    for kind in ("text", "image"):
        place = tmp_path_factory.mktemp(kind)
        if kind == "text":
            texts, y = sentences(150)
            (place / column_folder("words")).mkdir()
            (place / column_folder("words") / "texts.json").write_bytes(orjson.dumps(texts))
            layout = Layout(("words", "age"), (0, 0), texts=("words",), media=place)
            beside = y + rng.normal(size=len(y))
        else:
            images, y = pictures(150)
            save(place / column_folder("photo") / "pixels.npy", images)
            layout = Layout(("photo", "shop"), (0, 3), images=("photo",), media=place)
            beside = rng.integers(0, 3, len(y)).astype(float)
        X = np.column_stack([np.arange(len(y), dtype=float), beside])
        X[7, 0] = X[8, 1] = np.nan
        out[kind] = (X, y, layout)
    return out


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL of our own, on a socket of its own, ended by its process id: tests/setup.sh installs the programs where they are missing."""
    programs = _programs()
    assert programs is not None, "PostgreSQL is not installed: run tests/setup.sh (make test does)"
    place = Path(tempfile.mkdtemp(prefix="breakeven-pg-"))
    user, port = None, free_port()
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        user = "postgres"
        shutil.chown(place, user)
    run = {"user": user} if user else {}
    subprocess.run([programs / "initdb", "-D", place / "data", "-U", "shop", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
                   check=True, capture_output=True, cwd=place, **run)  # fmt: skip
    server = subprocess.Popen([programs / "postgres", "-D", place / "data", "-k", place, "-c", "listen_addresses=127.0.0.1",
                               "-c", f"port={port}", "-c", "fsync=off"], stderr=subprocess.PIPE, cwd=place, text=True, **run)  # fmt: skip
    assert server.stderr is not None
    for line in server.stderr:
        if "ready to accept connections" in line:
            break
    yield f"postgresql://shop:secret@127.0.0.1:{port}/postgres"
    server.send_signal(signal.SIGINT)  # it does not wait for connections that a failed test left open
    server.wait(30)
    server.stderr.close()
    shutil.rmtree(place, ignore_errors=True)

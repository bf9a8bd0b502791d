"""The two first programs: short, right, and their page well formed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lessons import first

from breakeven.core.errors import InputError
from tests.lessons.test_pictures import folders, idx

ROOT = Path(__file__).resolve().parents[2]
FASHION = Path("/usr/share/datasets/fashion-mnist")
CIFAR = ROOT.parent / "shared" / "data" / "img-cifar10"
PROGRAMS = ("first_network", "first_convnet")


def bars(n: int, seed: int, channels: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (n, 16, 16, channels) of a bright row or a bright column in noise."""
    rng = np.random.default_rng(seed)
    X, y = rng.integers(0, 120, (n, 16, 16, channels)).astype(np.uint8), np.arange(n) % 2
    for i, at in enumerate(rng.integers(0, 16, n)):
        (X[i] if y[i] else X[i].transpose(1, 0, 2))[at] = 255
    return X, y


def sets(channels: int = 1) -> tuple[first.Pictures, first.Pictures]:
    train, test = (first.Pictures(*bars(n, seed, channels), ("column", "row")) for n, seed in ((600, 0), (200, 1)))
    return train, test


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_first_program_is_at_most_25_lines(name: str) -> None:
    assert len((ROOT / "examples" / f"{name}.py").read_text().splitlines()) <= 25


def test_both_nets_learn_say_how_far_they_are_and_write_their_page(tmp_path: Path) -> None:
    train, test = sets()
    for make in (first.perceptron, first.convnet):
        said: list[str] = []
        net = make(train).fit(epochs=8, batch=16, say=said.append)
        score = net.report(test, tmp_path / "page.html", said.append)
        assert score.value > 0.9
        assert re.match(r"epoch 8 of 8: loss [\d.]+, held out [\d.]+, about 0 s left", said[7])
        assert f"{score.value:.1%}" in said[-1]
        assert net.confusion(test).sum() == 200 and net.confusion(test).trace() == round(score.value * 200)
        page = (tmp_path / "page.html").read_text()
        assert page.count("<svg") == 1 and page.count("<polyline") == 2 and page.count("<tr>") == 3
        assert "http" not in page


def test_a_rate_is_found_and_learns() -> None:
    train, test = sets()
    said: list[str] = []
    net = first.perceptron(train).fit(epochs=8, batch=16, rate="find", say=said.append)
    assert re.fullmatch(r"highest rate [\d.e-]+, found in 120 steps", said[0]) and net.accuracy(test).value > 0.9


def test_flat_pictures_are_scaled_once_or_a_batch_at_a_time_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    train, test = sets()
    once = first.perceptron(train).fit(epochs=1, batch=16, say=lambda _: None)
    monkeypatch.setattr(first, "READY", 0)
    assert np.array_equal(
        once.scores(test.X), first.perceptron(train).fit(epochs=1, batch=16, say=lambda _: None).scores(test.X)
    )


def test_two_runs_are_equal() -> None:
    train, test = sets()
    one, two = (first.convnet(train).fit(epochs=1, batch=32, say=lambda _: None).scores(test.X) for _ in range(2))
    assert np.array_equal(one, two)


def test_what_cannot_be_is_said() -> None:
    train, test = sets()
    with pytest.raises(InputError, match="call fit first"):
        first.perceptron(train).scores(test.X)
    net = first.perceptron(train).fit(epochs=1, batch=10_000, say=lambda _: None)  # a batch larger than the data
    with pytest.raises(InputError, match="bring them to one size"):
        net.scores(test.X[:, :8])
    with pytest.raises(ValueError, match="rate 0"):
        net.fit(rate=0)
    with pytest.raises(ValueError, match="change 'twirl': not one of shift, flip"):
        net.fit(epochs=1, changes=["twirl"], say=lambda _: None)
    with pytest.raises(InputError, match="8, fewer than 20"):
        first.perceptron(first.Pictures(train.X[:8], train.y[:8], train.names))
    with pytest.raises(InputError, match="one class alone"):
        first.perceptron(first.Pictures(train.X, train.y * 0, ("row",)))
    with pytest.raises(ValueError, match="cannot be halved"):
        first.convnet(first.Pictures(train.X[:, :2, :2], train.y, train.names)).fit(say=lambda _: None)


def run(name: str, folder: Path, where: Path) -> str:
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / f"{name}.py"), str(folder)],
        cwd=where,
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (where / f"{name}.html").is_file()
    return done.stdout


def test_what_was_left_out_is_said() -> None:
    train, _ = sets()
    said: list[str] = []
    first.perceptron(replace(train, notes=("train: 3 of 600 pictures cannot be read",))).fit(epochs=1, say=said.append)
    assert said[0] == "train: 3 of 600 pictures cannot be read"


@pytest.mark.slow
def test_the_programs_run_on_small_sets(tmp_path: Path) -> None:
    (tmp_path / "idx").mkdir()
    for start, n in (("train", 400), ("t10k", 100)):
        X, y = bars(n, n)
        (tmp_path / "idx" / f"{start}-images-idx3-ubyte").write_bytes(idx(X[..., 0]))
        (tmp_path / "idx" / f"{start}-labels-idx1-ubyte").write_bytes(idx(y))
    folders(tmp_path / "folders", count=20)
    assert "test accuracy" in run("first_network", tmp_path / "idx", tmp_path)
    done = subprocess.run([sys.executable, str(ROOT / "examples" / "first_network.py"), str(tmp_path / "absent")], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT / "src")})  # fmt: skip
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1 and "not a folder" in done.stderr
    assert "test accuracy" in run("first_convnet", tmp_path / "folders", tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not FASHION.is_dir(), reason="Debian's dataset-fashion-mnist is not installed")
def test_the_first_network_on_fashion_mnist(tmp_path: Path) -> None:
    told = run("first_network", FASHION, tmp_path)
    assert float(re.search(r"test accuracy ([\d.]+)%", told)[1]) > 87.5  # type: ignore[index]


@pytest.mark.slow
@pytest.mark.skipif(not CIFAR.is_dir(), reason="../shared/data/img-cifar10 is absent")
def test_the_first_convnet_on_cifar(tmp_path: Path) -> None:
    told = run("first_convnet", CIFAR, tmp_path)
    assert float(re.search(r"test accuracy ([\d.]+)%", told)[1]) > 55  # type: ignore[index]

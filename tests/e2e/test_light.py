"""The light install in a fresh virtual environment: it predicts and serves, and brings nothing that trains."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import customers, free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_predict_and_serve_without_training_libraries(built: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", ROOT],
        check=True,
        capture_output=True,
        timeout=300,
    )
    trainers = ("torch", "sklearn", "lightgbm", "onnx", "pandas", "pyarrow", "optuna", "scipy")
    probe = f"import importlib.util as u; print([m for m in {trainers} if u.find_spec(m)])"
    assert subprocess.run([python, "-c", probe], check=True, capture_output=True, text=True).stdout.strip() == "[]"
    (tmp_path / "in.csv").write_text(customers(20), encoding="utf-8")
    run = [tmp_path / "venv" / "bin" / "breakeven"]
    out = [*run, "predict", built, "--input", tmp_path / "in.csv", "--output", tmp_path / "out.csv"]
    subprocess.run(out, check=True, capture_output=True, cwd=tmp_path)
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 21
    refused = subprocess.run([*run, "check", built], capture_output=True, text=True, cwd=tmp_path)
    assert refused.returncode == 2
    assert "breakeven[train]" in refused.stderr
    port = free_port()
    server = subprocess.Popen(
        [*run, "serve", built, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path
    )
    try:
        for _ in range(100):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5) as reply:
                    assert reply.status == 200
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise AssertionError("it did not start")
    finally:
        server.terminate()
        server.wait(15)

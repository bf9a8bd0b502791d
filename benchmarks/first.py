"""The two first programs beside those that Keras and PyTorch introduce themselves with, one process after another.

    python benchmarks/first.py ../shared/data --peers ../.venv-peers/bin/python [--times 5]

The peers' Python needs tensorflow, jax and pillow. Seconds are of an epoch after the first, for 60,000 rows (network) and
20,000 (convnet), whatever a program holds out. The floor is the network's matrix products and Adam's pass over its weights.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from machine import RESULTS, ROOT, save

FASHION = Path("/usr/share/datasets/fashion-mnist")
ROWS = {"network": 60_000, "convnet": 20_000}
#: What the threads' variable is set to, to see whether anything makes ours slower.
THREADS = ("1", "2", "4", "")


def ours(kind: str, folder: Path) -> dict[str, Any]:
    """Our program, told every epoch."""
    from lessons import first

    train, test = first.pictures(folder)
    if kind == "network":
        net = first.perceptron(train).fit(epochs=5, batch=32, say=lambda _: None)
    else:
        net = first.convnet(train).fit(epochs=2, batch=64, say=lambda _: None)
    assert net.history is not None
    rows = len(train) - min(int(len(train) * first.HELD), first.MOST_HELD)
    return {"seconds": [e.seconds for e in net.history.epochs], "rows": rows, "accuracy": net.accuracy(test).value}


def best(seconds: float) -> dict[str, Any]:
    """What the engine makes of the same seconds: a convolutional net held to them, its widths by held-out loss (LAB.md)."""
    from lessons import first

    from breakeven.models.training import step_budget

    train, test = first.pictures(FASHION)
    start = time.perf_counter()
    with step_budget.within(seconds):
        net = first.convnet(train, widths=(16, 32, 64)).fit(epochs=5, batch=64, say=lambda _: None)
    return {"seconds": time.perf_counter() - start, "accuracy": net.accuracy(test).value}


def floor() -> dict[str, Any]:
    """Matrix products and Adam's memory traffic of the network's epoch."""
    import torch

    torch.set_num_threads(1)
    X, weight, slope = torch.randn(60_000, 784), torch.randn(784, 128), torch.randn(32, 128)
    out, flat = torch.empty(784, 128), torch.nn.Parameter(torch.randn(784 * 128 + 128 + 1290))
    flat.grad = torch.randn_like(flat)
    optimiser, seconds = torch.optim.Adam([flat], fused=True), []
    for _ in range(3):
        start = time.perf_counter()
        for i in range(0, 60_000, 32):
            x = X[i : i + 32]
            torch.mm(x, weight)
            torch.mm(x.T, slope, out=out)
            optimiser.step()
        seconds.append(time.perf_counter() - start)
    return {"seconds": seconds, "rows": 60_000, "accuracy": 0.0}


def run(command: list[str], **env: str) -> dict[str, Any]:
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env}, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr[-1500:]}")
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def told(kind: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Median, least and most seconds an epoch of `ROWS`, and accuracies."""
    each = [float(np.median(r["seconds"][1:] or r["seconds"])) * ROWS[kind] / r["rows"] for r in runs]
    return {"seconds": round(float(np.median(each)), 3), "low": round(min(each), 3), "high": round(max(each), 3),
            "accuracy": round(float(np.median([r["accuracy"] for r in runs])), 4), "runs": len(runs)}  # fmt: skip


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("data", type=Path)
    ask.add_argument("--peers", type=Path)
    ask.add_argument("--times", type=int, default=5)
    ask.add_argument("--only", choices=list(ROWS), help="the other's results are kept")
    ask.add_argument("--run", nargs="+", help="one program, in this process")
    given = ask.parse_args()
    if given.run:
        kind = given.run[0]
        found = (
            floor()
            if kind == "floor"
            else best(float(given.run[1]))
            if kind == "best"
            else ours(kind, Path(given.run[1]))
        )
        print(json.dumps(found))
        return
    own, peer = [sys.executable, str(Path(__file__).resolve())], str(ROOT / "benchmarks" / "first_peers.py")
    folders = {"network": str(FASHION), "convnet": str((given.data / "img-cifar10").resolve())}
    kept = RESULTS / "first.json"
    out: dict[str, Any] = (
        {k: v for k, v in json.loads(kept.read_text()).items() if k in ROWS} if given.only and kept.is_file() else {}
    )
    for kind, folder in folders.items():
        if given.only not in (None, kind):
            continue
        programs: dict[str, tuple[list[str], dict[str, str]]] = {
            "breakeven": ([*own, str(given.data), "--run", kind, folder], {}),
            "torch with a DataLoader": ([sys.executable, peer, f"torch-{kind}", folder], {}),
            "keras on tensorflow": (
                [str(given.peers), peer, kind, folder],
                {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"},
            ),
            "keras on jax": ([str(given.peers), peer, kind, folder], {"KERAS_BACKEND": "jax"}),
        }
        if kind == "network":
            programs["floor"] = ([*own, str(given.data), "--run", "floor"], {})
        runs: dict[str, list[dict[str, Any]]] = {name: [] for name in programs}
        for _ in range(given.times if kind == "network" else max(1, given.times * 3 // 5)):
            for name, (command, env) in programs.items():
                if not (
                    runs[name] and kind == "convnet" and name == "keras on jax"
                ):  # ten times as slow as the others: once
                    runs[name].append(run(command, **env))
        out[kind] = {name: told(kind, some) for name, some in runs.items()}
        own_runs: dict[str, list[dict[str, Any]]] = {t: [] for t in THREADS}
        for _ in range(max(1, given.times * 3 // 5)):
            for t in THREADS:
                own_runs[t].append(run(programs["breakeven"][0], **({"OMP_NUM_THREADS": t} if t else {})))
        threads = {t or "unset": told(kind, some) for t, some in own_runs.items()}
        out[kind]["by threads"] = {t: found["seconds"] for t, found in threads.items()}
        print(kind, out[kind], flush=True)
    seconds = 5 * out["network"]["keras on tensorflow"]["seconds"]
    out["best in the same seconds"] = run([*own, str(given.data), "--run", "best", str(seconds)])
    save("first", out)


if __name__ == "__main__":
    main()

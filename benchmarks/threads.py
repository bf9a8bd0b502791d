"""Why every fit runs on one thread: the same net and the same trees on one thread and on two, alone and beside a busy core.

python benchmarks/threads.py
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from typing import Any

from machine import save

RUNS = 3
CODE = """
import sys, time, json
import numpy as np, torch
threads = int(sys.argv[1])
torch.set_num_threads(threads)
rng = np.random.default_rng(0)
X = torch.tensor(rng.normal(size=(8192, 30)), dtype=torch.float32)
y = (X[:, 0] * X[:, 1] > 0).long()
net = torch.nn.Sequential(torch.nn.Linear(30, 192), torch.nn.ReLU(), torch.nn.Linear(192, 192), torch.nn.ReLU(), torch.nn.Linear(192, 2))
opt = torch.optim.AdamW(net.parameters(), fused=True)
def epoch():
    for k in range(32):
        opt.zero_grad(); torch.nn.functional.cross_entropy(net(X[k*256:(k+1)*256]), y[k*256:(k+1)*256]).backward(); opt.step()
epoch(); t = time.perf_counter(); epoch(); epoch(); epoch(); net_s = (time.perf_counter() - t) / 3
import lightgbm as lgb
Z, w = X.numpy().astype(float), y.numpy()
t = time.perf_counter(); lgb.LGBMClassifier(n_estimators=100, n_jobs=threads, verbose=-1).fit(Z, w); tree_s = time.perf_counter() - t
print(json.dumps({"net_epoch": net_s, "trees_fit": tree_s}))
"""
BUSY = "while True: pass"


def measure(threads: int, busy: int) -> dict[str, Any]:
    """Median seconds of an epoch and of a fit, `busy` other processes keeping a core each."""
    env = {**os.environ, "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
    others = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(busy)]
    try:
        runs = [json.loads(subprocess.run([sys.executable, "-c", CODE, str(threads)], env=env, check=True, capture_output=True, text=True).stdout)
                for _ in range(RUNS)]  # fmt: skip
    finally:
        for other in others:
            other.kill()
            other.wait()
    return {k: {"median": round(statistics.median(r[k] for r in runs), 4), "low": round(min(r[k] for r in runs), 4),
                "high": round(max(r[k] for r in runs), 4)} for k in runs[0]}  # fmt: skip


def main() -> None:
    cores = len(os.sched_getaffinity(0))
    save(
        "threads",
        {
            f"{threads} threads, {busy} busy cores": measure(threads, busy)
            for busy in (0, cores // 2, cores)
            for threads in (1, 2)
        },
    )


if __name__ == "__main__":
    main()

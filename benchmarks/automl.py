"""breakeven beside AutoGluon, FLAML and three defaults on the tables of PMLB, at the same minutes.

    python benchmarks/automl.py ../shared/data/pmlb --peers .venv-peers/bin/python [--minutes 1] [--seeds 1] [--only SET ...]

Every tool gets the same file of 80 % of a table's rows and answers the other 20 %, which it has not seen; it may divide
its rows as it likes. Each runs alone, in a process of its own, on the cores that this one may use (`taskset -c 0 python
...` gives one, and the results say how many); seconds of processor time include children. Scores are accuracy and R2 in
points. Finished runs are kept in the results file, so that a stopped benchmark goes on where it was; delete the file to
measure again.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from machine import RESULTS, ROOT, save

from breakeven import metrics

TOOLS = ("breakeven", "autogluon-medium", "autogluon-good", "flaml", "linear", "forest", "lightgbm")
TARGET = "target"
TEST_SHARE = 0.2
BOOTSTRAPS = 2000

Run = dict[str, float | str]


def split(path: Path, kind: str, seed: int, folder: Path) -> tuple[Path, Path]:
    """Write the open and the sealed part of a table; classes keep their shares."""
    from sklearn.model_selection import train_test_split

    frame = pd.read_csv(path, sep="\t")
    shares = frame[TARGET] if kind == "category" else None
    opened, sealed = train_test_split(frame, test_size=TEST_SHARE, random_state=seed, stratify=shares)
    opened.to_csv(folder / "open.csv", index=False)
    sealed.to_csv(folder / "sealed.csv", index=False)
    return folder / "open.csv", folder / "sealed.csv"


def run(command: list[str], **environment: str) -> tuple[float, float]:
    """Seconds of the clock and of the processors for a command and its children."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, processor


def breakeven(opened: Path, sealed: Path, kind: str, minutes: float) -> tuple[list[str], float, float]:
    """Build from the file and answer the sealed rows by the command line, as a user would."""
    brief = {
        "name": "table",
        "scenario": "predict",
        "data": opened.name,
        "target": TARGET,
        "columns": {TARGET: kind},
        "metric": "r2" if kind == "number" else "accuracy",
        "limits": {"minutes": minutes},
    }
    (opened.parent / "product.yaml").write_text(json.dumps(brief))
    tool = [sys.executable, "-m", "breakeven"]
    clock, processor = run([*tool, "build", str(opened.parent)])
    answers = opened.parent / "answers.csv"
    more = run([*tool, "predict", str(opened.parent), "--input", str(sealed), "--output", str(answers)])
    with answers.open(newline="") as file:
        return [row["prediction"] for row in csv.DictReader(file)], clock + more[0], processor + more[1]


def peer(
    python: str, tool: str, opened: Path, sealed: Path, kind: str, minutes: float
) -> tuple[list[str], float, float]:
    """Run automl_peers.py with a Python that has the peers."""
    answers = opened.parent / f"{tool}.json"
    script = str(Path(__file__).with_name("automl_peers.py"))
    clock, processor = run([python, script, tool, str(opened), str(sealed), TARGET, kind, str(minutes), str(answers)])
    return json.loads(answers.read_text()), clock, processor


def points(kind: str, true: pd.Series, answers: list[str]) -> float:
    """Accuracy or R2 of the answers, times 100."""
    if kind == "number":
        return 100 * float(metrics.score("r2", true.to_numpy(float), np.array(answers, float)))
    return 100 * float(np.mean(true.astype(float).to_numpy() == np.array(answers, float)))


def one(path: Path, seed: int, tool: str, python: str, minutes: float) -> Run:
    """One tool on one split of one table; an error is a result too."""
    kind = "number" if path.parent.name == "regression" else "category"
    folder = Path(tempfile.mkdtemp(prefix="breakeven-"))
    try:
        opened, sealed = split(path, kind, seed, folder)
        if tool == "breakeven":
            answers, clock, processor = breakeven(opened, sealed, kind, minutes)
        else:
            answers, clock, processor = peer(python, tool, opened, sealed, kind, minutes)
        score = points(kind, pd.read_csv(sealed)[TARGET], answers)
        return {"score": round(score, 2), "seconds": round(clock, 1), "processor_seconds": round(processor, 1)}
    except subprocess.CalledProcessError as error:
        return {"error": error.stderr.decode(errors="replace").strip().splitlines()[-1][:200]}
    finally:
        shutil.rmtree(folder)


def against(scores: dict[str, dict[str, float]], other: str, rng: np.random.Generator) -> dict[str, object]:
    """Win rate of breakeven (a draw is half a win) and mean difference in points, 90 % intervals over tables."""
    both = [s for s in scores.values() if "breakeven" in s and other in s]
    gaps = np.array([s["breakeven"] - s[other] for s in both])
    wins = np.where(gaps > 0, 1.0, np.where(gaps == 0, 0.5, 0.0))
    drawn = rng.integers(0, len(gaps), (BOOTSTRAPS, len(gaps)))

    def interval(values: np.ndarray) -> dict[str, float]:
        low, high = np.quantile(values[drawn].mean(axis=1), (0.05, 0.95))
        return {"mean": round(float(values.mean()), 3), "low": round(float(low), 3), "high": round(float(high), 3)}

    return {"tables": len(gaps), "win_rate": interval(wins), "points": interval(gaps), "worst": round(min(gaps), 2)}


def summary(runs: dict[str, dict[str, list[Run]]]) -> dict[str, object]:
    """Means over the tables that every tool finished, processor seconds, and breakeven against each peer."""
    scores: dict[str, dict[str, float]] = {}
    for name, tools in runs.items():
        done = {t: [float(r["score"]) for r in rs if "score" in r] for t, rs in tools.items()}
        scores[name] = {t: float(np.mean(values)) for t, values in done.items() if values}
    used = [t for t in TOOLS if any(t in s for s in scores.values())]
    shared = [s for s in scores.values() if all(t in s for t in used)]
    rng = np.random.default_rng(0)
    spent = {
        t: [float(r["processor_seconds"]) for rs in runs.values() for r in rs.get(t, []) if "score" in r] for t in used
    }
    return {
        "tables_all_finished": len(shared),
        "mean_score": {t: round(float(np.mean([s[t] for s in shared])), 2) for t in used} if shared else {},
        "mean_processor_seconds": {t: round(float(np.mean(values)), 1) for t, values in spent.items()},
        "breakeven_against": {t: against(scores, t, rng) for t in used if "breakeven" in used and t != "breakeven"},
    }


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("data", type=Path)
    options.add_argument("--only", nargs="*", default=[])
    options.add_argument("--peers", default=str(ROOT / ".venv-peers" / "bin" / "python"))
    options.add_argument("--minutes", type=float, default=1)
    options.add_argument("--seeds", type=int, default=1)
    options.add_argument("--tools", default=",".join(TOOLS))
    given = options.parse_args()
    kept = RESULTS / "automl.json"
    runs: dict[str, dict[str, list[Run]]] = json.loads(kept.read_text())["runs"] if kept.exists() else {}
    paths = sorted(given.data.glob("*/*.tsv.gz"), key=lambda p: p.stat().st_size)
    for seed in range(given.seeds):
        for path in paths:
            name = path.name.split(".")[0]
            if given.only and name not in given.only:
                continue
            for tool in given.tools.split(","):
                done = runs.setdefault(name, {}).setdefault(tool, [])
                if len(done) <= seed:
                    done.append(one(path, seed, tool, given.peers, given.minutes))
                    print(name, seed, tool, done[-1], flush=True)
                    result = {"minutes": given.minutes, "seeds": seed + 1, **summary(runs), "runs": runs}
                    save("automl", result, quiet=True)
    print(json.dumps(summary(runs), indent=1))


if __name__ == "__main__":
    main()

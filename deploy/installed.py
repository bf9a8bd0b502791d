"""The wheel as a stranger gets it: all files inside, and what the light install and the training one of it do on a small table.

python deploy/installed.py contents FOLDER         # the wheel in FOLDER has every file of src/breakeven
python deploy/installed.py build PYTHON FOLDER     # that environment builds a product in FOLDER
python deploy/installed.py use PYTHON FOLDER       # that one, which cannot train, predicts and serves
"""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"
#: What a light install must not have.
TRAINING = ("sklearn", "torch", "lightgbm", "pandas", "pyarrow")
BRIEF = "name: churn\nscenario: predict\ndata: data.csv\ntarget: left\nlimits: {minutes: 0.3}\n"
PORT, SECONDS = 8917, 30


def contents(folder: str) -> None:
    """Compare the files of the wheel with those of the source. Raises SystemExit where one is missing or too many."""
    wheel = next(Path(folder).glob("*.whl"))
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("breakeven/")}
    wanted = {
        path.relative_to(SOURCE).as_posix()
        for path in (SOURCE / "breakeven").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    if packed != wanted:
        raise SystemExit(f"{wheel}: missing {sorted(wanted - packed)}, too many {sorted(packed - wanted)}")
    print(f"{wheel}: all {len(wanted)} files of src/breakeven")


def build(python: str, folder: str) -> None:
    """Build a product of a table that is drawn here."""
    place, drawn = Path(folder), random.Random(0)
    place.mkdir(parents=True, exist_ok=True)
    with (place / "data.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["months", "calls", "left"])
        for _ in range(400):
            months, calls = drawn.randint(1, 60), drawn.randint(0, 9)
            rows.writerow([months, calls, "yes" if calls - months / 12 + drawn.gauss(0, 1) > 0 else "no"])
    (place / "product.yaml").write_text(BRIEF, encoding="utf-8")
    run(python, "build", folder, "--quiet")
    print(f"{folder}: built by {python}")


def use(python: str, folder: str) -> None:
    """Predict and serve by a light install. Raises SystemExit, or what a command that fails raises."""
    place = Path(folder)
    there = run_python(python, f"import importlib.util as u; print(*[n for n in {TRAINING} if u.find_spec(n)])").split()
    if there:
        raise SystemExit(f"{python}: the light install has {', '.join(there)}")
    run(python, "predict", folder, "--input", str(place / "data.csv"), "--output", str(place / "answers.csv"))
    with subprocess.Popen([python, "-m", "breakeven", "serve", folder, "--port", str(PORT)]) as server:
        try:
            print(ask({"rows": [{"months": 3, "calls": 8}]})["predictions"])
        finally:
            server.terminate()


def ask(body: dict[str, object]) -> dict[str, object]:
    """The service's answer to a body, once it is up. Raises OSError after SECONDS."""
    sent = urllib.request.Request(
        f"http://127.0.0.1:{PORT}/v1/predict", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    for left in reversed(range(SECONDS)):
        try:
            with urllib.request.urlopen(sent, timeout=10) as reply:
                return dict(json.load(reply))
        except OSError:
            if not left:
                raise
            time.sleep(1)
    raise AssertionError


def run(python: str, *words: str) -> None:
    """A breakeven command. Raises CalledProcessError when it fails."""
    subprocess.run([python, "-m", "breakeven", *words], check=True, stdout=subprocess.DEVNULL)


def run_python(python: str, code: str) -> str:
    """What a line of Python prints."""
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    {"contents": contents, "build": build, "use": use}[sys.argv[1]](*sys.argv[2:])

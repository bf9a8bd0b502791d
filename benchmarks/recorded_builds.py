"""Small builds whose verdicts are kept, so that a change of the code that should change none can be checked.

    python benchmarks/recorded_builds.py record [--only NAME ...] [--output FILE]
    python benchmarks/recorded_builds.py compare OLD.json NEW.json

`record` runs the command line alone, on whichever `breakeven` this Python imports, and writes results/recorded-builds.json;
builds that were recorded before and are not named stay. `compare` prints every difference in choice, tie or score and
exits 1 where there is one. All data is generated here or ships with a package, the same every time; the minutes are
many times what a build takes, so that no score depends on how busy the machine is. What is measured in seconds
(costs, int8) is not compared, nor are words.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import importlib.util
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from machine import RESULTS, describe
from PIL import Image

from breakeven.scenarios import registry

FILE = RESULTS / "recorded-builds.json"
#: Samples of `breakeven new predict` (the first) and of `breakeven demo` that are built, by the names of their folders. Its films,
#: and its pictures, whose net takes an hour where no minutes stop it, are left out: `shop` and `images` below stand for them.
SAMPLES = ("tumour-triage", "credit-risk", "stock-direction", "course-titles", "customer-desk")
#: Scores that differ by no more than this (of themselves, where they are above 1) are the same.
TOLERANCE = 1e-6
#: Minutes of the briefs written here: a net is held to about a hundredth of them at the smallest size, however busy the machine is.
MINUTES = 6_000
#: Exit codes of a build that ended: a product was made, or none may be offered.
ENDED = (0, 3)
#: What is recorded beside the verdict and never compared.
NOT_COMPARED = ("seconds", "reason", "commit", "date")
Row = Sequence[object]


def write_table(path: Path, header: Sequence[str], rows: Sequence[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def write_brief(folder: Path, **keys: Any) -> None:
    brief = {"name": folder.name, "scenario": "predict", "effort": 1, "limits": {"minutes": MINUTES}, **keys}
    (folder / "product.yaml").write_text(yaml.safe_dump(brief, sort_keys=False), encoding="utf-8")


def sentence(rng: np.random.Generator, topic: Sequence[str], others: Sequence[str]) -> str:
    """Words of a topic among filler and, more rarely, words of the other topics."""
    filler = ("the", "order", "please", "again", "today", "my", "was", "about", "with", "very", "it", "is")
    parts = [filler] * 7 + [topic] * 3 + [others]
    return " ".join(str(rng.choice(parts[rng.integers(len(parts))])) for _ in range(rng.integers(4, 9)))


TOPICS = {
    "delivery": ("parcel", "courier", "late", "address", "tracking", "shipped", "van", "doorstep"),
    "payment": ("card", "refund", "invoice", "charged", "bank", "price", "receipt", "declined"),
    "account": ("password", "login", "email", "profile", "locked", "settings", "username", "code"),
}


def text(folder: Path) -> None:
    """180 short messages of three topics."""
    rng, rows, names = np.random.default_rng(1), list[Row](), list(TOPICS)
    for i in range(180):
        name = names[i % 3]
        others = [word for other in names if other != name for word in TOPICS[other]]
        label = name if rng.random() > 0.05 else str(rng.choice(names))
        rows.append((sentence(rng, TOPICS[name], others), label))
    write_table(folder / "data.csv", ("message", "topic"), rows)
    write_brief(folder, data="data.csv", target="topic")


def images(folder: Path) -> None:
    """150 noisy grey pictures of 20 x 20 pixels: a disc, a square or a cross somewhere."""
    rng = np.random.default_rng(2)
    down, right = np.mgrid[:20, :20]
    for i in range(150):
        kind = ("cross", "disc", "square")[i % 3]
        y, x, size = rng.integers(6, 14), rng.integers(6, 14), rng.integers(3, 6)
        dy, dx = np.abs(down - y), np.abs(right - x)
        shape = {"cross": ((dy <= 1) | (dx <= 1)) & (np.maximum(dy, dx) <= size), "disc": dy**2 + dx**2 <= size**2,
                 "square": np.maximum(dy, dx) < size}[kind]  # fmt: skip
        pixels = rng.normal(90, 45, (20, 20)) + rng.uniform(40, 110) * shape
        place = folder / "pictures" / kind / f"{i:03d}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(place)
    write_brief(folder, data="pictures", predict={"candidates": ["linear_svm", "rbf_svm", "cnn"]})


def mixed(folder: Path) -> None:
    """180 rows with numbers, some of them missing, a category and a text; a part of the answer is in each."""
    rng, rows = np.random.default_rng(3), list[Row]()
    for _ in range(180):
        days, amount, channel = rng.integers(0, 60), rng.gamma(2, 40), str(rng.choice(["web", "shop", "phone"]))
        name = str(rng.choice(["delivery", "account"]))
        odds = 0.06 * (days - 30) + 0.01 * (amount - 80) + {"web": -0.8, "shop": 0.0, "phone": 0.8}[channel]
        odds += 1.2 if name == "delivery" else -1.2
        words = sentence(rng, TOPICS[name], TOPICS["payment"])
        shown = "" if rng.random() < 0.1 else f"{amount:.2f}"
        rows.append((days, shown, channel, words, "yes" if rng.random() < 1 / (1 + math.exp(-odds)) else "no"))
    write_table(folder / "data.csv", ("days", "amount", "channel", "note", "returned"), rows)
    write_brief(folder, data="data.csv", target="returned")


def shop(folder: Path) -> None:
    """Events of 150 people with one of four tastes in 80 items, each a run of days, and the item list."""
    rng, rows, items = np.random.default_rng(4), list[Row](), 80
    names = ("mug", "tea", "kite", "lamp")
    for person in range(150):
        taste, moment = person % 4, 1_740_000_000 + int(rng.integers(0, 20_000_000))
        place = int(rng.integers(0, 20))
        for _ in range(int(rng.integers(8, 18))):
            place = (place + 1 + int(rng.geometric(0.5))) % 20 if rng.random() < 0.6 else int(rng.integers(0, 20))
            group = taste if rng.random() < 0.85 else int(rng.integers(0, 4))
            moment += int(rng.integers(3_600, 200_000))
            rows.append((f"u{person}", f"i{group * 20 + place}", rng.choice(["view", "view", "cart", "buy"]), moment))
    write_table(folder / "events.csv", ("user", "item", "kind", "time"), rows)
    listed = [(f"i{i}", f"{names[i // 20]} number {i % 20}", names[i // 20], 5 + i % 7) for i in range(items)]
    write_table(folder / "items.csv", ("item", "title", "categories", "price"), listed)
    kinds = {"view": 1, "cart": 3, "buy": 5}
    write_brief(folder, scenario="recommend", data="events.csv", recommend={"items": "items.csv", "kinds": kinds})


def regression(folder: Path) -> None:
    """500 rows of Friedman's function of five numbers, with three that say nothing and a category that shifts it."""
    rng, rows = np.random.default_rng(5), list[Row]()
    for _ in range(500):
        x, site = rng.random(8).round(4), str(rng.choice(["north", "south", "west"]))
        mean = 10 * math.sin(math.pi * x[0] * x[1]) + 20 * (x[2] - 0.5) ** 2 + 10 * x[3] + 5 * x[4]
        mean += {"north": 0.0, "south": 2.0, "west": -1.0}[site]
        rows.append((*x.tolist(), site, f"{mean + rng.normal(0, 1):.4f}"))
    write_table(folder / "data.csv", (*(f"x{k}" for k in range(8)), "site", "yield"), rows)
    write_brief(folder, data="data.csv", target="yield")


def group(folder: Path) -> None:
    """480 readings of 80 machines, six each, whose level is a machine's own; machines are kept together."""
    rng, rows = np.random.default_rng(6), list[Row]()
    for machine in range(80):
        level, age, maker = rng.normal(0, 1), int(rng.integers(1, 15)), str(rng.choice(["A", "B", "C"]))
        for _ in range(6):
            heat, load = rng.normal(60 + 8 * level, 6), rng.random()
            odds = 0.15 * (heat - 62) + 2.5 * (load - 0.5) + 0.12 * (age - 7) + {"A": -0.5, "B": 0.0, "C": 0.5}[maker]
            fails = "yes" if rng.random() < 1 / (1 + math.exp(-odds)) else "no"
            rows.append((f"m{machine}", age, maker, f"{heat:.2f}", f"{load:.3f}", fails))
    write_table(folder / "data.csv", ("machine", "age", "maker", "heat", "load", "fails"), rows)
    write_brief(folder, data="data.csv", target="fails", split={"by": "group(machine)"})


def dated(folder: Path) -> None:
    """500 days of sales with a week, a year and a slow growth; the last days are held back."""
    rng, rows, first = np.random.default_rng(7), list[Row](), datetime.date(2023, 1, 1)
    for n in range(500):
        day, rain, offer = first + datetime.timedelta(n), rng.gamma(1, 3), str(rng.choice(["none", "none", "tenth"]))
        mean = 100 + 0.05 * n + 15 * (day.weekday() >= 5) + 10 * math.sin(2 * math.pi * n / 365)
        mean += 20 * (offer == "tenth") - 1.5 * rain
        rows.append((day.isoformat(), day.strftime("%a"), f"{rain:.2f}", offer, f"{mean + rng.normal(0, 6):.2f}"))
    write_table(folder / "data.csv", ("day", "weekday", "rain", "offer", "sales"), rows)
    write_brief(folder, data="data.csv", target="sales", split={"by": "time(day)"})


#: Builds with a folder of their own, and what writes it.
FOLDERS: dict[str, Callable[[Path], None]] = {
    "text": text,
    "images": images,
    "mixed": mixed,
    "shop": shop,
    "regression": regression,
    "group-split": group,
    "time-split": dated,
}
NAMES = (*SAMPLES, *FOLDERS)


def run(*arguments: str) -> float:
    """Seconds of one command. Ends this program where it failed."""
    # A worker's fits take one thread in any case; the environment's database is nobody's here.
    env = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    env |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    start = time.perf_counter()
    command = [sys.executable, "-m", "breakeven", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    if done.returncode not in ENDED:
        raise SystemExit(f"breakeven {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return round(time.perf_counter() - start, 1)


def verdict_of(folder: Path) -> dict[str, Any]:
    """The verdict of the only build in a product folder, wherever in it builds are kept."""
    found = {path.resolve() for path in folder.rglob("verdict.json")}
    if len(found) != 1:
        raise SystemExit(f"{folder}: {len(found)} files verdict.json, expected one")
    verdict: dict[str, Any] = json.loads(found.pop().read_text(encoding="utf-8"))
    return verdict


def ground(chosen: Mapping[str, Any]) -> str:
    """On what ground the choice was made, from its fields rather than its words."""
    if chosen["route"] == "none":
        return "nothing offered"
    if chosen.get("likelier") is not None:
        return "tie, likelier to be better"
    return "tie, cheaper" if chosen["tie"] else "clear"


def picked(value: Mapping[str, Any] | None, *keys: str) -> dict[str, Any]:
    return {k: value[k] for k in keys if k in value} if value else {}


def recorded(verdict: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """What is kept of a verdict: choice, scores on validation and sealed rows, and the forecasts made from them."""
    chosen, interval = verdict["chosen"], ("value", "low", "high")
    measured = {c["candidate"]: c["points"][-1] for c in verdict["curves"] if c["points"]}
    product = verdict.get("product") or {}
    # Format 1 had one difference under the choice and scenarios' own parts at the top level.
    own = verdict.get(verdict["scenario"]) or verdict.get("shop") or {}
    shortened = verdict.get("shortened") or {c["candidate"]: c["share"] for c in verdict.get("cut_short", ())}
    return {
        "chosen": {**picked(chosen, "route", "candidate", "tie", "p_large", "p_equal"), "ground": ground(chosen)},
        "metric": verdict["metric"]["name"],
        "rows": verdict["rows"],
        "split": verdict["split"],
        "sealed": {one["candidate"]: picked(one, "score", "low", "high") for one in verdict["test"]},
        "sealed_difference": picked(chosen.get("difference_sealed", chosen.get("difference")), *interval),
        "validation": {name: picked(p, "rows", "score", "low", "high", "repeats") for name, p in measured.items()},
        "validation_difference": picked(
            chosen.get("difference_validation", verdict.get("validation_difference")), *interval
        ),
        "points": {c["candidate"]: len(c["points"]) for c in verdict["curves"]},
        "not_measured": {c["candidate"]: c["not_measured"] for c in verdict["curves"] if c["not_measured"]},
        "breakeven_rows": picked(verdict["breakeven"].get("rows"), *interval, "p_none_within_10x"),
        "product": picked({**own, **product}, *interval, "rows", "settings"),
        "tuning": picked(product.get("search"), "trials", "on_all_rows", "taken"),
        "ensemble": picked(product.get("ensemble"), "way", "value", "low", "high", "built", "members"),
        "shop": shelves(own),
        "findings": len(verdict["findings"]),
        "stopped": verdict["stopped"],
        "shortened": shortened,
        "reason": chosen["reason"],
        "seconds": seconds,
    }


def shelves(told: Mapping[str, Any]) -> dict[str, Any]:
    """Every numeric measure of each candidate's shelves on the sealed people, but those that are seconds."""
    timed = ("seconds", "_ms", "usd", "_mb", "per_second")
    lines = {str(line["candidate"]): line for line in told.get("lines", ())}
    return {
        name: {k: v for k, v in line.items() if not any(t in k for t in timed) and k not in ("candidate", "why_not")}
        for name, line in lines.items()
    }


def commit() -> str:
    """The commit of the code that is imported, marked where files differ from it."""
    spec = importlib.util.find_spec("breakeven")
    assert spec is not None and spec.origin is not None

    def git(*words: str) -> str:
        command = ["git", "-C", str(Path(str(spec.origin)).parent), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    return (git("rev-parse", "--short", "HEAD") or "unknown") + (" with changes" if git("status", "-s", ".") else "")


def record(names: Sequence[str], output: Path) -> None:
    """Run the builds; each is written as soon as it has ended."""
    kept: dict[str, Any] = json.loads(output.read_text())["builds"] if output.is_file() else {}
    with tempfile.TemporaryDirectory() as place:
        for name, found in builds(names, Path(place)):
            kept[name] = {**found, "commit": commit(), "date": datetime.date.today().isoformat()}
            whole = {n: kept[n] for n in NAMES if n in kept}
            head = {"machine": describe(), "command": "python benchmarks/recorded_builds.py record"}
            output.write_text(json.dumps({**head, "builds": whole}, indent=1, ensure_ascii=False) + "\n")
            print(
                f"{name}: {found['chosen']['candidate']} ({found['chosen']['ground']}), {found['seconds']} s",
                flush=True,
            )
            if found["stopped"] or found["shortened"]:
                print(f"  cut by time, so it may differ: {found['stopped'] or found['shortened']}", flush=True)


def builds(names: Sequence[str], place: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each build's name and record."""
    written = samples(place / "samples") if any(name in SAMPLES for name in names) else {}
    for name in names:
        folder = written.get(name, place / name)
        if name in FOLDERS:
            folder.mkdir()
            FOLDERS[name](folder)
        seconds = run("build", str(folder))
        yield name, recorded(verdict_of(folder), seconds)


def samples(place: Path) -> dict[str, Path]:
    """The folders of SAMPLES, written as their commands write them, with minutes that no busy machine uses up."""
    run("new", "predict", str(place / SAMPLES[0]))
    folders = [place / SAMPLES[0], *(f for one in registry.names() for f in registry.get(one).demo(place))]
    for folder in folders:
        brief = yaml.safe_load((folder / "product.yaml").read_text(encoding="utf-8"))
        brief |= {"effort": 1, "limits": {**brief.get("limits", {}), "minutes": MINUTES}}
        (folder / "product.yaml").write_text(
            yaml.safe_dump(brief, sort_keys=False, allow_unicode=True), encoding="utf-8"
        )
    return {folder.name: folder for folder in folders if folder.name in SAMPLES}


def differences(old: Any, new: Any, where: str) -> Iterator[str]:
    """Every place at which two records differ, in words."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [k for k in {**old, **new} if k not in NOT_COMPARED]:
            if key not in new or key not in old:
                yield f"{where}: {key}: {'missing now' if key not in new else 'not there before'}"
            else:
                yield from differences(old[key], new[key], f"{where}: {key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for k, (a, b) in enumerate(zip(old, new, strict=True)):
            yield from differences(a, b, f"{where}: {k}")
    elif not same(old, new):
        yield f"{where}: {old} -> {new}"


def same(old: object, new: object) -> bool:
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (old, new))
    if numbers:
        return math.isclose(old, new, rel_tol=TOLERANCE, abs_tol=TOLERANCE)  # type: ignore[arg-type]
    return old == new


def compare(old: Path, new: Path) -> int:
    """Print the differences of two records; 1 where there are any."""
    before, after = (json.loads(path.read_text(encoding="utf-8"))["builds"] for path in (old, new))
    found = list(differences(before, after, "builds"))
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(found)} differences in {len(before)} builds")
    return int(bool(found))


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = ask.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record", help="run the builds and keep their verdicts")
    recording.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=", ".join(NAMES))
    recording.add_argument("--output", type=Path, default=FILE, metavar="FILE", help="JSON to write")
    comparing = commands.add_parser("compare", help="print the differences of two records")
    comparing.add_argument("old", type=Path, metavar="OLD.json")
    comparing.add_argument("new", type=Path, metavar="NEW.json")
    given = ask.parse_args()
    if given.command == "compare":
        return compare(given.old, given.new)
    record(given.only, given.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())

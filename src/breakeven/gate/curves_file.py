"""`breakeven forecast`: the gate's forecasts and choices for curves from anywhere, in a CSV file.

In: columns task, curve, rows, score (repeats allowed), optionally route and at. Out: task, curve, rows, score, low,
high, chosen and, where routes are given, p_large.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from breakeven.core import store
from breakeven.core.errors import InputError, nearest
from breakeven.files import encoding, spreadsheet_text
from breakeven.gate import curve_features, forecast
from breakeven.gate.curve_features import Seen

NEEDED, OPTIONAL = ("task", "curve", "rows", "score"), ("route", "at")
#: A challenger must be this likely to lead before it is chosen over the curve that leads now.
STRONG = 0.5
#: Where scores without a zero of their own are put: the best one seen at this error, the worst so much above it.
BEST, SPREAD = 0.2, 0.5
#: As many as are expected best may challenge it.
RIVALS = 8


@dataclass
class _Curve:
    route: str | None = None
    rows: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """One line of the answer."""

    task: str
    curve: str
    rows: float
    score: float
    low: float
    high: float
    chosen: bool
    p_large: float | None


def run(path: Path, rows: float | None, output: Path, better: str = "higher", raw: bool = False) -> int:
    """Read, forecast, choose, write. Returns how many curves there were. Unless `raw`, a spreadsheet runs none of the names."""
    if rows is not None:
        rows = _number(str(rows), "--rows", least=1)
    tasks, at = read(path, rows)
    lines = judge(tasks, at, better)
    routed = any(line.p_large is not None for line in lines)
    out = spreadsheet_text.Lines(raw)
    out.add(["task", "curve", "rows", "score", "low", "high", "chosen", *(["p_large"] if routed else [])])
    for line in lines:
        n = int(line.rows) if float(line.rows).is_integer() else line.rows
        p = [] if not routed else [""] if line.p_large is None else [f"{line.p_large:.4f}"]
        scores = (f"{v:.6g}" for v in (line.score, line.low, line.high))
        out.add([line.task, line.curve, n, *scores, int(line.chosen), *p])
    store.write_text(output, out.text, shared=True)
    return len(lines)


def read(path: Path, rows: float | None) -> tuple[dict[str, dict[str, _Curve]], dict[str, float]]:
    """Curves by task and the rows asked for. Raises InputError naming line and column."""
    if not path.is_file():
        raise InputError(str(path), "there is no such file", "check the path")
    tasks: dict[str, dict[str, _Curve]] = defaultdict(lambda: defaultdict(_Curve))
    at: dict[str, float] = {}
    with path.open(encoding=encoding.find(path).name, newline="") as file:
        reader = csv.DictReader(file)
        names = reader.fieldnames or []
        for name in NEEDED:
            if name not in names:
                raise InputError(f"{path}, line 1", f"there is no column {name!r}", nearest(name, names or NEEDED))
        for row in reader:
            where = f"{path}, line {reader.line_num}"
            curve = tasks[row["task"]][row["curve"]]
            curve.rows.append(_number(row["rows"], f"{where}, column 'rows'", least=1))
            curve.scores.append(_number(row["score"], f"{where}, column 'score'"))
            route = _route(row.get("route"), where)
            if route and curve.route and route != curve.route:
                raise InputError(where, f"curve {row['curve']!r} has two routes", "give it one")
            curve.route = route or curve.route
            wanted = _number(row["at"], f"{where}, column 'at'", least=1) if row.get("at") else rows
            if wanted is None:
                raise InputError(where, "no rows to forecast", "give --rows N, or a column 'at'")
            if at.setdefault(row["task"], wanted) != wanted:
                raise InputError(
                    f"{where}, column 'at'", f"task {row['task']!r} has two values of 'at'", "give one a task"
                )
    if not tasks:
        raise InputError(str(path), "a header but no curves", "give at least two sizes a curve")
    return tasks, at


def judge(tasks: dict[str, dict[str, _Curve]], at: dict[str, float], better: str) -> list[Line]:
    """Forecast every curve of every task, all at once, and choose one a task."""
    scales = {task: _scale(curves, better) for task, curves in tasks.items()}
    seen = {(task, name): curve_features.pooled(c.rows, [scales[task].error(s) for s in c.scores], curve_features.kind_of(name))
            for task, curves in tasks.items() for name, c in curves.items()}  # fmt: skip
    asked = np.array([[at[task]] for task, _ in seen])
    values, halves = forecast.forecasts(list(seen.values()), asked)
    means = dict(zip(seen, zip(values[:, 0].tolist(), halves[:, 0].tolist(), strict=True), strict=True))
    lines = []
    for task, curves in tasks.items():
        scores = {name: seen[task, name] for name in curves}
        expected = {name: means[task, name][0] for name in curves}
        chosen, p = _choose(scores, {name: c.route for name, c in curves.items()}, expected, at[task])
        scale = scales[task]
        for name in curves:
            value, half = means[task, name]
            low, high = sorted((scale.score(value - half), scale.score(value + half)))
            lines.append(Line(task, name, at[task], scale.score(value), low, high, name == chosen, p))
    return lines


@dataclass(frozen=True)
class _Scale:
    """error = start + sign * score / unit, lower is better; chosen so that errors lie in about 0 to 1."""

    start: float
    sign: int
    unit: float
    bounded: bool

    def error(self, score: float) -> float:
        """A score as an error."""
        return self.start + self.sign * score / self.unit

    def score(self, error: float) -> float:
        """An error as a score."""
        return (max(error, 0.0) - self.start if self.bounded else error - self.start) * self.unit * self.sign


def _scale(curves: dict[str, _Curve], better: str) -> _Scale:
    """Scores up to 1, and losses from 0, keep their own zero; others are measured in units of their own spread."""
    scores = [s for c in curves.values() for s in c.scores]
    low, high = min(scores), max(scores)
    if better == "higher" and low >= -1 and high <= 1:
        return _Scale(1.0, -1, 1.0, True)
    if better == "lower" and low >= 0:
        return _Scale(0.0, 1, high if high > 1 else 1.0, True)
    unit = (high - low) / SPREAD or 1.0
    start = BEST + high / unit if better == "higher" else BEST - low / unit
    return _Scale(start, -1 if better == "higher" else 1, unit, False)


def _choose(
    seen: dict[str, Seen], routes: dict[str, str | None], expected: dict[str, float], at: float
) -> tuple[str, float | None]:
    """With two routes the likelier one's curve of the lowest expected error; else the leader, unless a duel says otherwise."""
    sides = {route: [n for n in seen if routes[n] == route] for route in ("traditional", "large")}
    if all(sides.values()):
        first, second = ([seen[n] for n in names] for names in sides.values())
        p = forecast.p_large(first, second, at)
        names = sides["large" if p > 0.5 else "traditional"]
        return min(names, key=lambda n: expected[n]), p
    leader = min(seen, key=lambda n: (seen[n].error[-1], -seen[n].rows[-1]))
    rivals = sorted((n for n in seen if n != leader), key=lambda n: expected[n])[:RIVALS]
    chance = {n: forecast.p_large([seen[leader]], [seen[n]], at) for n in rivals}
    rival = max(chance, key=lambda n: chance[n], default=None)
    chosen = rival if rival and chance[rival] > STRONG else leader
    return chosen, (1.0 if sides["large"] else 0.0) if any(sides.values()) else None


def _number(text: str | None, where: str, least: float = -np.inf) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = np.nan
    if not np.isfinite(value) or value < least:
        raise InputError(
            where, f"{text!r} is not a number" + (f" of at least {least:g}" if least > -1 else ""), "fix the line"
        )
    return value


def _route(text: str | None, where: str) -> str | None:
    if text and text not in ("traditional", "large"):
        raise InputError(f"{where}, column 'route'", f"unknown route {text!r}", nearest(text, ("traditional", "large")))
    return text or None

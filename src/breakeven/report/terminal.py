"""The terminal's side: progress (a live bar, or plain lines when the output is no terminal), tables, findings."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from breakeven.core.types import Column, Finding, Interval
from breakeven.core.verdict import TestLine, Verdict
from breakeven.report import bounded, words


class Plain:
    """Progress as plain lines: for logs and pipes."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def stage(self, name: str) -> None:
        """A stage begins."""
        self.note(f"{name} ...")

    def step(self, done: float, total: float, what: str) -> None:
        """So far, and when it will end at this pace."""
        left = (time.monotonic() - self._start) * (total - done) / done if done else 0.0
        self.note(f"{done / total:4.0%} {what}" + (f", about {left:.0f} s left" if done < total else ""))

    def note(self, text: str) -> None:
        """One line."""
        print(f"[{time.monotonic() - self._start:6.1f} s] {text}", file=sys.stderr, flush=True)


class Live:
    """Progress as a bar with the time left (rich)."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            transient=True,
        )
        self._task = self._bar.add_task("", total=None)
        self._bar.start()

    def stage(self, name: str) -> None:
        """A stage begins."""
        self._bar.reset(self._task, description=name, total=None)

    def step(self, done: float, total: float, what: str) -> None:
        """So far."""
        self._bar.update(self._task, completed=done, total=total, description=what)

    def note(self, text: str) -> None:
        """One line that stays."""
        self._bar.console.print(text, highlight=False, markup=False)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.stop()


def progress() -> Plain | Live:
    """A live bar on a terminal, plain lines elsewhere."""
    return Live() if sys.stderr.isatty() else Plain()


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; columns fold on narrow terminals, nothing is cut."""
    from rich.console import Console
    from rich.table import Table

    out = Table(header_style="bold", box=None, pad_edge=False)
    for name in header:
        out.add_column(name, overflow="fold")
    for row in rows:
        out.add_row(*row)
    wide = None if sys.stdout.isatty() else 260
    Console(width=wide, soft_wrap=False, highlight=False, markup=False).print(out)


def columns(found: Sequence[Column], findings: Sequence[Finding]) -> None:
    """What `breakeven check` prints: roles with reasons, then findings with place and remedy."""
    table(["column", "role", "because"], bounded.columns(found))
    print()
    if not findings:
        print("Nothing odd was found.")
        return
    table(
        ["found", "column", "what", "rows", "done"],
        [[f.kind, f.column or "", f.what, ", ".join(map(str, f.where)), f.done] for f in bounded.findings(findings)],
    )


def summary(verdicts: Sequence[Verdict]) -> None:
    """One line a product: what the demo and the builds end with."""
    header = [
        "product",
        "rows",
        "best traditional",
        "best large",
        "large - traditional (90 %)",
        "chosen",
        "break-even rows",
        "break-even requests/month",
        "MB",
        "ms",
    ]
    table(header, [_line(v) for v in verdicts])


def _line(v: Verdict) -> list[str]:
    best, metric, d = words.leaders(v), v.metric.name, v.chosen.difference_sealed
    chosen = best.get(v.chosen.route)
    gap = "not measured"
    if d is not None and d.value is not None and d.low is not None and d.high is not None:
        gap = f"{words.amount(d.value, metric)} ({words.span(d.low, d.high, metric)})"
    tie = "" if not v.chosen.tie else " (tie, likely)" if v.chosen.likelier else " (tie, cheaper)"
    return [
        v.name,
        f"{v.rows.all:,}",
        _finalist(best.get("traditional"), metric),
        _finalist(best.get("large"), metric),
        gap,
        f"{v.chosen.candidate or 'none'}{tie}",
        _rows(v),
        _requests(v.breakeven.requests_per_month),
        f"{chosen.size_mb:.2f}" if chosen else "",
        f"{chosen.predict_ms:.3f}" if chosen else "",
    ]


def _finalist(line: TestLine | None, metric: str) -> str:
    return f"{line.candidate} {metric} {line.score:.3f}" if line else "none measured within limits"


def _rows(v: Verdict) -> str:
    c = v.breakeven.rows
    if c is None:
        return "not measured"
    none = f"none within 10x: {c.p_none_within_10x:.0%}"
    if words.level(v):
        return f"level now ({none})"
    if c.value is None or c.low is None or c.high is None:
        return none
    return f"{words.rounded(c.value)} ({words.rounded(c.low)} to {words.rounded(c.high)}; {none})"


def _requests(r: Interval | None) -> str:
    if r is None or r.value is None:
        return "never"
    low, high = (words.rounded(x) if x is not None else "never" for x in (r.low, r.high))
    return f"{words.rounded(r.value)} ({low} to {high})"

"""The terminal's side: progress (a live bar, or plain lines when the output is no terminal), tables, findings."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from breakeven.core.types import Column, Finding
from breakeven.report import bounded, phrases, speech


class Plain:
    """Progress as plain lines: for logs and pipes."""

    def __init__(self) -> None:
        self._start, self._language = time.monotonic(), speech.current()

    def stage(self, name: str) -> None:
        """A stage begins."""
        self.note(f"{name} ...")

    def step(self, done: float, total: float, what: str) -> None:
        """So far, and when it will end at this pace."""
        left = (time.monotonic() - self._start) * (total - done) / done if done else 0.0
        after = speech.said(f", about {left:.0f} s left", self._language) if done < total else ""
        self._print(f"{done / total:4.0%} {speech.said(what, self._language)}{after}")

    def note(self, text: str) -> None:
        """One line."""
        self._print(speech.said(text, self._language))

    def _print(self, text: str) -> None:
        seconds = speech.said(f"[{time.monotonic() - self._start:6.1f} s]", self._language)
        print(f"{seconds} {text}", file=sys.stderr, flush=True)


class Live:
    """Progress as a bar with the time left (rich)."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        self._language = speech.current()
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn(speech.said("left")),
            TimeRemainingColumn(),
            transient=True,
        )
        self._task = self._bar.add_task("", total=None)
        self._bar.start()

    def stage(self, name: str) -> None:
        """A stage begins."""
        self._bar.reset(self._task, description=speech.said(name, self._language), total=None)

    def step(self, done: float, total: float, what: str) -> None:
        """So far."""
        self._bar.update(self._task, completed=done, total=total, description=speech.said(what, self._language))

    def note(self, text: str) -> None:
        """One line that stays."""
        self._bar.console.print(speech.said(text, self._language), highlight=False, markup=False)

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
    said = speech.said
    table(
        [said(n) for n in ("column", "role", "because")], [(n, *map(said, why)) for n, *why in bounded.columns(found)]
    )
    print()
    if not findings:
        speech.say("Nothing odd was found.")
        return
    table(
        [said(name) for name in ("found", "column", "what", "rows", "done")],
        [_finding(f) for f in bounded.findings(findings)],
    )


def _finding(f: Finding) -> list[str]:
    kind = f.kind if speech.current() == "en" else phrases.kind(f.kind).zh
    return [kind, f.column or "", speech.said(f.what), ", ".join(map(str, f.where)), speech.said(f.done)]

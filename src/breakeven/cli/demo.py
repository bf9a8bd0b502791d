"""The command `demo`: builds of samples, two side by side, each in a process of its own whose progress is shown with its name."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from breakeven.core.errors import LimitsError
from breakeven.report import speech
from breakeven.scenarios import registry

#: Builds at a time, where there are as many cores: more would each have fewer rows measured in their minutes.
SIDE_BY_SIDE = 2
#: What builds a folder, as arguments of Python.
BUILD = ("-m", "breakeven", "build")
#: Exit codes of a build that reached its verdict: a product, or none that may be offered.
FINISHED = (0, LimitsError.exit_code)


def run(arguments: argparse.Namespace) -> int:
    """Write the samples, build them and show all verdicts. Returns 0, or the exit code of a build that did not finish."""
    from breakeven.scale import executor

    folders = [folder for name in registry.names() for folder in registry.get(name).demo(arguments.folder)]
    lanes = max(1, min(SIDE_BY_SIDE, executor.cores()))
    each = {executor.PROCESSES: str(max(1, executor.cores() // lanes)), "PYTHONIOENCODING": "utf-8"}
    commands = {f.name: [sys.executable, *BUILD, str(f), "--lang", speech.current()] for f in folders}
    speech.say(f"{len(folders)} builds, {lanes} at a time; what is finished is kept if you stop", sys.stderr)
    codes = side_by_side(commands, lanes, each, partial(print, file=sys.stderr, flush=True))
    show([f for f in folders if codes[f.name] in FINISHED], arguments)
    return next((code for code in codes.values() if code not in FINISHED), 0)


def side_by_side(
    commands: Mapping[str, Sequence[str]], lanes: int, environment: Mapping[str, str], say: Callable[[str], None]
) -> dict[str, int]:
    """Run programs, `lanes` at a time, in their order, and say each line of their standard error after their name.

    Returns their exit codes by name. Whatever ends this early ends those that run, and starts no other.
    """
    running: list[subprocess.Popen[str]] = []
    longest = max(map(len, commands), default=0)

    def one(name: str) -> int:
        with subprocess.Popen(  # noqa: S603  this program itself
            commands[name],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
            encoding="utf-8",
            errors="replace",
        ) as process:
            running.append(process)
            assert process.stderr is not None
            for line in process.stderr:
                say(f"{name:<{longest}} {line.rstrip()}")
            return process.wait()

    pool = ThreadPoolExecutor(lanes)
    try:
        return dict(zip(commands, pool.map(one, commands), strict=True))
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in running:
            process.terminate()
        raise
    finally:
        pool.shutdown()


def show(folders: Sequence[Path], arguments: argparse.Namespace) -> None:
    """Print one table of the verdicts of products, what each says, and how to go on."""
    from breakeven.core import store
    from breakeven.core import verdict as document
    from breakeven.report import summary

    language = speech.current()
    places = [store.latest(folder) for folder in folders]
    verdicts = [document.read(run / "verdict.json") for run in places]
    print()
    summary.products(verdicts, language)
    for verdict, run in zip(verdicts, places, strict=True):
        print()
        summary.say(f"{verdict.name}: {summary.sentences(verdict, language)}")
        speech.say(f"  report: {run / 'report.html'}")
    served = [str(f) for f, verdict in zip(folders, verdicts, strict=True) if verdict.chosen.route != "none"]
    speech.say(f"\nopen the reports: breakeven open {arguments.folder}")
    if served:
        speech.say(f"serve the products: breakeven serve {' '.join(served)}")

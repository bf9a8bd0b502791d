"""The commands that make something of data: `new`, `check`, `weigh`, `build`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from breakeven.cli import llm, options
from breakeven.core.errors import InputError, LimitsError
from breakeven.core.progress import Silent
from breakeven.report import speech
from breakeven.scenarios import registry

if TYPE_CHECKING:
    from breakeven.core.types import Need
    from breakeven.core.verdict import Verdict


def brief_of(
    folder: Path, hosted: Mapping[str, object] | None = None, verbose: bool = False, quiet: bool = False
) -> Need:
    """The brief of a folder with the hosted model that options name; its standing defaults are printed where `verbose`."""
    from breakeven.core import brief

    raw = llm.joined(brief.read(folder), hosted, str(folder / brief.BRIEF))
    found = registry.parse_brief(raw, folder)
    if verbose:
        speech.say("defaults (set any of them in product.yaml):")
        for line in brief.defaults(found, raw):
            print(f"  {line}")
    if not quiet and found.hosted is not None and found.hosted.address is not None:
        speech.say(f"{found.hosted.model} at {found.hosted.address} is asked for at most ${found.hosted.max_usd:g}")
    return found


def new(arguments: argparse.Namespace) -> int:
    """Write a product folder with sample data, or with a brief for the data that lies in it."""
    scenario, folder = registry.get(arguments.scenario), arguments.folder.resolve()
    if (folder / "product.yaml").exists():
        raise InputError(str(folder), "there is a product.yaml already", "choose another folder")
    from breakeven.own_file import new_from_data

    if name := new_from_data(folder, scenario):
        speech.say(f"wrote {folder}/product.yaml for {name}; read it, then run: breakeven check {arguments.folder}")
        return 0
    scenario.new(folder)
    speech.say(
        f"wrote {folder}/product.yaml and sample data beside it; put your own there, then run: breakeven build {arguments.folder}"
    )
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Read the data and print what was found in it."""
    from breakeven import pipeline
    from breakeven.report import plain, terminal

    hosted, quiet = llm.section(arguments), options.quiet(arguments)
    need = brief_of(_folder(arguments, hosted), hosted, arguments.verbose, quiet)
    collected = pipeline.check(replace(need, quick=arguments.quick))
    if arguments.json:
        found = {"columns": [asdict(c) for c in collected.columns], "findings": [asdict(f) for f in collected.findings]}
        print(json.dumps({**found, "overview": collected.overview()}, ensure_ascii=False, indent=1))
        return 0
    terminal.columns(collected.columns, collected.findings)
    speech.say(f"\n{collected.overview()}")
    if need.traffic.assumed and not quiet:
        print(f"\n{plain.volume_note(need.traffic.requests_per_month, speech.current())}")
    return 0


def weigh(arguments: argparse.Namespace) -> int:
    """Measure both routes and print the verdict; nothing is published."""
    return _run(arguments, weigh=True)


def build(arguments: argparse.Namespace) -> int:
    """Measure, choose, train, prove and publish; print the verdict."""
    return _run(arguments, weigh=False)


def _folder(arguments: argparse.Namespace, hosted: Mapping[str, object] | None) -> Path:
    """The product's folder: the one that is named, or that of a data file, with a brief written beside it."""
    from breakeven.own_file import brief_beside, is_data_file, is_picture_folder

    clash = [
        f"--{n}" for n in ("minutes", "prefer", "final", "llm") if arguments.quick and getattr(arguments, n) is not None
    ]
    if clash:
        what = f"does not go with {clash[0]}: it takes about 20 s, tunes nothing and asks no LLM"
        raise InputError("--quick", what, "leave one out")
    if is_data_file(arguments.folder) or is_picture_folder(arguments.folder):
        keys = {
            "prefer": arguments.prefer,
            "final": arguments.final,
            "volume.requests_per_month": arguments.volume,
        }
        return brief_beside(arguments.folder, arguments.target, arguments.minutes, hosted, keys)
    for name in ("target", "minutes", "prefer", "final", "volume"):
        if getattr(arguments, name) is not None:
            raise InputError(f"--{name}", "goes with a data file, not with a folder", "set it in product.yaml")
    return Path(arguments.folder)


def _run(arguments: argparse.Namespace, weigh: bool) -> int:
    from breakeven.core import verdict as document
    from breakeven.report import summary

    hosted, quiet = llm.section(arguments), options.quiet(arguments)
    folder = _folder(arguments, hosted)
    verdict, run = _make(folder, weigh, hosted, arguments.verbose, quiet, arguments.quick)
    if arguments.json:
        print(json.dumps(document.dump(verdict), ensure_ascii=False, indent=1))
        return LimitsError.exit_code if verdict.chosen.route == "none" else 0
    summary.show(verdict, speech.current(), arguments.verbose, str(arguments.folder))
    speech.say(f"\nreport: {run / 'report.html'}")
    if verdict.chosen.route == "none":
        raise LimitsError(f"{verdict.chosen.reason} The verdict is in {run / 'verdict.json'}.")
    speech.say(f"next: breakeven {'build' if weigh or arguments.quick else 'serve'} {folder}")
    return 0


def _make(
    folder: Path,
    weigh: bool,
    hosted: Mapping[str, object] | None = None,
    verbose: bool = False,
    quiet: bool = False,
    quick: bool = False,
) -> tuple[Verdict, Path]:
    from breakeven import pipeline
    from breakeven.report import terminal

    wanted = brief_of(folder, hosted, verbose, quiet)
    progress = Silent() if quiet else terminal.progress()
    progress.note(f"building {wanted.name}" if not weigh else f"weighing {wanted.name}")
    try:
        run = pipeline.build(replace(wanted, quick=quick), progress, weigh=weigh)
    finally:
        if isinstance(progress, terminal.Live):
            progress.close()
    return run.document, run.folder

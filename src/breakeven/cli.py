"""The command line: parses, calls, prints. Heavy imports wait until a command needs them, so `--help` is instant."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from breakeven import cli_backup, cli_builds, cli_keys, cli_options, cli_sign, llm_options
from breakeven.cli_parser import EXAMPLES, Parser, unrecognized
from breakeven.core.brief_sections import FINALS, PREFERENCES
from breakeven.core.errors import BreakevenError, InputError, LimitsError
from breakeven.core.progress import Silent
from breakeven.core.version import VERSION
from breakeven.piping import piped
from breakeven.scenarios import registry
from breakeven.scenarios.base import PredictRequest

if TYPE_CHECKING:
    from breakeven.core.types import Need
    from breakeven.core.verdict import Verdict

#: Exit code after Ctrl-C, as shells have it.
INTERRUPTED = 130
#: Commands that write what their owner alone may read, whichever library writes it, and the rights that others do not get.
KEEPS_PRIVATE, PRIVATE = ("build", "weigh", "learn", "serve", "erase", "demo", "backup", "restore", "repair"), 0o077


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = Parser(
        prog="breakeven",
        description="Measures which model pays on your data, and takes it to production.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"breakeven {VERSION}")
    top.set_defaults(run=lambda _: print(top.format_help()) or 0, parser=top)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], text: str, folder: bool = True
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run, parser=sub)
        if folder:
            sub.add_argument(
                "folder",
                type=cli_options.place,
                metavar="DIR",
                nargs="?",
                default=Path(),
                help="folder with product.yaml (default: .)",
            )
        return sub

    new = command("new", _new, "write a product folder with sample data to start from", folder=False)
    summaries = "; ".join(f"{name}: {registry.get(name).summary}" for name in registry.names())
    new.add_argument("scenario", metavar="SCENARIO", help=summaries)
    new.add_argument("folder", type=Path, metavar="DIR")
    _file_options(command("check", _check, "read the data and say what was found in it"))
    for made in (
        command("weigh", _weigh, "measure both routes and give the verdict alone"),
        command("build", _build, "measure, choose, train, prove and publish the product"),
    ):
        _file_options(made)
        cli_options.language(made)
    predict = command("predict", _predict, "answer a file of rows")
    cli_options.predict(predict)
    serve = command("serve", _serve, "answer over HTTP", folder=False)
    cli_options.serve(serve)
    erase = command("erase", _erase, "erase a user from the log and the builds of a product", folder=False)
    erase.add_argument("folder", type=Path, metavar="DIR", help="folder with product.yaml")
    erase.add_argument("user", metavar="USER", help="the user's id")
    cli_options.verbose(command("learn", _learn, "rebuild with the outcomes that came back; promote if better"))
    forecast = command(
        "forecast", _forecast, "forecast learning curves from a file and choose between them", folder=False
    )
    cli_options.forecast(forecast)
    demo = command("demo", _demo, "build products from real data, end to end", folder=False)
    cli_options.demo(demo)
    cli_sign.add(command("sign", cli_sign.run, cli_sign.SUMMARY, folder=False))
    cli_keys.add(command("keys", cli_keys.run, "make, list and remove the keys of a product's service", folder=False))
    cli_backup.add(lambda name, run, text: command(name, run, text, folder=False))
    cli_builds.add(lambda name, run, text: command(name, run, text, folder=False), top)
    return top


def _file_options(sub: argparse.ArgumentParser) -> None:
    """Options of the commands that also take a data file in place of a folder."""
    sub.add_argument("--target", metavar="NAME", help="with a data file instead of DIR: the column to predict")
    sub.add_argument("--minutes", type=float, metavar="M", help="with a data file instead of DIR: the build's minutes")
    sub.add_argument(
        "--prefer",
        choices=PREFERENCES,
        help="with a data file instead of DIR: take what is proven better alone (cheap), what is expected to be better "
        "(balanced), or the best expected of all (best)",
    )
    sub.add_argument(
        "--final",
        choices=FINALS,
        help="with a data file instead of DIR: the product learns from all rows, or stays the twin that was tested",
    )
    sub.add_argument(
        "--volume",
        type=float,
        metavar="N",
        help="with a data file instead of DIR: requests a month that it will answer",
    )
    quick = "a first verdict in about 20 s: cheap candidates and a small net on at most 1,000 rows"
    sub.add_argument("--quick", action="store_true", help=quick)
    sub.add_argument("--json", action="store_true", help="print one JSON document")
    sub.add_argument("--quiet", action="store_true", help="print the result alone")
    cli_options.verbose(sub)
    llm_options.add(sub)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0 done, 2 wrong input, 3 nothing may be offered, 1 our fault."""
    readable()
    arguments, wrong = parser().parse_known_args(argv)
    if wrong:
        arguments.parser.error(unrecognized(wrong[0], arguments.parser))
    try:
        return _guarded(arguments)
    finally:
        if "loky" in sys.modules:  # only a command that trained has worker processes to end
            from breakeven.scale.executor import Workers

            Workers().close()


def readable() -> None:
    """Print what a terminal has no letters for as question marks rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not (stream.encoding or "").lower().startswith("utf"):
            stream.reconfigure(errors="replace")


def _guarded(arguments: argparse.Namespace) -> int:
    """The command, every error as one line and an exit code."""
    before = os.umask(PRIVATE) if arguments.command in KEEPS_PRIVATE else None
    try:
        return int(arguments.run(arguments))
    except BreakevenError as error:
        print(f"breakeven: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("\nbreakeven: stopped; what was measured is kept, run the same command to go on", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:  # a full disk, a folder that may not be written: the user's to fix
        print(
            f"breakeven: {error.filename or 'system'}: {error.strerror or error}; fix it and run the command again",
            file=sys.stderr,
        )
        return InputError.exit_code
    except Exception as error:  # the last boundary: one line for the user, the rest on request
        if os.environ.get("BREAKEVEN_DEBUG"):
            raise
        print(
            f"breakeven: our fault: {type(error).__name__}: {error}; set BREAKEVEN_DEBUG=1 for the trace and report it",
            file=sys.stderr,
        )
        return 1
    finally:
        if before is not None:
            os.umask(before)


def _need(folder: Path, hosted: Mapping[str, object] | None = None, verbose: bool = False, quiet: bool = False) -> Need:
    """The brief of a folder with the hosted model that options name; its standing defaults are printed where `verbose`."""
    from breakeven.core import brief

    raw = llm_options.joined(brief.read(folder), hosted, str(folder / brief.BRIEF))
    found = registry.parse_brief(raw, folder)
    if verbose:
        print("defaults (set any of them in product.yaml):")
        for line in brief.defaults(found, raw):
            print(f"  {line}")
    if not quiet and found.hosted is not None and found.hosted.address is not None:
        print(f"{found.hosted.model} at {found.hosted.address} is asked for at most ${found.hosted.max_usd:g}")
    return found


def _new(arguments: argparse.Namespace) -> int:
    scenario, folder = registry.get(arguments.scenario), arguments.folder.resolve()
    if (folder / "product.yaml").exists():
        raise InputError(str(folder), "there is a product.yaml already", "choose another folder")
    from breakeven.own_file import new_from_data

    if scenario.brief_section().needs_target and (name := new_from_data(folder)):
        print(f"wrote {folder}/product.yaml for {name}; read it, then run: breakeven check {arguments.folder}")
        return 0
    scenario.new(folder)
    print(
        f"wrote {folder}/product.yaml and sample data beside it; put your own there, then run: breakeven build {arguments.folder}"
    )
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from breakeven import pipeline
    from breakeven.report import plain, terminal

    hosted, quiet = llm_options.section(arguments), cli_options.quiet(arguments)
    need = _need(_folder(arguments, hosted), hosted, arguments.verbose, quiet)
    collected = pipeline.check(replace(need, quick=arguments.quick))
    if arguments.json:
        found = {"columns": [asdict(c) for c in collected.columns], "findings": [asdict(f) for f in collected.findings]}
        print(json.dumps({**found, "overview": collected.overview()}, ensure_ascii=False, indent=1))
        return 0
    terminal.columns(collected.columns, collected.findings)
    print(f"\n{collected.overview()}")
    if need.traffic.assumed and not quiet:
        print(f"\n{plain.volume_note(need.traffic.requests_per_month, 'en')}")
    return 0


def _weigh(arguments: argparse.Namespace) -> int:
    return _run(arguments, weigh=True)


def _build(arguments: argparse.Namespace) -> int:
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

    hosted, quiet = llm_options.section(arguments), cli_options.quiet(arguments)
    folder = _folder(arguments, hosted)
    verdict, place = _make(folder, weigh, hosted, arguments.verbose, quiet, arguments.quick)
    if arguments.json:
        print(json.dumps(document.dump(verdict), ensure_ascii=False, indent=1))
        return LimitsError.exit_code if verdict.chosen.route == "none" else 0
    summary.show(verdict, summary.language(arguments.lang), arguments.verbose, str(arguments.folder))
    print(f"\nreport: {place / 'report.html'}")
    if verdict.chosen.route == "none":
        raise LimitsError(f"{verdict.chosen.reason} The verdict is in {place / 'verdict.json'}.")
    print(f"next: breakeven {'build' if weigh or arguments.quick else 'serve'} {folder}")
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

    wanted = _need(folder, hosted, verbose, quiet)
    progress = Silent() if quiet else terminal.progress()
    progress.note(f"building {wanted.name}" if not weigh else f"weighing {wanted.name}")
    try:
        run = pipeline.build(replace(wanted, quick=quick), progress, weigh=weigh)
    finally:
        if isinstance(progress, terminal.Live):
            progress.close()
    return run.document, run.folder


def _predict(arguments: argparse.Namespace) -> int:
    from breakeven.runtime.predictor import find

    place, about = find(arguments.folder)
    scenario = registry.get(about.scenario or registry.DEFAULT)
    taken = {option.name for option in scenario.options}
    given = {
        option.name: value
        for option in cli_options.of_scenarios().values()
        if (value := getattr(arguments, option.name)) is not None
    }
    for name in given:
        if name not in taken:
            raise InputError(
                f"--{name.replace('_', '-')}", f"not an option of a {scenario.name} product", "leave it out"
            )
    keep = tuple(name.strip() for name in arguments.keep.split(",") if name.strip())
    with piped(arguments.input, arguments.output) as (source, output):
        request = PredictRequest(source, output, arguments.explain, given, keep, arguments.raw)
        said = scenario.predict(place, arguments.folder, request)
    print(said, file=sys.stderr if str(arguments.output) == "-" else sys.stdout)
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    # Before numpy is loaded: products of an answer's size are slower on two threads, and far slower while something else runs.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    from breakeven.serving import run
    from breakeven.serving.limits import limits_of
    from breakeven.serving.origin import hosts_of

    limits = limits_of(
        arguments.connections, arguments.connections_per_client, arguments.request_seconds, arguments.idle_seconds
    )
    hosts = hosts_of(arguments.host, arguments.allow_host, arguments.allow_origin)
    app = run.application(arguments.folders, registry.get, hosts, arguments.trusted_key)
    names, keys = ", ".join(map(str, arguments.folders)), "".join(map(run.keys_line, arguments.folders))

    def ready(port: int) -> str:
        return f"serving {names} on http://{arguments.host}:{port}/  (Ctrl-C ends it){keys}"

    run.serve(app, ready, arguments.host, arguments.port, limits)
    return 0


def _erase(arguments: argparse.Namespace) -> int:
    need = _need(arguments.folder, quiet=True)
    print(registry.get(need.scenario).erase(need, arguments.user))
    return 0


def _learn(arguments: argparse.Namespace) -> int:
    from breakeven import pipeline
    from breakeven.report import terminal
    from breakeven.trust import sealed

    run, promoted, gap = pipeline.learn(_need(arguments.folder, verbose=arguments.verbose), terminal.Plain())
    if gap["value"] is None:
        print(
            "kept the old product: it has learned from nearly all sealed rows of the new one, so the two cannot be compared"
        )
        return 0
    shown = f"{gap['value']:+.4g} {run.document.metric.name} (90 % interval {gap['low']:+.4g} to {gap['high']:+.4g})"
    print(f"{'promoted' if promoted else 'kept the old product'}: new minus old on the sealed rows {shown}")
    opened = sealed.openings(run.folder / "work")
    if opened > 1:
        print(
            f"these sealed rows were opened {opened} times so far; each time makes their scores a little less independent"
        )
    return 0


def _forecast(arguments: argparse.Namespace) -> int:
    from breakeven.gate import curves_file

    count = curves_file.run(arguments.curves, arguments.rows, arguments.output, arguments.better, arguments.raw)
    print(f"{count:,} curves in {arguments.output}")
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    from breakeven.report import summary

    language = summary.language(arguments.lang)
    folders = [folder for name in registry.names() for folder in registry.get(name).demo(arguments.folder)]
    made = [_make(folder, weigh=False) for folder in folders]
    print()
    summary.products([verdict for verdict, _ in made], language)
    for verdict, place in made:
        print()
        summary.say(f"{verdict.name}: {summary.sentences(verdict, language)}")
        print(f"  report: {place / 'report.html'}")
    served = [str(folder) for folder, (verdict, _) in zip(folders, made, strict=True) if verdict.chosen.route != "none"]
    print(
        f"\nopen the reports: breakeven open {arguments.folder}\nserve the products: breakeven serve {' '.join(served)}"
    )
    return 0

"""Options of single commands, those of scenarios among them."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from breakeven.cli import llm
from breakeven.core.brief_sections import FINALS, PREFERENCES
from breakeven.core.database_address import is_address
from breakeven.core.errors import InputError
from breakeven.report.speech import LANGUAGES
from breakeven.scenarios import registry
from breakeven.scenarios.base import Option
from breakeven.serving.limits import Limits


def place(text: str) -> Path:
    """A path on the command line. Raises ArgumentTypeError for the address of a database, and does not repeat it."""
    if is_address(text):
        raise argparse.ArgumentTypeError("a database is named in product.yaml ('data: URL', 'query: select ...')")
    return Path(text)


def verbose(sub: argparse.ArgumentParser) -> None:
    """`--verbose`."""
    sub.add_argument("--verbose", action="store_true", help="print the settings that stand by default, too")


def language(sub: argparse.ArgumentParser) -> None:
    """`--lang`."""
    text = "language of what is printed (default: that of LANG)"
    sub.add_argument("--lang", choices=LANGUAGES, default=argparse.SUPPRESS, help=text)


def quiet(arguments: argparse.Namespace) -> bool:
    """Whether the result alone is printed. Raises InputError for options that say otherwise."""
    said = "--json" if arguments.json else "--quiet" if arguments.quiet else None
    if said is not None and arguments.verbose:
        raise InputError("--verbose", f"does not go with {said}", "leave one out")
    if arguments.json and hasattr(arguments, "lang"):
        raise InputError("--lang", "does not go with --json, whose document is in both languages", "leave one out")
    return said is not None


def file_or_folder(sub: argparse.ArgumentParser) -> None:
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
    verbose(sub)
    llm.add(sub)


def serve(sub: argparse.ArgumentParser) -> None:
    """Options of `serve`."""
    sub.add_argument("folders", type=Path, nargs="*", default=[Path()], metavar="DIR")
    sub.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    sub.add_argument("--port", type=int, default=8000, help="port to listen on; 0: a free one (default: %(default)s)")
    sub.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="answer under this name as well; repeatable"
    )
    sub.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="let pages of this site ask, such as https://shop.example; repeatable",
    )
    sub.add_argument(
        "--trusted-key",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="public key that must have signed every product (see `sign`); repeatable",
    )
    usual = Limits()
    sub.add_argument(
        "--connections",
        type=int,
        metavar="N",
        help=f"connections open at a time (default: {usual.connections})",
    )
    sub.add_argument(
        "--connections-per-client",
        type=int,
        metavar="N",
        help=f"the same from one address; raise it behind a proxy (default: {usual.per_client})",
    )
    sub.add_argument(
        "--request-seconds",
        type=float,
        default=usual.request_seconds,
        metavar="S",
        help="time for a request's headers, for its body, and for taking the answer (default: %(default)g)",
    )
    sub.add_argument(
        "--idle-seconds",
        type=float,
        default=usual.idle_seconds,
        metavar="S",
        help="time between two requests of a connection (default: %(default)g)",
    )


def predict(sub: argparse.ArgumentParser) -> None:
    """Options of `predict`, those of scenarios among them."""
    sub.add_argument(
        "--input", type=Path, required=True, metavar="F", help="csv, tsv, jsonl, parquet, xlsx, or a folder of images"
    )
    sub.add_argument("--output", type=Path, required=True, metavar="F", help="csv to write, one line a row")
    sub.add_argument(
        "--keep", default="", metavar="A,B", help="columns of the input to copy, besides those that identify a row"
    )
    sub.add_argument("--explain", action="store_true", help="add the three columns that mattered most")
    _raw(sub)
    for option in of_scenarios().values():
        sub.add_argument(option.flag, type=option.type, metavar=option.metavar, help=option.help)


def forecast(sub: argparse.ArgumentParser) -> None:
    """Options of `forecast`."""
    sub.add_argument(
        "curves", type=Path, metavar="CURVES.csv", help="columns task, curve, rows, score; optional route, at"
    )
    sub.add_argument("--rows", type=float, metavar="N", help="rows to forecast (or a column 'at')")
    sub.add_argument("--output", type=Path, required=True, metavar="F", help="csv to write")
    sub.add_argument(
        "--better", choices=["higher", "lower"], default="higher", help="which scores are better (default: %(default)s)"
    )
    _raw(sub)


def demo(sub: argparse.ArgumentParser) -> None:
    """Options of `demo`."""
    sub.add_argument(
        "--folder", type=Path, default=Path("breakeven-demo"), metavar="DIR", help="where (default: %(default)s)"
    )


def _raw(sub: argparse.ArgumentParser) -> None:
    """`--raw`."""
    text = "write texts as they are; else those that a spreadsheet would run (=, +, -, @) begin with an apostrophe"
    sub.add_argument("--raw", action="store_true", help=text)


def of_scenarios() -> dict[str, Option]:
    """Options that scenarios add to `predict`, by flag; the help names the scenarios that take each."""
    found: dict[str, Option] = {}
    for name in registry.names():
        for option in registry.get(name).options:
            earlier = found.get(option.flag)
            text = f"{earlier.help}; {name}: {option.help}" if earlier else f"{name}: {option.help}"
            found[option.flag] = replace(option, help=text)
    return found

"""The entry point: one command is parsed and run; every error is one line and an exit code."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from itertools import pairwise

from breakeven.cli.commands import parser
from breakeven.cli.parsing import unrecognized
from breakeven.core.errors import BreakevenError, InputError
from breakeven.report import speech

#: Exit code after Ctrl-C, as shells have it.
INTERRUPTED = 130
STOPPED = "stopped; what was measured is kept, run the same command to go on"
#: Commands that write what their owner alone may read, whichever library writes it, and the rights that others do not get.
KEEPS_PRIVATE, PRIVATE = ("build", "weigh", "learn", "serve", "erase", "demo", "backup", "restore", "repair"), 0o077


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0 done, 2 wrong input, 3 nothing may be offered, 1 our fault."""
    readable()
    given = list(sys.argv[1:] if argv is None else argv)
    with speech.spoken(speech.language(_asked(given))):
        return _run(given)


def _asked(given: Sequence[str]) -> str | None:
    """The language that `--lang` names, known before the arguments are parsed: their errors are said in it."""
    pairs = pairwise([*given, ""])
    found = [b if a == "--lang" else a[7:] for a, b in pairs if a == "--lang" or a.startswith("--lang=")]
    return found[-1] if found and found[-1] in speech.LANGUAGES else None


def _run(given: Sequence[str]) -> int:
    arguments, wrong = parser().parse_known_args(given)
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
        print(f"breakeven: {speech.error(error)}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"\nbreakeven: {speech.said(STOPPED)}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:  # a full disk, a folder that may not be written: the user's to fix
        failed = f"{error.filename or 'system'}: {error.strerror or error}; fix it and run the command again"
        print(f"breakeven: {speech.said(failed)}", file=sys.stderr)
        return InputError.exit_code
    except Exception as error:  # the last boundary: one line for the user, the rest on request
        if os.environ.get("BREAKEVEN_DEBUG"):
            raise
        fault = f"our fault: {type(error).__name__}: {error}; set BREAKEVEN_DEBUG=1 for the trace and report it"
        print(f"breakeven: {speech.said(fault)}", file=sys.stderr)
        return 1
    finally:
        if before is not None:
            os.umask(before)

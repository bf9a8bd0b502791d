"""The entry point: one command is parsed and run; every error is one line and an exit code."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from breakeven.cli.commands import parser
from breakeven.cli.parsing import unrecognized
from breakeven.core.errors import BreakevenError, InputError

#: Exit code after Ctrl-C, as shells have it.
INTERRUPTED = 130
#: Commands that write what their owner alone may read, whichever library writes it, and the rights that others do not get.
KEEPS_PRIVATE, PRIVATE = ("build", "weigh", "learn", "serve", "erase", "demo", "backup", "restore", "repair"), 0o077


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

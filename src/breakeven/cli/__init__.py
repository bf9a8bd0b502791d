"""The command line: parses, calls, prints. Heavy imports wait until a command needs them, so `--help` is instant."""

from breakeven.cli.commands import parser
from breakeven.cli.entry import main

__all__ = ["main", "parser"]

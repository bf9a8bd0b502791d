"""What `--help` ends with, and errors of the command line that name what was probably meant."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from breakeven.cli.help_pages import Formatter
from breakeven.core.errors import InputError, nearest
from breakeven.report import speech

#: What `breakeven --help` ends with.
EXAMPLES = """examples:
  breakeven build customers.csv --target churned --minutes 5
  breakeven predict --input new.csv --output answers.csv
  breakeven serve
  breakeven new recommend shop     a shop's folder with sample data

exit codes: 0 done; 1 our fault; 2 wrong input; 3 no model may be offered"""


class Parser(argparse.ArgumentParser):
    """Says which command or option was probably meant by a wrong one; its help is in the language that is spoken."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"formatter_class": Formatter, **given})

    def error(self, message: str) -> NoReturn:
        """Print the error with the nearest command and exit with 2."""
        found = re.search(r"argument (\w+): invalid choice: '?([^' ]+)'? \(choose from (.+)\)", message)
        if found:
            known = [name.strip(" '") for name in found[3].split(",")]
            message = f"there is no {found[1].lower()} {found[2]!r}; {nearest(found[2], known)}"
        self.exit(InputError.exit_code, f"breakeven: {speech.said(f'{message}; see: {self.prog} --help')}\n")

    def options(self) -> list[str]:
        """The long options."""
        return [name for name in self._option_string_actions if name.startswith("--")]


def unrecognized(wrong: str, parser: Parser) -> str:
    """What is said of an argument that a command does not take."""
    if not wrong.startswith("-"):
        return f"unexpected argument {wrong!r}"
    return f"there is no option {wrong}; {nearest(wrong.split('=')[0], parser.options())}"

"""docs/command-line.md, from the parser: `python -m tests.documented_commands > docs/command-line.md`."""

from __future__ import annotations

import argparse
import os

from breakeven.cli import parser

HEAD = """# Command line

This page is what `breakeven --help` and `breakeven COMMAND --help` print.
"""


def page() -> str:
    """The whole page."""
    os.environ["COLUMNS"] = "110"
    top = parser()
    parts = [HEAD, "```text", top.format_help().rstrip(), "```"]
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                parts += ["", f"## {name}", "", "```text", sub.format_help().rstrip(), "```"]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    print(page(), end="")

"""The commands about builds that are there: `list`, `open`, `clean`; and `completion` for a shell."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from breakeven.core.errors import MissingExtra
from breakeven.core.wording import counted
from breakeven.report import speech

#: Shells that `completion` writes for.
SHELLS = ("bash", "zsh", "fish", "tcsh")
Command = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add(command: Command, top: argparse.ArgumentParser) -> None:
    """Add the commands by `command`, which adds one; `top` is what `completion` describes."""
    listing = command("list", _list, "list the products in a folder")
    listing.add_argument("folder", type=Path, metavar="DIR", nargs="?", default=Path(), help="where (default: .)")
    opening = command(
        "open", _open, "open the report of the latest build in a browser, or those of all products in a folder"
    )
    opening.add_argument("folder", type=Path, metavar="DIR", nargs="?", default=Path(), help="default: .")
    clean = command("clean", _clean, "remove old builds")
    clean.add_argument("folder", type=Path, metavar="DIR", nargs="?", default=Path(), help="default: .")
    clean.add_argument("--keep", type=int, default=1, metavar="N", help="older builds to keep (default: %(default)s)")
    clean.add_argument("--dry-run", action="store_true", help="say what would be removed")
    completion = command("completion", lambda given: _completion(top, given.shell), "write completion for a shell")
    completion.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))


def _list(arguments: argparse.Namespace) -> int:
    from breakeven import builds
    from breakeven.report import terminal

    rows = []
    for one in builds.products(arguments.folder):
        built = f"{one.built:%Y-%m-%d %H:%M}" if one.built else speech.said("not built yet")
        rows.append([str(one.folder), built, str(one.builds), f"{one.size_mb:,.1f}"])
    terminal.table([speech.said(name) for name in ("folder", "latest build", "builds", "MB")], rows)
    return 0


def _open(arguments: argparse.Namespace) -> int:
    import webbrowser

    from breakeven import builds

    for path in builds.reports(arguments.folder):
        print(path)
        if not webbrowser.open(path.as_uri()):
            speech.say("no browser was found here; open the file above in one", sys.stderr)
    return 0


def _clean(arguments: argparse.Namespace) -> int:
    from breakeven import builds

    old = builds.removable(arguments.folder, arguments.keep)
    for build in old:
        speech.say(f"{'would remove' if arguments.dry_run else 'removing'} {build}")
    freed = 0.0 if arguments.dry_run else builds.remove(old)
    speech.say(f"{counted(len(old), 'old build')}{'' if arguments.dry_run else f' removed, {freed:,.1f} MB freed'}")
    return 0


def _completion(top: argparse.ArgumentParser, shell: str) -> int:
    try:
        import shtab
    except ImportError:
        raise MissingExtra("completion", "shtab is not installed", "pip install 'breakeven[completion]'") from None
    print(shtab.complete(top, shell))
    return 0

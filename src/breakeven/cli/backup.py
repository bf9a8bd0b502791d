"""The commands `backup`, `restore` and `repair`: the events that a service keeps."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from breakeven.cli.builds import Command
from breakeven.core.errors import InputError
from breakeven.core.wording import counted
from breakeven.report import speech


def add(command: Command) -> None:
    """Add the commands by `command`, which adds one."""
    text = "copy the events of a product into a file, also while it is served"
    backup = command("backup", _backup, text)
    _folder(backup)
    backup.add_argument("file", type=Path, metavar="FILE", help="the file to write")
    restore = command("restore", _restore, "put a backup in the place of a product's events")
    _folder(restore)
    restore.add_argument("file", type=Path, metavar="FILE", help="a file that backup wrote")
    _folder(command("repair", _repair, "write the events that can be read from a damaged database into a new one"))


def _folder(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("folder", type=Path, metavar="DIR", help="folder of the product, the one that is served")


def _backup(arguments: argparse.Namespace) -> int:
    from breakeven.online import backup

    _on_sqlite(f"pg_dump --file {arguments.file} --table 'breakeven_events_*' \"$DATABASE_URL\"")
    done = backup.backup(arguments.folder, _name(arguments.folder), arguments.file)
    speech.say(f"{counted(done.events, 'event')} in {arguments.file}")
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    from breakeven.online import backup

    _on_sqlite(f'psql --file {arguments.file} "$DATABASE_URL"')
    done = backup.restore(arguments.folder, _name(arguments.folder), arguments.file)
    speech.say(
        f"{counted(done.events, 'event restored', 'events restored')}{f'; those of before are in {done.kept}' if done.kept else ''}"
    )
    return 0


def _repair(arguments: argparse.Namespace) -> int:
    from breakeven.online import backup

    _on_sqlite('vacuumdb "$DATABASE_URL"')
    done = backup.repair(arguments.folder)
    if done is None:
        speech.say("the events are whole; nothing was changed")
    else:
        speech.say(f"{counted(done.events, 'event')} could be read and kept; the damaged file is {done.kept}")
    return 0


def _on_sqlite(command: str) -> None:
    """Raises InputError with the command that does it where the events stand in PostgreSQL."""
    from breakeven.online.logs import is_postgres

    if is_postgres(os.environ.get("DATABASE_URL", "")):
        raise InputError(
            "DATABASE_URL", "the events stand in PostgreSQL, which has commands of its own", f"run: {command}"
        )


def _name(folder: Path) -> str:
    """The product's name, by its brief; "" without one."""
    from breakeven.core import brief

    return str(brief.read(folder).get("name", "")) if (folder / brief.BRIEF).is_file() else ""

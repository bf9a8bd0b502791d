"""The command `keys`: make, list and remove the keys of a product's service."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from breakeven.core.errors import InputError
from breakeven.report import speech
from breakeven.serving.scopes import PER_SECOND, SCOPES

#: What each scope is for.
SCOPES_HELP = (
    "chat: a conversation with customer service, for a page that customers see; "
    "read: predictions and recommendations; write: events, items and feedback as well; "
    "admin: users, histories and deletes as well"
)


def add(sub: argparse.ArgumentParser) -> None:
    """Arguments and actions of `keys`."""
    sub.add_argument("folder", type=Path, metavar="DIR", help="folder of the product")
    actions = sub.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")
    text = "make a key and print it, this once"
    add = actions.add_parser("add", help=text, description=text)
    add.add_argument("--scope", choices=SCOPES, required=True, help=SCOPES_HELP)
    add.add_argument("--name", metavar="NAME", help="what it is called (default: its scope)")
    add.add_argument("--days", type=float, metavar="N", help="days until it expires (default: never)")
    add.add_argument(
        "--per-second",
        type=int,
        default=PER_SECOND,
        metavar="N",
        help="requests a second that it may make (default: %(default)s)",
    )
    text = "list the keys with their last use"
    actions.add_parser("list", help=text, description=text)
    text = "remove a key; a running service refuses it within two seconds"
    removing = actions.add_parser("remove", help=text, description=text)
    removing.add_argument("name", metavar="NAME", help="the key's name")


def run(arguments: argparse.Namespace) -> int:
    """Run one action. Raises InputError."""
    from breakeven.core.brief import BRIEF
    from breakeven.core.store import MANIFEST

    folder = arguments.folder
    if not any((folder / name).exists() for name in (BRIEF, MANIFEST, "product", "build")):
        raise InputError(str(folder), "there is no product", "name its folder, the one that is served")
    {"add": _add, "list": _list, "remove": _remove}[arguments.action](arguments)
    return 0


def _add(arguments: argparse.Namespace) -> None:
    from breakeven.serving import key_file

    name = arguments.name or arguments.scope
    secret = key_file.add(arguments.folder, name, arguments.scope, arguments.days, arguments.per_second)
    print(secret)
    speech.say(
        f"key {name!r} of scope {arguments.scope}: it is shown this once; send it as X-API-Key or Authorization: Bearer.",
        sys.stderr,
    )
    speech.say("A service that was started without keys asks for them from its next start on.", sys.stderr)


def _list(arguments: argparse.Namespace) -> None:
    from breakeven.report import terminal
    from breakeven.serving import key_file

    used, now = key_file.last_used(arguments.folder), key_file.now()
    rows = []
    for key in key_file.load(arguments.folder):
        expires = (
            speech.said("never")
            if key.expires is None
            else _shown(key.expires) + (" (expired)" if key.expired(now) else "")
        )
        last = used.get(key_file.usage_name(key))
        rows.append(
            [
                key.name,
                key.scope,
                _shown(key.made),
                expires,
                _shown(last) if last else speech.said("never"),
                f"{key.per_second:,}",
            ]
        )
    head = ("name", "scope", "made", "expires", "last used", "a second")
    terminal.table([speech.said(name) for name in head], rows)


def _remove(arguments: argparse.Namespace) -> None:
    from breakeven.serving import key_file

    key_file.remove(arguments.folder, arguments.name)
    speech.say(f"removed key {arguments.name!r}")


def _shown(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"

"""How gorse's paths are declared, and what all of them share: optional last segments, ids of the path, names that are not known."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from breakeven.core.errors import InputError
from breakeven.core.fields import described
from breakeven.online.event import LATEST
from breakeven.scenarios.recommend import requests
from breakeven.scenarios.recommend.gorse_messages import NEVER
from breakeven.scenarios.recommend.request_times import Time, any_time, seconds
from breakeven.serving.endpoint import Endpoint, Request

_OPTIONAL = re.compile(r"\[/(.*)\]$")


class Unknown(InputError):
    """No user, item or feedback of that name."""

    status = 404


def at(
    methods: str, path: str, handler: Callable[[Any], object | Awaitable[object]], summary: str, **types: Any
) -> list[Endpoint]:
    """The endpoints of a path for some methods; `types` are those of `Endpoint`. Where a path ends in `[/{name}]`, that segment
    may be left out, with its slash or without, as gorse's own clients do; only the shortest form is hot.
    """
    return [
        Endpoint(method, one, handler, f"gorse: {summary}", **{**types, "hot": types.get("hot", False) and not n})  # type: ignore[arg-type]
        for method in methods.split()
        for n, one in enumerate(forms(path))
    ]


def forms(path: str) -> list[str]:
    """All paths that a declared one stands for.

    >>> forms("/api/latest[/{category}]"), forms("/api/user/{user}/neighbors[/]")
    (['/api/latest', '/api/latest/', '/api/latest/{category}'], ['/api/user/{user}/neighbors', '/api/user/{user}/neighbors/'])
    """
    found = _OPTIONAL.search(path)
    if found is None:
        return [path]
    short = path[: found.start()]
    return [short, f"{short}/", *([f"{short}/{found[1]}"] if found[1] else [])]


def as_list(body: object) -> object:
    """One object as a list of one, and null as none: so Go writes a list without entries."""
    return [] if body is None else [body] if isinstance(body, dict) else body


def path_id(request: Request[object, object], name: str) -> str:
    """The id of a path's user or item. Raises InputError."""
    return requests.checked_id(f"{name}-id", request.path[name])


def moment(where: str, given: Time | None, zone: str, ahead: bool = False) -> float | None:
    """Seconds since 1970, which may lie `ahead`; None for none and for what gorse's clients send instead. `zone` is that of times
    which name none. Raises InputError.
    """
    if given is None or given in ("", NEVER):
        return None
    at = (any_time if ahead else seconds)(where, given, zone)
    if at >= LATEST:
        raise InputError(where, f"{described(given)} is no time", "send a time before the year 5138")
    return at


def shown_time(at: float | None) -> str:
    """A time as gorse shows it."""
    return NEVER if at is None else datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")

"""Serve one product or several from one process, until told to stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from breakeven.core import store
from breakeven.core.errors import InputError
from breakeven.runtime.predictor import find
from breakeven.serving.origin import Hosts
from breakeven.serving.server import Mounted, Raw, Route, Server

GRACE_SECONDS = 10


def application(folders: Sequence[Path], service_of: Callable[[str], Any], hosts: Hosts | None = None) -> Any:
    """An ASGI application for product folders; `service_of` gives a scenario's service. Raises ProductError.

    `hosts` are accepted in the Host header of requests that write; without it the loopback names are.
    """
    servers: dict[str, Server] = {}
    for folder in folders:
        place, about = find(folder)
        service = service_of(about["scenario"])
        verdict = place.parent / "verdict.json"
        routes = service.routes(service.load(place), folder, store.read_json(verdict) if verdict.is_file() else {})
        name = about["name"]
        if name in servers:
            raise InputError(str(folder), f"a product named {name!r} is already served", "give each its own name")
        servers[name] = Server(routes, hosts=hosts)
    if len(servers) == 1:
        return next(iter(servers.values()))
    return Mounted(servers, Server([Route("GET", "/", lambda _: Raw(_index(list(servers))))], hosts=hosts))


def _index(names: list[str]) -> bytes:
    items = "".join(f'<li><a href="{escape(n)}/">{escape(n)}</a></li>' for n in names)
    style = "<style>body{font:18px/1.6 system-ui,sans-serif;max-width:640px;margin:3rem auto;padding:0 1rem}</style>"
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>products</title>{style}<h1>Products</h1><ul>{items}</ul></html>'.encode()


def serve(app: Any, told: str, host: str, port: int) -> None:
    """Say `told` and serve until SIGINT or SIGTERM; requests in work are finished first. Raises InputError for a taken port."""
    import gc
    import socket

    import uvicorn

    try:
        with socket.create_server((host, port)):
            pass
    except (OSError, OverflowError) as error:
        raise InputError(f"http://{host}:{port}", f"cannot listen there ({error})", "give another --port") from None
    print(told, flush=True)

    # What is loaded stays: keep it out of every collection, and collect less often than once in 700 allocations. A full collection
    # hardly ever: it holds answers up for a fifth of a second a million events that a shop keeps in memory.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 1_000)
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, lifespan="on", server_header=False, proxy_headers=False,
                date_header=False, timeout_graceful_shutdown=GRACE_SECONDS, limit_concurrency=1024, ws="none")  # fmt: skip

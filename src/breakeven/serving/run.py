"""Serve one product or several from one process, until told to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from breakeven.core import product_folder, signature
from breakeven.core.errors import InputError
from breakeven.core.network import is_loopback
from breakeven.core.private import keep_private
from breakeven.runtime.predictor import find, found
from breakeven.serving import app, key_file
from breakeven.serving.app import Application
from breakeven.serving.door import Door
from breakeven.serving.endpoint import Service
from breakeven.serving.keys import KeyRing
from breakeven.serving.limits import Limits
from breakeven.serving.origin import Hosts

if TYPE_CHECKING:
    import uvicorn

#: Seconds that requests in work have to end after SIGTERM.
GRACE_SECONDS = 10
#: Allocations after which young objects are collected; usually 700.
COLLECT_AFTER = 50_000
#: Collections of the youngest generation after which the second is collected.
COLLECT_SECOND = 20
#: Collections of the second generation after which everything is: hardly ever. A full collection holds answers up for a
#: fifth of a second for every million events that a shop keeps in memory.
COLLECT_ALL = 1_000


P = TypeVar("P")


class Servable(Protocol[P]):
    """What this needs of a scenario; `scenarios.base.Scenario` has it."""

    def load(self, folder: Path) -> P:
        """Load a checked product folder."""

    def service(self, product: P, folder: Path, verdict: Mapping[str, object]) -> Service:
        """The service of a loaded product; `folder` keeps what it writes, `verdict` is the build's or empty."""


def application(
    folders: Sequence[Path],
    scenario_of: Callable[[str], Servable[Any]],
    hosts: Hosts | None = None,
    trusted: Sequence[Path] = (),
) -> Application:
    """An ASGI application for product folders; `scenario_of` gives a scenario by its name. Raises ProductError.

    `hosts` are accepted in the Host header; without it the loopback names are. Each product is behind the keys in its folder.
    Raises InputError where one without a key would be reached from elsewhere. Where public keys are `trusted`, one of them must have
    signed each product.
    """
    hosts = hosts or Hosts()
    services: dict[str, Service] = {}
    for folder in folders:
        if trusted:
            signature.verify(found(folder), trusted)
        product, about = find(folder)
        name = about.name
        if name in services:
            raise InputError(str(folder), f"a product named {name!r} is already served", "give each its own name")
        scenario = scenario_of(about.scenario)
        services[name] = scenario.service(scenario.load(product), folder, product_folder.verdict_beside(product))
        services[name].build = product.parent.resolve()
        services[name].keys = keys_of(folder, hosts)
        if product.parent.parent.name == "build":  # a folder of ours, and not one that a product was copied to
            keep_private(product.parent)
    return app.application(list(services.values()), hosts)


def keys_of(folder: Path, hosts: Hosts) -> KeyRing | None:
    """The keys of a product; None where it has none and only this machine can ask.

    Raises InputError where others could ask and there is no key, or where the file of keys cannot be read.
    """
    ring = KeyRing(folder)
    now = key_file.now()
    if any(hosts.is_local or not key.expired(now) for key in ring.known):
        return ring
    if not hosts.is_local:
        others = sorted(name for name in hosts.allowed if not is_loopback(name))
        asked = f"--host {hosts.bound}" if not is_loopback(hosts.bound.lower()) else f"--allow-host {others[0]}"
        raise InputError(
            asked,
            f"others could ask, and {folder} has no key{' that has not expired' if ring.known else ''}",
            f"make one: breakeven keys {folder} add --scope read",
        )
    return None


def keys_line(folder: Path) -> str:
    """Which keys a product has, for whoever starts its service; empty where it has none."""
    keys = ", ".join(f"{key.name} ({key.scope})" for key in key_file.load(folder))
    return f"\nkeys of {folder}: {keys}" if keys else ""


def reserved(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0: a free one. Raises InputError for a taken port."""
    try:
        return socket.create_server((host, port))
    except (OSError, OverflowError) as error:
        raise InputError(f"http://{host}:{port}", f"cannot listen there ({error})", "give another port") from None


def configured(application: Application, host: str, port: int, limits: Limits) -> uvicorn.Config:
    """How uvicorn serves products, in the foreground and in a thread."""
    import uvicorn

    from breakeven.serving.connections import BoundedProtocol

    return uvicorn.Config(
        application,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        lifespan="on",
        server_header=False,
        proxy_headers=False,
        date_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        http=partial(BoundedProtocol, Door[BoundedProtocol](limits)),  # type: ignore[arg-type]
    )


def serve(application: Application, message: Callable[[int], str], host: str, port: int, limits: Limits) -> None:
    """Print the message of the port (0: a free one) and serve until SIGINT or SIGTERM; requests in work are finished first.

    Raises InputError for a taken port.
    """
    import gc

    import uvicorn

    listening = reserved(host, port)
    port = int(listening.getsockname()[1])
    print(message(port), flush=True)

    # What is loaded stays: keep it out of every collection.
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, COLLECT_SECOND, COLLECT_ALL)
    server = uvicorn.Server(configured(application, host, port, limits))
    with suppress(KeyboardInterrupt):
        server.run([listening])
    if not server.started:
        raise SystemExit(1)  # the application's own lines say why

"""How much of a server's connections, time and memory its clients may take; what is over a limit is refused."""

from __future__ import annotations

import math
from dataclasses import dataclass

from breakeven.core.errors import InputError

#: Most bytes of a request's path, query and headers together.
MAX_HEAD = 64 << 10
#: Most headers of a request.
MAX_HEADERS = 100
#: Seconds for which the rest of a body is still read (and dropped) after its request was refused.
DRAIN_SECONDS = 2.0
#: Files that the process needs besides connections: the log of events, its database, models, the listening socket.
OTHER_FILES = 64
#: Longest time that a limit may allow a client, in seconds.
MAX_SECONDS = 3_600.0


@dataclass(frozen=True)
class Limits:
    """What a server's clients may take of it.

    `connections` are open at a time, `per_client` of them from one address. Where one more comes in, the connection that
    has waited longest for its client is closed; only where all are being answered is the new one refused.
    `request_seconds` is the time for a request's headers, again for its body, and again for taking the answer; each
    grows by a second for every `bytes_a_second` that came or are to be taken. `idle_seconds` may pass between requests.
    `bytes_in_flight` are bodies being received or answered and answers not yet taken, of all clients together.
    """

    connections: int = 1024
    per_client: int = 256
    request_seconds: float = 20.0
    idle_seconds: float = 5.0
    bytes_in_flight: int = 256 << 20
    bytes_a_second: float = 50_000

    def seconds_for(self, size: int) -> float:
        """How long a client may take for so many bytes.

        >>> Limits().seconds_for(1_000_000)
        40.0
        """
        return self.request_seconds + size / self.bytes_a_second


def limits_of(connections: int | None, per_client: int | None, request_seconds: float, idle_seconds: float) -> Limits:
    """The limits that options of the command line name. Raises InputError, naming the option, for what cannot be meant.

    Where no number of connections is named there are the usual ones, or as many as the process may open files for.

    >>> limits_of(100, None, 5, 5).per_client
    100
    """
    usual = Limits()
    allowed = _open_files((connections or usual.connections) + OTHER_FILES) - OTHER_FILES
    if connections is None:
        connections = max(min(usual.connections, allowed), 1)
    if per_client is None:
        per_client = max(min(usual.per_client, connections), 1)
    for option, count in (("--connections", connections), ("--connections-per-client", per_client)):
        if count < 1:
            raise InputError(option, f"{count:,} would let nobody in", "give at least 1")
    if per_client > connections:
        raise InputError(
            "--connections-per-client",
            f"{per_client:,} is more than all {connections:,} connections",
            "give at most as many, or raise --connections",
        )
    for option, seconds in (("--request-seconds", request_seconds), ("--idle-seconds", idle_seconds)):
        if not (math.isfinite(seconds) and 0 < seconds <= MAX_SECONDS):
            raise InputError(option, f"{seconds:g} s", f"give more than 0 and at most {MAX_SECONDS:,.0f} seconds")
    if connections > max(allowed, 1):
        raise InputError(
            "--connections",
            f"{connections:,}, where this process may open {allowed + OTHER_FILES:,} files",
            f"give at most {max(allowed, 0):,}, or raise the limit (ulimit -n)",
        )
    return Limits(connections, per_client, request_seconds, idle_seconds)


def _open_files(wanted: int) -> int:
    """How many files this process may have open, after its own limit was raised where that is needed and allowed."""
    try:
        import resource
    except ImportError:  # Windows has no such limit for sockets
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft == unlimited or soft >= wanted:
        return wanted
    raised = wanted if hard == unlimited else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    return raised

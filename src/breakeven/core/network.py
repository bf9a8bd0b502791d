"""Hosts and addresses: this machine's own, those of private networks, those of the internet."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether a host in lower case is localhost, in 127.0.0.0/8, or ::1, by how it is written.

    >>> is_loopback("127.0.0.2"), is_loopback("::1"), is_loopback("127.0.0.1.example.com")
    (True, True, False)
    """
    found = literal(host)
    return host == "localhost" or (found is not None and found.is_loopback)


def is_public(host: str) -> bool:
    """Whether an address is one of the internet: none of a private network, of a link, or set aside.

    >>> is_public("10.0.0.1"), is_public("169.254.169.254"), is_public("::ffff:192.168.0.1"), is_public("8.8.8.8")
    (False, False, False, True)
    """
    found = literal(host)
    return found is not None and found.is_global and not found.is_multicast


@lru_cache(maxsize=1_000)
def literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address that is written as one; None for a name."""
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return inner or found


def host_of(address: str) -> str:
    """The host of an URL; "" where it has none that can be read."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""

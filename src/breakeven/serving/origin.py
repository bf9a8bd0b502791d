"""Checks of where a request comes from and of the type of its body; pure functions over headers.

A browser lets every page on the web send requests to a server on the same machine. Three headers tell such a request
from one of a client or of the server's own page: Origin and Sec-Fetch-Site name the page, and Host keeps the name of a
site that was made to resolve to this address (DNS rebinding). Clients that are no browsers send neither of the first two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from starlette.types import Scope

from breakeven.core.errors import InputError
from breakeven.core.network import is_loopback, literal

#: The headers that are checked, here and for keys, by their names in lower case.
Checked = Mapping[bytes, str]
#: Headers that a proxy or a tunnel adds; programs of this machine send none of them.
PASSED_ON = frozenset(
    {
        *(
            b"forwarded",
            b"via",
            b"x-real-ip",
            b"x-client-ip",
            b"x-cluster-client-ip",
            b"true-client-ip",
            b"cf-connecting-ip",
        ),
        *(b"x-forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-port"),
        *(b"x-forwarded-server", b"x-original-host", b"x-original-forwarded-for", b"x-envoy-external-address"),
    }
)
_CHECKED = frozenset(
    {
        *(b"host", b"content-type", b"user-agent"),
        *(b"origin", b"referer", b"sec-fetch-site", b"sec-fetch-mode"),
        *(b"x-api-key", b"authorization", b"x-page-token"),
        *PASSED_ON,
        *(b"access-control-request-method", b"access-control-request-private-network"),
    }
)
#: Where the checked headers of a request are kept in its scope.
_KEPT = "breakeven.headers"

#: Methods that change nothing by their definition (RFC 9110, 9.2.1).
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: Ports that a URL leaves out.
DEFAULT_PORTS = {"http": 80, "https": 443}
#: Characters of a refused value that an error repeats.
SHOWN = 80
#: Characters of a host and port (a name has at most 253), and of a content type; longer ones are refused and not cached.
LONGEST_HOST = 300
LONGEST_TYPE = 300
_HOST = r"(\[[0-9a-fA-F:.]{2,45}\]|[^\[\]:/?#@,\s]{1,255})"
_AUTHORITY = re.compile(rf"{_HOST}(?::(\d{{0,5}}))?")
_ORIGIN = re.compile(rf"(https?)://({_HOST}(?::\d{{1,5}})?)")


class ForeignRequest(InputError):
    """The request was sent by a page of another site, or to a name this server does not go by."""

    status = 403


class UnsupportedType(InputError):
    """The body is not declared as JSON in UTF-8."""

    status = 415


@dataclass(frozen=True)
class Hosts:
    """The hosts a server accepts in the Host header, and the `origins` of other sites whose pages may ask it.

    `bound` is the address or name it listens on, `allowed` are further names. On a loopback address these and the
    loopback names are all. On another address the machine's names are unknown, so every IP address is accepted as
    well: DNS rebinding needs a name.

    >>> Hosts().accepts("localhost"), Hosts().accepts("evil.example"), Hosts("0.0.0.0").accepts("192.168.0.7")
    (True, False, True)
    """

    bound: str = "127.0.0.1"
    allowed: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()

    @property
    def is_local(self) -> bool:
        """Whether only this machine can ask: it listens on a loopback address, and goes by no other name."""
        return is_loopback(self.bound.lower()) and all(map(is_loopback, self.allowed))

    def accepts(self, host: str) -> bool:
        """Whether `host`, in lower case and without a port, is one of them."""
        if is_loopback(host) or host in self.allowed or host == self.bound.lower():
            return True
        return literal(host) is not None and not is_loopback(self.bound.lower())


def hosts_of(bound: str, names: Sequence[str], origins: Sequence[str] = ()) -> Hosts:
    """The hosts of a server that listens on `bound`, answers to `names`, and may be asked by pages of `origins`.

    Raises InputError for what is no host name or no origin.

    >>> sorted(hosts_of("127.0.0.1", ["Shop.example", "[::2]"]).allowed)
    ['::2', 'shop.example']
    """
    allowed = []
    for name in names:
        parts = _split(name) or _split(f"[{name}]")
        if parts is None or parts[1] is not None or "*" in name or (":" in name and literal(parts[0]) is None):
            raise InputError(
                "--allow-host",
                f"{name[:SHOWN]!r} is not a host name",
                "give one name without http:// and without a port",
            )
        allowed.append(parts[0])
    for one in origins:
        if not _ORIGIN.fullmatch(one) or "*" in one:
            raise InputError(
                "--allow-origin", f"{one[:SHOWN]!r} is no origin", "give http:// or https://, a host and maybe a port"
            )
    return Hosts(bound, frozenset(allowed), frozenset(one.lower() for one in origins))


@lru_cache(maxsize=1_000)
def writes(method: str) -> bool:
    """Whether requests of this method may change something."""
    return method not in SAFE_METHODS


def checked(headers: Iterable[tuple[bytes, bytes]]) -> Checked:
    """The headers that are checked, of all that ASGI gives, in one pass.

    Values of a repeated header are joined by a comma, which none of these headers may hold.

    >>> checked([(b"host", b"a"), (b"accept", b"*/*"), (b"host", b"b")])
    {b'host': 'a, b'}
    """
    found: dict[bytes, str] = {}
    for name, value in headers:
        if name in _CHECKED:
            text = value.decode("latin-1")
            found[name] = f"{found[name]}, {text}" if name in found else text
    return found


def headers_of(scope: Scope) -> Checked:
    """The checked headers of a request, found once."""
    found: Checked | None = scope.get(_KEPT)
    if found is None:
        found = scope[_KEPT] = checked(scope["headers"])
    return found


def check_host(headers: Checked, hosts: Hosts) -> None:
    """Raises ForeignRequest unless the Host header is one of `hosts`, with any port."""
    host = headers.get(b"host")
    parts = None if host is None else _split(host)
    if parts is None or not hosts.accepts(parts[0]):
        given = "no Host header" if host is None else f"{host[:SHOWN]!r} is not a host of this server"
        raise ForeignRequest(
            "header Host", given, "use localhost or the address given to --host, or start with --allow-host NAME"
        )


def check_sender(headers: Checked, hosts: Hosts) -> None:
    """Raises ForeignRequest when a browser says that a page of another site sent the request.

    An Origin is accepted when it is the address in the Host header, when its host is one of `hosts.allowed`, or when it is
    one of `hosts.origins`. Without one, pages of other ports of the same host are other sites as well.
    """
    origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site")
    if origin is not None:
        if origin in hosts.origins:
            return
        if not _same_origin(origin, headers.get(b"host") or "", hosts):
            raise ForeignRequest(
                "header Origin",
                f"{origin[:SHOWN]!r} is another site",
                "send it from the server's own page, or start with --allow-origin ORIGIN",
            )
    if site not in (None, "same-origin", "none") and (site != "same-site" or origin is None):
        raise ForeignRequest(
            "header Sec-Fetch-Site", "a page of another site sent this", "send it from the server's own page"
        )


def is_visit(headers: Checked) -> bool:
    """Whether a browser goes to an address, for example by a link from another site: what it gets, that site cannot read."""
    return headers.get(b"sec-fetch-mode") == "navigate" and b"origin" not in headers


def _same_origin(origin: str, host: str, hosts: Hosts) -> bool:
    form, here = _ORIGIN.fullmatch(origin), _split(host)
    there = None if form is None else _split(form[2])
    if form is None or there is None:  # "null" is the origin of files and of sandboxed frames
        return False
    usual = DEFAULT_PORTS[form[1]]
    same = here is not None and (there[0], there[1] or usual) == (here[0], here[1] or usual)
    return same or there[0] in hosts.allowed


def check_json(headers: Checked) -> None:
    """Raises UnsupportedType unless the content type is application/json, in UTF-8 where it names a charset.

    Forms, plain text and bodies without a type are what a page of another site can send without a preflight request.

    >>> check_json({b"content-type": "application/json; charset=utf-8"})
    """
    given = headers.get(b"content-type")
    if given is not None and len(given) <= LONGEST_TYPE and _is_json(given):
        return
    shown = "no content type" if given is None else f"{given[:SHOWN]!r} is not read"
    raise UnsupportedType("header Content-Type", shown, "send JSON in UTF-8 with 'content-type: application/json'")


@lru_cache(maxsize=1_000)
def _is_json(given: str) -> bool:
    kind, *parameters = given.split(";")
    pairs = [p.partition("=") for p in parameters]
    charsets = {text.strip().strip('"').lower() for name, _, text in pairs if name.strip().lower() == "charset"}
    return kind.strip().lower() == "application/json" and charsets <= {"utf-8"}


def _split(authority: str) -> tuple[str, int | None] | None:
    """Host in lower case without brackets, and port, of HOST:PORT; None for what is neither."""
    return _parts(authority) if len(authority) <= LONGEST_HOST else None


@lru_cache(maxsize=1_000)
def _parts(authority: str) -> tuple[str, int | None] | None:
    form = _AUTHORITY.fullmatch(authority)
    return None if form is None else (form[1].strip("[]").lower(), int(form[2]) if form[2] else None)

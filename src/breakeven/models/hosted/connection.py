"""The connection to a hosted model: no redirects, and nothing is sent to an address that the brief has not allowed.

An address is judged when the connection stands and before anything is sent, so that a name which leads to another address by then
is judged by that one.
"""

from __future__ import annotations

import http.client
import socket
import urllib.request
from functools import partial
from typing import Any

from breakeven.core.errors import BreakevenError
from breakeven.core.network import is_loopback, is_public


class Refused(BreakevenError):
    """The address is one that needs a word in the brief; nothing was sent."""


class _Stay(urllib.request.HTTPRedirectHandler):
    """No redirects: they would carry the key to another host."""

    def redirect_request(self, *_: object) -> None:
        """Refused."""


def opener(private: bool, insecure: bool) -> urllib.request.OpenerDirector:
    """What opens requests. `private`: addresses of private networks are allowed; `insecure`: http beyond this machine is."""
    return urllib.request.build_opener(_Stay, _Plain(private, insecure), _Encrypted(private))


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, private: bool, insecure: bool) -> None:
        super().__init__()
        self._private, self._insecure = private, insecure

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """A request over http."""
        return self.do_open(partial(_Connection, _Judge(req, self._private, self._insecure)), req)


class _Encrypted(urllib.request.HTTPSHandler):
    def __init__(self, private: bool) -> None:
        super().__init__()
        self._private = private

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """A request over https."""
        return self.do_open(partial(_EncryptedConnection, _Judge(req, self._private, True)), req)


class _Judge:
    """Says of a connection whether anything may be sent on it. Behind a proxy the address beyond it is not known, and not judged."""

    def __init__(self, request: urllib.request.Request, private: bool, insecure: bool) -> None:
        self._proxied = request.has_proxy() or getattr(request, "_tunnel_host", None) is not None
        self._private, self._insecure = private, insecure

    def check(self, sock: socket.socket) -> None:
        """Raises Refused."""
        if self._proxied:
            return
        address = sock.getpeername()[0]
        if is_loopback(address):
            return
        if not self._private and not is_public(address):
            raise Refused("the address is one of a private network; allow it in the brief: hosted: {private: true}")
        if not self._insecure:
            raise Refused("http sends key and rows in the clear; use https, or allow it: hosted: {insecure: true}")


class _Connection(http.client.HTTPConnection):
    def __init__(self, judge: _Judge, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._judge = judge

    def connect(self) -> None:
        """Connect, and see to whom."""
        super().connect()
        self._judge.check(self.sock)


class _EncryptedConnection(_Connection, http.client.HTTPSConnection):
    """The same by TLS."""

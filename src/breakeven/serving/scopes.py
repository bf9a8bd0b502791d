"""What keys may do, and what endpoints ask of who calls them."""

from __future__ import annotations

from typing import Literal

#: What a key may do; each one may do what those before it may.
KeyScope = Literal["read", "write", "admin"]
SCOPES: tuple[KeyScope, ...] = ("read", "write", "admin")
#: Requests a second that a key may make unless it says otherwise.
PER_SECOND = 1_000
#: What an endpoint asks of who calls it: nothing, or a key of at least a scope.
Needed = Literal["open", "read", "write", "admin"]
#: What an endpoint asks by its method, unless it says otherwise.
BY_METHOD: dict[str, Needed] = {"GET": "read", "POST": "write", "PUT": "write", "PATCH": "write", "DELETE": "admin"}

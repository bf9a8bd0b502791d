"""What keys may do, and what endpoints ask of who calls them."""

from __future__ import annotations

from typing import Literal

#: What a key may do; each one may do what those before it may.
#: `chat` is for the pages that a company shows its customers: it may be published, and may hold a conversation, no more.
KeyScope = Literal["chat", "read", "write", "admin"]
SCOPES: tuple[KeyScope, ...] = ("chat", "read", "write", "admin")
#: What an own page's token is not asked for where a browser asks: what reads no personal data, and a conversation by its secret id.
WITHOUT_TOKEN = frozenset(("chat", "read"))
#: Requests a second that a key may make unless it says otherwise.
PER_SECOND = 1_000
#: What an endpoint asks of who calls it: nothing, or a key of at least a scope.
Needed = Literal["open", "chat", "read", "write", "admin"]
#: What an endpoint asks by its method, unless it says otherwise.
BY_METHOD: dict[str, Needed] = {"GET": "read", "POST": "write", "PUT": "write", "PATCH": "write", "DELETE": "admin"}

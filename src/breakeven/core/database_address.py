"""The address of a database: what connects to it, and what may be shown of it.

>>> address = parse("postgresql://me:s3cret@host/shop?sslmode=require")
>>> address.shown
'postgresql://me:***@host/shop?sslmode=require'
>>> parse("host=db user=me password='s3 cret'").shown
'host=db user=me password=***'
>>> parse("data/cells.csv") is None
True
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

from breakeven.core.errors import InputError
from breakeven.core.secret import MASK, Secret

#: Settings of a connection that may be shown; every other one is masked, known or not.
PUBLIC = (
    "host", "hostaddr", "port", "dbname", "user", "service", "sslmode", "connect_timeout", "application_name", "client_encoding",
    "target_session_attrs", "mode",
)  # fmt: skip
#: Settings by which a text without "://" is known to be an address in keywords.
_KEYWORDS = re.compile(r"(?:^|\s)(?:host|hostaddr|dbname|user|password|passwd|service|port)\s*=", re.IGNORECASE)
#: What stands where a port should, and is none; brackets hold IPv6 addresses.
_NO_PORT = re.compile(r"(?:\[[^\]]*\]|[^\[/:])*:(?!\d*(?:$|[/,]))")
_SETTING = re.compile(r"\s*(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)*)(?:\s+|$)")


class DatabaseAddress:
    """An address with a password in it. Its text, `shown`, has none; `reveal` is for the driver alone."""

    def __init__(self, address: str, shown: str, secrets: Sequence[str], kind: str) -> None:
        self.shown, self.kind = shown, kind
        self._address = Secret(address)
        # The longest first: one may be part of another.
        parts = {part for one in secrets for part in (one, unquote(one)) if part}
        self._secrets = [Secret(one) for one in sorted(parts, key=len, reverse=True)]

    def reveal(self) -> str:
        """The address as the driver takes it."""
        return self._address.reveal()

    def mask(self, text: str) -> str:
        """A text of others, such as a driver's error, without the address's secrets."""
        for secret in (self._address, *self._secrets) if self._secrets else ():
            text = secret.mask(text)
        return text

    def __repr__(self) -> str:
        return self.shown

    __str__ = __repr__


def parse(text: str) -> DatabaseAddress | None:
    """A URL or an address in keywords; None for a text that is neither. Raises InputError where it cannot be told apart what is
    the password, with nothing of it in the message.
    """
    if "://" in text:
        return _of_url(text)
    return _of_keywords(text) if is_address(text) else None


def is_address(text: str) -> bool:
    """Whether a text is meant as the address of a database, and not as a path.

    >>> is_address("dbname=shop"), is_address("data/cells.csv")
    (True, False)
    """
    return "://" in text or _KEYWORDS.search(text) is not None


def shown(text: str) -> str:
    """What may be shown of a text that may be an address.

    >>> shown("postgresql://me:p@ss@host/shop")
    'postgresql://me:***@host/shop'
    """
    if "://" in text:
        return _split(text)[0]
    try:
        found = parse(text)
    except InputError:
        return MASK
    return text if found is None else found.shown


def _of_url(url: str) -> DatabaseAddress:
    scheme = url.partition("://")[0]
    visible, secrets = _split(url)
    if any(set(one) & set("@/?#") for one in secrets[:1]):
        what = "a password with one of the characters @ / ? # cannot be told from the rest of the address"
        raise InputError(visible, what, "write them as %40, %2F, %3F and %23")
    kind = scheme.partition("+")[0].lower()
    address = url if kind == scheme else f"{kind}://{url.partition('://')[2]}"
    return DatabaseAddress(address, visible, secrets, "postgresql" if kind == "postgres" else kind)


def _split(url: str) -> tuple[str, list[str]]:
    """The URL as it may be shown, and its secrets, the password first ("" where there is none).

    Where several readings are possible the longest password is masked.
    """
    scheme, _, rest = url.partition("://")
    before, mark, settings = rest.partition("?")
    if "@" in settings and "@" not in before and (_NO_PORT.match(before) or "=" not in settings.partition("@")[0]):
        before, mark, settings = rest, "", ""  # a question mark inside the password
    userinfo, at, host = before.rpartition("@")
    if not at and (_NO_PORT.match(host) and scheme.partition("+")[0].lower() != "sqlite"):
        userinfo, host = host, ""  # a password without a host behind it
    user, colon, password = userinfo.partition(":")
    visible, secrets = f"{scheme}://{user}{colon}{MASK if password else ''}{at}{host}", [password]
    pairs = []
    for pair in settings.split("&") if mark else ():
        name, equals, value = pair.partition("=")
        if equals and unquote(name).lower() not in PUBLIC:
            secrets.append(value)
            value = MASK
        pairs.append(f"{name}{equals}{value}")
    return visible + mark + "&".join(pairs), secrets


def _of_keywords(text: str) -> DatabaseAddress:
    visible, secrets, at = list[str](), [""], 0
    while at < len(text.rstrip()):
        found = _SETTING.match(text, at)
        if found is None:
            what = "an address in keywords cannot be read"
            raise InputError("data", what, "write it as host=... dbname=... user=... password='...', or as a URL")
        name, value = found[1], found[2]
        if name.lower() not in PUBLIC:
            inner = value[1:-1] if value[:1] == "'" else value
            secrets += [inner, re.sub(r"\\(.)", r"\1", inner)]
            value = MASK
        visible.append(f"{name}={value}")
        at = found.end()
    return DatabaseAddress(text, " ".join(visible), secrets, "postgresql")

"""Keys of a product: a file of hashes in its folder, and beside it when each key was last used.

A key is 256 random bits, so one SHA-256 is hash enough: there is nothing to guess that a slow hash would protect.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from filelock import FileLock
from msgspec import Meta

from breakeven.core import store
from breakeven.core.errors import InputError, nearest
from breakeven.serving.scopes import PER_SECOND, KeyScope

#: The file of a product's keys, and the one of their last use, in the product's folder.
FILE, USED_FILE = "keys.json", "keys-used.json"
#: What every key begins with, so that searches for leaked secrets find it.
PREFIX = "bke_"
#: Bits of a key.
BITS = 256
#: Most keys of a product, and most bytes of their file.
MAX_KEYS, MAX_BYTES = 1_000, 1 << 20

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")


class Key(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key as it is kept: never the key itself."""

    name: Annotated[str, Meta(pattern=f"^{_NAME.pattern}$")]
    scope: KeyScope
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    made: datetime
    expires: datetime | None = None
    per_second: Annotated[int, Meta(ge=1)] = PER_SECOND

    def expired(self, at: datetime) -> bool:
        """Whether it is no longer accepted."""
        return self.expires is not None and at >= self.expires


class KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The document of FILE."""

    format: Literal[1]
    keys: Annotated[list[Key], Meta(max_length=MAX_KEYS)]


def hashed(secret: str) -> str:
    """What is kept of a key.

    >>> hashed("bke_x")[:8]
    '8289ab62'
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def load(folder: Path) -> list[Key]:
    """The keys of a product; none where there is no file. Raises InputError for a file that cannot be read."""
    path = folder / FILE
    try:
        if path.exists() and not path.is_file():
            raise ValueError("it is a folder, a pipe or a device")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ValueError(f"larger than {MAX_BYTES:,} bytes")
        return msgspec.json.decode(content, type=KeyFile).keys
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})", "give it to who runs the service") from None
    except (ValueError, msgspec.MsgspecError) as error:
        raise InputError(str(path), f"is no file of keys ({error})", "restore it, or make keys anew") from None


def add(folder: Path, name: str, scope: KeyScope, days: float | None = None, per_second: int = PER_SECOND) -> str:
    """Make a key, keep its hash, and return the key, which nothing can show again. Raises InputError."""
    if not _NAME.fullmatch(name):
        raise InputError("--name", f"{name[:60]!r} is no name of a key", "give letters, digits and _.- (at most 60)")
    if days is not None and not 0 < days <= 36_500:
        raise InputError("--days", f"{days:g} days", "give days from now, or leave it out for a key without an end")
    if per_second < 1:
        raise InputError("--per-second", f"{per_second} requests", "give 1 or more")
    secret, made = PREFIX + secrets.token_urlsafe(BITS // 8), now()
    expires = None if days is None else made + timedelta(days=days)
    key = Key(name=name, scope=scope, sha256=hashed(secret), made=made, expires=expires, per_second=per_second)

    def with_it(keys: list[Key]) -> list[Key]:
        if any(one.name == name for one in keys):
            raise InputError("--name", f"there is a key {name!r} already", "give another name, or remove it first")
        if len(keys) >= MAX_KEYS:
            raise InputError(str(folder / FILE), f"there are {len(keys):,} keys", "remove those that are not used")
        return [*keys, key]

    _change(folder, with_it)
    return secret


def remove(folder: Path, name: str) -> None:
    """Take a key back: a running service refuses it within two seconds. Raises InputError for a name that is not there."""

    def without_it(keys: list[Key]) -> list[Key]:
        left = [one for one in keys if one.name != name]
        if len(left) == len(keys):
            known = nearest(name, [one.name for one in keys]) if keys else "there are none"
            raise InputError(str(folder / FILE), f"there is no key {name[:60]!r}", known)
        return left

    _change(folder, without_it)


def _change(folder: Path, change: Callable[[list[Key]], list[Key]]) -> None:
    if not folder.is_dir():
        raise InputError(str(folder), "there is no such folder", "name the product's folder")
    with FileLock(folder / f".{FILE}.lock"):
        _write(folder / FILE, KeyFile(1, change(load(folder))))


def last_used(folder: Path) -> dict[str, datetime]:
    """When keys were last used, by the first half of their hashes; a file that cannot be read says nothing."""
    try:
        return msgspec.json.decode((folder / USED_FILE).read_bytes(), type=dict[str, datetime])
    except (OSError, msgspec.MsgspecError):
        return {}


def keep_last_used(folder: Path, used: Mapping[str, datetime], keys: Sequence[Key]) -> None:
    """Keep the later of what is known and what was used since, of keys that are there. Raises OSError."""
    with FileLock(folder / f".{USED_FILE}.lock"):
        known = last_used(folder)
        there = {usage_name(key) for key in keys}
        latest = {name: max(at, known.get(name, at)) for name, at in {**known, **used}.items() if name in there}
        _write(folder / USED_FILE, latest)


def usage_name(key: Key) -> str:
    """What a key is called in USED_FILE: a name may be given again to another key."""
    return key.sha256[:32]


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def _write(path: Path, document: object) -> None:
    store.write_bytes(path, msgspec.json.format(msgspec.json.encode(document)) + b"\n")

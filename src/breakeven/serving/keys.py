"""The keys of a served product: found by their hash, counted against their rate, followed while their file changes."""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from breakeven.core.errors import InputError
from breakeven.serving import key_file
from breakeven.serving.key_file import Key

#: Seconds after which the file of keys is looked at again, so that a key that was removed is soon refused.
LOOK_AFTER = 1.0
#: Seconds between two notes of when keys were last used; a key's first use in a process is noted at once.
NOTE_AFTER = 60.0
#: Characters of a key that is looked up; a longer one is none.
LONGEST = 200

_log = logging.getLogger("breakeven")


class Bucket:
    """The requests a key may still make: at most those of one second, filled up at its rate."""

    __slots__ = ("_at", "_left", "_rate")

    def __init__(self, rate: float, at: float) -> None:
        self._rate, self._left, self._at = rate, rate, at

    def take(self, at: float) -> bool:
        """Whether one more request may be made at a time in seconds."""
        self._left = min(self._rate, self._left + (at - self._at) * self._rate)
        self._at = at
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class KeyRing:
    """The keys in a product's folder. Raises InputError where their file cannot be read at the start.

    Where it cannot be read later, or is gone, no key is accepted: a service that was closed does not open by an accident.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder, self._clock = folder, clock
        self._by_hash: dict[str, Key] = {}
        self._buckets: dict[str, Bucket] = {}
        #: Seconds since 1970 of each key's last use, by its hash.
        self._used: dict[str, float] = {}
        self._seen: object = self._look()
        self._take(key_file.load(folder))
        self._looked, self._noted = clock(), -NOTE_AFTER
        self._pool: ThreadPoolExecutor | None = None

    def find(self, secret: str) -> Key | None:
        """The key of that text, unless it has expired."""
        if len(secret) > LONGEST:
            return None
        self._follow()
        digest = key_file.hashed(secret)
        key = self._by_hash.get(digest)
        if key is None or not hmac.compare_digest(key.sha256, digest):
            return None
        if key.expires is not None and key.expired(key_file.now()):
            return None
        self._use(key)
        return key

    def admits(self, key: Key) -> bool:
        """Whether a key may make one more request now, by its rate."""
        at, bucket = self._clock(), self._buckets.get(key.sha256)
        if bucket is None:
            bucket = self._buckets[key.sha256] = Bucket(key.per_second, at)
        return bucket.take(at)

    @property
    def known(self) -> list[Key]:
        """All keys, those that have expired among them."""
        return list(self._by_hash.values())

    def close(self) -> None:
        """Note the last use of every key."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)
            self._pool = None
        if self._used:
            self._note(dict(self._used), self.known)

    def _follow(self) -> None:
        """Read the file again where it was changed."""
        at = self._clock()
        if at - self._looked < LOOK_AFTER:
            return
        self._looked = at
        seen = self._look()
        if seen == self._seen:
            return
        try:
            self._take(key_file.load(self.folder))
            self._seen = seen
        except InputError as error:  # read again at the next look
            _log.error("no key is accepted until their file is repaired: %s", error)
            self._take([])

    def _look(self) -> object:
        try:
            found = (self.folder / key_file.FILE).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _take(self, keys: list[Key]) -> None:
        self._by_hash = {key.sha256: key for key in keys}
        self._buckets = {digest: b for digest, b in self._buckets.items() if digest in self._by_hash}

    def _use(self, key: Key) -> None:
        """Keep a use in memory, and now and then on disk, in a thread: the disk never holds up an answer."""
        is_first = key.sha256 not in self._used
        self._used[key.sha256] = time.time()
        if not is_first and self._looked - self._noted < NOTE_AFTER:
            return
        self._noted = self._looked
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="breakeven-keys")
        self._pool.submit(self._note, dict(self._used), self.known)

    def _note(self, used: dict[str, float], keys: list[Key]) -> None:
        times = {
            key_file.usage_name(key): datetime.fromtimestamp(used[key.sha256], UTC)
            for key in keys
            if key.sha256 in used
        }
        try:
            key_file.keep_last_used(self.folder, times, keys)
        except OSError as error:
            _log.warning("when keys were last used cannot be kept in %s (%s)", self.folder, error.strerror or error)

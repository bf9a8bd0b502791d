"""The events that can be read from a damaged SQLite file, page by page: no index, no header and no page but a row's own is needed.

The format is SQLite's (https://sqlite.org/fileformat2.html). Pages of the write-ahead log stand in the place of older ones, as far
as its checksums hold. Deleted rows do not come back: they are overwritten (`secure_delete`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TypeAlias

MAGIC = b"SQLite format 3\0"
#: Bytes of a page where the header does not say it.
PAGE_SIZE = 4096
#: The first byte of a page with rows of a table.
ROWS_PAGE = 0x0D
#: Columns of an event; the first is its number, which stands outside the record.
COLUMNS = 8
#: Bytes of a row at the most, for lengths that damage has made.
LONGEST = 100_000_000
#: Bytes of an integer by its type in a record.
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
#: (id, user, item, kind, at, value, data, number)
Row: TypeAlias = tuple[object, ...]


class _Broken(ValueError):
    """A row that cannot be read."""


def events(path: Path) -> Iterator[Row]:
    """The rows of eight columns with a number, in the order of their pages. Raises OSError where the file cannot be read."""
    with path.open("rb") as file:
        pages = _Pages(file, path.with_name(f"{path.name}-wal"))
        try:
            for number in range(1, pages.count + 1):
                yield from _rows(pages, number)
        finally:
            pages.close()


class _Pages:
    """Pages by their number, from 1; those of the write-ahead log first."""

    def __init__(self, file: BinaryIO, wal: Path) -> None:
        self._file = file
        head = file.read(100)
        size = int.from_bytes(head[16:18], "big") if head[:16] == MAGIC else PAGE_SIZE
        size = 65536 if size == 1 else size
        self.size = size if 512 <= size <= 65536 and not size & (size - 1) else PAGE_SIZE
        self.usable = self.size - (head[20] if head[:16] == MAGIC and head[20] <= 32 else 0)
        self._wal = wal.open("rb") if wal.is_file() else None
        self._newer = _committed(self._wal, self.size) if self._wal is not None else {}
        length = file.seek(0, 2)
        self.count = max(-(-length // self.size), max(self._newer, default=0))

    def get(self, number: int) -> bytes:
        """A page; shorter where the file ends."""
        at = self._newer.get(number)
        if at is not None and self._wal is not None:
            self._wal.seek(at)
            return self._wal.read(self.size)
        if not 1 <= number <= self.count:
            return b""
        self._file.seek((number - 1) * self.size)
        return self._file.read(self.size)

    def close(self) -> None:
        """Close the write-ahead log."""
        if self._wal is not None:
            self._wal.close()


def _committed(wal: BinaryIO, size: int) -> dict[int, int]:
    """Where the last committed version of each page stands in a write-ahead log."""
    head = wal.read(32)
    if len(head) < 32 or head[:3] != b"\x37\x7f\x06" or int.from_bytes(head[8:12], "big") != size:
        return {}
    order = ">" if head[3] & 1 else "<"
    state = _checksum(head[:24], (0, 0), order)
    found, waiting, at = dict[int, int](), dict[int, int](), 32
    while len(frame := wal.read(24 + size)) == 24 + size:
        state = _checksum(frame[:8] + frame[24:], state, order)
        if frame[8:16] != head[16:24] or struct.unpack(">II", frame[16:24]) != state:
            break
        number, committed = struct.unpack(">II", frame[:8])
        waiting[number] = at + 24
        if committed:
            found |= waiting
            waiting = {}
        at += 24 + size
    return found


def _checksum(data: bytes, state: tuple[int, int], order: str) -> tuple[int, int]:
    one, two = state
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two


def _rows(pages: _Pages, number: int) -> Iterator[Row]:
    page = pages.get(number)
    start = 100 if number == 1 else 0
    if len(page) < start + 8 or page[start] != ROWS_PAGE:
        return
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    for i in range(min(count, (len(page) - start) // 6)):
        offset = start + 8 + 2 * i
        try:
            row = _row(pages, page, int.from_bytes(page[offset : offset + 2], "big"))
        except (_Broken, IndexError, struct.error):
            continue
        if row is not None:
            yield row


def _row(pages: _Pages, page: bytes, at: int) -> Row | None:
    length, at = _varint(page, at)
    number, at = _varint(page, at)
    if length > LONGEST:
        raise _Broken
    most = pages.usable - 35
    if length <= most:
        payload = page[at : at + length]
    else:
        least = (pages.usable - 12) * 32 // 255 - 23
        here = least + (length - least) % (pages.usable - 4)
        here = here if here <= most else least
        payload = page[at : at + here] + _overflow(pages, page[at + here : at + here + 4], length - here)
    if len(payload) < length:
        raise _Broken
    return _record(payload, number)


def _overflow(pages: _Pages, first: bytes, length: int) -> bytes:
    found, seen, following = bytearray(), set[int](), int.from_bytes(first, "big")
    while len(found) < length:
        if following in seen:
            raise _Broken
        seen.add(following)
        page = pages.get(following)
        if len(page) < pages.usable:
            raise _Broken
        found += page[4 : min(pages.usable, 4 + length - len(found))]
        following = int.from_bytes(page[:4], "big")
    return bytes(found)


def _record(payload: bytes, number: int) -> Row | None:
    """The values of a record; None for one of another table."""
    end, at = _varint(payload, 0)
    types = []
    while at < end:
        kind, at = _varint(payload, at)
        types.append(kind)
    if len(types) != COLUMNS or types[0] != 0:
        return None
    values = []
    for kind in types[1:]:
        value, at = _value(payload, at, kind)
        values.append(value)
    return (*values, number)


def _value(payload: bytes, at: int, kind: int) -> tuple[object, int]:
    if kind == 0:
        return None, at
    if kind in (8, 9):
        return kind - 8, at
    if kind in _INTEGERS:
        end = at + _INTEGERS[kind]
        return int.from_bytes(payload[at:end], "big", signed=True), end
    if kind == 7:
        return struct.unpack(">d", payload[at : at + 8])[0], at + 8
    if kind < 12:
        raise _Broken
    end = at + (kind - 12) // 2
    if end > len(payload):
        raise _Broken
    if not kind % 2:
        return payload[at:end], end
    try:
        return payload[at:end].decode(), end
    except UnicodeDecodeError:
        raise _Broken from None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    found = 0
    for i in range(9):
        octet = data[at + i]
        if i == 8:
            found = found << 8 | octet
            return (found - (1 << 64) if found >> 63 else found), at + 9
        found = found << 7 | octet & 0x7F
        if octet < 0x80:
            return found, at + i + 1
    raise AssertionError("unreachable")

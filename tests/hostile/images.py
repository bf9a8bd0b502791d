"""Image files that claim much and hold little."""

from __future__ import annotations

import struct
import zlib


def png(width: int, height: int, data: bytes | None = None, extra: bytes = b"", bits: int = 1) -> bytes:
    """A grey png of 1 bit a pixel, all black; `data`: its packed pixels, `extra`: further chunks before them."""
    body = data if data is not None else zlib.compress((b"\0" + b"\0" * ((width * bits + 7) // 8)) * height, 9)
    head = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a png."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

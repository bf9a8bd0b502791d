"""Image files whose pixels are few enough, and whose inside is not: what each is, and what is said of it."""

from __future__ import annotations

import struct
import zlib

from tests.hostile.images import chunk, png


def progressive(width: int, height: int, scans: int) -> bytes:
    """A grey progressive JPEG, all of one colour, whose scans but the first change nothing and have a few bytes each."""
    blocks = -(-width // 8) * -(-height // 8)
    runs = -(-blocks // 32_767)
    bits = ("0" + "1" * 14) * runs  # runs of 32,767 blocks without anything
    bits += "1" * (-len(bits) % 8)
    nothing = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    head = [
        segment(0xDB, b"\0" + b"\1" * 64),
        segment(0xC2, struct.pack(">BHHBBBB", 8, height, width, 1, 1, 0x11, 0)),
        segment(0xC4, b"\0" + bytes([1] + [0] * 15) + b"\0"),
        segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\xe0"),
        segment(0xDA, bytes([1, 1, 0, 0, 0, 0])) + b"\0" * -(-blocks // 8),
    ]
    scan = segment(0xDA, bytes([1, 1, 0, 1, 63, 1])) + nothing
    return b"\xff\xd8" + b"".join(head) + scan * (scans - 1) + b"\xff\xd9"


def segment(marker: int, data: bytes) -> bytes:
    """One segment of a JPEG."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def tiff(tags: dict[int, tuple[int, int, int]], data: bytes) -> bytes:
    """A TIFF of 8-bit grey: `data` from byte 8 on, then tags as (type, count, value)."""
    usual = {258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1), 277: (3, 1, 1)}
    data += b"\0" * (len(data) % 2)
    entries = sorted({**usual, **tags}.items())
    directory = b"".join(struct.pack("<HHII", tag, *entry) for tag, entry in entries)
    end = struct.pack("<H", len(entries)) + directory + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + end


def tiled(width: int, length: int) -> bytes:
    """A TIFF of 100 x 100 pixels in a tile of another size, in a few bytes."""
    data = zlib.compress(bytes(1_000))
    sizes = {256: (4, 1, 100), 257: (4, 1, 100), 322: (4, 1, width), 323: (4, 1, length)}
    return tiff({**sizes, 259: (3, 1, 8), 324: (4, 1, 8), 325: (4, 1, len(data))}, data)


def repeated(strips: int, side: int = 64) -> bytes:
    """A TIFF whose strips, each of half the image, all stand at one place."""
    half = side * side // 2
    data = bytes(half) + struct.pack("<I", 8) * strips + struct.pack("<I", half) * strips
    sizes = {256: (4, 1, side), 257: (4, 1, side), 278: (4, 1, side // 2)}
    return tiff({**sizes, 273: (4, strips, 8 + half), 279: (4, strips, 8 + half + 4 * strips)}, data)


def gif(before: bytes) -> bytes:
    """A GIF of 8 x 8 pixels with blocks before its picture."""
    colours = struct.pack("<HHBBB", 8, 8, 0x80, 0, 0) + bytes(6)
    picture = b"," + struct.pack("<HHHHB", 0, 0, 8, 8, 0) + b"\2\2\x44\1\0;"
    return b"GIF89a" + colours + before + picture


#: Names of what is wrong -> the file, and part of what is said.
CASES: dict[str, tuple[bytes, str]] = {
    "scans beyond number": (progressive(50_000, 980, 1_000), "1,000 scans, more than 128"),
    "scans of a small picture": (progressive(64, 64, 5_000), "5,000 scans, more than 128"),
    "a tile of 1.3 billion pixels": (tiled(65_008, 20_000), "tiles of 65,008 x 20,000 pixels"),
    "a tile of 2^35 pixels": (tiled(2**31, 16), "tiles of 2,147,483,648 x 16 pixels"),
    "strips that stand at one place": (repeated(1_000), "again and again"),
    "strips beyond number": (repeated(30_000), "tiles, more than 20,000"),
    "chunks of text": (png(8, 8, extra=chunk(b"tEXt", b"a\0") * 30_000), "more than 20,000 chunks"),
    "chunks of no data": (png(8, 8, extra=chunk(b"IDAT", b"") * 30_000), "more than 20,000 chunks"),
    "segments of comments": (b"\xff\xd8" + b"\xff\xfe\0\2" * 30_000 + progressive(8, 8, 2)[2:], "20,000 segments"),
    "blocks of a comment": (gif(b"!\xfe" + b"\1a" * 30_000 + b"\0"), "20,000 blocks"),
    "extensions without blocks": (gif(b"!\xfe\0" * 30_000), "20,000 blocks"),
    "stray bytes": (gif(b"\1" * 30_000), "20,000 blocks"),
    "a file of another reader": (b"%!PS-Adobe-3.0 EPSF-3.0\n" + b"%%x\n" * 1_000, "not an image"),
    "a picture of Photoshop": (b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 9, 9, 8, 3) + bytes(99), "not an image"),
}

"""Random changes of bytes and of plain values, and how a fuzz run counts what came of them."""

from __future__ import annotations

import argparse
import copy
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from breakeven.core.errors import InputError

#: Values that programs are seldom ready for.
STRANGE: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 3, 255, 2**31, 2**63, -(2**63), 10**30, 0.0, -0.0, 0.5, 1e308, -1e308, 1e-320, "", "a", "\0", "..",
    "../x", "/etc/passwd", "a" * 5000, "\ud83d\ude00", "\x1b[2J", "=1+1", "1e999", "NaN", [], {}, [[]], [None], {"a": 1}, {"": {}},
    [0] * 50, "classification", "regression", "text", "image", "grams", "pieces", "given", "raw", "dense",
)  # fmt: skip
WORDS = (
    b"", b"\0", b"\xff" * 8, b"\x80", b"\x7f", b"[" * 50, b"{" * 50, b'"', b",", b"\n", b"\r", b"1e999", b"=", b"'", b"\x3a", b"\x08",
    b"a" * 300,
)  # fmt: skip


def spoiled(content: bytes, rng: random.Random) -> bytes:
    """Bytes with one to four changes: flipped, put in, taken out, repeated, cut."""
    out = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        at, length = rng.randrange(len(out) + 1), min(rng.choice((1, 1, 2, 4, 8, 64, 1000)), len(out))
        match rng.randrange(7):
            case 0 if at < len(out):
                out[at] ^= 1 << rng.randrange(8)
            case 1 if at < len(out):
                out[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
            case 2:
                out[at:at] = rng.choice(WORDS)
            case 3:
                del out[at : at + length]
            case 4:
                out[at:at] = out[at : at + length]
            case 5:
                other = rng.randrange(len(out) + 1)
                out[at : at + length] = out[other : other + length]
            case _:
                out = out[:at] if rng.random() < 0.3 else out
    return bytes(out)


def strange(plain: Any, rng: random.Random) -> Any:
    """A plain value with something in it replaced, taken out, put in or repeated."""
    places = list(_places(plain))
    if not places:
        return copy.deepcopy(rng.choice(STRANGE))
    holder, key = rng.choice(places)
    match rng.randrange(6):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.insert(key, copy.deepcopy(rng.choice(STRANGE)))
        case 1:
            holder[rng.choice(("", "a", "kind", "folder", "schema", "graphs"))] = copy.deepcopy(rng.choice(STRANGE))
        case 2 if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        case 3:
            other, at = rng.choice(places)
            holder[key] = copy.deepcopy(other[at])
        case 4 if isinstance(holder[key], int | float) and not isinstance(holder[key], bool):
            holder[key] = rng.choice(
                (holder[key] + 1, -holder[key], holder[key] * 1000, holder[key] - 1, holder[key] / 3)
            )
        case _:
            holder[key] = copy.deepcopy(rng.choice(STRANGE))
    return plain


def _places(plain: Any) -> Any:
    """Every place in nested lists and mappings; values that hold themselves end after some depth."""
    stack = [(plain, 0)]
    while stack:
        value, depth = stack.pop()
        keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        for key in keys:
            yield value, key
            if depth < 12:
                stack.append((value[key], depth + 1))


def fuzz(one: Callable[[random.Random], object], count: int, seed: int, most_mb: float = 150) -> int:
    """Run many; 0 where each was answered or refused by one line, and memory did not grow."""
    came, slowest, started, before = Counter[str](), 0.0, time.monotonic(), 0.0
    for i in range(count):
        rng, begin = random.Random(f"{seed}-{i}"), time.monotonic()
        try:
            one(rng)
            came["answered"] += 1
        except InputError as error:
            line = str(error)
            came["refused"] += 1
            if "\n" in line or not line.isprintable() or len(line) > 3000:
                print(f"seed {seed}, {i}: not one line: {line[:300]!r}", file=sys.stderr)
                came["failed"] += 1
        except Exception as error:
            print(f"seed {seed}, {i}: {type(error).__name__}: {str(error)[:300]}", file=sys.stderr)
            came["failed"] += 1
            if came["failed"] < 3:
                import traceback

                traceback.print_exc()
        slowest = max(slowest, time.monotonic() - begin)
        if i == count // 4:
            before = resident()
    grown = resident() - before
    print(f"{count:,} in {time.monotonic() - started:.0f} s: {dict(came)}; slowest {slowest:.2f} s; grown {grown:.0f} MB; "
          f"most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")  # fmt: skip
    return int(bool(came["failed"]) or grown > most_mb)


def resident() -> float:
    """Memory of this process now, in MB."""
    with open("/proc/self/statm") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def run(one: Callable[[random.Random], object]) -> None:
    """The command line of a fuzz target."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    sys.exit(fuzz(one, given.count, given.seed))

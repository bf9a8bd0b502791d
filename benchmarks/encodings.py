"""How often the encoding of a small table is found: by breakeven, and by charset-normalizer beside it.

    python benchmarks/encodings.py

A unit is a word of the tests in the encoding of its language: a table of 200 rows of which a tenth have that word and the
others ASCII alone. Right is a guess that reads the same text. Intervals are 90 %, Wilson's.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
from pathlib import Path

import charset_normalizer
from machine import RESULTS, describe

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from breakeven.files import encoding
from tests.field.exports import WORDS

ROWS, EACH = 200, 10
Z = 1.6449


def table(word: str) -> str:
    return "city,x\n" + "\n".join(f"{word if i % EACH == 0 else 'Paris'},{i}" for i in range(ROWS)) + "\n"


def interval(right: int, count: int) -> list[float]:
    """Wilson's interval of a share."""
    p, z2 = right / count, Z * Z / count
    half = Z * math.sqrt(p * (1 - p) / count + z2 / (4 * count))
    return [round((p + z2 / 2 + sign * half) / (1 + z2), 3) for sign in (-1, 1)]


def main() -> None:
    found: dict[str, list[tuple[str, str]]] = {"breakeven": [], "charset-normalizer": []}
    units = 0
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "data.csv"
        for name, words in WORDS.items():
            for word in words:
                raw = table(word).encode(name)
                path.write_bytes(raw)
                units += 1
                best = charset_normalizer.from_bytes(raw).best()
                guesses = {
                    "breakeven": encoding.find(path).name,
                    "charset-normalizer": best.encoding if best else "none",
                }
                for tool, guess in guesses.items():
                    if guess == "none" or raw.decode(guess, errors="replace") != table(word):
                        found[tool].append((f"{word} in {name}", guess))
    out = {
        tool: {"right": units - len(wrong), "of": units, "share": interval(units - len(wrong), units), "wrong": wrong}
        for tool, wrong in found.items()
    }
    written = {"machine": describe(), "command": "python benchmarks/encodings.py", "tools": out}
    (RESULTS / "encodings.json").write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for tool, line in out.items():
        print(tool, line["right"], "of", units, line["share"], line["wrong"][:8])


if __name__ == "__main__":
    main()

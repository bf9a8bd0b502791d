"""A hosted model at any real address against our own, on texts: score, milliseconds, tokens, price, the crossing.

    python benchmarks/hosted.py ../shared/data --address http://127.0.0.1:8080/v1 --model NAME [--key-env KEY]
        [--usd-in 0.25] [--usd-out 1.25] [--max-usd 1] [--set waimai-zh] [--rows 200]

A server of one's own proves the wire: `pip install llama-cpp-python[server]` and `python -m llama_cpp.server --model
FILE.gguf`. The brief is built in two minutes; nothing is asked that could pass the cap. Writes results/hosted.json.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from gate_media import SETS, lay
from machine import save

from breakeven import pipeline
from breakeven.scenarios.registry import load_brief

ROWS = 3_000


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("data", type=Path)
    for name in ("--address", "--model"):
        ask.add_argument(name, required=True)
    ask.add_argument("--key-env")
    ask.add_argument("--set", choices=list(SETS), default="waimai-zh")
    for name, value in (("--usd-in", 0.25), ("--usd-out", 1.25), ("--max-usd", 1.0)):
        ask.add_argument(name, type=float, default=value)
    ask.add_argument("--rows", type=int, default=200)
    given = ask.parse_args()
    pool = SETS[given.set](given.data)
    pick = np.random.default_rng(1).permutation(len(pool[1]))[:ROWS]
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        lay(place, pool, pick, max(given.rows, len(pick) // 5), 2)
        key = f", key_env: {given.key_env}" if given.key_env else ""
        with (place / "product.yaml").open("a", encoding="utf-8") as brief:
            brief.write(f'hosted: {{model: "{given.model}", address: "{given.address}"{key}, usd_per_million_tokens_in: '
                        f"{given.usd_in}, usd_per_million_tokens_out: {given.usd_out}, max_usd: {given.max_usd}, "
                        f"rows: {given.rows}}}\n")  # fmt: skip
        verdict = pipeline.build(load_brief(place), weigh=True).verdict
    lines = {
        t["candidate"]: {k: t[k] for k in ("score", "low", "high", "predict_ms", "usd_per_1000", "why_not")}
        for t in verdict["test"]
    }
    save("hosted", {"set": given.set, "model": given.model, "chosen": verdict["chosen"], "test": lines,
                    "requests_per_month": verdict["breakeven"]["requests_per_month"]})  # fmt: skip


if __name__ == "__main__":
    main()

"""card.md: what the product is, what it was measured on, what it must not be used for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from breakeven.core.types import Column


def render(v: Mapping[str, Any], columns: Sequence[Column]) -> str:
    """The model card of a product, from its verdict."""
    p, rows = v["product"], v["rows"]
    if "shop" in v:
        return _shop(v)
    held = ""
    if "residuals" in p:
        inside = p["residuals"]["interval_held"]
        held = f"- The 90 % interval held on {inside['value']:.1%} of sealed rows ({inside['low']:.1%} to {inside['high']:.1%}).\n"
    else:
        held = f"- Calibration: mean gap between confidence and hit rate {p['reliability']['ece']:.3f}; temperature {p['temperature']:.2f}.\n"
    used = "\n".join(f"- `{c.name}`: {c.role} ({c.reason})" for c in columns)
    found = "\n".join(
        f"- {f['kind']}{' in `' + f['column'] + '`' if f['column'] else ''}: {f['what']}. {f['done']}."
        for f in v["findings"]
    )
    top = "\n".join(
        f"- `{i['column']}`: {i['value']:.4f} ({i['low']:.4f} to {i['high']:.4f})" for i in p["importance"][:10]
    )
    gaps = (
        "\n".join(f"- {g['what']} ({g['done']})" for g in p["group_gaps"])
        or "- not measured: the brief names no groups"
    )
    return f"""# Model card: {v["name"]}

{v["sentence"]["en"]}

{v["sentence"]["zh"]}

## What it is
- Candidate: {v["chosen"]["candidate"]} ({v["chosen"]["route"]} route). {v["chosen"]["reason"]}
- Settings: {p["settings"] or "defaults"}. {p["tuning"]}.
- Scenario: {v["scenario"]}. Classes: {", ".join(v["classes"]) or "none (a number)"}.

## How good it is
- {v["metric"]["name"]} {p["value"]:.4f} ({p["low"]:.4f} to {p["high"]:.4f}, 90 % interval) on {p["rows"]:,} sealed rows.
{held}- Data: {rows["all"]:,} rows, of which {rows["test"]:,} sealed. Split by {v["split"]["by"]}. Seed {v["seed"]}.

## What it looks at (fall of the score when shuffled)
{top}

## Groups
{gaps}

## Columns
{used}

## What was found in the data
{found or "- nothing odd"}

## Limits of use
- Measured on rows like those it was given; on other populations, times or places it was not measured.
- A privacy attack was not measured. Robustness against manipulated input was not measured.
"""


def _shop(v: Mapping[str, Any]) -> str:
    """The card of a recommender."""
    p, shop = v["product"], v["shop"]
    found = "\n".join(f"- {f['kind']}: {f['what']}. {f['done']}." for f in v["findings"])
    lines = "\n".join(f"- {line['candidate']}: " + ", ".join(f"{m} {line[m]['value']:.4f}" for m in shop["columns"])
                      + f"; {line['coverage']:.0%} of the items ever shown" for line in shop["lines"])  # fmt: skip
    return f"""# Model card: {v["name"]}

{v["sentence"]["en"]}

{v["sentence"]["zh"]}

## What it is
- Candidate: {v["chosen"]["candidate"]} ({v["chosen"]["route"]} route). {v["chosen"]["reason"]}
- Settings: {p["settings"] or "defaults"}. {p["tuning"]}.
- Scenario: recommend. The score is of the same candidate fitted on what lay before the sealed part; what is served is fitted on all events.

## How good it is
- {v["metric"]["name"]}@{shop["k"]} {p["value"]:.4f} ({p["low"]:.4f} to {p["high"]:.4f}, 90 % interval) for {p["rows"]:,} sealed people,
  over all {shop["items"]:,} items.
- Data: {shop["users"]:,} users, {shop["items"]:,} items, {shop["events"]:,} events. Held back: {shop["hold"]}. Seed {v["seed"]}.
{lines}

## What was found in the data
{found or "- nothing odd"}

## Limits of use
- It was measured on what people took by themselves, not on what they would take when shown; only an experiment tells that.
- It learns from what was shown before, and so repeats what was favoured then. A privacy attack was not measured.
"""

"""Predict's own part of report.html and card.md: what the product looks at, and how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from breakeven.core.types import Column
from breakeven.report import charts
from breakeven.report.page import ReportSection, template_of
from breakeven.trust.card import CardParts

#: Classes up to which the whole confusion matrix is shown; beyond, the commonest mistakes.
MATRIX_CLASSES = 15
#: Mistakes shown instead of a matrix.
MISTAKES = 12
#: Columns in the chart of importance.
CHART_COLUMNS = 12
#: Columns listed in the card.
CARD_COLUMNS = 10


def sections(v: Mapping[str, Any]) -> list[ReportSection]:
    """The sections of a verdict with a product; none without."""
    product = v.get("product")
    if not product:
        return []
    bars = [(i["column"], i["value"], i["low"], i["high"]) for i in product["importance"][:CHART_COLUMNS]]
    data = {"importance": charts.bars(bars), "confusions": confusions(v)}
    return [ReportSection(template_of("breakeven.scenarios.predict"), data)]


def confusions(v: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The commonest mistakes, where there are too many classes for a matrix; None where there are not."""
    matrix = (v.get("product") or {}).get("confusion")
    if not matrix or len(matrix) <= MATRIX_CLASSES:
        return None
    found = [
        {"truth": v["classes"][i], "answered": v["classes"][j], "rows": n, "of": sum(line)}
        for i, line in enumerate(matrix)
        for j, n in enumerate(line)
        if i != j and n
    ]
    return sorted(found, key=lambda c: -c["rows"])[:MISTAKES]


def card(v: Mapping[str, Any], columns: Sequence[Column]) -> CardParts:
    """Calibration or residuals, importance, groups and columns of a table's product."""
    p, rows = v["product"], v["rows"]
    if "residuals" in p:
        held = p["residuals"]["interval_held"]
        trust = (
            f"The 90 % interval held on {held['value']:.1%} of sealed rows ({held['low']:.1%} to {held['high']:.1%})."
        )
    else:
        gap = p["reliability"]["ece"]
        trust = f"Calibration: mean gap between confidence and hit rate {gap:.3f}; temperature {p['temperature']:.2f}."
    size = f"{rows['all']:,} rows, of which {rows['test']:,} sealed. Split by {v['split']['by']}."
    looks = [f"`{i['column']}`: {i['value']:.4f} ({i['low']:.4f} to {i['high']:.4f})" for i in p["importance"]]
    gaps = [f"{g['what']} ({g['done']})" for g in p["group_gaps"]] or ["not measured: the brief names no groups"]
    return CardParts(
        identity=(f"Scenario: {v['scenario']}. Classes: {', '.join(v['classes']) or 'none (a number)'}.",),
        score=f"on {p['rows']:,} sealed rows",
        quality=(trust, f"Data: {size} Seed {v['seed']}."),
        sections={
            "What it looks at (fall of the score when shuffled)": looks[:CARD_COLUMNS],
            "Groups": gaps,
            "Columns": [f"`{c.name}`: {c.role} ({c.reason})" for c in columns],
        },
        limits=(
            "Measured on rows like those it was given; on other populations, times or places it was not measured.",
            "A privacy attack was not measured. Robustness against manipulated input was not measured.",
        ),
    )

"""Single rows: what the product saw in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from breakeven.report import examples, figures
from breakeven.report.blocks import Block, Cell, Fold, Line, Paragraph, Shown, Table
from breakeven.scenarios.predict.report_labels import SAY
from breakeven.scenarios.predict.verdict import Example, PredictSection


def blocks(own: PredictSection) -> list[Block]:
    """Rows to open one by one."""
    if not own.examples:
        return []
    marked = any(reason.get("words") or reason.get("heat") for e in own.examples for reason in e.reasons)
    return [
        Paragraph(SAY("rows.seen_note" if marked else "rows.wrong_note"), soft=True),
        *(_seen(e) for e in own.examples),
    ]


def _seen(e: Example) -> Fold:
    """A row: its words and images, and the part of each column."""
    right = e.truth == e.prediction
    values = {
        "answer": figures.clipped(e.prediction),
        "truth": figures.clipped(e.truth),
        "sure": figures.share(e.probability),
    }
    found: list[Block] = []
    for reason in e.reasons:
        if reason.get("words"):
            found.append(Shown(examples.marked(reason["value"], reason["words"])))
        elif reason.get("heat"):
            found.append(Shown(examples.heat(e.images[reason["column"]], reason["heat"], reason["column"])))
    plain = [r for r in e.reasons if not r.get("words") and not r.get("heat")]
    if plain:
        found.append(_table(plain))
    said = "right" if right else "wrong" if e.line is None else "wrong_line"
    return Fold(SAY(f"rows.{said}", line=e.line, **values), found, open=bool(e.images), wrong=not right)


def _table(reasons: list[dict[str, Any]]) -> Table:
    head = [SAY("rows.column"), SAY("rows.value"), SAY("rows.effect")]
    rows: list[Line] = [
        [figures.clipped(r["column"]), _said(r), Cell(figures.signed(r["effect"]), number=True)] for r in reasons
    ]
    return Table(SAY("rows.values"), head, rows, small=True)


def _said(reason: Mapping[str, Any]) -> Cell:
    value = reason.get("value")
    if value is None:
        return Cell(SAY("rows.empty"))
    return Cell(figures.number(value) if isinstance(value, int | float) else figures.clipped(str(value), 200))

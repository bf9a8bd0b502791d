"""What was found in the data, the worst first, and what each column is for."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.core.types import Column, Finding
from breakeven.core.verdict import Verdict
from breakeven.report import bounded, figures, names, phrases
from breakeven.report.blocks import Block, Fold, Line, Note, Paragraph, ReportSection, Table, Words
from breakeven.report.names import SAY

#: Findings up to which those that are only for information are shown unfolded.
FEW = 8


def section(v: Verdict, columns: Sequence[Column]) -> ReportSection:
    """Warnings and questions as notes, the rest in a table, the columns, and how the data were split."""
    loud = [
        f for level in ("warning", "question") for f in bounded.findings([f for f in v.findings if f.level == level])
    ]
    quiet = bounded.findings([f for f in v.findings if f.level == "info"])
    blocks: list[Block] = [Note(_said(f), f.level, SAY(f"data.{f.level}")) for f in loud]
    if quiet:
        head: list[Words] = [SAY(f"data.{name}") for name in ("kind", "column", "found", "done")]
        found: list[Line] = [
            [phrases.kind(f.kind), figures.clipped(f.column or ""), phrases.phrase(f.what), phrases.phrase(f.done)]
            for f in quiet
        ]
        table = Table(SAY("data.caption"), head, found)
        blocks.append(Fold(SAY("data.more", count=len(quiet)), [table], open=not loud and len(quiet) < FEW))
    elif not loud:
        blocks.append(Paragraph(SAY("data.nothing")))
    shown = bounded.columns(columns)
    if shown:
        head = [SAY("data.column"), SAY("data.role"), SAY("data.because")]
        rows: list[Line] = [
            [f"`{name}`" if "`" not in name else name, phrases.phrase(role), phrases.phrase(why)]
            for name, role, why in shown
        ]
        table = Table(SAY("data.columns_caption", count=f"{len(columns):,}"), head, rows)
        blocks.append(Fold(SAY("data.columns", count=f"{len(columns):,}"), [table]))
    return ReportSection(SAY("data.title"), [*blocks, Paragraph(_split(v), soft=True)], "data")


def _said(f: Finding) -> Words:
    said = {"kind": phrases.kind(f.kind), "what": phrases.phrase(f.what), "done": phrases.phrase(f.done)}
    if f.column:
        return SAY("data.in_column", column=figures.clipped(f.column), **said)
    return SAY("data.in_all", **said)


def _split(v: Verdict) -> Words:
    by = SAY(f"split.{v.split.by}", column=v.split.column or "")
    counts = {"train": f"{v.rows.train:,}", "validation": f"{v.rows.validation:,}", "test": f"{v.rows.test:,}"}
    chosen = SAY(f"split.by_{v.split.chosen_by}")
    many = SAY("split.again", count=v.sealed_openings) if v.sealed_openings > 1 else SAY("split.once")
    return SAY("split.said", by=by, chosen=chosen, unit=names.unit(v), many=many, seed=v.seed, **counts)

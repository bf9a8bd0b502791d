"""report.html: one self-contained file that a founder reads in two minutes. It asks the network for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from breakeven.core.types import Column
from breakeven.core.verdict import Verdict
from breakeven.core.version import VERSION
from breakeven.report import shell
from breakeven.report.blocks import Block, Code, Paragraph, ReportSection
from breakeven.report.names import SAY
from breakeven.report.sections import bill, data, first_screen, leaderboard, learning, tuning


@dataclass(frozen=True)
class Serving:
    """What the page says of its making: the product's folder and an input file for the commands at its end, the name of the
    data, and when the build was finished.
    """

    folder: str
    input_example: str
    data: str = ""
    built: datetime | None = None


def render(v: Verdict, columns: Sequence[Column], serving: Serving, sections: Sequence[ReportSection] = ()) -> str:
    """The page of a verdict, with its scenario's sections."""
    missed = [section.tile for section in sections if section.tile is not None]
    named = [section if section.name else _named(section, i) for i, section in enumerate(sections)]
    parts = [
        first_screen.section(v, missed, serving.data, serving.built),
        leaderboard.section(v),
        learning.section(v),
        bill.section(v),
        *(section for section in named if section.blocks),
        tuning.section(v),
        data.section(v, columns),
        _use(v, serving),
    ]
    footer = [SAY("page.footer", version=VERSION)]
    return shell.render(v.name, [part for part in parts if part is not None], SAY("page.contents"), footer)


def _named(section: ReportSection, index: int) -> ReportSection:
    return ReportSection(section.title, section.blocks, f"part-{index + 1}", section.tile)


def _use(v: Verdict, serving: Serving) -> ReportSection:
    folder = serving.folder
    blocks: list[Block] = [Paragraph(SAY("use.none", folder=folder))]
    if v.product:
        asked = f"breakeven predict {folder} --input {serving.input_example} --output answers.csv"
        blocks = [Code(f"breakeven serve {folder}\n{asked}")]
    return ReportSection(SAY("use.title"), blocks, "use")

"""The simulated desk in the report: people alone, the product with as many people, and with the fewest."""

from __future__ import annotations

from breakeven.core.types import Interval
from breakeven.core.verdict import Text
from breakeven.report.blocks import Block, Cell, Fold, Line, Note, Paragraph, Table
from breakeven.report.figures import money, number
from breakeven.scenarios.support.report_labels import SAY, percent, share, time
from breakeven.scenarios.support.verdict_section import DeskLine, DeskPart

#: The assumption by which it is seen that declared figures contradict each other.
QUEUE, WRITES = "queue_seconds_of_people_alone", "minutes_to_write"


def blocks(desk: DeskPart | None) -> list[Block]:
    """What the product changes, the table, the assumptions."""
    if desk is None:
        return []
    if desk.assumptions.get(WRITES) == 0 and desk.assumptions.get(QUEUE, 0.0) > 0:
        said = SAY("desk.contradiction", minutes=time(desk.assumptions[QUEUE]))
        guess = [] if desk.declared else [Note(SAY("desk.guessed"), "warning")]
        return [Note(said, "warning"), *guess, Fold(SAY("desk.assumptions"), [_assumptions(desk)])]
    fewest = desk.fewest or desk.product
    values = {
        "after": time(fewest.median_seconds),
        "today": time(desk.human.median_seconds),
        "cheaper": percent(desk.cheaper.value),
        "cheaper_range": _range(desk.cheaper),
        "staff": fewest.staff,
        "before": desk.human.staff,
    }
    lead = SAY("desk.lead" if fewest.staff < desk.human.staff else "desk.lead_same", **values)
    out: list[Block] = [Paragraph(lead, lead=True)]
    out.append(Paragraph(SAY("desk.declared")) if desk.declared else Note(SAY("desk.guessed"), "warning"))
    head = [SAY(f"desk.{name}") for name in ("desk", "people", "median", "p90", "cost", "busy")]
    lines = {"human": desk.human, "product": desk.product, "fewest": desk.fewest}
    rows = [_line(name, line) for name, line in lines.items() if line is not None]
    out.append(Table(SAY("desk.caption"), head, rows, marked=[len(rows) - 1]))
    out.append(Paragraph(SAY("desk.note"), soft=True))
    return [*out, Fold(SAY("desk.assumptions"), [_assumptions(desk)])]


def _line(name: str, line: DeskLine) -> Line:
    return [
        SAY(f"desk.{name}"),
        Cell(str(line.staff), number=True),
        Cell(time(line.median_seconds), number=True, strong=True),
        Cell(time(line.p90_seconds), number=True),
        Cell(money(line.usd_per_contact), number=True, strong=True),
        Cell(share(line.occupancy), number=True),
    ]


def _assumptions(desk: DeskPart) -> Table:
    rows: list[Line] = [
        [SAY.get(f"assumed.{name}", name), Cell(number(value), number=True)] for name, value in desk.assumptions.items()
    ]
    return Table(SAY("desk.assumptions"), [SAY("desk.assumption"), SAY("desk.value")], rows, small=True)


def _range(found: Interval) -> Text:
    low, high = percent(found.low), percent(found.high)
    return Text(en=f"{low.en} to {high.en}", zh=f"{low.zh} 至 {high.zh}")

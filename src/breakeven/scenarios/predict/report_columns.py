"""What the product looks at: importance of columns, which way they move the answer, and what goes without a kind of them."""

from __future__ import annotations

import re

from breakeven.core.verdict import Text, Verdict
from breakeven.report import figures, names, phrases
from breakeven.report.blocks import Block, Cell, Line, Paragraph, Table
from breakeven.report.charts import shares
from breakeven.scenarios.predict.report_labels import SAY
from breakeven.scenarios.predict.verdict import ColumnDirection, PredictSection

#: The time of day in a moment: a quantile of dates has one that no cell had.
MOMENT = re.compile(r"(?<=\d{4}-\d\d-\d\d)T[\d:.]+Z$")
#: Columns in the chart.
CHART_COLUMNS = 12


def blocks(v: Verdict, own: PredictSection) -> list[Block]:
    """A sentence, the chart, and what each kind of columns is worth."""
    shown = own.importance[:CHART_COLUMNS]
    if not shown:
        return []
    used = [i for i in shown if i.low > 0]
    out: list[Block] = [Paragraph(SAY("importance.none"))]
    if used:
        second = SAY("importance.second", name=figures.clipped(used[1].column)) if len(used) > 1 else ""
        out = [Paragraph(SAY("importance.top", first=figures.clipped(used[0].column), second=second))]
    rows = [(i.column, i.value, i.low, i.high) for i in shown]
    note = SAY("importance.note", metric=names.metric(v.metric.name))
    out.append(shares.bars(SAY("importance.chart"), rows, note))
    out += _directions(own)
    for w in v.product.ablation if v.product else ():
        values = {
            "kind": phrases.phrase(w.kind),
            "columns": ", ".join(figures.clipped(c) for c in w.columns[:CHART_COLUMNS]),
        }
        if w.value is None or w.low is None or w.high is None:
            out.append(Paragraph(SAY("importance.without_unmeasured", why=w.not_measured or "", **values)))
        else:
            out.append(Paragraph(SAY("importance.without", gain=names.gained(v, -w.value, -w.high, -w.low), **values)))
    return out


def _directions(own: PredictSection) -> list[Block]:
    """Which way columns move the answer: a sentence on the first that has one way, and a table of all that were measured."""
    found = own.directions
    if not found:
        return []
    clear = [d for d in found if d.clear]
    out: list[Block] = []
    if clear:
        d = clear[0]
        values = {
            "column": figures.clipped(d.column),
            "low": _end(d.low),
            "high": _end(d.high),
            "change": _change(own, d),
        }
        toward = "more" if (d.change.value or 0.0) > 0 else "less"
        out = [
            Paragraph(
                SAY(f"direction.{toward}" if own.classes else f"direction.value_{toward}", yes=own.yes or "", **values)
            )
        ]
    rows: list[Line] = [
        [
            figures.clipped(d.column),
            _end(d.low),
            _end(d.high),
            Cell(_change(own, d) if d.clear else SAY("direction.neither"), number=True),
        ]
        for d in found
    ]
    head = [SAY(f"direction.{name}") for name in ("name", "from", "to")]
    last = SAY("direction.of_yes", yes=own.yes or "") if own.classes else SAY("direction.of_value")
    return [*out, Table(SAY("direction.caption"), [*head, last], rows, small=True)]


def _end(value: str | float | None) -> str:
    if value is None:
        return "–"
    return figures.number(value) if isinstance(value, int | float) else figures.clipped(MOMENT.sub("", value))


def _change(own: PredictSection, d: ColumnDirection) -> Text | str:
    value = d.change.value or 0.0
    if not own.classes:
        return figures.signed(value)
    points = f"{100 * value:+.1f}"
    return Text(en=f"{points} points", zh=f"{points} 个百分点")

"""What the product looks at: importance of columns, and what goes without a kind of them."""

from __future__ import annotations

from breakeven.core.verdict import Verdict
from breakeven.report import figures, names
from breakeven.report.blocks import Block, Paragraph
from breakeven.report.charts import shares
from breakeven.scenarios.predict.report_labels import SAY
from breakeven.scenarios.predict.verdict import PredictSection

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
    for w in v.product.ablation if v.product else ():
        values = {"kind": w.kind, "columns": ", ".join(figures.clipped(c) for c in w.columns[:CHART_COLUMNS])}
        if w.value is None or w.low is None or w.high is None:
            out.append(Paragraph(SAY("importance.without_unmeasured", why=w.not_measured or "", **values)))
        else:
            out.append(Paragraph(SAY("importance.without", gain=names.gained(v, -w.value, -w.high, -w.low), **values)))
    return out

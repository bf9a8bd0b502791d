"""How scores grow with data: the picture, where the order may change, and what more data buys."""

from __future__ import annotations

from breakeven.core.verdict import Text, Verdict
from breakeven.report import figures, names, words
from breakeven.report.blocks import Block, Cell, Line, Note, Paragraph, ReportSection, Table
from breakeven.report.charts.curves import curves
from breakeven.report.names import SAY

#: A gain below this (a tenth of a point) is not told from none.
LEAST = 0.001


def section(v: Verdict) -> ReportSection:
    """The section; without curves it says why there are none."""
    chart = curves(v)
    blocks: list[Block] = [chart if chart else Paragraph(SAY("curve.none"))]
    crossing = Text(en=words.crossing(v, "en"), zh=words.crossing(v, "zh"))
    blocks.append(Paragraph(crossing if crossing.en else SAY("curve.one_route")))
    for name, what in v.oddities.items():
        blocks.append(Note(SAY("curve.odd", name=names.candidate(name), what=what), "warning"))
    for cut in v.cut_short:
        who = names.candidate(cut.candidate)
        said = SAY("curve.cut_short", name=who, share=figures.share(cut.share))
        if cut.epochs:
            said = SAY("curve.epochs", name=who, made=figures.number(cut.share * cut.epochs, 2), usual=cut.epochs)
        blocks.append(Note(said, "warning"))
    return ReportSection(SAY("curve.heading", unit=names.unit(v)), [*blocks, *_more(v)], "data-growth")


def _more(v: Verdict) -> list[Block]:
    """What more data buys: a model does not lose by it on average, so no gain below nothing is shown."""
    if not v.more_data or v.chosen.candidate is None:
        return [Paragraph(SAY("more.none"))]
    rows: list[Line] = [
        [
            f"{m.rows:,}",
            Cell(_gain(v, m.gain), number=True),
            Cell(_gain(v, m.high), number=True),
        ]
        for m in v.more_data
    ]
    known = [(m.rows, m.gain, m.high) for m in v.more_data if m.gain is not None]
    said = SAY("more.open")
    if known:
        count, gain, high = known[-1]
        values = {"gain": _gain(v, gain), "most": _gain(v, high)}
        said = SAY("more.little" if gain < v.margin else "more.buys", rows=f"{count:,}", unit=names.unit(v), **values)
    head = [SAY("more.rows", unit=names.unit(v)), SAY("more.gain"), SAY("more.most")]
    return [
        Paragraph(said),
        Table(SAY("more.caption", name=names.candidate(v.chosen.candidate)), head, rows, small=True),
    ]


def _gain(v: Verdict, gain: float | None) -> Text:
    """A gain, and of one that cannot be seen that it is small; "not known" where the forecast says nothing."""
    if gain is None:
        return SAY("more.unknown")
    if v.metric.name in words.POINTS and gain < LEAST:
        return SAY("more.nothing")
    return Text(en=words.amount(gain, v.metric.name), zh=words.amount(gain, v.metric.name, "zh"))

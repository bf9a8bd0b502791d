"""What each way costs at the volume at hand, and at others: a table, sliders, and pictures."""

from __future__ import annotations

from breakeven.core.verdict import Text, Verdict
from breakeven.core.verdict_money import Arm, Money
from breakeven.report import bill_facts, figures, names, phrases, words
from breakeven.report.blocks import Block, Cell, Line, Note, Paragraph, ReportSection, Table, Words
from breakeven.report.charts import money as charts
from breakeven.report.names import SAY

PARTS = ("servers", "upkeep", "training", "labels", "requests", "errors")


def section(v: Verdict) -> ReportSection:
    """The bill at the brief's traffic; sliders for other volumes and prices; where owning meets renting."""
    blocks: list[Block] = []
    if v.money:
        blocks += [_table(v, v.money), Paragraph(_traffic(v, v.money), soft=True)]
        cheaper = _dearer(v, v.money)
        if cheaper:
            blocks.append(Note(cheaper, "info"))
        tried = bill_facts.sliders(v, v.money)
        blocks += [tried] if tried else []
    costs = charts.costs(v)
    blocks += [costs] if costs else []
    hosted = Text(en=words.hosted(v, "en"), zh=words.hosted(v, "zh"))
    if hosted.en:
        blocks.append(Paragraph(hosted))
    if v.hosted.batch_usd_per_1000 is not None:
        blocks.append(Paragraph(SAY("cost.batch", usd=figures.money(v.hosted.batch_usd_per_1000)), soft=True))
    if v.hosted.answers:
        blocks.append(Paragraph(_answers(v), soft=True))
    moves = charts.moves(v)
    return ReportSection(SAY("cost.heading"), [*blocks, *([moves] if moves else [])], "cost")


def _table(v: Verdict, money: Money) -> Table:
    priced = v.prices.of_errors
    rows: list[Line] = []
    for arm in money.arms:
        cells = [Cell(figures.money(arm.usd_per_month), number=True, strong=True)]
        for part in PARTS:
            if part == "errors" and not (priced and arm.error):
                cells.append(Cell(SAY("cost.unpriced"), number=True))
            else:
                cells.append(Cell(figures.money(arm.parts.get(part)) or "–", number=True))
        rows.append([names.way(arm), *cells, _wrong(arm)])
    marked = [i for i, a in enumerate(money.arms) if a.candidate == v.chosen.candidate and a.arm == v.chosen.route]
    head: list[Words] = [SAY("cost.way"), SAY("cost.month"), *(SAY(f"part.{p}") for p in PARTS), SAY("cost.wrong")]
    requests = f"{money.requests_a_month:,.0f}"
    return Table(SAY("cost.caption", requests=requests), head, rows, marked)


def _wrong(arm: Arm) -> Cell:
    e = arm.error
    if e is None or e.value is None or e.low is None or e.high is None:
        return Cell(SAY("tile.unmeasured"), number=True)
    return Cell(figures.share(e.value), figures.points(e.low, e.high), number=True)


def _traffic(v: Verdict, money: Money) -> Text:
    profile = SAY(f"traffic.{money.traffic.profile}")
    said, k = SAY("cost.traffic", profile=profile), money.cascade
    if k.not_measured:
        why = SAY("cost.no_cascade", why=phrases.phrase(k.not_measured))
    else:
        tested = SAY("cost.measured_on" if k.measured else "cost.supposed_on", rows=f"{k.rows:,}", unit=names.unit(v))
        why = SAY(
            "cost.cascade",
            at=figures.share(k.threshold or 0.0),
            handed=figures.share(k.escalated or 0.0),
            tested=tested,
        )
    return SAY("page.then", first=said, second=why)


def _dearer(v: Verdict, money: Money) -> Text | None:
    """That another way is cheaper than the chosen one, where it is: the table's first question."""
    own = next((a for a in money.arms if a.candidate == v.chosen.candidate and a.arm == v.chosen.route), None)
    rent = next((a for a in money.arms if a.arm == "hosted"), None)
    if own is None or rent is None or rent.parts["requests"] >= own.usd_per_month - own.parts["errors"]:
        return None
    values = {
        "rent": figures.money(rent.parts["requests"]),
        "own": figures.money(own.usd_per_month - own.parts["errors"]),
    }
    return SAY("cost.rent_cheaper" if v.hosted.answers else "cost.rent_cheaper_untested", **values)


def _answers(v: Verdict) -> Text:
    a = v.hosted.answers
    assert a is not None
    how = SAY("cost.structured" if a.structured else "cost.unstructured")
    counts = {
        "rows": f"{a.rows:,}",
        "unreadable": f"{a.unreadable:,}",
        "refused": f"{a.refused:,}",
        "cut": f"{a.cut:,}",
    }
    tokens = {"read": f"{a.tokens_in:.0f}", "cached": f"{a.tokens_cached:.0f}", "written": f"{a.tokens_out:.0f}"}
    said = SAY(
        "cost.answers", unanswered=f"{a.unanswered:,}", how=how, spent=figures.money(a.spent_usd), **counts, **tokens
    )
    if not a.ended:
        return said
    return SAY("page.then", first=said, second=SAY("cost.ended", why=a.ended))

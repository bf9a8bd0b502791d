"""What tuning, changes of training units and ensembles were tried, and what they were worth."""

from __future__ import annotations

from breakeven.core.verdict import Ensemble, Product, Search, Text, Verdict
from breakeven.report import figures, names, phrases
from breakeven.report.blocks import Block, Paragraph, ReportSection
from breakeven.report.charts import shares
from breakeven.report.names import SAY


def section(v: Verdict) -> ReportSection | None:
    """The section; None where nothing was tried."""
    product = v.product
    search = product.search if product else None
    blocks: list[Block] = []
    if search:
        blocks += _search(v, search)
    if product and product.ensemble:
        blocks.append(Paragraph(_ensemble(v, product, product.ensemble)))
    if not blocks:
        return None
    if product:
        blocks.append(Paragraph(SAY("tune.settings", note=phrases.phrase(product.tuning)), soft=True))
    return ReportSection(SAY("tune.title"), blocks, "tuning")


def _search(v: Verdict, search: Search) -> list[Block]:
    out: list[Block] = []
    if search.mattered:
        rows = [(name, share, share, share) for name, share in search.mattered.items()]
        third = SAY("tune.halved", count=search.on_all_rows) if search.halved else Text(en="", zh="")
        kept = Text(en="", zh="") if search.taken else SAY("tune.kept")
        note = SAY(
            "tune.trials", trials=search.trials, name=names.candidate(str(v.chosen.candidate)), third=third, kept=kept
        )
        out.append(shares.bars(SAY("tune.mattered"), rows, note, figures.share))
    for c in search.changes:
        kept = SAY("tune.change_kept" if c.kept else "tune.change_left")
        gain = names.gained(v, c.value, c.low, c.high)
        out.append(Paragraph(SAY("tune.change", change=c.change, setting=c.setting, gain=gain, kept=kept)))
    return out


def _ensemble(v: Verdict, product: Product, e: Ensemble) -> Text:
    members = ", ".join(f"{m.candidate} {m.weight:.2f}" for m in e.members)
    said = SAY("tune.together", way=e.way, members=members, gain=names.gained(v, e.value, e.low, e.high))
    if not e.built:
        return SAY("page.then", first=said, second=SAY("tune.not_built"))
    costs = {"ms": figures.small(e.predict_ms), "mb": figures.small(e.size_mb)}
    score = {"score": figures.score(product.value), "range": figures.between(product.low, product.high)}
    built = SAY("tune.built", metric=names.metric(v.metric.name), **costs, **score)
    return SAY("page.then", first=said, second=built)

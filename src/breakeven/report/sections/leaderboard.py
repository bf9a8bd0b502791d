"""Every candidate: what it is, its scores, what it took, and why it was not taken."""

from __future__ import annotations

from breakeven.core.verdict import TestLine, Text, Verdict
from breakeven.report import figures, names, phrases
from breakeven.report.blocks import Block, Cell, Fold, Paragraph, ReportSection, Table, Words
from breakeven.report.names import SAY

UNMEASURED = "not measured: "
COLUMNS = ("name", "validation", "rows", "sealed", "seconds", "ms", "size", "why")


def section(v: Verdict) -> ReportSection:
    """The table, the best first, and what it was measured on."""
    sign = -1 if v.metric.better == "higher" else 1
    lines = sorted(v.test, key=lambda t: (_best(t) is None, t.score is None, sign * (_best(t) or 0.0)))
    marked = [i for i, t in enumerate(lines) if t.candidate == v.chosen.candidate]
    head: list[Words] = [
        SAY(f"board.{name}", metric=names.metric(v.metric.name), unit=names.unit(v)) for name in COLUMNS
    ]
    seconds = {c.candidate: c.points[-1].seconds for c in v.curves if c.points}
    blocks: list[Block] = [Paragraph(SAY("board.empty")), *(Paragraph(one) for one in _unmeasured(v))]
    if lines:
        table = Table(SAY("board.caption", count=len(lines)), head, [_row(v, t, seconds) for t in lines], marked)
        note = SAY("board.note", unit=names.unit(v), test=f"{v.rows.test:,}")
        blocks = [table, Paragraph(note, soft=True)]
    reason = [Paragraph(SAY("board.reason", reason=phrases.phrase(v.chosen.reason)))] if v.chosen.reason else []
    details = [Paragraph(v.details)] if v.details.en else []
    if reason or details:
        blocks.append(Fold(SAY("board.details"), [*details, *reason]))
    return ReportSection(SAY("board.title"), blocks, "candidates")


def _unmeasured(v: Verdict) -> list[Text]:
    """Why candidates were not measured, one sentence each."""
    found = ((c.candidate, c.not_measured) for c in v.curves if c.not_measured)
    return [SAY("board.empty_why", name=names.candidate(name), why=phrases.phrase(why)) for name, why in found]


def _best(t: TestLine) -> float | None:
    return t.validation.score if t.validation else None


def _row(v: Verdict, t: TestLine, seconds: dict[str, float]) -> list[Cell | Words]:
    took = t.train_seconds if t.train_seconds is not None else seconds.get(t.candidate)
    known = t.validation
    return [
        Cell(names.candidate(t.candidate), _beneath(t)),
        _score(known.score, known.low, known.high) if known else Cell("–", number=True),
        Cell(f"{known.rows:,}" if known else "–", number=True),
        _score(t.score, t.low, t.high) if t.score is not None else Cell("–", number=True),
        Cell(figures.small(took) or "–", number=True),
        Cell(figures.small(t.predict_ms) or "–", number=True),
        Cell(figures.small(t.size_mb) or "–", number=True),
        _why(v, t),
    ]


def _beneath(t: TestLine) -> Words:
    """What kind of model it is, and the name by which commands know it."""
    kind = names.kind(t.kind)
    same = names.candidate(t.candidate).en == t.candidate
    return kind if same else Text(en=f"{kind.en} · {t.candidate}", zh=f"{kind.zh} · {t.candidate}")


def _score(value: float | None, low: float | None, high: float | None) -> Cell:
    return Cell(figures.score(value), figures.between(low, high), number=True)


def _why(v: Verdict, t: TestLine) -> Words:
    made = v.product.candidate if v.product else None
    if v.product and made == t.candidate != v.chosen.candidate:
        return SAY("board.product", prefer=v.product.prefer)
    if t.candidate == v.chosen.candidate:
        return SAY("board.chosen" if made in (None, t.candidate) else "board.pays")
    if t.within_limits and not t.why_not:
        return SAY("board.finalist")
    why = (t.why_not or "").removeprefix(UNMEASURED)
    known = {"the baseline": "board.baseline", "not the best of its route": "board.not_best"}.get(why)
    if known:
        return SAY(known)
    return SAY(
        "board.not_offered"
        if t.train_seconds is not None
        else "board.unmeasured"
        if t.validation is None
        else "board.out"
        if why.startswith("left at")
        else "board.left",
        why=phrases.phrase(why),
    )

"""How good the answers are: by class, by threshold, as probabilities, and for groups."""

from __future__ import annotations

import heapq

from breakeven.core.types import Interval
from breakeven.core.verdict import Text
from breakeven.report import figures
from breakeven.report.blocks import Block, Cell, Level, Line, Note, Paragraph, Table, Tile
from breakeven.report.charts.reliability import Bin, reliability
from breakeven.report.phrases import phrase
from breakeven.scenarios.predict.report_labels import SAY
from breakeven.scenarios.predict.verdict import PredictSection

#: Classes up to which the whole confusion matrix is shown; beyond, the commonest mistakes.
MATRIX_CLASSES = 15
#: Mistakes, and classes, shown instead.
MISTAKES = 12
#: The surest answers are warned of where they are right less often than they say by more than this.
FAR = 0.1
GOOD: Level = "good"
WARNING: Level = "warning"
#: Letters of a class's name in a table's head.
HEAD = 24


def missed(own: PredictSection) -> Tile | None:
    """The figure of the first screen: what the product misses."""
    if own.error is not None and own.error.value is not None:
        base = figures.number(own.baseline_error) if own.baseline_error is not None else "–"
        return Tile(
            SAY("tile.missed"),
            SAY("tile.error", error=figures.number(own.error.value)),
            SAY("tile.error_why", baseline=base),
        )
    known = [(c.recall.value, c) for c in own.by_class if c.recall is not None and c.recall.value is not None]
    if not known:
        return None
    yes = next((c for _, c in known if c.name == own.yes), None)
    recall, worst = min(known, key=lambda pair: pair[0])
    if yes is not None and yes.recall is not None and yes.recall.value is not None:
        recall, worst = yes.recall.value, yes
    name = figures.clipped(worst.name, HEAD)
    value = SAY("tile.missed_of", share=figures.share(1 - recall), name=name)
    right = worst.precision.value if worst.precision is not None else None
    level: Level = "warning" if recall < 0.5 else "info"
    if yes is None or right is None:
        return Tile(SAY("tile.missed"), value, SAY("tile.missed_class_why", count=len(own.by_class)), level)
    why = SAY("tile.missed_yes_why", found=figures.share(recall), right=figures.share(right), name=name)
    return Tile(SAY("tile.missed"), value, why, level)


def value_blocks(own: PredictSection) -> list[Block]:
    """Of a number: by how much answers are off, and whether intervals hold."""
    out: list[Block] = []
    e = own.error
    if e is not None and e.value is not None and own.baseline_error is not None:
        values = {"error": figures.number(e.value), "baseline": figures.number(own.baseline_error)}
        out.append(Paragraph(SAY("value.error", range=_between(e), **values)))
    if own.residuals is not None and own.half_width is not None:
        held = own.residuals.interval_held
        range_ = figures.points(held.low or 0.0, held.high or 0.0)
        half = figures.number(own.half_width)
        out.append(Paragraph(SAY("value.held", half=half, share=_plain(held.value), range=range_)))
    return out


def class_blocks(own: PredictSection) -> list[Block]:
    """Of classes: recall and precision, and what is taken for what."""
    if not own.by_class:
        return []
    many = len(own.by_class) > MATRIX_CLASSES
    shown = sorted(own.by_class, key=lambda c: _value(c.recall))[:MISTAKES] if many else own.by_class
    rows: list[Line] = [
        [
            figures.clipped(c.name),
            Cell(f"{c.rows:,}", number=True),
            share(c.recall, "trust.absent"),
            share(c.precision, "trust.never"),
        ]
        for c in shown
    ]
    if len(own.by_class) > 2 and own.macro is not None:
        means = [Cell(_plain(x), number=True) for x in (own.macro.recall, own.macro.precision)]
        rows.append([SAY("trust.macro"), Cell(f"F1 {own.macro.f1:.3f}", number=True), *means])
    caption = SAY("trust.more_classes", count=len(own.by_class)) if many else SAY("trust.classes")
    table = Table(
        caption, [SAY(f"trust.{name}") for name in ("class", "rows", "recall", "precision")], rows, small=True
    )
    return [table, *([_mistakes(own)] if many else [_confusion(own)] if own.confusion else []), *_int8(own)]


def _int8(own: PredictSection) -> list[Block]:
    return [Paragraph(SAY("trust.int8", why=phrase(own.int8.why)), soft=True)] if own.int8 else []


def _confusion(own: PredictSection) -> Table:
    """The matrix, shaded by the share of each class, with totals."""
    matrix = own.confusion or ()
    names = [figures.clipped(name, HEAD) for name in own.classes]
    rows: list[Line] = []
    for name, line in zip(names, matrix, strict=True):
        most = sum(line) or 1
        cells = [Cell(f"{n:,}", number=True, heat=n / most, strong=i == len(rows)) for i, n in enumerate(line)]
        rows.append([name, *cells, Cell(f"{sum(line):,}", number=True)])
    sums = [sum(line[i] for line in matrix) for i in range(len(names))]
    rows.append([SAY("trust.all"), *(Cell(f"{n:,}", number=True) for n in (*sums, sum(sums)))])
    return Table(SAY("trust.confusion"), [SAY("trust.truth"), *names, SAY("trust.all")], rows, small=True)


def _mistakes(own: PredictSection) -> Table:
    matrix = own.confusion or ()
    found = [(n, i, j) for i, line in enumerate(matrix) for j, n in enumerate(line) if n and i != j]
    commonest = heapq.nsmallest(MISTAKES, found, key=lambda one: -one[0])  # the first of those that are equally common
    rows: list[Line] = [
        [
            figures.clipped(own.classes[i]),
            figures.clipped(own.classes[j]),
            Cell(SAY("trust.of", count=n, all=sum(matrix[i])), number=True),
        ]
        for n, i, j in commonest
    ]
    head = [SAY("trust.class"), SAY("trust.answered"), SAY("trust.count")]
    return Table(SAY("trust.mistakes", count=len(own.classes)), head, rows, small=True)


def calibration_blocks(own: PredictSection) -> list[Block]:
    """Whether what it says of its sureness is so; a warning where it is not."""
    if own.reliability is None:
        return []
    r, bins = own.reliability, own.reliability.bins
    off = figures.tenths(r.gap.value or 0.0)
    values = {"gap": off, "range": figures.tenths_between(r.gap.low or 0.0, r.gap.high or 0.0)}
    name, level = ("bad", WARNING) if r.unreliable else ("good", GOOD)
    out: list[Block] = [Note(SAY(f"calibration.{name}", **values), level)]
    chance = {"ece": figures.tenths(r.ece), "chance": figures.tenths(r.by_chance)}
    out.append(Paragraph(SAY("calibration.chance", **chance), soft=True))
    if own.calibrated is not None and own.calibrated.why:
        out.append(Paragraph(SAY("calibration.how", why=phrase(own.calibrated.why)), soft=True))
    last = bins[-1] if bins else None
    if last is not None and last.high < last.said - FAR:
        out.append(
            Note(SAY("calibration.surest", said=figures.share(last.said), was=figures.share(last.was)), "warning")
        )
    chart = reliability(
        [Bin(b.said, b.was, b.low, b.high) for b in bins],
        {name: SAY(f"calibration.{name}") for name in ("chart", "said", "was", "ideal", "note")},
    )
    return [*out, *([chart] if chart else [])]


def group_blocks(own: PredictSection) -> list[Block]:
    """Groups of the brief's fairness columns, and the gaps between them."""
    return [
        Note(f"{g.what} ({g.done}).", "warning" if g.level == "warning" else "info", SAY("group.title"))
        for g in own.group_gaps
    ]


def _value(share: Interval | None) -> float:
    return share.value if share is not None and share.value is not None else 2.0


def _plain(value: float | None) -> Text | str:
    return "–" if value is None else figures.share(value)


def _between(found: Interval) -> Text:
    low, high = figures.number(found.low or 0.0), figures.number(found.high or 0.0)
    return Text(en=f"{low} to {high}", zh=f"{low} 至 {high}")


def share(share: Interval | None, without: str) -> Cell:
    """A share with its interval; the text of `without` where there is none."""
    if share is None or share.value is None or share.low is None or share.high is None:
        return Cell(SAY(without), number=True)
    return Cell(figures.share(share.value), figures.points(share.low, share.high), number=True)

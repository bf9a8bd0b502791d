"""Of a yes and a no: from which probability yes is answered, what that finds, and what its mistakes cost."""

from __future__ import annotations

import orjson

from breakeven.core.money import Prices
from breakeven.core.verdict import Text
from breakeven.metrics.per_class import Threshold
from breakeven.report import figures
from breakeven.report.blocks import Block, Cell, Interactive, Line, Paragraph, Slider, Table, Words
from breakeven.scenarios.predict.report_classes import HEAD, share
from breakeven.scenarios.predict.report_labels import SAY
from breakeven.scenarios.predict.verdict import PredictSection

#: Prices (USD) of a miss and of a false alarm that the sliders begin with where the brief gives none, and the most.
MISSED, ALARM, MOST = 5.0, 1.0, 10_000.0
#: Values that page.js puts in.
KEPT = {key: f"{{{key}}}" for key in ("at", "answered", "found", "right", "usd", "name")}


def blocks(own: PredictSection, prices: Prices) -> list[Block]:
    """The thresholds of a few prices, and sliders for others."""
    if not own.thresholds or own.yes is None:
        return []
    name = figures.clipped(own.yes, HEAD)
    head: list[Words] = [SAY("threshold.missed"), SAY("threshold.at", name=name), SAY("threshold.answered")]
    head += [SAY("trust.recall"), SAY("trust.precision"), *([SAY("threshold.usd")] if prices.by_kind else [])]
    rows = [_row(t, prices) for t in own.thresholds]
    marked = [i for i, t in enumerate(own.thresholds) if t.taken]
    table = Table(SAY("threshold.caption", name=name), head, rows, marked, small=True)
    said = [Paragraph(SAY("threshold.taken"))] if marked else []
    tried = _sliders(own, prices, name)
    return [Paragraph(SAY("threshold.intro", name=name)), table, *said, *([tried] if tried else [])]


def _row(t: Threshold, prices: Prices) -> Line:
    paid = [Cell(figures.money(1000 * t.usd) if t.usd is not None else "–", number=True)] if prices.by_kind else []
    return [
        Cell(figures.number(t.missed), number=True),
        Cell(figures.share(t.at), number=True),
        Cell(figures.share(t.answered), number=True),
        share(t.recall, "trust.absent"),
        share(t.precision, "trust.never"),
        *paid,
    ]


def _sliders(own: PredictSection, prices: Prices, name: str) -> Interactive | None:
    if not own.by_threshold or own.confusion is None:
        return None
    yes = own.classes.index(str(own.yes))
    facts = {
        "name": name,
        "rows": sum(map(sum, own.confusion)),
        "yes": sum(own.confusion[yes]),
        "points": [(round(line.at, 4), line.answered, line.right) for line in own.by_threshold],
        "words": {key: _both(SAY(f"threshold.{key}", **KEPT)) for key in ("now", "best", "none")},
    }
    at = next((t.at for t in own.thresholds if t.taken), 0.5)
    missed, alarm = prices.usd_per_miss or MISSED, prices.usd_per_false_alarm or ALARM
    sliders = [
        Slider("at", SAY("threshold.slider_at", name=name), min(max(at, 0.01), 0.99), 0.01, 0.99, step=0.01),
        Slider(
            "missed", SAY("threshold.slider_missed", name=name), missed, min(0.1, missed), max(MOST, missed), log=True
        ),
        Slider("alarm", SAY("threshold.slider_alarm"), alarm, min(0.1, alarm), max(MOST, alarm), log=True),
    ]
    return Interactive("threshold", SAY("threshold.try"), orjson.dumps(facts).decode(), sliders, SAY("threshold.note"))


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}

"""Scores by training units: the best of each route in colour with bands and forecasts, the others named and faint."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from markupsafe import Markup

from breakeven.core.types import Ahead
from breakeven.core.verdict import CurveLine, Text, Verdict
from breakeven.report import figures, names, words
from breakeven.report.blocks import Chart, Key, Series
from breakeven.report.charts import ticks
from breakeven.report.charts.frame import Frame, Size, both, shapes, swatch
from breakeven.report.names import SAY

#: Bands of forecasts are drawn this far beyond what was measured, in multiples of its range.
BEYOND = 0.35
#: Faint lines that have a name in the picture; the others have theirs beside it.
NAMED = 5


def curves(v: Verdict) -> Chart | None:
    """The picture; None where nothing was measured."""
    shown = [c for c in v.curves if c.points]
    if not shown:
        return None
    best = leaders(v)
    main = [c for c in shown if c.candidate in best.values()]
    others = sorted((c for c in shown if c not in main), key=lambda c: -_sign(v) * c.points[-1].score)
    span = _span(v, main or shown)
    unseen = [c for c in others if c.kind == "baseline" and not span[0] <= c.points[-1].score <= span[1]]
    faint = [c for c in others if c not in unseen]
    forms = shapes()
    form = {c.candidate: forms() for c in (*main, *faint)}
    wide, narrow = both(lambda size: _drawn(v, size, span, main, faint, form))
    keys = [Key(swatch(_series(c, main), form[c.candidate], _thin(c, main)), _key(v, c)) for c in (*main, *faint)]
    keys += [Key(Markup(), SAY("curve.outside", name=_key(v, c))) for c in unseen]
    return Chart(SAY("curve.title", unit=names.unit(v)), wide, narrow, SAY("curve.note", unit=names.unit(v)), keys)


def leaders(v: Verdict) -> dict[str, str]:
    """The candidate drawn in colour for each route: its finalist, else its best at the end."""
    out = {route: line.candidate for route, line in words.leaders(v).items()}
    raced = [c for c in v.curves if c.points and c.candidate != v.baseline]
    for route in ("traditional", "large"):
        rivals = [c for c in raced if c.route == route]
        if route not in out and rivals:
            out[route] = max(rivals, key=lambda c: (c.points[-1].rows, _sign(v) * c.points[-1].score)).candidate
    return out


def _sign(v: Verdict) -> int:
    return 1 if v.metric.better == "higher" else -1


def _series(c: CurveLine, main: Sequence[CurveLine]) -> Series:
    return c.route if c in main else "baseline" if c.kind == "baseline" else "other"


def _thin(c: CurveLine, main: Sequence[CurveLine]) -> str:
    return "" if c in main else "thin"


def _key(v: Verdict, c: CurveLine) -> Text:
    last = c.points[-1]
    return SAY(
        "curve.key",
        name=names.candidate(c.candidate),
        score=figures.score(last.score),
        rows=f"{last.rows:,}",
        unit=names.unit(v),
    )


def _span(v: Verdict, lines: Sequence[CurveLine]) -> tuple[float, float]:
    """The vertical axis: all that was measured of these lines, and of forecasts as much as does not dwarf it."""
    seen = [p.score for c in v.curves for p in c.points if c.candidate != v.baseline or c in lines]
    seen += [p.score for c in lines for p in c.forecast]
    low, high = min(seen), max(seen)
    room = BEYOND * (high - low or abs(high) or 1.0)
    ends = [end for c in lines for p in c.points for end in (p.low, p.high)]
    ends += [end for c in lines for p in c.forecast for end in (p.low, p.high)]
    low, high = min(low, max(min(ends), low - room)), max(high, min(max(ends), high + room))
    if v.metric.name == "r2":
        low = max(low, -0.2)
    return low, min(high, 1.0) if v.metric.better == "higher" else high


def _drawn(
    v: Verdict,
    size: Size,
    span: tuple[float, float],
    main: Sequence[CurveLine],
    faint: Sequence[CurveLine],
    form: dict[str, str],
) -> Frame:
    rows = [p.rows for c in (*main, *faint) for p in c.points] + [p.rows for c in main for p in c.forecast]
    frame = Frame(size, (min(rows), max(rows)), span)
    frame.axes(SAY("curve.rows", unit=names.unit(v)), names.metric(v.metric.name), ticks.short)
    c = v.breakeven.rows
    if c and c.low and c.high and c.p_none_within_10x <= 0.5 and not words.level(v):
        frame.zone(c.low, c.high, SAY("curve.zone"))
    for line in faint:
        frame.line([(p.rows, p.score) for p in line.points], _series(line, main), "thin")
        frame.marks([(p.rows, p.score) for p in line.points[-1:]], form[line.candidate], _series(line, main))
    for line in main:
        _leader(frame, line, form[line.candidate])
    chosen = next((line for line in (*main, *faint) if line.candidate == v.chosen.candidate), None)
    if chosen is not None:
        frame.here(chosen.points[-1].rows, chosen.points[-1].score, SAY("curve.here"))
    if size.width > 500:
        for line in main:
            frame.label(*_end(frame, line), _short(line), needed=True)
        for line in faint[:NAMED]:
            frame.label(line.points[-1].rows, line.points[-1].score, _short(line))
    return frame


def _leader(frame: Frame, line: CurveLine, form: str) -> None:
    points, last = line.points, line.points[-1]
    ahead = _ahead(frame, line)
    frame.band([(p.rows, p.low, p.high) for p in points], line.route)
    frame.band([(last.rows, last.low, last.high), *((p.rows, p.low, p.high) for p in ahead)], line.route)
    frame.line([(p.rows, p.score) for p in points], line.route)
    frame.line([(last.rows, last.score), *((p.rows, p.score) for p in ahead)], line.route, "ahead")
    frame.marks([(p.rows, p.score) for p in points], form, line.route)


def _ahead(frame: Frame, line: CurveLine) -> list[Ahead]:
    """The forecast, as far as its band is narrower than the picture: beyond, it says nothing."""
    room = frame.y1 - frame.y0
    ahead = [p for p in line.forecast if p.rows > line.points[-1].rows]
    return list(takewhile(lambda p: p.high - p.low < room, ahead))


def _end(frame: Frame, line: CurveLine) -> tuple[float, float]:
    """Where a line ends."""
    last = line.points[-1]
    return next(((p.rows, p.score) for p in reversed(_ahead(frame, line))), (last.rows, last.score))


def _short(line: CurveLine) -> Text:
    """A line's name as it fits the picture."""
    name = names.candidate(line.candidate)
    return Text(en=figures.clipped(name.en, 22), zh=figures.clipped(name.zh, 14))

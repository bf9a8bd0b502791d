"""Pictures of the bill: USD a month by requests a month, and what moves the break-even."""

from __future__ import annotations

import math

from breakeven.core.verdict import Text, Verdict
from breakeven.report import figures, names, words
from breakeven.report.blocks import Bar, Bars, Chart, Key
from breakeven.report.charts import ticks
from breakeven.report.charts.frame import Frame, Size, both, swatch
from breakeven.report.names import SAY

#: Forms of the lines of own models, and that of the hosted one.
OWN, HOSTED = ("circle", "square"), "diamond"
#: USD a month below which all is drawn at the same height: what costs nothing has no place on a logarithmic axis.
LEAST = 1e-3


def costs(v: Verdict) -> Chart | None:
    """Owning each route's finalist against paying a hosted model by the request; None where nothing was priced."""
    if not v.costs or not v.hosted.realistic:
        return None
    wide, narrow = both(lambda size: _drawn(v, size))
    keys = [
        Key(swatch(line.route, form), names.candidate(line.candidate)) for line, form in zip(v.costs, OWN, strict=False)
    ]
    keys.append(Key(swatch("hosted", HOSTED), SAY("cost.hosted")))
    return Chart(SAY("cost.title"), wide, narrow, SAY("cost.note", **_prices(v)), keys)


def _prices(v: Verdict) -> dict[str, object]:
    return {
        "server": figures.money(v.prices.server_usd_per_month),
        "upkeep": figures.money(v.prices.upkeep_usd_per_month),
        "dated": v.prices.dated,
        "source": v.hosted.source,
        "rent": figures.money(v.hosted.usd_per_1000),
    }


def _drawn(v: Verdict, size: Size) -> Frame:
    rent = v.hosted.usd_per_1000
    xs = [n for n, _ in v.costs[0].usd_per_month]
    rented = [(n, max(n * rent / 1000, LEAST)) for n in xs]
    owned = [[(n, max(usd, LEAST)) for n, usd in line.usd_per_month] for line in v.costs]
    every = [usd for points in (*owned, rented) for _, usd in points]
    frame = Frame(size, (xs[0], xs[-1]), (min(every), max(every)), log_y=True)
    frame.axes(SAY("cost.requests"), SAY("cost.usd"), ticks.dollars)
    point = v.breakeven.requests_per_month
    if point and point.low and point.low < xs[-1]:
        frame.zone(max(point.low, xs[0]), min(point.high or xs[-1], xs[-1]), SAY("cost.zone"))
    frame.line(rented, "hosted")
    frame.marks(rented[::3], HOSTED, "hosted")
    for i, (line, points, form) in enumerate(zip(v.costs, owned, OWN, strict=False)):
        frame.line(points, line.route, "" if i == 0 else "second")
        frame.marks(points[i::3], form, line.route)
    if v.volume:
        given = v.money is None or not v.money.traffic.assumed
        frame.rule(v.volume, SAY("cost.volume" if given else "cost.volume_assumed"))
    if size.width > 500:
        frame.label(*rented[-1], SAY("cost.hosted"), needed=True)
        for line, points in zip(v.costs, owned, strict=True):
            name = names.candidate(line.candidate)
            frame.label(
                *points[-1],
                Text(en=figures.clipped(name.en, 22), zh=figures.clipped(name.zh, 14)),
                needed=True,
            )
    return frame


def moves(v: Verdict) -> Bars | None:
    """What moves the break-even in requests a month: a bar an input, the widest first; None where nothing does."""
    found, point = v.money.tornado if v.money else (), v.breakeven.requests_per_month
    if not found or point is None or point.value is None:
        return None
    ends = [end for m in found for end in (m.at_low, m.at_high) if end] + [point.value]
    low, high = math.log10(max(min(ends), 1.0)) - 0.1, math.log10(max(max(ends), 1.0)) + 0.1

    def place(value: float | None) -> float:
        return 1.0 if value is None else (math.log10(max(value, 1.0)) - low) / (high - low)

    bars = []
    for m in found:
        first, last = sorted((m.at_low, m.at_high), key=place)
        shown = SAY("move.shown", low=_requests(first), high=_requests(last))
        bars.append(Bar(names.moved(m.input), place(first), place(last), shown, series="hosted"))
    now = SAY("move.now", requests=words.rounded(point.value))
    return Bars(SAY("move.title"), bars, SAY("page.then", first=now, second=SAY("move.note")), place(point.value))


def _requests(value: float | None) -> Text | str:
    return SAY("move.never") if value is None else ticks.short(float(f"{value:.2g}"))

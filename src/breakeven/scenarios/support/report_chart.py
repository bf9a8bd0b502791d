"""The picture of the verdict: automation bought against error allowed, with the chosen point and the most that any rule could answer."""

from __future__ import annotations

from markupsafe import Markup

from breakeven.report.blocks import Chart, Key
from breakeven.report.charts.frame import Frame, Size, both, swatch
from breakeven.scenarios.support.report_labels import SAY, tenths
from breakeven.scenarios.support.verdict_section import SupportSection

#: Places at which the bound is drawn.
PLACES = 60


def chart(own: SupportSection) -> Chart | None:
    """The picture; None with fewer than two points of the curve."""
    if len(own.curve) < 2:
        return None
    wide, narrow = both(lambda size: _drawn(size, own))
    keys = [
        Key(swatch("traditional", "circle"), SAY("promise.chart_curve")),
        Key(swatch("baseline", "", "thin"), SAY("promise.chart_most")),
    ]
    return Chart(SAY("promise.chart"), wide, narrow, SAY("promise.chart_note"), keys)


def most(base_error: float, budget: float) -> float:
    """The largest share that any rule can answer at a budget, given the error if everything were answered.

    >>> round(most(0.08, 0.01), 3), most(0.005, 0.01)
    (0.929, 1.0)
    """
    return min(1.0, (1 - base_error) / (1 - budget))


def _drawn(size: Size, own: SupportSection) -> Frame:
    budgets = sorted({point.budget for point in own.curve} | {own.budget})
    low, high = budgets[0], budgets[-1]
    frame = Frame(size, (low * 0.9, high * 1.1), (0.0, 1.0))
    frame.axes(SAY("promise.chart_x"), SAY("promise.chart_y"), _percent, _percent)
    places = [low * (high / low) ** (i / (PLACES - 1)) for i in range(PLACES)]
    frame.line([(b, most(own.base_error, b)) for b in places], "baseline", "thin")
    points = sorted((point.budget, point.automation) for point in own.curve)
    frame.line(points, "traditional")
    frame.marks(points, "circle", "traditional")
    if own.certified and own.automation.value is not None:
        name = SAY("promise.chart_chosen", automation=tenths(own.automation.value))
        frame.here(own.budget, own.automation.value, name)
        at = frame.px(own.budget)
        frame.parts.insert(0, Markup(f'<path class="here" d="M{at:.1f} {size.top}V{frame.bottom:.1f}"/>'))
    return frame


def _percent(value: float) -> str:
    return f"{100 * value:g} %"

"""Whether probabilities hold: the share that was right by how sure the answers were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from breakeven.report.blocks import Chart, Words
from breakeven.report.charts.frame import Frame, Size, both


@dataclass(frozen=True)
class Bin:
    """Answers of like confidence: the confidence, and the share that was right with its 90 % interval."""

    said: float
    was: float
    low: float
    high: float


def reliability(bins: Sequence[Bin], texts: Mapping[str, Words]) -> Chart | None:
    """The picture, with `texts` for chart, said, was, ideal and note; None without bins."""
    if not bins:
        return None
    left = min(min(b.said for b in bins), 0.9)
    bottom = min(left, min(b.low for b in bins))
    wide, narrow = both(lambda size: _drawn(size, bins, texts, left, bottom))
    return Chart(texts["chart"], wide, narrow, texts["note"])


def _drawn(size: Size, bins: Sequence[Bin], texts: Mapping[str, Words], left: float, bottom: float) -> Frame:
    frame = Frame(size, (left - 0.02, 1.02), (bottom, 1.0), log_x=False)
    frame.axes(texts["said"], texts["was"], _percent, _percent)
    frame.line([(left, left), (1.0, 1.0)], "baseline", "thin")
    for b in bins:
        at = frame.px(b.said)
        frame.parts.append(f'<path class="whisker" d="M{at:.1f} {frame.py(b.low):.1f}V{frame.py(b.high):.1f}"/>')
    frame.marks([(b.said, b.was) for b in bins], "circle", "traditional")
    return frame


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"

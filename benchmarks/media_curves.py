"""Do forecasts hold on curves of texts and images? Learned on tables alone, checked on every curve measured here.

    python benchmarks/media_curves.py

Reads the curves in results/media.json and results/gate_media.json: each with at least four sizes is cut before its last
size, and before its last two, and forecast to its end, twice and four times as far as was seen. Misses in points, the share
of ends inside the 90 % bands (the end's own noise is not taken out), and "the last value stays" beside it; then, for each
set with both routes at the end, whether the route that p_large names leads there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from machine import RESULTS, save

from breakeven.core import store
from breakeven.gate import curve_features, forecast
from breakeven.gate.curve_features import Seen
from breakeven.models import registry

Points = list[list[float]]


def sets() -> Iterator[tuple[str, dict[str, Points]]]:
    """Name and curves of each set: rows, score, half of the 90 % interval (0: not kept)."""
    for name in ("media", "gate_media"):
        path = RESULTS / f"{name}.json"
        if not path.is_file():
            continue
        held = store.read_json(path)
        parts = held.get("parts") or {f"{s}, {k}": v for s, cells in held["sets"].items() for k, v in cells.items()}
        for key, part in parts.items():
            yield (
                key,
                {
                    c: [[p[0], p[1], p[3] if len(p) > 3 else 0.0] for p in points]
                    for c, points in part.get("curves", {}).items()
                },
            )


def curve(points: Points, name: str) -> Seen:
    n, score, half = (np.array(column, dtype=float) for column in zip(*points, strict=True))
    return Seen(n, 1 - score, half / 1.645, curve_features.kind_of(name))


def main() -> None:
    out: dict[str, Any] = {}
    for cut in (1, 2):
        misses, stays, held, widths, leads = [], [], [], [], []
        for _, curves in sets():
            cut_off = {}
            for name, points in curves.items():
                if len(points) < 4 or name == registry.BASELINE:
                    continue
                seen, (rows, score, _) = curve(points[:-cut], name), points[-1]
                value, half = forecast.forecast(seen, np.array([rows]))
                misses.append(abs(1 - score - value[0]) * 100)
                stays.append(abs(score - points[-1 - cut][1]) * 100)
                held.append(misses[-1] <= half[0] * 100)
                widths.append(half[0] * 100)
                cut_off[name] = (seen, rows, score)
            leads += lead(cut_off)
        out[f"{2**cut}x"] = {"curves": len(misses), "miss_median": round(float(np.median(misses)), 2),
                             "last_value_median": round(float(np.median(stays)), 2), "in_band": round(float(np.mean(held)), 3),
                             "half_width_median": round(float(np.median(widths)), 2), "routes": len(leads),
                             "route_right": round(float(np.mean([r for r, _ in leads])), 3) if leads else None,
                             "leads_now_right": round(float(np.mean([n for _, n in leads])), 3) if leads else None}  # fmt: skip
    save("media_curves", out)


def lead(cut_off: dict[str, tuple[Seen, float, float]]) -> list[tuple[bool, bool]]:
    """Whether p_large, and whoever led when cut, names the route that leads at the end; nothing within half a point."""
    last = max((rows for _, rows, _ in cut_off.values()), default=0)
    by_route = {
        r: {c: v for c, v in cut_off.items() if registry.route_of(c) == r and v[1] == last}
        for r in ("traditional", "large")
    }
    if not all(by_route.values()):
        return []
    best = {r: max(v[2] for v in found.values()) for r, found in by_route.items()}
    if abs(best["large"] - best["traditional"]) < 0.005:
        return []
    now = {r: min(float(v[0].error[-1]) for v in found.values()) for r, found in by_route.items()}
    p = forecast.p_large(*([v[0] for v in by_route[r].values()] for r in ("traditional", "large")), last)
    truly = best["large"] > best["traditional"]
    return [((p > 0.5) == truly, (now["large"] < now["traditional"]) == truly)]


if __name__ == "__main__":
    main()

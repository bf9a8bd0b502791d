"""What a product folder costs: its speed, size and price, held against the brief's limits."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from breakeven.core import store
from breakeven.export.publish import size_mb
from breakeven.gate import costs, unit_costs
from breakeven.gate.choose import Costs, broken
from breakeven.gate.problem import Problem
from breakeven.gate.run_context import RunContext
from breakeven.scale import device


def costs_file(folder: Path) -> Path:
    """Where a product's costs are kept: beside its folder."""
    return folder.parent / f"{folder.name}.costs.json"


def read_costs(folder: Path) -> Costs | None:
    """A product's costs, if they were measured before."""
    path = costs_file(folder)
    return Costs(**store.read_json(path)) if path.is_file() else None


def price(context: RunContext, problem: Problem, candidate: str, folder: Path, train_seconds: float) -> Costs:
    """Latency, size and price of a published product; measured once, then read from beside its folder."""
    kept = read_costs(folder)
    if kept is not None:
        return kept
    brief, timing, size = context.brief, problem.time(folder), size_mb(folder)
    usd = unit_costs.per_1000(timing.usual_ms, brief.prices)
    route = problem.fitter.candidates[candidate]
    on_card = route == "large" and device.current() != "cpu"
    model = costs.Owned(candidate, route, timing.per_second, train_seconds, on_card=on_card)
    month = costs.serving(model, brief.prices, brief.traffic)
    why_not = broken(brief.limits, timing.usual_ms, size, usd)
    found = Costs(candidate, timing.usual_ms, timing.per_second, size, usd, month, train_seconds, why_not)
    store.write_json(costs_file(folder), asdict(found))
    return found

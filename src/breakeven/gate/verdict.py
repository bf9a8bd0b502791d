"""All that a run found out, as one verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from breakeven import metrics
from breakeven.core.types import Choice, Curve, Need, Route, Tested, Verdict
from breakeven.gate import bill as arms
from breakeven.gate import choose, outlook, unit_costs
from breakeven.gate.finalists import Finalist, Finalists, offered
from breakeven.gate.results import Board
from breakeven.models import registry
from breakeven.models.hosted import baseline
from breakeven.models.hosted.baseline import Rented
from breakeven.trust.evidence import Seen


def verdict(
    brief: Need,
    collected: Any,
    problem: Any,
    board: Board,
    finalists: Finalists,
    choice: Choice,
    seen: Seen,
    rented: Rented | None = None,
) -> Verdict:
    """All findings of a run as one verdict."""
    rows = collected.rows
    if rented is not None and rented.hosted is not None:  # what a request really took
        brief = replace(brief, hosted=rented.hosted)
    best = offered(finalists)
    if len(best) == 2:
        choice = replace(choice, difference=seen.difference(best["large"].candidate, best["traditional"].candidate))
    rent = unit_costs.rent(brief, baseline.expected_tokens(brief, collected))
    bill = arms.bill(brief, best, choice, board, seen, rent, rented)
    counts = {
        "train": rows.train_size,
        "validation": len(rows.folds[0].validation),
        "test": len(rows.test_rows),
        "all": len(rows.y),
    }
    missing = [Curve(name, registry.route_of(name), (), not_measured=why) for name, why in problem.missing.items()]
    at_hand = len(rows.open_rows)
    return Verdict(
        name=brief.name,
        scenario=brief.scenario,
        metric=problem.metric,
        better=metrics.METRICS[problem.metric].better,
        rows=counts,
        curves=(*outlook.with_forecasts(board, at_hand), *missing),
        test=(*_tested(problem, board, finalists, seen), *([rented.line] if rented else [])),
        chosen=choice,
        crossing=outlook.crossing_of(board),
        requests_per_month=bill.crossing,
        more_data=tuple(outlook.more_data(board, choice.candidate, at_hand)) if choice.candidate else (),
        extra={**_extra(brief, collected, board, best, rent), "costs": bill.lines, "money": bill.told},
    )


def _extra(
    brief: Need, collected: Any, board: Board, best: Mapping[Route, Finalist], rent: unit_costs.Rent
) -> dict[str, Any]:
    """What the report tells beyond the contract's keys."""
    both = len(best) == 2
    return {
        "classes": list(collected.rows.classes),
        "baseline": registry.BASELINE,
        "validation_difference": asdict(choose.paired(board, best["large"].candidate, best["traditional"].candidate))
        if both
        else None,
        "stopped": board.stopped,
        "oddities": outlook.oddities(board),
        "shortened": board.shortened(),
        "findings": [asdict(f) for f in collected.findings],
        "split": asdict(collected.split),
        "prices": {**asdict(brief.prices), "hosted_usd_per_1000": rent.usd_per_1000, "hosted": rent.source},
        "limits": asdict(brief.limits),
        "volume": brief.traffic.requests_per_month,
        "margin": brief.margin,
        "seed": brief.seed,
    }


def _tested(problem: Any, board: Board, finalists: Finalists, seen: Seen) -> list[Tested]:
    """The table of candidates: finalists with their sealed score, then who left the race or was not measured."""
    out, named = [], set()
    for f in (f for found in finalists.values() for f in found):
        named.add(f.candidate)
        score, c = seen.scores.get(f.candidate), f.costs
        line = Tested(
            f.candidate, f.route, train_seconds=f.train_seconds, within_limits=f.why_not is None, why_not=f.why_not
        )
        if score:
            line = replace(line, score=score.value, low=score.low, high=score.high)
        if c:
            line = replace(line, predict_ms=c.predict_ms, size_mb=c.size_mb, usd_per_1000=c.usd_per_1000)
        out.append(line)
    for name, route in problem.candidates.items():
        if name not in named:
            usual = "the baseline" if name == registry.BASELINE else "not the best of its route"
            out.append(Tested(name, route, why_not=board.failed.get(name) or board.eliminated.get(name) or usual))
    return out + [Tested(n, registry.route_of(n), why_not=f"not measured: {why}") for n, why in problem.missing.items()]

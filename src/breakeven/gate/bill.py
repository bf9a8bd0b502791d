"""The bill: every arm at the brief's traffic, where owning meets renting, and what moves that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from breakeven import metrics
from breakeven.core.types import Array, Choice, Interval, Need, Route
from breakeven.gate import cascade, costs
from breakeven.gate.finalists import Finalist
from breakeven.gate.raced import predictions
from breakeven.gate.results import Board
from breakeven.gate.unit_costs import Rent
from breakeven.models.hosted.baseline import Rented
from breakeven.runtime import predictor as launched
from breakeven.trust.evidence import Seen

#: Requests a month at which costs are drawn.
VOLUMES = [10.0**k * m for k in range(3, 8) for m in (1, 2, 5)]


@dataclass(frozen=True)
class Bill:
    """Where owning meets renting, the lines of the picture, and all that the report tells of money."""

    crossing: Interval | None
    lines: list[dict[str, Any]]
    told: dict[str, Any]


def bill(brief: Need, best: Mapping[Route, Finalist], choice: Choice, board: Board, seen: Seen, rent: Rent,
         rented: Rented | None) -> Bill:  # fmt: skip
    """Price both finalists, the hosted model and, where its errors are known, the cascade of it and the chosen one."""
    scene = costs.Scene(brief.prices, brief.traffic, rent, _hosted_error(brief, rented))
    models = {f.candidate: costs.Owned(f.candidate, f.route, f.costs.per_second, f.costs.train_seconds,
                                       _error(seen, f.candidate)) for f in best.values() if f.costs}  # fmt: skip
    arms = [_arm(m.route, m.candidate, costs.owned(m, scene), m.error) for m in models.values()]
    arms.append(_arm("hosted", brief.hosted.model if brief.hosted else None, costs.hosted(scene), scene.hosted_error))
    mine = models.get(choice.candidate or "") or next(iter(models.values()), None)
    found: cascade.Cascade | str = "no own model can be offered"
    if mine is not None:
        finalist = next(f for f in best.values() if f.candidate == mine.candidate)
        found = _cascade(board, finalist, seen, scene, rented)
    told: dict[str, Any] = {
        "traffic": asdict(brief.traffic),
        "requests_a_month": scene.requests,
        "of": mine.candidate if mine else None,
    }
    if isinstance(found, str) or mine is None:
        told["cascade"] = {"not_measured": found}
    else:
        arms.append(_arm("cascade", mine.candidate, costs.cascaded(mine, found, scene), found.error))
        told["cascade"] = {
            **asdict(found),
            "threshold": min(found.threshold, 1.0),
            "measured": rented is not None and len(rented.rows) > 0,
        }
    told["arms"] = arms
    told["tornado"] = [asdict(m) for m in costs.tornado(mine, scene)] if mine else []
    lines = [{"candidate": m.candidate, "route": m.route,
              "usd_per_month": [[n, _serving(costs.owned(m, costs.at(scene, n)))] for n in VOLUMES]} for m in models.values()]  # fmt: skip
    return Bill(costs.break_even(mine, scene) if mine else None, lines, told)


def _arm(name: str, candidate: str | None, parts: Mapping[str, float], error: Interval | None) -> dict[str, Any]:
    return {"arm": name, "candidate": candidate, "usd_per_month": costs.total(parts), "parts": dict(parts),
            "error": asdict(error) if error else None}  # fmt: skip


def _serving(arm: Mapping[str, float]) -> float:
    """Without errors: the picture's hosted line has none either."""
    return costs.total(arm) - arm["errors"]


def _error(seen: Seen, candidate: str) -> Interval | None:
    """The share of sealed rows answered wrongly; values have none."""
    answers = seen.answers[candidate]
    return None if answers.ndim == 1 else _wrong(answers.argmax(axis=1) == seen.y)


def _wrong(right: Array) -> Interval:
    share = float(np.mean(right))
    low, high = metrics.wilson(share, len(right))
    return Interval(1 - share, 1 - high, 1 - low)


def _hosted_error(brief: Need, rented: Rented | None) -> Interval | None:
    if rented is not None and len(rented.rows):
        return _wrong(rented.right)
    said = brief.hosted.accuracy if brief.hosted else None
    return None if said is None else Interval(1 - said, 1 - said, 1 - said)


def _cascade(
    board: Board, finalist: Finalist, seen: Seen, scene: costs.Scene, rented: Rented | None
) -> cascade.Cascade | str:
    """The cascade, its threshold from validation rows and its errors from sealed ones; or why there is none."""
    answers = seen.answers[finalist.candidate]
    if answers.ndim == 1:
        return "values have no right and wrong, so nothing says when to ask"
    if scene.hosted_error is None or scene.hosted_error.value is None or finalist.folder is None:
        return "how often a hosted model errs here is not known: give hosted.address, or hosted.accuracy"
    decoder = launched.load(finalist.folder).decoder
    race = board.race
    pairs = [
        (decoder.calibrated(prediction), race.y[race.folds[repeat].validation])
        for repeat, prediction in predictions(board, finalist.candidate).items()
    ]
    sure = np.concatenate([p.max(axis=1) for p, _ in pairs])
    right = np.concatenate([p.argmax(axis=1) == y for p, y in pairs])
    wrong = scene.hosted_error.value
    cut = cascade.threshold(sure, right, wrong, scene.rent.usd_per_1000 / 1000, scene.prices.usd_per_error)
    if rented is None or not len(rented.rows):
        return cascade.supposed(cut, answers.max(axis=1), answers.argmax(axis=1) == seen.y, wrong)
    some = answers[rented.rows]
    asked = some.max(axis=1), some.argmax(axis=1) == seen.y[rented.rows]
    return cascade.told(cut, answers.max(axis=1), *asked, rented.right)

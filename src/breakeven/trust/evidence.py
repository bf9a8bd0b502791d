"""All that the sealed rows say: of the finalists beside each other, and of the product by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from breakeven import metrics
from breakeven.core.decision import Decision
from breakeven.core.types import MEDIA_ROLES, Array, Interval, Need
from breakeven.features.decoding import Decoder
from breakeven.features.schema import Schema
from breakeven.metrics import diagnostics, per_class
from breakeven.metrics.direction import direction

#: Columns whose direction is measured: those that matter most.
DIRECTIONS = 12


@dataclass(frozen=True)
class Seen:
    """Sealed scores of the finalists, and their answers for paired differences; `units` (n,) of the rows, if they have any."""

    metric: str
    y: Array
    answers: Mapping[str, Array]
    scores: Mapping[str, Interval]
    units: Array | None = None

    def difference(self, large: str, traditional: str) -> Interval:
        """Large minus traditional, positive when large is better."""
        return diagnostics.difference(self.metric, self.y, self.answers[large], self.answers[traditional], self.units)


def gather(metric: str, y: Array, answers: Mapping[str, Array], units: Array | None = None) -> Seen:
    """Score each finalist's answers to the sealed rows, with intervals over units."""
    scores = {name: metrics.interval(metric, y, a, units) for name, a in answers.items()}
    return Seen(metric, y, answers, scores, units)


@dataclass(frozen=True)
class SealedRows:
    """The sealed test: base matrix X (n, p), truth y (n,), values of the fairness columns (n,), and unit ids (n,).

    `units` is None where each row is a unit of its own.
    """

    X: Array
    y: Array
    groups: Mapping[str, Array]
    units: Array | None = None


def of_product(
    metric: str, rows: SealedRows, predict: diagnostics.Predict, decoder: Decoder, schema: Schema, need: Need
) -> tuple[Interval, dict[str, object]]:
    """The product's score, and evidence: scores of classes or the error in the target's units, calibration, importance of
    columns, gaps between groups.
    """
    X, y, units = rows.X, rows.y, rows.units
    answers = predict(X)
    out: dict[str, object] = {}
    if decoder.classes:
        decided = decoder.decide(answers)
        out["confusion"] = diagnostics.confusion(y, decided, len(decoder.classes))
        out["reliability"] = diagnostics.reliability(y, answers, units, decided)
        scores = per_class.by_class(y, decided, decoder.classes, units)
        out |= {"by_class": [asdict(s) for s in scores], "macro": asdict(per_class.macro(scores))}
        if decoder.yes is not None:
            out["yes"] = decoder.yes
            out["thresholds"] = [asdict(t) for t in per_class.thresholds(y, answers, _decision(decoder, need), units)]
            yes = decoder.classes.index(decoder.yes)
            out["by_threshold"] = [asdict(c) for c in per_class.counted(y, answers, yes)]
    else:
        out["residuals"] = diagnostics.residuals(y, answers, decoder.half_width, units)
        out["half_width"] = decoder.half_width
        out["error"] = asdict(metrics.interval("mae", y, answers, units))
    places, start = list[tuple[str, range]](), 0
    for f in schema.fields:
        places.append((f.name, range(start, start + len(f.parts))))
        start += len(f.parts)
    most = diagnostics.IMPORTANCE_MEDIA_ROWS if schema.refers else diagnostics.IMPORTANCE_ROWS
    out["importance"] = [asdict(i) for i in diagnostics.importance(metric, predict, X, y, places, need.seed, most)]
    top = [one["column"] for one in out["importance"][:DIRECTIONS]]  # type: ignore[index]
    out["directions"] = directions(predict, X, decoder, schema, top, need.seed)
    found = diagnostics.group_gaps(metric, y, answers, rows.groups, need.fairness.max_gap, units)
    out["group_gaps"] = [asdict(f) for f in found]
    return metrics.interval(metric, y, answers, units), out


def directions(
    predict: diagnostics.Predict, X: Array, decoder: Decoder, schema: Schema, columns: Sequence[str], seed: int
) -> list[dict[str, object]]:
    """Which way numbers, times and categories move the answer: the probability of `yes`, or the value; nothing for more classes."""
    if len(decoder.classes) > 2:
        return []
    yes = decoder.classes.index(decoder.yes or decoder.classes[-1]) if decoder.classes else None
    fields = {f.name: f for f in schema.fields if f.role not in MEDIA_ROLES}

    def answer(some: Array) -> Array:
        found = predict(some)
        return found if yes is None else found[:, yes]

    out = list[dict[str, object]]()
    for name in columns:
        if (f := fields.get(name)) is None:
            continue
        index = schema.layout.place(f.parts[0])
        found = direction(answer, X, index, len(f.levels) if f.role == "category" else 0, seed)
        if found is not None:
            ends = {"low": f.plain(found.low), "high": f.plain(found.high)}
            out.append({"column": name, **ends, "change": asdict(found.change), "clear": found.is_clear})
    return out


def _decision(decoder: Decoder, need: Need) -> Decision:
    yes = decoder.classes.index(decoder.yes or "")
    return Decision(yes, need.prices.usd_per_miss or 0.0, need.prices.usd_per_false_alarm or 0.0)

"""What a shop's page shows of its product: which model answers, how good it was, on what data, which kinds of events it may send."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from breakeven.core.personal_data import is_personal
from breakeven.scenarios.recommend.event_types import EventWeights
from breakeven.scenarios.recommend.product import Loaded

#: Users that a page names; none whose names are addresses or numbers of people.
SAMPLE_USERS = 8


def by_weight(made: Mapping[str, Any]) -> list[str]:
    """Kinds of events as a page offers them: wishes, the lightest first, then what says no; what counts nothing is left out."""
    weights = EventWeights.stored(made.get("worth") or {})
    weight = {kind: weights.of(kind) for kind in made["kinds"]}
    return sorted((kind for kind in weight if weight[kind]), key=lambda kind: (weight[kind] < 0, weight[kind]))


def about(product: Loaded, verdict: Mapping[str, Any]) -> dict[str, Any]:
    """What the page shows of a product: which model answers, how good it was, on what data."""
    made = product.about
    out = {
        "name": made["name"],
        "candidate": made["candidate"],
        "route": made["route"],
        "k": made["k"],
        "users": len(product.users),
        "items": len(product.catalogue.ids),
        "events": len(product.seen.items),
        "kinds": by_weight(made),
        "pictures": list(made.get("pictures") or ()),
        "sample": list(islice((name for name in product.users if name and not is_personal(name)), SAMPLE_USERS)),
    }
    for key in ("sentence", "curves", "metric", "test", "chosen"):
        if key in verdict:
            out[key] = verdict[key]
    # Verdicts of format 1 have it under "shop".
    section = verdict.get(product.about["scenario"]) or verdict.get("shop")
    if section is not None:
        out["shop"] = section
    return out

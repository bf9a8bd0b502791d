"""Every scenario on one line. A scenario's folder holds `problem.py`, `flow.py`, `service.py` and `sample.py`."""

from __future__ import annotations

import importlib
from typing import Any

from breakeven.core.errors import InputError

ROSTER: dict[str, str] = {
    "predict": "breakeven.scenarios.predict",
    "recommend": "breakeven.scenarios.recommend",
}


def part(scenario: str, name: str) -> Any:
    """One module of a scenario, imported on use: problem, flow, service or sample."""
    if scenario not in ROSTER:
        raise InputError("scenario", f"{scenario!r} is not part of this version", f"available: {', '.join(ROSTER)}")
    return importlib.import_module(f"{ROSTER[scenario]}.{name}")

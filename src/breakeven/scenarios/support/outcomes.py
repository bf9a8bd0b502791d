"""Questions whose topic a person named: what `breakeven learn` adds to the questions of the data."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from breakeven.core.errors import InputError
from breakeven.core.types import Need, Row
from breakeven.online.logs import open_existing
from breakeven.online.outcomes import stored_outcomes
from breakeven.scenarios.support import transcript
from breakeven.scenarios.support.collected import TOPIC
from breakeven.scenarios.support.product import QUESTION


def outcomes(need: Need) -> Sequence[Row]:
    """Questions with their topics, in the order they were named: over POST /v1/feedback, then at the desk. Raises InputError without any."""
    rows: list[Row] = [{QUESTION: o.row[QUESTION], TOPIC: o.outcome} for o in stored_outcomes(need.folder, need.name)]
    log = open_existing(need.folder, need.name)
    if log is not None:
        with contextlib.closing(log):
            named = {(e.item, (e.data or {})["message"]): e.data or {} for e in log.read(kind=transcript.TOPIC)}
            rows += [{QUESTION: data["text"], TOPIC: data["topic"]} for data in named.values()]
    if not rows:
        what = "nobody has named the topic of a question yet"
        raise InputError(str(need.folder), what, "name topics on the desk's page, or send some to POST /v1/feedback")
    return rows

"""The picture of the bill where something costs nothing."""

from __future__ import annotations

import math
import re

import msgspec
import pytest

from breakeven.report.charts import money
from tests.report import page_verdicts


@pytest.mark.parametrize("hosted", [0.0, 0.13])
def test_what_is_free_is_drawn_at_the_foot(hosted: float) -> None:
    """A server and upkeep of 0 USD ended the report in a math domain error."""
    v = page_verdicts.ALL["yes_no"]()
    assert v.costs
    free = tuple(
        msgspec.structs.replace(line, usd_per_month=tuple((n, 0.0) for n, _ in line.usd_per_month)) for line in v.costs
    )
    rent = msgspec.structs.replace(v.hosted, usd_per_1000=hosted)
    chart = money.costs(msgspec.structs.replace(v, costs=free, hosted=rent))
    assert chart is not None
    numbers = [float(n) for n in re.findall(r"[-+]?[0-9]*[.][0-9]+", str(chart.wide))]
    assert numbers and all(math.isfinite(n) for n in numbers) and "nan" not in str(chart.wide)

"""Whether a net made enough of its training steps for its score to be a measurement.

A fit held to the minutes of a brief runs its schedule through in fewer steps. Measured with `mlp` on five tables of 178 to
1,797 rows (two draws each): with half of the steps scores moved by 0.02 at the most, with a tenth they fell by up to 0.10,
with a twentieth by up to 0.25, with a fiftieth by up to 0.57, which left a net behind the baseline.
"""

from __future__ import annotations

#: Least share of the planned steps with which a fit is a measurement. Half of `time_budget.LEAST`, which fits are planned with:
#: on a machine that is busy elsewhere, steps take about twice the time that they were timed at.
LEAST_SHARE = 0.05
#: Least part of the steps made in the race that a last fit must make for the race's score to stand for it.
STANDS = 0.5


def not_measured(share: float, raced: float | None = None) -> str | None:
    """Why a fit with a `share` (0 to 1) of its planned steps is no measurement (None: it is one).

    `raced`: the share with which the score was measured that is to stand for this fit; None where the fit has one of its own.

    >>> not_measured(0.03)
    'not measured: 3 % of its planned training steps fitted in the minutes of the brief; raise limits.minutes'
    >>> not_measured(0.3), not_measured(0.3, raced=0.5), not_measured(0.3, raced=1.0) is None
    (None, None, False)
    """
    if share >= LEAST_SHARE and (raced is None or share >= STANDS * raced):
        return None
    return (
        f"not measured: {100 * share:.2g} % of its planned training steps fitted in the minutes of the brief; "
        "raise limits.minutes"
    )

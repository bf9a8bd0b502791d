"""Whether a net made the training steps it was to make, and which shorter plan the minutes carry where they do not carry all.

A fit counts only where it was made to its plan: all of its usual steps, or a stated share of them that was settled before
the fit and holds for the candidate's fits at all sizes and for its last one. What the clock cut short is not measured.
Measured with `mlp` on five tables of 178 to 1,797 rows (two draws each): with half of the steps scores moved by 0.02 at
the most, with a tenth they fell by up to 0.10, with a twentieth by up to 0.25, with a fiftieth by up to 0.57, which left a
net behind the baseline.
"""

from __future__ import annotations

#: Shares of a net's usual steps that may be planned, the largest first.
PLANS = (1.0, 0.5, 0.25, 0.125)
#: Share of the planned steps that makes a fit one to its plan: the clock may hurry the last few, and half of the steps
#: moved no score by more than 0.02.
WHOLE = 0.9


def not_measured(share: float, plan: float = 1.0, epochs: int = 0) -> str | None:
    """Why a fit with a `share` (0 to 1) of its usual steps, of which `plan` was planned, is no measurement (None: it is one).

    `epochs`: as many as the usual steps are (0: not known).

    >>> not_measured(0.075, epochs=40)
    'not measured: 3 of 40 epochs fitted in the minutes of the brief; raise limits.minutes'
    >>> not_measured(0.03)
    'not measured: 3 % of its planned training steps fitted in the minutes of the brief; raise limits.minutes'
    >>> not_measured(0.25, plan=0.25), not_measured(0.95), not_measured(0.25, plan=0.5) is None
    (None, None, False)
    """
    if share >= WHOLE * plan:
        return None
    made = f"{share * epochs:.2g} of {plan * epochs:.3g} epochs"
    if not epochs:
        made = f"{100 * share / plan:.2g} % of its planned training steps"
    return f"not measured: {made} fitted in the minutes of the brief; raise limits.minutes"


def plan_within(share: float) -> float | None:
    """The longest plan of at most a `share` of the usual steps; None where the shortest is more.

    >>> plan_within(1.0), plan_within(0.4), plan_within(0.1)
    (1.0, 0.25, None)
    """
    return next((plan for plan in PLANS if plan <= share), None)

"""The simulated service desk with and without the product, at the share of questions that was measured to be answered.

    python benchmarks/support_desk.py [--automation 0.80 --low 0.77 --high 0.83]

Five desks of different sizes, ten seeds each. Of every desk: time to the first answer and dollars a contact of people alone, of the
product with as many people, and of the product with the fewest people with whom those who need one wait no longer at the ninth decile; the
range of both changes over all assumptions by name; and the least automation that reaches -80 % and -30 %.
"""

from __future__ import annotations

import argparse
import statistics
from dataclasses import asdict
from typing import Any

import msgspec
from machine import save

from breakeven.core.types import Interval
from breakeven.scenarios.support.desk_plan import (
    CHEAPER,
    FASTER,
    Measured,
    assumed,
    change,
    changes,
    needs,
    plan,
    usual_desk,
    variants,
)
from breakeven.scenarios.support.queue_simulation import human_only, simulate
from breakeven.scenarios.support.settings import Human

DESKS = {
    "the default of the brief": Human(),
    "two people": Human(minutes_to_first_answer=9, contacts_per_day=120, staff=2),
    "five people": Human(minutes_to_first_answer=9, contacts_per_day=300, staff=5),
    "ten people": Human(minutes_to_first_answer=15, contacts_per_day=500, minutes_per_contact=8, staff=10),
    "twenty people, short of time": Human(
        minutes_to_first_answer=30, contacts_per_day=1500, minutes_per_contact=6, staff=20
    ),
}
SEEDS = range(10)


def desk(human: Human, measured: Measured) -> dict[str, Any]:
    """One desk."""
    today, _ = human_only(human)
    found = plan(human, measured, declared=True)
    by_seed = [plan(human, measured, declared=True, seed=seed) for seed in SEEDS]
    before = simulate(today, 0)
    ranges = {
        name: changes(before, today, one.desk(today, measured), human.staff, 0)
        for name, one in variants(measured).items()
    }
    least = next((need for need in needs(human, measured) if need.meets), None)
    same = change(before, simulate(usual_desk(today, measured), 0))
    people = 1 - (measured.automation.value or 0) * (1 - assumed(measured.automation)[1].returning)
    priced = people * human.usd_per_contact + measured.usd_per_message * 1.1
    return {
        "declared": asdict(human),
        "simulated": msgspec.to_builtins(found),
        "with_as_many_people": {"faster": same[0], "cheaper": same[1]},
        "cheaper_where_each_contact_of_a_person_costs_its_price": 1 - priced / human.usd_per_contact,
        "by_assumption": {name: {"faster": f, "cheaper": c} for name, (f, c) in ranges.items()},
        "over_seeds": {
            name: {"least": min(values), "median": statistics.median(values), "most": max(values)}
            for name, values in (
                ("faster", [one.faster.value or 0.0 for one in by_seed]),
                ("cheaper", [one.cheaper.value or 0.0 for one in by_seed]),
            )
        },
        "least_automation_for_both_targets": None if least is None else asdict(least),
        "met": (found.faster.value or 0) >= FASTER and (found.cheaper.value or 0) >= CHEAPER,
    }


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--automation",
        type=float,
        default=0.878,
        help="share of in-scope questions answered: matched on CLINC150, 1 %% wrong",
    )
    parser.add_argument("--low", type=float, default=0.849, help="lower end of its 90 %% interval")
    parser.add_argument("--high", type=float, default=0.912, help="upper end")
    parser.add_argument("--bot-seconds", type=float, default=1.0)
    parser.add_argument("--usd-per-message", type=float, default=0.001)
    given = parser.parse_args()
    share = Interval(given.automation, given.low, given.high)
    measured = Measured(share, given.bot_seconds, given.usd_per_message)
    best, usual, worst = assumed(share)
    desks = {name: desk(human, measured) for name, human in DESKS.items()}
    save(
        "support_desk",
        {
            "targets": {"faster": FASTER, "cheaper": CHEAPER},
            "measured": asdict(measured),
            "assumed": {"best": asdict(best), "usual": asdict(usual), "worst": asdict(worst)},
            "desks": desks,
        },
        quiet=True,
    )
    for name, found in desks.items():
        ranges = found["simulated"]
        least = found["least_automation_for_both_targets"]
        print(
            f"{name}: {100 * ranges['faster']['value']:z.1f} % faster ({100 * ranges['faster']['low']:z.1f} to "
            f"{100 * ranges['faster']['high']:z.1f}), {100 * ranges['cheaper']['value']:z.1f} % cheaper "
            f"({100 * ranges['cheaper']['low']:z.1f} to {100 * ranges['cheaper']['high']:z.1f}) with "
            f"{ranges['fewest']['staff']} people for {ranges['human']['staff']}; both targets from "
            f"{'no share' if least is None else least['automation']} on; met: {found['met']}"
        )


if __name__ == "__main__":
    main()

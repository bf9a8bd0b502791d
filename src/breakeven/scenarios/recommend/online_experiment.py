"""What is tried out while a shop is served: arms of an experiment and exploring, with all that is logged for both."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from breakeven.core.errors import InputError
from breakeven.online import bandit, experiment, off_policy
from breakeven.online.event_log import Event, now
from breakeven.online.event_types import SHOWN
from breakeven.online.experiment import CREDIT, Tally
from breakeven.scenarios.recommend.recommender import Live, Placed
from breakeven.scenarios.recommend.rules import Rules

#: Explored impressions that estimates look at, the last ones.
MOST = 200_000


class Trial:
    """Deals people to arms, fills the explored place, and learns from what comes of it."""

    def __init__(self, about: Mapping[str, Any], live: Live) -> None:
        self.live, self.salt = live, str(about["name"])
        self.arms = experiment.arms_of(about.get("arms"))
        self.bandit = bandit.Bandit(bandit.exploring_of(about.get("explore")), int(about.get("seed", 0)))
        self.tally = Tally(self.arms)
        self.explored = deque[list[float]](maxlen=MOST)  # probability, whether the model's own choice, success
        self._open: dict[str, tuple[str, float, list[float], list[float]]] = {}

    @property
    def on(self) -> bool:
        """Whether anything is tried, so that impressions are logged."""
        return bool(self.arms) or self.bandit.exploring.share > 0

    def shelf(self, user: str, ask: Rules) -> tuple[list[Placed], Event | None]:
        """A person's shelf, and the impression to be logged (None where nothing is tried)."""
        if not self.on:
            return self.live.recommend(user, ask), None
        arm = experiment.arm_of(user, self.arms, self.salt) if self.arms else None
        told: dict[str, Any] = {"arm": arm.name} if arm else {}
        if (arm is None or arm.shelf == "model") and ask.k > 1 and self.bandit.explores():
            shelf = self._explored(user, ask, told)
        else:
            shelf = self.live.recommend(user, ask, shelf=arm.shelf if arm else "model")
        told["items"] = [p.item for p in shelf]
        return shelf, Event(user, told.get("explored", ""), SHOWN, now(), told=told)

    def _explored(self, user: str, ask: Rules, told: dict[str, Any]) -> list[Placed]:
        wide = self.live.recommend(user, replace(ask, k=ask.k - 1 + bandit.POOL))
        head, pool = wide[: ask.k - 1], wide[ask.k - 1 :]
        if len(pool) < 2:
            return wide[: ask.k]
        at = np.array([self.live.number[p.item] for p in pool])
        x = bandit.features(
            np.array([p.score for p in pool]), self.live.popular[at], self.live.prices[at], at >= self.live.known
        )
        chosen, p = self.bandit.choose(x)
        told |= {
            "explored": pool[chosen].item,
            "p": p,
            "own": chosen == 0,
            "x": [round(float(v), 5) for v in x[chosen]],
        }
        return [*head, pool[chosen]]

    def record(self, e: Event) -> None:
        """Take in an event of the log."""
        self.tally.record(e)
        if e.kind == SHOWN and e.told is not None and "explored" in e.told:
            line = [float(e.told["p"]), float(bool(e.told["own"])), 0.0]
            self.explored.append(line)
            self._open[e.user] = (str(e.told["explored"]), e.at, list(e.told["x"]), line)
            self.bandit.learn(np.array(e.told["x"], dtype=float), False)
        elif (
            not e.kind.startswith("$")
            and (held := self._open.get(e.user)) is not None
            and held[0] == e.item
            and e.at - held[1] <= CREDIT
        ):
            del self._open[e.user]
            held[3][2] = 1.0
            self.bandit.b += np.array(held[2], dtype=float)

    def told(self) -> dict[str, Any]:
        """The state of both as JSON; what the model's own choice would have got at the explored place is estimated off policy."""
        out: dict[str, Any] = {"arms": [], **(self.tally.told() if self.arms else {})}
        out["exploring"] = {**asdict(self.bandit.exploring), "impressions": len(self.explored)}
        if self.explored:
            p, own, taken = np.array(self.explored).T
            log = off_policy.Logged(taken, p, own)
            out["exploring"] |= {
                "taken": int(taken.sum()),
                "own_choice": asdict(off_policy.snips(log)),
                "effective": log.effective,
            }
        return out


def plan(rate: float, lift: float) -> dict[str, Any]:
    """Impressions each arm needs until a relative `lift` over a success `rate` is found. Raises InputError."""
    try:
        return {
            "rate": rate,
            "lift": lift,
            "impressions_an_arm": experiment.impressions(rate, lift),
            "level": experiment.LEVEL,
            "power": 0.8,
        }
    except ValueError as error:
        raise InputError("query", str(error), "send ?rate=0.0038&lift=0.2") from None

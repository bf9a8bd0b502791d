"""Experiments on live answers: users assigned to arms, an explored alternative, and what the log says came of both.

An arm's variant and an exploration's alternatives are any callables that give a list of things with a name each; what is shown
becomes an event of kind IMPRESSION, from which the state is rebuilt.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from breakeven.core import store
from breakeven.core.errors import InputError
from breakeven.core.fields import described, is_number
from breakeven.core.types import Array
from breakeven.online import off_policy, sequential_test
from breakeven.online.assignment import Arm, assign
from breakeven.online.attribution import Attribution
from breakeven.online.bandit import Bandit
from breakeven.online.event import ERASED, IMPRESSION, MERGED, Event, now
from breakeven.online.sequential_test import Tally

#: Explored impressions that the estimates use, the last ones.
MOST_EXPLORED = 200_000
#: Power of the planned test.
POWER = 0.8
#: Digits of the features in an impression.
DIGITS = 5

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Alternatives(Generic[Thing]):
    """What an exploring answer is made of: the things shown in any case, and those of which the bandit chooses one.

    `x` (n, width) are the features of the pool; the pool's first is the model's own choice.
    """

    fixed: Sequence[Thing]
    pool: Sequence[Thing]
    x: Array


@dataclass
class Explored:
    """An explored impression: the probability of the choice, whether the model would have chosen it too, its success."""

    p: float
    own: bool
    taken: bool = False


class OnlineExperiment(Generic[Thing]):
    """Assigns users to arms, explores, and learns from the log.

    `name_of` gives a thing's name in the log; `key` is the word for a variant in the experiment's summary. The variant of
    exploring answers, and of all answers without arms, is `default`. `is_success` says which actions speak for what was shown.
    """

    def __init__(
        self,
        name: str,
        arms: Sequence[Arm],
        bandit: Bandit,
        name_of: Callable[[Thing], str],
        default: str = "model",
        variant_key: str = "variant",
        is_success: Callable[[Event], bool] = lambda event: event.is_action,
    ) -> None:
        self.name, self.arms, self.bandit = name, arms, bandit
        self._name_of, self._default, self._variant_key = name_of, default, variant_key
        self._is_success = is_success
        self._tally = Tally(arms, is_success)
        self._explored = deque[Explored](maxlen=MOST_EXPLORED)
        self._impressions = Attribution[tuple[list[float], Explored]]()

    @property
    def is_on(self) -> bool:
        """Whether there are arms or exploration, so that impressions are logged."""
        return bool(self.arms) or self.bandit.exploration.share > 0

    def answer(
        self,
        user: str,
        variants: Mapping[str, Callable[[], Sequence[Thing]]],
        alternatives: Callable[[], Alternatives[Thing]] | None = None,
    ) -> tuple[Sequence[Thing], Event | None]:
        """What a user is shown, and the impression to be logged (None while nothing is on).

        `alternatives` are asked for when this answer explores; None where it cannot.
        """
        if not self.is_on:
            return variants[self._default](), None
        arm = assign(user, self.arms, self.name) if self.arms else None
        variant = arm.variant if arm is not None else self._default
        data: dict[str, object] = {"arm": arm.name} if arm is not None else {}
        if variant == self._default and alternatives is not None and self.bandit.explores():
            things, chosen = self._explore(alternatives())
            data |= chosen
        else:
            things = variants[variant]()
        data["items"] = [self._name_of(thing) for thing in things]
        return things, Event(user, str(data.get("explored", "")), IMPRESSION, now(), data=data)

    def _explore(self, among: Alternatives[Thing]) -> tuple[Sequence[Thing], dict[str, object]]:
        if len(among.pool) < 2:
            return [*among.fixed, *among.pool], {}
        index, p = self.bandit.choose(among.x)
        chosen = among.pool[index]
        x = [round(float(v), DIGITS) for v in among.x[index]]
        return [*among.fixed, chosen], {"explored": self._name_of(chosen), "p": p, "own": index == 0, "x": x}

    def apply(self, e: Event) -> None:
        """Take in an event of the log."""
        if not self.is_on:
            return
        self._tally.apply(e)
        if e.kind == IMPRESSION and e.data is not None and "explored" in e.data:
            explored, x = Explored(float(e.data["p"]), bool(e.data["own"])), list(e.data["x"])
            self._explored.append(explored)
            self._impressions.show(e.user, (str(e.data["explored"]),), e.at, (x, explored))
            self.bandit.shown(np.array(x, dtype=float))
        elif e.kind == ERASED:
            self._impressions.forget(e.item)
        elif e.kind == MERGED:
            self._impressions.rename(e.user, e.item)
        elif self._is_success(e) and (credited := self._impressions.credit(e)) is not None:
            x, explored = credited
            explored.taken = True
            self.bandit.succeeded(np.array(x, dtype=float))

    def summary(self) -> dict[str, object]:
        """The state as JSON; the success of the model's own choice at the explored place is estimated off policy."""
        exploring: dict[str, object] = {**asdict(self.bandit.exploration), "impressions": len(self._explored)}
        if self._explored:
            p, own, taken = np.array([(e.p, e.own, e.taken) for e in self._explored], dtype=float).T
            log = off_policy.Logged(taken, p, own)
            exploring |= {
                "taken": int(taken.sum()),
                "own_choice": asdict(off_policy.snips(log)),
                "effective": log.effective,
            }
        return {"arms": [], **(self._tally.summary(self._variant_key) if self.arms else {}), "exploring": exploring}

    @property
    def key(self) -> str:
        """The name of its snapshots: another one for other arms or another bandit."""
        arms = [[arm.name, arm.variant, arm.share] for arm in self.arms]
        return (
            f"experiment-{store.digest({'arms': arms, 'width': self.bandit.width, **asdict(self.bandit.exploration)})}"
        )

    def snapshot(self) -> dict[str, object]:
        """The state as JSON."""
        index = {id(explored): i for i, explored in enumerate(self._explored)}
        still_open = [[user, items, at, [x, index.get(id(explored))]]
                      for user, items, at, (x, explored) in self._impressions.snapshot()]  # fmt: skip
        explored = [[e.p, e.own, e.taken] for e in self._explored]
        return {
            "tally": self._tally.snapshot(),
            "bandit": self.bandit.snapshot(),
            "explored": explored,
            "open": still_open,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take that of a snapshot."""
        self._tally.restore(state["tally"])
        self.bandit.restore(state["bandit"])
        self._explored = deque((Explored(*e) for e in state["explored"]), maxlen=MOST_EXPLORED)
        kept = list(self._explored)
        self._impressions.restore(
            [
                (user, items, at, (x, kept[i] if i is not None else Explored(1.0, False)))
                for user, items, at, (x, i) in state["open"]
            ]
        )


def impression_check(width: int) -> Callable[[Mapping[str, object]], str | None]:
    """The check of an impression's data, with features of a width."""

    def check(data: Mapping[str, object]) -> str | None:
        for key, fits in _FITS.items():
            if key in data and not fits(data[key]):
                return f"{key} is {described(data[key])}"
        if isinstance(x := data.get("x"), list) and len(x) != width:
            return f"x is {described(data['x'])}, not one of {width}"
        if "explored" in data and not data.keys() >= {"p", "own", "x"}:
            return "an explored impression without p, own and x"
        return None

    return check


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _is_numbers(value: object) -> bool:
    return isinstance(value, list) and all(map(is_number, value))


#: What a value of an impression's data must be, by its key.
_FITS: Mapping[str, Callable[[object], bool]] = {
    "arm": _is_scalar,
    "items": _is_texts,
    "explored": _is_scalar,
    "p": is_number,
    "own": _is_scalar,
    "x": _is_numbers,
}


def plan(rate: float, lift: float) -> dict[str, float]:
    """Impressions each arm needs until a relative `lift` over a success `rate` is found. Raises InputError."""
    try:
        needed = sequential_test.impressions(rate, lift)
    except ValueError as error:
        raise InputError("query", str(error), "send ?rate=0.0038&lift=0.2") from None
    return {"rate": rate, "lift": lift, "impressions_an_arm": needed, "level": sequential_test.LEVEL, "power": POWER}

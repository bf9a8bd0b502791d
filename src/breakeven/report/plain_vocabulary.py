"""The sentences for people, one method each; `plain_english.py` and `plain_chinese.py` write them.

A method gives wordings from the fullest to the shortest. Numbers come as text, names of the user's data in quotes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from breakeven.core.verdict import UnitNoun

Wordings = Sequence[str]


@dataclass(frozen=True)
class Said:
    """How good a way is: "" for what does not apply.

    `right` and `baseline` are counts out of 100 `cases` (of people, for lists of `k` items), `guess` is what the baseline always
    answers, `found` the percentage of class `yes` that is found; `paid` and
    `baseline_paid` are what errors cost a case; `off` and `baseline_off` are mean errors of `target`;
    `score` and `baseline_score` by `metric` are what is said where there are no everyday units.
    """

    cases: str
    right: str = ""
    baseline: str = ""
    guess: str = ""
    yes: str = ""
    found: str = ""
    paid: str = ""
    baseline_paid: str = ""
    off: str = ""
    baseline_off: str = ""
    target: str = ""
    k: int = 0
    metric: str = ""
    score: str = ""
    baseline_score: str = ""


class Plain(Protocol):
    """One language."""

    llm: str
    cascade: str
    blend: str

    def first_short(self, wordings: Wordings) -> str:
        """The first wording that is short enough, else the last."""

    def metric(self, name: str) -> str:
        """A metric by its usual name."""

    def kind(self, candidate: str, kind: str, short: bool) -> str:
        """What a candidate is."""

    def quoted(self, text: str) -> str:
        """A name in quotes."""

    def cases(self, unit: UnitNoun, split: str, column: str) -> str:
        """What is counted: rows, newer ones or such of new groups where the split says so."""

    def usd(self, value: float) -> str:
        """An amount of money."""

    def about(self, value: float) -> str:
        """An amount of money as an estimate."""

    def price(self, value: float) -> str:
        """The price of one thing, however small."""

    def volume(self, requests: str, given: bool, average: bool) -> str:
        """The volume: the user's own, or an assumed one."""

    def quick(self, rows: str, of: str, unit: UnitNoun) -> Wordings:
        """The verdict is a quick look."""

    def use(self, kind: str, short: str, s: Said) -> Wordings:
        """Use this kind of model."""

    def use_llm(self, model: str, right: str, own: str, kind: str, s: Said) -> Wordings:
        """Rent: an LLM by API."""

    def use_cascade(self, kind: str, right: str, s: Said) -> Wordings:
        """The own model, and an LLM where it is unsure."""

    def automated(self, kind: str, share: str, wrong: str, sure: str, s: Said) -> Wordings:
        """This kind of model answers so many of 100 cases without a person, at most so many per cent wrongly, which is so sure."""

    def automated_none(self, wrong: str, sure: str, needed: str, s: Said) -> Wordings:
        """People answer all: the promise could not be shown; so many labelled cases would do ("": not known)."""

    def none_beats(self, s: Said) -> Wordings:
        """Nothing beats the baseline."""

    def none_fits(self, limits: Sequence[str]) -> Wordings:
        """Nothing keeps the limits."""

    def none_held(self, s: Said) -> Wordings:
        """The best model did not hold what it promised."""

    def none_measured(self) -> Wordings:
        """Nothing could be measured."""

    def cost(self, volume: str, own: str, errors: str, other: str | None, theirs: str) -> Wordings:
        """A month's cost, and that of another good way ("": there is none, None: no other was measured).

        `theirs` is "" where it costs the same.
        """

    def cost_of_worse(
        self, volume: str, own: str, other: str, theirs: str, cheaper: bool, right: str, off: str
    ) -> Wordings:
        """A month's cost, and that of a way that is not good enough: its count of right answers or its mean error, or "" for both."""

    def leak(self, names: Sequence[str], more: int) -> Wordings:
        """Columns that were not used because they give the answer away."""

    def more_minutes(self) -> Wordings:
        """The minutes were too few."""

    def raise_limits(self, limits: Sequence[str]) -> Wordings:
        """Which limits stand in the way."""

    def more_rows_or_columns(self, unit: UnitNoun) -> Wordings:
        """What may help where nothing is offered."""

    def contradicted(self, rival: str) -> Wordings:
        """The sealed rows are against the choice."""

    def seldom(self, yes: str) -> Wordings:
        """The yes is hardly ever answered."""

    def undecided(self, rival: str, more: str, unit: UnitNoun) -> Wordings:
        """How many more units would settle a tie."""

    def flip_by_volume(self, other: str, at: str, above: bool) -> Wordings:
        """From which volume another way is cheaper."""

    def flip_by_error(self, other: str, at: str, above: bool, times: bool) -> Wordings:
        """From which price of an error another way is cheaper; `times`: from which multiple of the prices of both kinds."""

    def overtakes(self, rival: str, at: str, unit: UnitNoun) -> Wordings:
        """The other route is expected to be ahead with more data."""

    def llm_open(self, usd: str) -> Wordings:
        """An LLM was not measured."""

    def few_judged(self, rows: str, unit: UnitNoun, metric: str, low: str, high: str) -> str:
        """The score was measured on so few that it may be anything between."""

    def volume_asked(self, requests: str) -> str:
        """The volume is assumed: how to say one's own."""

    def llm_failed(self, why: str) -> str:
        """An LLM was to be asked."""

    def llm_unmeasured(
        self, volume: str, usd: str, needed: str | None, priced: bool, own_from: str, command: str
    ) -> str:
        """What an LLM would cost, and the command that measures it.

        `needed` right answers of 100 make it pay (None: none do, "": answers are not right or wrong); `priced`: errors have a
        price; from `own_from` requests a month on a model of one's own is cheaper.
        """

    def one_route(self, route: str) -> Wordings:
        """Only this route was measured."""

    def nothing(self) -> Wordings:
        """Nothing is expected to change the answer."""

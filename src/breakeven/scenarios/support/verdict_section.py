"""Support's own part of the verdict: how much is answered without a person at the allowed share of wrong answers, and where it falls short.

Shares are of questions and between 0 and 1; intervals are of 90 %. `upper` is an upper bound of the error among answered questions that
holds with probability `sure`.
"""

from __future__ import annotations

from typing import Literal

from breakeven.core.types import Interval
from breakeven.core.verdict_part import Count, Part, Probability

Route = Literal["traditional", "large", "hosted", "person"]


class Stage(Part, frozen=True, kw_only=True):
    """A stage of the cascade, in order: which model answers when it is at least `threshold` sure, and what that costs.

    `share`: of all questions, what it answers; `wrong`: of those, what it answers wrongly (None: too few were seen). `ms` and `usd_per_1000`
    are of one question, and of a thousand, that reach it; None where that was not measured. The last stage may be a person, who has no
    candidate and no threshold.
    """

    name: str
    route: Route
    share: Probability
    candidate: str | None = None
    threshold: float | None = None
    wrong: Interval | None = None
    ms: float | None = None
    usd_per_1000: float | None = None


class BudgetPoint(Part, frozen=True, kw_only=True):
    """What an error budget buys: the share answered without a person, and the bound of the error among those answers."""

    budget: Probability
    automation: Probability
    upper: Probability | None = None


class TopicLine(Part, frozen=True, kw_only=True):
    """A topic on the sealed questions: how many, how often it is recognised, what is answered of it, and how often wrongly.

    `confused_with`: the topic that is said most often in its place, and `confusions` how often; None where none is.
    """

    topic: str
    questions: Count
    accuracy: Interval
    automation: Probability
    wrong: Count = 0
    confused_with: str | None = None
    confusions: Count = 0


class LanguageLine(Part, frozen=True, kw_only=True):
    """A language of the sealed questions (ISO 639-1, "und": not told), with its share answered and the error among those answered.

    `certified`: the error budget was proven for this language by itself, not only for all of them together.
    """

    language: str
    questions: Count
    automation: Interval
    error_answered: Interval | None = None
    certified: bool = False


class OutOfScope(Part, frozen=True, kw_only=True):
    """Sealed questions that belong to no topic: how many there were, and which share went to a person or was refused, as it should."""

    count: Count
    refused: Interval


class Mistake(Part, frozen=True, kw_only=True):
    """A sealed question that would have been answered wrongly, masked; `truth` is None where it belongs to no topic."""

    text: str
    said: str
    truth: str | None
    confidence: Probability


class LabelValue(Part, frozen=True, kw_only=True):
    """What `more` labelled questions of a topic are expected to add to the share of questions that are recognised."""

    topic: str
    more: Count
    gain: Interval


class DeskLine(Part, frozen=True, kw_only=True):
    """A simulated desk: seconds to the first answer, dollars a contact, and how busy its people are."""

    median_seconds: float
    p90_seconds: float
    usd_per_contact: float
    staff: Count
    occupancy: Probability


class DeskPart(Part, frozen=True, kw_only=True):
    """The queue simulation: the same customers served by people alone, and by the product with people behind it.

    `assumptions` are by name, in the units that the names say; `declared`: the brief gives the human baseline, else it is a guess.
    `fewest`: the product's desk with the fewest people that still keeps the targets of the response time and of the cost, None where no
    number of people does.
    """

    assumptions: dict[str, float]
    human: DeskLine
    product: DeskLine
    faster: Interval
    cheaper: Interval
    declared: bool = False
    fewest: DeskLine | None = None


class SupportSection(Part, frozen=True, kw_only=True):
    """Support's part of the verdict.

    Attributes
    ----------
    budget, sure: at most this share of answers may be wrong, with this probability.
    certified: the budget was proven before the sealed questions were opened; without it nothing is answered.
    automation: share of sealed questions answered without a person.
    error_answered: error among sealed questions that were answered; None where none was.
    upper: the bound that was proven, None where none was.
    base_error: error if everything were answered. least_to_person: share that at least must go to a person at that error, whatever is
        done: (base_error - budget) / (1 - budget), 0 where the base error is within the budget.
    needed: labelled questions that certifying takes at least, None where there are enough.
    stages: of the cascade, in order. curve: by growing budget.
    scope_auroc: how well questions of no topic are told from others.
    topics, languages, out_of_scope, mistakes, label_value, desk: see their types; empty or None where they were not measured.
    """

    budget: Probability
    sure: Probability
    certified: bool
    automation: Interval
    error_answered: Interval | None = None
    upper: Probability | None = None
    base_error: Probability
    least_to_person: Probability
    needed: Count | None = None
    stages: tuple[Stage, ...] = ()
    curve: tuple[BudgetPoint, ...] = ()
    topics: tuple[TopicLine, ...] = ()
    languages: tuple[LanguageLine, ...] = ()
    out_of_scope: OutOfScope | None = None
    scope_auroc: Interval | None = None
    mistakes: tuple[Mistake, ...] = ()
    label_value: tuple[LabelValue, ...] = ()
    desk: DeskPart | None = None


def least_to_person(base_error: float, budget: float) -> float:
    """The share of questions that any rule must leave to a person at a base error and a budget (CRC feasibility, arXiv 2606.29054).

    >>> round(least_to_person(0.08, 0.01), 3), least_to_person(0.005, 0.01)
    (0.071, 0.0)
    """
    return max(0.0, (base_error - budget) / (1 - budget))

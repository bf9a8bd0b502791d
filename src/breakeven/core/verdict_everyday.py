"""The verdict's part that needs no metric: how often the answers are right, what they find, how far off they are."""

from __future__ import annotations

from breakeven.core.verdict_part import Count, Part, Probability


class LlmEveryday(Part, frozen=True, kw_only=True):
    """A hosted model and the own one on the sealed units that the hosted one answered."""

    right: Probability | None = None
    own_right: Probability | None = None
    error: float | None = None
    own_error: float | None = None


class Automation(Part, frozen=True, kw_only=True):
    """What is answered without a person: the share of cases, and the promise that with probability `sure` at most the share `budget`
    of those answers is wrong. Where that could not be shown nothing is answered, and `needed` labelled cases would do, if any number would.
    """

    share: Probability
    budget: Probability
    sure: Probability
    certified: bool
    needed: Count | None = None


class Everyday(Part, frozen=True, kw_only=True):
    """What the product (else the chosen candidate) gives on the sealed units, beside the baseline; None where it does not apply.

    Classes: the shares of right answers, the class that the baseline always answers, and the share of class `yes` that is found;
    where misses and false alarms have prices, what errors cost an answer in USD, `guess` being the class that is cheapest to guess.
    Values: the mean absolute errors, in the units of `target`. Lists of `k` items: the shares of people for whom one holds
    something they take next. Customer service: what is answered without a person.
    """

    target: str | None = None
    right: Probability | None = None
    baseline_right: Probability | None = None
    guess: str | None = None
    yes: str | None = None
    found: Probability | None = None
    error_usd: float | None = None
    baseline_error_usd: float | None = None
    error: float | None = None
    baseline_error: float | None = None
    hit: Probability | None = None
    baseline_hit: Probability | None = None
    k: Count | None = None
    llm: LlmEveryday | None = None
    automation: Automation | None = None

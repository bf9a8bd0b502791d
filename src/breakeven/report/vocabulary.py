"""The sentences of a verdict, one method each; `english.py` and `chinese.py` write them."""

from __future__ import annotations

from typing import Protocol


class Vocabulary(Protocol):
    """One language. `unit` and `labelled` are plural nouns for what is counted; numbers come as text."""

    separator: str
    never: str
    to: str
    points: str
    stop: str

    def route(self, route: str) -> str:
        """Name of a route."""

    def none_offered(self, reason: str) -> str:
        """No candidate may be offered."""

    def sealed_score(self, metric: str, score: str, rows: str, unit: str) -> str:
        """Score on the sealed test."""

    def baseline(self, name: str) -> str:
        """What a baseline does."""

    def beside(self, score: str, baseline: str, its_score: str) -> str:
        """The baseline's score beside another."""

    def contradicted(self, unit: str) -> str:
        """The sealed test is clearly against what validation showed."""

    def only_route(self, name: str, route: str, score: str) -> str:
        """The other route has no candidate within the limits."""

    def sealed_difference(self, gap: str, interval: str) -> str:
        """Large minus traditional on the sealed test."""

    def tie_cheaper(self, rival: str, name: str, route: str, unit: str) -> str:
        """A tie, given to the cheaper candidate."""

    def tie_likelier(self, rival: str, name: str, route: str, unit: str, probability: str) -> str:
        """A tie, given to the candidate that is likely better by more than the margin."""

    def compared(self, rows: str, most: str, unit: str) -> str:
        """The two were compared with fewer units than there are."""

    def undecided(self, more: str, unit: str, labelled: str) -> str:
        """How many more units would settle a tie."""

    def lead(self, name: str, route: str, rival: str, lead: str, unit: str) -> str:
        """A lead on validation units."""

    def ensemble(self, members: list[str], gain: str, interval: str, score: str, unit: str) -> str:
        """The product is an ensemble."""

    def unreliable(self, gap: str, interval: str, unit: str) -> str:
        """Probabilities are not to be relied on: they are off by `gap` points on average."""

    def copies(self, count: int, name: str) -> str:
        """A bag of a candidate."""

    def bag(self, copies: str, gain: str, interval: str, score: str, unit: str) -> str:
        """The product is a bag."""

    def preferred(self, name: str, score: str, unit: str) -> str:
        """The product is another candidate than the one that pays."""

    def twin(self, share: str, unit: str) -> str:
        """The sealed score is that of the product's twin."""

    def twin_kept(self, why: str) -> str:
        """The product is its twin, though it was to be fitted on all units."""

    def level(self, unit: str, none: str) -> str:
        """The routes are level at the size at hand."""

    def crossed(self, at: str, unit: str) -> str:
        """The route that leads took the lead within the data."""

    def no_crossing(self, unit: str, none: str) -> str:
        """A crossing is unlikely."""

    def open_crossing(self, unit: str, none: str) -> str:
        """Whether there is a crossing ahead is not known."""

    def crossing(self, at: str, interval: str, unit: str, none: str) -> str:
        """A crossing ahead."""

    def owning(self, requests: str, interval: str) -> str:
        """From how many requests owning is cheaper than renting."""

    def hosted_score(self, model: str, score: str, rows: str, unit: str) -> str:
        """What a hosted model was measured to be."""

    def hosted_difference(self, gap: str, interval: str) -> str:
        """The hosted model minus the own one."""

    def hosted_agreement(self, share: str) -> str:
        """How often both answer alike."""

    def hosted_cost(self, rent: str, requests: str, own: str) -> str:
        """A month of renting beside a month of owning."""

    def hosted_unmeasured(self) -> str:
        """No hosted model was asked."""

    def hosted_needed(self, share: str | None, priced: bool) -> str:
        """How often a hosted model must be right; `priced`: errors have a price."""

    def hosted_measure(self, command: str) -> str:
        """The command that measures one."""

    def hosted_failed(self, why: str) -> str:
        """A hosted model was to be asked."""

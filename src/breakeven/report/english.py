"""The sentences of a verdict in English."""

from __future__ import annotations


class English:
    """See `Vocabulary`."""

    separator = " "
    never = "never"
    to = " to "
    points = "points"
    stop = "."

    def route(self, route: str) -> str:
        """Name of a route."""
        return route

    def none_offered(self, reason: str) -> str:
        """No candidate may be offered."""
        return f"None is offered: {reason}"

    def sealed_score(self, metric: str, score: str, rows: str, unit: str) -> str:
        """Score on the sealed test."""
        return f"{metric} {score} on {rows} sealed {unit}"

    def baseline(self, name: str) -> str:
        """What a baseline does."""
        return {"popular": "showing everybody what is popular", "baseline": "always guessing the same"}.get(name, name)

    def beside(self, score: str, baseline: str, its_score: str) -> str:
        """The baseline's score beside another."""
        return f"{score} ({baseline}: {its_score})"

    def contradicted(self, unit: str) -> str:
        """The sealed test is clearly against what validation showed."""
        return (
            f" On the sealed {unit} the other route is ahead, against what validation showed: take neither for proved."
        )

    def only_route(self, name: str, route: str, score: str) -> str:
        """The other route has no candidate within the limits."""
        return f"Take {name} ({route}): {score}; no candidate of the other route was within the limits and measured."

    def sealed_difference(self, gap: str, interval: str) -> str:
        """Large minus traditional on the sealed test."""
        return f"; large minus traditional {gap} (90 % interval {interval})."

    def tie_cheaper(self, rival: str, name: str, route: str, unit: str) -> str:
        """A tie, given to the cheaper candidate."""
        shown = f"No practical difference could be shown on validation {unit} between {rival} and {name}"
        return f"{shown}, so take the cheaper, {name} ({route}): "

    def tie_likelier(self, rival: str, name: str, route: str, unit: str, probability: str) -> str:
        """A tie, given to the candidate that is likely better by more than the margin."""
        shown = f"Too close to call on validation {unit} between {rival} and {name}"
        likely = f"take the one that is likely ({probability}) to be better by more than the margin"
        return f"{shown}, so {likely}, {name} ({route}): "

    def compared(self, rows: str, most: str, unit: str) -> str:
        """The two were compared with fewer units than there are."""
        return f" They were compared after {rows} of {most} training {unit}: more time may change the order."

    def undecided(self, more: str, unit: str, labelled: str) -> str:
        """How many more units would settle a tie."""
        return f" Undecided: about {more} more {labelled} would settle it."

    def lead(self, name: str, route: str, rival: str, lead: str, unit: str) -> str:
        """A lead on validation units."""
        return f"Take {name} ({route}), which leads {rival} by {lead} on validation {unit}: "

    def ensemble(self, members: list[str], gain: str, interval: str, score: str, unit: str) -> str:
        """The product is an ensemble."""
        gained = f"{gain} on validation {unit} (90 % interval {interval})"
        return f"The product joins {', '.join(members)}: {gained}; {score} on the sealed {unit}."

    def unreliable(self, gap: str, interval: str, unit: str) -> str:
        """Probabilities are not to be relied on."""
        off = f"it is off by {gap} points on average ({interval}) on the sealed {unit}"
        return f"`probability` is not to be relied on: {off}."

    def copies(self, count: int, name: str) -> str:
        """A bag of a candidate."""
        return f"a bag of {count} {name} models"

    def bag(self, copies: str, gain: str, interval: str, score: str, unit: str) -> str:
        """The product is a bag."""
        each = f"each fitted without a part of the {unit}, their answers averaged"
        gained = f"{gain} on validation {unit} (90 % interval {interval})"
        return f"The product is {copies}, {each}: {gained}; {score} on the sealed {unit}."

    def preferred(self, name: str, score: str, unit: str) -> str:
        """The product is another candidate than the one that pays."""
        return (
            f"The product is {name}, which has the best validation score (prefer: best): {score} on the sealed {unit}."
        )

    def twin(self, share: str, unit: str) -> str:
        """The sealed score is that of the product's twin."""
        return (
            f"The product learned from all of your {unit}; its score was measured on a twin trained on {share} of them."
        )

    def twin_kept(self, why: str) -> str:
        """The product is its twin, though it was to be fitted on all units."""
        return f"The product is the model that was tested, not fitted once more on everything: {why}."

    def level(self, unit: str, none: str) -> str:
        """The routes are level at the size at hand."""
        ahead = f"which will lead with more {unit} is open (no change within ten times: {none})"
        return f"The routes are level at your size, and {ahead}."

    def crossed(self, at: str, unit: str) -> str:
        """The route that leads took the lead within the data."""
        return f"The route that leads overtook the other at about {at} training {unit}, within your data. "

    def no_crossing(self, unit: str, none: str) -> str:
        """A crossing is unlikely."""
        within = f"no crossing within ten times your {unit} with probability {none}"
        return f"More data is unlikely to change the order: {within}."

    def open_crossing(self, unit: str, none: str) -> str:
        """Whether there is a crossing ahead is not known."""
        return f"Whether more data would change the order is open: no crossing within ten times your {unit} with probability {none}."

    def crossing(self, at: str, interval: str, unit: str, none: str) -> str:
        """A crossing ahead."""
        return f"The other route may overtake at about {at} {unit} ({interval}); no crossing within ten times: {none}."

    def owning(self, requests: str, interval: str) -> str:
        """From how many requests owning is cheaper than renting."""
        return f"Owning beats renting a hosted model from about {requests} requests a month ({interval})."

    def hosted_score(self, model: str, score: str, rows: str, unit: str) -> str:
        """What a hosted model was measured to be."""
        return f"The LLM {model} was asked about {rows} of the sealed {unit}: {score}"

    def hosted_difference(self, gap: str, interval: str) -> str:
        """The hosted model minus the own one."""
        return f", {gap} ({interval}) against your own model there"

    def hosted_agreement(self, share: str) -> str:
        """How often both answer alike."""
        return f", with the same answer in {share}"

    def hosted_cost(self, rent: str, requests: str, own: str) -> str:
        """A month of renting beside a month of owning."""
        beside = f" (your own model: ${own})" if own else ""
        return f"; it would cost ${rent} a month at {requests} requests{beside}"

    def hosted_unmeasured(self) -> str:
        """No hosted model was asked."""
        return "An LLM was not measured"

    def hosted_needed(self, share: str | None, priced: bool) -> str:
        """How often a hosted model must be right."""
        if share is not None:
            return f", and pays if it is right in at least {share}"
        return ", and pays at no accuracy" + ("" if priced else " while an error has no price (prices.usd_per_error)")

    def hosted_measure(self, command: str) -> str:
        """The command that measures one."""
        return f". To measure it: {command}"

    def hosted_failed(self, why: str) -> str:
        """A hosted model was to be asked."""
        return f"The LLM was not measured: {why}."

"""The sentences for people in English; see `plain_vocabulary.Plain`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from breakeven.core.verdict import UnitNoun
from breakeven.report.plain_vocabulary import Said, Wordings

#: Words and numbers of a sentence, at most. A name in quotes counts as a word, and its digits do not count.
WORDS, NUMBERS = 22, 4
_NAME = re.compile(r"'[^']*'|`[^`]*`")
KINDS = {
    "linear": "a linear model",
    "linear_svm": "a linear model",
    "ease": "a linear model",
    "neighbours": "a nearest-neighbour model",
    "random_forest": "a random forest",
    "extra_trees": "extremely randomised trees",
    "boosting": "gradient-boosted trees",
    "feature_boosting": "gradient-boosted trees",
    "lightgbm_rank": "gradient-boosted trees",
    "naive_bayes": "a naive Bayes model",
    "retrieval": "a text search",
    "rbf_svm": "a support-vector machine",
    "item_neighbours": "an item-to-item model",
    "user_neighbours": "a user-to-user model",
    "following": "a next-item model",
    "als": "matrix factorisation",
    "bpr": "matrix factorisation",
    "ease_als": "a blend of models",
    "popular": "a list of what is popular",
}
#: Kinds of models whose names say less, with their short forms.
BY_KIND = {
    "baseline": ("always the same answer", "always the same answer"),
    "traditional": ("a traditional model", "a traditional model"),
    "net": ("a neural net trained on your data", "a neural net"),
    "pretrained": ("a pretrained model, adapted", "a pretrained model"),
    "hosted": ("an LLM by API", "an LLM"),
}
METRICS = {
    "roc_auc": "ROC AUC",
    "r2": "R²",
    "rmse": "RMSE",
    "mae": "mean error",
    "ndcg": "nDCG",
    "average_precision": "average precision",
    "balanced_accuracy": "balanced accuracy",
    "log_loss": "log loss",
    "brier": "Brier score",
}
LIMITS = {"latency_ms": "latency", "size_mb": "size", "usd_per_1000": "price"}


class PlainEnglish:
    """See `Plain`."""

    llm, short_llm = "an LLM by API", "an LLM"
    cascade = "adding an LLM for unsure cases"
    blend = "a blend of models"

    def first_short(self, wordings: Wordings) -> str:
        """The first wording that is short enough, else the last."""
        return next((w for w in wordings if _short(w)), wordings[-1])

    def metric(self, name: str) -> str:
        """A metric by its usual name."""
        return METRICS.get(name, name)

    def kind(self, candidate: str, kind: str, short: bool) -> str:
        """What a candidate is."""
        long, brief = BY_KIND[kind]
        known = KINDS.get(candidate) if kind in ("traditional", "baseline") else None
        return known or (brief if short else long)

    def quoted(self, text: str) -> str:
        """A name in quotes."""
        return "'" + text.replace("'", "’") + "'"

    def cases(self, unit: UnitNoun, split: str, column: str) -> str:
        """What is counted."""
        noun = "cases" if unit.en == "rows" else unit.en
        if split == "group" and column:
            return f"{noun} of a new '{column}'"
        return f"newer {noun}" if split == "time" and noun == "cases" else noun

    def usd(self, value: float) -> str:
        """An amount of money."""
        if 0 < value < 0.01:
            return "under $0.01"
        return f"${value:,.2f}" if 0 < value < 10 else f"${value:,.0f}"

    def about(self, value: float) -> str:
        """The same as an estimate."""
        return self.usd(value) if value < 0.01 else f"about {self.usd(value)}"

    def price(self, value: float) -> str:
        """The price of one thing."""
        return f"${float(f'{value:.2g}'):,.12g}" if value < 1 else self.usd(value)

    def volume(self, requests: str, given: bool, average: bool) -> str:
        """The volume."""
        if average:
            return f"{'an' if given else 'an assumed'} average of {requests} requests a month"
        return f"{'your' if given else 'an assumed'} {requests} requests a month"

    def quick(self, rows: str, of: str, unit: UnitNoun) -> Wordings:
        """The verdict is a quick look."""
        return (f"A quick look, on {rows} of {of} {unit.en}; run without --quick for the full answer.",)

    def use(self, kind: str, short: str, s: Said) -> Wordings:
        """Use this kind of model."""
        if s.off:
            same = f"always giving the same answer is off by {s.baseline_off}"
            return (
                f"Use {kind}: {_they(kind)} off by {s.off} on average in {s.target}; {same}.",
                f"Use {kind}: off by {s.off} on average in {s.target} (always the same answer: {s.baseline_off}).",
            )
        if s.k:
            holds = f"{s.k} picks hold the next choice of {s.right} in 100 people"
            return (
                f"Use {kind}: {'their' if _many(kind) else 'its'} {holds}; the most popular items do for {s.baseline}.",
                f"Use {kind}: {holds} (most popular: {s.baseline}).",
            )
        if not s.right:
            beside = f": {s.metric} {s.score}, the baseline {s.baseline_score}" if s.score else ""
            return (f"Use {kind}{beside}.",)
        if s.paid:
            return (
                f"Use {kind}: errors cost {s.paid} a case; always guessing {s.guess} costs {s.baseline_paid}; {_finds(kind)} {s.found}% of {s.yes}.",
                f"Use {kind}: errors of {s.paid} a case ({s.guess} always: {s.baseline_paid}), finding {s.found}% of {s.yes}.",
            )
        right = f"right in {s.right} of 100 {s.cases}"
        if not s.found:
            return (
                f"Use {kind}: {_they(kind)} {right}; always guessing {s.guess} gives {s.baseline}.",
                f"Use {kind}: {right} (always guessing {s.guess}: {s.baseline}).",
                f"Use {short}: {right} ({s.guess} always: {s.baseline}).",
            )
        finds = f"{s.found}% of {s.yes}"
        return (
            f"Use {kind}: {_they(kind)} {right}; always guessing {s.guess} gives {s.baseline}; {_finds(kind)} {finds}.",
            f"Use {kind}: {right} (always guessing {s.guess}: {s.baseline}), finding {finds}.",
            f"Use {kind}: {right} ({s.guess} always: {s.baseline}), finding {finds}.",
            f"Use {short}: {right} ({s.guess} always: {s.baseline}), finding {finds}.",
        )

    def use_llm(self, model: str, right: str, own: str, kind: str, s: Said) -> Wordings:
        """Rent."""
        rent = f"Use an LLM by API ({model})"
        if s.baseline_off:
            beside = f"{kind}: {own}; " if kind else ""
            return (f"{rent}: off by {right} on average ({beside}always the same answer: {s.baseline_off}).",)
        beside = (f"{kind}: {own}; " if kind else "") + f"always {s.guess}: {s.baseline}"
        return (
            f"{rent}: right in {right} of 100 {s.cases} ({beside}).",
            f"{rent}: right in {right} of 100 cases ({beside}).",
        )

    def use_cascade(self, kind: str, right: str, s: Said) -> Wordings:
        """Both."""
        both = f"Use {kind}, and ask an LLM when {_they(kind)} unsure: right in {right} of 100"
        return (
            f"{both} {s.cases} (alone: {s.right}; always {s.guess}: {s.baseline}).",
            f"{both} cases ({s.guess} always: {s.baseline}).",
        )

    def automated(self, kind: str, share: str, wrong: str, sure: str, s: Said) -> Wordings:
        """So many are answered without a person."""
        answer, by = ("answer", "themselves") if _many(kind) else ("answers", "itself")
        said = f"{kind} {answer} {share} of 100 {s.cases} by {by}, at most {wrong} % of them wrongly ({sure} % sure)."
        return (said[:1].upper() + said[1:],)

    def automated_none(self, wrong: str, sure: str, needed: str, s: Said) -> Wordings:
        """People answer all."""
        more = f"; about {needed} labelled {s.cases} would do" if needed else ""
        return (f"Let people answer for now: at most {wrong} % wrong could not be shown ({sure} % sure){more}.",)

    def none_beats(self, s: Said) -> Wordings:
        """Nothing beats the baseline."""
        nothing = "Use no model yet: nothing tried clearly beats"
        if s.baseline_off:
            return (f"{nothing} always giving the same answer, which is off by {s.baseline_off} on average.",)
        if s.k:
            return (f"{nothing} showing everyone what is popular, which suits {s.baseline} of 100 people.",)
        if not s.baseline:
            return (f"{nothing} the simplest guess.",)
        return (
            f"{nothing} always guessing {s.guess}, which is right in {s.baseline} of 100 {s.cases}.",
            f"{nothing} always guessing {s.guess}, right in {s.baseline} of 100 cases.",
        )

    def none_fits(self, limits: Sequence[str]) -> Wordings:
        """Nothing keeps the limits."""
        return (
            f"Use no model yet: no model that was measured keeps your limits on {_listed([LIMITS[k] for k in limits])}.",
        )

    def none_held(self, s: Said) -> Wordings:
        """A promise was broken."""
        return ("Use no model yet: the best model did much worse on the data kept aside than it had promised.",)

    def none_measured(self) -> Wordings:
        """Nothing could be measured."""
        return ("Use no model yet: no model could be measured.",)

    def cost(self, volume: str, own: str, errors: str, other: str | None, theirs: str) -> Wordings:
        """A month's cost."""
        start, more = f"At {volume} it costs {own}", f"would cost {theirs or 'the same'}"
        if errors:
            start += f" plus {errors} for its errors"
        if other is None:
            return (f"{start}.",)
        if errors and not other:
            return (f"{start}; nothing else that was measured costs less.", f"{start}.")
        if not other:
            return (f"{start}; nothing else that was measured is as good.", f"{start}.")
        if errors:
            return (f"{start}; {other} {more}{' in all' if theirs else ''}.", f"{start}; {other} {more}.", f"{start}.")
        return (
            f"{start}; {other}, about as good, {more}.",
            f"{start}; {other}, as good, {more}.",
            f"{start}; {other} {more}.",
        )

    def cost_of_worse(
        self, volume: str, own: str, other: str, theirs: str, cheaper: bool, right: str, off: str
    ) -> Wordings:
        """A way that is not good enough."""
        but = "but" if cheaper else "and"
        how = f"is right in only {right}" if right else f"is off by {off}" if off else "is worse"
        start = f"At {volume} it costs"
        return (
            f"{start} {own}; {other} costs {theirs} {but} {how}.",
            f"{start} {own}; {self.short_llm} costs {theirs} {but} {how}.",
            f"{start} {own.removeprefix('about ')}; {self.short_llm} costs {theirs} {but} {how}.",
        )

    def leak(self, names: Sequence[str], more: int) -> Wordings:
        """Columns that give the answer away."""
        rest = f" and {more} more" if more > 0 else ""
        gives = "it gives" if len(names) + max(more, 0) == 1 else "they give"
        listed = ", ".join(names) if rest else _listed(names)
        return (f"Not used: {listed}{rest}, because {gives} the answer away.",)

    def more_minutes(self) -> Wordings:
        """The minutes were too few."""
        return ("The minutes ran out before everything was measured: more minutes may change this answer.",)

    def raise_limits(self, limits: Sequence[str]) -> Wordings:
        """Which limits stand in the way."""
        return (f"Looser limits on {_listed([LIMITS[k] for k in limits])} would change this.",)

    def more_rows_or_columns(self, unit: UnitNoun) -> Wordings:
        """What may help."""
        if unit.en != "rows":
            return (f"More {unit.labelled_en}, or more of what each of them took, may change this.",)
        return (f"More {unit.labelled_en}, or columns that say more about the answer, may change this.",)

    def contradicted(self, rival: str) -> Wordings:
        """The sealed rows are against the choice."""
        return (f"On the data kept aside {rival} did better, so neither is proved: more data would tell.",)

    def seldom(self, yes: str) -> Wordings:
        """The yes is hardly ever answered."""
        return (f"It hardly ever answers {yes}: say what a miss and a false alarm cost, and it will.",)

    def undecided(self, rival: str, more: str, unit: UnitNoun) -> Wordings:
        """A tie."""
        return (
            f"Whether {rival} would be better is open: about {more} more {unit.labelled_en} would tell.",
            f"Whether {rival} would be better is open: about {more} more {unit.en} would tell.",
        )

    def flip_by_volume(self, other: str, at: str, above: bool) -> Wordings:
        """Another way at another volume."""
        return (f"{'Above' if above else 'Below'} about {at} requests a month, {other} would be cheaper.",)

    def flip_by_error(self, other: str, at: str, above: bool, times: bool) -> Wordings:
        """Another way at another price of errors."""
        if times:
            return (f"If errors cost {'more' if above else 'less'} than {at} times your prices, {other} would pay.",)
        return (f"If an error costs {'more' if above else 'less'} than {at}, {other} would pay.",)

    def overtakes(self, rival: str, at: str, unit: UnitNoun) -> Wordings:
        """More data."""
        return (f"With about {at} {unit.en}, {rival} would probably be better.",)

    def llm_open(self, usd: str) -> Wordings:
        """An LLM was not measured."""
        return (f"An LLM by API was not measured; at {usd} a month it could change this.",)

    def few_judged(self, rows: str, unit: UnitNoun, metric: str, low: str, high: str) -> str:
        """The score was measured on few."""
        return f"{rows} {unit.en} were kept aside to judge it: its {metric} may be anything from {low} to {high}."

    def volume_asked(self, requests: str) -> str:
        """The volume is assumed."""
        how = "--volume N with a data file, or volume: {requests_per_month: N} in product.yaml"
        return f"How many requests a month will it answer? {requests} are assumed; say yours: {how}."

    def llm_failed(self, why: str) -> str:
        """An LLM was to be asked."""
        return f"The LLM by API was not measured: {why}."

    def llm_unmeasured(
        self, volume: str, usd: str, needed: str | None, priced: bool, own_from: str, command: str
    ) -> str:
        """An LLM was not measured."""
        pays = f" It pays if it is right in at least {needed} of 100 cases." if needed else ""
        if needed is None:
            pays = " It would not pay however often it is right" + ("." if priced else ", as errors have no price.")
        own = f" From about {own_from} requests a month a model of your own is cheaper." if own_from else ""
        return f"An LLM by API was not measured. At {volume} it would cost {usd}.{pays}{own}\nMeasure it: {command}"

    def one_route(self, route: str) -> Wordings:
        """Only this route was measured."""
        if route == "traditional":
            return ("No neural net was measured, so whether one is better is open.",)
        return ("No traditional model was measured, so whether one is as good is open.",)

    def nothing(self) -> Wordings:
        """Nothing is expected to change the answer."""
        return ("Nothing measured suggests that more data or more requests would change this.",)


def _many(kind: str) -> bool:
    """Whether a kind of model is named in the plural."""
    return kind.endswith("trees")


def _they(kind: str) -> str:
    return "they are" if _many(kind) else "it is"


def _finds(kind: str) -> str:
    return "they find" if _many(kind) else "it finds"


def _short(text: str) -> bool:
    plain = _NAME.sub("name", text)
    words = [w for w in plain.split() if re.search(r"\w", w)]
    return len(words) <= WORDS and len(re.findall(r"\d[\d,.]*", plain)) <= NUMBERS


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

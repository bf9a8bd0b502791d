"""The verdict in words, made from the document alone: which sentences apply, and the numbers in them.

A tie is never called a win, an interval stands beside every difference, and what was not measured is said so. The
sentences themselves are in `english.py` and `chinese.py`.
"""

from __future__ import annotations

from typing import Literal

from breakeven.core.verdict import Bag, Ensemble, TestLine, Text, Verdict
from breakeven.report.chinese import Chinese
from breakeven.report.english import English
from breakeven.report.vocabulary import Vocabulary

#: Metrics whose differences are given in points (hundredths); the others in their own units.
POINTS = (
    "accuracy",
    "balanced_accuracy",
    "f1",
    "roc_auc",
    "average_precision",
    "r2",
    "ndcg",
    "recall",
    "precision",
    "map",
    "hit",
)
#: The leader of a tie is open while either route is this likely to lead.
LEVEL = 0.1
#: A crossing is called unlikely where none is expected with at least this probability.
UNLIKELY = 0.8
Language = Literal["en", "zh"]
VOCABULARIES: dict[Language, Vocabulary] = {"en": English(), "zh": Chinese()}


def sentences(v: Verdict) -> Text:
    """The verdict in a few sentences, in both languages."""
    return Text(en=sentence(v, "en"), zh=sentence(v, "zh"))


def sentence(v: Verdict, language: Language) -> str:
    """The verdict in a few sentences."""
    parts = [
        _choice(v, language),
        product(v, language),
        twin(v, language),
        unreliable(v, language),
        crossing(v, language),
        _requests(v, language),
        hosted(v, language),
    ]
    return VOCABULARIES[language].separator.join(part for part in parts if part)


def amount(value: float, metric: str, language: Language = "en", signed: bool = True) -> str:
    """A difference in points or units.

    >>> amount(0.0123, "accuracy"), amount(-2.5, "rmse"), amount(-1e-5, "accuracy")
    ('+1.2 points', '-2.5 rmse', '+0.0 points')
    """
    sign = "+" if signed else ""
    if metric in POINTS:
        return f"{value * 100:{sign}z.1f} {VOCABULARIES[language].points}"
    return f"{value:{sign}z.3g} {metric}"


def span(low: float, high: float, metric: str, language: Language = "en") -> str:
    """A 90 % interval of a difference."""
    scale, form = (100, "+z.1f") if metric in POINTS else (1, "+z.3g")
    return f"{low * scale:{form}}{VOCABULARIES[language].to}{high * scale:{form}}"


def unit(v: Verdict, language: Language) -> str:
    """Plural noun of what the verdict counts: rows of a table, people of a shop."""
    return v.unit.en if language == "en" else v.unit.zh


def rounded(value: float) -> str:
    """A count to two significant digits.

    >>> rounded(8234), rounded(123)
    ('8,200', '120')
    """
    return f"{float(f'{value:.2g}'):,.0f}"


def leaders(v: Verdict) -> dict[str, TestLine]:
    """The finalist of each route that keeps the limits."""
    return {t.route: t for t in v.test if t.within_limits and t.score is not None and t.kind != "hosted"}


def level(v: Verdict) -> bool:
    """Whether the leading route at the size at hand is unknown, and with it where the lead would change."""
    p = v.chosen.p_large
    return bool(v.chosen.tie and v.breakeven.rows is not None and p is not None and LEVEL < p < 1 - LEVEL)


def product(v: Verdict, language: Language) -> str:
    """What the product is, where it is not the chosen candidate by itself: its parts, what they gain, and its score."""
    p, vocabulary, metric = v.product, VOCABULARIES[language], v.metric.name
    if p is None:
        return ""
    score = f"{metric} {p.value:.3f} ({p.low:.3f} – {p.high:.3f})"
    bag = p.bag if p.bag is not None and p.bag.built else None
    if p.ensemble is not None and p.ensemble.built:
        members = [  # the winner need not be among them
            vocabulary.copies(bag.copies, m.candidate) if bag and m.candidate == p.candidate else m.candidate
            for m in p.ensemble.members
        ]
        return vocabulary.ensemble(members, *_gained(p.ensemble, metric, language), score, unit(v, language))
    if bag is not None:
        name = vocabulary.copies(bag.copies, p.candidate or "")
        return vocabulary.bag(name, *_gained(bag, metric, language), score, unit(v, language))
    if p.candidate not in (None, v.chosen.candidate):
        return vocabulary.preferred(p.candidate or "", score, unit(v, language))
    return ""


def twin(v: Verdict, language: Language) -> str:
    """On what the product's score was measured, where the product learned from more; why it did not, where it was to."""
    last, vocabulary = v.product.last_fit if v.product else None, VOCABULARIES[language]
    if last is None:
        return ""
    if last.kept_twin is not None:
        return vocabulary.twin_kept(last.kept_twin)
    return vocabulary.twin(f"{last.twin_rows / last.rows:.0%}", unit(v, language)) if last.twin_rows < last.rows else ""


def _gained(tried: Bag | Ensemble, metric: str, language: Language) -> tuple[str, str]:
    """A gain with its interval."""
    return amount(tried.value, metric, language), span(tried.low, tried.high, metric, language)


def unreliable(v: Verdict, language: Language) -> str:
    """That probabilities are not to be relied on; "" where they are, or where there are none."""
    gap = v.product.unreliable if v.product else None
    if gap is None or gap.value is None or gap.low is None or gap.high is None:
        return ""
    off, interval = f"{100 * gap.value:.0f}", f"{100 * gap.low:.0f}{VOCABULARIES[language].to}{100 * gap.high:.0f}"
    return VOCABULARIES[language].unreliable(off, interval, unit(v, language))


def warning(v: Verdict) -> Text | None:
    """The same in both languages; None where there is nothing to warn of."""
    return Text(en=unreliable(v, "en"), zh=unreliable(v, "zh")) if unreliable(v, "en") else None


def crossing(v: Verdict, language: Language) -> str:
    """Where the routes cross, ahead or within the data; "" where only one route was measured."""
    c, vocabulary, units = v.breakeven.rows, VOCABULARIES[language], unit(v, language)
    if c is None:
        return ""
    none = f"{c.p_none_within_10x:.0%}"
    if level(v):
        return vocabulary.level(units, none)
    # A place where the order changes is not named where it more likely does not change at all.
    if c.value is None or c.low is None or c.high is None or c.p_none_within_10x > 0.5:
        said = vocabulary.no_crossing if c.p_none_within_10x >= UNLIKELY else vocabulary.open_crossing
        text, past = said(units, none), v.breakeven.crossed
        return text if past is None or past.value is None else vocabulary.crossed(rounded(past.value), units) + text
    at, interval = rounded(c.value), f"{rounded(c.low)}{vocabulary.to}{rounded(c.high)}"
    return vocabulary.crossing(at, interval, units, none)


def _choice(v: Verdict, language: Language) -> str:
    chosen, vocabulary, units = v.chosen, VOCABULARIES[language], unit(v, language)
    if chosen.route == "none" or chosen.candidate is None:
        return vocabulary.none_offered(chosen.reason)
    best = leaders(v)
    own, other = best.get(chosen.route), best.get("large" if chosen.route == "traditional" else "traditional")
    interval = f"{own.score:.3f} ({own.low:.3f} – {own.high:.3f})" if own else ""
    score = vocabulary.sealed_score(v.metric.name, interval, f"{v.rows.test:,}", units)
    baseline = next((t.score for t in v.test if t.kind == "baseline" and t.score is not None), None)
    if baseline is not None:
        score = vocabulary.beside(score, vocabulary.baseline(v.baseline), f"{baseline:.3f}")
    name, route = chosen.candidate, vocabulary.route(chosen.route)
    if other is None:
        return vocabulary.only_route(name, route, score)
    return _opening(v, language, other.candidate) + score + _sealed_difference(v, language)


def _opening(v: Verdict, language: Language, rival: str) -> str:
    """Why the chosen candidate was preferred to its rival, by the evidence of the choice: validation."""
    chosen, vocabulary, units = v.chosen, VOCABULARIES[language], unit(v, language)
    name, route = str(chosen.candidate), vocabulary.route(chosen.route)
    if not chosen.tie:
        d = chosen.difference_validation
        value = d.value if d is not None and d.value is not None else 0.0
        return vocabulary.lead(name, route, rival, amount(abs(value), v.metric.name, language, signed=False), units)
    if chosen.likelier:
        return vocabulary.tie_likelier(rival, name, route, units, f"{chosen.likelier:.0%}")
    return vocabulary.tie_cheaper(rival, name, route, units)


def _sealed_difference(v: Verdict, language: Language) -> str:
    """The difference measured after the choice, and how many more units would settle a tie."""
    vocabulary, d, metric = VOCABULARIES[language], v.chosen.difference_sealed, v.metric.name
    text = vocabulary.stop
    if d is not None and d.value is not None and d.low is not None and d.high is not None:
        text = vocabulary.sealed_difference(amount(d.value, metric, language), span(d.low, d.high, metric, language))
        if d.high < 0 if v.chosen.route == "large" else d.low > 0:
            text += vocabulary.contradicted(unit(v, language))
    at = v.chosen.compared_at
    if at is not None and at < v.rows.train:
        text += vocabulary.compared(f"{at:,}", f"{v.rows.train:,}", unit(v, language))
    if v.chosen.tie and v.chosen.undecided_rows:
        more = rounded(v.chosen.undecided_rows)
        text += vocabulary.undecided(more, unit(v, language), v.unit.labelled_en)
    return text


def _requests(v: Verdict, language: Language) -> str:
    r, vocabulary = v.breakeven.requests_per_month, VOCABULARIES[language]
    if r is None or r.value is None:
        return ""
    low, high = (rounded(x) if x is not None else vocabulary.never for x in (r.low, r.high))
    return vocabulary.owning(rounded(r.value), f"{low}{vocabulary.to}{high}")


def hosted(v: Verdict, language: Language) -> str:
    """What a hosted model gives and costs; where it was not measured, what it must give, and how to measure it."""
    vocabulary, h = VOCABULARIES[language], v.hosted
    line = next((t for t in v.test if t.kind == "hosted" and t.score is not None), None)
    if h.answers is not None and line is not None:
        score = f"{v.metric.name} {line.score:.3f} ({line.low:.3f} – {line.high:.3f})"
        measured = vocabulary.hosted_score(h.answers.model, score, f"{h.answers.rows:,}", unit(v, language))
        return measured + _beside_own(v, language) + vocabulary.hosted_cost(*_cost(v)) + vocabulary.stop
    if h.not_measured is not None:
        return vocabulary.hosted_failed(h.not_measured.removeprefix("not measured: "))
    if h.measure is None:
        return ""
    cost = vocabulary.hosted_unmeasured() + vocabulary.hosted_cost(*_cost(v))
    return cost + _needed(v, language) + vocabulary.hosted_measure(h.measure)


def _cost(v: Verdict) -> tuple[str, str, str]:
    """USD a month of renting, requests a month, and USD a month of the own model ("" where there is none), errors apart."""
    arms = {a.arm: a for a in v.money.arms} if v.money else {}
    rent = arms["hosted"].parts["requests"] if "hosted" in arms else v.hosted.usd_per_1000 * v.volume / 1000
    own = (
        next((a for a in arms.values() if a.candidate == v.money.of and a.arm != "cascade"), None) if v.money else None
    )
    owning = f"{own.usd_per_month - own.parts['errors']:,.2f}" if own and v.money and v.money.of else ""
    shown = max(rent, 0.01) if rent else 0.0  # less than a cent is said as one, for it is not nothing
    return f"{shown:,.2f}", f"{v.money.requests_a_month if v.money else v.volume:,.0f}", owning


def _beside_own(v: Verdict, language: Language) -> str:
    """The hosted model's score minus the own one's on the same units, and how often they agree."""
    vocabulary, answers, text = VOCABULARIES[language], v.hosted.answers, ""
    d, same = (answers.difference, answers.agreement) if answers is not None else (None, None)
    if d is not None and d.value is not None and d.low is not None and d.high is not None:
        gap, interval = amount(d.value, v.metric.name, language), span(d.low, d.high, v.metric.name, language)
        text = vocabulary.hosted_difference(gap, interval)
    if same is not None and same.value is not None:
        text += vocabulary.hosted_agreement(f"{same.value:.0%}")
    return text


def _needed(v: Verdict, language: Language) -> str:
    """The accuracy from which renting pays; "" where answers are not right or wrong."""
    own = next((a for a in v.money.arms if a.candidate == v.money.of and a.arm != "cascade"), None) if v.money else None
    if own is None or own.error is None:
        return ""
    needed = v.hosted.needed_accuracy
    share = None if needed is None else f"{needed:.1%}"
    return VOCABULARIES[language].hosted_needed(share, priced=v.prices.of_errors)

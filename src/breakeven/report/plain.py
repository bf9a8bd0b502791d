"""The verdict for people, made from the document alone: at most three short sentences.

What to use, and how good that is beside the baseline; what it costs, and what the next costs that is good enough; what would
change the answer. A sentence has several wordings, from the fullest to the shortest; the first that is short enough is taken.
The wordings are in `plain_english.py` and `plain_chinese.py`.
"""

from __future__ import annotations

from dataclasses import replace

from breakeven.core.verdict import Text, Verdict
from breakeven.core.verdict_everyday import Automation
from breakeven.report import plain_facts as facts
from breakeven.report.plain_change import change, every_flip, unmeasured_llm
from breakeven.report.plain_chinese import PlainChinese
from breakeven.report.plain_cost import cost
from breakeven.report.plain_english import PlainEnglish
from breakeven.report.plain_facts import limits_of as limits_of
from breakeven.report.plain_facts import name, number, of_100
from breakeven.report.plain_vocabulary import Plain, Said, Wordings
from breakeven.report.words import Language

PLAIN: dict[Language, Plain] = {"en": PlainEnglish(), "zh": PlainChinese()}
#: Findings of a product that did not hold on the sealed units what validation promised.
PROMISE = "sealed test"
#: Sealed units below which a product's score says little, and its interval is said.
FEW = 50


def sentences(v: Verdict, language: Language) -> list[str]:
    """What to use, what it costs, and what would change that: one sentence each; what has nothing to say is left out.

    A quick look is called so first; what would change it is the full answer.
    """
    plain = PLAIN[language]
    wordings = (_use(v, plain), cost(v, plain), change(v, plain))
    if v.quick is not None:
        wordings = (plain.quick(f"{v.quick.rows:,}", f"{v.quick.of:,}", v.unit), *wordings[:2])
    return [plain.first_short(found) for found in wordings if found]


def texts(v: Verdict) -> Text:
    """The sentences joined, in both languages."""
    return Text(en=" ".join(sentences(v, "en")), zh="".join(sentences(v, "zh")))


def notes(v: Verdict, language: Language) -> list[str]:
    """What stands below the sentences: by how few units a product was judged, other flips, the question for the volume, and what
    an LLM would cost that was not measured.
    """
    plain = PLAIN[language]
    said = change(v, plain)
    found = [w[0] for w in every_flip(v, plain) if w[0] not in said]
    if v.product is not None and v.chosen.route != "none" and (v.product.rows < FEW or _may_be_guessing(v)):
        low, high = (f"{value:.2g}" for value in (v.product.low, v.product.high))
        found.insert(0, plain.few_judged(f"{v.product.rows:,}", v.unit, plain.metric(v.metric.name), low, high))
    if v.money is not None and v.money.traffic.assumed:
        found.append(plain.volume_asked(f"{v.volume:,.0f}"))
    if llm := unmeasured_llm(v, plain):
        found.append(llm)
    return found


def _may_be_guessing(v: Verdict) -> bool:
    """Whether the interval of the product's sealed score holds the baseline's score."""
    baseline = next((t.score for t in v.test if t.kind == "baseline"), None)
    return v.product is not None and baseline is not None and v.product.low <= baseline <= v.product.high


def volume_note(requests: float, language: Language) -> str:
    """That a volume is assumed, and how to say one's own."""
    return PLAIN[language].volume_asked(f"{requests:,.0f}")


def kind(v: Verdict, candidate: str | None, language: Language, short: bool = False) -> str:
    """What a candidate is, in words: "a linear model"; of a product that joins several, "a blend of models"."""
    return facts.kind(v, candidate, PLAIN[language], short)


def _use(v: Verdict, plain: Plain) -> Wordings:
    """What to use and how good that is."""
    shown = facts.said(v, plain)
    way = v.money.conclusion.arm if v.money and v.money.conclusion else None
    long, short = (facts.kind(v, v.chosen.candidate, plain, s) for s in (False, True))
    if way == "hosted" and v.everyday is not None and v.everyday.llm is not None:
        llm = v.everyday.llm
        model = plain.quoted(name(v.hosted.answers.model if v.hosted.answers else ""))
        llm_right, own = of_100(llm.right, llm.own_right)
        beside = "" if v.chosen.candidate is None else short
        return plain.use_llm(model, llm_right or number(llm.error), own or number(llm.own_error), beside, shown)
    if v.chosen.route == "none" or v.chosen.candidate is None:
        return _none(v, plain, shown)
    automation = v.everyday.automation if v.everyday is not None else None
    if automation is not None:
        return _automated(automation, plain, short, replace(shown, cases=plain.cases(v.unit, "random", "")))
    joint = facts.arm(v, "cascade") if way == "cascade" else None
    if joint is not None and joint.error is not None and joint.error.value is not None:
        together, _ = of_100(1 - joint.error.value, v.everyday.baseline_right if v.everyday else None)
        return plain.use_cascade(short, together, shown)
    return plain.use(long, short, shown)


def _automated(found: Automation, plain: Plain, kind: str, shown: Said) -> Wordings:
    """How many cases are answered without a person, and what is promised of those answers."""
    wrong, sure = number(100 * found.budget), number(100 * found.sure)
    if not found.certified:
        return plain.automated_none(wrong, sure, f"{found.needed:,}" if found.needed else "", shown)
    share = int(100 * found.share + 1e-9)  # rounded down, as a promise is, and as the report does
    return plain.automated(kind, str(share), wrong, sure, shown)


def _none(v: Verdict, plain: Plain, shown: Said) -> Wordings:
    """Why nothing is offered."""
    finalists = [t for t in v.test if t.kind not in ("baseline", "hosted") and t.train_seconds is not None]
    if any(f.kind == PROMISE and f.level == "warning" for f in v.findings):
        return plain.none_held(shown)
    if any(t.within_limits for t in finalists):
        return plain.none_beats(shown)
    limited = limits_of(v.limits)
    return plain.none_fits(limited) if limited else plain.none_measured()

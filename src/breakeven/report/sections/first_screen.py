"""What a founder reads first: the recommendation in words, the figures that matter, when it was made and from what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import zip_longest

from breakeven.core.verdict import TestLine, Text, Verdict
from breakeven.core.verdict_money import Arm, Money
from breakeven.report import figures, labels, names, phrases, plain, plain_facts, words
from breakeven.report.blocks import Block, Note, Paragraph, ReportSection, Tile, Tiles
from breakeven.report.names import SAY


def section(v: Verdict, missed: Sequence[Tile], data: str, built: datetime | None) -> ReportSection:
    """The first screen; `missed` are tiles of the scenario: what the product misses."""
    said = _sentences(v)
    blocks: list[Block] = [Paragraph(one, lead=i == 0) for i, one in enumerate(said)]
    warning = words.warning(v)
    if warning is not None:
        blocks.append(Note(warning, "warning"))
    if v.stopped and plain_facts.cut_short(v):
        blocks.append(Note(SAY("head.stopped", why=phrases.phrase(v.stopped)), "warning", SAY("head.cut")))
    blocks += [Tiles([tile for tile in (_score(v), _cost(v), *missed, _sure(v)) if tile is not None])]
    blocks.append(Paragraph(_made(v, data, built), soft=True))
    return ReportSection(SAY("head.title"), blocks, "verdict")


def _made(v: Verdict, data: str, built: datetime | None) -> Text:
    """When it was built and from what; of a product that was fitted on more than its tested twin, that too."""
    count = {"count": f"{v.rows.all:,}", "unit": names.unit(v)}
    facts = SAY("head.size", **count)
    if built and data:
        facts = SAY("head.made", data=data, when=built.strftime("%Y-%m-%d %H:%M"), **count)
    fit = v.product.last_fit if v.product else None
    if fit is None or fit.twin_rows >= fit.rows:
        return facts
    return SAY(
        "page.then",
        first=facts,
        second=SAY("head.twin", share=figures.share(fit.twin_rows / fit.rows), unit=names.unit(v)),
    )


def _sentences(v: Verdict) -> list[Text]:
    """The recommendation, sentence by sentence."""
    english, chinese = (plain.sentences(v, language) for language in labels.LANGUAGES)
    return [Text(en=en, zh=zh) for en, zh in zip_longest(english, chinese, fillvalue="")]


def _score(v: Verdict) -> Tile:
    """What the product gives in everyday units beside the baseline, and its sealed score."""
    line = next((t for t in v.test if t.candidate == v.chosen.candidate and t.score is not None), None)
    found, low, high = _ends(v, line)
    if found is None and _rents(v):
        return _score_of_llm(v)
    if found is None and any(t.score is not None and t.kind != "baseline" for t in v.test):
        return Tile(SAY("tile.score"), SAY("tile.none"), SAY("tile.none_why"), "warning")
    if found is None:
        return Tile(SAY("tile.score"), SAY("tile.unmeasured"), SAY("tile.no_candidate"), "warning")
    metric = names.metric(v.metric.name)
    exact = SAY("tile.exact", metric=metric, score=figures.score(found), range=figures.between(low, high))
    name, own, base = _everyday(v)
    if not own:
        base_score = next((t.score for t in v.test if t.kind == "baseline" and t.score is not None), None)
        name, own, base = metric, figures.score(found), figures.score(base_score)
        exact = SAY("tile.range", range=figures.between(low, high))
    beside = SAY("tile.beside", baseline=names.candidate(v.baseline), score=base)
    return Tile(name, own, SAY("page.pair", first=beside, second=exact) if base else exact)


def _rents(v: Verdict) -> bool:
    """Whether no own model is offered and an LLM, which was measured, is."""
    return (
        v.chosen.route == "none"
        and v.money is not None
        and v.money.conclusion is not None
        and v.money.conclusion.arm == "hosted"
    )


def _score_of_llm(v: Verdict) -> Tile:
    """What an LLM gives where it is the only way that is good enough."""
    llm = v.everyday.llm if v.everyday else None
    right, base = plain_facts.of_100(llm.right if llm else None, v.everyday.baseline_right if v.everyday else None)
    if not right:
        return Tile(SAY("tile.score"), SAY("tile.llm"), SAY("tile.none_why"))
    hundred = SAY("tile.of_hundred", count=base) if base else ""
    beside = SAY("tile.beside", baseline=names.candidate(v.baseline), score=hundred)
    return Tile(
        SAY("tile.right"),
        SAY("tile.of_hundred", count=right),
        SAY("page.pair", first=SAY("tile.llm"), second=beside) if base else SAY("tile.llm"),
    )


def _ends(v: Verdict, line: TestLine | None) -> tuple[float | None, float | None, float | None]:
    """The sealed score of the product, else that of the candidate that was chosen, with its interval."""
    if v.product is not None:
        return v.product.value, v.product.low, v.product.high
    return (line.score, line.low, line.high) if line is not None else (None, None, None)


def _everyday(v: Verdict) -> tuple[Text, Text | str, Text | str]:
    """The first figure in everyday units: its name, how much, and the baseline's; empty where there is none."""
    e = v.everyday
    none = Text(en="", zh="")
    if e is None:
        return none, "", ""
    if e.error is not None:
        return SAY("tile.off"), plain_facts.number(e.error), plain_facts.number(e.baseline_error)
    own, base = (
        plain_facts.of_100(e.right, e.baseline_right)
        if e.right is not None
        else plain_facts.of_100(e.hit, e.baseline_hit)
    )
    if not own:
        return none, "", ""
    hundred = SAY("tile.of_hundred", count=base) if base else ""
    return SAY("tile.right" if e.right is not None else "tile.hit"), SAY("tile.of_hundred", count=own), hundred


def _cost(v: Verdict) -> Tile | None:
    """The chosen way's month, and that of an LLM where one is a way to answer."""
    if v.money is None:
        return None
    arms = {a.arm: a for a in v.money.arms}
    if v.chosen.route == "none":
        return _cost_of_llm(v, v.money, arms.get("hosted"))
    own = arms.get(v.chosen.route)
    if own is None:
        return Tile(SAY("tile.cost"), SAY("tile.unmeasured"), SAY("tile.no_candidate"), "warning")
    beside = _volume(v.money)
    rent = arms.get("hosted")
    if rent is not None and v.hosted.realistic:
        name = "tile.rent" if v.hosted.answers is not None else "tile.rent_untested"
        beside = SAY("page.pair", first=beside, second=SAY(name, usd=figures.money(rent.parts["requests"])))
    return Tile(SAY("tile.cost"), figures.money(own.usd_per_month - own.parts.get("errors", 0.0)), beside)


def _volume(money: Money) -> Text:
    given = money.conclusion is not None and money.conclusion.volume_given
    return SAY("tile.requests" if given else "tile.assumed", requests=f"{money.requests_a_month:,.0f}")


def _cost_of_llm(v: Verdict, money: Money, rent: Arm | None) -> Tile | None:
    """What an LLM would cost where no own model is offered: the price of one that is not says nothing."""
    if rent is None or not v.hosted.realistic:
        return None
    name = "tile.llm_alone" if v.hosted.answers is not None else "tile.llm_alone_untested"
    return Tile(SAY("tile.cost"), figures.money(rent.parts["requests"]), SAY(name, volume=_volume(money)))


def _sure(v: Verdict) -> Tile | None:
    """How sure the order of the two routes is; where neither is offered there is nothing to be sure of."""
    if v.chosen.route == "none":
        return None
    if v.chosen.difference_validation is None or v.chosen.p_large is None:
        return Tile(SAY("tile.sure"), SAY("tile.unmeasured"), SAY("tile.alone"))
    p = v.chosen.p_large if v.chosen.route == "large" else 1 - v.chosen.p_large
    kinds = {c.route: c.kind for c in v.curves if c.candidate == v.chosen.candidate}
    kind = (
        names.kind(kinds.get(v.chosen.route, "traditional"))
        if v.chosen.route in kinds
        else names.candidate(str(v.chosen.candidate))
    )
    if v.chosen.tie and v.chosen.likelier is None:
        return Tile(SAY("tile.sure"), SAY("tile.tie"), SAY("tile.tie_why", share=figures.share(p), kind=kind))
    return Tile(SAY("tile.sure"), figures.share(p), SAY("tile.sure_why", kind=kind), "good" if p >= 0.9 else "info")

"""Headers and reasons of the terminal's tables, in English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass

from breakeven.report.words import Language


@dataclass(frozen=True)
class SummaryWords:
    """One language: headers first, then why a candidate is not taken."""

    candidate: str
    product: str
    use: str
    score: str
    beside: str
    month: str
    why: str
    validation: str
    taken: str
    baseline: str
    as_good: str
    dearer: str
    worse: str
    not_better: str
    behind: str
    fewer: str
    over_limits: str
    not_offered: str
    not_measured: str
    none: str


WORDS: dict[Language, SummaryWords] = {
    "en": SummaryWords(
        candidate="candidate",
        product="product",
        use="use",
        score="score",
        beside="beside baseline",
        month="a month",
        why="why not",
        validation="(validation)",
        taken="taken",
        baseline="the baseline",
        as_good="about as good",
        dearer="as good, but dearer",
        worse="worse",
        not_better="not clearly better than the baseline",
        behind="behind on validation",
        fewer="measured on {units} only",
        over_limits="over your limits",
        not_offered="not offered",
        not_measured="not measured",
        none="none yet",
    ),
    "zh": SummaryWords(
        candidate="候选模型",
        product="产品",
        use="选用",
        score="得分",
        beside="与基线相比",
        month="每月费用",
        why="未选原因",
        validation="（验证）",
        taken="选用",
        baseline="基线",
        as_good="效果相近",
        dearer="效果相近，但更贵",
        worse="较差",
        not_better="没有明显好过基线",
        behind="验证得分落后",
        fewer="只测到 {units}",
        over_limits="超出限制",
        not_offered="不提供",
        not_measured="未测量",
        none="暂无",
    ),
}

"""The sentences for people in Chinese; see `plain_vocabulary.Plain`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from breakeven.core.verdict import UnitNoun
from breakeven.report.plain_vocabulary import Said, Wordings

#: Characters and numbers of a sentence, at most. A name in quotes counts as two, and its digits do not count.
CHARACTERS, NUMBERS = 60, 4
_NAME = re.compile(r"“[^”]*”|`[^`]*`")
KINDS = {
    "linear": "线性模型",
    "linear_svm": "线性模型",
    "ease": "线性模型",
    "neighbours": "近邻模型",
    "random_forest": "随机森林",
    "extra_trees": "极端随机树",
    "boosting": "梯度提升树",
    "feature_boosting": "梯度提升树",
    "lightgbm_rank": "梯度提升树",
    "naive_bayes": "朴素贝叶斯模型",
    "retrieval": "文本检索",
    "rbf_svm": "支持向量机",
    "item_neighbours": "相似物品模型",
    "user_neighbours": "相似用户模型",
    "following": "下一物品模型",
    "als": "矩阵分解模型",
    "bpr": "矩阵分解模型",
    "ease_als": "组合模型",
    "popular": "热门榜",
}
#: Kinds of models whose names say less, with their short forms.
BY_KIND = {
    "baseline": ("固定答案", "固定答案"),
    "traditional": ("传统模型", "传统模型"),
    "net": ("以您的数据训练的神经网络", "神经网络"),
    "pretrained": ("经您的数据适配的预训练模型", "预训练模型"),
    "hosted": ("大语言模型接口", "大语言模型"),
}
LIMITS = {"latency_ms": "延迟", "size_mb": "大小", "usd_per_1000": "价格"}


METRICS = {
    "accuracy": "答对率",
    "balanced_accuracy": "各类平均答对率",
    "roc_auc": "ROC AUC",
    "r2": "R²",
    "rmse": "均方根误差",
    "mae": "平均误差",
    "ndcg": "nDCG",
    "average_precision": "平均精确率",
    "log_loss": "对数损失",
    "brier": "Brier 分数",
    "recall": "召回率",
}


class PlainChinese:
    """See `Plain`."""

    llm, short_llm = "大语言模型接口", "大语言模型"
    cascade = "没把握时再问大语言模型"
    blend = "组合模型"

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
        return "“" + text.replace("“", "‘").replace("”", "’") + "”"

    def cases(self, unit: UnitNoun, split: str, column: str) -> str:
        """What is counted."""
        if split == "group" and column:
            return f"“{column}”从未见过的"
        return "较新的" if split == "time" and unit.en == "rows" else ""

    def usd(self, value: float) -> str:
        """An amount of money."""
        if 0 < value < 0.01:
            return "不到 0.01 美元"
        return f"{value:,.2f} 美元" if 0 < value < 10 else f"{value:,.0f} 美元"

    def about(self, value: float) -> str:
        """The same as an estimate."""
        return self.usd(value) if value < 0.01 else f"约 {self.usd(value)}"

    def price(self, value: float) -> str:
        """The price of one thing."""
        return f" {float(f'{value:.2g}'):,.12g} 美元" if value < 1 else f" {self.usd(value)}"

    def volume(self, requests: str, given: bool, average: bool) -> str:
        """The volume."""
        if average:
            return f"{'您' if given else '假定的'}平均每月 {requests} 次请求"
        return f"{'您' if given else '假定的'}每月 {requests} 次请求"

    def quick(self, rows: str, of: str, unit: UnitNoun) -> Wordings:
        """The verdict is a quick look."""
        return (f"这只是快速预览，仅用了 {of} {unit.zh}中的 {rows} {unit.zh}；去掉 --quick 再运行，即得完整结论。",)

    def use(self, kind: str, short: str, s: Said) -> Wordings:
        """Use this kind of model."""
        if s.off:
            return (
                f"选用{kind}：{s.target}的答案平均偏差 {s.off}；总答同一个数，偏差为 {s.baseline_off}。",
                f"选用{short}：{s.target}平均偏差 {s.off}（总答同一个数：{s.baseline_off}）。",
            )
        if s.k:
            return (
                f"选用{kind}：每 100 人中，{s.right} 人接下来的选择在所推荐的 {s.k} 件之内；推荐热门只有 {s.baseline} 人。",
                f"选用{short}：每 100 人中 {s.right} 人的下一选择在推荐的 {s.k} 件内（推荐热门：{s.baseline} 人）。",
            )
        if not s.right:
            beside = f"：{s.metric} 为 {s.score}，基线为 {s.baseline_score}" if s.score else ""
            return (f"选用{kind}{beside}。",)
        if s.paid:
            return (
                f"选用{kind}：每例错误平均花费{s.paid}；一律答{s.guess}为{s.baseline_paid}；它能找出 {s.found}% 的{s.yes}。",
                f"选用{short}：每例错误花费{s.paid}（一律答{s.guess}：{s.baseline_paid}），找出 {s.found}% 的{s.yes}。",
            )
        right = f"每 100 例{s.cases}数据判对 {s.right} 例" if s.cases else f"每 100 例判对 {s.right} 例"
        if not s.found:
            return (
                f"选用{kind}：{right}；一律答{s.guess}，可对 {s.baseline} 例。",
                f"选用{short}：{right}（一律答{s.guess}：{s.baseline}）。",
            )
        return (
            f"选用{kind}：{right}；一律答{s.guess}，可对 {s.baseline} 例；它能找出 {s.found}% 的{s.yes}。",
            f"选用{short}：{right}（一律答{s.guess}：{s.baseline}），能找出 {s.found}% 的{s.yes}。",
        )

    def use_llm(self, model: str, right: str, own: str, kind: str, s: Said) -> Wordings:
        """Rent."""
        rent = f"租用大语言模型接口{model}"
        beside = f"{kind}：{own}；" if kind else ""
        if s.baseline_off:
            return (f"{rent}：平均偏差 {right}（{beside}总答同一个数：{s.baseline_off}）。",)
        cases = f"{s.cases}数据" if s.cases else ""
        return (
            f"{rent}：每 100 例{cases}判对 {right} 例（{beside}一律答{s.guess}：{s.baseline}）。",
            f"{rent}：每 100 例判对 {right} 例（{beside}一律答{s.guess}：{s.baseline}）。",
        )

    def use_cascade(self, kind: str, right: str, s: Said) -> Wordings:
        """Both."""
        both = f"选用{kind}，没把握时再问大语言模型：每 100 例判对 {right} 例"
        return (
            f"{both}（单独使用：{s.right}；一律答{s.guess}：{s.baseline}）。",
            f"{both}（一律答{s.guess}：{s.baseline}）。",
        )

    def automated(self, kind: str, share: str, wrong: str, sure: str, s: Said) -> Wordings:
        """So many are answered without a person."""
        return (f"{kind}每 100 个问题能自动回答 {share} 个，其中答错的至多 {wrong}%（把握 {sure}%）。",)

    def automated_none(self, wrong: str, sure: str, needed: str, s: Said) -> Wordings:
        """People answer all."""
        more = f"；约需 {needed} 个已标注的问题" if needed else ""
        return (f"目前请由人工回答：尚不能证明答错的至多 {wrong}%（把握 {sure}%）{more}。",)

    def none_beats(self, s: Said) -> Wordings:
        """Nothing beats the baseline."""
        if s.baseline_off:
            return (f"暂不选用：试过的模型都没有明显好过总答同一个数，后者平均偏差 {s.baseline_off}。",)
        if s.k:
            return (f"暂不选用：试过的模型都没有明显好过推荐热门，后者适合 100 人中的 {s.baseline} 人。",)
        if not s.baseline:
            return ("暂不选用：试过的模型都没有明显好过最简单的猜测。",)
        return (f"暂不选用：试过的模型都没有明显好过一律答{s.guess}，后者每 100 例可对 {s.baseline} 例。",)

    def none_fits(self, limits: Sequence[str]) -> Wordings:
        """Nothing keeps the limits."""
        return (f"暂不选用：测过的模型都不符合您对{'、'.join(LIMITS[k] for k in limits)}的限制。",)

    def none_held(self, s: Said) -> Wordings:
        """A promise was broken."""
        return ("暂不选用：最好的模型在留出的数据上远不如预期。",)

    def none_measured(self) -> Wordings:
        """Nothing could be measured."""
        return ("暂不选用：没有一个模型能够测量。",)

    def cost(self, volume: str, own: str, errors: str, other: str | None, theirs: str) -> Wordings:
        """A month's cost."""
        start = f"按{volume}，费用{own}"
        if errors:
            start += f"，另加错误造成的 {errors}"
        if other is None:
            return (f"{start}。",)
        if errors and not other:
            return (f"{start}；测过的其他方式都不更便宜。", f"{start}。")
        if not other:
            return (f"{start}；测过的其他方式都没有这么好。", f"{start}。")
        if errors:
            return (f"{start}；{other}合计{f' {theirs}' if theirs else '相同'}。", f"{start}。")
        more = f"费用{_after(theirs)}" if theirs else "费用相同"
        return (f"{start}；{other}效果相近，{more}。", f"{start}；{other}{more}。")

    def cost_of_worse(
        self, volume: str, own: str, other: str, theirs: str, cheaper: bool, right: str, off: str
    ) -> Wordings:
        """A way that is not good enough."""
        how = f"只判对 {right} 例" if right else f"平均偏差 {off}" if off else "效果较差"
        but = "但" if cheaper else "且"
        return (
            f"按{volume}，费用{own}；{other}为{_after(theirs)}，{but}{how}。",
            f"按{volume}，费用{own}；{self.short_llm}为{_after(theirs)}，{but}{how}。",
        )

    def leak(self, names: Sequence[str], more: int) -> Wordings:
        """Columns that give the answer away."""
        rest = f"等 {len(names) + more} 列" if more > 0 else ""
        return (f"未使用 {'、'.join(names)}{rest}，因为{'它' if len(names) == 1 else '它们'}直接泄露了答案。",)

    def more_minutes(self) -> Wordings:
        """The minutes were too few."""
        return ("时间不够，未能全部测完：给更多分钟，答案可能改变。",)

    def raise_limits(self, limits: Sequence[str]) -> Wordings:
        """Which limits stand in the way."""
        return (f"放宽对{'、'.join(LIMITS[k] for k in limits)}的限制，答案会改变。",)

    def more_rows_or_columns(self, unit: UnitNoun) -> Wordings:
        """What may help."""
        if unit.en != "rows":
            return (f"更多{unit.zh}，或每个人更多的记录，可能改变这一结论。",)
        return ("更多数据，或更能说明答案的列，可能改变这一结论。",)

    def contradicted(self, rival: str) -> Wordings:
        """The sealed rows are against the choice."""
        return (f"在留出的数据上{rival}反而更好，两者都尚未得到证实：需要更多数据。",)

    def seldom(self, yes: str) -> Wordings:
        """The yes is hardly ever answered."""
        return (f"它几乎从不答{yes}：请写明漏报与误报各值多少钱，它就会答。",)

    def undecided(self, rival: str, more: str, unit: UnitNoun) -> Wordings:
        """A tie."""
        return (f"{rival}是否更好尚无定论：再标注约 {more} {unit.zh}数据可见分晓。",)

    def flip_by_volume(self, other: str, at: str, above: bool) -> Wordings:
        """Another way at another volume."""
        return (f"每月约 {at} 次请求{'以上' if above else '以下'}，{other}更便宜。",)

    def flip_by_error(self, other: str, at: str, above: bool, times: bool) -> Wordings:
        """Another way at another price of errors."""
        if times:
            return (f"如果错误的代价{'高于' if above else '低于'}您所给价格的 {at} 倍，{other}更划算。",)
        return (f"如果一次错误的代价{'高于' if above else '低于'}{at}，{other}更划算。",)

    def overtakes(self, rival: str, at: str, unit: UnitNoun) -> Wordings:
        """More data."""
        return (f"数据达到约 {at} {unit.zh}时，{rival}很可能更好。",)

    def llm_open(self, usd: str) -> Wordings:
        """An LLM was not measured."""
        return (f"大语言模型接口尚未测量；每月{usd}，可能改变这一结论。",)

    def few_judged(self, rows: str, unit: UnitNoun, metric: str, low: str, high: str) -> str:
        """The score was measured on few."""
        return f"留出 {rows} {unit.zh}用来评判，其{metric}可能在 {low} 到 {high} 之间。"

    def volume_asked(self, requests: str) -> str:
        """The volume is assumed."""
        how = "使用数据文件时加 --volume N，或在 product.yaml 中写 volume: {requests_per_month: N}"
        return f"每月要回答多少次请求？目前假定为 {requests} 次；请写明您的数量：{how}。"

    def llm_failed(self, why: str) -> str:
        """An LLM was to be asked."""
        return f"大语言模型接口未能测量：{why}。"

    def llm_unmeasured(
        self, volume: str, usd: str, needed: str | None, priced: bool, own_from: str, command: str
    ) -> str:
        """An LLM was not measured."""
        pays = f"每 100 例至少判对 {needed} 例才划算。" if needed else ""
        if needed is None:
            pays = ("" if priced else "错误尚未定价，") + "无论判对多少都不划算。"
        own = f"每月约 {own_from} 次请求以上，自有模型更便宜。" if own_from else ""
        return f"大语言模型接口尚未测量。按{volume}，费用{usd}。{pays}{own}\n测量命令：{command}"

    def one_route(self, route: str) -> Wordings:
        """Only this route was measured."""
        other = "神经网络" if route == "traditional" else "传统模型"
        return (f"没有测到{other}，它是否更好尚无定论。",)

    def nothing(self) -> Wordings:
        """Nothing is expected to change the answer."""
        return ("测量结果并未显示更多数据或更多请求会改变这一结论。",)


def _short(text: str) -> bool:
    plain = _NAME.sub("名称", text)
    return len(plain.replace(" ", "")) <= CHARACTERS and len(re.findall(r"\d[\d,.]*", plain)) <= NUMBERS


def _after(money: str) -> str:
    """An amount after Chinese words, apart from them where it begins with a digit.

    >>> _after("74 美元"), _after("不到 0.01 美元")
    (' 74 美元', '不到 0.01 美元')
    """
    return f" {money}" if money[:1].isdigit() else money

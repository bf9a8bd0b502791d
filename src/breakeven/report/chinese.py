"""The sentences of a verdict in Chinese."""

from __future__ import annotations

from breakeven.report import phrases

ROUTES = {"traditional": "传统模型", "large": "大模型"}


class Chinese:
    """See `Vocabulary`."""

    separator = ""
    never = "永不"
    to = " 至 "
    points = "个百分点"
    stop = "。"

    def route(self, route: str) -> str:
        """Name of a route."""
        return ROUTES[route]

    def none_offered(self, reason: str) -> str:
        """No candidate may be offered."""
        return f"目前没有可用的模型：{reason}"

    def sealed_score(self, metric: str, score: str, rows: str, unit: str) -> str:
        """Score on the sealed test."""
        return f"在 {rows} {unit}封存测试数据上 {metric} 为 {score}"

    def baseline(self, name: str) -> str:
        """What a baseline does."""
        return {"popular": "给每个人看最热门的", "baseline": "总猜同一个答案"}.get(name, name)

    def beside(self, score: str, baseline: str, its_score: str) -> str:
        """The baseline's score beside another."""
        return f"{score}（{baseline}为 {its_score}）"

    def contradicted(self, unit: str) -> str:
        """The sealed test is clearly against what validation showed."""
        return "在封存测试数据上另一路线领先，与验证数据相反：两者都尚未得到证实。"

    def only_route(self, name: str, route: str, score: str) -> str:
        """The other route has no candidate within the limits."""
        return f"选用 {name}（{route}）：{score}；另一路线没有符合限制且已测量的候选模型。"

    def sealed_difference(self, gap: str, interval: str) -> str:
        """Large minus traditional on the sealed test."""
        return f"；大模型减传统模型为 {gap}（90% 区间 {interval}）。"

    def tie_cheaper(self, rival: str, name: str, route: str, unit: str) -> str:
        """A tie, given to the cheaper candidate."""
        return f"在验证数据上，{rival} 与 {name} 之间没有可证实的实际差异，因此选用更便宜的 {name}（{route}）："

    def tie_likelier(self, rival: str, name: str, route: str, unit: str, probability: str) -> str:
        """A tie, given to the candidate that is likely better by more than the margin."""
        likely = f"很可能（概率 {probability}）好出界限以上的 {name}（{route}）"
        return f"在验证数据上，{rival} 与 {name} 难分高下，因此选用{likely}："

    def compared(self, rows: str, most: str, unit: str) -> str:
        """The two were compared with fewer units than there are."""
        return f"两者是在 {most} {unit}训练数据中的 {rows} {unit}上比较的：时间更多，次序可能改变。"

    def undecided(self, more: str, unit: str, labelled: str) -> str:
        """How many more units would settle a tie."""
        return f"尚无定论：再标注约 {more} {unit}可见分晓。"

    def lead(self, name: str, route: str, rival: str, lead: str, unit: str) -> str:
        """A lead on validation units."""
        return f"选用 {name}（{route}），它在验证数据上领先 {rival} {lead}："

    def ensemble(self, members: list[str], gain: str, interval: str, score: str, unit: str) -> str:
        """The product is an ensemble."""
        return f"产品将 {'、'.join(members)} 合在一起：在验证数据上 {gain}（90% 区间 {interval}）；在封存测试数据上 {score}。"

    def unreliable(self, gap: str, interval: str, unit: str) -> str:
        """Probabilities are not to be relied on."""
        del unit
        return f"`probability` 不可信赖：在封存测试数据上，它与实际命中率平均相差 {gap} 个百分点（{interval}）。"

    def copies(self, count: int, name: str) -> str:
        """A bag of a candidate."""
        return f"{count} 个 {name} 模型的装袋集成"

    def bag(self, copies: str, gain: str, interval: str, score: str, unit: str) -> str:
        """The product is a bag."""
        each = "每个模型训练时各留出一部分数据，答案取平均"
        return f"产品是 {copies}，{each}：在验证数据上 {gain}（90% 区间 {interval}）；在封存测试数据上 {score}。"

    def preferred(self, name: str, score: str, unit: str) -> str:
        """The product is another candidate than the one that pays."""
        return f"产品采用 {name}，其验证得分最高（prefer: best）；在封存测试数据上 {score}。"

    def twin(self, share: str, unit: str) -> str:
        """The sealed score is that of the product's twin."""
        return f"产品用全部数据训练；其得分是在只用 {share} 数据训练的孪生模型上测得的。"

    def twin_kept(self, why: str) -> str:
        """The product is its twin, though it was to be fitted on all units."""
        return f"产品即为受测的模型，没有用全部数据重新训练：{phrases.phrase(why).zh}。"

    def level(self, unit: str, none: str) -> str:
        """The routes are level at the size at hand."""
        return f"以现有数据量，两条路线不分上下；十倍数据量之内排序不变的概率为 {none}。"

    def crossed(self, at: str, unit: str) -> str:
        """The route that leads took the lead within the data."""
        return f"现有数据之内，领先的路线在约 {at} {unit}训练数据处超过了另一路线。"

    def no_crossing(self, unit: str, none: str) -> str:
        """A crossing is unlikely."""
        return f"更多数据不太可能改变排序：在十倍数据量之内不交叉的概率为 {none}。"

    def open_crossing(self, unit: str, none: str) -> str:
        """Whether there is a crossing ahead is not known."""
        return f"更多数据是否会改变排序尚不清楚：在十倍数据量之内不交叉的概率为 {none}。"

    def crossing(self, at: str, interval: str, unit: str, none: str) -> str:
        """A crossing ahead."""
        return f"另一路线可能在约 {at} {unit}处反超（区间 {interval}）；十倍之内不交叉的概率：{none}。"

    def owning(self, requests: str, interval: str) -> str:
        """From how many requests owning is cheaper than renting."""
        return f"每月约 {requests} 次请求（{interval}）起，自有模型比租用托管模型便宜。"

    def hosted_score(self, model: str, score: str, rows: str, unit: str) -> str:
        """What a hosted model was measured to be."""
        return f"已就 {rows} {unit}封存数据询问托管的大语言模型 {model}：{score}"

    def hosted_difference(self, gap: str, interval: str) -> str:
        """The hosted model minus the own one."""
        return f"，与自有模型相比 {gap}（{interval}）"

    def hosted_agreement(self, share: str) -> str:
        """How often both answer alike."""
        return f"，两者答案相同的占 {share}"

    def hosted_cost(self, rent: str, requests: str, own: str) -> str:
        """A month of renting beside a month of owning."""
        beside = f"（自有模型：{own} 美元）" if own else ""
        return f"；按每月 {requests} 次请求，每月费用为 {rent} 美元{beside}"

    def hosted_unmeasured(self) -> str:
        """No hosted model was asked."""
        return "未测量托管的大语言模型"

    def hosted_needed(self, share: str | None, priced: bool) -> str:
        """How often a hosted model must be right."""
        if share is not None:
            return f"，答对率至少达到 {share} 才划算"
        return "，无论答对率多高都不划算" + ("" if priced else "（错误尚未定价：prices.usd_per_error）")

    def hosted_measure(self, command: str) -> str:
        """The command that measures one."""
        return f"。测量命令：{command}"

    def hosted_failed(self, why: str) -> str:
        """A hosted model was to be asked."""
        return f"托管的大语言模型未能测量：{why}。"

"""The verdict in words, English and Chinese, from verdict.json alone.

A tie is never called a win, an interval stands beside every difference, and what was not measured is said so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Metrics told in points (hundredths); the others in their own units.
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
#: Who leads a tie is not known while either route is this likely to.
LEVEL = 0.1
ROUTES = {"en": {"traditional": "traditional", "large": "large"}, "zh": {"traditional": "传统模型", "large": "大模型"}}


def sentence(v: Mapping[str, Any], language: str) -> str:
    """The verdict in one to four sentences."""
    parts = [_choice(v, language), joined(v, language), crossing(v, language), _requests(v, language)]
    return (" " if language == "en" else "").join(p for p in parts if p)


def joined(v: Mapping[str, Any], language: str) -> str:
    """Who answers together, what that gained over the winner on validation rows, and how good the whole is on sealed ones; "" where the
    product is no ensemble.
    """
    product = v.get("product") or {}
    told, metric = product.get("ensemble") or {}, v["metric"]["name"]
    if not told.get("built"):
        return ""
    members = [m["candidate"] for m in told["members"]]  # the winner need not be among them
    gain, between = amount(told["value"], metric, language), span(told["low"], told["high"], metric, language)
    whole = f"{metric} {product['value']:.3f} ({product['low']:.3f} – {product['high']:.3f})"
    units = unit(v, language)
    if language == "en":
        return f"The product joins {', '.join(members)}: {gain} on validation {units} (90 % interval {between}); {whole} on the sealed {units}."
    return f"产品将 {'、'.join(members)} 合在一起:在验证数据上 {gain}(90% 区间 {between});在封存测试数据上 {whole}。"


def amount(value: float, metric: str, language: str = "en", signed: bool = True) -> str:
    """A difference in points or units.

    >>> amount(0.0123, "accuracy"), amount(-2.5, "rmse"), amount(-1e-5, "accuracy")
    ('+1.2 points', '-2.5 rmse', '+0.0 points')
    """
    sign = "+" if signed else ""
    if metric in POINTS:
        return f"{value * 100:{sign}z.1f} " + ("points" if language == "en" else "个百分点")
    return f"{value:{sign}z.3g} {metric}"


def span(low: float, high: float, metric: str, language: str = "en") -> str:
    """A 90 % interval of a difference."""
    scale = 100 if metric in POINTS else 1
    form = "z.1f" if metric in POINTS else "z.3g"
    to = " to " if language == "en" else " 至 "
    return f"{low * scale:+{form}}{to}{high * scale:+{form}}"


def unit(v: Mapping[str, Any], language: str) -> str:
    """What the verdict counts: rows of a table, people of a shop."""
    return str(v["unit"][language])


def rounded(value: float) -> str:
    """A count to two significant digits.

    >>> rounded(8234), rounded(123)
    ('8,200', '120')
    """
    return f"{float(f'{value:.2g}'):,.0f}"


def leaders(v: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The finalist of each route that keeps the limits."""
    return {t["route"]: t for t in v["test"] if t["within_limits"] and t["score"] is not None}


def _choice(v: Mapping[str, Any], language: str) -> str:
    chosen, metric, units = v["chosen"], v["metric"]["name"], unit(v, language)
    if chosen["route"] == "none":
        return {"en": f"None is offered: {chosen['reason']}", "zh": f"目前没有可用的模型:{chosen['reason']}"}[language]
    best = leaders(v)
    mine = best.get(chosen["route"])
    other = best.get("large" if chosen["route"] == "traditional" else "traditional")
    route, rows = ROUTES[language][chosen["route"]], v["rows"]["test"]
    score = f"{mine['score']:.3f} ({mine['low']:.3f} – {mine['high']:.3f})" if mine else ""
    name = chosen["candidate"]
    told = {
        "en": f"{metric} {score} on {rows:,} sealed {units}",
        "zh": f"在 {rows:,} {units}封存测试数据上 {metric} 为 {score}",
    }[language]
    if other is None:
        en = f"Take {name} ({route}): {told}; no candidate of the other route was within the limits."
        zh = f"选用 {name}({route}):{told};另一路线没有符合限制的候选模型。"
        return en if language == "en" else zh
    d, rival = chosen["difference"], other["candidate"]
    gap, inside = amount(d["value"], metric, language), span(d["low"], d["high"], metric, language)
    told += {
        "en": f"; large minus traditional {gap} (90 % interval {inside}).",
        "zh": f";大模型减传统模型为 {gap}(90% 区间 {inside})。",
    }[language]
    if chosen["tie"]:
        en = f"No practical difference could be shown on validation {units} between {rival} and {name}, so take the cheaper, {name} ({route}): "
        zh = f"在验证数据上,{rival} 与 {name} 之间没有可证实的实际差异,因此选用更便宜的 {name}({route}):"
        if sure := chosen.get("likelier"):
            en = (f"Too close to call on validation {units} between {rival} and {name}, so take the one that is likely ({sure:.0%}) to be "
                  f"better by more than the margin, {name} ({route}): ")  # fmt: skip
            zh = f"在验证数据上,{rival} 与 {name} 难分高下,因此选用很可能(概率 {sure:.0%})好出界限以上的 {name}({route}):"
        if more := chosen.get("undecided_rows"):
            told += {
                "en": f" Undecided: about {rounded(more)} more {v['unit']['labelled_en']} would settle it.",
                "zh": f"尚无定论:再标注约 {rounded(more)} {units}可见分晓。",
            }[language]
    else:
        known = v.get("validation_difference") or d
        lead = amount(abs(known["value"]), metric, language, signed=False)
        en = f"Take {name} ({route}), which leads {rival} by {lead} on validation {units}: "
        zh = f"选用 {name}({route}),它在验证数据上领先 {rival} {lead}:"
    return (en if language == "en" else zh) + told


def level(v: Mapping[str, Any]) -> bool:
    """Whether the routes are level at the rows at hand: nobody can say who leads, so neither where the lead would change."""
    chosen = v["chosen"]
    return bool(chosen["tie"] and v["breakeven"]["rows"] is not None and LEVEL < chosen["p_large"] < 1 - LEVEL)


def crossing(v: Mapping[str, Any], language: str) -> str:
    """Where the routes cross, as far as can be said; "" where only one route was measured."""
    units = unit(v, language)
    c = v["breakeven"]["rows"]
    if c is None:
        return ""
    none = c["p_none_within_10x"]
    here = max((p["rows"] for curve in v["curves"] for p in curve["points"]), default=0)
    if level(v):
        if language == "en":
            return f"The routes are level at your size, and which will lead with more {units} is open (no change within ten times: {none:.0%})."
        return f"以现有数据量,两条路线不分上下;十倍数据量之内排序不变的概率为 {none:.0%}。"
    if c["value"] is not None and c["value"] <= here:
        if language == "en":
            return f"The routes crossed at about {rounded(c['value'])} training {units}, within your data."
        return f"两条路线在约 {rounded(c['value'])} {units}训练数据处交叉,位于现有数据之内。"
    if c["value"] is None:
        if language == "en":
            return f"More data is unlikely to change the order: no crossing within ten times your {units} with probability {none:.0%}."
        return f"更多数据不太可能改变排序:在十倍数据量之内不交叉的概率为 {none:.0%}。"
    at, low, high = (rounded(c[k]) for k in ("value", "low", "high"))
    if none > 0.5:
        if language == "en":
            return (
                f"More data may not change the order: no crossing within ten times your {units} with probability {none:.0%}; "
                f"if the other route overtakes, then at about {at} {units} ({low} to {high})."
            )
        return f"更多数据未必会改变排序:在十倍数据量之内不交叉的概率为 {none:.0%};若另一路线反超,约在 {at} {units}处(区间 {low} 至 {high})。"
    if language == "en":
        return f"The other route may overtake at about {at} {units} ({low} to {high}); no crossing within ten times: {none:.0%}."
    return f"另一路线可能在约 {at} {units}处反超(区间 {low} 至 {high});十倍之内不交叉的概率:{none:.0%}。"


def _requests(v: Mapping[str, Any], language: str) -> str:
    r = v["breakeven"]["requests_per_month"]
    if r is None:
        return ""
    never = {"en": "never", "zh": "永不"}[language]
    low, high = (rounded(x) if x is not None else never for x in (r["low"], r["high"]))
    if language == "en":
        return (
            f"Owning beats renting a hosted model from about {rounded(r['value'])} requests a month ({low} to {high})."
        )
    return f"每月约 {rounded(r['value'])} 次请求({low} 至 {high})起,自有模型比租用托管模型便宜。"

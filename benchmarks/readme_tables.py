"""The two short tables of README.md and README.zh.md, made from benchmarks/results."""

from __future__ import annotations

import json
import re
from pathlib import Path
from statistics import median
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"

CASES = {
    "en": {
        "head": "| data | best traditional | best large | what breakeven says |\n|---|---|---|---|",
        "credit": "{rows} loans, will it be repaid?",
        "questions": "1,500 questions, 150 topics",
        "pictures": "{rows} pictures with one of four digits somewhere",
        "stock": "{rows} days of a stock index, up or down?",
        "linear": "linear model",
        "other": "{name}, {score}",
        "neighbours": "nearest neighbours",
        "net": "neural net, {score}",
        "pretrained": "pretrained encoder, {score}",
        "simple": "use the simple one: the net adds nothing",
        "encoder": "use the pretrained one: +{gap} points",
        "own": "use the net: +{gap} points",
        "rbf_svm": "support-vector machine",
        "none": "use none yet: not clearly above guessing, {baseline}",
    },
    "zh": {
        "head": "| 数据 | 最好的传统模型 | 最好的大模型 | breakeven 的结论 |\n|---|---|---|---|",
        "credit": "{rows} 笔贷款，会按时还吗？",
        "questions": "1,500 个问题，150 个主题",
        "pictures": "{rows} 张图片，某处有四个数字之一",
        "stock": "{rows} 个交易日，指数涨还是跌？",
        "linear": "线性模型",
        "other": "{name}，{score}",
        "neighbours": "近邻模型",
        "extra_trees": "极端随机树",
        "random_forest": "随机森林",
        "net": "神经网络，{score}",
        "pretrained": "预训练编码器，{score}",
        "simple": "用简单的：神经网络没有更好",
        "encoder": "用预训练的：高 {gap} 个百分点",
        "own": "用神经网络：高 {gap} 个百分点",
        "rbf_svm": "支持向量机",
        "none": "暂不选用：不明显高于瞎猜的 {baseline}",
    },
}
FIVE = {
    "en": {
        "head": "| what | breakeven | beside it |\n|---|---|---|",
        "serve": "predictions a second over HTTP, 200 trees",
        "serve_them": "{lit:,.0f} LitServe, {bento:,.0f} BentoML",
        "toys": "Amazon toys, whole catalogue, NDCG@10",
        "toys_them": "{nn:.3f} item neighbours, {als:.3f} implicit ALS",
        "clinc": "150 intents, official test, accuracy",
        "clinc_them": "{linear:.1%} the best traditional model",
        "tables": "{of} public tables, one minute on one core, accuracy or R²",
        "tables_them": "{good:.1f} AutoGluon good, {medium:.1f} medium, {flaml:.1f} FLAML",
        "encodings": "encodings of real tables read right",
        "encodings_us": "{right} of {of}",
        "encodings_them": "{theirs} charset-normalizer",
    },
    "zh": {
        "head": "| 项目 | breakeven | 对手 |\n|---|---|---|",
        "serve": "每秒 HTTP 预测数，200 棵树",
        "serve_them": "{lit:,.0f} LitServe，{bento:,.0f} BentoML",
        "toys": "Amazon 玩具，全部商品，NDCG@10",
        "toys_them": "{nn:.3f} 物品近邻，{als:.3f} implicit ALS",
        "clinc": "150 种意图，官方测试集，准确率",
        "clinc_them": "{linear:.1%} 最好的传统模型",
        "tables": "{of} 张公开表格，单核一分钟，准确率或 R²",
        "tables_them": "{good:.1f} AutoGluon good，{medium:.1f} medium，{flaml:.1f} FLAML",
        "encodings": "真实表格的编码，读对的个数",
        "encodings_us": "{of} 个中 {right} 个",
        "encodings_them": "{theirs} charset-normalizer",
    },
}


def load(name: str) -> dict[str, Any]:
    """A result as it was saved."""
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def cases(language: str) -> str:
    """Four cases: a simple model, a pretrained one, a net, and none."""
    w, products = CASES[language], load("demo")["products"]
    credit, pictures, stock = (products[name] for name in ("credit-risk", "scattered-digits", "stock-direction"))
    few = load("media")["parts"]["clinc150, 10 a class"]
    by_route = {key.partition(":")[0]: value["accuracy"] for key, value in few.items() if ": " in key}

    def best(product: dict[str, Any], route: str, words: str) -> str:
        found = product[route]
        if found is None:
            return "-"
        name = w.get(found["candidate"], found["candidate"].replace("_", " "))
        return w[words].format(name=name, score=f"{found['score']:.1%}")

    gap = 100 * (few["product"]["accuracy"] - by_route["traditional"])
    ahead = 100 * (pictures["large"]["score"] - pictures["traditional"]["score"])
    return "\n".join(
        [
            w["head"],
            _row(
                w["credit"].format(rows=f"{credit['rows']:,}"),
                best(credit, "traditional", "other"),
                best(credit, "large", "net"),
                w["simple"],
            ),
            _row(
                w["questions"],
                w["other"].format(name=w["linear"], score=f"{by_route['traditional']:.1%}"),
                w["pretrained"].format(score=f"{few['product']['accuracy']:.1%}"),
                w["encoder"].format(gap=f"{gap:.1f}"),
            ),
            _row(
                w["pictures"].format(rows=f"{pictures['rows']:,}"),
                best(pictures, "traditional", "other"),
                best(pictures, "large", "net"),
                w["own"].format(gap=f"{ahead:.1f}"),
            ),
            _row(
                w["stock"].format(rows=f"{stock['rows']:,}"),
                best(stock, "traditional", "other"),
                best(stock, "large", "net"),
                w["none"].format(baseline=f"{stock['baseline']:.1%}"),
            ),
        ]
    )


def five(language: str) -> str:
    """Five measured lines beside named peers."""
    w = FIVE[language]
    serve, toys, automl = load("serve")["rounds"], load("recommend")["toys"], load("automl")
    tools, clinc = load("encodings")["tools"], load("media")["parts"]["clinc150"]
    ndcg = {line["candidate"]: line["ndcg"]["value"] for line in toys["lines"]}
    routes = {key.partition(":")[0]: value["accuracy"] for key, value in clinc.items() if ": " in key}
    served = {name: median(one[name]["per_second"] for one in serve) for name in ("breakeven", "litserve", "bentoml")}
    means = automl["mean_score"]
    charset = tools["charset-normalizer"]
    return "\n".join(
        [
            w["head"],
            _row(
                w["tables"].format(of=automl["tables_all_finished"]),
                f"{means['breakeven']:.1f}",
                w["tables_them"].format(
                    good=means["autogluon-good"], medium=means["autogluon-medium"], flaml=means["flaml"]
                ),
            ),
            _row(
                w["toys"],
                f"{ndcg[toys['chosen']]:.3f}",
                w["toys_them"].format(nn=ndcg["item_neighbours"], als=toys["peers"]["implicit ALS"]["ndcg"]),
            ),
            _row(
                w["clinc"], f"{clinc['product']['accuracy']:.1%}", w["clinc_them"].format(linear=routes["traditional"])
            ),
            _row(
                w["serve"],
                f"{served['breakeven']:,.0f}",
                w["serve_them"].format(lit=served["litserve"], bento=served["bentoml"]),
            ),
            _row(
                w["encodings"],
                w["encodings_us"].format(right=tools["breakeven"]["right"], of=charset["of"]),
                w["encodings_them"].format(theirs=charset["right"]),
            ),
        ]
    )


def fill(text: str, language: str) -> str:
    """README's text with both tables as they are now, each behind its mark."""
    for name, make in (("cases", cases), ("five", five)):
        table = make(language)
        text = re.sub(rf"(<!-- {name} -->\n).*?(\n\n)", lambda m, t=table: m[1] + t + m[2], text, flags=re.DOTALL)
    return text

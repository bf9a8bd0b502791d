"""The tables of docs/benchmarks.md and of the READMEs, made from benchmarks/results: `python benchmarks/readme.py`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import readme_doors
import readme_support
import readme_tables

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
#: What was asked of each set accuracy of the product.
ASKED = {"clinc150": "95%", "clinc150, nothing pretrained": "94%", "clinc150, 10 a class": "88%", "digits": "98.5%",
         "fashion, 10,000 rows": "90.5%", "fashion, 60,000 rows": "93%", "cifar10, nothing pretrained": "80%",
         "cifar10": "88%"}  # fmt: skip
#: Fashion-MNIST's official test rows.
FASHION_TEST = 10_000
PEERS = ("linear", "random_forest", "lightgbm")

WORDS = {
    "en": {
        "head": "| what | measured | asked |\n|---|---|---|",
        "help": "`breakeven --help`, seconds",
        "one": "`breakeven predict` of one row, process start included, seconds",
        "big": "reading and checking 1,000,000 x 20 CSV, seconds",
        "peak": "... its peak memory, GB",
        "adult": "weighing adult (48,842 rows, {n} candidates), seconds",
        "gate": "... the gate's fits over one fit of each survivor",
        "empty": "served, 200 trees, 32 connections: share of an empty reply's rate",
        "lit": "... times LitServe on the same ONNX file",
        "bento": "... times BentoML on the same ONNX file",
        "pmlb": "PMLB, {n} tables, mean sealed score, before there were ensembles: breakeven (linear / forest / LightGBM at their defaults)",
        "below": "... tables more than 0.5 points below the best of the three",
        "miss": "forecasts 4 and 8 times ahead, data sets not learned on: median miss in points (power law pow4)",
        "coverage": "... their 90 % bands: share that held",
        "wide": "... their median half-width in points",
        "pairs": "which of two models wins, 8 and 16 times ahead, {n} decisive pairs: right (whoever leads now)",
        "scratch": "... which route, ten traditional models against two nets from scratch, {n} cases",
        "pretrained": "... which route, ten traditional models against a pretrained one, {n} cases",
        "sure": "... said with 90 % or more, 8 times ahead: right of pairs; of routes from scratch; of those against a pretrained one",
        "cross": "where two routes cross, {n} places before real crossings, half-way, at a quarter, anywhere: told within a factor 2 (straight line)",
        "cross_band": '... where a place ahead was told ({ahead}, anywhere), its 90 % band: share that held; false "will cross within 16 times"',
        "cost": "weighing 10,000 x 30 ({n} candidates), seconds; its processor time over all fits of its own grid; of LCDB's grid (reckoned)",
        "minutes": "builds given 1, 2 and 4 minutes: share of them used",
        "bill": "the bill against {n} replayed traffics: all arms within 10 % (with errors' price); crossing within 15 % (with errors' price)",
        "shapes": "forecasts 2 and 4 times ahead on {n} curves of texts and images: ends inside their 90 % bands",
        "route": "texts and images: the better route named, at 500, 2,000 (missed for being too close to call) and all rows (by both finalists)",
        "route_sure": "... of those verdicts that say 90 % or more: right",
        "media": "{name}, official test rows: product {chosen}; best traditional, best large; seconds of the build",
        "network": "first network (784-128-10, batch 32), seconds of 60,000 rows: breakeven; torch, DataLoader; Keras on TensorFlow; on JAX; floor",
        "right": "... test accuracy after 5 epochs, in the same order",
        "convnet": "first convnet (batch 64), seconds an epoch of 20,000 CIFAR-10 pictures: breakeven; torch; Keras on TensorFlow; on JAX",
        "spread": "... the slowest of OMP_NUM_THREADS 1, 2, 4 and unset over the fastest: network, convnet",
        "best": "... Fashion-MNIST, the engine's best in the seconds of 5 Keras epochs, over Keras's accuracy, points",
        "tune": "{n} trials of tuning on two cores over one after another, seconds; with successive halving",
        "movielens": "MovieLens 100K, {n} random splits, no settings: NDCG@10; MAP; precision; recall (best published)",
        "took": "... seconds of a build, the most; largest process, GB",
        "shop": "{name}, last item of {n} people, whole catalogue: NDCG@10 of {chosen}; item neighbours; implicit ALS; BPR",
        "lift": "... over item neighbours: NDCG@10; hit@10",
        "policy": "Open Bandit, a policy's click rate told from another's log: IPS; self-normalised (measured), %",
        "shelves": "shelves a second of one process, 10,000 items, beside 0; 2,000 events a second by 100; one by one: p99, ms",
        "size": "a made shop of {users} people, {items} items, {events} events: build, seconds; memory, GB; answer over HTTP, p99, ms",
        "none": "none",
        "above": "above each",
    },
    "zh": {
        "head": "| what | measured | asked |\n|---|---|---|",
        "help": "`breakeven --help`,秒",
        "one": "`breakeven predict` 一行,含进程启动,秒",
        "big": "读取并检查 1,000,000 x 20 的 CSV,秒",
        "peak": "…… 内存峰值,GB",
        "adult": "评估 adult(48,842 行,{n} 个候选模型),秒",
        "gate": "…… 门控全部拟合时间与各幸存者拟合一次之比",
        "empty": "在线服务,200 棵树,32 个连接:与空回复速率之比",
        "lit": "…… 相对 LitServe(同一 ONNX 文件)的倍数",
        "bento": "…… 相对 BentoML(同一 ONNX 文件)的倍数",
        "pmlb": "PMLB,{n} 个表,封存测试平均分,在有集成模型之前测得:breakeven(线性 / 森林 / LightGBM 默认设置)",
        "below": "…… 比三者最佳低 0.5 分以上的表",
        "miss": "4 倍与 8 倍处的预测,未学习过的数据集:误差中位数,百分点(幂律 pow4)",
        "coverage": "…… 其 90% 区间的命中率",
        "wide": "…… 其半宽中位数,百分点",
        "pairs": "两个模型谁胜出,8 倍与 16 倍处,{n} 对有定论:正确率(现在领先者)",
        "scratch": "…… 哪条路线,十个传统模型对两个从零训练的网络,{n} 例",
        "pretrained": "…… 哪条路线,十个传统模型对一个预训练模型,{n} 例",
        "sure": "…… 以 90% 以上把握说出的,8 倍处:成对正确率;从零训练的路线;对预训练模型",
        "cross": "两条路线的交叉点,真实交叉前 {n} 处,在一半、四分之一与任意处:误差在 2 倍以内(直线外推)",
        "cross_band": "…… 指出前方位置时({ahead},任意处),其 90% 区间的命中率;误报“16 倍以内会交叉”",
        "cost": "评估 10,000 x 30({n} 个候选模型),秒;处理器时间与自身完整网格之比;与 LCDB 网格之比(推算)",
        "minutes": "限 1、2、4 分钟的构建:用去的份额",
        "bill": "账单与 {n} 段重放流量对照:每种方式误差 10% 以内(含错误代价);交叉点 15% 以内(错误有价时)",
        "shapes": "文本与图像的 {n} 条曲线,2 倍与 4 倍处的预测:落在 90% 区间内",
        "route": "文本与图像:指出较好的路线,在 500、2,000(因难分高下而未指出)与全部行处(按双方决赛者)",
        "route_sure": "…… 其中把握在 90% 以上的判断:正确",
        "media": "{name},官方测试集:产品 {chosen};最佳传统、最佳大模型;构建秒数",
        "network": "第一个网络(784-128-10,批量 32),60,000 行一轮的秒数:breakeven;torch 加 DataLoader;Keras/TensorFlow;Keras/JAX;下限",
        "right": "…… 5 轮后的测试准确率,顺序相同",
        "convnet": "第一个卷积网络(批量 64),20,000 张 CIFAR-10 图片一轮的秒数:breakeven;torch;Keras/TensorFlow;Keras/JAX",
        "spread": "…… OMP_NUM_THREADS 为 1、2、4 与未设时最慢与最快之比:网络、卷积网络",
        "best": "…… Fashion-MNIST,用 Keras 5 轮的秒数,引擎的最好结果比 Keras 高多少个百分点",
        "tune": "两核上 {n} 次调参与逐次进行之比,秒;加逐次减半",
        "movielens": "MovieLens 100K,{n} 次随机划分,无需设置:NDCG@10;MAP;精确率;召回率(已发表的最佳)",
        "took": "…… 构建秒数,最多;最大进程,GB",
        "shop": "{name},{n} 人的最后一件,全部商品排序:{chosen} 的 NDCG@10;物品近邻;implicit ALS;BPR",
        "lift": "…… 相对物品近邻:NDCG@10;hit@10",
        "policy": "Open Bandit,由一种策略的日志推断另一种的点击率:IPS;自归一(实测),%",
        "shelves": "单进程每秒货架数,10,000 件商品,同时每秒 0;2,000 次行为(每批 100);逐条:p99,毫秒",
        "size": "人造商店,{users} 人、{items} 件商品、{events} 次行为:构建秒数;内存 GB;HTTP 回答 p99,毫秒",
        "none": "无",
        "above": "高于每一个",
    },
}


def load(name: str) -> dict[str, Any]:
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def span(v: dict[str, float]) -> str:
    return f"{v['median']:g} ({v['low']:g} – {v['high']:g})"


def render(language: str) -> str:
    """The table."""
    w, speed, serve, pmlb, ahead = (
        WORDS[language],
        load("speed"),
        load("serve"),
        load("pmlb"),
        load("forecast"),
    )
    adult, mean = speed["weigh_adult"], pmlb["mean"]
    below = (
        ", ".join(f"{s} ({pmlb['gap_to_best_peer'][s]:+.1f})" for s in pmlb["below_by_more_than_half_a_point"])
        or w["none"]
    )
    rows = [
        (w["help"], span(speed["help_seconds"]), "< 0.3"),
        (w["one"], span(speed["predict_one_row_seconds"]), "< 1"),
        (w["big"], span(speed["check_a_million_rows"]["seconds"]), "< 15"),
        (w["peak"], span(speed["check_a_million_rows"]["peak_gb"]), "< 1.5"),
        (w["adult"].format(n=adult["candidates"]), f"{adult['seconds']:g}", "< 180"),
        (w["gate"], f"{adult['gate_over_survivors']:g}", "< 1.5"),
        (w["empty"], span(serve["over_empty"]), "> 0.5"),
        (w["lit"], span(serve["over_litserve"]), "> 8"),
        (w["bento"], span(serve["over_bentoml"]), "> 8"),
        (w["pmlb"].format(n=len(pmlb["sets"])), f"{mean['breakeven']:g} ({' / '.join(f'{mean[n]:g}' for n in PEERS)})", w["above"]),
        (w["below"], below, w["none"]),
    ]  # fmt: skip
    rows += forecast_rows(ahead, w)
    rows += verdict_rows(ahead, w)
    rows += training_rows(w)
    rows += shop_rows(w) if (RESULTS / "recommend.json").is_file() else []
    rows += readme_doors.rows(language)
    rows += readme_support.rows(language)
    rows += [media_row(name, part, w["media"]) for name, part in load("media")["parts"].items()]
    return "\n".join([w["head"], *(f"| {a} | {b} | {c} |" for a, b, c in rows)])


def forecast_rows(ahead: dict[str, Any], w: dict[str, str]) -> list[tuple[str, str, str]]:
    """Forecasts and choices on other people's curves, at 4 and 8 times the rows seen (16 for pairs)."""
    four, eight = (ahead["forecast"][f"lcdb11, all repeats, {h}x"] for h in (4, 8))
    rows = [
        (
            w["miss"],
            f"{four['ours'][0]:g}, {eight['ours'][0]:g} ({four['pow4'][0]:g}, {eight['pow4'][0]:g})",
            "0.9, 1.3",
        ),
        (w["coverage"], f"{four['coverage']:.1%}, {eight['coverage']:.1%}", "88 – 92%"),
        (w["wide"], f"{four['half_width_median']:g}, {eight['half_width_median']:g}", "3.4, 5"),
    ]
    for name, key, asked in (("pairs", "pairs", "92%, 90%"), ("scratch", "routes, 10 traditional against RealMLP and MLP", "86% (8 times)"),
                             ("pretrained", "routes, 10 traditional against TabPFNv2", "86% (8 times)")):  # fmt: skip
        found = [ahead[key][f"all repeats, {h}x"] for h in (8, 16)]
        told = ", ".join(f"{f['right']:.1%} ({f['leads_now_right']:.1%})" for f in found)
        rows.append((w[name].format(n=found[0]["decisive"]), told, asked))
    said = [ahead[key]["all repeats, 8x"]["said_90_right"] for key in ahead if key.startswith(("pairs", "routes"))]
    return [*rows, (w["sure"], "; ".join(f"{right:.1%}" for right in said), "> 90%")]


def crossing_rows(crossings: dict[str, Any], w: dict[str, str]) -> list[tuple[str, str, str]]:
    """Where routes really cross, and what was told of it."""
    places = [
        crossings[f"all repeats, {place}"] for place in ("seen to 1/2", "seen to 1/4", "anywhere up to 16 times before")
    ]
    alarms = crossings["all repeats, nothing crosses within 16 times"]["alarms"]
    told = ", ".join(f"{c['within_2x']:.0%} ({c['line_within_2x']:.0%})" for c in places)
    ahead = f"{places[-1]['told_ahead']} of {places[-1]['cases']}"
    return [(w["cross"].format(n=sum(c["cases"] for c in places[:2])), told, "65%, 40%"),
            (w["cross_band"].format(ahead=ahead), f"{places[-1]['ahead_band_holds']:.0%}; {alarms:.1%}", "90%; < 5%")]  # fmt: skip


def cost_rows(cost: dict[str, Any], w: dict[str, str]) -> list[tuple[str, str, str]]:
    """What a verdict takes, and whether minutes are kept."""
    made = cost["weigh"]["made"]
    shares = f"{made['share_of_grid']:.0%}; {made['share_of_study']:.1%}"
    return [(w["cost"].format(n=made["candidates"]), f"{made['seconds']:.0f}; {shares}", "< 300; < 15%"),
            (w["minutes"], ", ".join(f"{b['share']:.0%}" for b in cost["within"]), "< 105%")]  # fmt: skip


def bill_rows(replay: dict[str, Any], w: dict[str, str]) -> list[tuple[str, str, str]]:
    """The bill beside replayed traffic."""
    told = replay["within"]
    return [
        (
            w["bill"].format(n=len(replay["traces"])),
            f"{told['every arm']} ({told['every arm with errors']}); {told['crossing']} ({told['crossing where errors have a price']})",
            "18 of 20; 18 of 20",
        )
    ]


def shape_rows(curves: dict[str, Any], w: dict[str, str]) -> list[tuple[str, str, str]]:
    """Curves of texts and images."""
    held = ", ".join(f"{curves[k]['in_band']:.0%}" for k in ("2x", "4x"))
    return [(w["shapes"].format(n=curves["2x"]["curves"]), held, "90%")]


def route_rows(gate: dict[str, Any], w: dict[str, str]) -> list[tuple[str, str, str]]:
    """The gate on texts and images, after everything was trained."""
    cells = [cell for one in gate["sets"].values() for cell in one.values()]
    sure = [cell for cell in cells if max(cell["p_large"], 1 - cell["p_large"]) >= 0.9]
    right = sum(cell["better"] in ("either", "large" if cell["p_large"] > 0.5 else "traditional") for cell in sure)
    told = []
    for rows, right_of in gate["right"].items():
        if rows == "all":  # not drawn: the builds of media.py are of all rows, and fit the best of each route on them
            told.append(whole_builds(load("media")["parts"]))
            continue
        missed = [one[rows] for one in gate["sets"].values() if rows in one and not one[rows]["right"]]
        told.append(f"{right_of} ({sum(cell['tie'] for cell in missed)})" if missed else right_of)
    return [
        (w["route"], ", ".join(told), "9 of 10"),
        (w["route_sure"], f"{right} of {len(sure)}", "> 90%"),
    ]


def whole_builds(parts: dict[str, Any]) -> str:
    """Builds on all rows of a set whose finalists say that the choice was right, or no different from the other."""
    right = []
    for name in ("digits", "clinc150", "tnews-zh", "cic-zh", "fashion, 60,000 rows", "cifar10, nothing pretrained"):
        best = {key.partition(":")[0]: value for key, value in parts[name].items() if ": " in key}
        mine = "traditional" if f"traditional: {parts[name]['chosen']}" in parts[name] else "large"
        other = best["large" if mine == "traditional" else "traditional"]
        right.append(best[mine]["high"] >= other["low"])
    return f"{sum(right)} of {len(right)}"


def verdict_rows(ahead: dict[str, Any], w: dict[str, str]) -> list[tuple[str, str, str]]:
    """What was measured of verdicts; a benchmark that was not run has no row."""
    rows = crossing_rows(ahead["crossings"], w) if "crossings" in ahead else []
    for name, told in (
        ("cost", cost_rows),
        ("replay", bill_rows),
        ("media_curves", shape_rows),
        ("gate_media", route_rows),
    ):
        if (RESULTS / f"{name}.json").is_file():
            rows += told(load(name), w)
    return rows


def training_rows(w: dict[str, str]) -> list[tuple[str, str, str]]:
    """The two first programs beside their peers, and tuning."""
    first, tuning, rows = load("first"), load("tuning"), list[tuple[str, str, str]]()
    network, convnet = first["network"], first["convnet"]
    peers = ("torch with a DataLoader", "keras on tensorflow", "keras on jax")
    tf = network["keras on tensorflow"]["seconds"]
    asked = min(
        tf / 4,
        network[peers[0]]["seconds"] * 0.6,
        network["keras on jax"]["seconds"],
        network["floor"]["seconds"] * 2.5,
    )
    rows.append(
        (w["network"], "; ".join(_seconds(network[p]) for p in ("breakeven", *peers, "floor")), f"<= {asked:.2f}")
    )
    rows.append((w["right"], "; ".join(f"{network[p]['accuracy']:.1%}" for p in ("breakeven", *peers)), w["above"]))
    most = 0.4 * convnet["keras on tensorflow"]["seconds"]
    rows.append((w["convnet"], "; ".join(_seconds(convnet[p]) for p in ("breakeven", *peers)), f"<= {most:.2f}"))
    spread = [max(kind["by threads"].values()) / min(kind["by threads"].values()) for kind in (network, convnet)]
    rows.append((w["spread"], ", ".join(f"{s:.2f}" for s in spread), "<= 1.2"))
    best = first["best in the same seconds"]
    gain = best["accuracy"] - network["keras on tensorflow"]["accuracy"]
    half = (
        164.5
        * sum(p["accuracy"] * (1 - p["accuracy"]) / FASHION_TEST for p in (best, network["keras on tensorflow"])) ** 0.5
    )
    rows.append((w["best"], f"{100 * gain:+.1f} ({100 * gain - half:+.1f} – {100 * gain + half:+.1f})", ">= +2"))
    ways = tuning["ways"]
    alone, cores, halved = (
        ways[way]["seconds"] for way in ("one after another", "on the cores", "halving on the cores")
    )
    rows.append(
        (
            w["tune"].format(n=tuning["trials"]),
            f"{cores / alone:.2f} ({cores:.1f} / {alone:.1f}); {halved / alone:.2f}",
            "<= 0.6",
        )
    )
    return rows


def shop_rows(w: dict[str, str]) -> list[tuple[str, str, str]]:
    """Recommendation beside its peers; a part that was not run has no row."""
    found, rows = load("recommend"), list[tuple[str, str, str]]()
    if "movielens" in found:
        m = found["movielens"]
        names = ("ndcg", "map", "precision", "recall")
        mine = "; ".join(f"{m['means'][n]['mean']:.3f} ± {m['means'][n]['half']:.3f}" for n in names)
        theirs = ", ".join(f"{m['published'][n]:.3f}" for n in names)
        rows.append((w["movielens"].format(n=len(m["runs"])), f"{mine} ({theirs})", ">= 0.490; 0.151; 0.428; 0.225"))
        most = max(r["seconds"] for r in m["runs"]), max(r["peak_gb"] for r in m["runs"])
        rows.append((w["took"], f"{most[0]:.0f}; {most[1]:.2f}", "<= 120; 1"))
    for key, name in (("films", "MovieLens latest small"), ("toys", "Amazon toys")):
        if key in found:
            part = found[key]
            lines = {one["candidate"]: one["ndcg"] for one in part["lines"]}
            own = lines[part["chosen"]]
            others = "; ".join(
                f"{v:.3f}" for v in (lines["item_neighbours"]["value"], *(p["ndcg"] for p in part["peers"].values()))
            )
            told = f"{own['value']:.3f} ({own['low']:.3f} – {own['high']:.3f}); {others}"
            rows.append((w["shop"].format(name=name, n=f"{part['people']:,}", chosen=part["chosen"]), told, w["above"]))
            lifts = "; ".join(
                f"{100 * i['value']:+.0f}% ({100 * i['low']:+.0f} – {100 * i['high']:+.0f})"
                for i in part["lift"].values()
            )
            rows.append((w["lift"], lifts, ">= +15%; >= +20%"))
    if "bandit" in found:
        b = {k: " – ".join(f"{100 * v:.2f}" for v in found["bandit"][k][1:]) for k in ("ips", "snips", "measured")}
        rows.append(
            (w["policy"], f"{b['ips']}; {b['snips']} ({100 * found['bandit']['measured'][0]:.2f}: {b['measured']})", "")
        )
    if "serve" in found:
        each = found["serve"]["shelves"].values()
        rows.append(
            (
                w["shelves"],
                "; ".join(
                    f"{e['shelves_a_second']:,.0f}: {e['p99_ms']:.1f} ({' – '.join(f'{v:.1f}' for v in e['p99_range'])})"
                    for e in each
                ),
                "1,500: < 10",
            )
        )
    if "scale" in found:
        top = found["scale"]["sizes"][-1]
        size = w["size"].format(**{key: f"{top[key]:,}" for key in ("users", "items", "events")})
        rows.append((size, f"{top['seconds']:,.0f}; {top['peak_gb']:.1f}; {top['p99_ms']:.1f}", "-; < 20; < 20"))
    return rows


def _seconds(told: dict[str, Any]) -> str:
    return f"{told['seconds']:.2f} ({told['low']:.2f} – {told['high']:.2f})"


def media_row(name: str, part: dict[str, Any], words: str) -> tuple[str, str, str]:
    """One set of texts or images: the product's accuracy with its interval, the two routes', the seconds."""
    by_route = {key.partition(":")[0]: value["accuracy"] for key, value in part.items() if ": " in key}
    told = part["product"]
    shown = f"{told['accuracy']:.1%} ({told['low']:.1%} – {told['high']:.1%})"
    routes = ", ".join(f"{by_route[r]:.1%}" if r in by_route else "-" for r in ("traditional", "large"))
    return (
        words.format(name=name, chosen=part["chosen"]),
        f"{shown}; {routes}; {part['build_seconds']:.0f}",
        ASKED.get(name, ""),
    )


def main() -> None:
    machine = load("speed")["machine"]
    cpu, memory = machine["cpu"], f"{machine['memory_gib']:g} GiB"
    about = {"en": f"two cores ({cpu}, {memory}, no GPU)", "zh": f"两核机器({cpu},{memory},无 GPU)"}
    for language, folder in (("en", "docs"), ("zh", "docs/zh")):
        path = ROOT / folder / "benchmarks.md"
        text = path.read_text(encoding="utf-8").replace("MACHINE", about[language]).rstrip() + "\n\n"
        table = render(language)
        text = re.sub(r"(<!-- results -->\n).*?(\n\n)", lambda m, t=table: m[1] + t + m[2], text, flags=re.DOTALL)
        path.write_text(text.rstrip() + "\n", encoding="utf-8")
    for language, name in (("en", "README.md"), ("zh", "README.zh.md")):
        path = ROOT / name
        path.write_text(readme_tables.fill(path.read_text(encoding="utf-8"), language), encoding="utf-8")


if __name__ == "__main__":
    main()

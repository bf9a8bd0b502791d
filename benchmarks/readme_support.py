"""Rows of the long benchmark table on customer service: topics, refusals, the error budget, the desk, load and kills."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"
Row = tuple[str, str, str]
#: Of CLINC150: what was asked of nets of our own and of pretrained ones.
ASKED = {"grams_net": "92% / 75%", "matched": "95% / 85%"}

WORDS = {
    "en": {
        "scope": "CLINC150, official test, learned without an out-of-scope question, {name}: right in scope / out of scope refused",
        "peer": "... {name}",
        "budget": "... at most 1% wrong promised with 95%, 100 re-splits, {name}: kept in; answered in scope",
        "zh": "CIC, Chinese, wrong labels: {name}; the average of grams_net and matched; scikit-learn tuned; at its defaults",
        "desk": "a simulated desk at {share:.0%} answered, {staff} people today: first answer sooner; a contact cheaper (over assumptions)",
        "load": "{rate:g} messages a second, the log on disk, {busy:.0%} of the processors busy ({how}): p50, p99, ms",
        "kills": "{conversations:,} conversations under {kills} kills: acknowledged; lost; words of the bot after a hand-over",
    },
    "zh": {
        "scope": "CLINC150 官方测试集，训练时没有范围外的问题，{name}：范围内答对 / 范围外被拒绝",
        "peer": "……{name}",
        "budget": "……以 95% 的把握承诺答错至多 1%，100 次重新划分，{name}：守住的次数；范围内自动回答",
        "zh": "CIC，中文，标签有错：{name}；grams_net 与 matched 的平均；调过参的 scikit-learn；其默认设置",
        "desk": "模拟客服台，{share:.0%} 自动回答，现有 {staff} 人：首次回答提前；每次联系更省（各种假设）",
        "load": "每秒 {rate:g} 条消息，记录写入磁盘，处理器占用 {busy:.0%}（{how}）：p50、p99，毫秒",
        "kills": "{conversations:,} 次对话中强杀 {kills} 次：已确认；丢失；转人工之后机器人说的话",
    },
}


def load(name: str) -> dict[str, Any]:
    """A result."""
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
    return found


def rows(language: str) -> list[Row]:
    """All of them."""
    w = WORDS[language]
    return [*_topics(w), *_chinese(w), *_desks(w), *_service(w)]


def _percent(share: dict[str, float]) -> str:
    return f"{share['share']:.1%} ({share['low']:.1%} – {share['high']:.1%})"


def _topics(w: dict[str, str]) -> list[Row]:
    found = load("support_clinc")
    out = []
    for name, asked in ASKED.items():
        one = found["scope"][name]
        told = f"{_percent(one['in_scope_accuracy'])} / {_percent(one['out_of_scope_recall'])}"
        out.append((w["scope"].format(name=name), told, asked))
    for name, one in found["scope"].items():
        if name.startswith("scikit-learn"):
            told = f"{one['in_scope_accuracy']['share']:.1%} / {one['out_of_scope_recall']['share']:.1%}"
            out.append((w["peer"].format(name=name), told, ""))
    kept = found["budget"]["matched"]["in scope"]["of the next as many answers"]
    told = f"{kept['kept_of_100']}; {kept['automated']['mean']:.1%}"
    return [*out, (w["budget"].format(name="matched"), told, "≥ 95; ≥ 75%")]


def _chinese(w: dict[str, str]) -> list[Row]:
    accuracy = load("support_zh")["accuracy"]
    peer = "scikit-learn characters, logistic regression"
    names = ("matched", "grams_net + matched", f"{peer} (C=3.0 by dev)", peer)
    told = "; ".join(f"{accuracy[name]['share']:.1%}" for name in names)
    return [(w["zh"].format(name="matched"), told, "+2 points")]


def _desks(w: dict[str, str]) -> list[Row]:
    out = []
    found = load("support_desk")
    share = found["measured"]["automation"]["value"]
    for one in found["desks"].values():
        faster, cheaper = one["simulated"]["faster"], one["simulated"]["cheaper"]
        told = f"{faster['value']:.1%}; {cheaper['value']:.0%} ({max(cheaper['low'], 0):.0%} – {cheaper['high']:.0%})"
        out.append((w["desk"].format(share=share, staff=one["declared"]["staff"]), told, "80%; 30%"))
    return out


def _service(w: dict[str, str]) -> list[Row]:
    served, killed = load("support_load"), load("support_kills")
    disk, wrong = served["on_disk"], killed["wrong"]
    how = w["load"].format(rate=served["rate"], busy=disk["processors_busy"], how=served["scheduling"])
    told = f"{killed['acknowledged_messages']:,}; {wrong['lost_messages']}; {wrong['bot_messages_after_hand_over']}"
    return [
        (how, f"{disk['p50_ms']:g}, {disk['p99_ms']:g}", "p99 < 15"),
        (w["kills"].format(conversations=killed["conversations"], kills=killed["kills"]), told, "0; 0"),
    ]

"""Rows of the long benchmark table: beside AutoML tools at the same minutes, and what a hostile client can do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"
Row = tuple[str, str, str]

WORDS = {
    "en": {
        "automl": "{tables} PMLB tables ({refused} more got no model from breakeven), {minutes:g} minute on {cores} core, one split: "
        "mean score of breakeven; {peers}",
        "points": "... points above {peer}, and share of tables won",
        "above": "above",
        "probes": "the same 40 HTTP probes answered as they should be: breakeven; {peers}",
        "p99": "p99 of others while {silent:,} silent and {slow} slow clients hang on, ms",
        "kills": "{kills} kills while events are written, {backups} during a backup and {full} on a full disk: acknowledged; lost",
    },
    "zh": {
        "automl": "PMLB 的 {tables} 张表（另有 {refused} 张 breakeven 没有给出模型），{cores} 核 {minutes:g} 分钟，一次划分："
        "breakeven 平均得分；{peers}",
        "points": "……比 {peer} 高出的点数，以及获胜的表所占比例",
        "above": "高于它",
        "probes": "同样 40 个 HTTP 探测中应答正确的：breakeven；{peers}",
        "p99": "{silent:,} 个沉默、{slow} 个缓慢的客户端占着连接时，其他人的 p99，毫秒",
        "kills": "写入行为记录时强杀 {kills} 次，其中备份时 {backups} 次、磁盘已满时 {full} 次：已确认；丢失",
    },
}
PEERS = ("autogluon-medium", "autogluon-good", "flaml")


def load(name: str) -> dict[str, Any]:
    """A result."""
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
    return found


def rows(language: str) -> list[Row]:
    """All of them."""
    return [*automl_rows(WORDS[language]), *door_rows(WORDS[language])]


def automl_rows(w: dict[str, str]) -> list[Row]:
    """Mean scores, then breakeven against each peer with 90 % intervals over tables."""
    found = load("automl")
    mean, against = found["mean_score"], found["breakeven_against"]
    refused = sum(any("error" in run for run in runs["breakeven"]) for runs in found["runs"].values())
    text = w["automl"].format(
        refused=refused,
        tables=found["tables_all_finished"],
        minutes=found["minutes"],
        cores=found["machine"]["cores"],
        peers="; ".join(PEERS),
    )
    out = [(text, "; ".join(f"{mean[name]:.1f}" for name in ("breakeven", *PEERS)), "")]
    for peer in PEERS:
        points, wins = against[peer]["points"], against[peer]["win_rate"]
        shown = f"{points['mean']:+.1f} ({points['low']:+.1f} – {points['high']:+.1f}); {wins['mean']:.0%}"
        out.append((w["points"].format(peer=peer), shown, w["above"] if peer == "autogluon-medium" else ""))
    return out


def door_rows(w: dict[str, str]) -> list[Row]:
    """Probes, slow clients, kills."""
    probes, hostile, kills = load("probes"), load("hostile"), load("kills")
    peers = [name for name in probes["as_expected"] if name != "breakeven"]
    counts = "; ".join(str(probes["as_expected"][name]) for name in ("breakeven", *peers))
    attacked = hostile["others"]["attacked"]["new_connections"]["p99_ms"]
    kind = w["kills"].format(
        kills=kills["kills"], backups=kills["during_backups"]["kills"], full=kills["full_disk"]["kills"]
    )
    return [
        (w["probes"].format(peers="; ".join(peers)), counts, ""),
        (w["p99"].format(silent=hostile["silent"], slow=hostile["slow"]), f"{attacked:.0f}", "< 50"),
        (kind, f"{kills['acknowledged']:,}; {len(kills['wrong'])}", "0"),
    ]

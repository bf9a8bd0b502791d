"""A first net's page: its learning curves and its confusion matrix, one file that asks the network for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from lessons import chart

from breakeven.core.types import Interval

STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:820px;margin:2rem auto;padding:0 1rem;color:#222}
svg{width:100%;height:auto}.grid{stroke:#e3e7ea}.tick,.axis,.label{font-size:12px;fill:#555}table{border-collapse:collapse;font-size:13px}
td,th{padding:.25rem .45rem;text-align:right}th{font-weight:600;color:#555}.scroll{overflow-x:auto}"""
COLOURS = {"learned from": "#1f6f8b", "held out": "#c8553d"}


def page(
    title: str, score: Interval, epochs: Sequence[Any], confusion: Sequence[Sequence[int]], names: Sequence[str]
) -> str:
    """The page: test accuracy with its interval, the losses of `train.loop.Epoch`s, and who was taken for whom."""
    told = f"{score.value:.1%} (90 % interval {score.low:.1%} to {score.high:.1%})"
    rows = sum(sum(row) for row in confusion)
    return (f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>'
            f"<p>Accuracy on {rows:,} test pictures: <b>{told}</b>.</p><h2>Learning curves</h2>{curves(epochs)}"
            f"<h2>Confusion</h2><p>Rows are the truth, columns the answers.</p>{matrix(confusion, names)}</html>\n")  # fmt: skip


def curves(epochs: Sequence[Any]) -> str:
    """The loss after each epoch, of the rows learned from and of the held-out ones."""
    lines = {"learned from": [e.loss for e in epochs],
             "held out": [e.held for e in epochs if e.held is not None]}  # fmt: skip
    shown = {name: line for name, line in lines.items() if line}
    return chart.lines(shown, COLOURS, "epoch", "loss", "loss by epoch")


def matrix(confusion: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    """Counts (classes, classes) as a table, darker where there are more; right answers blue, wrong ones red."""
    head = "".join(f"<th>{escape(n)}</th>" for n in names)
    most = [max(1, sum(row)) for row in confusion]
    body = "".join(
        f"<tr><th>{escape(names[i])}</th>" + "".join(_cell(n, n / most[i], i == j) for j, n in enumerate(row)) + "</tr>"
        for i, row in enumerate(confusion)
    )
    return f'<div class="scroll"><table><tr><th></th>{head}</tr>{body}</table></div>'


def _cell(count: int, share: float, right: bool) -> str:
    colour = "31,111,139" if right else "200,85,61"
    return f'<td style="background:rgba({colour},{min(share * (0.6 if right else 3), 0.8):.2f})">{count:,}</td>'

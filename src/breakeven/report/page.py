"""report.html: one self-contained file that a founder reads in two minutes. It asks the network for nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from breakeven import __version__
from breakeven.report import charts, seen, words
from breakeven.types import Column

COLUMNS_SHOWN = 15


def render(v: Mapping[str, Any], columns: Sequence[Column], folder: Path) -> str:
    """The page for a verdict as stored."""
    template = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        resources.files("breakeven.report").joinpath("report.html").read_text(encoding="utf-8")
    )
    product = v.get("product")
    importance = [(i["column"], i["value"], i["low"], i["high"]) for i in (product or {}).get("importance", [])[:12]]
    search = (product or {}).get("search") or {}
    mattered = [(name, 100 * s, 100 * s, 100 * s) for name, s in (search.get("mattered") or {}).items()]
    findings = v["findings"]
    return template.render(
        v=v,
        columns=columns,
        version=__version__,
        folder=folder.name,
        curves=charts.curves(v),
        costs=charts.costs(v),
        tornado=charts.tornado(v),
        leaders=charts.leaders(v),
        colours=charts.COLOURS,
        importance=charts.bars(importance),
        search=search,
        mattered=charts.bars(mattered, "what mattered in tuning"),
        product=product,
        amount=words.amount,
        span=words.span,
        marked=seen.marked,
        confusions=seen.confusions(v),
        heat=seen.heat,
        rounded=words.rounded,
        usd=usd,
        crossing={language: words.crossing(v, language) for language in ("en", "zh")},
        warnings=[f for f in findings if f["level"] == "warning"],
        notes=[f for f in findings if f["level"] != "warning"],
    )


def usd(*parts: object) -> str:
    """The sum of what is there, in dollars; nothing where nothing is paid.

    >>> usd(12.5, 0.031), usd(jinja2.Undefined())
    ('$12.53', '')
    """
    known = [float(p) for p in parts if isinstance(p, int | float)]
    total = sum(known)
    if not known:
        return ""
    return f"${total:,.0f}" if total >= 100 else f"${total:,.2f}"

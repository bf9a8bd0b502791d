"""report.html: one self-contained file that a founder reads in two minutes. It asks the network for nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from breakeven import __version__
from breakeven.core.types import Column
from breakeven.report import charts, examples, words

#: The page and what it includes.
PAGES = ("report.html", "shop.html")


def render(v: Mapping[str, Any], columns: Sequence[Column], folder: Path) -> str:
    """The page for a verdict as stored."""
    pages = {name: resources.files("breakeven.report").joinpath(name).read_text(encoding="utf-8") for name in PAGES}
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, loader=jinja2.DictLoader(pages)
    )
    template = environment.get_template(PAGES[0])
    product = v.get("product")
    importance = [(i["column"], i["value"], i["low"], i["high"]) for i in (product or {}).get("importance", [])[:12]]
    search = (product or {}).get("search") or {}
    mattered = [(name, 100 * s, 100 * s, 100 * s) for name, s in (search.get("mattered") or {}).items()]
    findings = v["findings"]
    return template.render(
        v=v,
        columns=columns,
        version=__version__,
        unit=words.unit(v, "en"),
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
        marked=examples.marked,
        confusions=examples.confusions(v),
        heat=examples.heat,
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

"""report.html: one self-contained file that a founder reads in two minutes. It asks the network for nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources

import jinja2

from breakeven.core.types import Column
from breakeven.core.verdict import Verdict
from breakeven.core.version import VERSION
from breakeven.report import bounded, charts, examples, words


@dataclass(frozen=True)
class ReportSection:
    """A scenario's part of the page.

    `template` is Jinja text that renders `<section>` elements from `data`, from the verdict `v`, and from what every
    template is given: `unit`, `amount`, `span`, `marked`, `heat`.
    """

    template: str
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Serving:
    """What the commands at the end of the page name: the product's folder and an input file."""

    folder: str
    input_example: str


def template_of(package: str, name: str = "report.html") -> str:
    """The text of a template that a package ships."""
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def render(v: Verdict, columns: Sequence[Column], serving: Serving, sections: Sequence[ReportSection] = ()) -> str:
    """The page of a verdict, with its scenario's sections."""
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(template_of("breakeven.report"))
    search = v.product.search if v.product else None
    shares = [(name, 100 * share) for name, share in (search.mattered if search else {}).items()]
    shared = {
        "v": v,
        "product": v.product,
        "unit": words.unit(v, "en"),
        "amount": words.amount,
        "span": words.span,
        "marked": examples.marked,
        "heat": examples.heat,
    }
    return template.render(
        **shared,
        sections=[environment.from_string(section.template).render(**shared, **section.data) for section in sections],
        columns=bounded.columns(columns),
        version=VERSION,
        folder=serving.folder,
        input_example=serving.input_example,
        curves=charts.curves(v),
        costs=charts.costs(v),
        tornado=charts.tornado(v),
        leaders=charts.leaders(v),
        colours=charts.COLOURS,
        search=search,
        mattered=charts.bars([(name, share, share, share) for name, share in shares], "what mattered in tuning"),
        rounded=words.rounded,
        usd=usd,
        crossing={"en": words.crossing(v, "en"), "zh": words.crossing(v, "zh")},
        hosted=words.hosted(v, "en"),
        unreliable=words.warning(v),
        warnings=bounded.findings([f for f in v.findings if f.level != "info"]),
        notes=bounded.findings([f for f in v.findings if f.level == "info"]),
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

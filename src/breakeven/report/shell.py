"""One self-contained page from blocks: its style and its script inside, each allowed by its hash, and nothing from outside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from itertools import count

import jinja2
from markupsafe import Markup, escape

from breakeven.core import content_policy
from breakeven.core.verdict import Text
from breakeven.report import labels
from breakeven.report.blocks import ReportSection, Table, Words

PACKAGE = "breakeven.report"
CODE = re.compile("`([^`]+)`")


def render(title: str, sections: Sequence[ReportSection], contents: Text, footer: Sequence[Words] = ()) -> str:
    """The page; the first section is its first screen, the others follow under their headings."""
    style, script = (Markup(asset(*names)) for names in (("tokens.css", "components.css"), ("language.js", "page.js")))
    numbers = count(1)
    return (
        environment()
        .get_template("report.html")
        .render(
            title=title,
            sections=sections,
            contents=contents,
            footer=footer,
            style=style,
            script=script,
            policy=content_policy.policy([script], [style]),
            serial=lambda: f"b{next(numbers)}",
        )
    )


@cache
def asset(*names: str, package: str = PACKAGE) -> str:
    """The text of files of a package, this one's unless another is named, one after the other."""
    return "".join(resources.files(package).joinpath(name).read_text(encoding="utf-8") for name in names)


def code(text: str) -> Markup:
    """A text escaped, its pieces between back quotes as code; right-to-left names in it are kept apart.

    >>> str(code("run `a < b`"))
    'run <code>a &lt; b</code>'
    """
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(labels.isolated(text)))))


@cache
def environment(*packages: str) -> jinja2.Environment:
    """Templates of this package and of others, with what the components need."""

    def find(name: str) -> str | None:
        return next(
            (asset(name, package=p) for p in (*packages, PACKAGE) if resources.files(p).joinpath(name).is_file()), None
        )

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(find), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["code"] = code
    environment.globals |= {"numbers": _is_number, "along": _along, "across": _across}
    return environment


def _is_number(table: Table, column: int) -> bool:
    """Whether a column of a table holds numbers, so that its head stands above them."""
    cells = [table.cells(row)[column] for row in table.rows[:1] if len(row) > column]
    return bool(cells) and cells[0].number


def _along(start: float, end: float) -> Markup:
    """A bar's place, in per cent of the width; what is nothing is a hair wide."""
    return Markup(f'x="{100 * start:.1f}%" width="{max(100 * (end - start), 0.3):.1f}%"')


def _across(start: float, end: float) -> Markup:
    """A line's place."""
    return Markup(f'x1="{100 * start:.1f}%" x2="{100 * end:.1f}%"')

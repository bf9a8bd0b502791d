"""Pages of a service: templates on the report's components, each with a policy under which only the service's own files run.

A page's scripts and style are files of the service (see `assets`); nothing is inline. So what a name, a class or a sample
brings into a page can never run, even if it were not escaped: values reach a script by `data-` attributes. Style attributes
are refused by the policy; use classes. A page may ask its own service (`connect-src 'self'`) and nobody else.

`shell.html` puts the page token into `<meta name="page-token">`, and `request.js` sends it with every request as the header
`x-page-token`: a browser's requests that write, or that show what is known of people, need it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from html import escape
from itertools import count
from pathlib import Path

from breakeven.core import product_folder
from breakeven.core.errors import ProductError
from breakeven.report import shell
from breakeven.serving import assets
from breakeven.serving.endpoint import Content

#: What a page of this process sends with its requests, and a page of another site cannot know.
TOKEN = secrets.token_urlsafe(32)
#: The header it is sent in.
TOKEN_HEADER = b"x-page-token"
#: What a page may do: use the service's own files, ask the service, show a picture that was chosen in it; nothing may frame it.
POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
#: A report runs its own script in an origin of its own, so that it can ask the service nothing.
REPORT = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts"
#: Characters of a report in which its own policy stands.
HEAD = 4096

_META = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
_HASHED = re.compile(r"(script-src|style-src) ('sha256-[A-Za-z0-9+/]{43}=')")


def page(
    template: str,
    package: str,
    title: str,
    scripts: Mapping[str, Content],
    pictures: Sequence[str] = (),
    **values: object,
) -> Content:
    """A page of a template of `package`, every value escaped; `scripts` are its own, which run after those of every page.

    `pictures` are addresses of other hosts below which the page may show pictures; by default it asks nobody but its service.
    """
    known, numbers = {**assets.common(), **scripts}, count(1)
    text = (
        shell.environment(package, assets.PACKAGE)
        .get_template(template)
        .render(
            title=title,
            scripts=[*assets.SCRIPTS, *scripts],
            file=lambda name: f"{name}?{assets.digest(known[name].body)}",
            serial=lambda: f"b{next(numbers)}",
            page_token=TOKEN,
            **values,
        )
    )
    allowed = b" ".join([b"img-src 'self' data:", *(address.encode() for address in pictures)])
    return Content(text.encode(), policy=POLICY.replace(b"img-src 'self' data:", allowed))


def report(product: Path) -> Content:
    """The report of the build that a product stands in, run apart from the service's own pages; a line where there is none.

    A report is a file of the build's folder and not trusted. It names the hashes of its one script and its one style in its
    first line of policy, before any value: these are allowed, in an origin of its own that can reach nothing.
    """
    try:
        body = product_folder.beside(product, product_folder.REPORT)
    except ProductError as error:
        return plain("There is no report", f"its file is not shown: {error.what}")
    if body is None:
        return plain("There is no report", "this build has none; make one with: breakeven build")
    named = _META.search(body[:HEAD].decode("utf-8", "replace").replace("&#39;", "'"))
    sources = dict(_HASHED.findall(named[1])) if named else {}
    allowed = "".join(f"; {directive} {source}" for directive, source in sorted(sources.items()))
    return Content(body, policy=f"{REPORT}{allowed}".encode())


def plain(title: str, text: str) -> Content:
    """A page of one line."""
    return Content(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<h1>{escape(title)}</h1><p>{escape(text)}</p></html>".encode()
    )

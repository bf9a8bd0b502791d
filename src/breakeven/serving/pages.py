"""Pages of a service, each with a policy under which nothing runs but what stands in its template.

A page's scripts and styles are inside it and are allowed by their hashes. The hashes are those of the template, before any
value is put in: what a name, a class or a sample brings into the page can never run, even if it were not escaped. So a
template's scripts and styles hold no expressions; values reach a script by `data-` attributes. Style attributes are refused
by the policy; use classes. A page may ask its own service (`connect-src 'self'`) and nobody else.

A template puts `{{ page_token }}` into `<meta name="page-token" content="...">`, and its script sends it with every
request as the header `x-page-token`: a browser's requests that write, or that show what is known of people, need it.
"""

from __future__ import annotations

import re
import secrets
from functools import cache
from html import escape
from pathlib import Path

import jinja2

from breakeven.core import content_policy
from breakeven.serving.endpoint import Content

#: What a page of this process sends with its requests, and a page of another site cannot know.
TOKEN = secrets.token_urlsafe(32)
#: The header it is sent in.
TOKEN_HEADER = b"x-page-token"
#: What a page may do besides running its own scripts: ask its service, show a chosen file; nothing may frame it.
OWN = ("connect-src 'self'", "frame-ancestors 'none'")
#: A report runs its own script in an origin of its own, so that it can ask the service nothing.
REPORT = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts"
#: Characters of a report in which its own policy stands.
HEAD = 4096

_INLINE = {kind: re.compile(rf"<{kind}>(.*?)</{kind}>", re.DOTALL) for kind in ("script", "style")}
_META = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
_HASHED = re.compile(r"(script-src|style-src) ('sha256-[A-Za-z0-9+/]{43}=')")


def page(template: str, **values: object) -> Content:
    """A page from the text of a Jinja template, every value escaped; `page_token` is among the values.

    >>> page("<title>{{ name }}</title>", name="a<b").body
    b'<title>a&lt;b</title>'
    """
    return Content(_compiled(template).render(page_token=TOKEN, **values).encode(), policy=policy(template))


def policy(template: str) -> bytes:
    """The policy of a page: the inline scripts and styles of its template, and requests to its own service.

    >>> policy("<style>p { margin: 0 }</style>").decode()[:34]
    "default-src 'none'; img-src data:;"
    """
    scripts, styles = (_INLINE[kind].findall(template) for kind in ("script", "style"))
    return content_policy.policy(scripts, styles, OWN).encode()


@cache
def _compiled(template: str) -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template)


def report(path: Path) -> Content:
    """The report of a build, run apart from the service's own pages; a line where there is none.

    A report is a file of the build's folder and not trusted. It names the hashes of its one script and its one style in its
    first line of policy, before any value: these are allowed, in an origin of its own that can reach nothing.
    """
    if not path.is_file():
        return plain("There is no report", "this build has none; make one with: breakeven build")
    body = path.read_bytes()
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

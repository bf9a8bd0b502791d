"""The files of a service's pages: one style, scripts, an icon. Nothing comes from another host."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache

from breakeven.core.errors import InputError
from breakeven.report import shell
from breakeven.serving.endpoint import Content, Endpoint, Plain

PACKAGE = "breakeven.serving"
CSS = b"text/css; charset=utf-8"
JAVASCRIPT = b"text/javascript; charset=utf-8"
SVG = b"image/svg+xml"
#: Scripts of every page, in the order in which they run.
SCRIPTS = ("language.js", "request.js")
#: The style of all pages: the report's, and forms, cards and operations beside it.
STYLES = ("tokens.css", "components.css")


class NoSuchFile(InputError):
    """No page has a file of this name."""

    status = 404


@cache
def common() -> Mapping[str, Content]:
    """The files that pages of every service use, by name."""
    style = shell.asset(*STYLES) + shell.asset("page.css", package=PACKAGE)
    return {
        "page.css": Content(style.encode(), CSS),
        "icon.svg": Content(shell.asset("icon.svg", package=PACKAGE).encode(), SVG),
        "language.js": script("language.js", shell.PACKAGE),
        **{name: script(name, PACKAGE) for name in ("request.js", "docs.js")},
    }


def script(name: str, package: str) -> Content:
    """A script that stands in a package."""
    return Content(shell.asset(name, package=package).encode(), JAVASCRIPT)


@cache
def digest(body: bytes) -> str:
    """A few letters that change with a file, so that no browser shows a new page with an old script."""
    return hashlib.sha256(body).hexdigest()[:8]


class Assets:
    """The files of a service's pages."""

    def __init__(self, scripts: Mapping[str, Content]) -> None:
        self._files = {**common(), **scripts}

    def endpoints(self) -> list[Endpoint]:
        """GET /assets/{file}."""
        return [Endpoint("GET", "/assets/{file}", self.file, "A file of the pages: style, script, icon")]

    def file(self, request: Plain) -> Content:
        """GET /assets/{file}. Raises NoSuchFile."""
        name = request.path["file"]
        if name not in self._files:
            raise NoSuchFile(f"/assets/{name[:60]}", "there is no such file", "see the page's source for its files")
        return self._files[name]

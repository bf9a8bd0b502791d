"""Debian's Chromium without a window: pictures of pages, and what axe-core finds in them."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

CHROMIUM = shutil.which("chromium")
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars")
#: Milliseconds of the page's own clock that its scripts have.
BUDGET = 20_000
#: Milliseconds within which a page has taken another shade.
SETTLED = 500


def axe() -> str | None:
    """axe-core's script, out of the package that carries it; None where it is not installed."""
    found = find_spec("axe_playwright_python")
    return None if found is None or not found.origin else Path(found.origin).with_name("axe.min.js").read_text("utf-8")


def opened(address: str, profile: Path, *options: str) -> tuple[str, list[str]]:
    """The document of a page after its scripts ran, and what the browser wrote to its console, refusals by policy among it."""
    settings = (f"--user-data-dir={profile}", "--enable-logging=stderr", f"--virtual-time-budget={BUDGET // 4}")
    done = _done(*settings, *options, "--dump-dom", address)
    return done.stdout, [line.split("CONSOLE", 1)[1] for line in done.stderr.splitlines() if "CONSOLE" in line]


def _done(*options: str) -> subprocess.CompletedProcess[str]:
    assert CHROMIUM is not None, "Chromium is not installed: run tests/setup.sh"
    return subprocess.run([CHROMIUM, *QUIET, *options], check=True, capture_output=True, text=True, timeout=120)


class _Driven:
    """A Chromium that Playwright drives, started once for all tabs of this process: a start takes a second of processor time, a tab a tenth."""

    def __init__(self) -> None:
        self.playwright: Playwright | None = None
        self.browser: Browser | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def current(self) -> Iterator[Browser]:
        """The browser. Playwright's event loop counts as running within only, so that others can run theirs between two tabs."""
        before = asyncio._get_running_loop()
        asyncio._set_running_loop(self.loop)
        try:
            if self.playwright is None:
                self.playwright = sync_playwright().start()
                self.loop = asyncio.get_running_loop()
            if self.browser is None or not self.browser.is_connected():  # never one that a test brought down
                self.browser = self.playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            yield self.browser
        finally:
            asyncio._set_running_loop(before)

    def close(self) -> None:
        """End both; the next tab starts them again."""
        if self.playwright is not None:
            with self.current() as browser:
                browser.close()
                self.playwright.stop()
        self.__init__()  # type: ignore[misc]


_driven = _Driven()
#: Ends the browser of this process.
close = _driven.close


@contextmanager
def tab(**options: Any) -> Iterator[Page]:
    """A tab of a real browser driven by Playwright, with settings of a context; what goes wrong in the page fails the test.

    Each is a context of its own: it shares no storage, cookies or cache with another.
    """
    faults: list[str] = []
    with _driven.current() as browser:
        context = browser.new_context(**{"locale": "en-US", **options})
        try:
            page = context.new_page()
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on("console", lambda m: faults.append(m.text) if "Content Security Policy" in m.text else None)
            yield page
        finally:
            context.close()
    assert faults == []


def found_by_axe(page: Page, *rules: str) -> list[object]:
    """What axe-core finds in an open page, by all its rules or by some: rule and places.

    What it finds is asked for once more: a page may be half way to the other shade or language.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe() or "")
    if not _violations(page, rules):
        return []
    page.wait_for_timeout(SETTLED)
    return _violations(page, rules)


def _violations(page: Page, rules: Sequence[str]) -> list[object]:
    out: list[object] = page.evaluate(
        "rules => axe.run(document, {resultTypes: ['violations'], ...(rules.length ? {runOnly: rules} : {})})"
        ".then(f => f.violations.map(v => [v.id, v.nodes.slice(0, 3).map(n => n.html.slice(0, 200))]))",
        list(rules),
    )
    return out


def smallest_text(page: Page) -> float:
    """The size in pixels of the smallest text that is shown, that of drawings as they are scaled."""
    return float(
        page.evaluate(
            "Math.min(...[...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && e.getClientRects().length"
            " && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())).map(e => parseFloat("
            "getComputedStyle(e).fontSize) * (e.ownerSVGElement ? e.getScreenCTM().a : 1)))"
        )
    )


def overflow(page: Page) -> int:
    """Pixels by which a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))

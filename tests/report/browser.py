"""Debian's Chromium without a window: pictures of pages, and what axe-core finds in them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium")
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars")
#: Milliseconds of the page's own clock that its scripts have.
BUDGET = 20_000


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


@contextmanager
def tab(**options: Any) -> Iterator[Page]:
    """A tab of a real browser driven by Playwright, with settings of a context; what goes wrong in the page fails the test."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(**{"locale": "en-US", **options}).new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda m: faults.append(m.text) if "Content Security Policy" in m.text else None)
        yield page
        browser.close()
    assert faults == []


def found_by_axe(page: Page, *rules: str) -> list[object]:
    """What axe-core finds in an open page, by all its rules or by some: rule and places."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe() or "")
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

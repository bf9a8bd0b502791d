"""Debian's Chromium without a window: pictures of pages, and what axe-core finds in them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium")
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars")
#: Dark pages are asked for by this setting.
DARK = "--blink-settings=preferredColorScheme=0"
#: Milliseconds of the page's own clock that its scripts have.
BUDGET = 20_000
RUN = (
    "axe.run(document, {resultTypes: ['violations']}).then(found => { const e = document.createElement('pre'); e.id = 'axe';"
    " e.textContent = JSON.stringify(found.violations.map(v => [v.id, v.nodes.slice(0, 3).map(n => n.html.slice(0, 200))]));"
    " document.body.append(e); });"
)


def axe() -> str | None:
    """axe-core's script, out of the package that carries it; None where it is not installed."""
    found = find_spec("axe_playwright_python")
    return None if found is None or not found.origin else Path(found.origin).with_name("axe.min.js").read_text("utf-8")


def shown(address: str, out: Path, width: int, height: int, dark: bool) -> None:
    """A picture of a page."""
    size = f"--window-size={width},{height}"
    _run(size, f"--screenshot={out}", *([DARK] if dark else []), address)


def violations(html: str, folder: Path, dark: bool = False, width: int = 1280) -> list[object]:
    """What axe-core finds in a page: rule and places. The page's own policy would not let it in, and is left out."""
    script = axe()
    assert script is not None
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    page = folder / "page.html"
    page.write_text(
        bare.replace("</body>", f"<script>{script}</script><script>{RUN}</script></body>"), encoding="utf-8"
    )
    size = f"--window-size={width},900"
    text = _run(f"--virtual-time-budget={BUDGET}", size, "--dump-dom", *([DARK] if dark else []), page.as_uri())
    found = re.search('<pre id="axe">(.*?)</pre>', text, re.S)
    assert found, "axe-core did not finish"
    out: list[object] = json.loads(unescape(found[1]))
    return out


def opened(address: str, profile: Path, *options: str) -> tuple[str, list[str]]:
    """The document of a page after its scripts ran, and what the browser wrote to its console, refusals by policy among it."""
    settings = (f"--user-data-dir={profile}", "--enable-logging=stderr", f"--virtual-time-budget={BUDGET // 4}")
    done = _done(*settings, *options, "--dump-dom", address)
    return done.stdout, [line.split("CONSOLE", 1)[1] for line in done.stderr.splitlines() if "CONSOLE" in line]


def _run(*options: str) -> str:
    return _done(*options).stdout


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


def found_by_axe(page: Page) -> list[object]:
    """What axe-core finds in an open page: rule and places."""
    page.evaluate(axe() or "")
    out: list[object] = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']})"
        ".then(f => f.violations.map(v => [v.id, v.nodes.slice(0, 3).map(n => n.html.slice(0, 200))]))"
    )
    return out


def smallest_text(page: Page) -> float:
    """The size in pixels of the smallest text that is shown."""
    return float(
        page.evaluate(
            "Math.min(...[...document.querySelectorAll('body *')].filter(e => e.offsetParent && [...e.childNodes]"
            ".some(n => n.nodeType === 3 && n.textContent.trim())).map(e => parseFloat(getComputedStyle(e).fontSize)))"
        )
    )


def overflow(page: Page) -> int:
    """Pixels by which a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))

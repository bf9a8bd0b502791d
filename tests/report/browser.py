"""Debian's Chromium without a window: pictures of pages, and what axe-core finds in them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from importlib.util import find_spec
from pathlib import Path

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

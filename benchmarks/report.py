"""How long a report takes to render and to be painted, how large it is: `python benchmarks/report.py` (results/report.json).

Typed verdicts of all outcomes, each rendered 20 times in one process after a first time that compiles the templates; then opened
five times in a new tab of Chromium, whose own clock says when it painted first. Times are of the clock, and those of rendering of
the processor too, which other programs on the machine change less.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from machine import save
from playwright.sync_api import Browser, sync_playwright

from tests.report import browser, page_verdicts
from tests.report.test_page import rendered

TIMES, OPENED = 20, 5
#: The milliseconds from the navigation to the first paint of a content, once it has been.
PAINTED = """new Promise(done => new PerformanceObserver(seen => seen.getEntries().forEach(
  e => e.name === "first-contentful-paint" && done(e.startTime))).observe({type: "paint", buffered: true}))"""


def rendering(name: str) -> tuple[str, dict[str, float]]:
    """The page; milliseconds (the first, the median and the slowest of the others) and kilobytes."""
    verdict, columns = page_verdicts.ALL[name](), 2000 if name == "many_classes" else 0
    took, used = [], []
    for _ in range(TIMES + 1):
        start, before = time.perf_counter(), time.process_time()
        html = rendered(verdict, columns)
        took.append(1000 * (time.perf_counter() - start))
        used.append(1000 * (time.process_time() - before))
    first, rest = took[0], took[1:]
    ms = {"first_ms": first, "median_ms": statistics.median(rest), "slowest_ms": max(rest), "first_cpu_ms": used[0],
          "median_cpu_ms": statistics.median(used[1:])}  # fmt: skip
    return html, {**{k: round(v, 1) for k, v in ms.items()}, "kb": round(len(html.encode()) / 1000, 1)}


def painting(chromium: Browser, html: str, folder: Path) -> dict[str, float]:
    """Milliseconds to the first paint (median and slowest), and how many elements there are."""
    path, took, elements = folder / "report.html", [], 0
    path.write_text(html, encoding="utf-8")
    for _ in range(OPENED):
        page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(path.as_uri())
        took.append(float(page.evaluate(PAINTED)))
        elements = int(page.evaluate("document.querySelectorAll('*').length"))
        page.context.close()
    return {
        "paint_ms": round(statistics.median(took), 1),
        "slowest_paint_ms": round(max(took), 1),
        "elements": elements,
    }


def main() -> None:
    """Measure all of them; the load of the machine stands before and after."""
    load, made = [round(os.getloadavg()[0], 1)], {name: rendering(name) for name in page_verdicts.ALL}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        chromium = playwright.chromium.launch(executable_path=browser.CHROMIUM, args=["--no-sandbox"])
        out = {name: {**ms, **painting(chromium, html, Path(folder))} for name, (html, ms) in made.items()}
        chromium.close()
    save("report", {"load": [*load, round(os.getloadavg()[0], 1)], "outcomes": out})


if __name__ == "__main__":
    main()

"""axe-core finds nothing in the report, in a real browser, light and dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.report import browser, page_verdicts
from tests.report.test_page import rendered

needed = pytest.mark.skipif(browser.CHROMIUM is None or browser.axe() is None, reason="needs Chromium and axe-core")


@pytest.mark.slow
@needed
@pytest.mark.parametrize(
    ("name", "dark"), [("yes_no", False), ("yes_no", True), ("shop", False), ("many_classes", False)]
)
def test_axe_finds_nothing(name: str, dark: bool, tmp_path: Path) -> None:
    assert browser.violations(rendered(page_verdicts.ALL[name]()), tmp_path, dark) == []


@pytest.mark.slow
@needed
def test_axe_would_find_something(tmp_path: Path) -> None:
    html = rendered(page_verdicts.yes_no()).replace("<main>", '<main><img src="data:,"><input>')
    assert {rule for rule, _ in browser.violations(html, tmp_path)} >= {"image-alt", "label"}  # type: ignore[misc]


def test_everything_to_act_on_is_reached_by_the_keyboard() -> None:
    html = rendered(page_verdicts.yes_no())
    assert re.findall(r'tabindex="(?!0")', html) == []
    assert re.search("<(div|span|p|td|tr|li)[^>]*(onclick|role=.button)", html) is None
    inputs = re.findall(r'<input type="(?:range|radio)"[^>]* id="([^"]+)"', html)
    assert inputs and all(f'for="{name}"' in html for name in inputs)

"""axe-core finds nothing on any page in a real browser, in both languages, light and dark; no text is small, nothing is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.hostile import small_products
from tests.report import all_pages, browser, page_verdicts
from tests.report.all_pages import Shown
from tests.report.test_page import rendered

needed = pytest.mark.skipif(browser.CHROMIUM is None or browser.axe() is None, reason="needs Chromium and axe-core")
SHADES = ("light", "dark")


@pytest.fixture
def pages(built: Path, tmp_path: Path) -> Iterator[Mapping[str, Shown]]:
    shop = small_products.shop(tmp_path / "shop")
    with all_pages.serving(built, shop, tmp_path) as found:
        yield {**all_pages.reports(tmp_path), **found}


@pytest.mark.slow
@needed
def test_axe_finds_nothing_and_phones_need_no_scroll(pages: Mapping[str, Shown]) -> None:
    found = dict[str, object]()
    with browser.tab(viewport={"width": 390, "height": 800}) as page:
        for name, shown in pages.items():
            page.goto(shown.address)
            shown.act(page)
            found |= {f"{name}, {where}": fault for where, fault in _faults(page) if fault}
    assert found == {}


def _faults(page: Page) -> Iterator[tuple[str, object]]:
    """What is wrong with a page: by all rules in one shade of each language, by that of contrast in the other."""
    for language, shades in (("en", SHADES), ("zh", SHADES[::-1])):
        page.locator(f".switch label[for={language}]").click()
        for shade, rules in zip(shades, ((), ("color-contrast",)), strict=True):
            page.emulate_media(color_scheme=shade)  # type: ignore[arg-type]
            yield f"{language}, {shade}", browser.found_by_axe(page, *rules)
        yield f"{language}, pixels beyond the window", max(browser.overflow(page), 0)
        yield f"{language}, pixels of text below 12", max(12 - browser.smallest_text(page), 0)


@pytest.mark.slow
@needed
def test_axe_would_find_something(tmp_path: Path) -> None:
    html = rendered(page_verdicts.yes_no()).replace("<main>", '<main><img src="data:,"><input>')
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    with browser.tab() as page:
        page.goto((tmp_path / "page.html").as_uri())
        assert {rule for rule, _ in browser.found_by_axe(page)} >= {"image-alt", "label"}  # type: ignore[misc]


@pytest.mark.slow
@needed
def test_no_text_of_a_drawing_is_small_at_any_width(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(rendered(page_verdicts.yes_no()), encoding="utf-8")
    small = dict[int, float]()
    with browser.tab() as page:
        page.goto((tmp_path / "page.html").as_uri())
        for width in (1280, 1000, 820, 768, 761, 760, 600, 390, 360, 320):
            page.set_viewport_size({"width": width, "height": 800})
            small[width] = browser.smallest_text(page)
    assert {width: size for width, size in small.items() if size < 12} == {}


@pytest.mark.slow
@needed
def test_a_report_reads_without_scripts(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(rendered(page_verdicts.yes_no()), encoding="utf-8")
    with browser.tab(java_script_enabled=False, viewport={"width": 390, "height": 800}) as page:
        page.goto((tmp_path / "page.html").as_uri())
        said = page.inner_text("main")
        assert all(words in said for words in ("82 of 100", "How to use it", "All candidates")) and "选用" not in said
        page.locator("label[for=zh]").click()
        assert "82" in page.inner_text("main") and "选用" in page.inner_text("main")


def test_everything_to_act_on_is_reached_by_the_keyboard() -> None:
    html = rendered(page_verdicts.yes_no())
    assert re.findall(r'tabindex="(?!0")', html) == []
    assert re.search("<(div|span|p|td|tr|li)[^>]*(onclick|role=.button)", html) is None
    inputs = re.findall(r'<input type="(?:range|radio)"[^>]* id="([^"]+)"', html)
    assert inputs and all(f'for="{name}"' in html for name in inputs)

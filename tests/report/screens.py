"""Pictures of every page at three widths, light and dark, in English and Chinese, and sheets of them: `make screens`.

python -m tests.report.screens FOLDER [NAME ...]   # names of pages, or addresses of pages of a running `breakeven serve`
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.report import all_pages, browser
from tests.report.all_pages import Shown

WIDTHS = (1280, 768, 390)
LANGUAGES = {"en": "en-US", "zh": "zh-CN"}
#: Pixels; what is longer is cut off, as a browser paints no more.
TALL = 16_000
#: Pixels of the width of a sheet, and between its pictures before they are brought to size.
SHEET, GAP = 2400, 12


def main(folder: Path, wanted: list[str]) -> None:
    """Take them."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        addresses = {f"page-{i}": Shown(a) for i, a in enumerate(wanted) if "://" in a}
        names = [name for name in wanted if "://" not in name]
        with every_page(Path(place)) as pages, closing(browser):
            for name, shown in {**pages, **addresses}.items():
                if not names or name in names:
                    for language in LANGUAGES:
                        made = folder / f"sheet-{name}-{language}.png"
                        sheet(list(pictures(name, shown, language, folder)), made)
                        print(made, flush=True)


@contextmanager
def every_page(place: Path) -> Iterator[Mapping[str, Shown]]:
    """Reports of every outcome, and every page of small products that are built and served here."""
    with all_pages.serving(*all_pages.build(place), place) as pages:
        yield {**all_pages.reports(place), **pages}


def pictures(name: str, shown: Shown, language: str, folder: Path) -> Iterator[Path]:
    """A page at all widths and shades, after what a person does on it."""
    with browser.tab(locale=LANGUAGES[language], viewport={"width": WIDTHS[0], "height": 900}) as page:
        page.goto(shown.address)
        shown.act(page)
        for width in WIDTHS:
            for shade in ("light", "dark"):
                path = folder / f"{name}-{language}-{width}-{shade}.png"
                take(page, path, width, shade)
                yield path


def take(page: Page, path: Path, width: int, shade: str) -> None:
    """One picture of the whole page."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if shade == "dark" else "light")
    height = min(TALL, page.evaluate("document.documentElement.scrollHeight"))
    page.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})


def sheet(taken: list[Path], path: Path) -> None:
    """Pictures side by side in one scale; what is much longer than all of them are wide is cut off."""
    images = [Image.open(one).convert("RGB") for one in taken]
    wide = sum(one.width + GAP for one in images)
    out = Image.new("RGB", (wide, min(max(one.height for one in images), wide)), "#888888")
    left = 0
    for one in images:
        out.paste(one, (left, 0))
        left += one.width + GAP
    out.resize((SHEET, SHEET * out.height // out.width), Image.Resampling.LANCZOS).save(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

"""Every page in the states that people see, for axe-core and for pictures: reports as files, the others served on a free port."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import numpy as np
from playwright.sync_api import Page

from breakeven import pipeline
from breakeven.features.image import png
from breakeven.runtime.predictor import find, load
from breakeven.scenarios.predict.service import PredictService
from breakeven.scenarios.recommend import product as shop_product
from breakeven.scenarios.recommend.service import ShopService, open_service
from breakeven.scenarios.registry import load_brief
from breakeven.scenarios.support import page as chat_page
from breakeven.scenarios.support.service import SupportService
from breakeven.serving.app import application
from tests.conftest import QUICK, customers
from tests.hostile.serving import served
from tests.report import page_verdicts
from tests.report.test_page import rendered
from tests.scenarios.predict.page_products import odd, pictures, texts
from tests.scenarios.recommend import conftest as shops
from tests.scenarios.support import desk_pages, sections
from tests.scenarios.support.desk_books import BOOK

SENTENCE = {"en": "It pays: the own model is right more often.", "zh": "值得：自己的模型更准。"}
STAFF = "Li Wei"


@dataclass(frozen=True)
class Shown:
    """A page, and what a person does on it before it is looked at."""

    address: str
    act: Callable[[Page], object] = lambda page: None


def reports(place: Path) -> dict[str, Shown]:
    """Reports of all scenarios and outcomes as files."""
    verdicts = {
        **{f"report-{name}": made() for name, made in page_verdicts.ALL.items()},
        "report-support": sections.document(sections.section()),
        "report-support-none": sections.document(sections.uncertified()),
    }
    for name, verdict in verdicts.items():
        columns = 2000 if name == "report-many_classes" else 0
        (place / f"{name}.html").write_text(rendered(verdict, columns), encoding="utf-8")
    return {name: Shown((place / f"{name}.html").as_uri()) for name in verdicts}


def build(place: Path) -> tuple[Path, Path]:
    """A product of a table and one of a shop, built with few candidates."""
    table = place / "table"
    table.mkdir()
    (table / "data.csv").write_text(customers(), encoding="utf-8")
    brief = "name: churn\nscenario: predict\ndata: data.csv\ntarget: left\neffort: 1\nsplit: {by: random}\n"
    (table / "product.yaml").write_text(brief, encoding="utf-8")
    pipeline.build(load_brief(table), names=QUICK)
    shop = shops.folder(place / "shop", limits={"minutes": 1})
    pipeline.build(load_brief(shop), names=shops.QUICK)
    return table, shop


@contextmanager
def serving(table: Path, shop: Path, place: Path) -> Iterator[Mapping[str, Shown]]:
    """The pages by their names, while they are served. Builds are copied to `place`, where events and outcomes are kept."""
    own = [shutil.copytree(folder, place / name, symlinks=True) for folder, name in ((table, "t"), (shop, "s"))]
    made: list[SupportService] = []

    async def open_desk() -> None:
        chat = chat_page.PageEndpoints(chat_page.about("desk", BOOK, SENTENCE)).endpoints()
        made.append(desk_pages.service(place / "desk", also=chat))

    asyncio.run(open_desk())
    rows = [PredictService(p, place / p.about.name, {}) for p in (load(find(own[0])[0]), odd(), texts(), pictures())]
    picture = place / "bright.png"
    picture.write_bytes(png(np.linspace(0, 255, 8 * 8 * 3).reshape(8, 8, 3).astype(np.uint8)))
    shop_service = _shop(own[1])
    with served(application([*rows, shop_service, *made])) as url:
        desk = desk_pages.Address(f"{url}/desk")
        key = desk_pages.fill(desk)
        desk.post(f"v1/desk/conversations/{key}/take", {"staff": STAFF})
        desk.post(f"v1/desk/conversations/{key}/reply", {"staff": STAFF, "text": "Good day, which card is it?"})
        yield {
            "list": Shown(f"{url}/"),
            **_rows(url, picture),
            **_shops(f"{url}/{quote(shop_service.name)}"),
            **_desks(desk.url),
        }


def _shop(folder: Path) -> ShopService:
    """A shop with an experiment, where some items are sold out."""
    loaded = shop_product.load(folder / "build" / "latest" / "product")
    n = len(loaded.catalogue.ids)
    listed = replace(loaded.catalogue, prices=np.arange(n) + 1.5, stock=np.arange(n) % 5.0)
    arms = {"new": {"share": 0.5}, "old": {"share": 0.5, "shelf": "neighbours"}}
    return open_service(
        replace(loaded, about={**loaded.about, "arms": arms}, catalogue=listed), folder, {"sentence": SENTENCE}
    )


def _rows(url: str, picture: Path) -> dict[str, Shown]:
    def answer(page: Page) -> None:
        page.locator("button.main").click()
        page.locator("#answer .said").wait_for()

    def twice(page: Page) -> None:
        answer(page)
        page.locator("[data-name=age] input").fill("71")
        answer(page)
        page.locator("#recent li").nth(1).wait_for()

    def refused(page: Page) -> None:
        page.locator("[data-name=age] input").fill("old")
        page.keyboard.press("Enter")
        page.locator("#answer [role=alert]").wait_for()

    def file(page: Page) -> None:
        given = {"name": "new.csv", "mimeType": "text/csv", "buffer": customers(12).replace("2025-03", "soon").encode()}
        page.locator("#file input").set_input_files([given])  # type: ignore[list-item]
        page.locator("#file button").click()
        page.locator("#rows table").wait_for()

    def pictured(page: Page) -> None:
        page.locator("input[type=file]").set_input_files(picture)
        answer(page)

    return {
        "table": Shown(f"{url}/churn/", twice),
        "table-error": Shown(f"{url}/churn/", refused),
        "table-file": Shown(f"{url}/churn/", file),
        "table-odd": Shown(f"{url}/{quote('שם')}/", answer),
        "texts": Shown(f"{url}/tickets/", answer),
        "pictures": Shown(f"{url}/light/", pictured),
        "docs": Shown(f"{url}/churn/docs", _opened),
    }


def _shops(url: str) -> dict[str, Shown]:
    def search(page: Page) -> None:
        page.locator(".card").first.wait_for()
        page.locator("#q").fill("mug")
        page.locator(".found li").first.wait_for()

    def staff(page: Page) -> None:
        page.locator(".card").first.wait_for()
        page.locator("input[name=mode][value=keep]").check()
        page.locator(".card button").first.click()
        page.locator("#told", has_text=re.compile("Stored|已保存")).wait_for()
        page.locator("#shelf:not([aria-busy])").wait_for()

    return {
        "shop-page": Shown(f"{url}/", search),
        "shop-staff": Shown(f"{url}/", staff),
        "docs-shop": Shown(f"{url}/docs", _opened),
    }


def _desks(url: str) -> dict[str, Shown]:
    def chat(page: Page) -> None:
        for text in ("when are you open?", "fee to transfer money"):
            count = page.locator(".ai .text").count()
            page.get_by_role("textbox").fill(text)
            page.get_by_role("textbox").press("Enter")
            page.locator(".ai .text").nth(count).wait_for()

    def desk(page: Page) -> None:
        page.locator("#staff").fill(STAFF)
        page.locator("label[for=status-person]").click()
        page.locator(".item", has_text="Eve").click()
        page.locator("#reply").wait_for()

    def view(name: str, part: str) -> Callable[[Page], object]:
        def act(page: Page) -> None:
            page.locator("#staff").fill(STAFF)
            page.locator(f"[data-view={name}]").click()
            page.locator(part).first.wait_for()

        return act

    return {
        "chat": Shown(f"{url}/", chat),
        "desk": Shown(f"{url}/desk", desk),
        "desk-queue": Shown(f"{url}/desk", lambda page: page.locator(".item").first.wait_for()),
        "desk-figures": Shown(f"{url}/desk", view("figures", ".tiles")),
        "desk-unanswered": Shown(f"{url}/desk", view("unanswered", ".group-of")),
        "desk-audit": Shown(f"{url}/desk", view("audit", "#audit .group-of")),
        "docs-desk": Shown(f"{url}/docs", _opened),
    }


def _opened(page: Page) -> None:
    """The first operation unfolded, and its answer."""
    first = page.locator(".operation").first
    first.locator("summary").click()
    first.locator("button[type=submit]").click()
    first.locator(".reply pre, .reply .note").first.wait_for()

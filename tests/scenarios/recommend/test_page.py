"""The shop's page: its buttons, and what staff do with it in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from breakeven.features.image import png
from breakeven.scenarios.recommend import page, product
from breakeven.scenarios.recommend.service import open_service
from breakeven.serving.app import application
from tests.hostile.serving import served
from tests.report import browser

#: The smallest picture.
PIXEL = png(np.zeros((8, 8, 3), dtype=np.uint8))
needed = pytest.mark.skipif(browser.CHROMIUM is None, reason="needs Chromium")


@pytest.fixture
def address(made: Path, tmp_path: Path) -> Iterator[str]:
    place = tmp_path / "shop"
    shutil.copytree(made, place, symlinks=True)
    loaded = product.load(place / "build" / "latest" / "product")
    with served(application([open_service(loaded, place, {})])) as where:
        yield where


@pytest.mark.parametrize(
    ("kinds", "offered"),
    [
        (["view", "cart", "purchase"], ["view", "cart", "purchase"]),
        (["view", "click", "cart", "star", "purchase", "dislike", "refund"], ["view", "click", "purchase", "dislike"]),
        (["poke"], ["poke"]),
        ([], []),
    ],
)
def test_an_item_has_few_buttons_the_lightest_first_and_one_no(kinds: list[str], offered: list[str]) -> None:
    assert page.offered(kinds) == offered


@pytest.mark.slow
@needed
def test_clicks_are_stored_only_when_staff_say_so(address: str) -> None:
    with browser.tab() as tab:
        written: list[str] = []
        tab.on("request", lambda r: written.append(r.url) if r.method == "POST" and "session" not in r.url else None)
        tab.goto(address)
        tab.locator(".card").first.wait_for()
        person = tab.get_by_role("combobox", name="Person").input_value()
        before = tab.locator("#did li").count()
        tab.locator(".card button").first.click()
        tab.locator("#told", has_text="Nothing was stored").wait_for()
        assert "in this page" in tab.locator("#did li").first.inner_text() and written == []
        tab.get_by_role("button", name="Show the shelf").click()
        tab.locator("#told", has_text="For").wait_for()
        assert tab.locator("#did li").count() == before and "in this page" not in tab.inner_text("#did")
        tab.get_by_label("Staff: store my clicks").check()
        assert tab.locator("#keep-note").is_visible()
        title = tab.locator(".card b").first.inner_text()
        tab.locator(".card button").first.click()
        tab.locator("#told", has_text="Stored").wait_for()
        assert [url.rpartition("/v1/")[2] for url in written] == ["events"] and person in tab.inner_text("#told")
        assert title in tab.locator("#did li").first.inner_text()


@pytest.mark.slow
@needed
def test_a_visitor_without_a_name_is_never_stored(address: str) -> None:
    with browser.tab() as tab:
        tab.goto(address)
        tab.locator(".card").first.wait_for()
        tab.get_by_role("combobox", name="Person").fill("")
        tab.get_by_role("button", name="Show the shelf").click()
        tab.locator("#told", has_text="a new visitor").wait_for()
        assert "what is popular" in tab.inner_text("#did")
        tab.get_by_label("Staff: store my clicks").check()
        tab.locator(".card button").first.click()
        assert "need a person" in tab.inner_text("#told")


@pytest.mark.slow
@needed
def test_pictures_come_from_the_addresses_of_the_shop_alone(made: Path, tmp_path: Path) -> None:
    place = shutil.copytree(made, tmp_path / "shop", symlinks=True)
    loaded = product.load(place / "build" / "latest" / "product")
    one, other = "https://img.shop.example/small", "https://elsewhere.example/2.png"
    count = len(loaded.catalogue.ids)
    images = tuple((f"mug {i}.png", f"{one}/{i}.png", other)[i % 3] for i in range(count))
    listed = replace(loaded.catalogue, images=images)
    shown = replace(loaded, catalogue=listed, about={**loaded.about, "pictures": [one]})
    asked: list[str] = []
    with served(application([open_service(shown, place, {})])) as where, browser.tab() as tab:
        tab.route(re.compile("^https:"), lambda route: (asked.append(route.request.url), route.fulfill(body=PIXEL)))
        tab.goto(where)
        tab.locator(".card").first.wait_for()
        tab.locator(".card").first.scroll_into_view_if_needed()
        assert tab.locator(".card img").first.evaluate("async i => { await i.decode(); return i.naturalWidth; }") == 8
        assert tab.evaluate(
            "[...document.images].every(i => i.loading === 'lazy' && i.referrerPolicy === 'no-referrer')"
        )
        found = tab.request.get(f"{where}/v1/items?k={count}").json()["items"]
    assert asked and all(url.startswith(f"{one}/") for url in asked)
    assert [item.get("image") for item in found[:3]] == [f"{one}/mug%200.png", f"{one}/1.png", None]


@pytest.mark.slow
@needed
def test_the_keyboard_alone_shows_a_shelf_and_clicks(address: str) -> None:
    with browser.tab() as tab:
        tab.goto(address)
        tab.locator(".card").first.wait_for()
        tab.locator("#user").focus()
        tab.keyboard.press("ControlOrMeta+A")
        tab.keyboard.type("u3")
        tab.keyboard.press("Enter")
        tab.locator("#told", has_text="For u3").wait_for()
        for _ in range(3):  # category, variety, what clicks do
            tab.keyboard.press("Tab")
        tab.keyboard.press("ArrowDown")
        assert tab.locator("#keep-note").is_visible()
        for _ in range(2):  # the form's button, then the first item's
            tab.keyboard.press("Tab")
        tab.keyboard.press("Enter")
        tab.locator("#told", has_text="Stored").wait_for()

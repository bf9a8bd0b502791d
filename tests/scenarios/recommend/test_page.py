"""The shop's page: its buttons, and what staff do with it in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from breakeven.scenarios.recommend import page, product
from breakeven.scenarios.recommend.service import open_service
from breakeven.serving.app import application
from tests.hostile.serving import served
from tests.report import browser

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

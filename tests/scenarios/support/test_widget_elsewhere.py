"""The chat widget on pages of other sites: keys and policies, phones, axe, several widgets."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from breakeven.serving import key_file
from tests.report import browser
from tests.scenarios.support.widget_pages import ask, desk, kept, said_by_staff, say, shop, shop_page

needed = pytest.mark.skipif(browser.CHROMIUM is None, reason="needs Chromium")
slow = pytest.mark.slow
PHONE = {"width": 320, "height": 640}


@slow
@needed
def test_a_page_can_put_its_cookie_banner_above(tmp_path: Path) -> None:
    html = [""]
    with shop(html) as site, desk(tmp_path, origins=frozenset({site})) as served, browser.tab() as tab:
        html[0] = shop_page(
            served.address, 'style="--breakeven-z: 50; --breakeven-accent: rgb(10, 90, 60)" side="left"'
        )
        tab.goto(site)
        style = tab.locator(".bubble").evaluate(
            "b => { const s = getComputedStyle(b); return [s.zIndex, s.backgroundColor, s.left]; }"
        )
        assert style == ["50", "rgb(10, 90, 60)", "20px"]


@slow
@needed
def test_on_a_page_of_another_site_with_a_key_for_chats(tmp_path: Path) -> None:
    key, html = key_file.add(tmp_path, "website", "chat"), [""]
    with shop(html) as site, desk(tmp_path, keys=True, origins=frozenset({site})) as served, browser.tab() as tab:
        html[0] = shop_page(served.address, f'key="{key}" title="Bank"')
        tab.goto(site)
        bubble = tab.get_by_role("button", name="Open chat")
        bubble.click()
        assert tab.get_by_role("dialog", name="Bank").is_visible() and tab.get_by_role("textbox").evaluate(
            "e => e.matches(':focus')"
        )
        say(tab, "When are you open?", "We are open")
        tab.keyboard.press("Escape")
        assert not tab.get_by_role("dialog").is_visible() and bubble.evaluate("e => e.matches(':focus')")
        tab.keyboard.press("Enter")
        assert tab.get_by_role("dialog").is_visible()
        tab.reload()  # it was open, and is again; the page keeps the focus
        tab.locator(".ai .text", has_text="We are open").wait_for()
        assert tab.evaluate("document.activeElement === document.body")


@slow
@needed
def test_a_page_that_is_not_allowed_is_told_and_nothing_is_stored(tmp_path: Path) -> None:
    html = [""]
    with shop(html) as site, desk(tmp_path) as served, browser.tab() as tab:
        html[0] = shop_page(served.address)
        tab.goto(site)
        tab.get_by_role("button", name="Open chat").click()
        say(tab, "When are you open?")
        tab.locator(".told", has_text="not available").wait_for()
        assert ask(served.address, "/v1/desk/queue?status=bot")["bot"] == 0


@slow
@needed
def test_a_closed_chat_counts_what_is_unread(tmp_path: Path) -> None:
    html = [""]
    with shop(html) as site, desk(tmp_path, origins=frozenset({site})) as served, browser.tab() as tab:
        html[0] = shop_page(served.address, "open")
        tab.goto(site)
        say(tab, "agent", "A person takes over")
        tab.get_by_role("button", name="Close chat").click()
        said_by_staff(served.address, str(kept(tab)["conversation"]), "one", "two")
        tab.get_by_role("button", name="Open chat (2 unread)").wait_for()
        assert tab.locator(".badge").inner_text() == "2" and "two" in tab.locator("p.sr").inner_text()
        tab.get_by_role("button", name="Open chat").click()
        tab.get_by_role("button", name="Close chat").click()
        assert not tab.locator(".badge").is_visible()


@slow
@needed
def test_a_strict_policy_of_the_page_needs_only_the_desk(tmp_path: Path) -> None:
    html = [""]
    with shop(html) as site, desk(tmp_path, origins=frozenset({site})) as served, browser.tab() as tab:
        policy = f"default-src 'none'; script-src {served.address}; connect-src {served.address}; require-trusted-types-for 'script'"
        meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}"></head>'
        html[0] = shop_page(served.address).replace("</head>", meta)
        tab.goto(site)
        tab.get_by_role("button", name="Open chat").click()
        say(tab, "When are you open?", "We are open")
        assert tab.locator(".panel").evaluate("p => getComputedStyle(p).position") == "fixed"


@slow
@needed
def test_the_input_stays_in_sight_above_the_keyboard_of_a_phone(tmp_path: Path) -> None:
    html = [""]
    with shop(html) as site, desk(tmp_path, origins=frozenset({site})) as served, browser.tab(viewport=PHONE) as tab:
        html[0] = shop_page(served.address, "open", body="<p>Mugs.</p>" * 60)
        tab.goto(site)
        say(tab, "When are you open?", "We are open")
        tab.set_viewport_size({"width": 320, "height": 300})
        box = tab.get_by_role("textbox").bounding_box()
        assert box is not None and box["y"] + box["height"] <= 300
        last = tab.locator(".ai .text").last.bounding_box()
        assert last is not None and 0 < last["y"] < 300


@slow
@needed
def test_two_widgets_of_a_page_have_conversations_of_their_own(tmp_path: Path) -> None:
    html = [""]
    with shop(html) as site, desk(tmp_path, origins=frozenset({site})) as served, browser.tab() as tab:
        second = f'<breakeven-chat id="second" inline src="{served.address}" lang="en"></breakeven-chat>'
        html[0] = shop_page(served.address, 'id="first" inline', body=second)
        tab.goto(site)
        for name, text in (("first", "When are you open?"), ("second", "agent")):
            box = tab.locator(f"#{name}").get_by_role("textbox")
            box.fill(text)
            box.press("Enter")
            tab.locator(f"#{name} .ai").first.wait_for()
        assert tab.locator("#first .mine").inner_text().endswith("open?") and tab.locator(
            "#second .mine"
        ).inner_text().endswith("agent")
        tab.reload()
        tab.locator("#second .mine").wait_for()
        assert tab.locator("#first .mine").count() == tab.locator("#second .mine").count() == 1


def _fill(tab: Page) -> None:
    say(tab, "fee to transfer money", "Which of these" if tab.evaluate("document.documentElement.lang") == "en" else "")
    tab.locator(".choices button").first.wait_for()


@slow
@needed
@pytest.mark.parametrize(("locale", "shade"), [("en-US", "light"), ("zh-CN", "dark")])
@pytest.mark.parametrize("place", ["own", "bubble", "right to left"])
def test_axe_finds_nothing_on_a_small_phone(tmp_path: Path, locale: str, shade: str, place: str) -> None:
    if browser.axe() is None:
        pytest.skip("needs axe-core")
    html = [""]
    with shop(html) as site, desk(tmp_path, origins=frozenset({site})) as served:
        direction = ' dir="rtl"' if place == "right to left" else ""
        html[0] = shop_page(served.address, language=locale[:2]).replace("<html", f"<html{direction}")
        with browser.tab(locale=locale, color_scheme=shade, viewport=PHONE, reduced_motion="reduce") as tab:
            tab.goto(served.address if place == "own" else site)
            if place != "own":
                assert browser.found_by_axe(tab) == []
                tab.locator(".bubble").click()
                box = tab.locator(".panel").bounding_box()
                assert box is not None and (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 320, 640)
            _fill(tab)
            assert browser.found_by_axe(tab) == []
            assert browser.overflow(tab) <= 0
            sizes = tab.locator(".panel").evaluate(
                "p => [...p.querySelectorAll('*')].filter(e => e.checkVisibility() && e.textContent.trim())"
                ".map(e => parseFloat(getComputedStyle(e).fontSize))"
            )
            assert (
                min(sizes) >= 14 and tab.get_by_role("textbox").evaluate("e => getComputedStyle(e).fontSize") == "16px"
            )
            small = tab.locator(".panel").evaluate(
                "p => [...p.querySelectorAll('button')].filter(b => b.checkVisibility()"
                " && Math.min(b.offsetWidth, b.offsetHeight) < 32).length"
            )
            assert small == 0

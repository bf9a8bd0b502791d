"""The chat widget in a real browser: on the desk's own page."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from playwright.sync_api import Route

from breakeven.scenarios.support import page
from tests.report import browser
from tests.scenarios.support.widget_pages import ask, desk, kept, said_by_staff, say, stored

needed = pytest.mark.skipif(browser.CHROMIUM is None, reason="needs Chromium")
slow = pytest.mark.slow
SCRIPT = page.widget().body.decode()


def test_it_is_small_and_has_no_way_to_run_what_is_written() -> None:
    assert len(gzip.compress(SCRIPT.encode(), 9)) < 15_000
    assert (
        re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|srcdoc", SCRIPT) is None
    )
    assert re.search(r"\bimport\b[^a-z]", SCRIPT) is None


def test_both_languages_have_the_same_words() -> None:
    english, chinese = (
        set(re.findall(r"[ {](\w+): (?:\"|n =>)", part))
        for part in SCRIPT[SCRIPT.index("en: {") : SCRIPT.index("const STYLE")].split("zh: {")
    )
    assert english == chinese and len(english) > 30
    used = set(re.findall(r"\bw\.(\w+)", SCRIPT)) | set(re.findall(r"#words\.(\w+)", SCRIPT))
    assert used <= english


@slow
@needed
def test_a_conversation_from_the_first_question_to_a_person_and_over_a_reload(tmp_path: Path) -> None:
    with desk(tmp_path) as served, browser.tab() as tab:
        tab.goto(served.address)
        say(tab, "When are you open?", "We are open from 9 am")
        assert (
            tab.locator(".who", has_text="AI assistant").count() >= 1
            and "faq.md#hours" in tab.locator(".cite").inner_text()
        )
        say(tab, "fee to transfer money", "Which of these")
        assert "1. Fees" not in tab.locator(".ai .text").last.inner_text()  # they stand on the buttons
        tab.get_by_role("button", name="Fees", exact=True).click()
        tab.locator(".ai .text", has_text="1 USD").wait_for()
        link = tab.get_by_role("link", name="More")
        assert link.get_attribute("href") == "https://bank.example/fees" and "noopener" in (
            link.get_attribute("rel") or ""
        )
        assert tab.get_by_role("button", name="Fees", exact=True).count() == 0  # an answered question is closed
        tab.get_by_role("button", name="Talk to a person").click()
        tab.locator(".line", has_text="A person was asked").wait_for()
        conversation = str(kept(tab)["conversation"])
        said_by_staff(served.address, conversation, "Ann here, how can I help?")
        tab.locator(".person .text", has_text="Ann here").wait_for()
        assert "Staff" in tab.locator("header").last.inner_text()
        before = tab.locator(".log").inner_text()
        tab.reload()
        tab.locator(".person .text", has_text="Ann here").wait_for()
        assert tab.locator(".log").inner_text() == before
        assert kept(tab)["conversation"] == conversation
        say(tab, "thanks")
        tab.locator(".mine .text", has_text="thanks").wait_for()
        tab.locator(".state", has_text="sending").wait_for(state="detached")
        assert stored(served.address, conversation)[-1] == "thanks"
        ask(served.address, f"/v1/desk/conversations/{conversation}/return", {"staff": "Ann"})
        tab.locator(".line", has_text="The AI assistant answers again").wait_for()


@slow
@needed
def test_while_an_answer_is_awaited_that_is_shown(tmp_path: Path) -> None:
    held: list[Route] = []
    with desk(tmp_path) as served, browser.tab() as tab:
        tab.route("**/v1/chat", lambda route: held.append(route))
        tab.goto(served.address)
        say(tab, "When are you open?")
        tab.locator(".dots", has_text="The AI assistant is writing").wait_for()
        held[0].continue_()
        tab.locator(".ai .text", has_text="We are open").wait_for()
        assert tab.locator(".dots").count() == 0


@slow
@needed
def test_what_is_written_is_text(tmp_path: Path) -> None:
    attack = (
        '<img src=x onerror="window.ran=1"><script>window.ran=1</script> javascript:window.ran=1 '
        'https://good.example/a?b=<b> https://evil.example"onclick=x'
    )
    with desk(tmp_path) as served, browser.tab() as tab:
        tab.goto(served.address)
        say(tab, attack)
        tab.locator(".line", has_text="A person was asked").wait_for()
        said_by_staff(served.address, str(kept(tab)["conversation"]), attack)
        tab.locator(".person .text", has_text="onerror").wait_for()
        assert tab.locator(".log img, .log script, .log b").count() == 0
        addresses = tab.locator(".log a").evaluate_all("all => all.map(a => a.href)")
        assert addresses and all(one.startswith("https://") for one in addresses)
        assert tab.evaluate("window.ran") is None
        tab.reload()
        tab.locator(".person .text", has_text="onerror").wait_for()
        assert tab.evaluate("window.ran") is None


@slow
@needed
def test_without_a_connection_messages_wait_and_are_stored_once(tmp_path: Path) -> None:
    with desk(tmp_path) as served, browser.tab() as tab:
        tab.goto(served.address)
        say(tab, "When are you open?", "We are open")
        tab.context.set_offline(True)
        say(tab, "first while away")
        say(tab, "second while away")
        tab.locator(".state", has_text="waiting for a connection").first.wait_for()
        assert "No connection" in tab.locator(".told").inner_text()
        tab.context.set_offline(False)
        tab.locator(".state").first.wait_for(state="detached")
        conversation = str(kept(tab)["conversation"])
        assert stored(served.address, conversation) == ["When are you open?", "first while away", "second while away"]
        assert kept(tab)["outbox"] == []


@slow
@needed
def test_an_answer_that_is_lost_on_the_way_is_asked_for_again_and_stored_once(tmp_path: Path) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        if len(lost) < 2:
            lost.append(route.fetch().text())  # the service has it
            route.abort()
        else:
            route.continue_()

    with desk(tmp_path) as served, browser.tab() as tab:
        tab.route("**/v1/chat", lose)
        tab.goto(served.address)
        say(tab, "When are you open?", "We are open")
        assert len(lost) == 2 and stored(served.address, str(kept(tab)["conversation"])) == ["When are you open?"]
        assert tab.locator(".mine").count() == 1


@slow
@needed
def test_a_reload_while_a_message_waits_sends_it(tmp_path: Path) -> None:
    with desk(tmp_path) as served, browser.tab() as tab:
        tab.goto(served.address)
        tab.locator(".log").wait_for()
        tab.route("**/v1/chat", lambda route: route.abort())
        say(tab, "When are you open?")
        tab.locator(".state", has_text="waiting").wait_for()
        tab.unroute_all()
        tab.reload()
        tab.locator(".ai .text", has_text="We are open").wait_for()
        assert stored(served.address, str(kept(tab)["conversation"])) == ["When are you open?"]


@slow
@needed
def test_enter_that_ends_a_chinese_word_sends_nothing(tmp_path: Path) -> None:
    with desk(tmp_path) as served, browser.tab(locale="zh-CN") as tab:
        tab.goto(served.address)
        box = tab.get_by_role("textbox", name="输入消息")
        box.fill("你们几点")
        box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
        box.evaluate(
            "e => { e.dispatchEvent(new CompositionEvent('compositionend', {bubbles: true}));"
            " e.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true})); }"
        )
        box.press("Shift+Enter")
        assert tab.locator(".mine").count() == 0
        say(tab, "你们几点营业？", "营业时间为")
        assert tab.locator(".mine .who").inner_text() == "您"
        tab.locator("label[for=en]").click()
        assert (
            tab.locator(".mine .who").inner_text() == "You"
            and tab.get_by_role("textbox", name="Write a message").is_visible()
        )


@slow
@needed
def test_enter_after_a_chinese_word_sends_whatever_its_code(tmp_path: Path) -> None:
    with desk(tmp_path) as served, browser.tab(locale="zh-CN") as tab:
        tab.goto(served.address)
        tab.get_by_role("textbox").fill("你们几点营业？")
        tab.get_by_role("textbox").dispatch_event("keydown", {"key": "Enter", "keyCode": 229})
        tab.locator(".ai .text", has_text="营业时间为").wait_for()


@slow
@needed
def test_a_stream_that_breaks_again_and_again_repeats_nothing(tmp_path: Path) -> None:
    with desk(tmp_path) as served, browser.tab() as tab:
        tab.goto(served.address)
        say(tab, "agent", "A person takes over")
        conversation = str(kept(tab)["conversation"])
        for number in range(3):
            tab.context.set_offline(True)
            said_by_staff(served.address, conversation, f"while away {number}")
            tab.context.set_offline(False)
            tab.locator(".person .text", has_text=f"while away {number}").wait_for()
        texts = tab.locator(".person .text").all_inner_texts()
        assert texts == ["while away 0", "while away 1", "while away 2"]


@slow
@needed
def test_the_end_of_a_chat_asks_whether_it_helped_and_it_may_go_on(tmp_path: Path) -> None:
    with desk(tmp_path) as served, browser.tab() as tab:
        tab.goto(served.address)
        say(tab, "When are you open?", "We are open")
        tab.get_by_role("button", name="End chat").click()
        tab.get_by_role("button", name="Go on").click()
        tab.get_by_role("button", name="End chat").click()
        tab.get_by_role("button", name="Yes", exact=True).click()
        tab.locator(".line", has_text="This conversation has ended").wait_for()
        conversation = str(kept(tab)["conversation"])
        assert ask(served.address, f"/v1/chat/{conversation}")["status"] == "closed"
        say(tab, "When are you open?")
        tab.locator(".ai .text", has_text="We are open").nth(1).wait_for()


@slow
@needed
def test_a_conversation_that_is_gone_is_begun_anew(tmp_path: Path) -> None:
    with desk(tmp_path) as served, browser.tab() as tab:
        tab.goto(served.address)
        gone = {
            "conversation": "no-such-conversation",
            "seen": 4,
            "outbox": [{"id": "a" * 32, "text": "When are you open?"}],
        }
        tab.evaluate(
            "([h, v]) => localStorage.setItem(`breakeven-chat ${h} `, JSON.stringify(v))", [served.address, gone]
        )
        tab.reload()
        tab.locator(".ai .text", has_text="We are open").wait_for()
        assert stored(served.address, str(kept(tab)["conversation"])) == ["When are you open?"]


@slow
@needed
def test_a_browser_that_keeps_nothing_can_chat(tmp_path: Path) -> None:
    with desk(tmp_path) as served, browser.tab() as tab:
        tab.add_init_script(
            "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('refused', 'SecurityError'); } })"
        )
        tab.goto(served.address)
        say(tab, "When are you open?", "We are open")


@slow
@needed
@slow
@needed
def test_two_tabs_share_a_conversation(tmp_path: Path) -> None:
    with desk(tmp_path) as served, browser.tab() as tab:
        tab.goto(served.address)
        tab.locator(".log").wait_for()
        other = tab.context.new_page()
        other.goto(served.address)
        other.locator(".log").wait_for()
        say(tab, "agent", "A person takes over")
        other.locator(".line", has_text="A person was asked").wait_for()
        said_by_staff(served.address, str(kept(tab)["conversation"]), "Ann here")
        for one in (tab, other):
            one.locator(".person .text", has_text="Ann here").wait_for()
        say(other, "thanks")
        tab.locator(".mine .text", has_text="thanks").wait_for()
        assert ask(served.address, "/v1/desk/queue?status=person")["person"] == 1
        assert stored(served.address, str(kept(tab)["conversation"])) == ["agent", "thanks"]


@slow
@needed
def test_a_history_is_not_read_out_and_news_are(tmp_path: Path) -> None:
    with desk(tmp_path) as served, browser.tab() as tab:
        tab.goto(served.address)
        say(tab, "When are you open?", "We are open")
        tab.add_init_script(
            "new MutationObserver(() => { const l = document.querySelector('breakeven-chat')?.shadowRoot?.querySelector('[role=log]');"
            " if (l && window.first === undefined && l.querySelector('.ai')) window.first = l.getAttribute('aria-live'); })"
            ".observe(document, {subtree: true, childList: true, attributes: true});"
            " setInterval(() => document.documentElement?.toggleAttribute('data-tick'), 5)"
        )
        tab.reload()
        tab.locator(".ai .text", has_text="We are open").wait_for()
        tab.wait_for_function("window.first !== undefined")
        assert tab.evaluate("window.first") == "off"
        tab.locator("[role=log][aria-live=polite]").wait_for()

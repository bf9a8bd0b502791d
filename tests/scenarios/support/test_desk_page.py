"""The page of the staff in a real browser: what customers write never runs, two do not write to one customer, nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from breakeven.scenarios.support import desk_page
from tests.report import browser
from tests.scenarios.support.desk_pages import HOSTILE, Address, fill, running

needed = pytest.mark.skipif(browser.CHROMIUM is None or browser.axe() is None, reason="needs Chromium and axe-core")
ANN = {"staff": "Ann"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Address]:
    with running(tmp_path) as address:
        yield address


def test_every_view_and_reason_has_words() -> None:
    text = desk_page.page("a <b> desk").body.decode()
    assert "a &lt;b&gt; desk" in text and "<b> desk" not in text
    assert all(f'id="view-{view}"' in text for view in desk_page.VIEWS)
    assert "reason.out of scope" in text


def test_the_page_runs_nothing_inline() -> None:
    made = desk_page.page("desk")
    assert b"script-src 'self'" in made.policy and b"unsafe" not in made.policy
    assert (
        "<script>" not in made.body.decode()
        and "style=" not in made.body.decode()
        and "onclick" not in made.body.decode()
    )


@pytest.mark.parametrize("name", sorted(desk_page.SCRIPTS))
def test_scripts_put_in_nothing_but_text(name: str) -> None:
    script = desk_page.SCRIPTS[name].body.decode()
    assert not [
        word for word in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(") if word in script
    ]


@contextmanager
def staff_tab(desk: Address) -> Iterator[Page]:
    """The desk of a person who gave their name."""
    with browser.tab() as tab:
        tab.goto(f"{desk.url}/desk")
        tab.get_by_label("Your name").fill("Li Wei")
        yield tab


@pytest.mark.slow
@needed
def test_what_customers_write_is_never_run(desk: Address) -> None:
    fill(desk)
    desk.say("agent", customer=f"Zed {HOSTILE}"[:190])
    with browser.tab() as tab:
        tab.goto(f"{desk.url}/desk")
        tab.get_by_label("Your name").fill(HOSTILE)
        tab.locator(".item", has_text="Zed").click()
        tab.locator("#take").click()
        tab.locator("#log", has_text="took it").wait_for()
        tab.locator(".item", has_text="Eve").click()
        tab.locator("#log p", has_text="lost").wait_for()
        assert tab.locator("#log p", has_text="onerror").inner_text() == HOSTILE
        assert tab.locator("#talk img, #packet img, .queue img, #talk script, #packet script").count() == 0
        assert "run" not in tab.title() and tab.title().startswith("(")


@pytest.mark.slow
@needed
def test_take_reply_mark_and_close(desk: Address) -> None:
    key = fill(desk)
    with browser.tab() as tab:
        tab.goto(f"{desk.url}/desk")
        tab.locator(".item", has_text="Eve").click()
        tab.locator("#take").click()
        tab.locator("#told", has_text="Write your name first").wait_for()
        tab.get_by_label("Your name").fill("Li Wei")
        tab.locator("#take").click()
        tab.locator("#text").fill("Good day <b>Eve</b>")
        tab.locator("#text").press("Control+Enter")
        tab.locator(".said-by.person", has_text="Good day <b>Eve</b>").wait_for()
        expect(tab.locator("#text")).to_have_value("")
        tab.locator("#message").select_option(index=0)
        tab.get_by_label("Right topic").fill("nonsense")
        tab.get_by_role("button", name="Keep for training").click()
        tab.locator("#marked", has_text="no such topic").wait_for()
        tab.get_by_label("Right topic").fill("Opening hours")
        tab.get_by_role("button", name="Keep for training").click()
        tab.locator("#marked", has_text="Kept").wait_for()
        tab.get_by_role("button", name="Close as solved").click()
        tab.locator("#log", has_text="Closed").wait_for()
        assert not tab.locator("#take").is_visible()
        tab.reload()
        assert tab.get_by_label("Your name").input_value() == "Li Wei"
    seen = desk.get(f"v1/chat/{key}")
    assert seen["status"] == "closed"
    assert [e["text"] for e in seen["entries"] if e.get("by") == "person"] == ["Good day <b>Eve</b>"]
    topics = [e for e in desk.get(f"v1/desk/conversations/{key}")["entries"] if e["kind"] == "topic"]
    assert [e["topic"] for e in topics] == ["hours"]


@pytest.mark.slow
@needed
def test_who_is_second_is_told_and_keeps_what_was_typed(desk: Address) -> None:
    key = fill(desk)
    one = f"v1/desk/conversations/{key}"
    with staff_tab(desk) as tab:
        tab.locator(".item", has_text="Eve").click()
        tab.locator("#take").wait_for()
        tab.route("**/v1/desk/conversations/*/take", lambda route: (desk.post(f"{one}/take", ANN), route.continue_()))
        tab.locator("#take").click()
        tab.locator("#told", has_text="Ann was faster").wait_for()
        assert not tab.locator("#reply").is_visible()
        desk.post(f"{one}/return", ANN)
        tab.unroute("**/v1/desk/conversations/*/take")
        tab.locator("#take").click()
        tab.locator("#text").fill("half a sent")
        desk.post(f"{one}/return", {"staff": "Li Wei"})
        desk.post(f"{one}/take", ANN)
        tab.locator("#told", has_text="Ann has it").wait_for()
        assert tab.locator("#text").input_value() == "half a sent" and tab.locator("#send").is_disabled()


@pytest.mark.slow
@needed
def test_a_draft_stays_while_others_are_looked_at_and_messages_come(desk: Address) -> None:
    key = fill(desk)
    with staff_tab(desk) as tab:
        tab.locator(".item", has_text="Eve").click()
        tab.locator("#take").click()
        tab.locator("#text").fill("a draft")
        desk.say("are you there?", conversation=key)
        tab.locator("#log", has_text="are you there?").wait_for()
        assert tab.locator("#text").input_value() == "a draft"
        tab.locator(".item", has_text="Bo Chen").click()
        tab.locator("#talk-title", has_text="Bo Chen").wait_for()
        assert tab.locator("#text").input_value() == ""
        tab.locator("label[for=status-person]").click()
        tab.locator(".item", has_text="Eve").click()
        tab.locator("#talk-title", has_text="Eve").wait_for()
        assert tab.locator("#text").input_value() == "a draft"
        tab.reload()
        tab.locator("label[for=status-person]").click()
        tab.locator(".item", has_text="Eve").click()
        tab.locator("#talk-title", has_text="Eve").wait_for()
        assert tab.locator("#text").input_value() == "a draft"


@pytest.mark.slow
@needed
def test_no_message_is_left_out_of_a_fast_exchange(desk: Address) -> None:
    key = fill(desk)
    one = f"v1/desk/conversations/{key}"
    with browser.tab() as tab:
        tab.goto(f"{desk.url}/desk")
        tab.locator(".item", has_text="Eve").click()
        tab.locator("#log p", has_text="lost").wait_for()
        desk.post(f"{one}/take", ANN)
        for n in range(40):
            desk.say(f"question {n}.", conversation=key)
            desk.post(f"{one}/reply", {**ANN, "text": f"reply {n}."})
        tab.locator("#log p", has_text="reply 39.").wait_for()
        said = [text for text in tab.locator("#log p").all_inner_texts() if text[:6] in ("questi", "reply ")]
    assert said == [f"{who} {n}." for n in range(40) for who in ("question", "reply")]


@pytest.mark.slow
@needed
def test_a_reply_whose_answer_was_lost_is_stored_once(desk: Address) -> None:
    key = fill(desk)
    with staff_tab(desk) as tab:
        tab.locator(".item", has_text="Eve").click()
        tab.locator("#take").click()
        tab.locator("#text").fill("once")
        tab.route("**/reply", lambda route: (route.fetch(), route.abort()))
        tab.locator("#send").click()
        tab.locator("#told", has_text="cannot be reached").wait_for()
        assert tab.locator("#text").input_value() == "once"
        tab.unroute("**/reply")
        tab.locator("#send").click()
        expect(tab.locator("#text")).to_have_value("")
    assert [e["text"] for e in desk.get(f"v1/chat/{key}")["entries"] if e.get("by") == "person"] == ["once"]


@pytest.mark.slow
@needed
def test_the_queue_is_walked_by_the_keyboard_and_shows_who_comes(desk: Address) -> None:
    fill(desk)
    with browser.tab() as tab:
        tab.goto(f"{desk.url}/desk")
        tab.locator(".item").first.focus()
        tab.keyboard.press("ArrowDown")
        desk.say("somebody stole my money, fraud", customer="Zoe")
        tab.locator(".item", has_text="Zoe").wait_for()
        assert "Bo Chen" in tab.evaluate("document.activeElement.textContent")  # it stays where it was
        tab.keyboard.press("Enter")
        tab.locator("#talk-title", has_text="Bo Chen").wait_for()


@pytest.mark.slow
@needed
def test_a_group_without_an_answer_is_named_as_a_new_topic(desk: Address) -> None:
    fill(desk)
    with staff_tab(desk) as tab:
        tab.get_by_role("button", name="Not answered").click()
        group = tab.locator(".group-of", has_text="crypto")
        group.get_by_label("Topic of this group").fill("crypto_loans")
        group.get_by_role("button", name="Name it").click()
        group.get_by_role("button", name="Make it a new topic").click()
        tab.get_by_text("Kept under crypto_loans: 2").wait_for()
    assert desk.get("v1/desk/unanswered")["groups"] == []


@pytest.mark.slow
@needed
def test_checked_answers_make_the_error(desk: Address) -> None:
    fill(desk)
    with staff_tab(desk) as tab:
        tab.get_by_role("button", name="Check answers").click()
        first = tab.locator(".group-of").first
        first.get_by_role("button", name="Right").click()
        first.get_by_text("Kept").wait_for()
        second = tab.locator(".group-of").nth(1)
        second.get_by_label("Wrong: it was about").fill("lost_card")
        second.get_by_role("button", name="Save").click()
        second.get_by_text("Kept").wait_for()
    found = desk.get("v1/desk/figures?days=7")
    assert found["checked"] == 2 and found["error"]["value"] == 0.5

"""The desk by the keyboard alone, in a real browser: everything staff do, the focus seen and never lost, results announced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.report import browser
from tests.scenarios.support.desk_pages import Address, fill, running

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(browser.CHROMIUM is None or browser.axe() is None, reason="needs Chromium and axe-core"),
]
ANN = {"staff": "Ann"}
#: Why the element with the focus is not seen to have it: "" where it is. A radio button that is drawn as its label shows it there.
UNSEEN = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return "nothing has the focus";
  const drawn = e.type === "radio" && getComputedStyle(e).opacity === "0" ? e.labels[0] : e;
  const style = getComputedStyle(drawn), box = drawn.getBoundingClientRect(), name = e.outerHTML.slice(0, 90);
  const around = parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset);
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) return "no outline: " + name;
  if (!box.width || box.bottom < 0 || box.top > innerHeight) return "out of sight: " + name;
  for (let p = drawn.parentElement; p && p !== document.body; p = p.parentElement) {
    const edge = p.getBoundingClientRect();
    if (getComputedStyle(p).overflowX !== "visible" && (box.left - around < edge.left - 1 || box.right + around > edge.right + 1))
      return "outline cut off: " + name;
  }
  return "";
}"""
#: Every use of a pointer is noted.
NOTED = 'for (const kind of ["pointerdown", "mousedown", "touchstart"]) addEventListener(kind, () => { window.pointed = true; }, true);'


class Keys:
    """A person without a mouse. Wherever keys lead, the focus is seen."""

    def __init__(self, tab: Page) -> None:
        self.tab = tab

    def press(self, key: str, times: int = 1) -> None:
        """A key, or several at once."""
        for _ in range(times):
            self.tab.keyboard.press(key)

    def write(self, text: str) -> None:
        """A text in place of what stands in a field."""
        self.press("ControlOrMeta+A")
        self.tab.keyboard.type(text)

    def to(self, selector: str, key: str = "Tab", most: int = 60) -> None:
        """A key again and again until an element has the focus. Raises AssertionError where the focus is not seen on the way."""
        for _ in range(most):
            self.press(key)
            assert self.tab.evaluate(UNSEEN) == ""
            if self.tab.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"{key} does not lead to {selector}")

    def open(self, who: str) -> None:
        """A conversation, from anywhere in the queue."""
        self.to(".item", "Home", 1)
        for _ in range(20):
            if who in str(self.tab.evaluate("document.activeElement.textContent")):
                break
            self.press("ArrowDown")
        self.press("Enter")
        expect(self.tab.locator("#talk-title")).to_contain_text(who)
        self.stands_on("#talk-title")

    def stands_on(self, selector: str) -> None:
        """The focus comes to an element, and is seen there."""
        expect(self.tab.locator(selector).first).to_be_focused()
        assert self.tab.evaluate(UNSEEN) == ""

    def hears(self, text: str) -> None:
        """What is announced."""
        expect(self.tab.locator("#heard[role=status][aria-live=polite] [lang=en]")).to_have_text(re.compile(text))


@contextmanager
def keys(desk: Address, **options: object) -> Iterator[Keys]:
    """The desk's page in a tab that no pointer touches, and that scrolls at once."""
    with browser.tab(reduced_motion="reduce", **options) as tab:
        tab.add_init_script(NOTED)
        tab.goto(f"{desk.url}/desk")
        tab.locator(".item").first.wait_for()
        yield Keys(tab)
        assert not tab.evaluate("'pointed' in window")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Address]:
    with running(tmp_path) as address:
        yield address


def test_a_conversation_is_taken_answered_named_and_closed(desk: Address) -> None:
    key = fill(desk)
    with keys(desk) as hand:
        text = hand.tab.locator("#text")
        hand.to(".item")
        hand.open("Eve")
        hand.to("#take")
        hand.press("Enter")
        hand.stands_on("#staff")
        expect(hand.tab.locator("#told[role=status]")).to_contain_text("Write your name first")
        hand.write("Li Wei")
        hand.press("Enter")
        hand.stands_on("#take")
        hand.press("Enter")
        hand.stands_on("#text")
        hand.hears("You have the conversation")
        hand.to("#canned button")
        hand.press("Enter")
        hand.stands_on("#text")
        hand.hears("ready answer for Opening hours")
        assert "We are open from" in text.input_value()
        hand.write("Good day")
        hand.press("Control+Enter")
        hand.hears("Sent")
        expect(text).to_have_value("")
        hand.stands_on("#text")
        hand.write("Is that all?")
        hand.to("#send")
        hand.press("Enter")
        expect(text).to_have_value("")
        hand.stands_on("#text")
        hand.to("#message")
        hand.press("ArrowUp", 4)
        hand.to("#topic")
        hand.write("nonsense")
        hand.press("Enter")
        expect(hand.tab.locator("#marked[role=status]")).to_contain_text("no such topic")
        assert hand.tab.locator("#topic").get_attribute("aria-invalid") == "true"
        hand.stands_on("#topic")
        hand.write("Opening hours")
        hand.press("Enter")
        expect(hand.tab.locator("#marked")).to_contain_text("Kept: Opening hours")
        hand.to("#solved", "Shift+Tab")
        hand.press("Enter")
        hand.hears("Closed as solved")
        hand.stands_on(".item")
    entries = desk.get(f"v1/desk/conversations/{key}")["entries"]
    seen = desk.get(f"v1/chat/{key}")
    assert seen["status"] == "closed"
    assert [e["text"] for e in seen["entries"] if e.get("by") == "person"] == ["Good day", "Is that all?"]
    assert [e["topic"] for e in entries if e["kind"] == "topic"] == ["hours"]


def test_after_giving_back_and_closing_the_next_in_the_queue_has_the_focus(desk: Address) -> None:
    fill(desk)
    with keys(desk) as hand:
        hand.to("#staff")
        hand.write("Li Wei")
        hand.press("Enter")
        for who, how, said in (("Sara", "#return", "Given back to the AI"), ("Bo Chen", "#close", "Closed.")):
            hand.stands_on(".item:focus")
            hand.open(who)
            hand.to("#take")
            hand.press("Enter")
            hand.stands_on("#text")
            hand.to(how, "Shift+Tab")
            hand.press("Enter")
            hand.hears(said)
        hand.stands_on(".item:focus")
        assert "Bo Chen" not in str(hand.tab.evaluate("document.activeElement.textContent"))


def test_the_filter_the_language_and_the_views(desk: Address) -> None:
    key = fill(desk)
    desk.post(f"v1/desk/conversations/{key}/take", ANN)
    with keys(desk) as hand:
        hand.to("#en")
        hand.press("ArrowRight")
        hand.stands_on("#zh")
        expect(hand.tab.locator("#queue-title")).to_have_text("Queue队列", use_inner_text=False)
        assert hand.tab.locator("#queue-title").inner_text() == "队列"
        hand.press("ArrowLeft")
        hand.to("#status-waiting")
        hand.press("ArrowRight")
        hand.hears("Taken: 1")
        hand.stands_on("#status-person")
        hand.to(".item")
        hand.open("Eve")
        hand.press("Escape")
        hand.stands_on(".item")
        hand.to("[data-view=figures]", "Shift+Tab")
        hand.press("Enter")
        hand.hears("Contacts in this period")
        hand.to("#days")
        hand.press("ArrowDown")
        expect(hand.tab.locator("#days")).to_have_value("30")
        hand.stands_on("#days")


def test_the_focus_is_not_lost_where_others_are_faster(desk: Address) -> None:
    key = fill(desk)
    with keys(desk) as hand:
        hand.to(".item")
        hand.open("Eve")
        hand.to("#close")
        desk.post(f"v1/desk/conversations/{key}/take", ANN)
        expect(hand.tab.locator("#close")).to_be_hidden()
        hand.stands_on("#talk-title")
        hand.press("Escape")
        hand.stands_on(".item")
        hand.press("End")
        last = str(hand.tab.evaluate("document.activeElement.dataset.conversation"))
        desk.post(f"v1/desk/conversations/{last}/take", ANN)
        expect(hand.tab.locator(f"[data-conversation='{last}']")).to_have_count(0)
        hand.stands_on(".item:focus")


def test_what_stands_in_the_hand_over_is_not_carried_to_the_next(desk: Address) -> None:
    fill(desk)
    with keys(desk) as hand:
        hand.to(".item")
        hand.open("Eve")
        hand.to("#topic")
        hand.write("nonsense")
        hand.press("Enter")
        expect(hand.tab.locator("#marked")).to_contain_text("no such topic")
        hand.to("#mark button[type=submit]")
        hand.press("Escape")
        hand.open("Bo Chen")
        expect(hand.tab.locator("#marked")).to_be_empty()
        expect(hand.tab.locator("#topic")).to_have_value("")


def test_of_an_erased_conversation_staff_are_told_and_the_focus_goes_to_the_queue(desk: Address) -> None:
    fill(desk)
    with keys(desk) as hand:
        hand.to(".item")
        hand.open("Eve")
        desk.asked("v1/desk/customers/Eve", None, 200, "DELETE")
        hand.hears("no longer there")
        expect(hand.tab.locator("#none")).to_contain_text("no longer there")
        hand.stands_on(".item:focus")


def test_groups_are_named_and_answers_checked(desk: Address) -> None:
    fill(desk)
    desk.say("my cat has eaten the receipt", customer="Mo")
    desk.say("the cat has eaten my receipt", customer="Jo")
    with keys(desk) as hand:
        hand.to("#staff")
        hand.write("Li Wei")
        hand.to("[data-view=unanswered]", "Shift+Tab")
        hand.press("Enter")
        hand.tab.locator(".group-of").nth(1).wait_for()
        hand.to("#groups input")
        hand.write("a_new_one")
        hand.press("Enter")
        hand.stands_on("#groups [role=status] button")
        hand.press("Enter")
        expect(hand.tab.locator("#groups [role=status]").first).to_contain_text("Kept under a_new_one")
        hand.stands_on("#groups input")
        hand.to("[data-view=audit]", "Shift+Tab")
        hand.press("Enter")
        hand.tab.locator("#audit .group-of").first.wait_for()
        hand.to("#audit button.main")
        hand.press("Enter")
        expect(hand.tab.locator("#audit [role=status]").first).to_contain_text("Kept")
        hand.stands_on("#audit button.main")


def test_on_a_narrow_screen_a_conversation_is_left_for_its_place(desk: Address) -> None:
    fill(desk)
    with keys(desk, viewport={"width": 390, "height": 800}) as hand:
        hand.to(".item")
        hand.open("Bo Chen")
        hand.press("Escape")
        hand.stands_on(".item:focus")
        assert "Bo Chen" in str(hand.tab.evaluate("document.activeElement.textContent"))


def test_a_customer_who_comes_to_wait_is_announced(desk: Address) -> None:
    fill(desk)
    with keys(desk) as hand:
        hand.to("#status-waiting")
        desk.say("somebody stole my money, fraud", customer="Zoe")
        hand.hears(r"Waiting: \d")

"""The page to try a desk: topics by their titles, everything escaped."""

from __future__ import annotations

from breakeven.scenarios.support import page
from breakeven.scenarios.support.answer_book import Answer, AnswerBook, Topic


def _html(book: AnswerBook, sentence: dict[str, str] | None = None) -> str:
    return page.page(page.about("<b>desk</b>", book, sentence)).body.decode()


def test_topics_stand_by_their_titles_and_those_of_people_do_not() -> None:
    answer = Answer({"en": "Yes."})
    book = AnswerBook(
        {
            "fees": Topic({"en": "Fees", "zh": "手续费"}, answer),
            "hours": Topic({"zh": "营业时间"}, answer),
            "bare_name": Topic(answer=answer),
            "loans": Topic({"en": "Loans"}, hand_over=True),
        }
    )
    html = _html(book)
    assert "Answers customers on 3 topics" in html and "就 3 个主题回答顾客" in html
    assert all(one in html for one in ("Fees", "手续费", "营业时间", "bare_name")) and "Loans" not in html


def test_many_topics_are_counted_and_names_are_escaped() -> None:
    answer = Answer({"en": "Yes."})
    book = AnswerBook({f"<i>{n}</i>": Topic(answer=answer) for n in range(page.SHOWN + 5)})
    html = _html(book, {"en": "It <i>pays</i>.", "zh": "值得。"})
    assert "and 5 more" in html and "另有 5 个" in html and "<i>" not in html and "<b>desk" not in html
    assert "widget.js?" in html and "breakeven-chat" in html


def test_a_book_without_topics_has_a_page() -> None:
    assert "on 0 topics" in _html(AnswerBook({}))

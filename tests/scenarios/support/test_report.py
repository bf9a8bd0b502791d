"""Support's part of the report: the promise in one sentence, what it rests on, and what was not measured said so."""

from __future__ import annotations

import re

import pytest

from breakeven.core.types import Interval
from breakeven.core.verdict import Text
from breakeven.report import shell
from breakeven.report.blocks import ReportSection
from breakeven.scenarios.support.report import sections
from breakeven.scenarios.support.report_chart import most
from breakeven.scenarios.support.verdict_section import SupportSection
from tests.scenarios.support.sections import document, section, uncertified


def rendered(own: SupportSection) -> str:
    """The sections as a page."""
    first = ReportSection(Text(en="Verdict", zh="结论"), (), "verdict")
    return shell.render("help-desk", [first, *sections(document(own))], Text(en="Contents", zh="目录"))


def words(html: str, language: str) -> str:
    """The texts of one language, without marks."""
    other = "zh" if language == "en" else "en"
    return re.sub("<[^>]*>", " ", re.sub(rf'<(\w+)[^>]* lang="{other}"[^>]*>.*?</\1>', "", html))


def test_the_promise_is_one_plain_sentence() -> None:
    html = rendered(section())
    assert "It answers 78 of 100 questions by itself; at most 1 in 100 of those answers is wrong (95 % sure)." in words(
        html, "en"
    )
    assert "每 100 个问题，它自己回答 78 个；在这些回答中，答错的最多每 100 个 1 个（把握 95%）。" in words(html, "zh")


def test_the_promise_is_rounded_down() -> None:
    assert "answers 79 of 100" in words(rendered(section(automation=Interval(0.7999, 0.79, 0.81))), "en")


def test_the_test_questions_and_the_bound_stand_below() -> None:
    said = words(rendered(section()), "en")
    assert "78.6 % (77 to 80 %); 0.6 % of those answers were wrong (0.4 to 0.9 %)" in said
    assert "at least 3.8 % of all questions must go to a person" in said


def test_nothing_is_promised_that_was_not_proven() -> None:
    html = rendered(uncertified())
    said = words(html, "en")
    assert "It answers nothing by itself" in said and "at least 299 labelled questions" in said
    assert "of those answers is wrong" not in said and "chosen:" not in said
    tile = sections(document(uncertified()))[0].tile
    assert tile is not None and tile.level == "warning"


def test_more_wrong_than_promised_is_said() -> None:
    html = rendered(section(error_answered=Interval(0.014, 0.01, 0.019)))
    assert "more answers were wrong than the budget allows: 1.4 %" in words(html, "en")
    assert "more answers were wrong" not in words(rendered(section()), "en")


def test_a_curve_of_one_point_is_no_picture() -> None:
    assert "<svg" in rendered(section())
    assert "<svg" not in rendered(section(curve=section().curve[:1]))


def test_questions_are_shown_as_text() -> None:
    html = rendered(section())
    assert "<b>bent</b>" not in html and "&lt;b&gt;bent&lt;/b&gt; &amp; the chip" in html


def test_the_worst_topic_comes_first_and_a_long_name_is_cut() -> None:
    html = words(rendered(section()), "en")
    assert html.index("a topic whose name is as long as") < html.index("damaged_card") < html.index("exchange_rate")
    assert "after whole sentences" not in html


def test_the_best_use_of_labelling_is_said_where_it_is_clear() -> None:
    own = section()
    assert "40 more questions of damaged_card" in " ".join(words(rendered(own), "en").split())
    unclear = section(label_value=own.label_value[1:])
    assert "best use of an hour" not in words(rendered(unclear), "en")


def test_a_language_that_was_not_proven_alone_says_so() -> None:
    assert "no: too few" in words(rendered(section()), "en") and "否：数量太少" in words(rendered(section()), "zh")


def test_questions_of_no_topic_were_not_measured_where_there_are_none() -> None:
    assert "was not measured: the data has none" in words(rendered(uncertified()), "en")
    assert "were not answered, as it should be" in words(rendered(section()), "en")


def test_a_guessed_baseline_and_one_that_contradicts_itself_are_warned_of() -> None:
    said = words(rendered(uncertified()), "en")
    assert "Your brief declares no human baseline" in said
    assert "The declared figures do not fit each other" in said
    assert "do not fit" not in words(rendered(section()), "en")


def test_parts_without_anything_are_left_out() -> None:
    bare = section(stages=(), curve=(), topics=(), languages=(), mistakes=(), label_value=(), desk=None)
    assert [s.name for s in sections(document(bare))] == ["promise", "languages"]


def test_every_assumption_has_words_in_both_languages() -> None:
    own = section()
    assert own.desk is not None
    for language in ("en", "zh"):
        said = words(rendered(own), language)
        assert not [name for name in own.desk.assumptions if "_" in name and name in said]


@pytest.mark.parametrize("base", [0.02, 0.2])
def test_the_bound_of_the_picture_is_that_of_the_text(base: float) -> None:
    assert most(base, 0.01) == pytest.approx(1 - max(0, (base - 0.01) / 0.99))

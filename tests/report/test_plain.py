"""The verdict for people: short sentences without private terms in both languages, reviewed as text."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import msgspec
import pytest

from breakeven.core import verdict as document
from breakeven.core.verdict import Verdict
from breakeven.report import plain, plain_facts
from breakeven.report.plain_facts import name
from breakeven.report.words import Language
from tests.report import outcomes, page_verdicts

REVIEWED = Path(__file__).with_name("verdicts.txt")
WRITE = "python -m tests.report.test_plain > tests/report/verdicts.txt"
#: Verdicts of each outcome that are measured, and that stand in the reviewed file.
MEASURED, SHOWN = 12, 2
WORDS, NUMBERS, CHARACTERS = 22, 4, 60
#: Terms of the house or of the field that a founder need not know; candidates' code names stay in tables.
PRIVATE = (
    "sealed|validation|routes?|crossing|mlp|gru|sasrec|lightgbm|ndcg|roc_auc|r2|interval|unit|margin|finalist|candidate|frozen|"
    "finetuned|arm|break-?even|baseline|hosted|points|p_large"
)
PRIVATE_ZH = "封存|验证|路线|交叉|区间|候选|界限|托管|基线|百分点"


def names_out(text: str) -> str:
    """A sentence with each name of the user's data as one word."""
    return re.sub(r"'[^']*'|`[^`]*`|“[^”]*”", "name", text)


def reading(text: str) -> tuple[int, int, int]:
    """Words, numbers and characters of a sentence."""
    bare = names_out(text)
    words = [word for word in bare.split() if re.search(r"\w", word)]
    return len(words), len(re.findall(r"\d[\d.,]*", bare)), len(re.sub(r"\s", "", bare.replace("name", "名称")))


#: Verdicts of real builds, without what the sentences do not read.
STORED = sorted(Path(__file__).with_name("stored").glob("*.json"))
REAL = [(f"stored: {path.stem}", document.read(path)) for path in STORED]
CASES = [*outcomes.drawn(MEASURED), *REAL]


def test_there_are_verdicts_enough_of_all_outcomes() -> None:
    assert len(CASES) >= 200
    assert {outcome for outcome, _ in CASES} >= {f.__name__ for f in outcomes.OUTCOMES} and len(REAL) >= 5


@pytest.mark.parametrize("language", ["en", "zh"])
def test_sentences_are_few_and_short(language: Language) -> None:
    for outcome, v in CASES:
        found = plain.sentences(v, language)
        assert 1 <= len(found) <= 3, (outcome, found)
        for sentence in found:
            words, numbers, characters = reading(sentence)
            assert numbers <= NUMBERS, (outcome, sentence)
            if language == "en":
                assert words <= WORDS, (outcome, sentence)
                assert sentence.endswith(".") and sentence[0].isupper()
            else:
                assert characters <= CHARACTERS, (outcome, sentence)
                assert sentence.endswith("。")


@pytest.mark.parametrize(("language", "private"), [("en", PRIVATE), ("zh", PRIVATE_ZH)])
def test_no_private_term_is_in_them(language: Language, private: str) -> None:
    for outcome, v in CASES:
        for sentence in plain.sentences(v, language):
            bare = names_out(sentence)
            found = re.search(rf"\b({private})\b" if language == "en" else private, bare, re.IGNORECASE)
            assert found is None, (outcome, sentence)
            assert "nan" not in bare.lower() and "None" not in bare and "  " not in bare, sentence


def test_chinese_has_chinese_punctuation() -> None:
    for _, v in CASES:
        for sentence in plain.sentences(v, "zh"):
            assert not re.search(r"[\u4e00-\u9fff][,;:()]|[,;:()][\u4e00-\u9fff]", names_out(sentence)), sentence


def reviewed() -> str:
    """A few verdicts of each outcome, in both languages, for people to read."""
    lines = [
        "The verdicts for people, by outcome; this file is regenerated and compared by tests/report/test_plain.py.",
        "",
    ]
    for outcome, v in [*outcomes.drawn(SHOWN), *REAL]:
        lines += [
            f"{outcome.replace('_', ' ')}:",
            *(f"  {' '.join(plain.sentences(v, 'en'))}", f"  {''.join(plain.sentences(v, 'zh'))}"),
            "",
        ]
    return "\n".join(lines)


def test_the_reviewed_file_is_current() -> None:
    assert REVIEWED.read_text(encoding="utf-8") == reviewed(), f"read the changes, then run: {WRITE}"


def test_what_pays_is_the_headline() -> None:
    """Renting that beats owning is said first, and an LLM that was not measured is not in the headline."""
    rented = plain.sentences(outcomes.llm_cheapest(outcomes.Draw(3)), "en")
    assert rented[0].startswith("Use an LLM by API (") and "$1.33" in rented[1]
    for outcome, v in CASES:
        if (
            v.money is not None
            and v.money.conclusion is not None
            and v.money.conclusion.arm in ("traditional", "large")
        ):
            assert "LLM" not in plain.sentences(v, "en")[0], outcome


def test_an_assumed_volume_is_never_yours() -> None:
    for outcome, v in CASES:
        if v.money is None or v.money.conclusion is None or v.chosen.candidate is None:
            continue
        text = plain.sentences(v, "en")[1]
        if v.money.conclusion.volume_given:
            assert "assumed" not in text, (outcome, text)
        else:
            assert re.search("an assumed (average of )?[0-9]", text) and "your" not in text, (outcome, text)


def test_a_column_that_gives_the_answer_away_is_named() -> None:
    for seed in range(20):
        v: Verdict = outcomes.leak(outcomes.Draw(seed))
        first = next(f.column for f in v.findings if f.column)
        for language in ("en", "zh"):
            text = plain.sentences(v, language)[-1]
            assert f"`{name(first)}`" in text
        assert "away" in plain.sentences(v, "en")[-1]


def test_where_nothing_is_offered_an_llm_must_be_right_as_often_as_guessing() -> None:
    """A model that is right in none of 100 cases set the bar at 0, where always guessing is right in more."""
    for seed in range(20):
        v = outcomes.nothing_beats_the_baseline(outcomes.Draw(seed))
        hosted = msgspec.structs.replace(v.hosted, needed_accuracy=0.0)
        if v.everyday is None or v.everyday.baseline_right is None:
            continue
        sure = msgspec.structs.replace(
            v, hosted=hosted, everyday=msgspec.structs.replace(v.everyday, baseline_right=0.005)
        )
        assert any("right in at least 0.5 of 100 cases" in note for note in plain.notes(sure, "en")), seed


def test_a_product_that_few_rows_judged_has_its_interval_beside_it() -> None:
    v = page_verdicts.ALL["yes_no"]()
    assert v.product is not None
    few = msgspec.structs.replace(v, product=msgspec.structs.replace(v.product, rows=14, low=0.6470626, high=0.9515411))
    said = "14 rows were kept aside to judge it: its accuracy may be anything from 0.65 to 0.95."
    assert said in plain.notes(few, "en") and "留出 14 行用来评判" in plain.notes(few, "zh")[0]
    assert not [note for note in plain.notes(v, "en") if "kept aside" in note], "of many rows nothing is said"
    baseline = next(t.score for t in v.test if t.kind == "baseline")
    assert baseline is not None
    close = msgspec.structs.replace(v.product, rows=200, low=baseline - 0.04, high=baseline + 0.07)
    assert "200 rows were kept aside" in plain.notes(msgspec.structs.replace(v, product=close), "en")[0], (
        "may be chance"
    )
    none = msgspec.structs.replace(few, chosen=msgspec.structs.replace(v.chosen, route="none", candidate=None))
    assert not [note for note in plain.notes(none, "en") if "kept aside" in note]


if __name__ == "__main__":
    print(reviewed(), end="")


def test_a_race_that_stopped_is_cut_short_only_where_somebody_was_not_measured_on_all_rows() -> None:
    v = page_verdicts.ALL["yes_no"]()
    last = max(curve.points[-1].rows for curve in v.curves if curve.points)
    everywhere = tuple(
        msgspec.structs.replace(curve, points=(dataclasses.replace(v.curves[0].points[-1], rows=last),))
        for curve in v.curves
    )
    stopped = msgspec.structs.replace(v, stopped="stopped at 10 rows", cut_short=(), curves=everywhere)
    assert not plain_facts.cut_short(stopped)
    behind = msgspec.structs.replace(everywhere[1], points=v.curves[0].points[:1])
    assert plain_facts.cut_short(msgspec.structs.replace(stopped, curves=(everywhere[0], behind)))
    assert plain_facts.cut_short(msgspec.structs.replace(stopped, curves=()))
    assert not plain_facts.cut_short(msgspec.structs.replace(stopped, stopped=None, curves=(everywhere[0], behind)))


def test_a_kind_that_is_named_in_the_plural_is_spoken_of_in_the_plural() -> None:
    text = REVIEWED.read_text(encoding="utf-8")
    assert (
        "trees: they are right" in text and "trees: it is" not in text and "about as good, would cost $345" not in text
    )

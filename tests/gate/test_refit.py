"""The product is fitted on all units after its twin was judged; where that cannot be, the twin stays and the reason is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from breakeven.core import store
from breakeven.core.errors import ExportError
from breakeven.core.verdict import from_plain
from breakeven.gate import refit
from breakeven.gate.problem import Packaged
from breakeven.gate.selection import Selection
from breakeven.report import words
from tests.gate.test_finalists import raced  # noqa: F401
from tests.gate.test_promise import COSTS, chosen  # noqa: F401
from tests.report.test_report import verdict  # noqa: F401


@pytest.fixture
def judged(chosen, monkeypatch: pytest.MonkeyPatch):  # noqa: F811
    """A selection whose twin was judged, with a problem that can fit it anew in so many seconds; folders say what they are."""

    def make(left: float = 100.0, takes: float = 5.0, final: str = "all", why_not: str | None = None, **packaged: Any):
        selection: Selection = chosen(left)
        context = selection.raced.context
        selection.raced.context = replace(context, brief=replace(context.brief, final=final))
        problem: Any = selection.raced.problem
        for name in ("prepare", "time", "column_kinds", "measure_finalists"):
            setattr(problem, name, print)
        problem.twin = lambda folder: refit.Twin(800, 1_000, takes)
        problem.fitted = list[float]()

        def again(twin: Path, folder: Path, seconds: float) -> Packaged:
            problem.fitted.append(seconds)
            if packaged.get("error"):
                raise ExportError("the graph answers otherwise")
            store.write_text(folder / "what", "all")
            store.seal(folder, {})
            return Packaged(takes, 1_000, packaged.get("share", 1.0))

        problem.refit = again
        monkeypatch.setattr(refit, "price", lambda *_: replace(COSTS, why_not=why_not))
        assert selection.winner is not None
        store.write_text(selection.winner.twin / "what", "twin")
        store.write_text(selection.winner.folder / "what", "twin")
        store.seal(selection.winner.twin, {})
        return selection

    return make


def what(folder: Path) -> str:
    return (folder / "what").read_text()


def test_the_product_learns_from_all_units_and_the_twin_is_kept_beside_it(judged) -> None:
    found = refit.on_everything(judged())
    assert found.winner.last_fit == refit.LastFit(1_000, 800)
    assert what(found.winner.folder) == "all"
    assert what(found.raced.context.folder / refit.TWIN) == what(found.winner.twin) == "twin"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"left": 6.0}, "takes about 5 s, which the minutes do not leave"),
        ({"share": 0.4}, "was cut short"),
        ({"error": True}, "failed (the graph answers otherwise"),
        ({"why_not": "9 ms (limit 1)"}, "9 ms (limit 1)"),
    ],
)
def test_what_prevents_it_keeps_the_twin_and_is_said(judged, given: dict, words: str) -> None:
    found = refit.on_everything(judged(**given))
    assert words in found.winner.last_fit.kept_twin
    assert (found.winner.last_fit.rows, what(found.winner.folder)) == (800, "twin")
    assert not (found.raced.context.folder / refit.TWIN).exists()


def test_a_quick_fit_is_made_though_the_minutes_are_over(judged) -> None:
    found = refit.on_everything(judged(left=-5.0, takes=1.0))
    assert found.winner.last_fit.kept_twin is None and found.raced.problem.fitted == [refit.QUICK]


def test_the_brief_may_ask_for_the_twin(judged) -> None:
    selection = judged(final="twin")
    found = refit.on_everything(selection)
    assert found.winner.last_fit == refit.LastFit(800, 800) and selection.raced.problem.fitted == []
    assert what(found.winner.folder) == "twin"


def test_nothing_is_fitted_where_nothing_is_offered(judged) -> None:
    selection = replace(judged(), winner=None)
    assert refit.on_everything(selection) is selection


def test_the_sentence_says_on_what_the_score_was_measured(verdict: dict) -> None:  # noqa: F811
    verdict["product"]["last_fit"] = {"rows": 1_000, "twin_rows": 800}
    english, chinese = (words.sentence(from_plain(verdict), language) for language in ("en", "zh"))
    assert "its score was measured on a twin trained on 80% of them" in english and "80% 数据训练的孪生模型" in chinese
    verdict["product"]["last_fit"] = {"rows": 800, "twin_rows": 800}
    assert "twin" not in words.sentence(from_plain(verdict), "en")
    verdict["product"]["last_fit"]["kept_twin"] = "no time"
    assert "not fitted once more on everything: no time." in words.sentence(from_plain(verdict), "en")

"""What tuning found: changes of training rows stay only where they help, and all is told."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from breakeven.gate import tuning
from breakeven.models.training import tune
from breakeven.report import page, words
from tests.report.test_report import verdict  # noqa: F401


def test_a_change_that_does_not_help_is_left_out_and_both_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def evaluator(bench, candidate, sizes, folds):
        def evaluate(drawn, whole):
            asked.extend(drawn)
            return [0.8] * len(drawn)

        return evaluate

    def difference(bench, candidate, where, first, second):
        if first.get("synthetic") != second.get("synthetic"):
            return 0.0, 0.0
        return (0.01, 0.002) if first["noise"] != second["noise"] else (-0.005, 0.002)

    monkeypatch.setattr(tuning, "_evaluator", evaluator)
    monkeypatch.setattr(tuning, "_difference", difference)
    bench = SimpleNamespace(problem=SimpleNamespace(changes=lambda _: {"noise": 0.0, "mix_up": 0.0, "synthetic": 0.0}))
    found = tune.Found({"rate": 1.0, "noise": 0.1, "mix_up": 0.3, "synthetic": 0.5}, 0.9, 12, 4)
    after, told = tuning._worth(bench, "mlp", 300, [0, 1], found, lambda: True)  # type: ignore[arg-type]
    assert after.settings == {"rate": 1.0, "noise": 0.1, "mix_up": 0.0, "synthetic": 0.0}
    assert [(t["change"], t["kept"]) for t in told] == [("noise", True), ("mix_up", False)]
    assert told[0]["low"] == pytest.approx(0.01 - 1.645 * 0.002, abs=1e-5)
    assert len(asked) == 3  # made rows changed nothing here, and nothing is told of them
    assert tuning._worth(bench, "mlp", 300, [0, 1], found, lambda: False) == (found, [])  # type: ignore[arg-type]
    search = tuning.Tuned("better", after, None, tuple(told)).told
    assert search is not None and search["trials"] == 12 and search["taken"] is False


def test_the_report_shows_what_mattered_and_what_each_change_was_worth(verdict: dict, tmp_path) -> None:  # noqa: F811
    change = {"change": "noise", "setting": 0.1, "value": 0.012, "low": 0.002, "high": 0.022, "kept": True}
    verdict["product"]["search"] = {"trials": 24, "on_all_rows": 9, "halved": True, "taken": False, "changes": [change],
                                    "mattered": {"rate": 0.7, "noise": 0.3}}  # fmt: skip
    members = [{"candidate": c, "route": "large", "weight": 0.6} for c in ("mlp", "linear")]
    verdict["product"]["ensemble"] = {"way": "stacking", "value": 0.02, "low": 0.01, "high": 0.03, "built": True, "predict_ms": 0.2,
                                      "size_mb": 1.5, "members": members}  # fmt: skip
    html = page.render(verdict, [], tmp_path)
    assert 'aria-label="what mattered in tuning"' in html and "24 trials" in html and "the defaults, which stay" in html
    assert "noise: 0.1" in html and "+1.2 points" in html and "kept" in html
    assert "the product is this ensemble: 0.20 ms an answer, 1.5 MB" in html
    for language, said in (
        ("en", "The product joins mlp, linear: +2.0 points"),
        ("zh", "产品将 mlp、linear 合在一起:在验证数据上 +2.0"),
    ):
        sentence = words.sentence({**verdict, "chosen": {**verdict["chosen"], "candidate": "linear"}}, language)
        assert said in sentence and f"{verdict['product']['value']:.3f} ({verdict['product']['low']:.3f}" in sentence
    verdict["product"] |= {"search": None, "ensemble": None}
    assert "joins" not in words.sentence(verdict, "en")
    assert "What tuning tried" not in page.render(verdict, [], tmp_path)

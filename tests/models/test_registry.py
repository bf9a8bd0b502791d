"""The table of candidates: kinds, routes, and what is said of a missing package."""

from __future__ import annotations

import pytest

from breakeven.core.errors import MissingExtra
from breakeven.core.types import Layout
from breakeven.models import registry


def test_a_name_may_stand_for_a_candidate_of_either_task() -> None:
    rows, ranking = registry.entry("gru"), registry.entry("gru", "ranking")
    assert (rows.module, ranking.module) == ("text.text_nets", "ranking.sequence")
    assert ranking.settings == {"cell": "gru"}


def test_names_are_unique_within_a_task() -> None:
    rows, ranking = registry.names(), registry.names("ranking")
    assert len(set(rows)) + len(set(ranking)) == len(registry.ENTRIES)
    assert registry.names("regression") == rows


def test_kinds_decide_the_route() -> None:
    kinds = {e.kind: e.route for e in registry.ENTRIES}
    assert kinds == {"baseline": "traditional", "traditional": "traditional", "net": "large", "pretrained": "large"}
    assert [e.name for e in registry.ENTRIES if e.kind == "baseline"] == [registry.BASELINE, registry.RANKING_BASELINE]


def test_names_of_one_route_keep_the_order_of_the_table() -> None:
    large = registry.names(route="large")
    assert large == [name for name in registry.names() if registry.route_of(name) == "large"]
    assert 0 < len(large) < len(registry.names())


def test_some_race_only_where_they_are_named() -> None:
    assert set(registry.roster()) < set(registry.names())
    assert registry.BASELINE in registry.roster() and "realmlp" not in registry.roster()
    assert registry.roster("ranking") == registry.names("ranking")


def test_columns_and_task_decide_what_suits() -> None:
    table = Layout(("a",), (0,))
    assert registry.suits("linear", table, "regression")
    assert not registry.suits("naive_bayes", table, "classification")
    assert not registry.suits("cnn", table, "classification")


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "find_spec", lambda name: None if name in ("implicit", "torch") else object())
    assert registry.missing("als", "ranking") == "implicit is not installed: pip install 'breakeven[train]'"
    assert registry.missing("linear") is None and not registry.installed("mlp")
    with pytest.raises(MissingExtra, match=r"candidate 'mlp': torch is not installed.*breakeven\[deep\]"):
        registry.require("mlp")


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        registry.entry("mlp", "ranking")

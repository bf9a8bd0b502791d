"""Splits against their definitions, on random tables."""

from __future__ import annotations

import numpy as np
import pytest

from breakeven.collect import split
from breakeven.core.types import Split


def slow_duplicates(blocks):
    seen, out = {}, []
    for row in zip(*[b.tolist() for b in blocks], strict=True):
        key = tuple("nan" if v != v else v for v in row)
        out.append(seen.setdefault(key, len(seen)))
    return out


@pytest.mark.parametrize("seed", range(30))
def test_duplicates_against_a_dictionary(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 60))
    numbers = rng.integers(0, 3, n).astype(float)
    numbers[rng.random(n) < 0.2] = np.nan
    texts = rng.choice(np.array(["a", "b", None], dtype=object), n)
    assert split.duplicates([numbers, texts]).tolist() == slow_duplicates([numbers, texts])


def slow_join(a, b):
    label = list(range(len(a)))
    changed = True
    while changed:
        changed = False
        for i in range(len(a)):
            for j in range(len(a)):
                if (a[i] == a[j] or b[i] == b[j]) and label[i] != label[j]:
                    label[i] = label[j] = min(label[i], label[j])
                    changed = True
    return label


@pytest.mark.parametrize("seed", range(10))
def test_join_against_a_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 8, 20), rng.integers(0, 8, 20)
    a, b = np.unique(a, return_inverse=True)[1], np.unique(b, return_inverse=True)[1]
    got, expected = split.join(a, b), slow_join(a.tolist(), b.tolist())
    for i in range(20):
        for j in range(20):
            assert (got[i] == got[j]) == (expected[i] == expected[j])


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("seed", range(10))
def test_no_unit_straddles_and_nothing_is_lost(seed: int, task: str) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(60, 3000))
    units = np.unique(rng.integers(0, n // 2, n), return_inverse=True)[1]
    y = rng.integers(0, 3, n) if task == "classification" else rng.normal(size=n)
    parts = split.parts(units, y, task, Split(test=0.25), None, seed)
    assert sorted([*parts.test, *parts.open]) == list(range(n))
    assert not set(units[parts.test]) & set(units[parts.open])
    assert 0.2 <= len(parts.test) / n <= 0.3
    together = np.concatenate([f.validation for f in parts.folds])
    assert sorted(together) == sorted(parts.open)
    for fold in parts.folds:
        assert not set(units[fold.train]) & set(units[fold.validation])
        assert sorted([*fold.train, *fold.validation]) == sorted(parts.open)


def test_prefixes_keep_the_shares() -> None:
    rng = np.random.default_rng(0)
    y = (rng.random(4000) < 0.1).astype(int)
    parts = split.parts(np.arange(4000), y, "classification", Split(), None, 0)
    for fold in parts.folds:
        for size in (50, 200, 800):
            assert abs(y[fold.train[:size]].mean() - y.mean()) < 0.03


def test_by_time_the_test_is_the_future() -> None:
    rng = np.random.default_rng(1)
    when = rng.permutation(500).astype(float)
    parts = split.parts(
        np.arange(500), rng.integers(0, 2, 500), "classification", Split(by="time", column="t"), when, 0
    )
    assert when[parts.test].min() > when[parts.open].max()
    for fold in parts.folds:
        assert when[fold.validation].min() > when[fold.train].max()
    assert not np.array_equal(parts.folds[0].train, parts.folds[1].train)


def test_by_time_a_day_is_whole_where_there_are_days_enough() -> None:
    rng = np.random.default_rng(2)
    when, y = np.sort(rng.integers(0, 30, 600)).astype(float), rng.integers(0, 2, 600)
    by_time = Split(by="time", column="t")
    parts = split.parts(np.arange(600), y, "classification", by_time, when, 0)
    assert when[parts.test].min() > when[parts.open].max()
    assert 0.1 <= len(parts.test) / 600 <= 0.3
    for fold in parts.folds:
        assert when[fold.validation].min() > when[fold.train].max()
    assert split.divided(parts, np.arange(600), when) == 0
    two = np.repeat([0.0, 1.0], [570, 30])
    few = split.parts(np.arange(600), y, "classification", by_time, two, 0)
    assert len(few.test) == 120 and two[few.test].sum() == 30
    assert split.divided(few, np.arange(600), two) == 90


def test_same_seed_same_split() -> None:
    y = np.random.default_rng(0).integers(0, 2, 300)
    a, b, c = (split.parts(np.arange(300), y, "classification", Split(), None, s) for s in (4, 4, 5))
    assert np.array_equal(a.test, b.test)
    assert not np.array_equal(a.test, c.test)


def test_large_tables_are_judged_on_halves_and_repeated_three_times() -> None:
    n = 30_000
    y = np.random.default_rng(0).integers(0, 2, n)
    parts = split.parts(np.arange(n), y, "classification", Split(), None, 0)
    assert len(parts.folds) == 3
    assert np.array_equal(parts.folds[0].validation, parts.folds[2].validation)
    for fold in parts.folds:
        assert sorted([*fold.train, *fold.validation]) == sorted(parts.open)
        assert abs(len(fold.train) - len(fold.validation)) < 10
    assert not np.array_equal(parts.folds[0].train, parts.folds[2].train)

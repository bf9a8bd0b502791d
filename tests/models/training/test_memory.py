"""Freed memory stays with the process while a net trains, and goes back after it."""

from __future__ import annotations

import pytest
import torch

from breakeven.models.training import malloc_tuning


def faults() -> int:
    """Pages that the system had to bring so far."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def turns(count: int = 30) -> int:
    before = faults()
    for _ in range(count):
        torch.zeros(2_000_000)  # 8 MB, freed at once
    return faults() - before


def test_pages_are_brought_once_not_at_each_turn() -> None:
    if malloc_tuning._glibc() is None:
        pytest.skip("the C library is not glibc")
    with malloc_tuning.reuse_freed_memory():
        turns(2)
        assert turns() < 10_000  # 30 turns of 2,000 pages each without it; a long process may bring some anew


def test_where_there_is_no_glibc_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(malloc_tuning, "_glibc", lambda: None)
    with malloc_tuning.reuse_freed_memory():
        assert float(torch.ones(3).sum()) == 3

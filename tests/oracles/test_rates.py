"""Rates a step against torch's own schedulers."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, OneCycleLR

from breakeven.models.training import optimisers


def fresh(name: str) -> torch.optim.Optimizer:
    return optimisers.optimiser(nn.Linear(3, 2), name, 0.1, 0.01, 0.9)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", optimisers.NAMES)
@pytest.mark.parametrize("steps", [5, 37, 400])
def test_one_cycle_is_torchs(name: str, steps: int) -> None:
    ours, theirs = fresh(name), fresh(name)
    rates = optimisers.LRSchedule(ours, "one-cycle", 0.1, steps)
    adam = name.startswith("adam")
    cycle = OneCycleLR(theirs, 0.1, total_steps=steps + 1, pct_start=optimisers.CYCLE_RISE, cycle_momentum=adam)
    for done in range(steps + 1):
        for one, other in zip(ours.param_groups, theirs.param_groups, strict=True):
            assert one["lr"] == pytest.approx(other["lr"], rel=1e-12)
            if adam:
                assert one["betas"] == pytest.approx(other["betas"], rel=1e-12)
        rates.to(done + 1)
        theirs.step()
        if done < steps:
            cycle.step()


def test_cosine_is_torchs() -> None:
    ours, theirs = fresh("sgd"), fresh("sgd")
    rates, cosine = optimisers.LRSchedule(ours, "cosine", 0.1, 50), CosineAnnealingLR(theirs, 50)
    for done in range(50):
        assert ours.param_groups[0]["lr"] == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-9)
        rates.to(done + 1)
        theirs.step()
        cosine.step()


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_too_few_steps_to_rise_in_go_down_a_cosine(steps: int) -> None:
    of = fresh("adamw")
    rates = optimisers.LRSchedule(of, "one-cycle", 0.1, steps)
    seen = []
    for done in range(steps + 1):
        rates.to(done)
        seen.append(of.param_groups[0]["lr"])
    assert seen[0] == 0.1 and seen == sorted(seen, reverse=True) and seen[-1] < 1e-9

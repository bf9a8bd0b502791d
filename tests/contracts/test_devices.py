"""A law of every net: one step computes on the device of the build, with nothing left on the processor.

No card is needed: tensors of torch's device `meta` have a type and a shape but no values, and are not joined with tensors of
the processor, as those of a card are not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.fx.experimental._config as meta_config
from torch import nn

from breakeven.models import registry
from breakeven.models.training import loop, optimisers
from breakeven.models.training.losses import CROSS_ENTROPY
from breakeven.models.training.rows import TensorRows
from breakeven.scale import device
from tests.contracts import test_candidates, test_ranking

ELSEWHERE = "meta"
#: Frozen encoders of texts have a linear head (`matched` too), which scikit-learn fits; transformers' nets look at values, and there
#: are none.
NOT_HERE = (("frozen", "text"), ("finetuned", "text"), ("matched", "text"))
CASES = [case for case in test_candidates.CASES if registry.route_of(case[0]) == "large" and case not in NOT_HERE]
RANKED = [name for name in test_ranking.NAMES if registry.route_of(name, "ranking") == "large"]


class Captured(Exception):
    """What a candidate gave the training loop."""


def captured(monkeypatch: pytest.MonkeyPatch, fit: Callable[[], object]) -> tuple[Any, ...]:
    """The arguments of the first training that a fit begins."""

    def train(*given: Any, **_: Any) -> None:
        raise Captured(*given)

    monkeypatch.setattr(loop, "train", train)
    with pytest.raises(Captured) as caught:
        fit()
    monkeypatch.undo()
    return caught.value.args


def step_elsewhere(given: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch) -> torch.Tensor:
    """The loss of one step of what was captured."""
    make, loss, rows, y, _, plan, *_ = given
    plain = lambda net, *_: torch.optim.SGD(net.parameters(), lr=0.1)  # noqa: E731
    monkeypatch.setattr(optimisers, "optimiser", plain)  # fused ones know no device but real ones
    # How many places of a batch have a target is a value, and there are none: all of them have.
    with device.on(ELSEWHERE), meta_config.patch(meta_nonzero_assume_all_nonzero=True):
        run = loop.Run(make(), loss, rows, y, None, plan, plan.rate)
        run.net.train()
        return run.step(torch.arange(min(4, len(rows))))


@pytest.fixture
def there(worlds, mixed):
    """A small problem by what it holds."""
    return {**worlds, "table": mixed}


@pytest.mark.parametrize(("name", "world"), CASES)
def test_a_step_computes_on_the_device(name: str, world: str, there, monkeypatch: pytest.MonkeyPatch) -> None:
    given = captured(monkeypatch, lambda: test_candidates.fitted(name, "classification", there[world]))
    assert step_elsewhere(given, monkeypatch).device.type == ELSEWHERE


@pytest.mark.parametrize("name", RANKED)
def test_a_step_of_a_ranking_computes_on_the_device(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = captured(
        monkeypatch,
        lambda: registry.fit(name, test_ranking.tastes(), test_ranking.QUICK.get(name, {}), 0, test_ranking.ITEMS),
    )
    assert step_elsewhere(given, monkeypatch).device.type == ELSEWHERE


def test_the_law_sees_a_tensor_that_was_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    class Left(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer, self.held = nn.Linear(3, 2), torch.ones(2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.layer(x) + self.held

    rows, y = TensorRows(torch.zeros(8, 3)), torch.zeros(8, dtype=torch.long)
    with pytest.raises(RuntimeError, match="device"):
        step_elsewhere((Left, CROSS_ENTROPY, rows, y, None, loop.Plan(1, 4, 0.1)), monkeypatch)


def test_all_are_held() -> None:
    assert len(CASES) >= 9 and len(RANKED) >= 3

"""A user's own torch net as a candidate (from Python only): trained, exported and served like every other net."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from breakeven.core.errors import InputError
from breakeven.core.types import Array, Layout
from breakeven.models.settings import Settings
from breakeven.models.tabular.mlp import Mlp
from breakeven.models.training import optimisers

if TYPE_CHECKING:
    from optuna import Trial


class OwnNet(Mlp):
    """`make(inputs, outputs)` gives a fresh net: dense rows (n, inputs) to logits (n, classes), or to (n, 1) for a value.

    It sees standardised numbers, one column a level, nothing missing. `epochs`, `rate`, `decay`, `optimiser` ("sgd", "rmsprop",
    "adam", "adamw") and `schedule` ("constant", "step", "cosine", "warm-up", "one-cycle") are of the loop; `loss`: "balanced"
    or "focal" of classes, "huber" of values, "" the usual one.

        net = breakeven.OwnNet(make=lambda inputs, outputs: nn.Sequential(nn.Linear(inputs, 64), nn.GELU(), nn.Linear(64, outputs)))
        breakeven.weigh(frame, target="left", candidates=["linear", ("mine", "large", net)])
    """

    name = "own_net"
    route = "large"
    view = "dense"  # type: ignore[assignment]
    noise = mix_up = 0.0

    def __init__(
        self,
        layout: Layout | None = None,
        classes: int = 0,
        seed: int = 0,
        make: Callable[[int, int], nn.Module] | None = None,
        epochs: int = 24,
        rate: float = 2e-3,
        decay: float = 1e-2,
        loss: str = "",
        optimiser: optimisers.Name = "adamw",
        schedule: optimisers.Schedule = "one-cycle",
    ) -> None:
        self.layout, self.classes, self.seed, self.make = layout, classes, seed, make
        self.epochs, self.rate, self.decay = epochs, rate, decay
        self.loss, self.optimiser, self.schedule = loss, optimiser, schedule

    def __repr__(self) -> str:
        """The same for the same net in another process, so that its run is found again."""
        code = getattr(self.make, "__code__", None)
        named = f"{getattr(self.make, '__qualname__', self.make)}, {code.co_code.hex() if code else ''}, {code.co_consts if code else ''}"
        return (
            f"OwnNet({named}, {self.epochs}, {self.rate}, {self.decay}, {self.loss}, {self.optimiser}, {self.schedule})"
        )

    def _net(self, V: Array) -> Any:
        outputs = len(self.present_) if self.classes else 1
        net = self._fresh(V.shape[1], outputs)
        if not isinstance(net, nn.Module):
            raise InputError("OwnNet", f"make returned a {type(net).__name__}", "let it return a torch module")
        with torch.no_grad():
            found = tuple(net.eval()(torch.tensor(V[:2], dtype=torch.float32)).shape)
        if found != (len(V[:2]), outputs):
            raise InputError(
                "OwnNet",
                f"it answers {len(V[:2])} rows with shape {found}",
                f"let it answer with ({len(V[:2])}, {outputs})",
            )
        return net

    def _fresh(self, inputs: int, outputs: int) -> Any:
        """A net with weights of its own."""
        if not callable(self.make):
            raise InputError(
                "OwnNet", "no net is given", "set make to a function of (inputs, outputs) that returns a torch module"
            )
        return self.make(inputs, outputs)

    @staticmethod
    def space(trial: Trial) -> Settings:
        """None: an own net is taken as it is."""
        del trial
        return {}

"""The settings of a candidate: values by name, drawn by its search space and given to its fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from breakeven.core.types import Setting

if TYPE_CHECKING:
    from optuna import Trial

#: Values by the name of the setting; a setting left out has its default.
Settings = Mapping[str, Setting]
#: Draws settings from an Optuna trial.
Space = Callable[["Trial"], Settings]

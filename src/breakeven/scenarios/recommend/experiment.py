"""The experiment of a brief: its arms and its exploration.

recommend:
  arms: {new: {share: 0.5}, old: {share: 0.5, shelf: neighbours}}
  explore: {share: 0.1, method: thompson}
"""

from __future__ import annotations

from collections.abc import Mapping

from breakeven.online.assignment import Arm, parse_arms
from breakeven.online.bandit import Exploration, parse_exploration

#: What an arm may show: the product's model, items that go with the user's own, what is popular.
VARIANTS = ("model", "neighbours", "popular")


def parse_experiment(settings: Mapping[str, object]) -> tuple[tuple[Arm, ...], Exploration]:
    """The arms and the exploration of a brief's section or of a product's description. Raises InputError."""
    arms = parse_arms(settings.get("arms"), VARIANTS, "shelf", "product.yaml, recommend.arms")
    return arms, parse_exploration(settings.get("explore"), "product.yaml, recommend.explore")

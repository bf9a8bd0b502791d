"""Evidence of several models on one scale, and a class for what is like nothing in training."""

from __future__ import annotations

import numpy as np
import pytest

from breakeven.models import registry
from breakeven.models.text import evidence
from breakeven.models.text.evidence import Units


def test_units_make_models_alike() -> None:
    """A model whose margins are a thousand times as large has no more to say."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, 300)
    one, other = rng.normal(size=(300, 4)), rng.normal(size=(300, 4))
    one[np.arange(300), y] += 3
    units = Units.fit([one, other * 1000 + 500], y, (1.0, 1.0))
    alike = Units.fit([one, other], y, (1.0, 1.0))
    assert np.allclose(
        units.probabilities(units.joined([one, other * 1000 + 500], (1.0, 1.0))),
        alike.probabilities(alike.joined([one, other], (1.0, 1.0))),
    )
    highest = alike.joined([one, other], (1.0, 1.0)).max(axis=1)
    assert np.mean(highest < alike.none) == pytest.approx(evidence.BELOW, abs=0.01)


def test_held_out_rows_are_of_learned_classes() -> None:
    y = np.repeat(np.arange(100), 2)
    learned, held = evidence.split(y, 0)
    assert len(held) >= evidence.LEAST and not set(learned) & set(held)
    assert np.isin(y[held], y[learned]).all()
    assert len(evidence.split(np.arange(20), 0)[1]) == 0


@pytest.mark.slow
def test_a_net_on_n_grams_is_unsure_of_what_it_never_saw(worlds) -> None:
    """Words of no training text: the probability of the class told falls below that of nearly every known text."""
    from breakeven.features.media import Disk, column_folder

    X, y, layout = worlds["text"]
    model = registry.build("grams_net", layout, 3, 0).fit(X, y)
    known = model.scores(X).max(axis=1)
    texts = Disk(layout.media).texts("words", X[:, 0])
    assert len(texts) == len(y) and (layout.media / column_folder("words")).is_dir()
    nothing = np.full_like(X[:1], np.nan)  # a missing text has no n-gram at all
    assert model.scores(nothing).max() < np.quantile(known, 0.05)
    assert model.margins(nothing).max() < np.quantile(model.margins(X).max(axis=1), 0.05)

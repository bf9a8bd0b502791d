"""Made rows for rare classes: as the table has them, only where they are wanted, and of no use to who has none."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from breakeven.core.types import Layout
from breakeven.features.media import Memory
from breakeven.models.image import image_nets
from breakeven.models.tabular import gan, synthetic
from breakeven.models.tabular.mlp import Mlp

LAYOUT = Layout(("amount", "plan", "count", "ref"), (0, 3, 0, 0), texts=("ref",))


def table(n: int = 300, rare: int = 30) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = np.repeat([0, 2], [n - rare, rare])
    X = np.column_stack(
        [rng.gamma(2, 50, n) + 300 * (y == 2), rng.integers(0, 3, n), rng.integers(1, 6, n), np.arange(n)]
    ).astype(float)
    X[rng.random(n) < 0.1, 0] = np.nan
    X[rng.random(n) < 0.1, 1] = np.nan
    return X, y


def test_a_table_comes_back_as_it_went() -> None:
    X, _ = table()
    shape = synthetic.Shape.fit(X, LAYOUT.table, LAYOUT.levels)
    seen = shape.out(X)
    assert np.isfinite(seen).all() and seen.shape[1] == len(shape.numbers) + sum(shape.levels)
    back = shape.back(seen, 4)
    assert np.array_equal(back[:, 1:3], X[:, 1:3], equal_nan=True)
    assert np.array_equal(np.isnan(back[:, 0]), np.isnan(X[:, 0]))
    known = ~np.isnan(X[:, 0])
    assert np.median(np.abs(back[known, 0] - X[known, 0])) < 2
    assert np.isnan(back[:, 3]).all()  # a reference to a text is not made up


@pytest.mark.slow
def test_rare_classes_are_brought_up_and_made_rows_come_last() -> None:
    X, y = table()
    more, classes = synthetic.filled(X, y, LAYOUT, 0.5, 0)
    assert np.array_equal(more[:300], X, equal_nan=True) and np.array_equal(classes[:300], y)
    assert set(classes[300:]) == {2} and (classes == 2).sum() == 135
    made = more[300:]
    assert set(np.unique(made[:, 2])) <= set(np.unique(X[:, 2]))
    assert np.nanmedian(made[:, 0]) > np.nanmedian(X[y == 0, 0]) + 100  # they look like their class


@pytest.mark.parametrize("rare", [150, 5])
def test_nothing_is_made_where_no_class_is_rare_or_too_few_show_it(rare: int) -> None:
    X, y = table(rare=rare)
    assert synthetic.filled(X, y, LAYOUT, 0.5, 0)[0] is X


def test_a_net_with_made_rows_is_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gan.fit, "__defaults__", (200, 0, None))
    X, y = table()
    X, layout = X[:, :3], Layout(LAYOUT.names[:3], LAYOUT.levels[:3])
    one, two = (Mlp(layout, 3, epochs=4, synthetic=0.4).fit(X, y).scores(X) for _ in range(2))
    assert np.array_equal(one, two) and (one.argmax(axis=1) == y).mean() > 0.8


@pytest.mark.slow
def test_made_images_stand_after_the_real_ones_and_are_changed_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic, "IMAGE_STEPS", 120)
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 60, (80, 12, 12, 1)).astype(np.uint8)
    y = np.repeat([0, 1], [65, 15])
    pixels[y == 1, :6] += 180
    net = image_nets.Cnn(Layout(("i",), (0,), images=("i",)), 2, epochs=3, synthetic=0.8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("breakeven.models.base.Memory", lambda: Memory({}, {"i": pixels}))
        net.fit(np.arange(80, dtype=float)[:, None], y)
        V, classes = image_nets.made_beside(net._read(np.arange(80, dtype=float)[:, None]), y, 0.8, 0)
        assert len(V) == len(classes) == 65 + 52 and (classes[80:] == 1).all()
        (real,), (mixed,) = V.take(torch.tensor([3, 70]), None), V.take(torch.tensor([70, 90, 3]), None)
        assert torch.equal(mixed[0], real[1]) and torch.equal(mixed[2], real[0])
        assert np.array_equal(real.numpy(), pixels[[3, 70]])
        assert mixed[1, :5].float().mean() > mixed[1, 7:].float().mean() + 60
        assert V.take(torch.tensor([70, 90]), torch.Generator().manual_seed(0))[0].shape == (2, 12, 12, 1)
        assert net.scores(np.arange(80, dtype=float)[:, None]).shape == (80, 2)

"""A conditional GAN learns what belongs together, and to what class."""

from __future__ import annotations

import numpy as np
import pytest

from breakeven.models.tabular import gan
from breakeven.models.tabular import gan_net as nets


def rows(n: int = 1_200) -> tuple[np.ndarray, np.ndarray]:
    """Two numbers that go together in class 0 and against each other in class 1, and a category that tells the class."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, n)
    a = rng.normal(size=n)
    b = np.where(y == 0, a, -a) + 0.2 * rng.normal(size=n)
    level = np.where(rng.random(n) < 0.9, y, 1 - y)
    return np.column_stack([a, b, np.eye(2)[level]]).astype(np.float32), y


def table(seed: int = 0, steps: int = 1_200) -> np.ndarray:
    X, y = rows()
    drawing = gan.fit(lambda: nets.Adversarial(nets.RowMaker(2, (2,), 2), nets.RowJudge(4, 2)), X, y, steps, seed)
    return drawing.draw(np.repeat([0, 1], 400), 1)


@pytest.mark.slow
def test_made_rows_hold_together_as_real_ones_of_their_class_do() -> None:
    made = table()
    for of, sign in ((made[:400], 1), (made[400:], -1)):
        assert sign * np.corrcoef(of[:, 0], of[:, 1])[0, 1] > 0.6
        assert 0.5 < of[:, 0].std() < 1.6
    assert set(np.unique(made[:, 2:])) <= {0.0, 1.0} and (made[:, 2:].sum(axis=1) == 1).all()
    assert made[:400, 2].mean() > 0.7 and made[400:, 3].mean() > 0.7


def test_the_same_seed_makes_the_same_rows() -> None:
    assert np.array_equal(table(steps=30), table(steps=30))
    assert not np.array_equal(table(steps=30), table(seed=1, steps=30))


@pytest.mark.slow
def test_made_images_show_their_class() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 400)
    X = np.full((400, 1, 10, 10), -0.9, np.float32)
    X[y == 0, :, :5] = 0.8  # above, below
    X[y == 1, :, 5:] = 0.8
    X += 0.05 * rng.normal(size=X.shape).astype(np.float32)
    maker, judge = (lambda: nets.ImageMaker((10, 10, 1), 2, (32, 16))), (lambda: nets.ImageJudge(1, 2, (16, 32)))
    drawing = gan.fit(lambda: nets.Adversarial(maker(), judge()), X, y, 300)
    made = drawing.draw(np.repeat([0, 1], 50))
    assert made.shape == (100, 1, 10, 10) and np.abs(made).max() <= 1
    above, below = made[:, 0, :4].mean(axis=(1, 2)), made[:, 0, 6:].mean(axis=(1, 2))
    assert (above > below)[:50].mean() > 0.9 and (above < below)[50:].mean() > 0.9


def test_too_few_rows_are_said() -> None:
    with pytest.raises(ValueError, match="1 rows"):
        gan.fit(
            lambda: nets.Adversarial(nets.RowMaker(2, (), 1), nets.RowJudge(2, 1)), np.zeros((1, 2)), np.zeros(1, int)
        )

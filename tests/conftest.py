"""Shared fixtures: small real tables, and one product built once for all tests that only read it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from breakeven import need, pipeline
from breakeven.types import Layout, Need

QUICK = ["baseline", "linear", "boosting", "mlp"]


def customers(rows: int = 300, seed: int = 0) -> str:
    """A small table with numbers, categories, missing values, a date and an id, as CSV text."""
    rng = np.random.default_rng(seed)
    lines = ["customer_no,age,plan,city,signed,spend,left"]
    for i in range(rows):
        age, plan = int(rng.integers(18, 80)), rng.choice(["free", "basic", "pro"])
        city = rng.choice(["上海", "北京", "Paris"])
        spend = round(float(rng.gamma(2, 30)), 2)
        chance = 1 / (1 + np.exp(-(0.06 * (age - 45) + {"free": 1.0, "basic": 0.0, "pro": -1.5}[plan] - 0.01 * spend)))
        left = "yes" if rng.random() < chance else "no"
        day = f"2025-{rng.integers(1, 13):02d}-{rng.integers(1, 28):02d}"
        lines.append(f"{i + 1},{age if rng.random() > 0.1 else ''},{plan},{city},{day},{spend},{left}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes a product folder: text of data.csv, and keys of product.yaml."""

    def write(data: str | bytes | None = None, name: str = "data.csv", **keys: object) -> Path:
        import yaml

        content = customers() if data is None else data
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        brief = {
            "name": "churn",
            "scenario": "predict",
            "data": name,
            "target": "left",
            "split": {"by": "random"},
            **keys,
        }
        (tmp_path / "product.yaml").write_text(yaml.safe_dump(brief, allow_unicode=True), encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A product folder with one finished build (four candidates, little tuning)."""
    place = tmp_path_factory.mktemp("built")
    (place / "data.csv").write_text(customers(), encoding="utf-8")
    (place / "product.yaml").write_text(
        "name: churn\nscenario: predict\ndata: data.csv\ntarget: left\neffort: 1\nsplit: {by: random}\n",
        encoding="utf-8",
    )
    pipeline.build(need.load(place), names=QUICK)
    return place


@pytest.fixture(scope="session")
def brief(built: Path) -> Need:
    """The need of the built product."""
    return need.load(built)


@pytest.fixture
def mixed() -> tuple[np.ndarray, np.ndarray, Layout]:
    """A base matrix with two numbers (missing values among them) and a category, and three classes."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(240, 3))
    X[:, 2] = rng.integers(0, 4, 240)
    y = ((X[:, 0] + 0.5 * X[:, 2] + 0.3 * rng.normal(size=240)) > 0.5).astype(int) + (X[:, 1] > 1)
    X[rng.random(240) < 0.1, 0] = np.nan
    X[rng.random(240) < 0.1, 2] = np.nan
    return X, y, Layout(("a", "b", "c"), (0, 0, 4))

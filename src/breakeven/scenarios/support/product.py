"""Support's product folder: product.json (the cascade), answers.json (the answer book), and a folder for each stage's model.

Written by the flow, read by the service; onnxruntime and numpy only.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from breakeven.core import store
from breakeven.core.errors import ProductError
from breakeven.core.plain_file import RESTORE
from breakeven.core.product_folder import ProductFolder
from breakeven.core.types import Route
from breakeven.core.version import VERSION
from breakeven.runtime import description, predictor
from breakeven.runtime.predictor import Loaded as Model
from breakeven.scenarios.support import reranker
from breakeven.scenarios.support.answer_book import AnswerBook
from breakeven.scenarios.support.reranker import Reranker
from breakeven.scenarios.support.settings import Human

ABOUT, ANSWERS = "product.json", "answers.json"
#: The column of questions, in the models' tables and in files of questions.
QUESTION = "question"


class Gate(msgspec.Struct, frozen=True):
    """A stage: the folder of its model, what it is, and how sure it must be (None: it never answers by itself)."""

    folder: str
    candidate: str
    route: Route
    threshold: float | None
    ms: float | None = None


class HostedGate(msgspec.Struct, frozen=True, omit_defaults=True):
    """The stage behind the own ones: a hosted model that was measured, and may choose among the company's answers.

    `key_env` is the name of the environment variable that holds the key. `languages` are those that it may answer in (empty: all).
    `longest`: tokens of a reply. `refused`: parameters that its server does not take. `ms` and `usd_per_1000` are of the messages that
    reach it.
    """

    address: str
    model: str
    key_env: str | None
    longest: int
    languages: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    insecure: bool = False
    private: bool = False
    ms: float | None = None
    usd_per_1000: float | None = None


class RerankGate(msgspec.Struct, frozen=True, omit_defaults=True):
    """The cross-encoder behind the own stages, whose files stand in the folder `reranker`.

    `weight`: of its scores in log odds. `threshold`: how sure it must be to answer (None: it answers nothing); `floor`: probability by the
    own stages below which it answers nothing. `reorders`: its order of the guesses is shown. `ms` and `usd_per_1000` are of the messages
    that reach it.
    """

    weight: float
    threshold: float | None = None
    floor: float = 0.0
    reorders: bool = False
    languages: tuple[str, ...] = ()
    ms: float | None = None
    usd_per_1000: float | None = None


class About(msgspec.Struct, frozen=True, kw_only=True):
    """product.json of a support product.

    Attributes
    ----------
    classes: topics, in the order of the models' probabilities.
    gates: stages, in order.
    budget, sure: at most this share of answers is wrong, with this probability; `certified` where that was proven.
    clarify_from: joint probability of the two likeliest topics from which one of them is asked for (None: never).
    scope: the topic of questions that belong to none, where the data has such.
    known_languages: of the questions it learned from.
    by_language: thresholds of languages that need others.
    examples: questions that the page offers to try.
    hosted: the hosted model behind the stages; None where there is none, or its answers were not good enough.
    reranker: the cross-encoder behind the stages; None where there is none, or it did nothing for the product.
    human, declared: the baseline of people alone, and whether the brief gives it.
    """

    name: str
    scenario: str
    classes: tuple[str, ...]
    gates: tuple[Gate, ...]
    budget: float
    sure: float
    certified: bool
    metric: str = "accuracy"
    clarify_from: float | None = None
    scope: str | None = None
    known_languages: tuple[str, ...] = ()
    by_language: dict[str, tuple[float | None, ...]] = {}
    examples: tuple[str, ...] = ()
    encoding: str | None = None
    hosted: HostedGate | None = None
    reranker: RerankGate | None = None
    human: Human = Human()
    declared: bool = False
    format: int = description.FORMAT


@dataclass(frozen=True)
class Loaded:
    """A loaded product: what product.json says, the answer book, and the models of the stages."""

    about: About
    book: AnswerBook
    models: tuple[Model, ...]
    folder: Path
    reranker: Reranker | None = None


def publish(
    folder: Path, about: About, book: AnswerBook, models: Sequence[Path], reranking: Path | None = None
) -> Path:
    """Write a product folder anew from finished folders of its models, and one of the re-ranker's files; it counts as finished once its
    manifest is there.
    """
    if folder.exists():
        shutil.rmtree(folder)
    for gate, model in zip(about.gates, models, strict=True):
        store.copy_folder(model, folder / gate.folder)
        (folder / gate.folder / store.MANIFEST).unlink()  # the product's own manifest holds every file
    if reranking is not None:
        shutil.copytree(reranking, folder / reranker.STAGE)
    store.write_json(folder / ABOUT, msgspec.to_builtins(about))
    store.write_json(folder / ANSWERS, msgspec.to_builtins(book))
    store.seal(folder, {"name": about.name, "scenario": about.scenario, "breakeven": VERSION})
    return folder


def load(folder: Path) -> Loaded:
    """Load a checked product folder. Raises ProductError."""
    files = ProductFolder.open(folder)
    about, book = files.json(ABOUT, About), files.json(ANSWERS, AnswerBook)
    models = tuple(predictor.load_part(files.within(gate.folder)) for gate in about.gates)
    for gate, model in zip(about.gates, models, strict=True):
        if model.decoder.classes != about.classes or [f.name for f in model.schema.fields] != [QUESTION]:
            where = str(files.path(f"{gate.folder}/{description.ABOUT}"))
            raise ProductError(where, "other topics or columns than those of the product", RESTORE)
    behind = None if about.reranker is None else reranker.load(files.within(reranker.STAGE), book)
    return Loaded(about, book, models, folder, behind)

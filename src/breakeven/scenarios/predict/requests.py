"""Bodies and answers of a table product's service, and their description by the product's own columns."""

from __future__ import annotations

import re
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from breakeven.features.schema import Field
from breakeven.runtime.predictor import Loaded

#: Most rows of a request.
MAX_ROWS = 10_000
#: Most levels of a category that the description lists.
MAX_EXAMPLES = 50

#: Characters that no field of a Struct may have in its name.
NOT_TAKEN = re.compile(r'[\\"\x00-\x1f]')

R = TypeVar("R")
A = TypeVar("A")


class PredictRequest(msgspec.Struct, Generic[R], forbid_unknown_fields=True):
    """The body of POST /v1/predict: rows as objects of columns. `R` is checked by the product's schema."""

    rows: Annotated[list[R], Meta(min_length=1, max_length=MAX_ROWS)]
    explain: bool = False


class AnyRows(PredictRequest[object]):
    """The same for any product: a type without parameters is decoded three times as fast."""


class PredictQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The query of POST /v1/predict; it goes before the body."""

    explain: bool | UnsetType = UNSET


class PredictReply(msgspec.Struct, Generic[A]):
    """One answer a row, in the order of the rows."""

    predictions: list[A]
    notes: Annotated[list[str], Meta(description="levels that training did not have")] | UnsetType = UNSET


class OutcomeRow(msgspec.Struct, Generic[R], forbid_unknown_fields=True):
    """A row and what turned out to be true of it: one of the classes, or a number."""

    row: R
    outcome: str | float | bool


class FeedbackRequest(msgspec.Struct, Generic[R], forbid_unknown_fields=True):
    """The body of POST /v1/feedback."""

    outcomes: Annotated[list[OutcomeRow[R]], Meta(min_length=1, max_length=MAX_ROWS)]


class FeedbackReply(msgspec.Struct):
    """How many outcomes were written, and how many there are."""

    kept: int
    in_all: int


class Reason(msgspec.Struct):
    """What a column, at its value, adds to the answer."""

    column: str
    value: object
    effect: float


class ClassAnswer(msgspec.Struct):
    """The likeliest class and the probability of each."""

    prediction: str
    probability: float
    probabilities: dict[str, float]
    reasons: Annotated[list[Reason], Meta(description="with explain: what each column adds")] | UnsetType = UNSET


class ValueAnswer(msgspec.Struct):
    """A value and its 90 % interval."""

    prediction: float
    low: float
    high: float
    reasons: Annotated[list[Reason], Meta(description="with explain: what each column adds")] | UnsetType = UNSET


def row_type(product: Loaded) -> Any:
    """A Struct of the product's columns, for the description alone: names need not be Python's."""
    names = {f"column_{i}": _described(f.name, i) for i, f in enumerate(product.schema.fields)}
    columns = [(own, column_type(f)) for own, f in zip(names, product.schema.fields, strict=True)]
    return msgspec.defstruct("Row", columns, rename=names)


def _described(name: str, place: int) -> str:
    """A column's name in the description; msgspec takes no quotes, backslashes and control characters, which are shown as `_`."""
    shown = NOT_TAKEN.sub("_", name)
    return name if shown == name else f"{shown} (column {place + 1})"


def column_type(f: Field) -> Any:
    """The values a column takes over HTTP, with a description."""
    if f.role == "category":
        examples = list(f.levels) if len(f.levels) <= MAX_EXAMPLES else None
        return Annotated[
            str | float | bool | None, Meta(description="a category; others count as unseen", examples=examples)
        ]
    if f.role == "text":
        return Annotated[str | None, Meta(description="a text of any length")]
    if f.role == "image":
        base64 = {"contentEncoding": "base64"}
        return Annotated[
            str | None, Meta(description="an image file (png, jpeg, webp, bmp, tiff)", extra_json_schema=base64)
        ]
    if f.role == "time":
        return Annotated[str | float | None, Meta(description=f.expected)]
    description = f"a number, also written as text: {f.expected}"
    return Annotated[float | str | None, Meta(description=description, examples=list(f.typical))]


def answer_type(product: Loaded) -> Any:
    """The type of an answer; the classes are listed."""
    classes = product.decoder.classes
    if not classes:
        return ValueAnswer
    return msgspec.defstruct("Answer", [("prediction", Literal[classes])], bases=(ClassAnswer,))

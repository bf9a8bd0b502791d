"""The HTTP service of a table product: predict, feedback, its page and its report. No training library is imported."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import msgspec
from msgspec import UNSET

from breakeven.core.errors import InputError, TooLarge, nearest
from breakeven.core.personal_data import is_personal
from breakeven.core.types import Outcome, Row
from breakeven.features import image
from breakeven.online.outcomes import Outcomes
from breakeven.runtime import unseen
from breakeven.runtime.predictor import Loaded
from breakeven.scenarios.predict import page
from breakeven.scenarios.predict.file_answers import FileReply, FileRequest, answer_file
from breakeven.scenarios.predict.requests import (
    MAX_ROWS,
    AnyRows,
    FeedbackReply,
    FeedbackRequest,
    OutcomeRow,
    PredictQuery,
    PredictReply,
    PredictRequest,
    answer_type,
    row_type,
)
from breakeven.serving import pages
from breakeven.serving.endpoint import MAX_BODY, MAX_TEXT, Content, Endpoint, Plain, Ready, Request, Service, always
from breakeven.serving.open_inference import OpenInference
from breakeven.serving.workers import Busy

#: Rows answered on the event loop; more go to a worker thread. 16 rows of a 200-tree model take about a millisecond.
INLINE_ROWS = 16
#: The same for products with texts or images: one takes a millisecond by itself.
INLINE_MEDIA_ROWS = 1
#: Most pixels of all images of a request, before they are brought to size: a second or two of a core.
MAX_PIXELS = 200_000_000
#: Most rows explained by one request.
MAX_EXPLAINED = 100


#: A request of POST /v1/predict. What a row holds, and whether it is an object at all, the schema checks and names.
RowsRequest = Request[PredictRequest[Row], PredictQuery]


class PredictService(Service):
    """One product that answers rows."""

    def __init__(self, product: Loaded, folder: Path, verdict: Mapping[str, object]) -> None:
        self.product = product = without_personal_data(product)
        self.name, self.version = product.about.name, product.about.version
        self.description = f"Predicts {product.about.target}."
        self._page = page.page(product, verdict)
        self._inline_rows = INLINE_MEDIA_ROWS if product.schema.refers else INLINE_ROWS
        # A few kilobytes of png may hold 50 million pixels.
        self._has_images = any(f.role == "image" for f in product.schema.fields)
        self._categories = [f for f in product.schema.fields if f.role == "category"]
        self._outcomes = Outcomes(folder, self.name)

    def endpoints(self) -> list[Endpoint]:
        """POST /v1/predict and /v1/feedback, the page, the report, and the Open Inference Protocol."""
        row, sample = row_type(self.product), self.product.about.sample
        max_text = MAX_BODY if self._has_images else MAX_TEXT  # an image is a text in base64, whose pixels are counted
        return [
            Endpoint(
                "POST",
                "/v1/predict",
                self.predict,
                "Answer rows",
                request=AnyRows,
                query=PredictQuery,
                described_request=PredictRequest[row],  # type: ignore[valid-type]
                described_response=PredictReply[answer_type(self.product)],  # type: ignore[misc]
                example={"rows": [sample]},
                heavy=self.is_heavy,
                scope="read",
                hot=True,
                max_text=max_text,
            ),
            Endpoint(
                "POST",
                "/v1/feedback",
                self.feedback,
                "Keep what turned out to be true; it is on disk before it is answered",
                request=FeedbackRequest[object],
                response=FeedbackReply,
                described_request=FeedbackRequest[row],  # type: ignore[valid-type]
                example={"outcomes": [{"row": sample, "outcome": (*self.product.decoder.classes, 0)[0]}]},
                heavy=always,
                max_text=max_text,
            ),
            *([] if self._has_images else [self._file()]),
            Endpoint("GET", "/", self.page, "The product's page"),
            Endpoint("GET", "/report", self.report, "The report of the build"),
            *OpenInference(self.product, MAX_ROWS, MAX_PIXELS).endpoints(),
        ]

    def _file(self) -> Endpoint:
        return Endpoint(
            "POST",
            "/v1/predict/file",
            self.predict_file,
            "Answer a file of rows: the same rows back, with the answers beside them",
            scope="read",
            request=FileRequest,
            response=FileReply,
            example={"name": "rows.csv", "content": base64.b64encode(_csv(self.product.about.sample)).decode()},
            heavy=always,
        )

    def scripts(self) -> Mapping[str, Content]:
        """The page's own."""
        return page.SCRIPTS

    def predict(self, request: RowsRequest) -> PredictReply[Mapping[str, object]]:
        """POST /v1/predict. Raises InputError naming row and column."""
        if not self._has_images:
            return self._answered(request)
        with image.budget(MAX_PIXELS):
            return self._answered(request)

    def _answered(self, request: RowsRequest) -> PredictReply[Mapping[str, object]]:
        # The schema refuses what is no object, with its row.
        product, rows = self.product, request.body.rows
        if explains(request):
            answers: Sequence[Mapping[str, object]] = self._explained(rows)
        elif len(rows) == 1:
            answers = [product.decoder.one(product.scores(*product.encode(rows))[0].tolist())]
        else:
            answers = product.predict(rows)
        return PredictReply(list(answers), unseen.notes(self._categories, rows) or UNSET)

    def _explained(self, rows: list[Row]) -> list[dict[str, object]]:
        """Answers with reasons. Raises TooLarge."""
        if len(rows) > MAX_EXPLAINED:
            raise TooLarge(
                "body, rows", f"{len(rows):,} rows are too many to explain", f"send at most {MAX_EXPLAINED} at a time"
            )
        answers = self.product.predict(rows)
        return [{**a, "reasons": self.product.explain(row)} for a, row in zip(answers, rows, strict=True)]

    def predict_file(self, request: Request[FileRequest, None]) -> FileReply:
        """POST /v1/predict/file. Raises InputError naming line and column."""
        return answer_file(self.product, request.body)

    def is_heavy(self, request: RowsRequest) -> bool:
        """Whether a request takes more than about a millisecond: explanations, images, many rows."""
        return self._has_images or len(request.body.rows) > self._inline_rows or explains(request)

    def feedback(self, request: Request[FeedbackRequest[object], None]) -> FeedbackReply:
        """POST /v1/feedback. Raises InputError naming the outcome, and Busy where outcomes cannot be written."""
        with image.budget(MAX_PIXELS):
            outcomes = [_outcome(self.product, i, one) for i, one in enumerate(request.body.outcomes)]
        try:
            return FeedbackReply(len(outcomes), self._outcomes.append(outcomes))
        except OSError as error:
            raise Busy(str(error)) from None

    def page(self, request: Plain) -> Content:
        """GET /."""
        return self._page

    def report(self, request: Plain) -> Content:
        """GET /report."""
        return pages.report(self.product.folder)

    def ready(self) -> Ready:
        """Whether outcomes can be kept. Raises Busy."""
        fault = self._outcomes.fault()
        if fault is not None:
            raise Busy(f"outcomes cannot be kept: {fault}")
        return Ready(True)

    async def close(self) -> None:
        """Close the log of outcomes."""
        self._outcomes.close()


def without_personal_data(product: Loaded) -> Loaded:
    """A product whose sample, which the page and the description show, holds none, whoever built it."""
    sample = {
        name: None if isinstance(value, str) and is_personal(value) else value
        for name, value in product.about.sample.items()
    }
    return replace(product, about=msgspec.structs.replace(product.about, sample=sample))


def explains(request: RowsRequest) -> bool:
    """Whether reasons are wanted: the query goes before the body."""
    explain = request.query.explain
    return request.body.explain if explain is UNSET else bool(explain)


def _outcome(product: Loaded, i: int, one: OutcomeRow[object]) -> Outcome:
    """An outcome checked against the product's columns and classes. Raises InputError."""
    row, outcome, classes = cast("Row", one.row), one.outcome, product.decoder.classes
    where = f"outcomes[{i}]"
    if not isinstance(row, dict):
        raise InputError(f"{where}, row", "it is not an object", 'send {"row": {...}, "outcome": ...}')
    product.schema.columns([row])
    if not classes:
        if isinstance(outcome, bool) or not isinstance(outcome, int | float):
            raise InputError(f"{where}, outcome", f"{outcome!r} is not a number", "send a number")
        return Outcome(row, outcome)
    label = product.decoder.class_of(outcome)
    if label is None:
        raise InputError(f"{where}, outcome", f"{outcome!r} is not one of the classes", nearest(str(outcome), classes))
    return Outcome(row, label)


def _csv(row: Mapping[str, object]) -> bytes:
    """A file of one row."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([row.keys(), row.values()])
    return text.getvalue().encode()

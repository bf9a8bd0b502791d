"""HTTP routes of a table product: predict, feedback, its page and its description. No training library is imported."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from breakeven.core.errors import InputError, TooLarge, nearest
from breakeven.core.types import Outcome
from breakeven.online.outcome_log import OutcomeLog
from breakeven.runtime.predictor import Loaded, load
from breakeven.serving import open_inference, openapi
from breakeven.serving.server import Raw, Route

__all__ = ["load", "routes"]

MAX_ROWS = 10_000
#: Rows answered on the event loop; more go to the worker thread. 16 rows of a 200-tree model take about a millisecond.
INLINE_ROWS = 16


def routes(product: Loaded, folder: Path, verdict: dict[str, Any]) -> list[Route]:
    """All routes of a product; `folder` keeps the outcomes that come back."""
    described = openapi.spec(product, MAX_ROWS)
    example = {"rows": [described["components"]["schemas"]["Row"]["example"]]}
    described_page = openapi.page(described, "/v1/predict", example)
    page = _page(product, verdict)
    report = folder / "build" / "latest" / "report.html"
    return [
        Route("POST", "/v1/predict", predictor(product), heavy_of(product), ("explain",)),
        Route("POST", "/v1/feedback", feedback(product, folder), lambda _: True),
        Route("GET", "/", lambda _: Raw(page)),
        Route("GET", "/report", lambda _: Raw(report.read_bytes() if report.is_file() else b"no report")),
        Route("GET", "/openapi.json", lambda _: described),
        Route("GET", "/docs", lambda _: Raw(described_page)),
        *open_inference.routes(product, MAX_ROWS),
    ]


def predictor(product: Loaded) -> Callable[[Any], Any]:
    """The handler of POST /v1/predict: {"rows": [...], "explain": false} -> {"predictions": [...]}."""
    decode, scores, encode = product.decoder.one, product.scores, product.encode

    def predict(body: Any) -> Any:
        rows = rows_of(body)
        explain = body.get("explain", False)
        if len(rows) == 1:
            found = [decode(scores(*encode(rows))[0].tolist())]
        else:
            found = product.predict(rows)
        if explain:
            found = [{**a, "reasons": product.explain(row)} for a, row in zip(found, rows, strict=True)]
        return {"predictions": found}

    return predict


def rows_of(body: Any) -> list[Any]:
    """The rows of a request. Raises InputError or TooLarge when there are none, too many, or unknown keys."""
    if type(body) is not dict or type(body.get("rows")) is not list:
        raise InputError("body", "no list 'rows'", 'send {"rows": [{column: value, ...}]}')
    rows: list[Any] = body["rows"]
    if len(body) > 1:
        for key in body:
            if key not in ("rows", "explain"):
                raise InputError("body", f"unknown key {key!r}", nearest(str(key), ("rows", "explain")))
        if not isinstance(body["explain"], bool):
            raise InputError("body, explain", f"expected true or false, got {body['explain']!r}", "leave it out")
        if body["explain"] and len(rows) > 100:
            raise TooLarge("body, rows", f"{len(rows):,} rows are too many to explain", "ask for at most 100 at a time")
    if not rows:
        raise InputError("body, rows", "the list is empty", "send at least one row")
    if len(rows) > MAX_ROWS:
        raise TooLarge(
            "body, rows", f"{len(rows):,} rows are over the limit of {MAX_ROWS:,}", "send fewer rows at a time"
        )
    return rows


def heavy_of(product: Loaded) -> Callable[[Any], bool]:
    """Which requests should leave the event loop: explanations, and more rows than a millisecond's worth."""
    # A text or an image takes a millisecond by itself.
    most = 1 if product.schema.refers else INLINE_ROWS
    # A few kilobytes of png may hold 50 million pixels.
    pictures = any(f.role == "image" for f in product.schema.fields)

    def heavy(body: Any) -> bool:
        if pictures:
            return True
        return type(body) is dict and (len(body) > 1 or (type(body.get("rows")) is list and len(body["rows"]) > most))

    return heavy


def feedback(product: Loaded, folder: Path) -> Callable[[Any], Any]:
    """The handler of POST /v1/feedback: {"outcomes": [{"row": {...}, "outcome": ...}]} -> {"kept": n}."""
    log: list[OutcomeLog] = []

    def keep(body: Any) -> Any:
        if not isinstance(body, dict) or not isinstance(body.get("outcomes"), list) or not body["outcomes"]:
            raise InputError("body", "no list 'outcomes'", 'send {"outcomes": [{"row": {...}, "outcome": ...}]}')
        outcomes = [_outcome(product, i, one) for i, one in enumerate(body["outcomes"])]
        if not log:
            log.append(OutcomeLog(folder))
        return {"kept": len(outcomes), "in_all": log[0].append(outcomes)}

    return keep


def _outcome(product: Loaded, i: int, one: Any) -> Outcome:
    where = f"outcomes[{i}]"
    if not isinstance(one, dict) or not isinstance(one.get("row"), dict) or "outcome" not in one:
        raise InputError(where, "no row or no outcome", 'send {"row": {...}, "outcome": ...}')
    product.schema.columns([one["row"]])
    outcome, classes = one["outcome"], product.decoder.classes
    if classes and product.decoder.class_of(outcome) is None:
        raise InputError(f"{where}, outcome", f"{outcome!r} is not one of the classes", nearest(str(outcome), classes))
    if not classes and (isinstance(outcome, bool) or not isinstance(outcome, int | float)):
        raise InputError(f"{where}, outcome", f"{outcome!r} is not a number", "send a number")
    return Outcome(one["row"], product.decoder.class_of(outcome) if classes else outcome)


def _page(product: Loaded, verdict: dict[str, Any]) -> bytes:
    """The product's page: what it does, its verdict, a form made from its schema."""
    template = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        resources.files("breakeven.serving").joinpath("page.html").read_text(encoding="utf-8")
    )
    return template.render(
        about=product.about, fields=product.schema.fields, classes=product.decoder.classes, v=verdict
    ).encode()

"""OpenAPI 3.1 from a product's own schema, and a page that shows it without asking the network for anything."""

from __future__ import annotations

from html import escape
from typing import Any

import orjson

from breakeven.features.schema import Field
from breakeven.runtime.predictor import Loaded

ERRORS = {
    "400": "the body is not JSON",
    "403": "the Host or Origin header names another site",
    "413": "the body or the number of rows is over the limit",
    "415": "the content type is not application/json",
    "422": "a row is wrong; the message names row and column",
    "503": "too much to do at once; try again after Retry-After seconds",
}


def column(f: Field) -> dict[str, Any]:
    """JSON Schema of one input column."""
    if f.role == "category":
        out: dict[str, Any] = {
            "type": ["string", "number", "boolean", "null"],
            "description": "a category; others count as unseen",
        }
        if len(f.levels) <= 50:
            out["examples"] = list(f.levels)
        return out
    if f.role == "text":
        return {"type": ["string", "null"], "description": "a text of any length"}
    if f.role == "image":
        return {
            "type": ["string", "null"],
            "contentEncoding": "base64",
            "description": "an image file (png, jpeg, webp, bmp, tiff)",
        }
    if f.role == "time":
        return {"type": ["string", "number", "null"], "description": "a date or time (ISO 8601), or seconds since 1970"}
    comma = f.format is not None and f.format.decimal == ","
    return {
        "type": ["number", "string", "null"],
        "description": f"a number, also written as text with a decimal {'comma' if comma else 'point'}",
        "examples": list(f.typical),
    }


def spec(product: Loaded, max_rows: int) -> dict[str, Any]:
    """The whole description of a product's service."""
    about, fields = product.about, product.schema.fields
    row = {"type": "object", "properties": {f.name: column(f) for f in fields}, "required": [f.name for f in fields],
           "example": dict(about["sample"])}  # fmt: skip
    number = {"type": "number"}
    answer: dict[str, Any] = {"prediction": {"type": "string", "enum": list(product.decoder.classes)}, "probability": number,
                              "probabilities": {"type": "object", "additionalProperties": number}}  # fmt: skip
    if not product.decoder.classes:
        answer = {"prediction": number, "low": number, "high": number}
    reason = {"type": "object", "properties": {"column": {"type": "string"}, "value": {}, "effect": number}}
    answer["reasons"] = {
        "type": "array",
        "items": reason,
        "description": "with explain: what each column adds to the answer",
    }
    rows = {"type": "array", "items": {"$ref": "#/components/schemas/Row"}, "minItems": 1, "maxItems": max_rows}
    asked = {
        "type": "object",
        "properties": {"rows": rows, "explain": {"type": "boolean", "default": False}},
        "required": ["rows"],
        "additionalProperties": False,
    }
    told = {
        "type": "object",
        "properties": {"row": {"$ref": "#/components/schemas/Row"}, "outcome": {}},
        "required": ["row", "outcome"],
    }
    feedback = {
        "type": "object",
        "properties": {"outcomes": {"type": "array", "items": told, "minItems": 1}},
        "required": ["outcomes"],
    }
    done = {
        "type": "object",
        "properties": {"predictions": {"type": "array", "items": {"$ref": "#/components/schemas/Answer"}}},
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": about["name"],
            "version": str(about.get("version", "1")),
            "description": f"Predicts {about['target']}.",
        },
        "paths": {
            "/v1/predict": {"post": _operation("Answer rows", asked, done)},
            "/v1/feedback": {"post": _operation("Keep what turned out to be true", feedback, {"type": "object"})},
            "/health/live": {"get": _get("The process answers")},
            "/health/ready": {"get": _get("The product is loaded")},
            "/metrics": {"get": _get("Prometheus metrics")},
            f"/v2/models/{about['name']}/infer": {
                "post": _operation("Open Inference Protocol", {"type": "object"}, {"type": "object"})
            },
        },
        "components": {"schemas": {"Row": row, "Answer": {"type": "object", "properties": answer}}},
    }


def _operation(summary: str, body: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    error = {"type": "object", "properties": {"error": {"type": "string"}}}
    responses: dict[str, Any] = {"200": {"description": "done", "content": {"application/json": {"schema": answer}}}}
    responses |= {
        code: {"description": text, "content": {"application/json": {"schema": error}}} for code, text in ERRORS.items()
    }
    return {
        "summary": summary,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": responses,
    }


def _get(summary: str) -> dict[str, Any]:
    return {"summary": summary, "responses": {"200": {"description": "done"}}}


def page(described: dict[str, Any], path: str, example: object) -> bytes:
    """The description as a plain page: paths, an example for one of them to copy, the whole document."""
    title, body = escape(described["info"]["title"]), escape(orjson.dumps(example).decode())
    paths = "".join(f"<li><code>{method.upper()} {escape(path)}</code> {escape(op['summary'])}</li>"
                    for path, ops in described["paths"].items() for method, op in ops.items())  # fmt: skip
    whole = escape(orjson.dumps(described, option=orjson.OPT_INDENT_2).decode())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}: API</title>'
        "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:860px;margin:2rem auto;padding:0 1rem;color:#1b2b32}"
        "pre{background:#f5f7f8;padding:12px;border-radius:6px;overflow:auto}code{font:.92em ui-monospace,monospace}</style>"
        f'<h1>{title}: API</h1><p>OpenAPI 3.1: <a href="openapi.json">openapi.json</a></p><ul>{paths}</ul>'
        f"<h2>Try it</h2><pre>curl -X POST http://HOST:PORT{path} -H 'content-type: application/json' \\\n  -d '{body}'</pre>"
        f"<details><summary>the whole document</summary><pre>{whole}</pre></details></html>"
    ).encode()

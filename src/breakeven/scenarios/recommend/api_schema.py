"""The service of a shop in OpenAPI 3.1, made from its routes, so that none is left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from breakeven.scenarios.recommend import rules
from breakeven.serving.openapi import ERRORS
from breakeven.serving.server import Route

#: What each path is for; one that is not named here is gorse's.
SUMMARIES = {
    "/v1/events": "Keep what people did; on disk before it is answered, in the very next shelf",
    "/v1/items": "New items, stock and prices (POST); the catalogue, searched by q (GET)",
    "/v1/recommend/{user}": "A shelf for a person",
    "/v1/session/recommend": "A shelf for a visitor without a name, from the events of this visit",
    "/v1/items/{item}/similar": "Items that go with one",
    "/v1/popular": "What most people took of late",
    "/v1/users/{user}": "A person's last events",
    "/v1/about": "Who answers, and how good it was",
    "/v1/experiment": "The arms of the experiment, and exploring",
    "/v1/experiment/plan": "Impressions an arm until a lift is found (rate, lift)",
    "/health/ready": "The product is loaded and its log can be read; unreadable_rows counts stored rows that were left out",
}
#: Bodies to copy.
BODIES = {
    "/v1/events": {"events": [{"user": "u1", "item": "i7", "kind": "view", "id": "e1"}]},
    "/v1/items": {"items": [{"item": "i9", "title": "blue mug", "categories": ["mug"], "price": 9.5, "stock": 3}]},
    "/v1/session/recommend": {"events": [{"item": "i7", "kind": "view"}]},
}
SHELVES = ("/v1/recommend/{user}", "/v1/session/recommend", "/v1/items/{item}/similar", "/v1/popular")


def spec(name: str, routes: Sequence[Route]) -> dict[str, Any]:
    """The description of all routes that answer JSON."""
    paths: dict[str, Any] = {}
    for r in routes:
        if r.path.startswith(("/v1/", "/api/", "/health/")):
            paths.setdefault(r.path, {})[r.method.lower()] = _operation(r)
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": "1", "description": "Recommends items."},
        "paths": paths,
    }


def _operation(r: Route) -> dict[str, Any]:
    error = {"application/json": {"schema": {"type": "object", "properties": {"error": {"type": "string"}}}}}
    responses = {
        "200": {"description": "done"},
        **{code: {"description": text, "content": error} for code, text in ERRORS.items()},
    }
    out: dict[str, Any] = {"summary": SUMMARIES.get(r.path, "As gorse has it"), "responses": responses}
    named = [
        {"name": n, "in": "path", "required": True, "schema": {"type": "string"}}
        for n in re.findall(r"{(\w+)}", r.path)
    ]
    asked = (
        [{"name": key, "in": "query", "schema": {"type": "string"}} for key in rules.KEYS] if r.path in SHELVES else []
    )
    if named or asked:
        out["parameters"] = [*named, *asked]
    if r.method in ("POST", "PUT", "PATCH"):
        body = {"schema": {"type": ["object", "array"]}, **({"example": BODIES[r.path]} if r.path in BODIES else {})}
        out["requestBody"] = {"required": True, "content": {"application/json": body}}
    return out

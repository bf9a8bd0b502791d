"""OpenAPI 3.1 from the types of endpoints, and the two paths that show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from breakeven.serving import docs
from breakeven.serving.endpoint import Content, Endpoint, Plain, Service
from breakeven.serving.responder import ErrorReply

#: What refusals of every endpoint mean.
COMMON_ERRORS = {
    "403": "the Host or Origin header names another site, or the key is of a lower scope",
    "503": "too much to do at once; try again after Retry-After seconds",
}
#: What refusals of parameters mean.
PARAMETER_ERRORS = {"422": "a parameter is wrong; the message names it"}
#: What refusals of bodies mean.
BODY_ERRORS = {
    "400": "the body is not JSON",
    "413": "the body, or something in it, is over a limit",
    "415": "the content type is not application/json",
    "422": "a field is wrong; the message names row and column",
}
#: What refusals of bodies mean that are signed, and read only when the signature is right.
RAW_ERRORS = {key: BODY_ERRORS[key] for key in ("400", "413", "422")} | {"401": "the signature is wrong or too old"}
#: What refusals of keys mean.
KEY_ERRORS = {
    "401": "a key is needed, or the one that was sent is not known or has expired",
    "429": "the key is over its rate; try again after Retry-After seconds",
}
#: How a key is sent. A service that answers its own machine alone may have none, and asks for none.
SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "bearer": {"type": "http", "scheme": "bearer"},
}
_REF = "#/components/schemas/{name}"

#: A part of a JSON document: its keys are OpenAPI's, not ours.
Json = dict[str, Any]


class Description:
    """The description of one service and the two endpoints that show it."""

    def __init__(self, service: Service, endpoints: Sequence[Endpoint]) -> None:
        own = [
            Endpoint("GET", "/openapi.json", self.document, "This description"),
            Endpoint("GET", "/docs", self.page, "This description as a page"),
        ]
        self._own, self._document = own, describe(service, [*endpoints, *own])
        self._page = docs.page(self._document, service.keys is not None)

    def endpoints(self) -> list[Endpoint]:
        """GET /openapi.json and /docs."""
        return self._own

    def document(self, request: Plain) -> Json:
        """GET /openapi.json."""
        return self._document

    def page(self, request: Plain) -> Content:
        """GET /docs."""
        return self._page


def describe(service: Service, endpoints: Sequence[Endpoint]) -> Json:
    """The OpenAPI document of a service."""
    types = {t for e in endpoints for t in (_request(e), e.query, _response(e)) if t not in (None, bytes)} | {
        ErrorReply
    }
    ordered = sorted(types, key=repr)
    schemas, components = msgspec.json.schema_components(ordered, schema_hook=_any_value, ref_template=_REF)
    by_type = dict(zip(ordered, schemas, strict=True))
    paths: Json = {}
    for endpoint in endpoints:
        operation = _operation(endpoint, by_type, components)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": service.name, "version": service.version, "description": service.description},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": SCHEMES},
    }


def _any_value(kind: type) -> Json:
    """The schema of `object`: any JSON value."""
    if kind is object:
        return {"description": "any JSON value"}
    raise NotImplementedError(f"{kind} has no JSON schema")


def _request(endpoint: Endpoint) -> Any:
    return endpoint.described_request or endpoint.request


def _response(endpoint: Endpoint) -> Any:
    return endpoint.described_response or endpoint.response


def _operation(endpoint: Endpoint, by_type: Mapping[Any, Json], components: Mapping[str, Json]) -> Json:
    errors = dict(COMMON_ERRORS)
    out: Json = {"summary": endpoint.summary, "security": []}
    if endpoint.needed != "open":
        out["security"] = [{name: []} for name in SCHEMES]
        out["description"] = f"Needs a key of scope {endpoint.needed}, where the service has keys."
        errors |= KEY_ERRORS
    parameters = [_path_parameter(name) for name in endpoint.parameters]
    if endpoint.query is not None:
        parameters += _query_parameters(components[endpoint.query.__name__])
    if parameters:
        out["parameters"] = parameters
        errors |= PARAMETER_ERRORS
    if endpoint.request is not None:
        is_raw = _request(endpoint) is bytes
        content: Json = {"schema": {} if is_raw else by_type[_request(endpoint)]}
        if endpoint.example is not None:
            content["example"] = endpoint.example
        out["requestBody"] = {"required": True, "content": {"*/*" if is_raw else "application/json": content}}
        errors |= RAW_ERRORS if is_raw else BODY_ERRORS
    done: Json = {"description": "done"}
    if (response := _response(endpoint)) is not None:
        done["content"] = {"application/json": {"schema": by_type[response]}}
    error = {"application/json": {"schema": by_type[ErrorReply]}}
    out["responses"] = {
        "200": done,
        **{status: {"description": text, "content": error} for status, text in sorted(errors.items())},
    }
    return out


def _path_parameter(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query_parameters(struct: Json) -> list[Json]:
    required = struct.get("required", [])
    return [
        {"name": name, "in": "query", "schema": schema, **({"required": True} if name in required else {})}
        for name, schema in struct["properties"].items()
    ]

"""JSON Schema as a person reads it: fields with their types in words, and an example value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: Levels of objects whose fields are listed, and of which an example is made.
DEEP = 4
#: Values of an enumeration that are listed.
LISTED = 8

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Described:
    """A field: its place as `rows[].age`, its type in words, whether it must be given, and what it is."""

    place: str
    type: str
    required: bool
    about: str


def resolved(schema: Json, document: Json) -> Json:
    """A schema, or what it refers to."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def fields(schema: Json, document: Json, place: str = "", deep: int = DEEP) -> Iterator[Described]:
    """The fields of an object, and of what its fields hold, in order."""
    schema = resolved(schema, document)
    if schema.get("type") == "array":
        yield from fields(schema.get("items") or {}, document, f"{place}[]", deep)
        return
    for some in schema.get("anyOf", ()):
        yield from fields(some, document, place, deep)
    if deep == 0:
        return
    required = set(schema.get("required", ()))
    for name, inner in (schema.get("properties") or {}).items():
        inside = f"{place}.{name}" if place else name
        kind, about = said(inner, document)
        yield Described(inside, kind, name in required, about)
        yield from fields(inner, document, inside, deep - 1)


def said(schema: Json, document: Json) -> tuple[str, str]:
    """The type of a schema in words, and its description.

    >>> said({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}, {})
    ('a whole number of at least 1, or null', '')
    """
    about = schema.get("description", "")
    schema = resolved(schema, document)
    return _type(schema, document), about or schema.get("description", "")


def _type(schema: Json, document: Json) -> str:
    if "anyOf" in schema:
        kinds = list(dict.fromkeys(_type(resolved(some, document), document) for some in schema["anyOf"]))
        return ", or ".join(sorted(kinds, key="null".__eq__))
    if "enum" in schema:
        values = schema["enum"]
        more = f" and {len(values) - LISTED:,} more" if len(values) > LISTED else ""
        return "one of " + ", ".join(map(repr, values[:LISTED])) + more
    if schema.get("type") == "array":
        return f"a list of {_plural(_type(resolved(schema.get('items') or {}, document), document))}"
    nouns = {
        "string": "a text",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "object": "an object",
    }
    kind = nouns.get(str(schema.get("type")), str(schema.get("type", "any value")))
    bounds = [
        f"{words} {schema[key]:,}" for key, words in (("minimum", "at least"), ("maximum", "at most")) if key in schema
    ]
    return f"{kind} of {' and '.join(bounds)}" if bounds else kind


def _plural(kind: str) -> str:
    return {"a text": "texts", "a number": "numbers", "a whole number": "whole numbers", "an object": "objects"}.get(
        kind, kind
    )


def example(schema: Json, document: Json, deep: int = DEEP) -> object:
    """A value that fits a schema: its own examples first, else the simplest.

    >>> example({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["b"]}, {})
    {'b': 0}
    """
    schema = resolved(schema, document)
    for key in ("default", "const"):
        if schema.get(key) is not None:
            return schema[key]
    if found := schema.get("examples") or schema.get("enum"):
        return found[0]
    if "anyOf" in schema:
        return example(next((s for s in schema["anyOf"] if s.get("type") != "null"), {}), document, deep)
    if schema.get("type") == "array":
        return [example(schema.get("items") or {}, document, deep)] if deep else []
    if schema.get("type") == "object":
        names = schema.get("required", ()) if deep else ()
        return {
            name: example(schema["properties"][name], document, deep - 1)
            for name in names
            if name in schema.get("properties", {})
        }
    plain = {"string": "", "integer": 0, "number": 0, "boolean": False}
    return plain.get(str(schema.get("type")))

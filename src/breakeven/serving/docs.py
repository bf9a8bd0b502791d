"""The page /docs: every operation of an OpenAPI document with its fields, commands to copy and a form to try it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson

from breakeven.core.verdict import Text
from breakeven.report import figures, labels
from breakeven.report.blocks import Block, Line, Paragraph, Table
from breakeven.report.phrases import phrase
from breakeven.serving import assets, pages, schemas
from breakeven.serving.endpoint import Content

SAY = labels.of(assets.PACKAGE, "docs")
#: The address in commands where no script puts the real one in.
ADDRESS = "http://127.0.0.1:8000"
#: Fields of a body or an answer that are shown.
FIELDS = 60
#: Groups of paths by how they begin, in the page's order; what begins otherwise is common to all services.
GROUPS = {"/v1/": "own", "/v2": "inference", "/api/": "gorse"}

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a path or of its query, with what the form begins with."""

    name: str
    where: str
    required: bool
    example: str


@dataclass(frozen=True)
class Operation:
    """One path and method as the page shows it."""

    id: str
    method: str
    path: str
    summary: Text
    about: Text | None
    tables: Sequence[Block]
    no_json: bool
    parameters: Sequence[Parameter]
    body: str
    curl: str
    python: str

    @property
    def lines(self) -> int:
        """Lines of the form's body."""
        return min(max(self.body.count("\n") + 1, 3), 18)


def page(document: Json, keyed: bool = False) -> Content:
    """The page of a document; where the service has keys, the page takes one for its requests, and commands name `$KEY`."""
    groups: dict[str, list[Operation]] = {name: [] for name in (*GROUPS.values(), "common")}
    for path, methods in document["paths"].items():
        group = next((name for start, name in GROUPS.items() if path.startswith(start)), "common")
        groups[group] += [_operation(document, path, method, operation, keyed) for method, operation in methods.items()]
    live = {name.removeprefix("live."): text for name, text in SAY.texts.items() if name.startswith("live.")}
    return pages.page(
        "docs.html",
        assets.PACKAGE,
        document["info"]["title"],
        {"docs.js": assets.common()["docs.js"]},
        t=SAY,
        description=phrase(document["info"]["description"]),
        keyed=keyed,
        groups=[(name, found) for name, found in groups.items() if found],
        words=orjson.dumps({name: {"en": text.en, "zh": text.zh} for name, text in live.items()}).decode(),
    )


def _operation(document: Json, path: str, method: str, operation: Json, keyed: bool) -> Operation:
    parameters = [_parameter(p) for p in operation.get("parameters", ())]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    body = None if content is None else content.get("example", schemas.example(content["schema"], document))
    address, needs_key = ADDRESS + _filled(path, parameters), keyed and bool(operation["security"])
    answer = operation["responses"]["200"].get("content", {}).get("application/json", {}).get("schema")
    return Operation(
        f"{method}{path}".replace("{", "").replace("}", ""),
        method.upper(),
        path,
        phrase(operation["summary"]),
        phrase(operation["description"]) if "description" in operation else None,
        list(_tables(document, path, operation, content, answer)),
        answer is None,
        parameters,
        "" if content is None else json.dumps(body, indent=2, ensure_ascii=False),
        curl(method.upper(), address, body, content is not None, needs_key),
        python(method.upper(), address, body, content is not None, needs_key),
    )


def _parameter(p: Json) -> Parameter:
    shown = p["schema"].get("default", p["schema"].get("examples", [""])[0])
    required = bool(p.get("required"))
    return Parameter(p["name"], p["in"], required, str(shown) if required else "")


def _filled(path: str, parameters: Sequence[Parameter]) -> str:
    for p in parameters:
        if p.where == "path":
            path = path.replace(f"{{{p.name}}}", quote(p.example) or p.name.upper())
    return path


def _tables(document: Json, path: str, operation: Json, content: Json | None, answer: Json | None) -> Iterator[Block]:
    if operation.get("parameters"):
        head = [SAY("docs.name"), SAY("docs.where"), SAY("docs.type"), SAY("docs.about")]
        rows: list[Line] = [
            [f"`{p['name']}`", phrase(p["in"]), *map(phrase, schemas.said(p["schema"], document))]
            for p in operation["parameters"]
        ]
        yield Table(SAY("docs.parameters", path=path), head, rows)
    if content is not None:
        yield from _fields(SAY("docs.body", path=path), content["schema"], document)
    if answer is not None:
        yield from _fields(SAY("docs.answer", path=path), answer, document)
    refused: list[Line] = [
        [status, phrase(r["description"])] for status, r in operation["responses"].items() if status != "200"
    ]
    yield Table(SAY("docs.errors", path=path), [SAY("docs.status"), SAY("docs.about")], refused)


def _fields(caption: Any, schema: Json, document: Json) -> Iterator[Block]:
    """A table of what a schema holds; nothing where it holds no fields."""
    found = list(schemas.fields(schema, document))
    rows: list[Line] = [
        [
            f"`{figures.clipped(f.place, 80)}`",
            phrase(f.type),
            SAY("docs.required") if f.required else "",
            phrase(f.about),
        ]
        for f in found[:FIELDS]
    ]
    if rows:
        yield Table(caption, [SAY("docs.name"), SAY("docs.type"), SAY("docs.needed"), SAY("docs.about")], rows)
    if len(found) > FIELDS:
        yield Paragraph(SAY("docs.more", count=f"{len(found) - FIELDS:,}"), soft=True)


def curl(method: str, address: str, body: object, has_body: bool, needs_key: bool = False) -> str:
    """A command for a POSIX shell, with the key in a variable.

    >>> print(curl("GET", "http://a/b?c=it's", None, False, True))
    curl 'http://a/b?c=it'"'"'s' \\
      -H "x-api-key: $KEY"
    """
    lines = ["curl " + ("" if method == "GET" else f"-X {method} ") + _quoted(address)]
    if needs_key:
        lines.append('-H "x-api-key: $KEY"')
    if has_body:
        lines += ["-H 'content-type: application/json'", f"-d {_quoted(json.dumps(body, ensure_ascii=False))}"]
    return " \\\n  ".join(lines)


def python(method: str, address: str, body: object, has_body: bool, needs_key: bool = False) -> str:
    """A program that needs nothing but Python, with the key in a variable of the environment."""
    modules = [*(["json"] if has_body else []), *(["os"] if needs_key else []), "urllib.request"]
    headers = [
        *(["'content-type': 'application/json'"] if has_body else []),
        *(["'x-api-key': os.environ['KEY']"] if needs_key else []),
    ]
    given = [
        repr(address),
        *(["json.dumps(body).encode()"] if has_body else []),
        *(["headers={" + ", ".join(headers) + "}"] if headers else []),
        f"method={method!r}",
    ]
    shown = "json.load(reply)" if has_body else "reply.read().decode()"
    return "\n".join(
        [
            *(f"import {name}" for name in modules),
            "",
            *([f"body = {body!r}"] if has_body else []),
            f"request = urllib.request.Request({', '.join(given)})",
            "with urllib.request.urlopen(request) as reply:",
            f"    print({shown})",
        ]
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\"'\"'") + "'"

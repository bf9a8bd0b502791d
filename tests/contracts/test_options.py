"""Every option that OpenAPI names is obeyed or refused: each parameter of each path changes an answer or is a 4xx."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from breakeven.scenarios import registry
from breakeven.serving.app import application
from tests.contracts import threshold
from tests.contracts.conftest import ALL
from tests.serving.asgi import ask, running

#: Every scenario is built for it.
pytestmark = pytest.mark.slow

#: Requests beside which a parameter is tried: some matter only together with others.
CONTEXTS: tuple[dict[str, str], ...] = ({}, {"explain": "1"}, {"k": "40"}, {"n": "40"})
#: Values of path parameters and of free texts, which the fixtures know or do not know.
KNOWN = ("u5", "商品17", "商品3", "tea", "view", "kite", "1")
UNKNOWN = "never heard of"
#: The body of gorse's paths for visitors.
VISIT = [{"FeedbackType": "view", "ItemId": "商品17"}]
#: What is sent first to the services that have such a path, so that there is something to list.
SENT = {
    "/v1/events": [{"events": [{"user": user, "item": "商品17"} for user in KNOWN]}],
    "/v1/chat": [{"message": "agent"}, {"message": "agent"}, {"message": "opening hours"}],
}
#: Values of query parameters that must be given.
REQUIRED = {"rate": "0.01"}

Call = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture
def served(scenario: Any, finished: dict[str, Path], tmp_path: Path) -> Iterator[Any]:
    place = shutil.copytree(finished[scenario.name], tmp_path / "served", symlinks=True)
    yield application([scenario.service(registry.load_product(place), place, {})])


def walk(app: Any, check: Callable[[Call, dict[str, Any]], Awaitable[int]]) -> int:
    """The sum of what a check returns with the description of a running service."""

    async def run() -> int:
        async def call(method: str, path: str, query: dict[str, str], body: object = None) -> tuple[int, Any]:
            target = f"{path}?{urlencode(query)}" if query else path
            sent = b"" if body is None else json.dumps(body).encode()
            status, answer, _ = await ask(app, method.upper(), target, body=sent)
            return status, answer

        async with running(app):
            document = json.loads((await call("GET", "/openapi.json", {}))[1])
            for path in document["paths"].keys() & SENT:
                for body in SENT[path]:
                    status, answer = await call("POST", path, {}, body)
                    assert status == 200
                    EXAMPLES.update({"conversation": json.loads(answer).get("conversation", "")})
            return await check(call, document)

    return asyncio.run(run())


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, list[dict[str, Any]], object]]:
    """Method, path, parameters and a body of every operation that only reads."""
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            content = told.get("requestBody", {}).get("content", {}).get("application/json", {})
            body = content.get("example", VISIT if "/session/" in path else None)
            if path.endswith("/stream"):  # it has no end
                continue
            if method == "get" or (method == "post" and "recommend" in path) or path == "/v1/predict":
                yield method, path, told.get("parameters", []), body


def values(schema: dict[str, Any]) -> list[str]:
    """Values to try for a parameter."""
    kinds = [schema, *schema.get("anyOf", [])]
    enums = [str(v) for kind in kinds for v in kind.get("enum", [])]
    types = {kind.get("type") for kind in kinds}
    if enums:
        return enums
    if "boolean" in types:
        return ["1", "1", "0"]  # twice: what rotates depends on what was shown before
    if types & {"integer", "number"}:
        return ["2", "1", "0.1", "0.9", "0", "5"]
    return [*KNOWN, UNKNOWN]


def filled(path: str, parameters: list[dict[str, Any]], values_of: dict[str, str]) -> str:
    for one in parameters:
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", quote(values_of.get(one["name"], "u5"), safe=""))
    return path


EXAMPLES = {"user": "u5", "item": "商品17", "category": "all", "kind": "view", "name": "x", "version": "1"}


async def matters(
    call: Call, request: tuple[str, str, object], parameter: dict[str, Any], contexts: Sequence[dict[str, str]]
) -> bool:
    """Whether some value of a query parameter changes the answer, or is refused although it is of the right type."""
    refused, is_text = False, set(values(parameter["schema"])) >= set(KNOWN)
    (method, path, body), name = request, parameter["name"]
    for context in contexts:
        plain = await call(method, path, context, body)
        if plain[0] != 200:  # the context is of another path
            continue
        for value in values(parameter["schema"]):
            status, answer = await call(method, path, {**context, name: value}, body)
            if status == 200 and answer != plain[1]:
                return True
            refused |= is_text and status >= 400
    return refused


def test_every_query_parameter_is_obeyed_or_refused(served: Any, scenario: Any) -> None:
    ignored = []

    async def check(call: Call, document: dict[str, Any]) -> int:
        tried = 0
        for method, path, parameters, body in operations(document):
            target = filled(path, parameters, EXAMPLES)
            for one in parameters:
                if one["in"] == "query":
                    tried += 1
                    needed = {
                        p["name"]: REQUIRED[p["name"]] for p in parameters if p["in"] == "query" and p.get("required")
                    }
                    contexts = [{**needed, **context} for context in CONTEXTS]
                    if not await matters(call, (method, target, body), one, contexts):
                        ignored.append(f"{method} {path}: {one['name']}")
        return tried

    tried = walk(served, check)
    assert not ignored, "; ".join(ignored)
    assert tried >= {"recommend": 60, "predict": 1, "support": 4, "threshold": 0}[scenario.name]


def test_every_path_parameter_is_obeyed(served: Any, scenario: Any) -> None:
    ignored = []

    async def check(call: Call, document: dict[str, Any]) -> int:
        tried = 0
        for method, path, parameters, body in operations(document):
            for one in parameters:
                if one["in"] == "path":
                    tried += 1
                    found = {
                        await call(method, filled(path, parameters, {**EXAMPLES, one["name"]: value}), {}, body)
                        for value in (*KNOWN, UNKNOWN)
                    }
                    if len(found) == 1 and found.pop()[0] == 200:
                        ignored.append(f"{method} {path}: {one['name']}")
        return tried

    tried = walk(served, check)
    assert not ignored, "; ".join(ignored)
    assert tried >= {"recommend": 12, "predict": 0, "support": 3, "threshold": 0}[scenario.name]


def test_an_unknown_query_parameter_is_refused(served: Any, scenario: Any) -> None:
    taken = []

    async def check(call: Call, document: dict[str, Any]) -> int:
        tried = 0
        for method, path, parameters, body in operations(document):
            answers = "content" in document["paths"][path][method]["responses"]["200"]
            if answers and not path.startswith("/health"):
                tried += 1
                status, answer = await call(method, filled(path, parameters, EXAMPLES), {"no_such_key": "1"}, body)
                if status < 400 or b"no_such_key" not in answer:
                    taken.append(f"{method} {path}: {status}")
        return tried

    tried = walk(served, check)
    assert not taken, taken
    assert tried >= {"recommend": 20, "predict": 3, "support": 6, "threshold": 0}[scenario.name]


def test_all_scenarios_are_walked() -> None:
    assert len(ALL) == len(registry.BUILT_IN) + 1 and threshold.SCENARIO in ALL

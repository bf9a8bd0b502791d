"""A shop with keys over real HTTP: what each scope may ask, with gorse's own client as well."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import gorse
import pytest

from breakeven.core.personal_data import is_personal
from breakeven.scenarios.recommend.about import about
from breakeven.scenarios.recommend.product import load
from breakeven.serving import key_file
from breakeven.serving.scopes import SCOPES
from tests.serving.test_server import Client, start

#: What is asked for beyond what the method says: answers that keep nothing, and what is known of people.
READ = {
    ("post", "/v1/session/recommend"),
    ("post", "/api/session/recommend"),
    ("post", "/api/session/recommend/{category}"),
}
WRITE = {("delete", "/api/item/{item}/category/{category}")}
PEOPLE = re.compile(
    r"/v1/users/\{user\}|/api/users?\b.*|/api/feedback.*|/api/item/\{item\}/feedback.*|/api/user-to-user/neighbors.*"
)
USUAL = {"get": "read", "delete": "admin"}


class Shop(Client):
    """A served shop with a key of every scope."""

    def __init__(self, port: int, keys: dict[str, str]) -> None:
        super().__init__(port)
        self.keys = keys

    def ask(self, scope: str | None, method: str, path: str, body: object = None) -> tuple[int, object]:
        """Status and answer to the holder of a key."""
        headers = {} if scope is None else {"x-api-key": self.keys[scope]}
        status, answer, _ = self(method, path, body, headers=headers)
        return status, answer


@pytest.fixture(scope="module")
def shop(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    place = tmp_path_factory.mktemp("keys") / "shop"
    shutil.copytree(made, place, symlinks=True)
    keys = {scope: key_file.add(place, scope, scope) for scope in SCOPES}
    process, client = start(place)
    yield Shop(client.port, keys)
    process.terminate()
    process.wait(20)
    used = key_file.last_used(place)
    assert all(key_file.usage_name(key) in used for key in key_file.load(place))


def needed(method: str, path: str) -> str:
    """The scope an endpoint should ask for."""
    if "/health/" in path:
        return "open"
    if (method, path.rstrip("/")) in READ:
        return "read"
    if method == "get" and PEOPLE.fullmatch(path) and "/api/user-to-user/{name}" not in path:
        return "admin"
    return "write" if (method, path) in WRITE else USUAL.get(method, "write")


def test_every_path_asks_for_its_scope(shop: Shop) -> None:
    document = shop.ask("read", "GET", "/openapi.json")[1]
    asked = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            found = re.search(r"scope (\w+)", operation.get("description", ""))
            assert (found[1] if found else "open") == needed(method, path), (method, path)
            asked.append((method.upper(), re.sub(r"\{\w+\}", "u1", path), needed(method, path)))
    assert len(asked) > 70
    for method, path, scope in asked:
        status = shop.ask(None, method, path, {} if method != "GET" else None)[0]
        assert (status == 401) == (scope != "open"), (method, path)
        for lower in SCOPES[: SCOPES.index(scope)] if scope != "open" else ():
            assert shop.ask(lower, method, path, {} if method != "GET" else None)[0] == 403, (method, path)


def test_a_shops_day_with_keys(shop: Shop) -> None:
    event = {"events": [{"user": "walk-in", "item": "商品17", "kind": "cart"}]}
    assert [shop.ask(scope, "POST", "/v1/events", event)[0] for scope in (None, *SCOPES)] == [401, 403, 403, 200, 200]
    assert [shop.ask(scope, "GET", "/v1/recommend/walk-in")[0] for scope in (None, *SCOPES)] == [
        401,
        403,
        200,
        200,
        200,
    ]
    assert [shop.ask(scope, "GET", "/v1/users/walk-in")[0] for scope in (None, *SCOPES)] == [401, 403, 403, 403, 200]
    assert [shop.ask(scope, "DELETE", "/v1/users/walk-in")[0] for scope in (None, *SCOPES)] == [401, 403, 403, 403, 200]


@pytest.mark.parametrize(
    ("scope", "writes", "lists"),
    [("admin", True, True), ("write", True, False), ("read", False, False), (None, False, False)],
)
def test_gorses_client_and_its_key(shop: Shop, scope: str | None, writes: bool, lists: bool) -> None:
    client = gorse.Gorse(f"http://127.0.0.1:{shop.port}", shop.keys.get(scope or "", ""), timeout=20)
    feedback = {"FeedbackType": "view", "UserId": "u1", "ItemId": "商品17", "Timestamp": "2026-01-01T00:00:00Z"}

    def done(work) -> bool:
        try:
            work()
        except gorse.GorseException as refused:
            assert refused.status_code in (401, 403) and "key" in refused.message
            return False
        return True

    assert done(lambda: client.insert_feedbacks([feedback])) == writes
    assert done(lambda: client.get_users(1)) == lists
    assert done(lambda: client.list_feedbacks("view", "u1")) == lists
    assert done(lambda: client.get_recommend("u1", n=3)) == (scope is not None)


def test_a_page_names_nobody_by_an_address(made: Path) -> None:
    product = load(made / "build" / "latest" / "product")
    names = ("13812345678", "ann@example.org", "１３８１２３４５６７８", "", *product.users[4:])
    object.__setattr__(product, "users", names)
    shown = about(product, {})["sample"]
    assert shown and not any(map(is_personal, shown)) and set(shown) <= set(names[4:])

"""gorse's paths over real HTTP: its Python client, the requests of its Go client, and what differs from gorse."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gorse
import pytest

from breakeven.online.sqlite_log import SqliteLog
from breakeven.scenarios.recommend.event_types import CHECKS
from breakeven.scenarios.recommend.gorse import MISSING, Gorse
from breakeven.scenarios.recommend.gorse_feedback import GorseFeedback
from breakeven.scenarios.recommend.gorse_messages import Feedback
from breakeven.scenarios.recommend.gorse_paths import forms
from breakeven.scenarios.recommend.live_shop import LiveShop
from breakeven.scenarios.recommend.product import load
from breakeven.serving.endpoint import Request
from tests.serving.test_server import Client, start

ITEM = "商品33"
WHEN = "2026-01-02T03:04:05Z"


@pytest.fixture(scope="module")
def client(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    place = tmp_path_factory.mktemp("gorse") / "shop"
    shutil.copytree(made, place, symlinks=True)
    process, client = start(place)
    yield client
    process.terminate()
    process.wait(20)


def test_times_without_a_zone_are_in_that_of_the_build(made: Path, tmp_path: Path) -> None:
    loaded = load(made / "build" / "latest" / "product")
    local = replace(loaded, about={**loaded.about, "timezone": "Asia/Shanghai"})
    shop = LiveShop(local, SqliteLog(tmp_path / "log", CHECKS))
    rows = [Feedback("local", ITEM, timestamp="2026-01-02 03:04:05"), Feedback("utc", ITEM, timestamp=WHEN)]

    async def insert() -> None:
        done = await GorseFeedback(shop).insert(Request(rows, None, {}))
        assert done.row_affected == 2
        await shop.close()

    asyncio.run(insert())
    naive, utc = (shop.live.history(user)[0].at for user in ("local", "utc"))
    assert utc - naive == 8 * 3600


def get(client: Client, path: str) -> Any:
    status, found, _ = client("GET", path)
    assert status == 200, found
    return found


def feedback(user: str, item: str = ITEM, kind: str = "view", **more: object) -> dict[str, object]:
    return {"FeedbackType": kind, "UserId": user, "ItemId": item, "Timestamp": WHEN, **more}


def test_recommendations_are_those_of_the_shop(client: Client) -> None:
    row = feedback("bob")
    assert client("POST", "/api/feedback", [row])[1] == {"RowAffected": 1}
    assert client("PUT", "/api/feedback", [row])[1] == {"RowAffected": 0}
    found = get(client, "/api/recommend/bob?n=5")
    assert found == [p["item"] for p in get(client, "/v1/recommend/bob?k=5")["items"]] and len(found) == 5
    assert get(client, "/api/recommend/bob?n=3&offset=2") == found[2:5]
    of_tea = {p["item"] for p in get(client, "/v1/items?q=tea&k=100")["items"]}
    for path in ("recommend/bob/tea?n=3", "recommend/bob?category=tea&n=3"):
        assert set(get(client, f"/api/{path}")) <= of_tea
    for path in ("popular", "non-personalized/popular", "latest", f"item/{quote('商品17')}/neighbors"):
        found = get(client, f"/api/{path}/tea?n=3")
        assert 0 < len(found) <= 3 and {s["Id"] for s in found} <= of_tea
        assert found == get(client, f"/api/{path}?n=3&category=tea")
        rest = get(client, f"/api/{path}/tea?n=3&user-id=u4&offset=1")
        assert not {s["Id"] for s in rest} & {e["ItemId"] for e in get(client, "/api/user/u4/feedback")}
    visit = client("POST", "/api/session/recommend/tea?n=2", [{"FeedbackType": "view", "ItemId": ITEM}])[1]
    assert {s["Id"] for s in visit} <= of_tea and len(visit) == 2


class Recorded:
    """A client of gorse that remembers which of its methods were called; those of the asynchronous one are awaited."""

    def __init__(self, client: Any) -> None:
        self.client, self.called = client, set[str]()

    def __getattr__(self, name: str) -> Any:
        self.called.add(name)
        method = getattr(self.client, name)
        return (lambda *a, **k: asyncio.run(method(*a, **k))) if inspect.iscoroutinefunction(method) else method


@pytest.mark.parametrize("kind", [gorse.Gorse, gorse.AsyncGorse])
def test_gorses_own_client(client: Client, kind: type) -> None:
    """Every method of PyGorse, over real HTTP."""
    shop = Recorded(kind(f"http://127.0.0.1:{client.port}", "no key is asked for", timeout=20))
    every_call(shop)
    assert shop.called == {name for name in vars(kind) if not name.startswith("_")}


def every_call(shop: Any) -> None:
    assert shop.insert_feedback("view", "sdk", ITEM, WHEN) == {"RowAffected": 1}
    row = feedback("sdk", "商品34", "cart")
    assert shop.insert_feedbacks([row, row]) == {"RowAffected": 1}
    assert [f["ItemId"] for f in shop.list_feedbacks("view", "sdk")] == [ITEM]
    found = shop.get_recommend("sdk", n=5)
    assert len(found) == 5 and found[0].score >= found[-1].score and ITEM not in [s.id for s in found]
    assert [s.id for s in shop.get_recommend("sdk", n=3, offset=2)] == [s.id for s in found[2:5]]
    assert all("tea" in shop.get_item(s.id)["Categories"] for s in shop.get_recommend("sdk", category="tea", n=3))
    assert len(shop.session_recommend([{"FeedbackType": "view", "ItemId": ITEM}], n=2)) == 2
    assert len(shop.get_neighbors(ITEM, n=2)) == 2
    item = {"ItemId": "sdk1", "Comment": "blue kite of the client", "Categories": ["kite"], "IsHidden": False,
            "Labels": {"colour": ["blue"]}, "Timestamp": "2022-08-14T06:37:34Z"}  # fmt: skip
    assert shop.insert_item(item) == {"RowAffected": 1} and shop.get_item("sdk1") == item
    assert [i["ItemId"] for i in shop.search_items("Of The Client")] == ["sdk1"]
    assert shop.update_item("sdk1", is_hidden=True) == {"RowAffected": 1}
    assert shop.get_item("sdk1") == {**item, "IsHidden": True}
    shop.update_item("sdk1", labels=["kite"], timestamp=WHEN, comment="red kite")
    assert shop.get_item("sdk1") == {
        **item,
        "IsHidden": True,
        "Labels": ["kite"],
        "Timestamp": WHEN,
        "Comment": "red kite",
    }
    assert shop.update_item("sdk1") == {"RowAffected": 0}
    assert shop.delete_item("sdk1") == {"RowAffected": 1}
    with pytest.raises(gorse.GorseException, match="not in the catalogue"):
        shop.get_item("sdk1")
    pages, cursor = [], ""
    while not pages or cursor:
        some, cursor = shop.get_items(20, cursor)
        pages.append([i["ItemId"] for i in some])
    listed = [i for p in pages for i in p]
    assert [len(p) for p in pages[:2]] == [20, 20] and len(set(listed)) == len(listed) and "sdk1" not in listed
    assert "sdk1" not in {s.id for s in shop.get_recommend("sdk", n=60)}
    assert shop.insert_item(item) == {"RowAffected": 1} and shop.get_item("sdk1") == item  # and it is back
    user = {"UserId": "sdk-2", "Labels": {"city": "上海"}, "Comment": "by hand"}
    assert shop.insert_user(user) == {"RowAffected": 1} and shop.get_user("sdk-2").items() >= user.items()
    assert shop.insert_users([{"UserId": "x"}, {"UserId": "y"}]) == {"RowAffected": 2}
    empty = [s.id for s in shop.get_recommend("sdk", write_back_type="", n=3)]  # as the Go client sends it
    assert empty == [s.id for s in shop.get_recommend("sdk", n=3)]
    with pytest.raises(gorse.GorseException, match="not written back"):
        shop.get_recommend("sdk", write_back_type="read")
    assert {f["UserId"] for f in shop.get_feedbacks(1_000)[0]} >= {"u0", "u5"}
    assert [shop.delete_feedback("sdk", ITEM) for _ in range(2)] == [{"RowAffected": 1}, {"RowAffected": 0}]
    assert shop.list_feedbacks("view", "sdk") == [] and len(shop.list_feedbacks("cart", "sdk")) == 1
    assert ITEM in [s.id for s in shop.get_recommend("sdk", n=60)]
    assert "sdk" in {u["UserId"] for u in shop.get_users(1_000)[0]}
    for user in ("sdk", "sdk-2", "x", "y"):
        assert [shop.delete_user(user) for _ in range(2)] == [{"RowAffected": 1}, {"RowAffected": 0}]
        with pytest.raises(gorse.GorseException, match="nothing is known"):
            shop.get_user(user)
    assert not {"sdk", "sdk-2", "x"} & {u["UserId"] for u in shop.get_users(1_000)[0]}
    assert shop.list_feedbacks("cart", "sdk") == []


def pages(shop: gorse.Gorse, call: str, n: int, name: str) -> list[Any]:
    out, cursor = [], ""
    for _ in range(10_000):
        some, cursor = getattr(shop, call)(n, cursor)
        out += [tuple(sorted(x.items(), key=str)) if name == "" else x[name] for x in some]
        if not cursor:
            return out
    raise AssertionError("the pages do not end")


def test_lists_end_and_name_each_once(client: Client) -> None:
    shop = gorse.Gorse(f"http://127.0.0.1:{client.port}", "", timeout=20)
    shop.insert_feedbacks([feedback(f"page-{n}", "商品2") for n in range(5)])
    users = pages(shop, "get_users", 7, "UserId")
    assert len(set(users)) == len(users) and {"u0", "u89", "page-0", "page-4"} <= set(users)
    several = [pages(shop, "get_feedbacks", n, "UserId") for n in (97, 1_000)]
    assert (
        several[0] == several[1]
        and several[0].count("page-3") == 1
        and several[0].count("u5")
        == len(
            shop.list_feedbacks("view", "u5")
            + shop.list_feedbacks("cart", "u5")
            + shop.list_feedbacks("purchase", "u5")
        )
    )
    carts, cursor = get(client, "/api/feedback/cart?n=1000"), ""
    assert carts["Cursor"] == cursor and {f["FeedbackType"] for f in carts["Feedback"]} == {"cart"}


#: Requests as gorse's Go client of this year and of 2022, and one that a shop extended, build them: method, path and query,
#: body, and the type that it decodes the answer into. All send `null` with requests that have no body.
GO = [
    ("POST", "/api/feedback", [feedback("800", "200", "like"), feedback("800", "300", "read")], "RowAffected"),
    ("GET", "/api/user/800/feedback/read", None, "[]Feedback"),
    ("GET", "/api/recommend/800/?n=10&offset=0", None, "[]string"),
    ("GET", "/api/recommend/800/tea?n=3&offset=1", None, "[]string"),
    ("GET", "/api/recommend/800?write-back-type=&write-back-delay=&n=10&offset=0&category=tea&category=all", None, "[]string"),
    ("GET", "/api/recommend/800/tea?write-back-type=&write-back-delay=&n=10&offset=0", None, "[]string"),
    ("PUT", "/api/feedback", [feedback("800", "400", "read")], "RowAffected"),
    ("GET", "/api/feedback?cursor=&n=10", None, "Feedbacks"),
    ("GET", "/api/feedback/read?cursor=&n=10", None, "Feedbacks"),
    ("GET", f"/api/feedback/800/{quote(ITEM)}", None, "[]Feedback"),
    ("GET", f"/api/feedback/read/800/{quote(ITEM)}", None, "Feedback"),
    ("GET", f"/api/item/{quote(ITEM)}/feedback", None, "[]Feedback"),
    ("GET", f"/api/item/{quote(ITEM)}/feedback/read", None, "[]Feedback"),
    ("GET", "/api/user/800/feedback", None, "[]Feedback"),
    ("GET", "/api/latest?user-id=&n=10&offset=0", None, "[]Score"),
    ("GET", "/api/latest?user-id=800&category=tea&n=10&offset=0", None, "[]Score"),
    ("GET", "/api/popular?user-id=800&n=10&offset=0", None, "[]Score"),
    ("POST", "/api/session/recommend/tea?n=3&offset=1", [feedback("0", ITEM)], "[]Score"),
    ("PUT", "/api/item/300/category/d", None, "RowAffected"),
    ("DELETE", "/api/item/300/category/d", None, "RowAffected"),
    ("GET", "/api/users?cursor=&n=10", None, "UserIterator"),
    ("GET", "/api/health/live", None, "Health"),
    ("GET", "/api/health/ready", None, "Health"),
    ("GET", "/api/popular/?n=10&offset=0", None, "[]Score"),
    ("GET", "/api/popular/tea?n=10&offset=0&user-id=800", None, "[]Score"),
    ("GET", "/api/latest?n=10&offset=0", None, "[]Score"),
    ("GET", "/api/latest/tea?n=10&offset=0&user-id=800", None, "[]Score"),
    ("POST", "/api/session/recommend?n=3", [feedback("0", ITEM), feedback("0", "商品34")], "[]Score"),
    ("GET", f"/api/item/{quote(ITEM)}/neighbors?n=3", None, "[]Score"),
    ("GET", f"/api/item/{quote(ITEM)}/neighbors/tea?n=3&offset=0", None, "[]Score"),
    ("GET", "/api/user/u1/neighbors?n=3&offset=1", None, "[]Score"),
    ("POST", "/api/user", {"UserId": "100", "Labels": ["a"], "Subscribe": ["d", "e"], "Comment": "c"}, "RowAffected"),
    ("POST", "/api/users", [{"UserId": "101", "Labels": None, "Subscribe": None, "Comment": ""}], "RowAffected"),
    ("PATCH", "/api/user/100", {"Labels": None, "Subscribe": None, "Comment": "comment"}, "RowAffected"),
    ("GET", "/api/user/100", None, "User"),
    ("GET", "/api/users?n=10&cursor=", None, "UserIterator"),
    ("POST", "/api/item", {"ItemId": "300", "IsHidden": True, "Labels": {"Embedding": [1.0, 2.0]}, "Categories": None,
                           "Timestamp": "0001-01-01T00:00:00Z", "Comment": ""}, "RowAffected"),
    ("POST", "/api/items", [{"ItemId": "301", "IsHidden": False, "Labels": None, "Categories": ["d", "e"],
                             "Timestamp": "2022-08-14T06:37:34Z", "Comment": "comment"}], "RowAffected"),
    ("PATCH", "/api/item/301", {"IsHidden": None, "Categories": None, "Timestamp": None, "Labels": None, "Comment": "x"},
     "RowAffected"),
    ("GET", "/api/item/301", None, "Item"),
    ("GET", "/api/items?n=10&cursor=", None, "ItemIterator"),
    ("DELETE", "/api/item/301", None, "RowAffected"),
    ("DELETE", "/api/user/100", None, "RowAffected"),
    # The server of gorse answers these two with the rows affected as well, whatever the client hopes for.
    ("DELETE", "/api/feedback/read/800/300", None, "RowAffected"),
    ("DELETE", "/api/feedback/800/300", None, "RowAffected"),
]  # fmt: skip
#: Fields of the types of gorse's Go client, which refuses values of another type; null passes for all of them.
GO_TYPES: dict[str, dict[str, Any]] = {
    "RowAffected": {"RowAffected": int},
    "Feedback": {"FeedbackType": str, "UserId": str, "ItemId": str, "Timestamp": str},
    "Feedbacks": {"Cursor": str, "Feedback": "[]Feedback"},
    "Health": {"Ready": bool, "DataStoreConnected": bool, "CacheStoreConnected": bool},
    "Score": {"Id": str, "Score": float},
    "User": {"UserId": str, "Subscribe": "[]string", "Comment": str},
    "UserIterator": {"Cursor": str, "Users": "[]User"},
    "Item": {"ItemId": str, "IsHidden": bool, "Categories": "[]string", "Timestamp": str, "Comment": str},
    "ItemIterator": {"Cursor": str, "Items": "[]Item"},
}


def decodes(value: Any, kind: Any) -> bool:
    """Whether Go's encoding/json would put a value into a type."""
    if value is None:
        return True
    if isinstance(kind, type):
        return type(value) is kind or (kind is float and type(value) is int)
    if kind.startswith("[]"):
        return isinstance(value, list) and all(decodes(v, kind[2:]) for v in value)
    if kind == "string":
        return isinstance(value, str)
    fields = GO_TYPES[kind]
    return (
        isinstance(value, dict)
        and fields.keys() <= value.keys()
        and all(decodes(value[k], f) for k, f in fields.items())
    )


@pytest.mark.parametrize(("method", "path", "body", "kind"), GO, ids=lambda x: x if isinstance(x, str) else "")
def test_requests_of_gorses_go_client(client: Client, method: str, path: str, body: object, kind: str) -> None:
    for one in ("300", "301"):  # each case stands alone
        client("POST", "/api/item", {"ItemId": one, "Comment": "blue kite"})
    client("POST", "/api/user", {"UserId": "100"})
    client("PUT", "/api/feedback", [feedback("800", kind="read")])
    status, found, _ = client(method, path, raw=json.dumps(body).encode(), headers={"X-API-Key": "key"})
    assert status == 200, found
    assert found and decodes(found, kind)
    assert not decodes([{"Id": 5, "Score": 1.0}], "[]Score") and not decodes({"RowAffected": 1.5}, "RowAffected")


def test_feedback_is_deleted_of_the_log_and_of_the_product(client: Client) -> None:
    mine = get(client, "/api/user/u44/feedback")
    item = mine[0]["ItemId"]
    client("POST", "/api/feedback", [feedback("u44", item, "cart"), feedback("u44", item, "share")])
    path = f"u44/{quote(item)}"
    stood = get(client, f"/api/feedback/{path}")
    assert len(stood) == 2 + sum(f["ItemId"] == item for f in mine)
    assert client("DELETE", f"/api/feedback/share/{path}")[1] == {"RowAffected": 1}
    assert client("DELETE", f"/api/feedback/{path}")[1] == {"RowAffected": len(stood) - 1}
    assert get(client, f"/api/feedback/{path}") == [] and len(get(client, "/api/user/u44/feedback")) == len(
        mine
    ) + 2 - len(stood)
    assert client("DELETE", f"/api/feedback/{path}")[1] == {"RowAffected": 0}


def test_an_erased_user_is_in_no_list(client: Client) -> None:
    near = {s["Id"] for s in get(client, "/api/user/u41/neighbors?n=1000")}
    assert "u38" in near and "u41" not in near
    assert client("DELETE", "/api/user/u38")[1] == {"RowAffected": 1}
    assert {s["Id"] for s in get(client, "/api/user/u41/neighbors?n=1000")} == near - {"u38"}
    assert "u38" not in {u["UserId"] for u in get(client, "/api/users?n=1000")["Users"]}
    assert get(client, "/api/user/u38/feedback") == [] == get(client, "/api/user/u38/neighbors")
    shop = gorse.Gorse(f"http://127.0.0.1:{client.port}", "", timeout=20)
    assert "u38" not in pages(shop, "get_feedbacks", 1_000, "UserId")


def test_hiding_leaves_the_stock_as_it_is(client: Client) -> None:
    path = f"/api/item/{quote('商品9')}"
    client("POST", "/v1/items", [{"item": "商品9", "stock": 0}])
    for hidden in (True, False):
        assert client("PATCH", path, {"IsHidden": hidden})[1] == {"RowAffected": 1}
        assert get(client, path)["IsHidden"] is hidden
    (item,) = (i for i in get(client, "/v1/items?k=100")["items"] if i["item"] == "商品9")
    assert item["stock"] == 0.0 and "商品9" not in get(client, "/api/recommend/nobody?n=60")
    client("POST", "/v1/items", [{"item": "商品9", "stock": 3}])
    assert "商品9" in get(client, "/api/recommend/nobody?n=60")


def test_categories_come_and_go(client: Client) -> None:
    path = f"/api/item/{quote('商品8')}"
    before = get(client, path)["Categories"]
    for _ in range(2):
        done = client("PUT", f"{path}/category/a%2Fb")[1]["RowAffected"]
        assert get(client, path)["Categories"] == [*before, "a/b"]
    assert done == 0 and [s["Id"] for s in get(client, "/api/popular/a%2Fb")] == ["商品8"]
    assert [client("DELETE", f"{path}/category/a%2Fb")[1]["RowAffected"] for _ in range(2)] == [1, 0]
    assert get(client, path)["Categories"] == before


def test_feedback_of_unknown_users_and_items_makes_them_known(client: Client) -> None:
    usual = get(client, "/api/recommend/stranger?n=40")
    row = feedback("new-face", "new-thing", "impression", Comment="from the shelf", Value=2.5)
    assert client("POST", "/api/feedback", [row])[1] == {"RowAffected": 1}
    item = {"ItemId": "new-thing", "IsHidden": False, "Categories": [], "Labels": None, "Comment": ""}
    assert get(client, "/api/item/new-thing").items() >= item.items()
    assert get(client, "/api/user/new-face")["UserId"] == "new-face"  # though an impression is no wish
    assert get(client, "/api/user/new-face/feedback") == get(client, "/api/item/new-thing/feedback") == [row]
    assert get(client, "/api/feedback/new-face/new-thing") == [row]
    assert get(client, "/api/feedback/impression/new-face/new-thing") == row
    assert client("GET", "/api/feedback/view/new-face/new-thing")[0] == 404
    assert get(client, "/api/recommend/stranger?n=40") == usual and len(usual) == 40
    assert get(client, "/api/latest?n=1")[0]["Id"] == "new-thing"


def test_a_value_of_nought_is_none(client: Client) -> None:
    """PyGorse sends it with every feedback: a star of no value is no rating of 0."""
    shop = gorse.Gorse(f"http://127.0.0.1:{client.port}", "", timeout=20)
    shop.insert_feedback("star", "stargazer", ITEM, WHEN)
    assert get(client, "/v1/users/stargazer")["events"] == 1


@pytest.mark.parametrize(("path", "what"), [
    ("/api/users?q=u", "unknown key 'q'"),
    ("/api/users?n=0", "n: 0 is below 1"),
    ("/api/recommend/u1?n=3&write-back-delay=5m", "write-back-delay: what is shown is not written back"),
    ("/api/recommend/u1?user-id=u2", "user-id: the path names another user"),
    ("/api/recommend/u1/tea?category=mug", "category: the path names another category"),
    ("/api/popular?item-id=x", "item-id: the path does not name that item"),
    ("/api/latest?ofset=3", "did you mean 'offset'"),
    ("/api/popular?n=900&offset=900", "1,800 items with the offset"),
    ("/api/feedback?cursor=7", "query, cursor"),
    ("/api/feedback/$shown", "begin with $"),
])  # fmt: skip
def test_what_cannot_be_obeyed_is_refused(client: Client, path: str, what: str) -> None:
    status, found, _ = client("GET", path)
    assert status == 422 and what in found["error"]


def test_of_several_categories_an_item_is_of_all(client: Client) -> None:
    rows = [
        {"ItemId": f"c{n}", "Categories": [c for k, c in enumerate(("c-a", "c-b")) if n >> k & 1]} for n in range(4)
    ]
    client("POST", "/api/items", rows)
    found = [
        set(get(client, f"/api/recommend/nobody?n=9&category=c-{x}"))
        for x in ("a", "b", "a&category=c-b", "a&category=")
    ]
    assert found == [{"c1", "c3"}, {"c2", "c3"}, {"c3"}, {"c1", "c3"}]
    assert client("GET", "/api/recommend/nobody/c-a?category=c-a&category=c-b")[0] == 422
    assert client("GET", "/api/user/u1/neighbors?category=c-a")[0] == 422 and get(
        client, "/api/user/u1/neighbors?category="
    )


def test_empty_keys_of_clients_say_nothing(client: Client) -> None:
    usual = get(client, "/api/recommend/u1?n=3")
    assert usual == get(client, "/api/recommend/u1?n=3&write-back-type=&write-back-delay=0h0m0s&user-id=u1&item-id=")


def test_lists_without_entries_change_nothing(client: Client) -> None:
    for path in ("feedback", "users", "items"):
        for body in (b"[]", b"null"):
            assert client("POST", f"/api/{path}", raw=body)[:2] == (200, {"RowAffected": 0})
    assert len(client("POST", "/api/session/recommend?n=3", raw=b"[]")[1]) == 3


def test_feedback_is_known_again_by_its_parts(client: Client) -> None:
    rows = [feedback("a|b", "商品1"), feedback("a", "b|商品1"), feedback("a\\|b", "商品1"), feedback("a\\", "b|商品1")]
    assert client("POST", "/api/feedback", rows)[1] == {"RowAffected": 4}
    assert client("POST", "/api/feedback", rows)[1] == {"RowAffected": 0}


def test_the_newest_items_come_first(client: Client) -> None:
    def order() -> list[str]:
        return [s["Id"] for s in get(client, "/api/latest/dated?n=100")]

    assert order() == []
    rows = [{"ItemId": f"d{n}", "Categories": ["dated"], "Timestamp": f"20{n}-01-01"} for n in (22, 31, 24)]
    client("POST", "/api/items", [*rows, {"ItemId": "now", "Categories": ["dated"]}])
    assert order() == ["d31", "now", "d24", "d22"]
    client("PATCH", "/api/item/d22", {"Timestamp": "2040-01-01"})
    client("PATCH", "/api/item/now", {"IsHidden": True})
    assert order() == ["d22", "d31", "d24"]
    scores = get(client, "/api/latest?n=60")
    assert [s["Score"] for s in scores] == sorted((s["Score"] for s in scores), reverse=True)
    assert scores[-1]["Score"] < 1.8e9  # those of the product are as old as the first event about them


def test_bodies_with_unknown_keys_are_refused(client: Client) -> None:
    for method, path, body in (
        ("POST", "/api/item", {"ItemId": "x", "Categorys": []}),
        ("POST", "/api/feedback", [feedback("u", Valu=1)]),
        ("PATCH", "/api/user/u1", {"Label": []}),
    ):
        status, found, _ = client(method, path, body)
        assert status == 422 and "unknown key" in found["error"]


def test_what_is_missing_answers_501(client: Client) -> None:
    for methods, path, _ in MISSING:
        for method in methods.split():
            one = re.sub(r"\{\w+\}", "x", forms(path)[-1])
            status, found, _ = client(method, one)
            assert (status, found["remedy"]) == (501, "docs/gorse.md lists the paths that are"), (method, one)


def test_users_and_items_are_kept_over_a_restart(made: Path, tmp_path: Path) -> None:
    place = tmp_path / "shop"
    shutil.copytree(made, place, symlinks=True)
    user = {"UserId": "kept", "Labels": {"city": "上海"}, "Subscribe": ["news"], "Comment": "by hand"}
    item = {
        "ItemId": "thing",
        "IsHidden": True,
        "Categories": ["kite"],
        "Timestamp": WHEN,
        "Labels": ["a"],
        "Comment": "kite",
    }
    for turn in range(3):
        process, client = start(place)
        try:
            if not turn:
                client("POST", "/api/users", [user, {"UserId": "u1", "Comment": "of the product"}])
                client("POST", "/api/items", [item])
                client("PATCH", "/api/user/kept", {"Comment": "changed"})
                client("POST", "/api/feedback", [feedback("passer-by", kind="impression")])
                client("DELETE", f"/api/item/{quote('商品3')}")
            assert get(client, "/api/user/kept") == {**user, "Comment": "changed"}
            assert get(client, "/api/user/u1")["Comment"] == "of the product"
            assert get(client, "/api/item/thing") == item
            assert get(client, "/api/users?n=10&cursor=90")["Users"][-1]["UserId"] == "passer-by"
            assert client("GET", f"/api/item/{quote('商品3')}")[0] == 404
        finally:
            process.terminate()
            process.wait(20)


def test_the_page_of_paths_lists_all_of_them(made: Path, tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "gorse.md").read_text(encoding="utf-8")
    there, missing = text.split("These answer 501")

    def listed(part: str) -> set[tuple[str, str]]:
        found = re.findall(r"`((?:[A-Z]+ )+)(/api/[^`]+)`", part)
        return {(method, form) for methods, path in found for method in methods.split() for form in forms(path)}

    log = SqliteLog(tmp_path, CHECKS)
    endpoints = Gorse(LiveShop(load(made / "build" / "latest" / "product"), log)).endpoints()
    log.close()
    refused = {(m, form) for methods, path, _ in MISSING for m in methods.split() for form in forms(path)}
    assert listed(missing) == refused
    assert listed(there) == {(e.method, e.path) for e in endpoints} - refused

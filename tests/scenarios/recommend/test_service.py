"""A shop over real HTTP: events in, shelves out, our paths and gorse's, refusals with their place."""

from __future__ import annotations

import asyncio
import json
import shutil
import urllib.parse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator

from breakeven.core.errors import InputError
from breakeven.core.store import point_latest
from breakeven.online.event_log import Event
from breakeven.online.sqlite_log import SqliteLog
from breakeven.scenarios.recommend import about, service
from breakeven.scenarios.recommend.event_types import CHECKS
from breakeven.scenarios.recommend.live_shop import LiveShop
from breakeven.scenarios.recommend.product import load
from breakeven.serving.app import application
from breakeven.serving.endpoint import Ready
from breakeven.serving.workers import Busy
from tests.serving.asgi import running
from tests.serving.test_server import Client, start


@pytest.fixture(scope="module")
def client(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    place = tmp_path_factory.mktemp("served") / "shop"
    shutil.copytree(made, place, symlinks=True)
    process, client = start(place)
    client.folder = place
    yield client
    process.terminate()
    process.wait(20)


def shelf(client: Client, user: str, words: str = "") -> list[str]:
    status, found, _ = client("GET", f"/v1/recommend/{user}{words}")
    assert status == 200
    return [p["item"] for p in found["items"]]


def test_an_event_is_in_the_next_answer(client: Client) -> None:
    before = shelf(client, "walk-in")
    assert client("POST", "/v1/events", {"events": [{"user": "walk-in", "item": "商品17", "kind": "cart", "id": "w1"}]})[1] == {
        "kept": 1, "repeated": 0, "unknown_items": 0}  # fmt: skip
    after = shelf(client, "walk-in")
    assert after != before
    again = client("POST", "/v1/events", [{"user": "walk-in", "item": "商品17", "kind": "cart", "id": "w1"}])[1]
    assert again["repeated"] == 1 and shelf(client, "walk-in") == after
    assert client("POST", "/v1/events", [{"user": "walk-in", "item": "never heard of"}])[1]["unknown_items"] == 1
    person = client("GET", "/v1/users/walk-in")[1]
    assert person["events"] == 1 and person["last"][0]["kind"] == "cart"


def test_what_a_request_may_ask_for(client: Client) -> None:
    found = client("GET", "/v1/recommend/u5?k=4&explain=1&language=zh&category=tea&exclude=%E5%95%86%E5%93%8117")[1][
        "items"
    ]
    assert len(found) == 4 and all("tea" in p["categories"] and p["item"] != "商品17" and p["reason"] for p in found)
    assert client("GET", "/v1/recommend/%E5%BC%A0%E4%B8%89")[1]["user"] == "张三"
    assert len(client("GET", "/v1/popular?k=3")[1]["items"]) == 3
    assert len(client("GET", "/v1/items/%E5%95%86%E5%93%8118/similar?k=5")[1]["items"]) == 5
    found = client("GET", "/v1/items?q=kite&k=3&offset=2")[1]
    assert found["of"] == 16 and len(found["items"]) == 3
    visit = {"events": [{"item": "商品17"}]}
    session = client("POST", "/v1/session/recommend?k=3", visit)[1]["items"]
    assert (
        len(session) == 3 and session == client("POST", "/v1/session/recommend?k=3", visit)[1]["items"]
    )  # nothing was kept
    assert len(client("POST", "/v1/session/recommend?k=3", {"events": []})[1]["items"]) == 3  # a visitor's first page
    assert (
        client("GET", "/v1/recommend/a%2Fb")[1]["user"] == "a/b"
        and client("GET", "/v1/recommend/%7Buser%7D")[1]["user"] == "{user}"
    )
    assert client("POST", "/v1/events", {"events": [{"user": "u", "item": "商品1", "value": 2**63}]})[0] == 200
    about = client("GET", "/v1/about")[1]
    assert about["candidate"] in ("ease", "item_neighbours") and about["shop"]["lines"]


def test_lists_are_paged_filtered_and_explained(client: Client) -> None:
    everything = shelf(client, "u9", "?k=20")
    assert shelf(client, "u9", "?k=6&offset=5") == everything[5:11] and shelf(client, "u9", "?k=3&offset=900") == []
    first, second = everything[:2]
    assert set(everything[:2]).isdisjoint(shelf(client, "u9", f"?exclude={quote(first)}&exclude={quote(second)}"))
    assert set(everything[:2]).isdisjoint(shelf(client, "u9", f"?exclude={quote(first)},{quote(second)}"))
    either = [p["item"] for p in client("GET", "/v1/items?category=tea&category=kite&k=100")[1]["items"]]
    one = [[p["item"] for p in client("GET", f"/v1/items?category={c}&k=100")[1]["items"]] for c in ("tea", "kite")]
    assert sorted(either) == sorted(one[0] + one[1]) and all(one)
    assert set(shelf(client, "u9", "?k=45&category=tea&category=kite")) <= set(either)
    popular = client("GET", "/v1/popular?k=5")[1]["items"]
    assert client("GET", "/v1/popular?k=3&offset=2")[1]["items"] == popular[2:]
    assert {p["reason"] for p in client("GET", "/v1/popular?explain=1&language=zh")[1]["items"]} == {"近期热门"}
    similar = client("GET", f"/v1/items/{quote('商品18')}/similar?explain=1&k=3")[1]["items"]
    assert all("people who took" in p["reason"] or "like " in p["reason"] for p in similar)
    assert client("GET", "/v1/recommend/u9?k=900&offset=200")[0] == 422


def test_an_id_may_have_a_comma(client: Client) -> None:
    named = {"item": "mug, blue", "title": "a blue mug", "categories": ["mug"]}
    assert client("POST", "/v1/items", {"items": [named]})[0] == 200
    assert shelf(client, "u9", f"?include={quote('mug, blue')}")[0] == "mug, blue"
    assert "mug, blue" not in shelf(client, "u9", f"?k=45&exclude={quote('mug, blue')}")
    found = shelf(client, "u9", f"?include={quote('商品3,商品4')}&include={quote('mug, blue')}")
    assert found[:3] == ["商品3", "商品4", "mug, blue"]


def test_a_picture_is_refused_where_the_brief_names_no_address(client: Client) -> None:
    status, said, _ = client(
        "POST", "/v1/items", {"items": [{"item": "cup", "image": "https://elsewhere.example/1.png"}]}
    )
    assert status == 422 and said["where"] == "items[0], image"
    assert "recommend: {pictures:" in said["remedy"]
    assert client("GET", "/v1/items?q=cup")[1]["of"] == 0
    fields = client("GET", "/openapi.json")[1]["components"]["schemas"]["ItemRequest"]["properties"]
    assert "recommend: {pictures: ADDRESS}" in str(fields["image"])


def test_a_slate_rotates(client: Client) -> None:
    everything = shelf(client, "u11", "?k=45")
    third = len(everything) // 3
    pages = [shelf(client, "u11", f"?k={third}&rotate=1") for _ in range(3)]
    assert [item for page in pages for item in page] == everything[: 3 * third]
    seen_longest_ago = shelf(client, "u11", f"?k={third}&rotate=1")
    assert set(seen_longest_ago) <= set(everything[3 * third :]) | set(pages[0])
    assert shelf(client, "u11", f"?k={third}") == pages[0]  # without the rule nothing has changed
    client("POST", "/v1/events", {"user": "u11", "item": pages[0][0], "kind": "cart"})
    assert pages[0][0] not in shelf(client, "u11", "?k=45&rotate=1")


def test_events_wait_for_their_item(client: Client) -> None:
    event = {"user": "early", "item": "not yet there", "kind": "cart"}
    assert client("POST", "/v1/events", event)[1]["unknown_items"] == 1
    assert client("GET", "/v1/users/early")[1]["events"] == 0
    client("POST", "/v1/items", {"items": [{"item": "not yet there", "title": "red kite of tomorrow"}]})
    assert [e["item"] for e in client("GET", "/v1/users/early")[1]["last"]] == ["not yet there"]


def test_a_visit_of_a_known_user_is_not_kept(client: Client) -> None:
    plain = shelf(client, "u12", "?k=5")
    visit = {"user": "u12", "events": [{"item": plain[0], "kind": "cart"}]}
    after = [p["item"] for p in client("POST", "/v1/session/recommend?k=5", visit)[1]["items"]]
    assert plain[0] not in after and shelf(client, "u12", "?k=5") == plain
    nothing = client("POST", "/v1/session/recommend?k=5", {"user": "u12", "events": []})[1]["items"]
    assert [p["item"] for p in nothing] == plain


def test_users_are_merged_and_erased(client: Client) -> None:
    events = [{"user": "guest-1", "item": "商品3", "kind": "cart"}, {"user": "guest-1", "item": "商品4"}]
    client("POST", "/v1/events", {"events": events})
    assert client("POST", "/v1/users/merge", {"user": "guest-1", "into": "member-1"})[1] == {"moved": 2}
    assert client("GET", "/v1/users/guest-1")[1]["events"] == 0
    assert client("GET", "/v1/users/member-1")[1]["events"] == 2
    assert client("DELETE", "/v1/users/member-1")[1]["events"] == 3  # with the record of the merge
    assert client("GET", "/v1/users/member-1")[1]["events"] == 0
    assert client("DELETE", "/v1/users/member-1")[:2] == (200, {"events": 0, "builds": 0})
    status, refused, _ = client("POST", "/v1/users/merge", {"user": "u1", "into": "u1"})
    assert status == 422 and "into" in refused["error"]


def test_a_newer_build_is_told_of(client: Client) -> None:
    assert client("GET", "/health/ready?probe=1")[1] == {"ready": True}
    build = client.folder / "build"
    newer = build / "0123456789ab"
    newer.mkdir()
    latest = build / "latest"
    before = latest.resolve().name
    point_latest(newer)
    assert client("GET", "/health/ready")[1] == {"ready": True, "newer_build": "0123456789ab"}
    assert client("GET", "/report")[0] == 200
    point_latest(build / before)


def test_items_change_while_it_runs(client: Client) -> None:
    top = shelf(client, "u8")[0]
    assert client("POST", "/v1/items", {"items": [{"item": top, "stock": 0}]})[0] == 200
    assert top not in shelf(client, "u8", "?k=45")
    client("POST", "/v1/items", {"items": [{"item": top, "stock": 9}]})
    assert shelf(client, "u8")[0] == top


def test_a_hidden_item_is_shown_to_nobody_and_keeps_its_stock(client: Client) -> None:
    top = shelf(client, "u8")[0]
    assert client("POST", "/v1/items", {"items": [{"item": top, "stock": 4, "hidden": True}]})[0] == 200
    for path in (f"/v1/recommend/u8?k=45&include={top}", "/v1/popular?k=45", "/v1/items/商品2/similar?k=45"):
        assert top not in [one["item"] for one in client("GET", urllib.parse.quote(path, "/?&="))[1]["items"]]
    catalogue = {one["item"]: one for one in client("GET", "/v1/items?k=60")[1]["items"]}
    assert catalogue[top]["hidden"] is True and catalogue[top]["stock"] == 4
    client("POST", "/v1/items", {"items": [{"item": top, "hidden": False}]})
    assert shelf(client, "u8")[0] == top
    assert client("POST", "/v1/items", {"items": [{"item": top, "hidden": "yes"}]})[0] == 422


@pytest.mark.parametrize("path", ["/v1/items", "/v1/events", "/api/item", "/api/feedback", "/v1/session/recommend"])
def test_a_page_of_another_site_changes_nothing(client: Client, path: str) -> None:
    for headers, status in (
        ({"content-type": "text/plain"}, 415),
        ({"origin": "http://evil.example"}, 403),
        ({"host": "evil.example"}, 403),
    ):
        assert client("POST", path, {"items": [{"item": "foreign"}], "ItemId": "foreign"}, headers=headers)[0] == status
    assert client("DELETE", "/api/item/%E5%95%86%E5%93%8117", headers={"host": "evil.example"})[0] == 403
    for shelf_path in ("/v1/recommend/u1", "/api/recommend/u1", "/api/recommend/u1/tea"):  # records an impression
        assert client("GET", shelf_path, headers={"host": "evil.example"})[0] == 403
    assert client("GET", "/api/item/foreign")[0] == 404


@pytest.mark.parametrize(("method", "path", "body", "status", "what"), [
    ("GET", "/api/user/nobody-at-all", None, 404, "nothing is known of"),
    ("POST", "/v1/events", {"events": []}, 422, "body, events: the list is empty"),
    ("GET", "/v1/recommend/u1/more", None, 404, "no such path"),
    ("POST", "/api/feedback", [{"FeedbackType": "$item", "UserId": "u", "ItemId": "x"}], 422, "begin with $"),
    ("POST", "/v1/events", {"events": [{"item": "x"}]}, 422, "events[0], user"),
    ("POST", "/v1/events", {"events": [{"user": "u", "item": ""}]}, 422, "events[0], item"),
    ("POST", "/v1/events", {"events": [{"user": "u", "item": "x", "time": 4102444800}]}, 422, "in the future"),
    ("POST", "/v1/events", {"events": [{"user": "u", "item": "x", "time": "soon"}]}, 422, "is no time"),
    ("POST", "/v1/events", {"events": [{"user": "u", "item": "x", "kind": "$item"}]}, 422, "begin with $"),
    ("POST", "/v1/events", {"events": [{"user": "u", "item": "x", "colour": 1}]}, 422, "events[0]: unknown key 'colour'"),
    ("POST", "/v1/events", {"events": [{"user": "u", "ittem": "x"}]}, 422, "did you mean 'item'"),
    ("POST", "/v1/events", {"events": [{"user": "u", "item": "x"}], "item": 1}, 422, "unknown key 'item'"),
    ("POST", "/v1/events", {"events": [{"user": "u", "item": "x", "time": 1e300}]}, 422, "events[0], time: 1e+300 is in the future"),
    ("GET", "/v1/recommend/u1?langage=en", None, 422, "query: unknown key 'langage'; did you mean 'language'?"),
    ("GET", "/v1/items?k=3&categry=tea", None, 422, "query: unknown key 'categry'"),
    ("GET", "/v1/experiment/plan?rate=2", None, 422, "between 0 and 1"),
    ("GET", "/v1/experiment/plan", None, 422, "query, rate: it is missing"),
    ("POST", "/v1/events", {"events": [{"user": "u" * 600, "item": "x"}]}, 422, "at most 512"),
    ("POST", "/v1/events", {"events": [{"user": "u", "item": "x"}] * 10_001}, 413, "over the limit"),
    ("POST", "/v1/items", {"items": [{"item": "x", "price": "cheap"}]}, 422, "items[0], price"),
    ("POST", "/v1/items", {"items": [{"item": "x", "price": -1}]}, 422, "items[0], price: -1 is below 0"),
    ("POST", "/v1/items", {"items": [{"item": "x"}, {"item": "x", "title": ["a"]}]}, 422, "items[1], title: a list of 1 is not text"),
    ("POST", "/v1/items", {"items": [{"item": "x", "title": {"a": 1}}]}, 422, "items[0], title: an object of 1 is not text"),
    ("POST", "/v1/items", {"items": [{"item": "x", "title": 5}]}, 422, "items[0], title: 5 is not text"),
    ("POST", "/v1/items", {"items": [{"item": "x", "text": True}]}, 422, "items[0], text: true is not text"),
    ("POST", "/v1/items", {"items": [{"item": "x", "title": "t" * 5_000}]}, 413, "items[0], title: 5,000 characters"),
    ("POST", "/v1/items", {"items": [{"item": "x", "categories": ["a", {}]}]}, 422, "items[0], categories[1]: an object of 0"),
    ("POST", "/v1/items", {"items": [{"item": "x", "categories": "a"}]}, 422, "items[0], categories: 'a' is not a list"),
    ("POST", "/v1/items", {"items": [{"item": "x", "stock": [1]}]}, 422, "items[0], stock: a list of 1 is not a number"),
    ("POST", "/v1/events", {"events": [{"user": ["u"], "item": "x"}]}, 422, "events[0], user: a list of 1 is not a whole number or text"),
    ("POST", "/v1/events", {"events": [{"user": "u", "item": "x", "time": {}}]}, 422, "events[0], time: an object of 0"),
    ("POST", "/api/items", [{"ItemId": "x"}, {"ItemId": "x", "Comment": ["a"]}], 422, "[1], Comment: a list of 1 is not text"),
    ("POST", "/api/item", {"ItemId": "x", "Comment": 5}, 422, "[0], Comment: 5 is not text"),
    ("POST", "/api/item", {"ItemId": "x", "Categories": "a"}, 422, "[0], Categories: 'a' is not a list"),
    ("POST", "/api/item", {"ItemId": "x", "Categories": [["a"]]}, 422, "[0], Categories[0]: a list of 1"),
    ("POST", "/api/item", {"ItemId": "x", "IsHidden": "no"}, 422, "[0], IsHidden: 'no' is not true or false"),
    ("PATCH", "/api/item/%E5%95%86%E5%93%811", {"Comment": ["a"]}, 422, "Comment: a list of 1 is not text"),
    ("POST", "/api/feedback", [{"FeedbackType": "view", "UserId": "u", "ItemId": "x", "Value": "5"}], 422, "[0], Value: '5'"),
    ("POST", "/api/feedback", [{"FeedbackType": "view", "UserId": "u", "ItemId": "x", "Timestamp": []}], 422, "[0], Timestamp"),
    ("POST", "/api/session/recommend", [{"FeedbackType": [], "ItemId": "x"}], 422, "[0], FeedbackType"),
    ("POST", "/api/users", [{"UserId": "u"}, {"UserId": {}}], 422, "[1], UserId"),
    ("POST", "/api/feedback", [{"FeedbackType": "view", "UserId": "u", "ItemId": "x"}, 5], 422, "[1]: 5 is not an object"),
    ("GET", "/api/users?cursor=" + "9" * 5_000, None, 422, "query, cursor: "),
    ("GET", "/v1/items?offset=" + "9" * 5_000, None, 422, "query, offset: "),
    ("GET", "/v1/recommend/u1?k=0", None, 422, "query, k: 0 is below 1; send a whole number"),
    ("GET", "/v1/items/nothing/similar", None, 422, "not in the catalogue"),
    ("DELETE", "/v1/recommend/u1", None, 405, "not allowed"),
    ("GET", "/v1/recommend/", None, 404, "no such path"),
    ("POST", "/api/feedback", "x", 422, "body: 'x' is not a list"),
    ("GET", "/api/recommend/u1?n=-1", None, 422, "send a whole number of at least 1"),
])  # fmt: skip
def test_refusals(client: Client, method: str, path: str, body: object, status: int, what: str) -> None:
    got, found, _ = client(method, path, body)
    assert got == status and what in found["error"] and "\n" not in found["error"]


def nested(body: dict[str, object], key: str, depth: int) -> bytes:
    """JSON of an object with one more key, of lists in lists; written by hand, as json.dumps gives up at such depths."""
    return b"%s, %s: %s}" % (json.dumps(body).encode()[:-1], json.dumps(key).encode(), b"[" * depth + b"]" * depth)


@pytest.mark.parametrize("depth", [1, 9, 200, 982, 1_000])
@pytest.mark.parametrize(("path", "body", "key", "place"), [
    ("/v1/items", {"item": "商品2"}, "title", "items[0], title"),
    ("/v1/items", {"item": "商品2"}, "text", "items[0], text"),
    ("/v1/items", {"item": "商品2"}, "item", "items[0], item"),
    ("/v1/events", {"user": "u", "item": "商品2"}, "kind", "events[0], kind"),
    ("/v1/events", {"user": "u", "item": "商品2"}, "value", "events[0], value"),
    ("/v1/events", {"user": "u", "item": "商品2"}, "time", "events[0], time"),
    ("/api/items", {"ItemId": "商品2"}, "Comment", "[0], Comment"),
    ("/api/items", {"ItemId": "商品2"}, "Timestamp", "[0], Timestamp"),
    ("/api/feedback", {"FeedbackType": "view", "ItemId": "商品2"}, "UserId", "[0], UserId"),
])  # fmt: skip
def test_nested_fields_are_refused(
    client: Client, path: str, body: dict[str, object], key: str, place: str, depth: int
) -> None:
    rows = b"[%s]" % nested({k: v for k, v in body.items() if k != key} or {"title": "a"}, key, depth)
    name = path.removeprefix("/v1/").encode()
    got, found, _ = client("POST", path, raw=b'{"%s": %s}' % (name, rows) if path.startswith("/v1/") else rows)
    assert got == 422 and found["error"].startswith(f"{place}: ") and len(found["error"]) < 200


def test_labels_are_refused_only_where_they_are_deep(client: Client) -> None:
    assert client("POST", "/api/item", {"ItemId": "商品2", "Labels": {"a": ["b", "c"]}})[0] == 200
    got, found, _ = client("POST", "/api/item", raw=nested({"ItemId": "商品2"}, "Labels", 900))
    assert got == 422 and found["error"].startswith("body, Labels: ")


def test_every_path_is_described(client: Client) -> None:
    told = client("GET", "/openapi.json")[1]
    assert told["openapi"] == "3.1.0" and {
        "/v1/events",
        "/v1/recommend/{user}",
        "/api/feedback",
        "/health/ready",
    } <= set(told["paths"])
    assert all(op["summary"] for ops in told["paths"].values() for op in ops.values())
    assert "/v1/session/recommend" in client("GET", "/docs")[1]
    shelf_query = told["paths"]["/v1/recommend/{user}"]["get"]["parameters"]
    assert {p["name"] for p in shelf_query} >= {"user", "k", "exclude", "diversity", "language"}
    for path, operations in told["paths"].items():
        content = operations.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json", {})
        if "example" in content:
            Draft202012Validator({**content["schema"], "components": told["components"]}).validate(content["example"])
            status, answer, _ = client("POST", path, content["example"])
            done = operations["post"]["responses"]["200"]["content"]["application/json"]["schema"]
            assert status == 200
            Draft202012Validator({**done, "components": told["components"]}).validate(answer)


def test_a_log_that_cannot_be_written_or_read_is_said(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is 503, with nothing kept; a database that went away makes it not ready, and shelves go on."""

    product = load(made / "build" / "latest" / "product")
    log = SqliteLog(tmp_path, CHECKS)
    shop = LiveShop(product, log)

    def full(events: object) -> list[bool]:
        raise OSError("events cannot be written (disk full)")

    log.append = full  # type: ignore[method-assign, assignment]
    served = service.ShopService(shop, made, about.about(product, {}))
    with pytest.raises(Busy, match="disk full"):
        asyncio.run(shop.take([Event("u1", "商品1", "view", 1.0)]))
    assert served.ready() == Ready(True) and len(shop.slate("u1", shop.live.usual)) == 10
    monkeypatch.setattr(LiveShop, "behind", True)
    with pytest.raises(Busy, match="cannot be reached"):
        served.ready()
    log.close()


def test_a_clean_stop_writes_the_impressions_in_flight_and_lets_go_of_the_log(made: Path, tmp_path: Path) -> None:
    product = load(made / "build" / "latest" / "product")
    tried = replace(product, about={**product.about, "explore": {"share": 0.5}})

    async def serve() -> None:
        served = service.open_service(tried, tmp_path, {})
        async with running(application([served])):
            with pytest.raises(InputError, match="another process"):
                service.open_service(product, tmp_path, {})
            for _ in range(20):
                assert len(served.shop.slate("u1", served.shop.live.usual)) == 10  # nothing has been awaited since

    asyncio.run(serve())
    log = SqliteLog(tmp_path)
    assert [e.kind for e in log.read()] == ["$shown"] * 20
    log.close()


def test_pages(client: Client) -> None:
    assert "The shelf" in client("GET", "/")[1] and "How good the shelves are" in client("GET", "/report")[1]

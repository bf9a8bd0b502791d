"""Bodies, query strings, paths and methods that no client should send, against a table product and a shop over HTTP.

None is answered with a 500; what is refused is named in one line; what is acknowledged can be read back by the next start.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from breakeven.online.event_log import FILE
from breakeven.online.sqlite_log import SqliteLog
from breakeven.scenarios.recommend.event_types import CHECKS
from tests.hostile.products import copied, serving, small_shop
from tests.hostile.raw import Answer, exchanged, request

ROW = {"age": 40, "plan": "free", "city": "上海", "signed": "2025-06-01", "spend": 12.5}
#: Most characters of an error: a line to read, never the value that was sent.
LINE = 500


@pytest.fixture(scope="module")
def table(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serving(copied(built, tmp_path_factory.mktemp("table"))) as port:
        yield port


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def shop(place: Path) -> Iterator[int]:
    with serving(place) as port:
        yield port
    log = SqliteLog(place, CHECKS)  # what was acknowledged can be read back
    assert len(list(log.read())) == log.last > 0 and log.unreadable.count == 0
    log.close()
    with serving(place) as port:
        assert asked(port, "GET", "/v1/recommend/u1").status == 200


@pytest.fixture(scope="module")
def ports(table: int, shop: int) -> dict[str, int]:
    return {"table": table, "shop": shop}


def asked(port: int, method: str, path: str, body: object = b"", **headers: object) -> Answer:
    """The answer to one request; a body that is not bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    (found,) = exchanged(port, request(method, path, raw, **headers))
    assert found.status < 500, found.body
    assert found.status < 400 or len(found.error) < LINE, found.body
    return found


POSTS = {
    "/v1/predict": ("table", {"rows": [ROW]}),
    "/v1/feedback": ("table", {"outcomes": [{"row": ROW, "outcome": "yes"}]}),
    "/v2/models/churn/infer": ("table", {"inputs": [{"name": name, "data": [value]} for name, value in ROW.items()]}),
    "/v1/events": ("shop", {"events": [{"user": "u1", "item": "商品1"}]}),
    "/v1/items": ("shop", {"items": [{"item": "i1", "title": "mug"}]}),
    "/v1/session/recommend": ("shop", {"events": [{"item": "商品1"}]}),
    "/v1/users/merge": ("shop", {"user": "guest", "into": "u1"}),
    "/api/feedback": ("shop", [{"UserId": "u1", "ItemId": "商品1", "FeedbackType": "view"}]),
    "/api/items": ("shop", [{"ItemId": "i2", "Comment": "mug"}]),
    "/api/users": ("shop", [{"UserId": "u9"}]),
}
TYPES = {
    "text/plain": 415,
    "text/plain; charset=utf-8": 415,
    "application/x-www-form-urlencoded": 415,
    "multipart/form-data; boundary=x": 415,
    "application/x-python-pickle": 415,
    "application/vnd.bentoml+pickle": 415,
    "application/octet-stream": 415,
    "application/json5": 415,
    "application/jsonp": 415,
    "text/json": 415,
    "application/json; charset=utf-16": 415,
    "application/json; charset=latin-1": 415,
    "text/plain, application/json": 415,
    "application/json, text/plain": 415,
    "": 415,
    "a" * 10_000: 415,
    "application/json": 200,
    "Application/JSON": 200,
    "application/json; charset=UTF-8": 200,
    'application/json;charset="utf-8"': 200,
}


@pytest.mark.parametrize("path", POSTS)
def test_a_body_that_is_not_declared_as_json_is_refused_on_every_path(ports: dict[str, int], path: str) -> None:
    product, body = POSTS[path]
    for declared in ("text/plain", None):
        assert asked(ports[product], "POST", path, body, content_type=declared).status == 415
    assert asked(ports[product], "POST", path, body).status == 200


@pytest.mark.parametrize(("declared", "status"), TYPES.items())
def test_content_types(table: int, declared: str, status: int) -> None:
    assert asked(table, "POST", "/v1/predict", {"rows": [ROW]}, content_type=declared).status == status


def rows(text: bytes) -> bytes:
    return b'{"rows": [{"age": %s}]}' % text


BODIES = {
    "nothing": (b"", 400),
    "spaces": (b"   ", 400),
    "cut": (b'{"rows": [', 400),
    "two values": (b"{} {}", 400),
    "trailing comma": (b'{"rows": [],}', 400),
    "comment": (b'{"rows": [] /* x */}', 400),
    "single quotes": (b"{'rows': []}", 400),
    "NaN": (rows(b"NaN"), 400),
    "Infinity": (rows(b"-Infinity"), 400),
    "hexadecimal": (rows(b"0x10"), 400),
    "leading zero": (rows(b"012"), 400),
    "invalid UTF-8": (rows(b'"\xff"'), 400),
    "overlong UTF-8": (rows(b'"\xc0\xaf"'), 400),
    "surrogate in UTF-8": (rows(b'"\xed\xa0\x80"'), 400),
    "lone surrogate": (rows(b'"\\ud800"'), 400),
    "control byte in a text": (rows(b'"\x01"'), 400),
    "UTF-16": ('{"rows": []}'.encode("utf-16"), 400),
    "byte order mark": (b"\xef\xbb\xbf" + b'{"rows": []}', 400),
    "gzip": (b"\x1f\x8b\x08\x00" + b"\x00" * 40, 400),
    "pickle": (b"\x80\x04\x95\x10", 400),
    "lists 100,000 deep": (b"[" * 100_000, 400),
    "objects 100,000 deep": (b'{"a":' * 100_000, 400),
    "lists 1,000 deep, closed": (b"[" * 1_000 + b"]" * 1_000, 422),
    "lists 13 deep": (b"[" * 13 + b"]" * 13, 422),
    "a row 1,000 deep": (rows(b"[" * 900 + b"]" * 900), 422),
    "duplicate key": (b'{"rows": [], "rows": []}', 422),
    "duplicate key in a row": (b'{"rows": [{"age": 1, "age": 2}]}', 422),
    "duplicate key, escaped": (b'{"rows": [{"age": 1, "\\u0061ge": 2}]}', 422),
    "integer of 5,000 digits": (rows(b"9" * 5_000), 422),
    "negative integer of 5,000 digits": (rows(b"-" + b"9" * 5_000), 422),
    "integer of 1,000,000 digits": (rows(b"9" * 1_000_000), 422),
    "1e999": (rows(b"1e999"), 422),
    "exponent of 5,000 digits": (rows(b"1e" + b"9" * 5_000), 422),
    "2**70": (rows(b"1180591620717411303424"), 422),
    "NUL in a text": (rows(b'"\\u0000"'), 422),
    "a number as text of 5,000 digits": (rows(b'"' + b"9" * 5_000 + b'"'), 422),
    "a text of 2 MB": (rows(b'"' + b"a" * 2_000_000 + b'"'), 413),
    "a key of 2 MB": (b'{"rows": [{"' + b"a" * 2_000_000 + b'": 1}]}', 413),
    "a class of 2 MB": (b'{"rows": [{"plan": "' + b"a" * 2_000_000 + b'"}]}', 413),
    "5 million empty objects": (b'{"rows": [' + b"{}," * 5_000_000 + b"{}]}", 413),
    "7 million numbers": (b"[" + b"1," * 7_000_000 + b"1]", 413),
    "1.2 million keys": (b"{" + b",".join(b'"%d":1' % i for i in range(1_200_000)) + b"}", 413),
    "1.2 million equal keys": (b"{" + b",".join([b'"a":1'] * 1_200_000) + b"}", 413),
    "100,000 rows": (b'{"rows": [' + b"{}," * 99_999 + b"{}]}", 413),
    "null": (b"null", 422),
    "true": (b"true", 422),
    "number": (b"3", 422),
    "text": (b'"rows"', 422),
    "list": (b"[]", 422),
    "empty object": (b"{}", 422),
    "unknown key": (b'{"rows": [], "__proto__": {}}', 422),
    "50,000 unknown columns": (b'{"rows": [{' + b",".join(b'"x%d":1' % i for i in range(50_000)) + b"}]}", 422),
}


@pytest.mark.parametrize(("body", "status"), BODIES.values(), ids=BODIES)
def test_bodies(table: int, body: bytes, status: int) -> None:
    assert asked(table, "POST", "/v1/predict", body).status == status


def test_commas_inside_texts_are_no_values(table: int) -> None:
    plan = 'a, \\" \\\\' + "," * 120
    row = json.dumps({**ROW, "plan": "?"}).replace("?", plan)
    body = f'{{"rows": [{", ".join([row] * 9_000)}]}}'.encode()
    assert body.count(b",") > 1_000_000
    assert asked(table, "POST", "/v1/predict", body).status == 200


DEEP: object = "x"
for _ in range(200):
    DEEP = [DEEP]
#: Values that no field of a shop's bodies takes.
WRONG = {
    "a list": [["x"]],
    "an object": {"a": 1},
    "a deep list": DEEP,
    "a list of objects": [{}],
    "5 MB": "x" * 5_000_000,
}
LARGE = 10**4_999
FIELDS = {
    "/v1/events": ({"user": "u1", "item": "商品1"}, ("user", "item", "kind", "time", "value", "id")),
    "/v1/items": ({"item": "i3"}, ("item", "title", "categories", "price", "stock", "hidden", "text")),
    "/v1/session/recommend": ({"item": "商品1"}, ("user", "item", "kind", "time", "value", "id")),
    "/api/feedback": (
        {"UserId": "u1", "ItemId": "商品1"},
        ("UserId", "ItemId", "FeedbackType", "Timestamp", "Updated", "Value", "Comment"),
    ),
    "/api/items": ({"ItemId": "i4"}, ("ItemId", "IsHidden", "Categories", "Timestamp", "Comment")),
    "/api/users": ({"UserId": "u8"}, ("UserId", "Subscribe", "Comment")),
}
FIELDS_OF_EACH = [(path, field) for path, (_, names) in FIELDS.items() for field in names]


@pytest.mark.parametrize(("path", "field"), FIELDS_OF_EACH)
def test_a_field_of_the_wrong_type_or_length_is_refused(shop: int, path: str, field: str) -> None:
    one = FIELDS[path][0]
    for name, value in WRONG.items():
        found = asked(
            shop,
            "POST",
            path,
            [{**one, field: value}]
            if path.startswith("/api")
            else {"events" if "items" not in path else "items": [{**one, field: value}]},
        )
        assert found.status in (413, 422), (name, found.body)
        assert field in found.error or "nested" in found.error, (name, found.error)


@pytest.mark.parametrize(("path", "field"), FIELDS_OF_EACH)
def test_a_number_of_5000_digits_is_refused(shop: int, path: str, field: str) -> None:
    text = json.dumps([{**FIELDS[path][0], field: "?"}]).replace('"?"', "9" * 5_000).encode()
    assert asked(shop, "POST", path, text).status == 422


VALUES = [
    ("/v1/events", {"user": "", "item": "商品1"}, 422),
    ("/v1/events", {"user": "a\0b", "item": "商品1"}, 422),
    ("/v1/events", {"user": "u" * 513, "item": "商品1"}, 422),
    ("/v1/events", {"user": "u" * 512, "item": "商品1"}, 200),
    ("/v1/events", {"user": "a';--", "item": "商品1"}, 200),
    ("/v1/events", {"user": "$item", "item": "商品1"}, 200),
    ("/v1/events", {"user": 2**63, "item": "商品1"}, 200),
    ("/v1/events", {"user": "u1", "item": "商品1", "kind": "$item"}, 422),
    ("/v1/events", {"user": "u1", "item": "商品1", "kind": " $shown"}, 422),
    ("/v1/events", {"user": "u1", "item": "商品1", "value": "NaN"}, 422),
    ("/v1/events", {"user": "u1", "item": "商品1", "value": 1e308}, 200),
    ("/v1/events", {"user": "u1", "item": "商品1", "value": True}, 422),
    ("/v1/events", {"user": "u1", "item": "商品1", "time": -1}, 422),
    ("/v1/events", {"user": "u1", "item": "商品1", "time": 1e300}, 422),
    ("/v1/events", {"user": "u1", "item": "商品1", "time": "9999-99-99"}, 422),
    ("/v1/events", {"user": "u1", "item": "商品1", "time": "9" * 5_000}, 422),
    ("/v1/events", {"user": "u1", "item": "商品1", "time": "2099-01-01"}, 422),
    ("/v1/events", {"user": "u1", "item": "商品1", "__proto__": 1}, 422),
    ("/v1/items", {"item": "i5", "price": -1}, 422),
    ("/v1/items", {"item": "i5", "price": "cheap"}, 422),
    ("/v1/items", {"item": "i5", "categories": ["x"] * 1_001}, 413),
    ("/v1/items", {"item": "i5", "categories": ["x" * 513]}, 413),
    ("/v1/items", {"item": "i5", "title": "t" * 4_097}, 413),
    ("/v1/items", {"item": "i5", "text": "t" * 100_001}, 413),
    ("/v1/items", {"item": "i5", "title": "<script>", "text": "\0"}, 200),
]  # fmt: skip


@pytest.mark.parametrize(("path", "one", "status"), VALUES)
def test_values_at_and_beyond_their_bounds(shop: int, path: str, one: dict[str, object], status: int) -> None:
    assert asked(shop, "POST", path, [one]).status == status


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/events", [{"user": "u1", "item": "商品1"}] * 10_001),
        ("/v1/items", [{"item": "i6"}] * 10_001),
        ("/v1/session/recommend", [{"item": "商品1"}] * 10_001),
        ("/api/feedback", [{"UserId": "u1", "ItemId": "商品1"}] * 10_001),
        ("/api/items", [{"ItemId": "i6"}] * 10_001),
        ("/api/users", [{"UserId": "u1"}] * 10_001),
    ],
)
def test_more_entries_than_allowed_are_refused(shop: int, path: str, body: object) -> None:
    found = asked(shop, "POST", path, body)
    assert found.status == 413 and "10,001" in found.error


QUERIES = [
    ("/v1/recommend/u1?k=0", 422),
    ("/v1/recommend/u1?k=1e9", 422),
    ("/v1/recommend/u1?k=" + "9" * 20, 422),
    ("/v1/recommend/u1?k=" + "9" * 5_000, 422),
    ("/v1/recommend/u1?k=5&k=6", 422),
    ("/v1/recommend/u1?diversity=nan", 422),
    ("/v1/recommend/u1?price_min=inf", 422),
    ("/v1/recommend/u1?price_max=nan", 422),
    ("/v1/recommend/u1?per_category=-1", 422),
    ("/v1/recommend/u1?arm=new", 422),
    ("/v1/recommend/u1?__proto__=1", 422),
    ("/v1/recommend/u1?language=xx", 422),
    ("/v1/recommend/u1?include=nope", 422),
    ("/v1/recommend/u1?offset=999&k=1000", 422),
    ("/v1/recommend/u1?category=" + "a" * 60_000, 200),
    ("/v1/recommend/u1?category=%00", 200),
    ("/v1/recommend/u1?category=%ff%fe", 200),
    ("/v1/recommend/u1?" + "&".join(["exclude=a"] * 5_000), 200),
    ("/v1/recommend/u1?" + "&" * 50_000, 200),
    ("/v1/recommend/u1?k=1000&diversity=0.5&explain=1", 200),
    ("/v1/items?offset=-1", 422),
    ("/v1/items?offset=" + "9" * 5_000, 422),
    ("/v1/items?offset=%C2%B2", 422),
    ("/v1/items?q=%00", 200),
    ("/v1/items?q=" + "a" * 60_000, 200),
    ("/v1/popular?k=1001", 422),
    ("/v1/items/nope/similar", 422),
    ("/v1/experiment/plan?rate=0", 422),
    ("/v1/experiment/plan?rate=nan", 422),
    ("/v1/experiment/plan?rate=1e-300", 422),
    ("/v1/experiment/plan?rate=0.1&lift=1e-17", 422),
    ("/v1/experiment/plan?rate=0.1&lift=1e-12", 422),
    ("/v1/experiment/plan?rate=5e-324&lift=0.5", 422),
    ("/v1/experiment/plan?rate=0.0001", 200),
    ("/v1/experiment/plan?rate=1e999", 422),
    ("/api/items?n=" + "9" * 5_000, 422),
    ("/api/users?cursor=" + "9" * 5_000, 422),
    ("/api/items?n=10001", 422),
    ("/api/feedback?cursor=b" + "9" * 30, 422),
]


@pytest.mark.parametrize(("path", "status"), QUERIES, ids=[path[:60] for path, _ in QUERIES])
def test_queries(shop: int, path: str, status: int) -> None:
    assert asked(shop, "GET", path).status == status


PATHS = [
    ("/../../etc/passwd", 404),
    ("/%2e%2e/%2e%2e/etc/passwd", 404),
    ("/report/../../../etc/passwd", 404),
    ("/report%00.html", 404),
    ("//etc/passwd", 404),
    ("/..;/metrics", 404),
    ("/report\\..\\..", 404),
    ("/.git/config", 404),
    ("/static/x", 404),
    ("/openapi.json/..%2f..%2f", 404),
    ("/" + "a/" * 20_000, 404),
    ("/v1/recommend/", 404),
    ("/v1/recommend/" + quote("a/b", safe=""), 200),
    ("/v1/recommend/" + quote("../../etc/passwd", safe=""), 200),
    ("/v1/recommend/" + "a" * 512, 200),
    ("/v1/recommend/" + "a" * 513, 422),
    ("/v1/recommend/" + "a" * 60_000, 422),
    ("/v1/recommend/a%00b", 422),
    ("/v1/recommend/%00", 422),
    ("/v1/recommend/%ff%fe", 200),
    ("/v1/recommend/%ed%a0%80", 200),
    ("/v1/recommend/%e2%80%ae", 200),
    ("/v1/recommend/%", 200),
    ("/v1/recommend/$item", 200),
    ("/v1/users/a%00b", 422),
]


@pytest.mark.parametrize(("path", "status"), PATHS, ids=[path[:60] for path, _ in PATHS])
def test_paths(shop: int, path: str, status: int) -> None:
    assert asked(shop, "GET", path).status == status


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/v1/events", "/v1/recommend/u1", "/metrics"])
def test_methods_that_a_path_does_not_have(shop: int, method: str, path: str) -> None:
    found = asked(shop, method, path)
    assert found.status == 405 and not any(name.startswith("access-control") for name in found.headers)
    assert found.headers["allow"] == ("POST" if path == "/v1/events" else "GET, HEAD")


def test_odd_paths_and_methods_do_not_grow_the_metrics(shop: int) -> None:
    before = asked(shop, "GET", "/metrics").body.count(b"\n")
    for n in range(200):
        asked(shop, "GET", f"/odd/{n}")
        asked(shop, "GET", f"/v1/recommend/someone{n}")
    assert asked(shop, "GET", "/metrics").body.count(b"\n") <= before + 60


def test_a_bad_event_of_one_client_never_fails_those_of_others(shop: int) -> None:
    """Clients write at the same time, so that their events share transactions."""
    good, bad = list[int](), list[int]()

    def post(out: list[int], body: object) -> None:
        for _ in range(15):
            out.append(asked(shop, "POST", "/v1/events", body).status)

    wrong = [{"user": "u1", "item": "商品1"}, {"user": "u1", "item": "商品1", "value": {"a": DEEP}}]
    threads = [threading.Thread(target=post, args=(good, [{"user": f"u{n}", "item": "商品2"}])) for n in range(6)]
    threads += [threading.Thread(target=post, args=(bad, wrong)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(good) == {200} and set(bad) == {422} and len(good) == 90


def test_many_new_items_are_in_the_next_answer(shop: int) -> None:
    items = [{"item": f"many{n}", "title": f"red mug {n}", "categories": ["mug"]} for n in range(1_000)]
    assert json.loads(asked(shop, "POST", "/v1/items", items).body)["kept"] == 1_000
    found = json.loads(asked(shop, "GET", "/v1/items?q=red%20mug%20999").body)
    assert [one["item"] for one in found["items"]] == ["many999"]


def test_a_stored_row_that_cannot_be_read_is_left_out_counted_and_reported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = small_shop(tmp_path / "shop")
    with serving(place) as port:
        assert (
            asked(port, "POST", "/v1/events", [{"user": "u1", "item": "商品3"}, {"user": "u2", "item": "商品4"}]).status
            == 200
        )
    log = SqliteLog(place, CHECKS)
    for damage in ("told = '[[', kind = '$item'", "at = 'x'"):
        log._connection.execute(f"update events set {damage} where number = (select max(number) from events)")
        log._connection.execute(
            "insert into events (person, item, kind, at) values ('newcomer', '商品5', 'view', 1.7e9)"
        )
    log.close()
    assert (place / FILE).is_file()
    with serving(place) as port:
        assert json.loads(asked(port, "GET", "/health/ready").body) == {"ready": True, "unreadable_rows": 2}
        assert asked(port, "GET", "/v1/recommend/u1").status == 200
        assert json.loads(asked(port, "GET", "/v1/users/newcomer").body)["events"] == 1
    assert "2 stored rows cannot be read" in caplog.text

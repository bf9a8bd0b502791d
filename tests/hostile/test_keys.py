"""Requests with a key, without one, with a wrong, expired or removed one, from browsers and through proxies: who gets through."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from breakeven.cli import main
from breakeven.core.errors import InputError
from breakeven.serving import access, key_file, keys, pages, run
from breakeven.serving.access import Access, NoKey, WrongKeys
from breakeven.serving.app import application
from breakeven.serving.endpoint import Content, Endpoint, Plain, Request, Service
from breakeven.serving.keys import Bucket, KeyRing
from breakeven.serving.origin import Hosts, hosts_of
from breakeven.serving.scopes import SCOPES
from tests.serving.asgi import ask

LOCAL = {"host": "localhost", "content-type": "application/json"}
BROWSER = {"origin": "http://localhost", "sec-fetch-site": "same-origin", "user-agent": "Mozilla/5.0"}
TOKEN = {"x-page-token": pages.TOKEN}
#: Endpoints by method and path, and what each needs.
NEEDED = {
    ("GET", "/open"): "open",
    ("POST", "/say"): "chat",
    ("GET", "/said"): "chat",
    ("GET", "/read"): "read",
    ("POST", "/answer"): "read",
    ("GET", "/page"): "read",
    ("GET", "/keep"): "read",
    ("POST", "/write"): "write",
    ("PUT", "/write"): "write",
    ("PATCH", "/write"): "write",
    ("GET", "/people"): "admin",
    ("DELETE", "/write"): "admin",
    ("GET", "/health/live"): "open",
    ("GET", "/health/ready"): "open",
    ("GET", "/metrics"): "read",
    ("GET", "/docs"): "read",
    ("GET", "/openapi.json"): "read",
}
LEVEL = {"open": 0, "chat": 1, "read": 2, "write": 3, "admin": 4}


class Everything(Service):
    """A service with an endpoint of every kind; `through` counts what got through to its own."""

    description = "A test."

    def __init__(self, folder: Path | None = None, name: str = "one") -> None:
        self.name, self.through = name, 0
        self.keys = None if folder is None else KeyRing(folder)

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("GET", "/open", self.done, "Open", scope="open"),
            Endpoint("POST", "/say", self.done, "Say", request=dict, scope="chat", hot=True),
            Endpoint("GET", "/said", self.done, "What was said", scope="chat"),
            Endpoint("GET", "/read", self.done, "Read", hot=True),
            Endpoint("POST", "/answer", self.done, "Answer", request=dict, scope="read", hot=True),
            Endpoint("GET", "/page", self.page, "A page"),
            Endpoint("GET", "/keep", self.done, "Keeps something", records=True),
            *(Endpoint(m, "/write", self.done, "Write", request=dict) for m in ("POST", "PUT", "PATCH")),
            Endpoint("DELETE", "/write", self.done, "Delete"),
            Endpoint("GET", "/people", self.done, "List people", scope="admin"),
        ]

    def done(self, request: Request[object, None]) -> dict[str, int]:
        self.through += 1
        return {}

    def page(self, request: Plain) -> Content:
        self.through += 1
        return pages.plain("a", "page")


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "FIRST_WAIT", 0.0)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("product")


@pytest.fixture(scope="module")
def secrets(product: Path) -> dict[str, str]:
    """A key of every scope, one that has expired and one that was removed; and what is none."""
    made = {scope: key_file.add(product, scope, scope) for scope in SCOPES}
    made["expired"] = key_file.add(product, "expired", "admin", days=1e-9)
    made["removed"] = key_file.add(product, "removed", "admin")
    key_file.remove(product, "removed")
    wrong = {"wrong": key_file.PREFIX + "x" * 43, "hash": key_file.hashed(made["admin"]), "long": "x" * 100_000}
    return {**made, **wrong, "cut": made["admin"][:-1], "empty": "", "text": "ключ 密钥".encode().decode("latin-1")}


def send(service: Service, method: str, path: str, headers: dict[str, str], hosts: Hosts | None = None):
    """Status, answer and headers of one request."""
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in {**LOCAL, **headers}.items()]
    return asyncio.run(ask(application([service], hosts), method, path, pairs, b"{}"))


@pytest.mark.parametrize(
    "who", ["none", "empty", "wrong", "hash", "long", "cut", "text", "expired", "removed", *SCOPES]
)
@pytest.mark.parametrize(("method", "path"), NEEDED)
def test_every_endpoint_with_every_key(
    product: Path, secrets: dict[str, str], method: str, path: str, who: str
) -> None:
    service, needed = Everything(product), NEEDED[method, path]
    headers = {} if who == "none" else {"x-api-key": secrets[who]}
    status, body, answered = send(service, method, path, headers)
    if needed == "open" or LEVEL.get(who, -1) >= LEVEL[needed]:
        assert status == 200
        return
    assert status == (403 if who in LEVEL else 401) and service.through == 0
    assert ("www-authenticate" in answered) == (status == 401)
    error = json.loads(body)["error"]
    assert "key" in error and secrets["admin"] not in error and key_file.hashed(secrets["admin"]) not in error


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nothing", 404), ("POST", "/nothing", 404), ("DELETE", "/docs", 405)]
)
def test_who_has_no_key_is_not_told_which_paths_there_are(
    product: Path, secrets: dict[str, str], method: str, path: str, status: int
) -> None:
    service = Everything(product)
    for who in ("wrong", "expired", "empty"):
        found, _, headers = send(service, method, path, {"x-api-key": secrets[who]})
        assert found == 401 and "allow" not in headers
    assert send(service, method, path, {"x-api-key": secrets["read"]})[0] == status
    assert send(Everything(), method, path, {})[0] == status


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("form", "status"),
    [
        (lambda key: {"x-api-key": key}, 200),
        (lambda key: {"x-api-key": f" {key} "}, 200),
        (lambda key: {"authorization": f"Bearer {key}"}, 200),
        (lambda key: {"authorization": f"bearer {key}"}, 200),
        (lambda key: {"authorization": basic("anybody", key)}, 200),
        (lambda key: {"authorization": basic(key, "")}, 200),
        (lambda key: {"authorization": key}, 401),
        (lambda key: {"authorization": f"Token {key}"}, 401),
        (lambda key: {"authorization": f"Basic {key}"}, 401),
        (lambda key: {"authorization": "Basic \xff"}, 401),
        (lambda key: {"authorization": basic("anybody", "")}, 401),
        (lambda key: {"authorization": "Bearer"}, 401),
        (lambda key: {"x-api-key": f"{key}, {key}"}, 401),
        (lambda key: {"x-api-key": "wrong", "authorization": f"Bearer {key}"}, 401),
        (lambda key: {"cookie": f"x-api-key={key}"}, 401),
        (lambda key: {"x-page-token": key}, 401),
        (lambda key: {"x-page-token": pages.TOKEN}, 401),
        (lambda key: {"x-api-key": pages.TOKEN}, 401),
    ],
)
def test_the_spellings_of_a_key(product: Path, secrets: dict[str, str], form, status: int) -> None:
    assert send(Everything(product), "POST", "/write", form(secrets["write"]))[0] == status


def test_a_key_in_the_address_is_none(product: Path, secrets: dict[str, str]) -> None:
    assert send(Everything(product), "GET", f"/read?key={secrets['admin']}&x-api-key={secrets['admin']}", {})[0] == 401


@pytest.mark.parametrize(("method", "path"), [m for m, n in NEEDED.items() if n in ("write", "admin")])
@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize(
    ("sent", "through"),
    [({}, False), (TOKEN, True), ({"x-page-token": "x" * 43}, False), ({"x-page-token": "\xff"}, False)],
)
def test_a_browsers_writes_need_the_pages_token(
    product: Path, secrets: dict[str, str], method: str, path: str, keyed: bool, sent: dict[str, str], through: bool
) -> None:
    """Without keys, and with one that the browser remembers by itself."""
    service = Everything(product if keyed else None)
    remembered = {"authorization": basic("", secrets["admin"])} if keyed else {}
    status, body, _ = send(service, method, path, {**BROWSER, **remembered, **sent})
    assert (status, service.through) == ((200, 1) if through else (403, 0))
    assert through or "X-Page-Token" in json.loads(body)["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://localhost"},
        {"sec-fetch-site": "none"},
        {"referer": "http://evil.example/"},
        {"user-agent": "Mozilla/5.0 (an old browser that says nothing of where it is)"},
    ],
)
def test_anything_that_a_browser_sends_makes_it_one(headers: dict[str, str]) -> None:
    assert send(Everything(), "POST", "/write", headers)[0] == 403
    assert send(Everything(), "POST", "/write", {**headers, **TOKEN})[0] == 200
    assert send(Everything(), "GET", "/read", headers)[0] == 200


def test_a_local_client_needs_neither_token_nor_key() -> None:
    for user_agent in ("curl/8.5.0", "python-requests/2.32", ""):
        for method, path in NEEDED:
            assert send(Everything(), method, path, {"user-agent": user_agent, "x-api-key": "gorse's own"})[0] == 200


@pytest.mark.parametrize(
    "name", ["x-forwarded-for", "forwarded", "x-real-ip", "via", "x-forwarded-host", "cf-connecting-ip"]
)
@pytest.mark.parametrize(("method", "path"), NEEDED)
def test_what_a_proxy_passed_on_needs_a_key(
    product: Path, secrets: dict[str, str], method: str, path: str, name: str
) -> None:
    headers = {name: "203.0.113.7"}
    assert send(Everything(), method, path, headers)[0] == (200 if NEEDED[method, path] == "open" else 401)
    assert send(Everything(product), method, path, {**headers, "x-api-key": secrets["admin"]})[0] == 200


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("site", ["http://evil.example", "http://localhost:3000", "null", "https://localhost:8443"])
def test_the_right_key_does_not_open_the_door_to_another_site(
    product: Path, secrets: dict[str, str], method: str, site: str
) -> None:
    path = {"GET": "/read", "POST": "/write", "DELETE": "/write"}[method]
    service = Everything(product)
    status, _, headers = send(service, method, path, {"origin": site, "x-api-key": secrets["admin"]})
    assert (status, service.through) == (403, 0) and "access-control-allow-origin" not in headers


LISTED = hosts_of("127.0.0.1", [], ["https://shop.example"])


@pytest.mark.parametrize(
    ("hosts", "site", "through"),
    [
        (LISTED, "https://shop.example", True),
        (LISTED, "http://shop.example", False),
        (LISTED, "https://shop.example:444", False),
        (LISTED, "https://shop.example.evil.example", False),
        (LISTED, "null", False),
        (Hosts(), "https://shop.example", False),
    ],
)
def test_only_a_listed_site_may_ask(
    product: Path, secrets: dict[str, str], hosts: Hosts, site: str, through: bool
) -> None:
    foreign = {"origin": site, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}
    preflight = {**foreign, "access-control-request-method": "POST", "access-control-request-headers": "x-api-key"}
    status, body, headers = send(Everything(product), "OPTIONS", "/write", preflight, hosts)
    assert (status == 204, headers.get("access-control-allow-origin")) == (through, site if through else None)
    assert not through or ("x-api-key" in headers["access-control-allow-headers"] and body == b"")
    for key, expected in ((secrets["write"], 200), ("wrong", 401), ("", 401), (secrets["read"], 403)):
        service = Everything(product)
        status, _, headers = send(service, "POST", "/write", {**foreign, "x-api-key": key}, hosts)
        assert status == (expected if through else 403)
        assert headers.get("access-control-allow-origin") == (site if through else None)
        assert "access-control-allow-credentials" not in headers
        assert headers.get("vary") == ("origin" if through else None)
        assert service.through == int(through and expected == 200)


def test_a_listed_site_may_not_write_without_keys() -> None:
    foreign = {"origin": "https://shop.example", "sec-fetch-site": "cross-site"}
    assert send(Everything(), "POST", "/write", foreign, LISTED)[0] == 403
    assert send(Everything(), "POST", "/answer", foreign, LISTED)[0] == 200


@pytest.mark.parametrize(
    "origin", ["shop.example", "*", "null", "https://shop.example/", "https://*.example", "ftp://a", ""]
)
def test_a_listed_site_is_one_origin(origin: str) -> None:
    with pytest.raises(InputError, match="--allow-origin"):
        hosts_of("127.0.0.1", [], [origin])


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now, self.waits = 1000.0, list[float]()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


def test_wrong_keys_wait_longer_and_longer_and_others_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "FIRST_WAIT", 0.1)
    time = Time()
    tries, error = WrongKeys(time, time.sleep), NoKey("key", "wrong", "right")
    for address in (*["203.0.113.7"] * 7, "203.0.113.8"):
        assert asyncio.run(tries.waited(error, address)) is error
    assert time.waits == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 0.1])
    time.now += access.FORGOTTEN_AFTER + 1
    asyncio.run(tries.waited(error, "203.0.113.7"))
    assert time.waits[-1] == pytest.approx(0.1)


def test_many_wrong_keys_at_once_are_answered_at_once() -> None:
    async def flood() -> list[int]:
        gate = asyncio.Event()
        tries = WrongKeys(sleep=lambda _: gate.wait())
        error = NoKey("key", "wrong", "right")
        waiting = [asyncio.create_task(tries.waited(error, str(i))) for i in range(access.MAX_WAITING)]
        await asyncio.sleep(0)
        late = await tries.waited(error, "late")
        gate.set()
        return [late.status, *(found.status for found in await asyncio.gather(*waiting))]

    assert asyncio.run(flood()) == [429, *[401] * access.MAX_WAITING]


def test_wrong_keys_of_many_addresses_take_no_more_memory() -> None:
    tries = WrongKeys(sleep=Time().sleep)

    async def flood() -> None:
        for i in range(3 * access.MAX_ADDRESSES):
            await tries.waited(NoKey("key", "wrong", "right"), str(i))

    asyncio.run(flood())
    assert len(tries._seen) == access.MAX_ADDRESSES


def test_a_key_has_its_rate(tmp_path: Path) -> None:
    slow, quick = key_file.add(tmp_path, "slow", "read", per_second=2), key_file.add(tmp_path, "quick", "read")
    service = Everything(tmp_path)
    service.keys = KeyRing(tmp_path, clock=Time())
    app = application([service])

    def get(key: str) -> tuple[int, dict[str, str]]:
        status, _, headers = asyncio.run(
            ask(app, "GET", "/read", [(b"host", b"localhost"), (b"x-api-key", key.encode())])
        )
        return status, headers

    assert [get(slow)[0] for _ in range(3)] == [200, 200, 429]
    assert get(slow)[1]["retry-after"] == "1" and get(quick)[0] == 200
    service.keys._clock.now += 0.5
    assert [get(slow)[0] for _ in range(2)] == [200, 429]


def test_a_bucket_holds_one_second_of_its_rate() -> None:
    bucket = Bucket(5, 0.0)
    assert sum(bucket.take(100.0) for _ in range(20)) == 5


def test_what_is_kept_of_a_key(tmp_path: Path) -> None:
    secret = key_file.add(tmp_path, "shop", "write")
    path = tmp_path / key_file.FILE
    assert secret.startswith(key_file.PREFIX) and len(secret) >= 43 + len(key_file.PREFIX)
    assert secret not in path.read_text() and key_file.hashed(secret) in path.read_text()
    ring = KeyRing(tmp_path)
    assert ring.find(secret) is not None
    ring.close()
    for name in (key_file.FILE, key_file.USED_FILE):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert key_file.add(tmp_path, "two", "write") != secret


def test_last_use_is_kept_and_goes_with_its_key(tmp_path: Path) -> None:
    first = key_file.add(tmp_path, "shop", "write")
    ring = KeyRing(tmp_path)
    assert key_file.last_used(tmp_path) == {} and ring.find(first) is not None
    assert ring._pool is not None  # the first use is noted at once, in a thread
    ring._pool.shutdown(wait=True)
    (used,) = key_file.last_used(tmp_path).values()
    ring.close()
    (used,) = key_file.last_used(tmp_path).values()
    assert abs(key_file.now() - used) < timedelta(minutes=1)
    key_file.remove(tmp_path, "shop")
    ring = KeyRing(tmp_path)
    assert ring.find(key_file.add(tmp_path, "shop", "write")) is None  # the ring looks again a second later
    key = key_file.load(tmp_path)[0]
    assert key_file.usage_name(key) not in key_file.last_used(tmp_path)
    later = used + timedelta(hours=1)
    key_file.keep_last_used(tmp_path, {key_file.usage_name(key): later}, [key])
    key_file.keep_last_used(tmp_path, {key_file.usage_name(key): used}, [key])
    assert key_file.last_used(tmp_path) == {key_file.usage_name(key): later}


def test_a_running_service_follows_its_keys(tmp_path: Path) -> None:
    time = Time()
    first = key_file.add(tmp_path, "first", "read")
    ring = KeyRing(tmp_path, time)
    second = key_file.add(tmp_path, "second", "read")
    key_file.remove(tmp_path, "first")
    time.now += keys.LOOK_AFTER
    assert ring.find(first) is None and ring.find(second) is not None


@pytest.mark.parametrize(
    "left", [None, "", "{", '{"format": 2, "keys": []}', "[1]", '{"format": 1, "keys": [{"name": "a"}]}']
)
def test_a_file_of_keys_that_is_lost_or_broken_closes_a_running_service(tmp_path: Path, left: str | None) -> None:
    time = Time()
    key = key_file.add(tmp_path, "first", "read")
    ring = KeyRing(tmp_path, time)
    path = tmp_path / key_file.FILE
    kept = path.read_text()
    if left is None:
        path.unlink()
    else:
        path.write_text(left)
    time.now += keys.LOOK_AFTER
    assert ring.find(key) is None
    path.write_text(kept)
    os.utime(path, (1, 1))
    time.now += keys.LOOK_AFTER
    assert ring.find(key) is not None


BROKEN = [
    "{",
    "[]",
    '{"format": 2, "keys": []}',
    '{"format": 1, "keys": [{"name": "a", "scope": "root", "sha256": "'
    + "0" * 64
    + '", "made": "2026-01-01T00:00:00Z"}]}',
    '{"format": 1, "keys": [{"name": "a", "scope": "read", "sha256": "bke_secret", "made": "2026-01-01T00:00:00Z"}]}',
    '{"format": 1, "keys": [{"name": "../a", "scope": "read", "sha256": "'
    + "0" * 64
    + '", "made": "2026-01-01T00:00:00Z"}]}',
    '{"format": 1, "keys": [], "more": 1}',
    "[" * 100_000,
    " " * (key_file.MAX_BYTES + 1),
]


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_file_of_keys_is_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / key_file.FILE).write_text(content)
    with pytest.raises(InputError, match=r"keys\.json: is no file of keys"):
        KeyRing(tmp_path)
    with pytest.raises(InputError, match=r"keys\.json"):
        key_file.add(tmp_path, "new", "read")
    assert (tmp_path / key_file.FILE).read_text() == content


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: os.mkfifo(path), lambda path: path.symlink_to("/dev/zero")])
def test_keys_that_are_no_file_are_one_line(tmp_path: Path, make) -> None:
    make(tmp_path / key_file.FILE)
    with pytest.raises(InputError, match=r"keys\.json"):
        KeyRing(tmp_path)


@pytest.mark.parametrize(
    "given",
    [
        {"name": "a b"},
        {"name": ""},
        {"name": "../up"},
        {"name": "x" * 61},
        {"name": "名"},
        {"days": 0},
        {"days": -1},
        {"days": float("nan")},
        {"days": float("inf")},
        {"per_second": 0},
    ],
)
def test_what_is_no_key_is_refused(tmp_path: Path, given: dict[str, object]) -> None:
    with pytest.raises(InputError, match="--"):
        key_file.add(tmp_path, **{"name": "a", "scope": "read", **given})
    assert key_file.load(tmp_path) == []


def test_the_command_makes_lists_and_removes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "product.yaml").write_text("name: a\n")
    folder = str(tmp_path)
    adding = ["keys", folder, "add", "--scope", "write", "--name", "shop", "--days", "30"]
    assert main(adding) == 0
    made = capsys.readouterr().out
    assert made.startswith(key_file.PREFIX) and made.count("\n") == 1
    assert main(["keys", folder, "list"]) == 0
    listed = capsys.readouterr().out
    assert "shop" in listed and "write" in listed and made.strip() not in listed
    assert key_file.load(tmp_path)[0].expires - key_file.now() > timedelta(days=29)
    assert main(adding) == 2 and capsys.readouterr().err.count("\n") == 1
    assert main(["keys", folder, "remove", "shop"]) == 0
    assert main(["keys", folder, "remove", "shop"]) == 2


def test_the_command_names_a_folder_without_a_product(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        assert main(["keys", str(folder), "list"]) == 2
        assert "there is no product" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("hosts", "option"),
    [
        (Hosts("0.0.0.0"), "--host"),
        (Hosts("::"), "--host"),
        (Hosts("192.0.2.1"), "--host"),
        (Hosts("shop.example"), "--host"),
        (hosts_of("127.0.0.1", ["localhost", "shop.example"]), "--allow-host"),
    ],
)
@pytest.mark.parametrize("expired", [False, True])
def test_nothing_starts_for_others_without_a_key(tmp_path: Path, hosts: Hosts, option: str, expired: bool) -> None:
    if expired:
        key_file.add(tmp_path, "old", "read", days=1e-9)
    with pytest.raises(InputError) as refused:
        run.keys_of(tmp_path, hosts)
    assert refused.value.where.startswith(option)
    assert refused.value.remedy == f"make one: breakeven keys {tmp_path} add --scope read"
    key_file.add(tmp_path, "new", "read")
    assert run.keys_of(tmp_path, hosts) is not None


@pytest.mark.parametrize("hosts", [Hosts(), Hosts("::1"), hosts_of("localhost", ["127.0.0.1"])])
def test_this_machine_alone_needs_no_key_until_there_is_one(tmp_path: Path, hosts: Hosts) -> None:
    assert run.keys_of(tmp_path, hosts) is None
    key_file.add(tmp_path, "old", "read", days=1e-9)
    assert run.keys_of(tmp_path, hosts) is not None


def test_several_products_have_their_own_keys(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    found = []
    for folder in folders:
        folder.mkdir()
        found.append(key_file.add(folder, "key", "admin"))
    services = [Everything(folder, folder.name) for folder in folders]
    app = application(services)

    def status(path: str, key: str | None) -> int:
        headers = [(b"host", b"localhost"), *([(b"x-api-key", key.encode())] if key else [])]
        return asyncio.run(ask(app, "GET", path, headers))[0]

    first, second = found
    assert [status("/one/read", key) for key in (first, second, None)] == [200, 401, 401]
    assert [status("/two/people", key) for key in (first, second, None)] == [401, 200, 401]
    assert [status("/", key) for key in (first, second, "wrong", None)] == [200, 200, 401, 401]
    assert status("/one/health/live", None) == 200
    assert [status("/one", key) for key in (first, second, None)] == [307, 401, 401]


def test_an_expired_key_is_refused_from_its_second_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = key_file.add(tmp_path, "a", "read", days=1)
    ring = KeyRing(tmp_path)
    end = ring.known[0].expires
    assert isinstance(end, datetime)
    monkeypatch.setattr(key_file, "now", lambda: end - timedelta(seconds=1))
    assert ring.find(secret) is not None
    monkeypatch.setattr(key_file, "now", lambda: end)
    assert ring.find(secret) is None


def test_the_description_names_the_keys(product: Path) -> None:
    document = json.loads(send(Everything(), "GET", "/openapi.json", {})[1])
    schemes = document["components"]["securitySchemes"]
    assert {(s["type"], s.get("in"), s.get("name"), s.get("scheme")) for s in schemes.values()} == {
        ("apiKey", "header", "X-API-Key", None),
        ("http", None, None, "bearer"),
    }
    for (method, path), needed in NEEDED.items():
        operation = document["paths"][path][method.lower()]
        assert operation["security"] == ([] if needed == "open" else [{"key": []}, {"bearer": []}])
        assert ("401" in operation["responses"]) == (needed != "open")
        assert needed == "open" or f"scope {needed}" in operation["description"]


def test_access_without_rings_is_for_this_machine() -> None:
    Access().check("admin", {})
    with pytest.raises(NoKey):
        Access().check("read", {b"forwarded": "for=203.0.113.7"})

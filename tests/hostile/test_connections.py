"""Connections that are malformed, endless, slow, silent or many: each ends, and others are answered meanwhile."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from breakeven.serving.app import application
from breakeven.serving.background import Server
from breakeven.serving.body import MAX_BODY
from breakeven.serving.endpoint import Content, Endpoint, Request, Service, always
from breakeven.serving.limits import MAX_HEAD, MAX_HEADERS, Limits
from tests.hostile.raw import answers, exchanged, live, opened, received, request, sent

LARGE = 8 << 20
QUICK = Limits(
    connections=60, per_client=60, request_seconds=0.6, idle_seconds=0.4, bytes_in_flight=64 << 20, bytes_a_second=50e6
)


class Echo(Service):
    """Counts what it is sent, and waits or answers at length where that is asked for."""

    name, description = "echo", "Counts."

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.bodies = 0

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("POST", "/count", self.count, "Count", request=object, response=dict[str, int]),
            Endpoint("GET", "/large", lambda _: Content(b"x" * LARGE, b"text/plain"), "A large answer"),
            Endpoint("POST", "/wait", self.wait, "Wait", request=object, response=dict[str, int], heavy=always),
        ]

    def count(self, request: Request[Any, None]) -> dict[str, int]:
        self.bodies += 1
        return {"values": len(request.body)}

    def wait(self, request: Request[Any, None]) -> dict[str, int]:
        self.go_on.wait(20)
        return {"values": 0}


@pytest.fixture(scope="module")
def echo() -> Echo:
    return Echo()


@pytest.fixture(scope="module")
def port(echo: Echo) -> Iterator[int]:
    with Server(application([echo]), "127.0.0.1", 0, QUICK) as server:
        yield server.port


GET = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /count HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"

#: The parser gives a header on when the next one begins.
ZH = b"Accept-Language: zh-CN,zh;q=0.9\r\nAccept: */*\r\n"
#: What is refused before any handler, with the language that is asked for, and what the message says.
IN_CHINESE = {
    "101 headers": (GET + ZH + b"X-A: b\r\n" * MAX_HEADERS + b"\r\n", 431, "请少发送一些"),
    "a long path": (b"GET /" + b"a" * MAX_HEAD + b" HTTP/1.1\r\nHost: localhost\r\n" + ZH + b"\r\n", 414, "请缩短"),
    "version 2.0": (b"GET / HTTP/2.0\r\nHost: localhost\r\n" + ZH + b"\r\n", 505, "此处不支持 HTTP/2.0"),
    "header without colon": (GET + ZH + b"no colon\r\n\r\n", 400, "请求不是 HTTP/1.1"),
    "slow headers": (GET + ZH, 408, "请更快地发送请求"),
    "slow body": (POST + ZH + b"Content-Length: 9\r\n\r\n[", 408, "请更快地发送请求"),
    "a large body": (POST + ZH + b"Content-Length: 999999999\r\n\r\n", 413, "超过上限"),
    "another content type": (
        POST.replace(b"application/json", b"text/plain") + ZH + b"Content-Length: 2\r\n\r\n[]",
        415,
        "不读取 'text/plain'",
    ),
    "a foreign host": (GET.replace(b"localhost", b"evil.example") + ZH + b"\r\n", 403, "不是此服务器的主机名"),
    "a foreign page": (POST + ZH + b"Origin: http://evil.example\r\nContent-Length: 2\r\n\r\n[]", 403, "是别的网站"),
    "an unknown path": (b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n" + ZH + b"\r\n", 404, "没有这个路径"),
    "another method": (b"DELETE /count HTTP/1.1\r\nHost: localhost\r\n" + ZH + b"\r\n", 405, "不允许方法 DELETE"),
    "not JSON": (POST + ZH + b"Content-Length: 2\r\n\r\n[x", 400, "不是 JSON"),
}


@pytest.mark.parametrize("name", IN_CHINESE)
def test_a_refusal_is_in_the_language_that_is_asked_for(port: int, name: str) -> None:
    data, status, words = IN_CHINESE[name]
    [answer] = exchanged(port, data)
    message = json.loads(answer.body)["error"]
    assert answer.status == status, message
    assert words in message and re.search("[a-z]{3,} [a-z]{3,}", message.replace("unexpected end of data", "")) is None


MALFORMED = {
    "garbage": (b"\x00\x01\x02 garbage\r\n\r\n", 400),
    "TLS hello": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 64, 400),
    "SSH": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", 400),
    "HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "no version": (b"GET /health/live\r\n\r\n", 505),
    "version 0.9": (b"GET /health/live HTTP/0.9\r\n\r\n", 505),
    "version 2.0": (b"GET /health/live HTTP/2.0\r\n\r\n", 505),
    "version 9.9": (b"GET /health/live HTTP/9.9\r\n\r\n", 400),
    "version of words": (b"GET /health/live HTTP/x.y\r\n\r\n", 400),
    "lower-case protocol": (b"GET /health/live http/1.1\r\n\r\n", 400),
    "unknown method": (b"FOO / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "lower-case method": (b"get / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "CONNECT": (b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "header without colon": (GET + b"no colon\r\n\r\n", 400),
    "header without name": (GET + b": value\r\n\r\n", 400),
    "space before colon": (GET + b"X-A : b\r\n\r\n", 400),
    "NUL in header": (GET + b"X-A: a\x00b\r\n\r\n", 400),
    "NUL in name": (GET + b"X\x00A: b\r\n\r\n", 400),
    "CR in header": (GET + b"X-A: a\rb\r\n\r\n", 400),
    "folded header": (GET + b"X-A: a\r\n b\r\n\r\n", 400),
    "LF alone": (b"GET /health/live HTTP/1.1\nHost: x\n\n", 400),
    "control byte in path": (b"GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "bytes above ASCII in path": (b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "negative length": (POST + b"Content-Length: -1\r\n\r\n", 400),
    "length with sign": (POST + b"Content-Length: +2\r\n\r\n{}", 400),
    "length in hexadecimal": (POST + b"Content-Length: 0x2\r\n\r\n{}", 400),
    "length of words": (POST + b"Content-Length: two\r\n\r\n{}", 400),
    "length of 30 digits": (POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n", 400),
    "empty length": (POST + b"Content-Length: \r\n\r\n{}", 400),
    "two lengths": (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", 400),
    "two equal lengths": (POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400),
    "list of lengths": (POST + b"Content-Length: 2, 2\r\n\r\n{}", 400),
    "length and chunks": (POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "chunks and length": (POST + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", 400),
    "unknown coding": (POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
    "chunked, then identity": (POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
    "chunk size of words": (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400),
    "chunk size too small": (POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n", 400),
    "chunk size of 40 digits": (POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n{}", 400),
    "negative chunk size": (POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n", 400),
    "malformed trailer": (POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nno colon\r\n\r\n", 400),
    "one header of 64 kB": (GET + b"X-A: " + b"a" * MAX_HEAD + b"\r\n\r\n", 431),
    "one header of 1 MB": (GET + b"X-A: " + b"a" * 1_000_000 + b"\r\n\r\n", 431),
    "one header without end": (GET + b"X-A: " + b"a" * 20_000_000, 431),
    "name of a header without end": (GET + b"a" * 5_000_000, 431),
    "101 headers": (GET + b"X-A: b\r\n" * MAX_HEADERS + b"\r\n", 431),
    "50,000 headers": (GET + b"X-A: b\r\n" * 50_000 + b"\r\n", 431),
    "many headers without end": (GET + b"X-A: b\r\n" * 500_000, 431),
    "path of 64 kB": (b"GET /" + b"a" * MAX_HEAD + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    "query of 64 kB": (b"GET /?" + b"a" * MAX_HEAD + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    "path without end": (b"GET /" + b"a" * 5_000_000, 431),
    "trailers without end": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n" + b"X-A: b\r\n" * 500_000,
        431,
    ),
    "one trailer without end": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-A: " + b"a" * 5_000_000,
        431,
    ),
    "chunk extension without end": (POST + b"Transfer-Encoding: chunked\r\n\r\n2;" + b"a" * 5_000_000, 431),
    "announced length of 1 TB": (POST + b"Content-Length: 1000000000000\r\n\r\n", 413),
    "announced length of 1 TB, and a byte": (POST + b"Content-Length: 1000000000000\r\n\r\n{", 413),
    "length over the limit by one": (POST + b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1), 413),
    "17 MB in one piece": (POST + b"Content-Length: %d\r\n\r\n" % (17 << 20) + b" " * (17 << 20), 413),
    "18 MB in chunks": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n" + (b"100000\r\n" + b" " * (1 << 20) + b"\r\n") * 18 + b"0\r\n\r\n",
        413,
    ),
}


@pytest.mark.parametrize(("data", "status"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_or_endless_request_is_refused_in_json(port: int, data: bytes, status: int) -> None:
    found = exchanged(port, data)
    assert [a.status for a in found] == [status]
    assert found[0].headers["content-type"] == "application/json" and found[0].error
    assert live(port)


HARMLESS = {
    "as curl sends it": (GET + b"User-Agent: curl/8\r\nAccept: */*\r\n", 200),
    "HTTP/1.0": (b"GET /health/live HTTP/1.0\r\n", 200),
    "99 headers": (GET + b"X-A: b\r\n" * (MAX_HEADERS - 2), 200),
    "a header of 60 kB": (GET + b"X-A: " + b"a" * 60_000 + b"\r\n", 200),
    "an upgrade that nobody asked for": (
        GET + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n",
        200,
    ),
    "a WebSocket, of which there is none": (GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n", 200),
    "a whole address as the path": (b"GET http://localhost/health/live HTTP/1.1\r\nHost: localhost\r\n", 200),
    "empty lines before the request": (b"\r\n\r\n" + GET, 200),
    "a method override": (GET + b"X-HTTP-Method-Override: DELETE\r\n", 200),
    "a method that is not allowed": (b"DELETE /health/live HTTP/1.1\r\nHost: localhost\r\n", 405),
    "TRACE": (b"TRACE /health/live HTTP/1.1\r\nHost: localhost\r\n", 405),
    "OPTIONS": (b"OPTIONS /health/live HTTP/1.1\r\nHost: localhost\r\n", 405),
}


@pytest.mark.parametrize(("head", "status"), HARMLESS.values(), ids=HARMLESS)
def test_an_unusual_request_is_answered(port: int, head: bytes, status: int) -> None:
    closing = head if b"Connection" in head else head + b"Connection: close\r\n"
    found = exchanged(port, closing + b"\r\n")
    assert [a.status for a in found] == [status]
    assert status == 200 or found[0].headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", None),
        (b"G", 408),
        (b"GET /health/live HTTP/1.1\r\n", 408),
        (GET + b"X-A: ", 408),
        (POST + b"Content-Length: 10\r\n\r\n", 408),
        (POST + b"Content-Length: 10\r\n\r\n{", 408),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", 408),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", 408),
        (POST + b"Expect: 100-continue\r\nContent-Length: 10\r\n\r\n", 408),
    ],
    ids=[
        "silent",
        "one byte",
        "one line",
        "half a header",
        "no body",
        "half a body",
        "no chunk",
        "no last chunk",
        "expecting",
    ],
)
def test_a_client_that_stops_sending_is_let_go(port: int, echo: Echo, data: bytes, status: int | None) -> None:
    before = echo.bodies
    assert [a.status for a in answers(received(opened(port, data)))] == ([] if status is None else [status])
    assert echo.bodies == before  # what was not whole is not done


@pytest.mark.parametrize("start", [GET + b"X-A: ", POST + b"Content-Length: 5000\r\n\r\n"], ids=["header", "body"])
def test_a_client_that_sends_byte_by_byte_is_let_go(port: int, start: bytes) -> None:
    connection = opened(port, start)
    stopped = threading.Event()

    def drip() -> None:
        while not stopped.wait(0.05):
            sent(connection, b" ")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        found = answers(received(connection))
    finally:
        stopped.set()
        thread.join()
    assert [a.status for a in found] in ([408], [])  # what comes after the answer may reset the connection


def test_a_connection_that_asks_no_more_is_closed(port: int) -> None:
    found = answers(received(opened(port, GET + b"\r\n")))
    assert [a.status for a in found] == [200]


def test_half_a_request_that_is_closed_is_not_done(port: int, echo: Echo) -> None:
    before = echo.bodies
    opened(port, POST + b"Content-Length: 50\r\n\r\n{}").close()
    opened(port, POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n").close()
    assert live(port)
    assert echo.bodies == before


def test_pipelined_requests_are_answered_in_their_order(port: int) -> None:
    bodies = [b"[%s]" % b",".join([b"1"] * n) for n in range(40)]
    data = b"".join(POST + b"Content-Length: %d\r\n\r\n" % len(b) + b for b in bodies)
    found = answers(received(opened(port, data)))
    assert [a.body for a in found] == [b'{"values":%d}' % n for n in range(40)]


@pytest.mark.parametrize("bad", [b"garbage\r\n\r\n", GET + b"X-A: " + b"a" * 100_000], ids=["garbage", "endless"])
def test_what_is_malformed_after_good_requests_does_not_take_their_answers(port: int, bad: bytes) -> None:
    body = b"[1, 2]"
    found = exchanged(port, (POST + b"Content-Length: %d\r\n\r\n" % len(body) + body) * 3 + bad)
    assert [a.status for a in found][:3] == [200] * 3
    assert [a.status for a in found][3:] in ([400], [408])


@pytest.mark.parametrize(
    "bad", [GET + b"X-A: " + b"a" * 100_000 + b"\r\n\r\n", GET + b"X-A: b\r\n" * 200 + b"\r\n"], ids=["long", "many"]
)
def test_a_long_head_behind_a_short_request_in_one_piece_is_refused(port: int, bad: bytes) -> None:
    assert [a.status for a in exchanged(port, GET + b"\r\n" + bad)] == [200, 431]


def test_thousands_of_pipelined_requests_are_answered(port: int) -> None:
    connection = opened(port)
    count = 5_000
    thread = threading.Thread(target=sent, args=(connection, (GET + b"\r\n") * count))
    thread.start()
    found = received(connection)
    thread.join()
    assert found.count(b"HTTP/1.1 200") == count


def test_a_client_that_takes_no_answer_is_let_go(port: int) -> None:
    unread = [opened(port, request(path="/large"), buffer=4096) for _ in range(4)]
    assert live(port)
    time.sleep(0.1)
    text = [received(connection) for connection in unread if _is_over(connection)]
    assert all(len(t) < LARGE for t in text) and len(text) == 4


def _is_over(connection: Any) -> bool:
    """Wait until the server has let the connection go, without taking what it sent."""
    end = time.monotonic() + 240
    while time.monotonic() < end:
        try:
            connection.sendall(b"x")
        except OSError:
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def crowded() -> Iterator[Callable[..., tuple[int, Echo]]]:
    """Starts a server with limits of its own."""
    servers = list[tuple[Server, Echo]]()

    def start(**limits: Any) -> tuple[int, Echo]:
        service = Echo()
        servers.append((Server(application([service]), "127.0.0.1", 0, Limits(**limits)), service))
        return servers[-1][0].port, service

    yield start
    for server, service in servers:
        service.go_on.set()
        server.stop()


@pytest.mark.parametrize(
    "limits", [{"connections": 20, "per_client": 20}, {"connections": 99, "per_client": 20}], ids=["all", "one client"]
)
@pytest.mark.parametrize(
    "data",
    [b"", GET + b"X-A: ", POST + b"Content-Length: 10\r\n\r\n{", GET + b"\r\n"],
    ids=["silent", "header", "body", "idle"],
)
def test_waiting_connections_make_room_for_others(
    crowded: Callable[..., tuple[int, Echo]], data: bytes, limits: dict[str, int]
) -> None:
    port, _ = crowded(**limits, request_seconds=60, idle_seconds=60)
    held = [opened(port, data) for _ in range(50)]
    for _ in range(30):
        assert live(port)
    first = answers(received(held[0]))  # it has waited longest
    assert [a.status for a in first] == ([] if not data else [200] if data.endswith(b"\r\n\r\n") else [503])
    assert all(a.status == 200 or a.headers["retry-after"] == "1" for a in first)
    for connection in held:
        connection.close()


@pytest.mark.parametrize("data", [b"", GET + b"X-A: "], ids=["silent", "header"])
def test_a_client_that_was_answered_keeps_its_connection_before_those_that_never_were(
    crowded: Callable[..., tuple[int, Echo]], data: bytes
) -> None:
    port, _ = crowded(connections=20, per_client=20, request_seconds=60, idle_seconds=60)
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with contextlib.closing(client):
        for _ in range(3):
            client.request("GET", "/health/live")
            assert client.getresponse().read() == b'{"live":true}'
            used = client.sock
            held = [opened(port, data) for _ in range(30)]
            assert live(port)
            for connection in held:
                connection.close()
        assert client.sock is used


@pytest.mark.parametrize(
    ("limits", "status"),
    [({"connections": 5, "per_client": 5}, 429), ({"connections": 5, "per_client": 9}, 503)],
    ids=["one client", "all"],
)
def test_a_connection_is_refused_where_all_others_are_being_answered(
    crowded: Callable[..., tuple[int, Echo]], limits: dict[str, int], status: int
) -> None:
    port, service = crowded(**limits)
    held = [opened(port, request("POST", "/wait", b"{}")) for _ in range(5)]
    end = time.monotonic() + 20
    while True:  # until all five are in work
        found = exchanged(port, request())
        if found[0].status != 200 or time.monotonic() > end:
            break
    assert found[0].status == status and found[0].headers["retry-after"] == "1" and "again" in found[0].error
    service.go_on.set()
    assert [answers(received(c))[0].status for c in held] == [200] * 5
    assert live(port)


def test_answers_that_nobody_takes_are_bounded_together(crowded: Callable[..., tuple[int, Echo]]) -> None:
    port, _ = crowded(bytes_in_flight=2 * LARGE, request_seconds=3_600)
    held = [opened(port, request(path="/large"), buffer=4096) for _ in range(12)]
    assert _is_over(held[0])  # it has waited longest
    assert live(port)
    for connection in held:
        connection.close()


def test_bodies_together_are_bounded(crowded: Callable[..., tuple[int, Echo]]) -> None:
    port, _ = crowded(bytes_in_flight=4 << 20, request_seconds=60)
    half = POST + b"Content-Length: %d\r\n\r\n" % (3 << 20) + b" " * (2_500_000)
    first = opened(port, half)
    time.sleep(0.2)
    second = answers(received(opened(port, half)))
    assert [a.status for a in second] == [503]
    assert second[0].headers["retry-after"] == "1" and "memory" in second[0].error
    first.close()
    end = time.monotonic() + 20
    while True:  # until the first has been let go
        found = exchanged(
            port,
            POST
            + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % (3 << 20)
            + b"["
            + b" " * ((3 << 20) - 2)
            + b"]",
        )
        if found[0].status == 200 or time.monotonic() > end:
            break
    assert found[0].status == 200

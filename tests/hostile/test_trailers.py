"""Fields behind a chunked body: no check of a proxy or of the service has seen them, so they are no headers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from breakeven.serving import key_file
from tests.hostile import small_products
from tests.hostile.products import serving
from tests.hostile.raw import exchanged, request

BODY = b'{"rows":[{"age":31,"plan":"free","spend":1}]}'
CHUNKS = b"%x\r\n%b\r\n0\r\n" % (len(BODY), BODY)


@pytest.fixture(scope="module")
def secret() -> list[str]:
    return []


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, secret: list[str]) -> Iterator[int]:
    place = small_products.table(tmp_path_factory.mktemp("table"))
    secret.append(key_file.add(place, "reader", "read"))
    with serving(place) as found:
        yield found


def chunked(trailer: str, **headers: str) -> bytes:
    head = request("POST", "/v1/predict", content_length=None, transfer_encoding="chunked", **headers)
    return head + CHUNKS + trailer.encode() + b"\r\n\r\n"


def test_a_trailer_is_no_header(port: int, secret: list[str]) -> None:
    key = secret[0]
    assert [a.status for a in exchanged(port, chunked("X-Nothing: 1", x_api_key=key))] == [200]
    for trailer in (
        "Host: evil.example",
        "Origin: http://evil.example",
        "Content-Type: text/plain",
        "X-API-Key: wrong",
    ):
        assert [a.status for a in exchanged(port, chunked(trailer, x_api_key=key))] == [200], trailer
    assert [a.status for a in exchanged(port, chunked(f"X-API-Key: {key}"))] == [401]


def test_headers_of_the_next_request_are_kept(port: int, secret: list[str]) -> None:
    both = chunked("X-API-Key: a", x_api_key=secret[0], connection="keep-alive") + request(
        path="/docs", x_api_key=secret[0]
    )
    assert [a.status for a in exchanged(port, both)] == [200, 200]

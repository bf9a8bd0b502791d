"""Keys and passwords: masked in every spelling, sent to nobody else; what a hosted model says lowers no bill."""

from __future__ import annotations

import base64
import copy
import html
import json
import pickle
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from breakeven.core.errors import InputError
from breakeven.core.secret import MASK, Secret
from breakeven.core.types import Hosted
from breakeven.models.hosted import client as hosted
from breakeven.models.hosted import connection
from breakeven.models.hosted.client import Client, Failed, Reply
from breakeven.scenarios.registry import parse_brief
from tests.llm_server import Model, serving

KEY = "sk-SE+C/RE T==12é&<90"
ASKED = [{"role": "user", "content": "please give my refund, the parcel was late and cold " * 4}]


@pytest.fixture
def model() -> Iterator[tuple[Model, str]]:
    """A hosted model, and its address."""
    with serving() as made:
        yield made


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow one another at once."""
    monkeypatch.setattr(hosted, "LONGEST_WAIT", 0.01)


def spellings(key: str) -> dict[str, str]:
    """The ways in which a server may say a key."""
    return {
        "as it is": key,
        "percent": quote(key, safe=""),
        "percent in lower case": "".join(f"%{octet:02x}" for octet in key.encode()),
        "form": quote_plus(key),
        "percent twice": quote(quote(key, safe=""), safe=""),
        "JSON": json.dumps(key)[1:-1],
        "JSON with slashes": key.replace("/", "\\/"),
        "all escaped": "".join(f"\\u{ord(c):04x}" for c in key),
        "Python": ascii(key)[1:-1],
        "HTML": html.escape(key),
        "HTML numbers": "".join(f"&#{ord(c)};" for c in key),
        "HTML hexadecimal": "".join(f"&#x{ord(c):X};" for c in key),
        "Base64": base64.b64encode(key.encode()).decode(),
        "Base64 of URLs": base64.urlsafe_b64encode(key.encode()).decode().rstrip("="),
        "a mixture": quote(key[:9], safe="") + html.escape(key[9:]),
    }


@pytest.mark.parametrize("name", spellings(KEY))
def test_a_secret_is_found_however_it_is_spelled(name: str) -> None:
    masked = Secret(KEY).mask(f"bad key {spellings(KEY)[name]}!")
    assert masked == f"bad key {MASK}!"


@pytest.mark.parametrize("show", [str, repr, "{}".format, "{!r:>9}".format, lambda s: f"{s}", lambda s: str([s])])
def test_a_secret_is_not_shown(show) -> None:
    assert "SE" not in show(Secret(KEY)) and MASK in show(Secret(KEY))


def test_a_secret_survives_being_copied_and_compared() -> None:
    one = Secret(KEY)
    assert pickle.loads(pickle.dumps(one)) == copy.deepcopy(one) == one != Secret("x")  # noqa: S301  our own
    assert len({one, Secret(KEY)}) == 1 and one.reveal() == KEY
    assert Secret("").mask("nothing") == "nothing"


def client(address: str, place: Path, key: str | None = KEY, **more: Any) -> Client:
    prices = {"usd_per_million_tokens_in": 1.0, "usd_per_million_tokens_out": 4.0}
    return Client(Hosted("small", address=address, **prices, **more), Secret(key) if key else None, place)


@pytest.mark.parametrize("name", spellings("sk-SEC+R/E T==1290"))
@pytest.mark.parametrize("status", [200, 401])
def test_a_server_that_repeats_the_key_in_an_error(
    model, tmp_path: Path, name: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, address = model
    monkeypatch.setattr(hosted, "TRIES", 1)
    key = "sk-SEC+R/E T==1290"
    text = "." * 105 + spellings(key)[name]  # cut in the middle of the key
    if status == 200:
        held.raw = json.dumps({"auth": text[85:]}).encode()
    else:
        held.status, held.refuses = [], lambda body: text
        monkeypatch.setattr(hosted, "REFUSED", ())
    with pytest.raises(Failed) as caught:
        client(address, tmp_path, key).ask(ASKED)
    assert held.keys == [f"Bearer {key}"] * len(held.keys)
    for part in ("SEC", "R/E", "R%2FE", "1290", base64.b64encode(key.encode()).decode()[:8]):
        assert part not in str(caught.value)


def test_an_answer_is_kept_without_the_key(model, tmp_path: Path) -> None:
    held, address = model
    held.answer = lambda body: "the key is sk-SECRETKEY1 and sk%2DSECRETKEY1"
    assert client(address, tmp_path, "sk-SECRETKEY1").ask(ASKED).text == f"the key is {MASK} and {MASK}"
    kept = [path.read_text() for path in tmp_path.rglob("*.json")]
    assert len(kept) == 1 and "SECRETKEY1" not in kept[0]
    assert "SECRETKEY1" not in repr(client(address, tmp_path, "sk-SECRETKEY1"))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_does_not_carry_the_key(tmp_path: Path, status: int) -> None:
    with serving() as (second, other):
        with redirecting(other, status) as address, pytest.raises(Failed, match=str(status)):
            client(address, tmp_path, "sk-SECRETKEY1").ask(ASKED)
        assert second.seen == []


class redirecting:
    """A server that sends everybody elsewhere."""

    def __init__(self, to: str, status: int) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                self.send_response(status)
                self.send_header("location", f"{to}/chat/completions")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


USAGES: list[Any] = [
    {"prompt_tokens": -10**9, "completion_tokens": -10**9}, {"prompt_tokens": 0, "completion_tokens": 0}, {"prompt_tokens": 10**30},
    {"prompt_tokens": 1e308, "completion_tokens": 1e308}, {"prompt_tokens": "lots"}, {"prompt_tokens": None}, {"prompt_tokens": True},
    {"prompt_tokens": [1]}, {"prompt_tokens_details": {"cached_tokens": 10**9}}, {"prompt_tokens_details": {"cached_tokens": -5}},
    {"prompt_tokens_details": {"cached_tokens": 1e400}}, {"prompt_tokens": 0.4}, {},
]  # fmt: skip


@pytest.mark.parametrize("usage", USAGES, ids=str)
def test_what_the_server_says_of_tokens_lowers_no_bill(model, tmp_path: Path, usage: dict[str, Any]) -> None:
    held, address = model
    held.raw = json.dumps({"choices": [{"message": {"content": "refund " * 40}}], "usage": usage}).encode()
    one = client(address, tmp_path)
    one.key = None
    one.spent = 0.5
    reply = one.ask(ASKED)
    assert (
        10 <= reply.tokens_in < 10**8 and 10 <= reply.tokens_out < 10**8 and 0 <= reply.tokens_cached <= reply.tokens_in
    )
    assert 0.5 + one.price(10, 10) <= one.spent < 0.51


def brief(tmp_path: Path, **given: Any) -> Hosted:
    """The `hosted` section of a brief, parsed."""
    prices = {"usd_per_million_tokens_in": 1, "usd_per_million_tokens_out": 1}
    raw = {
        "name": "n",
        "scenario": "predict",
        "data": "d.csv",
        "target": "y",
        "hosted": {"model": "m", **prices, **given},
    }
    found = parse_brief(raw, tmp_path).hosted
    assert found is not None
    return found


@pytest.mark.parametrize(
    "address",
    [
        "http://api.example.com/v1",
        "http://8.8.8.8/v1",
        "http://127.0.0.1.example.com/v1",
        "http://localhost.example.com/v1",
        "HTTP://x.y/v1",
    ],
)
def test_http_needs_a_word(address: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"in the clear|no address"):
        brief(tmp_path, address=address)
    if address.startswith("http:"):
        assert brief(tmp_path, address=address, insecure=True).insecure


@pytest.mark.parametrize("host", ["10.0.0.5", "192.168.1.2:8000", "172.16.0.1", "169.254.169.254", "[fe80::1]", "[fd00::1]", "0.0.0.0",
                                  "[::ffff:10.0.0.1]", "100.64.0.1", "224.0.0.1"])  # fmt: skip
def test_a_private_network_needs_a_word(host: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="private network"):
        brief(tmp_path, address=f"https://{host}/v1")
    assert brief(tmp_path, address=f"https://{host}/v1", private=True).private


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:8080/v1", "http://localhost:8080/v1", "http://[::1]:8080/v1", "https://api.example.com/v1"],
)
def test_this_machine_and_https_need_none(address: str, tmp_path: Path) -> None:
    assert brief(tmp_path, address=address).address == address


@pytest.mark.parametrize("given", [{"insecure": "yes"}, {"private": 1}, {"insecure": None}])
def test_a_word_is_true_or_false(given: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="true nor false"):
        brief(tmp_path, address="http://api.example.com/v1", **given)


@pytest.mark.parametrize("given", ["sk-SECRETKEY1", ["sk-SECRETKEY1"], {"model": "m", "address": "ftp://me:SECRETKEY1@h/"},
                                   {"model": "m", "address": "https://me:SECRETKEY1@h/v1"},
                                   {"model": "m", "address": "https://h/v1?key=SECRETKEY1"}, {"model": "m", "key_env": "sk-SECRETKEY1"},
                                   {"model": "m", "insecure": "sk-SECRETKEY1"}, {"model": "m", "max_usd": "sk-SECRETKEY1"}])  # fmt: skip
def test_a_key_in_the_brief_is_refused_and_not_repeated(given: Any, tmp_path: Path) -> None:
    raw = {"name": "n", "scenario": "predict", "data": "d.csv", "target": "y", "hosted": given}
    with pytest.raises(InputError) as caught:
        parse_brief(raw, tmp_path)
    assert "SECRETKEY1" not in str(caught.value)


@pytest.mark.parametrize(
    ("private", "insecure", "why"), [(False, True, "private network"), (True, False, "in the clear")]
)
def test_a_name_is_judged_by_where_it_leads(
    model, tmp_path: Path, private: bool, insecure: bool, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, address = model
    monkeypatch.setattr(
        connection, "is_loopback", lambda host: False
    )  # as if the peer were another machine of the network
    one = client(address, tmp_path, "sk-SECRETKEY1", private=private, insecure=insecure)
    with pytest.raises(Failed, match=why):
        one.ask(ASKED)
    assert held.seen == [] and one.spent == 0.0
    assert isinstance(client(address, tmp_path, "sk-SECRETKEY1", private=True, insecure=True).ask(ASKED), Reply)

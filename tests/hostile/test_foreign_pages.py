"""A real browser visits a hostile page on another port of this machine, or under a rebound name: it writes and reads nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from string import Template

import pytest

from breakeven.core.content_policy import policy
from breakeven.serving import key_file, pages
from breakeven.serving.app import application
from breakeven.serving.endpoint import Content, Endpoint, Plain, Request, Service
from breakeven.serving.keys import KeyRing
from breakeven.serving.origin import hosts_of
from breakeven.serving.scopes import SCOPES
from tests.hostile.serving import served
from tests.report.browser import opened, tab

pytestmark = pytest.mark.slow

#: What a page of the service itself does: it writes and reads with its token.
OWN = """
const token = {"x-page-token": document.querySelector("meta[name=page-token]").content, "content-type": "application/json"};
(async () => {
  const wrote = await fetch("write", {method: "POST", headers: token, body: "{}"});
  const read = await fetch("people", {headers: token});
  const bare = await fetch("write", {method: "POST", headers: {"content-type": "application/json"}, body: "{}"});
  document.title = [wrote.status, read.status, bare.status].join(" ");
})();
"""
#: What a hostile page tries, by the name of the attempt: each answers with what it got, or fails.
HOSTILE = Template("""<title>working</title><body><iframe id="framed" src="$target/page" onload="this.title = 'loaded'"></iframe>
<form id="form" method="post" enctype="text/plain" action="$target/write" target="shown"><input name='{"a":"' value='"}'></form>
<form id="erase" method="get" action="$target/keep" target="kept"></form>
<iframe name="shown"></iframe><iframe name="kept"></iframe><script>
const at = path => "$target" + path, json = {"content-type": "application/json"};
const text = (path, how) => fetch(at(path), how).then(r => r.type === "opaque" ? "opaque" : r.text());
const loaded = (kind, path) => new Promise((done, fail) => {
  const e = document.createElement(kind); e.onload = () => done("loaded"); e.onerror = fail; e.src = at(path); document.body.append(e);
});
const socket = path => new Promise((done, fail) => {
  const s = new WebSocket(at(path).replace("http", "ws")); s.onopen = () => done("open"); s.onerror = fail;
});
const wait = ms => new Promise(done => setTimeout(done, ms));
const submit = id => document.getElementById(id).submit();
const tries = {
  "no-cors write": () => text("/write", {method: "POST", mode: "no-cors", body: "{}"}),
  "no-cors json": () => text("/write", {method: "POST", mode: "no-cors", headers: json, body: "{}"}),
  "cors write": () => text("/write", {method: "POST", headers: json, body: "{}"}),
  "cors put": () => text("/write", {method: "PUT", headers: json, body: "{}"}),
  "cors delete": () => text("/write", {method: "DELETE"}),
  "with a key": () => text("/write", {method: "POST", headers: {...json, "x-api-key": "x"}, body: "{}"}),
  "beacon": async () => navigator.sendBeacon(at("/write"), new Blob(["{}"], {type: "text/plain"})) && "sent",
  "keepalive": () => text("/write", {method: "POST", mode: "no-cors", keepalive: true, body: "{}"}),
  "read": () => text("/read"),
  "read without cors": () => text("/read", {mode: "no-cors"}),
  "read with credentials": () => text("/read", {credentials: "include"}),
  "people": () => text("/people"),
  "the page and its token": () => text("/page"),
  "the report": () => text("/report"),
  "a read that keeps": () => text("/keep", {mode: "no-cors"}),
  "an image that keeps": () => loaded("img", "/keep"),
  "a script of data": () => loaded("script", "/read"),
  "a form": async () => { submit("form"); submit("erase"); return "sent"; },
  "the frame": async () => { while (!framed.title) await wait(20); return framed.contentDocument.title; },
  "a socket": () => socket("/write"),
};
(async () => {
  const got = {};
  for (const [name, attempt] of Object.entries(tries)) got[name] = await attempt().then(String, () => "refused");
  const shown = document.createElement("pre"); shown.id = "got"; shown.textContent = JSON.stringify(got);
  document.body.append(shown); document.title = "done";
})();
</script></body>""")
#: Attempts whose page is not told that they were refused.
BLIND = {"beacon": "sent", "a form": "sent"}


class Victim(Service):
    """A service with something to write, something to read, and a page; it remembers what got through."""

    name, description = "victim", "A test."

    def __init__(self) -> None:
        self.through: list[str] = []

    def endpoints(self) -> list[Endpoint]:
        return [
            *(Endpoint(m, "/write", self.write, "Write", request=dict) for m in ("POST", "PUT")),
            Endpoint("DELETE", "/write", self.write, "Delete"),
            Endpoint("GET", "/read", self.read, "Read"),
            Endpoint("GET", "/people", self.people, "List people", scope="admin"),
            Endpoint("GET", "/keep", self.write, "Keeps something", records=True),
            Endpoint("GET", "/page", self.page, "The page"),
            Endpoint("GET", "/report", lambda _: pages.plain("report", "SECRET"), "The report"),
        ]

    def write(self, request: Request[object, None]) -> dict[str, int]:
        self.through.append("write")
        return {"kept": 1}

    def page(self, request: Plain) -> Content:
        head = f'<title>working</title><meta name="page-token" content="{pages.TOKEN}">'
        allowed = policy([OWN], [], ["connect-src 'self'", "frame-ancestors 'none'"])
        return Content(f"{head}<script>{OWN}</script>".encode(), policy=allowed.encode())

    def read(self, request: Plain) -> list[str]:
        return ["SECRET"]

    def people(self, request: Plain) -> list[str]:
        self.through.append("people")
        return ["SECRET"]


class Attacker(Service):
    """A hostile site of one page."""

    name, description = "attacker", "A test."

    def __init__(self, target: str) -> None:
        self.html = HOSTILE.substitute(target=target)

    def endpoints(self) -> list[Endpoint]:
        free = b"default-src * 'unsafe-inline'"
        return [Endpoint("GET", "/", lambda _: Content(self.html.encode(), policy=free), "The page")]


@pytest.fixture
def victim() -> Victim:
    return Victim()


@pytest.fixture
def target(victim: Victim) -> Iterator[str]:
    with served(application([victim])) as place:
        yield place


def test_the_services_own_page_writes_and_reads(victim: Victim, target: str, tmp_path: Path) -> None:
    """The control of the tests below; without its token its own request to write is refused as well."""
    document, _ = opened(f"{target}/page", tmp_path)
    assert "<title>200 200 403</title>" in document and victim.through == ["write", "people"]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_page_of_another_port_writes_nothing_and_reads_nothing(
    victim: Victim, target: str, name: str, tmp_path: Path
) -> None:
    with served(application([Attacker(target.replace("127.0.0.1", name))])) as site:
        document, _ = opened(f"{site}/", tmp_path)
    found = re.search('<pre id="got">(.*?)</pre>', document, re.S)
    assert found, document[-2000:]
    got = json.loads(unescape(found[1]))
    assert len(got) == 20 and victim.through == []
    assert {name: told for name, told in got.items() if told != "refused"} == BLIND
    assert "SECRET" not in document and pages.TOKEN not in document


def test_a_rebound_name_gets_nothing(victim: Victim, target: str, tmp_path: Path) -> None:
    """The site's name resolves to this machine from now on, so that its page would be of one origin with the service."""
    port = target.rpartition(":")[2]
    for path in ("page", "people"):
        document, _ = opened(
            f"http://evil.example:{port}/{path}", tmp_path, "--host-resolver-rules=MAP evil.example 127.0.0.1"
        )
        assert "is not a host of this server" in document
        assert "SECRET" not in document and pages.TOKEN not in document
    assert victim.through == []


def test_a_listed_site_reads_what_needs_no_token_and_writes_nothing(victim: Victim, tmp_path: Path) -> None:
    attacker = Attacker("http://127.0.0.1:1")
    with (
        served(application([attacker])) as site,
        served(application([victim], hosts_of("127.0.0.1", [], [site]))) as target,
    ):
        json_type = '{method: "POST", headers: {"content-type": "application/json"}, body: "{}"}'
        attacker.html = f"""<title>working</title><script>(async () => {{
                const read = await fetch("{target}/read"), wrote = await fetch("{target}/write", {json_type});
                document.title = [await read.text(), wrote.status].join(" ");
            }})();</script>"""
        document, _ = opened(f"{site}/", tmp_path)
    assert '<title>["SECRET"] 403</title>' in document and victim.through == []


@pytest.mark.parametrize("path", ["docs", "", "report"])
def test_a_browser_that_remembers_a_key_shows_every_page(tmp_path: Path, path: str) -> None:
    key = key_file.add(tmp_path, "page", "read")
    victim = Victim()
    victim.keys = KeyRing(tmp_path)
    with served(application([victim, named("other", tmp_path)])) as target:
        place = f"{target}/{'' if path == '' else f'victim/{path}'}"
        with tab(http_credentials={"username": "anybody", "password": key}) as page:
            told: list[str] = []
            page.on("console", lambda message: told.append(message.text))
            answer = page.goto(place)
            assert answer is not None and answer.status == 200 and told == []


def named(name: str, folder: Path) -> Victim:
    """A victim of another name with the keys of a folder."""
    victim = Victim()
    victim.name, victim.keys = name, KeyRing(folder)
    return victim


def test_the_page_of_the_api_sends_a_key_that_is_typed_in(tmp_path: Path) -> None:
    keys = {scope: key_file.add(tmp_path, scope, scope) for scope in SCOPES}
    victim = named("victim", tmp_path)
    with (
        served(application([victim])) as target,
        tab(http_credentials={"username": "x", "password": keys["read"]}) as page,
    ):
        page.goto(f"{target}/docs")
        form = page.locator('form.attempt[data-method="POST"][data-path="/write"]')
        page.locator("details.operation", has=form).locator("summary").first.click()
        assert "x-api-key: $KEY" in page.locator("details.operation", has=form).inner_text()
        for typed, status in (("", 403), ("wrong", 401), (keys["read"], 403), (keys["write"], 200)):
            page.locator("#key").fill(typed)
            form.locator("textarea").fill("{}")
            form.locator("button").click()
            form.locator(".reply", has_text=f"Status {status}").wait_for()
        assert victim.through == ["write"]
        assert page.evaluate("JSON.stringify([localStorage, sessionStorage])").count("bke_") == 0

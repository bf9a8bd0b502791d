"""What a hostile page, a hostile name or a hostile report may do in a browser: nothing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from breakeven.core.content_policy import allowed, policy
from breakeven.core.verdict import Text
from breakeven.report import shell
from breakeven.report.blocks import Paragraph, ReportSection
from breakeven.runtime.predictor import find, load
from breakeven.scenarios.predict.service import PredictService
from breakeven.serving import assets, pages
from breakeven.serving.app import Application, application
from breakeven.serving.endpoint import Content, Endpoint, Plain, Service
from tests.hostile.serving import served
from tests.report.browser import opened
from tests.serving.asgi import ask

RUN = "document.title = 'ran'"
ATTACK = f'</title></pre></option></select><script>{RUN}</script><img src=x onerror="{RUN}">'
EVERY = {
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
PAGES = {"referrer-policy": "no-referrer", "x-frame-options": "DENY", "cross-origin-opener-policy": "same-origin"}


class Pages(Service):
    """A service of pages by their name."""

    name, description = "pages", "A test."

    def __init__(self, **contents: Content) -> None:
        self.contents = contents

    def endpoints(self) -> list[Endpoint]:
        return [Endpoint("GET", f"/{name}", lambda _, c=c: c, name) for name, c in self.contents.items()]


@pytest.fixture(scope="module")
def product(built: Path) -> Application:
    return application([PredictService(load(find(built)[0]), built, {})])


@pytest.fixture(scope="module")
def address(product: Application) -> Iterator[str]:
    with served(product) as place:
        yield place


@pytest.mark.parametrize("path", ["/", "/docs", "/report", "/metrics", "/openapi.json", "/health/live", "/nothing"])
def test_every_answer_carries_its_headers(product: Application, path: str) -> None:
    _, _, headers = asyncio.run(ask(product, "GET", path))
    assert EVERY.items() <= headers.items()
    if headers["content-type"] != "application/json":
        assert PAGES.items() <= headers.items()
        told = headers["content-security-policy"]
        assert told.startswith("default-src 'none'") and "frame-ancestors 'none'" in told
        assert "unsafe" not in told and "*" not in told and "http" not in told


@pytest.mark.slow
@pytest.mark.parametrize("path", ["", "docs", "report", "metrics", "openapi.json"])
def test_no_page_breaks_its_own_policy(address: str, path: str, tmp_path: Path) -> None:
    document, console = opened(f"{address}/{path}", tmp_path)
    assert len(document) > 200 and console == []


@pytest.mark.slow
def test_the_browser_says_when_a_policy_is_broken(tmp_path: Path) -> None:
    """The control of the test above: a script that the template did not have is refused, and that is seen."""
    bad = Content(f"<title>quiet</title><script>{RUN}</script>".encode(), policy=pages.POLICY)
    with served(application([Pages(bad=bad)])) as place:
        document, console = opened(f"{place}/bad", tmp_path)
    assert "<title>quiet</title>" in document and any("Content Security Policy" in line for line in console)


@pytest.mark.slow
def test_a_value_that_was_not_escaped_does_not_run(tmp_path: Path) -> None:
    page = pages.page("products.html", assets.PACKAGE, "quiet", {}, heading="one", products=[("own", "./own/")])
    spoiled = Content(page.body.replace(b"own</bdi>", b"own</bdi>" + ATTACK.encode()), policy=page.policy)
    assert spoiled.body != page.body
    with served(application([Pages(page=spoiled)])) as place:
        document, console = opened(f"{place}/page", tmp_path)
    assert "<title>breakeven</title>" in document and any("Content Security Policy" in line for line in console)


def test_pages_hold_no_script_and_no_style_of_their_own(product: Application) -> None:
    for path in ("/", "/docs"):
        _, body, headers = asyncio.run(ask(product, "GET", path))
        assert re.search(rb"<style|<script(?! src=\"assets/)| style=| on[a-z]+=", body) is None
        assert headers["content-security-policy"].encode() == pages.POLICY


@pytest.mark.parametrize("name", ["page.css", "icon.svg", "language.js", "request.js", "product.js", "docs.js"])
def test_files_of_pages_are_what_they_say(product: Application, name: str) -> None:
    status, body, headers = asyncio.run(ask(product, "GET", f"/assets/{name}"))
    kinds = {"css": "text/css", "svg": "image/svg+xml", "js": "text/javascript"}
    assert status == 200 and len(body) > 100 and headers["content-type"].startswith(kinds[name.rpartition(".")[2]])


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fpages.py", "%2e%2e%2fpages.py", "pages.py"])
def test_no_other_file_is_given_out(product: Application, name: str) -> None:
    assert asyncio.run(ask(product, "GET", f"/assets/{name}"))[0] == 404


def report(tmp_path: Path, title: str = "a title", script: str | None = None) -> Path:
    """The product beside a report; `script` in the place of its own with a policy that allows it."""
    sections = [ReportSection(Text(en=name, zh=name), [Paragraph(name)], name) for name in ("one", "two")]
    html = shell.render(title, sections, Text(en="", zh=""))
    if script is not None:
        meta = f'<meta http-equiv="Content-Security-Policy" content="{policy([script])}">'
        html = (
            f"<!doctype html><html><head>{meta}<title>own</title></head><body><script>{script}</script></body></html>"
        )
    place = tmp_path / "report.html"
    place.write_text(html, encoding="utf-8")
    return tmp_path / "product"


def test_a_report_may_run_the_one_script_it_names_and_reach_nothing(tmp_path: Path) -> None:
    told = pages.report(report(tmp_path)).policy.decode()
    assert allowed(shell.asset("language.js", "page.js")) in told and told.count("sha256") == 2
    assert "sandbox allow-scripts;" in told and "connect-src" not in told and "default-src 'none'" in told


@pytest.mark.parametrize(
    "meta",
    [
        "script-src 'unsafe-inline'",
        "script-src *",
        "script-src 'self' https://evil.example",
        "script-src 'sha256-short='",
        "default-src *; connect-src *",
        "",
    ],
)
def test_a_report_that_asks_for_more_gets_nothing(tmp_path: Path, meta: str) -> None:
    place = tmp_path / "report.html"
    place.write_text(f'<meta http-equiv="Content-Security-Policy" content="{meta}"><script>{RUN}</script>')
    told = pages.report(tmp_path / "product").policy.decode()
    assert told == pages.REPORT


def test_a_policy_named_after_the_head_of_a_report_is_not_read(tmp_path: Path) -> None:
    place = tmp_path / "report.html"
    place.write_text(" " * pages.HEAD + f'<meta http-equiv="Content-Security-Policy" content="{policy([RUN])}">')
    assert pages.report(tmp_path / "product").policy.decode() == pages.REPORT


def test_no_report_is_a_page_that_says_so(tmp_path: Path) -> None:
    page = pages.report(tmp_path / "product")
    assert b"There is no report" in page.body and b"script-src" not in page.policy


@pytest.mark.slow
def test_a_report_replaced_by_a_script_reaches_no_endpoint(tmp_path: Path) -> None:
    """Its script may run, in an origin of its own: neither the product's page nor its paths can be read or written."""
    ask_it = "fetch('/').then(r => r.text()).then(t => document.title = 'read', e => document.title = 'refused')"
    app = application([Pages(report=pages.report(report(tmp_path, script=ask_it)))])
    with served(app) as place:
        document, console = opened(f"{place}/report", tmp_path / "profile")
    assert "<title>refused</title>" in document and console


@pytest.mark.parametrize(
    "name", ["javascript:alert(1)", "//evil.example", "http:evil", "\"onclick='x'", "data:text/html,x"]
)
def test_a_products_name_is_no_link_to_elsewhere(name: str) -> None:
    class Named(Pages):
        pass

    one, two = Named(), Named()
    one.name, two.name = name, "shop"
    body = asyncio.run(ask(application([one, two]), "GET", "/"))[1].decode()
    links = re.findall(r'href="([^"]*)"', body)
    assert all(link.startswith(("./", "assets/")) for link in links) and len(links) == 4
    assert "onclick='" not in body


def test_a_page_needs_no_request_to_elsewhere(product: Application) -> None:
    for path in ("/", "/docs", "/report"):
        body = asyncio.run(ask(product, "GET", path))[1].decode()
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', body)


def page_of(request: Plain) -> Content:
    """A page without a policy of its own."""
    return Content(b"<script>document.title = 'ran'</script>")


def test_without_a_policy_of_its_own_a_page_runs_nothing() -> None:
    assert page_of(Plain(None, None, {})).policy.startswith(b"default-src 'none'")

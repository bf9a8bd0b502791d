"""The product's page: what it is made of, and what a person does with it in a real browser."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from breakeven.core.errors import InputError, TooLarge
from breakeven.features.image import png
from breakeven.features.number_format import NumberFormat
from breakeven.features.schema import Field
from breakeven.features.time_format import TimeFormat
from breakeven.runtime.predictor import find, load
from breakeven.scenarios.predict import file_answers, form
from breakeven.scenarios.predict.file_answers import FileRequest, answer_file
from breakeven.scenarios.predict.service import PredictService
from breakeven.serving.app import application
from tests.conftest import customers
from tests.hostile.serving import served
from tests.report import browser
from tests.scenarios.predict.page_products import odd, pictures

real = [pytest.mark.slow, pytest.mark.skipif(browser.CHROMIUM is None, reason="needs Chromium")]


@pytest.fixture(scope="module")
def address(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place_of_its_own = shutil.copytree(
        built, tmp_path_factory.mktemp("page") / "built", symlinks=True
    )  # outcomes are kept in it
    with served(application([PredictService(load(find(built)[0]), place_of_its_own, {})])) as place:
        yield place


def encoded(text: str, encoding: str = "utf-8") -> str:
    return base64.b64encode(text.encode(encoding)).decode()


# ---- the form


@pytest.mark.parametrize(
    ("field", "value", "kind", "shown"),
    [
        (Field("a", "category", levels=("x", "y")), "y", "choice", "y"),
        (Field("a", "category", levels=tuple(map(str, range(200)))), "7", "search", "7"),
        (Field("a", "number", format=NumberFormat(",", ".")), 12.5, "number", "12,5"),
        (Field("a", "number"), None, "number", ""),
        (Field("a", "time", typical=(86_400.0, 100_000.0)), "1970-01-02T00:00:00Z", "date", "1970-01-02"),
        (Field("a", "time", typical=(100_000.0,)), "1970-01-02T03:46:40Z", "datetime-local", "1970-01-02T03:46:40"),
        (Field("a", "time", typical=(82_800.0,), format=TimeFormat(zone="Europe/Paris")), 82_800.0, "date", "1970-01-02"),
        (Field("a", "text"), "hello", "text", "hello"),
    ],
)  # fmt: skip
def test_a_column_gets_the_control_of_its_kind(field: Field, value: object, kind: str, shown: str) -> None:
    made = form.control(field, value)  # type: ignore[arg-type]
    assert (made.kind, made.value) == (kind, shown)


def test_what_a_control_begins_with_is_read_as_what_it_was() -> None:
    number = Field("a", "number", format=NumberFormat(",", "."))
    moment = Field("a", "time", typical=(82_800.0,), format=TimeFormat("day", "Europe/Paris"))
    assert number.scalar(form.control(number, 12.5).value) == 12.5
    assert moment.scalar(form.control(moment, 82_800.0).value) == 82_800.0


def test_many_columns_are_folded_and_the_important_ones_come_first() -> None:
    fields = [Field(f"c{i}", "number") for i in range(2000)]
    first, more = form.groups(fields, {}, ["c1999", "c7"])
    assert [c.name for c in first[0].controls][:2] == ["c1999", "c7"]
    assert sum(len(g.controls) for g in first) == form.FIRST
    assert sum(len(g.controls) for g in more) == 2000 - form.FIRST


def test_a_text_and_an_image_are_never_folded() -> None:
    fields = [
        *(Field(f"c{i}", "number") for i in range(50)),
        Field("t", "text"),
        Field("p", "image", side=8, channels=3),
    ]
    first, _ = form.groups(fields, {}, [f"c{i}" for i in range(50)])
    assert [g.role for g in first] == ["text", "image", "number"]


# ---- a file of rows


def test_a_file_comes_back_with_its_rows_and_the_answers(built: Path) -> None:
    product, text = load(built), customers(30, seed=5)
    reply = answer_file(product, FileRequest("new.csv", encoded(text)))
    rows = list(csv.DictReader(io.StringIO(reply.answers)))
    given = list(csv.DictReader(io.StringIO(text)))
    assert (reply.rows, reply.refused) == (30, 0) and len(reply.first) == file_answers.SHOWN_ROWS + 1
    for row, old in zip(rows, given, strict=True):
        assert {name: row[name] for name in old} == old  # joined: nothing of the rows is lost or moved
        assert row["prediction"] in ("yes", "no") and abs(float(row["p_no"]) + float(row["p_yes"]) - 1) < 1e-5


def test_a_file_in_another_alphabet_and_with_semicolons_is_read(built: Path) -> None:
    text = customers(10).replace(",", ";")
    reply = answer_file(load(built), FileRequest("新.csv", encoded(text, "gbk")))
    assert reply.rows == 10 and "上海" in reply.answers


def test_columns_named_like_the_answers_are_left_out_and_said(built: Path) -> None:
    header, *rows = customers(5).splitlines()
    text = "\n".join([f"prediction,{header},error", *(f"old,{row},none" for row in rows)])
    reply = answer_file(load(built), FileRequest("answers.csv", encoded(text)))
    assert [row["prediction"] in ("yes", "no") for row in csv.DictReader(io.StringIO(reply.answers))] == [True] * 5
    assert [note for note in reply.notes if "left out" in note] == [
        "'prediction', 'error' of the file: left out, for the answers have a column of that name"
    ]
    assert not any(
        "left out" in note for note in answer_file(load(built), FileRequest("a.csv", encoded(customers(5)))).notes
    )


def test_a_bad_row_costs_the_others_nothing(built: Path) -> None:
    lines = customers(5).splitlines()
    lines[2] = lines[2].replace("2025-", "soon-")
    reply = answer_file(load(built), FileRequest("new.csv", encoded("\n".join(lines))))
    errors = [row["error"] for row in csv.DictReader(io.StringIO(reply.answers))]
    assert reply.refused == 1 and "signed" in errors[1] and errors[0] == errors[2] == ""


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("new.exe", "eA==", ["body, name", ".exe"]),
        ("../../etc/passwd", "eA==", ["body, name"]),
        ("new.csv", "no base64!", ["base64"]),
        ("new.csv", "", ["new.csv", "empty"]),
        ("new.csv", encoded("a,b\n1,2\n"), ["new.csv", "'age' is missing"]),
        ("new.csv", encoded("age,plan,city,signed,spend\n"), ["new.csv", "no rows"]),
        ("new.json", encoded("[1, 2"), ["new.json"]),
    ],
)
def test_a_file_that_cannot_be_answered_is_named_without_our_folders(
    built: Path, name: str, content: str, words: list[str]
) -> None:
    with pytest.raises(InputError) as refused:
        answer_file(load(built), FileRequest(name, content))
    assert all(word in str(refused.value) for word in words), str(refused.value)
    assert "/tmp" not in str(refused.value) and "breakeven-" not in str(refused.value)


def test_a_file_over_the_limit_is_refused(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_answers, "MAX_FILE", 100)
    with pytest.raises(TooLarge, match="MB"):
        answer_file(load(built), FileRequest("new.csv", encoded("x" * 200)))


# ---- in a browser


@pytest.mark.slow
@real[1]
def test_a_form_is_answered_explained_and_told_what_came_true(address: str) -> None:
    with browser.tab() as page:
        page.goto(address)
        assert "will stand here" in page.inner_text("#answer")
        page.get_by_label("plan").select_option("free")
        page.get_by_label("age").fill("70")
        page.get_by_label("signed").fill("2025-06-01")
        page.get_by_role("button", name="Answer", exact=True).click()
        said = page.locator("#answer .said").inner_text()
        assert re.fullmatch(r"“left” is most likely yes: the model gives that \d+\.\d %\.", said), said
        assert page.locator("#answer .bars").count() == 2 and "plan = free" in page.inner_text("#answer .sides")
        places = page.eval_on_selector_all(
            ".sides rect", "all => all.map(e => [e.getAttribute('class'), parseFloat(e.getAttribute('x'))])"
        )
        assert all((x >= 50) == ("for" in name) for name, x in places)
        page.get_by_role("button", name="Save this outcome").click()
        assert "first" in page.inner_text("#kept")
        page.get_by_label("What turned out to be true?").select_option("yes")
        page.get_by_role("button", name="Save this outcome").click()
        page.locator("#kept", has_text="Saved").wait_for()
        assert "left" in page.inner_text("#answer") and page.locator("#recent li").count() == 1


@pytest.mark.slow
@real[1]
def test_a_number_that_came_true_is_read_as_people_type_it_or_asked_about(address: str) -> None:
    """One comma before three digits groups in English and is the decimal mark in German: a guess would be kept as the truth."""
    given = {
        "5.2": 5.2,
        "5,2": 5.2,
        "-1,234.5": -1234.5,
        "1.234,5": 1234.5,
        "1,234,567": 1_234_567,
        "1.234.567": 1_234_567,
        "12 345": 12_345,
        "1’234": 1234,
        "0,125": 0.125,
        "1.234": 1.234,
        "５，２": 5.2,
        "−3": -3,
        "1e3": 1000,
        ".5": 0.5,
        "1,234": None,
        "-12,000": None,
        "0x10": "0x10",
        "1e999": "1e999",
        "Infinity": "Infinity",
        "1,2,3": "1,2,3",
        "5 km": "5 km",
    }
    with browser.tab() as page:
        page.goto(address)
        read = page.evaluate("all => all.map(typed)", list(given))
    assert dict(zip(given, read, strict=True)) == given


@pytest.mark.slow
@real[1]
def test_a_refused_value_is_marked_in_its_place(address: str) -> None:
    with browser.tab() as page:
        page.goto(address)
        page.get_by_label("age").fill("old")
        page.keyboard.press("Enter")
        page.wait_for_selector("#answer [role=alert]")
        assert "a number" in page.inner_text("#answer") and page.locator("[aria-invalid=true]").count() == 1
        assert page.evaluate("document.activeElement.column") == "age"


@pytest.mark.slow
@real[1]
def test_a_service_that_is_gone_is_said(built: Path) -> None:
    with browser.tab() as page:
        with served(application([PredictService(load(find(built)[0]), built, {})])) as place:
            page.goto(place)
        page.get_by_role("button", name="Answer", exact=True).click()
        page.wait_for_selector("#answer [role=alert]")
        assert "cannot be reached" in page.inner_text("#answer")


@pytest.mark.slow
@real[1]
def test_a_file_is_answered_and_downloaded(address: str, tmp_path: Path) -> None:
    given = tmp_path / "new.csv"
    given.write_text(customers(25, seed=3), encoding="utf-8")
    with browser.tab(accept_downloads=True) as page:
        page.goto(address)
        page.get_by_role("button", name="Answer the file").click()
        assert "Choose a file first" in page.inner_text("#rows")
        page.get_by_label("File of rows").set_input_files(given)
        page.get_by_role("button", name="Answer the file").click()
        page.wait_for_selector("#rows table")
        assert "25 rows are answered" in page.inner_text("#rows")
        with page.expect_download() as got:
            page.get_by_role("button", name="Download answers.csv").click()
        got.value.save_as(tmp_path / "answers.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "answers.csv").read_text(encoding="utf-8-sig"))))
    assert [r["customer_no"] for r in rows] == [str(i + 1) for i in range(25)] and rows[0]["prediction"] in (
        "yes",
        "no",
    )


@pytest.mark.slow
@real[1]
def test_a_file_that_changed_since_it_was_chosen_is_asked_for_again(address: str, tmp_path: Path) -> None:
    """The browser refuses it with words about permissions; who has just repaired a refused file would look for those."""
    given = tmp_path / "new.csv"
    given.write_text("age\n3\n", encoding="utf-8")
    with browser.tab() as page:
        page.goto(address)
        page.get_by_label("File of rows").set_input_files(given)
        page.get_by_role("button", name="Answer the file").click()
        page.locator("#rows", has_text="is missing").wait_for()
        given.write_text(customers(25, seed=3), encoding="utf-8")
        page.get_by_role("button", name="Answer the file").click()
        page.locator("#rows", has_text="new.csv was changed or moved after it was chosen: choose it again.").wait_for()
        page.get_by_label("File of rows").set_input_files(given)
        page.get_by_role("button", name="Answer the file").click()
        page.locator("#rows", has_text="25 rows are answered").wait_for()


@pytest.mark.slow
@real[1]
def test_a_link_opens_the_form_as_it_was_and_sends_nothing(address: str) -> None:
    with browser.tab(permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(address)
        page.get_by_label("age").fill("33")
        page.get_by_label("city").select_option("北京")
        page.get_by_role("button", name="Copy a link to this form").click()
        page.locator("#told", has_text="copied").wait_for()
        link = page.evaluate("navigator.clipboard.readText()")
    assert not urlsplit(link).query and parse_qs(urlsplit(link).fragment)["city"] == ["北京"]
    with browser.tab() as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(link + "&nothing=1&signed=soon")
        assert page.get_by_label("age").input_value() == "33" and page.get_by_label("city").input_value() == "北京"
        assert "filled from a link" in page.inner_text("#told") and "nothing" in page.inner_text("#told")
        assert "no value of theirs, and was left out: signed." in page.inner_text("#told")
        assert all("33" not in urlsplit(url).query and "/v1/" not in url for url in asked)


@pytest.mark.slow
@real[1]
def test_recent_answers_stay_in_the_tab_and_can_be_asked_again(address: str) -> None:
    with browser.tab() as page:
        page.goto(address)
        page.get_by_label("age").fill("21")
        page.get_by_role("button", name="Answer", exact=True).click()
        page.wait_for_selector("#recent li")
        page.reload()
        page.get_by_label("age").fill("60")
        page.locator("#recent button").first.click()
        page.wait_for_selector("#answer .said")
        assert page.get_by_label("age").input_value() == "21"
        page.get_by_role("button", name="Forget them").click()
        assert page.locator("#recent li").count() == 0 and page.evaluate("localStorage.length") == 0


@pytest.mark.slow
@real[1]
def test_the_keyboard_alone_asks_and_tells(address: str) -> None:
    with browser.tab() as page:
        page.goto(address)
        reached = set()
        for _ in range(40):
            page.keyboard.press("Tab")
            reached.add(
                page.evaluate(
                    "(document.activeElement.closest('[data-name]') || {dataset: {}}).dataset.name || document.activeElement.innerText || ''"
                ).strip()
            )
        assert {"age", "plan", "city", "signed", "spend", "Answer", "Answer the file"} <= reached
        page.get_by_label("age").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#answer .said")


@pytest.mark.slow
@real[1]
def test_without_scripts_the_page_says_where_else_to_ask(address: str) -> None:
    with browser.tab(java_script_enabled=False) as page:
        page.goto(address)
        assert "needs JavaScript" in page.inner_text("noscript") and page.get_by_label("age").is_visible()
        page.goto(f"{address}/docs")
        page.locator(".operation summary").first.click()
        assert "curl -X POST" in page.locator(".operation").first.inner_text()


@pytest.mark.slow
@real[1]
def test_the_docs_try_paths_out(address: str) -> None:
    with browser.tab() as page:
        page.goto(f"{address}/docs")
        first = page.locator(".operation").first
        first.locator("summary").click()
        assert f"{address}/v1/predict" in first.inner_text()
        first.get_by_role("button", name="Send").click()
        page.wait_for_selector(".reply pre")
        assert json.loads(first.locator(".reply pre").inner_text())["predictions"][0]["probability"] > 0.5
        first.locator("textarea").fill("{")
        first.get_by_role("button", name="Send").click()
        assert "not JSON" in first.locator(".reply").inner_text()


# ---- odd products


@pytest.mark.slow
@real[1]
def test_a_product_of_many_columns_and_odd_names_is_usable(tmp_path: Path) -> None:
    with (
        served(application([PredictService(odd(), tmp_path, {})])) as place,
        browser.tab(viewport={"width": 390, "height": 800}) as page,
    ):
        page.goto(place)
        assert page.locator(".more").count() == 1 and len(page.content()) < 2_000_000
        page.locator(".more > summary").click()
        page.locator(".filter").fill("c199")
        assert page.locator(".more .field:visible").count() == 3 + 1  # c199, c1990, c1991, and the filter itself
        page.locator("[data-name=elements] input").fill("elements7")
        page.locator("button.main").click()
        page.locator("#answer .said").wait_for()
        assert "194 more classes" in page.inner_text("#answer") and "elements = elements7" in page.inner_text("#answer")
        assert "__proto__ = " in page.inner_text("#answer") and page.locator("#answer b b").count() == 0
        assert browser.overflow(page) <= 0 and browser.found_by_axe(page) == []
        page.locator("#share").click()
        page.locator("#told p").wait_for()
        assert "elements=elements7" in page.url and len(page.url) < 2_000


@pytest.mark.slow
@real[1]
def test_several_pictures_are_answered_and_one_that_is_broken_costs_the_others_nothing(tmp_path: Path) -> None:
    product = pictures()
    for i in range(10):
        (tmp_path / f"{i}.png").write_bytes(png(np.full((8, 8, 3), 255 if i % 2 else 0, dtype=np.uint8)))
    (tmp_path / "4.png").write_bytes(b"no picture")
    with (
        served(application([PredictService(product, tmp_path, {})])) as place,
        browser.tab(accept_downloads=True) as page,
    ):
        page.goto(place)
        page.locator("input[type=file]").set_input_files(sorted(tmp_path.glob("*.png")))
        page.locator("button.main").click()
        page.locator("#answer table").wait_for()
        assert "1 of 10 rows could not be answered" in page.inner_text("#answer")
        with page.expect_download() as got:
            page.get_by_role("button", name="Download answers.csv").click()
        got.value.save_as(tmp_path / "answers.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "answers.csv").read_text(encoding="utf-8-sig"))))
    assert list(rows[0]) == ["file", *product.decoder.header, "error"] and [r["file"] for r in rows] == [
        f"{i}.png" for i in range(10)
    ]
    assert [r["prediction"] for r in rows] == [
        "dark",
        "bright",
        "dark",
        "bright",
        "",
        "bright",
        "dark",
        "bright",
        "dark",
        "bright",
    ]
    assert "photo" in rows[4]["error"] and rows[5]["error"] == ""

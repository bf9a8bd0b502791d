"""Every file that people export is read to the same table, by training's reader and by that of the light install."""

from __future__ import annotations

import gzip
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from breakeven.core.errors import InputError
from breakeven.files import encoding
from breakeven.files.read import read_file
from breakeven.runtime import batch
from tests.field.exports import REFUSED, ROWS, SAME, WORDS
from tests.files.workbook import workbook


def numbers(values: Any) -> list[float]:
    return [float(str(v).replace(",", ".")) for v in values]


@pytest.mark.parametrize("name", SAME)
def test_the_table_is_the_same_whatever_stands_around_it(tmp_path: Path, name: str) -> None:
    ending, content, kind = SAME[name]
    path = tmp_path / f"data.{ending}"
    path.write_bytes(content)
    table = read_file(path)
    plain = batch.read(path).columns
    for columns in (table.columns, plain):
        assert list(columns) == ["x", "b", "y"]
        if kind == "totals" and columns is plain:  # every row of a file to predict is answered
            assert len(columns["x"]) == ROWS + 1
            continue
        assert numbers(columns["x"]) == [i % 7 for i in range(ROWS)]
        assert numbers(columns["b"]) == [i * 1.5 for i in range(ROWS)]
        assert list(columns["y"]) == ["yn"[i % 2] for i in range(ROWS)]
    assert {f.kind for f in table.findings} == ({kind} if kind else set())


@pytest.mark.parametrize("name", WORDS)
def test_an_old_encoding_is_found_and_said(tmp_path: Path, name: str) -> None:
    chance, path = random.Random(1), tmp_path / "data.csv"
    cities = [chance.choice(WORDS[name]) for _ in range(300)]
    path.write_bytes(("city,x\n" + "\n".join(f"{city},{i}" for i, city in enumerate(cities))).encode(name))
    table = read_file(path)
    assert table.columns["city"].tolist() == cities == batch.read(path).columns["city"]
    (said,) = table.findings
    assert said.kind == "encoding" and "encoding:" in said.done
    assert said.what.split("'")[1] in " ".join(WORDS[name])
    assert read_file(path, encoding=name).columns["city"].tolist() == cities
    assert not read_file(path, encoding=name).findings


def test_an_encoding_that_the_file_does_not_have_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"a,b\n1,\xff\n")
    with pytest.raises(InputError, match=r"line 2: not utf-8, which the brief says"):
        encoding.find(path, "utf-8")


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    ending, content, what = REFUSED[name]
    path = tmp_path / f"data.{ending}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=what) as caught:
        read_file(path)
    assert "\n" not in str(caught.value)


def test_a_word_of_totals_that_is_a_value_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("size,n\n" + "\n".join(f"{['low', 'total'][i % 2]},{i}" for i in range(40)), encoding="utf-8")
    assert read_file(path).rows == 40


def test_two_encodings_in_turn_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"city,x\n" + "Köln,1\n".encode("cp1252") * 9 + "Köln,1\n".encode() * 9)
    with pytest.raises(InputError, match="two encodings are mixed: line 11 is UTF-8, line 2 is not"):
        read_file(path)


def test_codes_keep_their_spelling(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    lines = [f"{i:03d},{73 * 10**17 + i},{i}" for i in range(ROWS)]
    path.write_text("code,account,n\n" + "\n".join(lines), encoding="utf-8")
    columns = read_file(path).columns
    assert columns["code"].tolist() == [f"{i:03d}" for i in range(ROWS)]
    assert columns["account"].tolist() == [str(73 * 10**17 + i) for i in range(ROWS)]
    assert columns["n"].dtype == float


def test_na_is_a_level_among_codes_of_two_capitals(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    lines = [f"{['NA', 'DE', 'FR', 'ZA', 'US', ''][i % 6]},{['NA', 'red', 'blue'][i % 3]}" for i in range(60)]
    path.write_text("country,colour\n" + "\n".join(lines), encoding="utf-8")
    columns = read_file(path).columns
    assert columns["country"].tolist()[:6] == ["NA", "DE", "FR", "ZA", "US", None]
    assert columns["colour"].tolist()[:3] == [None, "red", "blue"]


def test_names_are_composed_alike(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("cafe\u0301,y\n1,a\n2,b\n", encoding="utf-8")
    assert list(read_file(path).columns) == list(batch.read(path).columns) == ["caf\u00e9", "y"]


def test_a_header_with_commas_in_a_file_of_semicolons(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("Gewicht, kg;Preis, EUR\n" + "\n".join(f"{i},5;{3 * i},75" for i in range(ROWS)), encoding="utf-8")
    assert list(read_file(path).columns) == ["Gewicht, kg", "Preis, EUR"]


def test_quotes_that_are_escaped(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("t,y\n" + "\n".join(f'"he said \\"no, {i}\\"",{i}' for i in range(ROWS)), encoding="utf-8")
    assert read_file(path).columns["t"][7] == batch.read(path).columns["t"][7] == 'he said "no, 7"'


def test_json_of_python_and_of_objects(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text('{"x": NaN, "o": {"p": 1, "q": "a"}, "l": ["a", "b"]}\n{"x": 2}\n', encoding="utf-8")
    columns = read_file(path).columns
    assert list(columns) == ["x", "o.p", "o.q", "l"]
    assert np.isnan(columns["x"][0]) and columns["x"][1] == 2
    assert columns["l"].tolist() == ["a|b", None]


@pytest.mark.parametrize("ending", ["jsonl", "json"])
def test_json_packed_by_gzip(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"d.{ending}.gz").write_bytes(gzip.compress(b'{"x": 1}\n{"x": 2}\n'))
    assert read_file(tmp_path / f"d.{ending}.gz").columns["x"].tolist() == [1.0, 2.0]


def test_one_object_is_one_row(tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text('{"x": 1, "o": {"p": 2, "q": 3}}', encoding="utf-8")
    assert batch.read(tmp_path / "d.json").columns == {"x": [1], "o.p": [2], "o.q": [3]}


def test_long_numbers_of_json_keep_their_digits(tmp_path: Path) -> None:
    path, long = tmp_path / "data.jsonl", 12345678901234567890123
    path.write_text(f'{{"a": {2**53 + 1}, "b": {long}, "c": {long}.0, "d": 0.{long}, "e": NaN}}\n', encoding="utf-8")
    row = {name: values[0] for name, values in batch.read(path).columns.items()}
    assert row == {"a": 2**53 + 1, "b": long, "c": f"{long}.0", "d": 0.12345678901234568, "e": None}
    columns = read_file(path).columns
    assert [columns[name][0] for name in "abc"] == [str(2**53 + 1), str(long), f"{long}.0"]
    assert columns["d"].dtype == float
    path.write_text(f'{{"a": {"7" * 9000}}}\n', encoding="utf-8")
    with pytest.raises(InputError, match="line 1: not JSON"):
        read_file(path)


def test_decimals_of_parquet_keep_their_digits(tmp_path: Path) -> None:
    from decimal import Decimal

    account, money = Decimal("12345678901234567890123456789012345678"), Decimal("12345678901234567.25")
    columns = {
        "account": pa.array([account, None], pa.decimal128(38, 0)),
        "count": pa.array([Decimal(7), None], pa.decimal128(38, 0)),
        "money": pa.array([money, Decimal("1.50")], pa.decimal128(38, 2)),
    }
    parquet.write_table(pa.table(columns), tmp_path / "d.parquet")
    found = read_file(tmp_path / "d.parquet").columns
    assert found["account"].tolist() == [str(account), None]
    assert found["count"][0] == 7.0
    assert found["money"].tolist() == [float(money), 1.5]
    assert read_file(tmp_path / "d.parquet", {"money"}).columns["money"].tolist() == [str(money), "1.50"]


@pytest.mark.parametrize(
    ("usual", "text", "written", "read_as"),
    [
        (None, "Москва", "cp1251", None),
        ("cp1251", "Москва", "cp1251", "cp1251"),
        ("cp1252", "Ёлка", "cp1251", "cp1252"),  # what the brief says is not guessed anew
        ("cp1251", "Москва", "utf-8", None),
        ("cp1251", "Москва", "utf-16", None),
        ("utf-16", "Paris", "utf-8", None),
    ],
)
def test_rows_to_predict_are_in_the_encoding_of_the_brief_unless_they_are_unicode(
    tmp_path: Path, usual: str | None, text: str, written: str, read_as: str | None
) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(f"city,x\n{text},1\n{text},2\n".encode(written))
    assert encoding.beside(path, usual) == read_as
    right = text.encode(written).decode(read_as) if read_as else text
    found = batch.read(path, usual)
    assert found.columns["city"] == [right, right]
    assert bool(found.notes) == (usual is None)


def test_texts_of_several_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text('x,note,y\n1,"a, b\nc, d, ""e""\nf, g",1\n2,"h\n",2\n', encoding="utf-8")
    for columns in (read_file(path).columns, batch.read(path).columns):
        assert list(columns["note"]) == ['a, b\nc, d, "e"\nf, g', "h\n"]


def test_the_line_of_a_bad_row_is_that_in_which_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text('Report of May\nx,note\n1,"a\nb"\n2,"c\nd",3\n4,e\n', encoding="utf-8")
    assert batch.read(path).errors == {1: "line 5: 3 cells where the header has 2"}
    with pytest.raises(InputError, match="line 5: 3 cells"):
        read_file(path)


@pytest.mark.parametrize("text", ["it's,'tis", "James',x", "'90s,'twas"])
def test_apostrophes_of_words_are_no_quotes(tmp_path: Path, text: str) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a,b\n" + f"{text}\n" * ROWS, encoding="utf-8")
    for columns in (read_file(path).columns, batch.read(path).columns):
        assert [columns["a"][0], columns["b"][0]] == text.split(",")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,b\nr1,u,1\nr2,w,2\n", ["column_1", "a", "b"]),  # as R writes row names
        ("a,,c\nx,y,z\nu,v,w\n", ["a", "column_2", "c"]),
    ],
)
def test_a_header_with_fewer_names_is_no_title(tmp_path: Path, text: str, names: list[str]) -> None:
    (tmp_path / "data.csv").write_text(text, encoding="utf-8")
    assert list(read_file(tmp_path / "data.csv").columns) == names


def test_parquet_of_every_kind(tmp_path: Path) -> None:
    import datetime
    from decimal import Decimal

    table = pa.table(
        {
            "money": pa.array([Decimal("1.25"), None, Decimal("3.50")]),
            "wait": pa.array([datetime.timedelta(minutes=2), None, datetime.timedelta(seconds=1)]),
            "plan": pa.array(["a", "b", "a"]).dictionary_encode(),
            "account": pa.array([73 * 10**17, 73 * 10**17 + 1, None], pa.uint64()),
            "at": pa.array([datetime.datetime(2026, 1, 31, 8, tzinfo=datetime.UTC)] * 3),
            "who": pa.array([{"name": "a", "age": 3}, None, {"name": "b", "age": 4}]),
        }
    )
    parquet.write_table(table, tmp_path / "d.parquet")
    found = read_file(tmp_path / "d.parquet")
    columns = found.columns
    assert columns["money"].tolist()[::2] == [1.25, 3.5]
    assert columns["wait"].tolist()[::2] == [120.0, 1.0]
    assert columns["plan"].tolist() == ["a", "b", "a"]
    assert columns["account"].tolist() == [str(73 * 10**17), str(73 * 10**17 + 1), None]
    assert columns["at"][0].startswith("2026-01-31T08:00:00")
    assert columns["who.age"].tolist()[::2] == [3.0, 4.0]
    assert {f.kind for f in found.findings} == {"structs", "durations"}
    parquet.write_table(pa.table({"a": pa.array([[1], [2]])}), tmp_path / "l.parquet")
    with pytest.raises(InputError, match=re.escape("column 'a' holds list<")):
        read_file(tmp_path / "l.parquet")


def test_a_workbook_with_a_cover_a_title_errors_and_totals(tmp_path: Path) -> None:
    table: list[list[object]] = [
        ["Sales of May"],
        [],
        ["x", "y"],
        *[[i, "yn"[i % 2]] for i in range(20)],
        ["#DIV/0!", "y"],
        ["Total", None],
    ]
    path = workbook(tmp_path, {"cover": [["Prepared by Ann"]], "May": table, "June": [["x", "y"], [1, "n"], [2, "y"]]})
    found = read_file(path)
    assert list(found.columns) == ["x", "y"]
    assert found.rows == 21
    assert found.columns["x"][:20].tolist() == list(range(20)) and np.isnan(found.columns["x"][20])
    kinds = {f.kind: f for f in found.findings}
    assert set(kinds) == {"lines above the header", "totals", "sheets", "formula errors"}
    errors = kinds["formula errors"]
    assert (errors.column, errors.count, errors.where) == ("x", 1, (21,)) and "#DIV/0! in 1" in errors.what
    assert kinds["sheets"].level == "question" and "'cover', 'June'" in kinds["sheets"].what
    assert read_file(path.with_name("d.xlsx#June")).columns["x"].tolist() == [1, 2]
    with pytest.raises(InputError, match="there is no sheet 'Jun'; did you mean 'June'"):
        read_file(path.with_name("d.xlsx#Jun"))


def test_errors_of_formulas_are_counted_by_column(tmp_path: Path) -> None:
    rows = [["x", "y"], *[[i, "n"] for i in range(9)], ["#N/A", "#REF!"], [1, "#N/A"], ["#N/A", None]]
    found = read_file(workbook(tmp_path, {"s": rows})).findings
    assert [(f.column, f.count, f.where) for f in found] == [("x", 2, (10, 12)), ("y", 2, (10, 11))]
    assert "#N/A in 1, #REF! in 1" in found[1].what or "#REF! in 1, #N/A in 1" in found[1].what


def test_formulas_that_no_program_computed_are_said(tmp_path: Path) -> None:
    rows = [["x", "y", "z"], *[[i, "=A1*2", "n"] for i in range(9)], ["#N/A", 4, '=IF(A1>1,"y","")']]
    found = read_file(workbook(tmp_path, {"s": rows})).findings
    said = [(f.kind, f.column, f.count) for f in found]
    assert said == [
        ("formula errors", "x", 1),
        ("formulas without values", "y", 9),
        ("formulas without values", "z", 1),
    ]
    assert found[1].where == (1, 2, 3, 4, 5) and "save it there" in found[1].done


@pytest.mark.parametrize("cell", ["<v></v>", "<v/>", ""])
def test_a_text_that_a_formula_left_empty_is_a_value(tmp_path: Path, cell: str) -> None:
    rows = [["x", "y"], *[[i, "n"] for i in range(9)], [9, f'<c r="B11" t="str"><f>A1</f>{cell}</c>']]
    assert not read_file(workbook(tmp_path, {"s": rows})).findings


def test_a_hidden_sheet_is_read_last(tmp_path: Path) -> None:
    lists = [["choice", "other"], ["a", "b"], ["c", "d"]]
    sheets = {"lists": lists, "data": [["x", "y"], *[[i, "n"] for i in range(9)]]}
    path = workbook(tmp_path, sheets, hidden=["lists"])
    table = read_file(path)
    assert list(table.columns) == ["x", "y"] and "'data' is read; there are 1 more: 'lists'" in table.findings[0].what
    assert list(read_file(path.with_name("d.xlsx#lists")).columns) == ["choice", "other"]


def test_lines_of_a_sheet_count_empty_rows_at_its_top(tmp_path: Path) -> None:
    rows = [[], ["Sales"], [], ["x", "y"], *[[i, "n"] for i in range(9)]]
    assert read_file(workbook(tmp_path, {"s": rows})).first_line == 5


def test_forty_sheets_are_one_line(tmp_path: Path) -> None:
    found = read_file(workbook(tmp_path, {f"s{i}": [["x", "y"], [1, "n"], [2, "y"]] for i in range(40)}))
    (sheets,) = found.findings
    assert "there are 39 more: 's1', 's2', 's3' ..." in sheets.what


def test_units_below_the_header_of_a_sheet_are_left_out_and_said(tmp_path: Path) -> None:
    rows = [["mass", "city", "price"], ["[kg]", None, "[EUR]"], *[[i * 1.5, "Ulm", i] for i in range(20)]]
    table = read_file(workbook(tmp_path, {"s": rows}))
    assert table.columns["mass"].tolist() == [i * 1.5 for i in range(20)]
    assert table.first_line == 3
    (said,) = table.findings
    assert said.kind == "units row" and "[kg]" in said.what


@pytest.mark.parametrize("row", ["n/a,x,n/a", "kg,Ulm,EUR", "low,,high", "1,,m", ",,"])
def test_a_row_that_may_be_data_is_no_row_of_units(tmp_path: Path, row: str) -> None:
    path = tmp_path / "data.csv"
    path.write_text("mass,city,price\n" + row + "\n" + "".join(f"{i},Ulm,{i}\n" for i in range(20)), encoding="utf-8")
    table = read_file(path)
    assert len(table.columns["mass"]) == 21
    assert not [f for f in table.findings if f.kind == "units row"]


def test_a_text_of_two_lines_with_delimiters_is_one_cell(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("x,b,note\n" + "".join(f'{i},2,"Dear, all\nof, them, 5"\n' for i in range(50)), encoding="utf-8")
    assert read_file(path).columns["note"][7] == "Dear, all\nof, them, 5"


def test_a_markdown_table_is_read_without_its_rule(tmp_path: Path) -> None:
    path = tmp_path / "data.txt"
    path.write_text("| x | y |\n|---|:---|\n" + "".join(f"| {i} | Ulm |\n" for i in range(20)), encoding="utf-8")
    table = read_file(path)
    assert numbers(table.columns["x"]) == list(range(20))
    assert {f.kind for f in table.findings} == {"units row", "empty columns"}


def test_headers_of_files_put_one_behind_the_other_are_left_out_and_said(tmp_path: Path) -> None:
    path, part = tmp_path / "data.csv", "x,y\n" + "".join(f"{i},{i}\n" for i in range(20))
    path.write_text(part * 3, encoding="utf-8")
    table = read_file(path)
    assert table.columns["x"].tolist() == list(range(20)) * 3
    (said,) = table.findings
    assert (said.kind, said.count, said.what) == ("header again", 2, "2 rows are the header again")


def test_italian_in_an_old_encoding_is_italian(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(("x,ok\n" + "".join(f"{i},{'Sì' if i % 2 else 'No'}\n" for i in range(40))).encode("cp1252"))
    assert set(read_file(path).columns["ok"]) == {"Sì", "No"}

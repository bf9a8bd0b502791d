"""Data and briefs from somebody else: bounded before they take memory, refused by one line; what is written runs nothing."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from breakeven.cli import main
from breakeven.core import brief, brief_yaml, store
from breakeven.core.errors import InputError
from breakeven.files import packed, read, workbook_size
from breakeven.files import parquet as parquet_file
from tests.hostile import small_products


def refused(make: Callable[[], object], says: str) -> None:
    """It ends with one line that says so."""
    with pytest.raises(InputError) as error:
        make()
    line = str(error.value)
    assert says in line and "\n" not in line and line.isprintable() and len(line) < 600


# Briefs


LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60))
BRIEFS = {
    "laughs": (LAUGHS, "aliases repeat"),
    "laughs in a mapping": (LAUGHS.replace("[", "{p: ").replace(", ", ", q: ").replace("]", "}"), "aliases repeat"),
    "laughs as the value of split": (LAUGHS + "name: a\nsplit: *a59\n", "aliases repeat"),
    "one text a million times": ("a: &a " + "x" * 400_000 + "\nb: [" + "*a, " * 150_000 + "]\n", "characters"),
    "an alias for itself": ("a: &a [*a]\n", "for itself"),
    "an alias for nothing": ("a: *b\n", "for nothing"),
    "3,000 lists deep": ("a: " + "[" * 3000 + "]" * 3000, "nested more than 20 deep"),
    "3,000 mappings deep": ("a: " + "{b: " * 3000 + "}" * 3000, "nested more than 20 deep"),
    "3,000 indents deep": ("".join(" " * i + "a:\n" for i in range(1300)), "nested more than 20 deep"),
    "200,000 values": ("a: [" + "1, " * 200_000 + "]", "more than 100,000 values"),
    "2 MB": ("# " + "x" * 2_000_000, "more than 1,000,000 characters"),
    "a key twice": ("name: a\nname: b\n", "the key 'name' is given twice"),
    "a key twice, deep": ("name: a\nlimits: {minutes: 1, minutes: 2}\n", "the key 'minutes' is given twice"),
    "a Python object": ("a: !!python/object/apply:os.system [id]\n", "not valid YAML"),
    "a Python name": ("a: !!python/name:os.system\n", "not valid YAML"),
    "a tag of its own": ("a: !own x\n", "not valid YAML"),
    "a number of 5,000 digits": ("a: " + "1" * 5000, "not valid YAML"),
    "a day that is none": ("a: 2026-02-31\n", "not valid YAML"),
    "a list as a key": ("? [a, b]\n: 1\n", "not valid YAML"),
    "two documents": ("a: 1\n---\nb: 2\n", "not valid YAML"),
    "a list": ("- a\n", "not a mapping"),
    "nothing": ("", "not a mapping"),
    "a NUL": ("a: \0", "not valid YAML"),
    "an escape of the terminal": ("\x1b[2J: 1", "not valid YAML"),
    "tabs": ("a:\n\t- b", "not valid YAML"),
}


@pytest.mark.parametrize("name", BRIEFS)
def test_a_brief_is_counted_before_it_is_laid_out(tmp_path: Path, name: str) -> None:
    text, says = BRIEFS[name]
    (tmp_path / "product.yaml").write_text(text, encoding="utf-8")
    refused(lambda: brief.read(tmp_path), says)


@pytest.mark.parametrize("content", [b"\xff\xfe\0", b"\x80", b"a: \xc3("])
def test_a_brief_that_is_no_utf_8_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "product.yaml").write_bytes(content)
    refused(lambda: brief.read(tmp_path), "not valid YAML")


def test_aliases_and_merges_of_a_usual_size_are_read() -> None:
    text = "usual: &u {minutes: 5}\nlimits:\n  <<: *u\n  size_mb: 1\nagain: *u\n"
    assert brief_yaml.load(text) == {
        "usual": {"minutes": 5},
        "limits": {"minutes": 5, "size_mb": 1},
        "again": {"minutes": 5},
    }


# Workbooks


def workbook(path: Path, sheet: bytes | Iterator[bytes], **parts: bytes) -> Path:
    """An xlsx file of one sheet."""
    main_space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    texts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main_space}" xmlns:r="{office}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in texts.items():
            book.writestr(name, text)
        for name, content in parts.items():
            book.writestr(name, content)
        with book.open("xl/worksheets/sheet1.xml", "w") as file:
            file.write(f'<worksheet xmlns="{main_space}"><sheetData>'.encode())
            for piece in [sheet] if isinstance(sheet, bytes) else sheet:
                file.write(piece)
            file.write(b"</sheetData></worksheet>")
    return path


def cells(*places: str) -> bytes:
    """Rows of one cell each."""
    rows = [(place, "".join(c for c in place if c.isdigit())) for place in places]
    return "".join(f'<row r="{n}"><c r="{place}"><v>1</v></c></row>' for place, n in rows).encode()


SHEETS = {
    "two cells at the ends": cells("A1", "XFD1048576"),
    "two cells, lower letters": cells("A1", "xfd1048576"),
    "two cells, other quotes": cells("A1", "XFD1048576").replace(b'"', b"'"),
    "two cells, spaces": cells("A1", "XFD1048576").replace(b'r="', b'r = " '),
    "the last first": cells("XFD1048576", "A1"),
    "one wide, one long": cells("A1", "XFD1", "A1048576"),
    "a row number alone": b'<row r="1"><c r="ZZ1"><v>1</v></c></row><row r="999999"><c r="A999999"><v>1</v></c></row>',
    "a column beyond all": cells("A1", "ZZZZZ90000"),
    "a number of twenty digits": cells("A1", "B99999999999999999999"),
}


@pytest.mark.parametrize("name", SHEETS)
def test_a_rectangle_of_billions_of_cells_is_refused(tmp_path: Path, name: str) -> None:
    refused(lambda: read.read_file(workbook(tmp_path / "a.xlsx", SHEETS[name])), "delete what is beyond the table")


def test_a_workbook_that_unpacks_to_very_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_size, "MAX_BYTES", 4 << 20)
    sheet = (b'<row r="1">' + b" " * (1 << 20) for _ in range(6))
    refused(lambda: read.read_file(workbook(tmp_path / "a.xlsx", sheet)), "unpacks to more than 4 MB")
    texts = {"xl/sharedStrings.xml": b"<sst>" + b" " * (6 << 20) + b"</sst>"}
    refused(lambda: read.read_file(workbook(tmp_path / "b.xlsx", cells("A1"), **texts)), "unpacks to more than 4 MB")


def test_a_workbook_that_lies_about_its_sizes_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", cells("A1", "B2") + b" " * 100_000)
    content = path.read_bytes()
    at = content.rindex(b"PK\x01\x02")  # the sheet's line in the directory, which is the last
    path.write_bytes(content[: at + 24] + (10).to_bytes(4, "little") + content[at + 28 :])
    refused(lambda: read.read_file(path), "save it as xlsx or csv")


@pytest.mark.parametrize("name", ["a.xlsx", "a.ods", "a.xlsb", "a.xls"])
@pytest.mark.parametrize(
    "content", [b"PK\x03\x04" + b"\0" * 200, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600, b"\0" * 50]
)
def test_a_broken_workbook_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    refused(lambda: read.read_file(tmp_path / name), "Excel")


def test_a_workbook_of_a_usual_size_is_read(tmp_path: Path) -> None:
    head = (
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c><c r="B1" t="inlineStr"><is><t>y</t></is></c></row>'
    )
    rows = b"".join(
        f'<row r="{i}"><c r="A{i}"><v>{i}</v></c><c r="B{i}"><v>2</v></c></row>'.encode() for i in range(2, 40)
    )
    assert read.read_file(workbook(tmp_path / "a.xlsx", head + rows)).columns["x"].shape == (38,)


# Packed files


def test_a_gzip_file_that_unpacks_to_very_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "FEW_BYTES", 1 << 20)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000))
    refused(lambda: read.read_file(path), "it unpacks to more than")
    path.write_bytes(gzip.compress(b"1,2\n" * 300_000) * 8)  # members one behind the other
    refused(lambda: read.read_file(path), "it unpacks to more than")


@pytest.mark.parametrize(
    "content",
    [b"", b"\x1f\x8b", gzip.compress(b"a,b\n1,2\n" * 9)[:-9], gzip.compress(b"x" * 999)[:30] + b"\0" * 50],
    ids=["empty", "two bytes", "cut", "zeros"],  # packed bytes hold the time
)
def test_a_broken_gzip_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv.gz").write_bytes(content)
    refused(lambda: read.read_file(tmp_path / "a.csv.gz"), "a.csv.gz")


def test_nothing_of_a_packed_file_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "FEW_BYTES", 1 << 20)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"1,2\n" * 1_000_000))
    refused(lambda: read.read_file(tmp_path / "a.csv.gz"), "unpacks")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_arrays_of_a_build_that_are_packed_or_objects_are_refused(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", a=np.zeros(10_000_000))
    np.savez(tmp_path / "b.npz", a=np.array([{}], dtype=object))
    np.save(tmp_path / "c.npy", np.zeros(3))
    for name in ("a.npz", "b.npz", "c.npy"):
        with pytest.raises(ValueError, match=r"as they are written|pickle"):
            store.read_arrays(tmp_path / name)


# Tables


def test_a_parquet_file_of_very_many_rows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_file, "MAX_VALUES", 1_000_000)
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({name: np.zeros(600_000) for name in "ab"}), path)
    assert path.stat().st_size < 20_000
    refused(lambda: read.read_file(path), "600,000 rows of 2 columns")


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_a_parquet_file_of_one_long_text_again_and_again_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: pa.DataType
) -> None:
    monkeypatch.setattr(parquet_file, "MAX_TEXT_BYTES", 50 << 20)
    path, text = tmp_path / "a.parquet", "x" * 10_000
    column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(100_000, np.int32)), pa.array([text], kind)).cast(kind)
    parquet.write_table(pa.table({"y": np.arange(100_000), "t": column}), path)
    assert path.stat().st_size < 2_000_000
    refused(lambda: read.read_file(path), "the texts up to column 't' have more than 50 MB")


def test_a_parquet_file_of_texts_is_read_as_before(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"t": ["a", None, "b"], "n": [1, 2, None], "s": [{"u": "x"}, None, {"u": "y"}]}), path)
    found = read.read_file(path).columns
    assert found["t"].tolist() == ["a", None, "b"] and found["s.u"].tolist() == ["x", None, "y"]


def test_texts_of_a_parquet_file_that_are_no_utf_8_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"t": ["abcdefgh", "ijklmnop"]}), path, compression="none", write_statistics=False)
    path.write_bytes(path.read_bytes().replace(b"abcdefgh", b"ab\x80defgh"))
    refused(lambda: read.read_file(path), "not a parquet file")


def test_a_wide_text_cut_within_a_character_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("a,b\n1,2\n3,4\n".encode("utf-16")[:-1])
    refused(lambda: read.read_file(tmp_path / "a.csv"), "as its first bytes say")


@pytest.mark.parametrize("spoil", ["footer", "middle", "cut", "length"])
def test_a_broken_parquet_file_is_refused(tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"a": np.random.default_rng(0).random(50_000)}), path)
    content = bytearray(path.read_bytes())
    if spoil == "footer":
        content[-40:-8] = b"\xff" * 32
    elif spoil == "middle":
        content[4:60] = b"\xff" * 56
    elif spoil == "cut":
        content = content[:-30]
    else:
        content[-8:-4] = b"\xff\xff\xff\x7f"
    path.write_bytes(bytes(content))
    refused(lambda: read.read_file(path), "not a parquet file")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonl", '{"a":' * 5000 + "1" + "}" * 5000),
        ("a.jsonl", '{"a": 12345678901234567890, "b": ' + "[" * 990 + "]" * 990 + "}"),
        ("a.json", "[" * 100_000),
        ("a.json", '[{"a":' * 50_000),
        ("a.jsonl", '{"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}'),
        ("a.jsonl", '{"a": ' + "1" * 5000 + "}\n" * 2),
        ("a.jsonl", "\n".join(json.dumps({f"k{i}": 1}) for i in range(20_100))),
        ("a.jsonl", "\0\0\0\n"),
        ("a.csv", ",".join(f"c{i}" for i in range(50_000)) + "\n" + "1," * 49_999 + "1\n"),
        ("a.csv", "a,b\n" + '"' + "x" * 3_000_000 + "\n1,2\n"),
        ("a.csv", "a,a\n1,2\n3,4\n"),
        ("a.tsv", "\0" * 5000),
    ],
    ids=["deep objects", "deep beside a long number", "deep lists", "deep both", "nested objects", "5,000 digits", "20,100 columns",
         "NUL", "50,000 columns", "a long cell", "a name twice", "zeros"],
)  # fmt: skip
def test_a_table_beyond_its_bounds_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    refused(lambda: read.read_file(tmp_path / name), name)


# What is written


ATTACKS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://evil.example")', "\uff1d1+1", "-",
           "-2+3+cmd|' /C calc'!A0"]  # fmt: skip


@pytest.fixture
def dangerous(tmp_path: Path) -> Path:
    """A product whose class and id column would be run by a spreadsheet."""
    place = small_products.table(tmp_path / "product")
    product = small_products.product_of(place)
    small_products.edited(product, "product.json", lambda a: a["decoder"].update(classes=["=1+1", "@yes"]))
    small_products.edited(product, "product.json", lambda a: a["schema"].update(ids=["=id"]))
    return place


def written(place: Path, tmp_path: Path, *options: str) -> list[list[str]]:
    rows, out = tmp_path / "rows.csv", tmp_path / "out.csv"
    with rows.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["=id", "age", "plan", "spend"])
        for cell in [*ATTACKS, "-3.5", "+4", "plain"]:
            writer.writerow([cell, 31, "paid", 9])
    assert main(["predict", str(place), "--input", str(rows), "--output", str(out), "--keep", "=id", *options]) == 0
    return answers(out)


def answers(path: Path) -> list[list[str]]:
    """The cells of a file of predictions."""
    return list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))


def test_a_spreadsheet_runs_nothing_of_what_is_written(dangerous: Path, tmp_path: Path) -> None:
    header, *rows = written(dangerous, tmp_path)
    assert header[:2] == ["'=id", "prediction"] and {row[1][:1] for row in rows} == {"'"}
    assert [row[0] for row in rows[-3:]] == ["-3.5", "+4", "plain"]
    for row in rows[:-3]:
        assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))
    assert all(float(cell) >= 0 for row in rows for cell in row[2:])


def test_raw_writes_texts_as_they_are(dangerous: Path, tmp_path: Path) -> None:
    header, *rows = written(dangerous, tmp_path, "--raw")
    assert header[0] == "=id" and rows[0][0] == "=1+1" and {row[1] for row in rows} <= {"=1+1", "@yes"}


def test_a_shop_and_a_forecast_run_nothing_either(tmp_path: Path) -> None:
    place = small_products.shop(tmp_path / "shop")
    small_products.edited(
        small_products.product_of(place), "catalogue.json", lambda c: c.update(ids=[f"=i{n}" for n in range(12)])
    )
    (tmp_path / "users.csv").write_text("user\n=cmd\nu1\n")
    out = tmp_path / "out.csv"
    assert main(["predict", str(place), "--input", str(tmp_path / "users.csv"), "--output", str(out)]) == 0
    assert not any(cell.startswith("=") for row in answers(out) for cell in row)
    (tmp_path / "curves.csv").write_text(
        "task,curve,rows,score\n" + "".join(f"=t,@c,{n},0.{n}\n" for n in (10, 20, 40, 80))
    )
    assert main(["forecast", str(tmp_path / "curves.csv"), "--rows", "500", "--output", str(out)]) == 0
    assert answers(out)[1][:2] == ["'=t", "'@c"]

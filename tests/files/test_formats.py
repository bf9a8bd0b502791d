"""Every source is read alike, and what cannot be read is named with its place."""

from __future__ import annotations

import gzip
import io
import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from breakeven.core.errors import InputError
from breakeven.files import read
from tests.files.workbook import workbook

CSV = 'age,plan,note\n31,free,hello\n,paid,"two\nlines"\n47.5,免费,\n'


def same(table) -> None:
    assert list(table.columns) == ["age", "plan", "note"]
    assert np.array_equal(table.columns["age"], [31, np.nan, 47.5], equal_nan=True)
    assert table.columns["plan"].tolist() == ["free", "paid", "免费"]
    assert table.columns["note"].tolist() == ["hello", "two\nlines", None]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-32"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / ("d.tsv" if delimiter == "\t" else "d.csv")
    path.write_bytes(CSV.replace(",", delimiter).encode(encoding))
    same(read.read_file(path))


def test_gzip_is_unpacked_and_nothing_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    pd.read_csv(io.StringIO(CSV)).to_parquet(tmp_path / "d.parquet")
    book = workbook(
        tmp_path,
        {"s": [["age", "plan", "note"], [31, "free", "hello"], [None, "paid", "two\nlines"], [47.5, "免费", None]]},
    )
    for name, content in (
        ("d.csv.gz", CSV.encode()),
        ("d.parquet.gz", (tmp_path / "d.parquet").read_bytes()),
        ("d.xlsx.gz", book.read_bytes()),
    ):
        (tmp_path / name).write_bytes(gzip.compress(content))
        table = read.read_file(tmp_path / name)
        same(table)
        assert table.source == str(tmp_path / name)
    (tmp_path / "e.csv.gz").write_bytes(gzip.compress(CSV.encode())[:20])
    (tmp_path / "f.csv.gz").write_bytes(gzip.compress(b"a,a\n1,2\n"))
    for name, what in (("e.csv.gz", "not a whole gzip"), ("f.csv.gz", "line 1: column name 'a' occurs twice")):
        with pytest.raises(InputError, match=f"{name}.*{what}") as error:
            read.read_file(tmp_path / name)
        assert str(place) not in str(error.value)
    assert not list(place.iterdir())


def test_other_formats(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"age": [31, None, 47.5], "plan": ["free", "paid", "免费"], "note": ["hello", "two\nlines", None]}
    )
    frame.to_parquet(tmp_path / "d.parquet")
    same(read.read_file(tmp_path / "d.parquet"))
    (tmp_path / "d.jsonl").write_text(
        "\n".join(json.dumps({k: None if v != v else v for k, v in row.items()}) for row in frame.to_dict("records")),
        encoding="utf-8",
    )
    same(read.read_file(tmp_path / "d.jsonl"))


def test_xlsx(tmp_path: Path) -> None:
    rows = [["age", "plan", "note"], [31, "free", "hello"], [None, "paid", "two\nlines"], [47.5, "免费", None]]
    workbook(tmp_path, {"s": rows})
    same(read.read_file(tmp_path / "d.xlsx"))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"a,b\n", "no rows"),
        ("a.csv", b"a,b\n1,2\n1,2,3\n4,5\n", "line 3"),
        ("a.csv", b"a,b\n1,2\n1\n", "line 3"),
        ("a.csv", b"a,a\n1,2\n", "'a' occurs twice"),
        ("a.csv", b'a,b\n1,"' + b"x" * 20_000_000 + b'"\n2,3\n', "20.0 MB"),
        ("a.csv", b"\x00\x01\x02\x03,b\n", "binary"),
        ("a.jsonl", b'{"a": 1}\n{"a": \n', "line 2"),
        ("a.jsonl", b'{"a": [{"b": 1}]}\n', "column 'a'"),
        ("a.jsonl", b"[1]\n", "row 1"),
        ("a.parquet", b"PAR1 but not really", "parquet"),
        ("a.xlsx", b"PK not really", "Excel"),
        ("a.doc", b"x", "'.doc'"),
        ("a.csv.gz", b"not gzip", "gzip"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read.read_file(tmp_path / name)
    assert words in str(caught.value)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read.read_file(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="folder"):
        read.read_file(tmp_path)


def test_latin_text_is_not_taken_for_chinese(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("name,n\nJosé,1\nZoë,2\nAndré,3\n".encode("cp1252"))
    assert read.read_file(tmp_path / "a.csv").columns["name"].tolist() == ["José", "Zoë", "André"]

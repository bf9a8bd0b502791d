"""Files as programs export them: each a name, what it holds, and the columns that must be read from it.

Every table has the columns x (whole numbers), b (decimals) and y (y or n), fifty rows, whatever stands around it.
"""

from __future__ import annotations

import json

ROWS = 50
LINES = [f"{i % 7},{i * 1.5:.2f},{'yn'[i % 2]}" for i in range(ROWS)]
BODY = "\n".join(LINES)
TABLE = f"x,b,y\n{BODY}\n"


def _with(text: str, encoding: str = "utf-8") -> bytes:
    return text.encode(encoding)


#: What it is -> (ending, bytes, a word of the finding that must be there, or "").
SAME: dict[str, tuple[str, bytes, str]] = {
    "commas": ("csv", _with(TABLE), ""),
    "a byte order mark": ("csv", _with(TABLE, "utf-8-sig"), ""),
    "UTF-16 with a mark": ("csv", _with(TABLE, "utf-16"), ""),
    "UTF-16 without a mark": ("csv", _with(TABLE, "utf-16-le"), ""),
    "semicolons and decimal commas": ("csv", _with(TABLE.replace(",", ";").replace(".", ",")), ""),
    "tabs": ("txt", _with(TABLE.replace(",", "\t")), ""),
    "pipes": ("csv", _with(TABLE.replace(",", "|")), ""),
    "Excel's first line sep=;": ("csv", _with("sep=;\n" + TABLE.replace(",", ";")), ""),
    "line ends of Windows": ("csv", _with(TABLE.replace("\n", "\r\n")), ""),
    "line ends of old Macs": ("csv", _with(TABLE.replace("\n", "\r")), ""),
    "a title above the header": ("csv", _with("Report of May\n\n" + TABLE), "lines above the header"),
    "a title in a row of empty cells": ("csv", _with("Report of May,,\n,,\n" + TABLE), "lines above the header"),
    "a quoted title of two lines": ("csv", _with('"Report\nof May",,\n\n' + TABLE), "lines above the header"),
    "a title of two cells": ("csv", _with("Report,May 2026\n\n" + TABLE), "lines above the header"),
    "a title of two cells and an empty one": ("csv", _with("Report,May 2026,\n" + TABLE), "lines above the header"),
    "cells between apostrophes": (
        "csv",
        _with("".join(",".join(f"'{cell}'" for cell in line.split(",")) + "\n" for line in TABLE.splitlines())),
        "",
    ),
    "a row of totals": ("csv", _with(TABLE + "Total,1837.5,\n"), "totals"),
    "a row of totals in Chinese": ("csv", _with(TABLE + "合计,1837.5,\n"), "totals"),
    "a last row of empty cells": ("csv", _with(TABLE + ",,\n"), "totals"),
    "a delimiter at the end of each line": ("csv", _with(TABLE.replace("\n", ",\n")), "empty columns"),
    "a delimiter at the end of each row": (
        "csv",
        _with("x,b,y\n" + (BODY + "\n").replace("\n", ",\n")),
        "empty columns",
    ),
    "the index that pandas writes": (
        "csv",
        _with(",x,b,y\n" + "\n".join(f"{i},{line}" for i, line in enumerate(LINES)) + "\n"),
        "row numbers",
    ),
    "one JSON object a line": (
        "jsonl",
        _with("\n".join(f'{{"x": {i % 7}, "b": {i * 1.5}, "y": "{"yn"[i % 2]}"}}' for i in range(ROWS))),
        "",
    ),
    "an array of JSON objects": (
        "json",
        _with("[" + ",".join(f'{{"x": {i % 7}, "b": {i * 1.5}, "y": "{"yn"[i % 2]}"}}' for i in range(ROWS)) + "]"),
        "",
    ),
}
_ROWS = [{"x": i % 7, "b": i * 1.5, "y": "yn"[i % 2]} for i in range(ROWS)]
_NAMES = ("x", "b", "y")
SAME |= {
    "JSON objects over several lines": ("jsonl", _with("\n".join(json.dumps(row, indent=1) for row in _ROWS)), ""),
    "JSON of pandas, by columns": (
        "json",
        _with(json.dumps({name: {str(i): row[name] for i, row in enumerate(_ROWS)} for name in _NAMES})),
        "",
    ),
    "JSON of pandas, by rows": ("json", _with(json.dumps({str(i): row for i, row in enumerate(_ROWS)})), ""),
    "JSON of pandas, split": (
        "json",
        _with(json.dumps({"columns": _NAMES, "data": [[row[name] for name in _NAMES] for row in _ROWS]})),
        "",
    ),
    "JSON rows under a key": ("json", _with(json.dumps({"total": ROWS, "data": _ROWS}, indent=1)), ""),
    "comments above the header": ("csv", _with('# made by "x, y\n# on Monday\n' + TABLE), "lines above the header"),
    "pairs of names and values above the header": (
        "csv",
        _with('Survey,a.csv,\nDeclination,12.5,\n",,,",,\n' + TABLE),
        "lines above the header",
    ),
    "a row of units": ("csv", _with(TABLE.replace("y\n", "y\nkg,EUR/m2,\n", 1)), "units row"),
    "a row of units in brackets": ("csv", _with(TABLE.replace("y\n", "y\n[],[m/s],[-]\n", 1)), "units row"),
    "a space before each quote": (
        "csv",
        _with("".join(", ".join(f'"{cell}"' for cell in line.split(",")) + "\n" for line in TABLE.splitlines())),
        "",
    ),
    "blank lines between rows": ("csv", _with(TABLE.replace("\n", "\n\n")), ""),
}
#: Encoding -> words of a language that is written in it.
WORDS: dict[str, list[str]] = {
    "gb18030": ["北京", "上海", "广州", "深圳"],
    "big5": ["台北", "高雄", "臺中", "新竹"],
    "shift_jis": ["東京", "トウキョウ", "名古屋", "札幌市"],
    "euc_jp": ["東京", "日本", "札幌市", "大阪府", "名古屋", "京都市"],
    "euc_kr": ["서울", "부산", "대구", "인천"],
    "cp1251": ["Москва", "Казань", "Омск", "Пермь"],
    "koi8-r": ["Москва", "Казань", "Омск", "Пермь"],
    "cp1252": ["München", "Köln", "São Paulo", "Côte d’Azur"],
    "mac_roman": ["München", "Köln", "São Paulo", "Málaga", "Besançon"],
    "cp1250": ["Łódź", "Kraków", "Wrocław", "Gdańsk"],
    "cp1253": ["Αθήνα", "Πάτρα", "Λάρισα", "Θεσσαλονίκη"],
    "cp1254": ["İstanbul", "Diyarbakır", "Muğla", "Şanlıurfa"],
    "cp1255": ["ירושלים", "חיפה", "תל אביב"],
    "cp1256": ["القاهرة", "دبي", "بغداد"],
    "cp1257": ["Vilnius žemė", "Rīga", "Šiauliai", "Liepāja"],
    "cp874": ["กรุงเทพ", "เชียงใหม่"],
}
#: What it is -> (ending, bytes, what the one line of the error must say).
REFUSED: dict[str, tuple[str, bytes, str]] = {
    "no header": (
        "csv",
        _with("\n".join(f"{i},{i * 2.5}" for i in range(ROWS))),
        r"line 1: no header.*add a first line",
    ),
    "no header, and a column of words": (
        "csv",
        _with("\n".join(f"{i},{i * 2.5},ok" for i in range(ROWS))),
        r"line 1: no header",
    ),
    "a name that stands twice": ("csv", _with("x,x,y\n" + BODY), r"line 1: column name 'x' occurs twice"),
    "an encoding that changes midway": (
        "csv",
        _with("x,ü,y\n" + BODY + "\n") + _with("1,Köln,y\n" * 3, "cp1252"),
        r"line 52: UTF-8 before this line, another encoding from here on",
    ),
    "very many columns": (
        "csv",
        _with(",".join(f"c{i}" for i in range(30_000)) + "\n"),
        r"30,000 columns \(limit 20,000\)",
    ),
    "objects nested too deep": ("jsonl", _with('{"a":{"b":{"c":{"d":{"e":{"f":1}}}}}}\n'), r"line 1: objects nested"),
    "a name flat and nested": (
        "jsonl",
        _with('{"a.b":1,"a":{"b":2}}\n'),
        r"line 1, column 'a.b': given twice, flat and nested",
    ),
    "a quote that is never closed": (
        "csv",
        _with(TABLE + '1,2,"n\n' + BODY + "\n"),
        r"line 52: a quote that is not closed.*close it",
    ),
    "a quote that the next one closes": (
        "csv",
        _with(TABLE + f'1,"2,n\n{BODY}\n1,"2,n\n'),
        r"line 52: a quote that is not closed",
    ),
    "a quote that the next line closes": (
        "csv",
        _with(TABLE + '1,"2,n\n3,4",y\n'),
        r"line 52: a quote that the next line",
    ),
    "a list of objects": ("jsonl", _with('{"a":[{"b":1}]}\n'), r"line 1, column 'a': a list of objects"),
    "rows of other widths": (
        "csv",
        _with(TABLE + "1,2,y,4\n"),
        r"line 52: 4 cells where the header has 3 \(1 such lines\)",
    ),
    "quotes within quotes that are not doubled": (
        "csv",
        _with("x,b,y\n" + "".join(f'"a ""b, {i}"" c",{i},y\n'.replace('""', '"') for i in range(ROWS))),
        r"line 2: 4 cells where the header has 3 \(50 such lines\); quote",
    ),
    "a stray NUL": ("csv", _with(TABLE + "1,2,\0n\n"), r"line 52: a NUL byte within the text; remove it"),
    "JSON that breaks off": ("jsonl", _with('{"x": 1}\n{"x": \n'), r"line 2: not JSON"),
    "JSON over several lines that breaks off": ("json", _with('{"x": 1,\n"y": \n'), r"line 3: not JSON"),
    "gzip under another name": ("csv", b"\x1f\x8b\x08\0\0\0\0\0", r"packed by gzip, not text; add .gz"),
    "a zip archive under another name": ("csv", b"PK\x03\x04\0\0", r"a zip archive or a workbook, not text; unpack it"),
    "parquet under another name": ("csv", b"PAR1\x15\0", r"is parquet, not text; name it .parquet"),
    "HTML under the name of a workbook": (
        "xls",
        b"<table><tr><td>1",
        r"not an Excel file but HTML; open it and save it",
    ),
    "text under the name of a workbook": ("xls", _with(TABLE), r"not an Excel file but delimited text; name it .csv"),
    "bytes of no text": ("csv", b"\x89PNG\0\0\0\1", r"the file is binary"),
}

"""A workbook as small as Excel itself would write it: sheets of rows of texts, numbers and errors."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

BASE = "http://schemas.openxmlformats.org"
MAIN = f"{BASE}/spreadsheetml/2006/main"
REL = f"{BASE}/officeDocument/2006/relationships"
PACKAGE = f"{BASE}/package/2006"
KIND = "application/vnd.openxmlformats-"


def workbook(folder: Path, sheets: Mapping[str, Sequence[Sequence[object]]], hidden: Sequence[str] = ()) -> Path:
    """Write d.xlsx. Texts that begin with # are errors, with = formulas without a value, with < cells as XML; None is an empty cell."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="{KIND}package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="a" Type="{REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    }
    names, links = "", ""
    for k, (name, rows) in enumerate(sheets.items(), 1):
        body = "".join(_row(i, row) for i, row in enumerate(rows, 1))
        parts[f"xl/worksheets/s{k}.xml"] = f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'
        state = ' state="hidden"' if name in hidden else ""
        names += f'<sheet name="{name}"{state} sheetId="{k}" r:id="r{k}"/>'
        links += f'<Relationship Id="r{k}" Type="{REL}/worksheet" Target="worksheets/s{k}.xml"/>'
    parts["xl/workbook.xml"] = f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets>{names}</sheets></workbook>'
    parts["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'
    with zipfile.ZipFile(folder / "d.xlsx", "w") as book:
        for name, text in parts.items():
            book.writestr(name, text)
    return folder / "d.xlsx"


def _row(number: int, values: Sequence[object]) -> str:
    cells = "".join(_cell(value, "ABCDEFG"[j] + str(number)) for j, value in enumerate(values))
    return f'<row r="{number}">{cells}</row>'


def _cell(value: object, place: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith("#"):
        return f'<c r="{place}" t="e"><v>{value}</v></c>'
    if isinstance(value, str) and value.startswith("="):
        return f'<c r="{place}"><f>{escape(value[1:])}</f><v /></c>'
    if isinstance(value, str) and value.startswith("<"):
        return value
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'

"""Sheets of spreadsheets: the first that holds a table, or the one that is named behind `#`."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from breakeven.core.errors import InputError, nearest
from breakeven.core.types import Finding, Table
from breakeven.files import arrow_columns, excel_errors, totals, units_row, workbook_size
from breakeven.files.dialect import columns_of, header_row, skipped

Cell = str | int | float | bool | date | datetime | time | timedelta
#: Names of other sheets that are told.
SHOWN = 3


def read(path: Path, texts: Container[str] = frozenset(), sheet: str | None = None) -> Table:
    """A sheet as a table. Raises InputError naming file and sheet."""
    import python_calamine

    workbook_size.check(path)
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        names = list(book.sheet_names)
        if sheet is not None and sheet not in names:
            raise InputError(str(path), f"there is no sheet {sheet!r}", nearest(sheet, names))
        chosen, cells, start, others = _choose(book, [sheet] if sheet is not None else _shown_first(book), str(path))
    except (python_calamine.CalamineError, OSError) as error:
        raise _no_workbook(path, error) from None
    if not cells:
        raise InputError(str(path), "no sheet holds a table", "put the table on a sheet of its own")
    where = f"{path}, sheet {chosen!r}"
    above = start[0]  # empty rows at the top: the reader leaves them out, lines count them
    first = header_row([[str(cell) for cell in row] for row in cells])
    shown = [[_shown(cell) for cell in row] for row in cells]
    units = units_row.found(shown[first + 1 : first + 200])
    noted_units = [units_row.said(shown.pop(first + 1))] if units else []
    header, keep, findings = columns_of(shown[first], shown[first + 1 : first + 200], where, above + first + 1)
    body = [row for row in cells[first + 1 + units :] if any(cell != "" for cell in row)]
    last = [[None if cell == "" else cell for cell in row] for row in body[-totals.LAST :]]
    firsts = [str(row[0]) for row in body]
    found = totals.count(last, firsts.count) if len(body) > 2 * totals.LAST else 0
    body = body[: len(body) - found]
    if not body:
        raise InputError(where, "a header but no rows", "give at least a few dozen rows")
    columns = {header[i]: [_value(row[i], header[i] in texts) for row in body] for i in keep}
    noted = [
        *skipped(shown[:first]),
        *noted_units,
        *findings,
        *totals.said(last, found),
        *_other_sheets(chosen, others),
    ]
    noted += excel_errors.found(path, chosen, (above + first + 1 + units, start[1]), header)
    made = {name: arrow_columns.of_values(list(values)) for name, values in columns.items()}
    return Table(made, str(path), above + first + 2 + units, findings=tuple(noted))


def _no_workbook(path: Path, error: Exception) -> InputError:
    """The error for a file that is no workbook: many programs write HTML or delimited text under such a name."""
    with path.open("rb") as file:
        head = file.read(1 << 10)
    if b"\0" not in head and head.isascii():
        kind = "HTML" if head.lstrip()[:1] == b"<" else "delimited text"
        remedy = "open it and save it as xlsx" if kind == "HTML" else "name it .csv"
        return InputError(str(path), f"not an Excel file but {kind}", remedy)
    return InputError(str(path), f"not an Excel file ({str(error)[:80]})", "save it as xlsx or csv")


def _shown_first(book: object) -> list[str]:
    """Names of the sheets in their order, hidden ones last: those often hold lists for drop-downs."""
    from python_calamine import SheetVisibleEnum

    sheets = book.sheets_metadata  # type: ignore[attr-defined]
    return [one.name for one in sorted(sheets, key=lambda one: one.visible != SheetVisibleEnum.Visible)]


def _choose(book: object, names: Sequence[str], path: str) -> tuple[str, list[list[Cell]], tuple[int, int], list[str]]:
    """The first sheet of those that holds two rows of two cells, its first filled row and column from 0, other sheets' names."""
    for i, name in enumerate(names):
        sheet = book.get_sheet_by_name(name)  # type: ignore[attr-defined]
        workbook_size.check_cells(sheet.height, sheet.width, f"{path}, sheet {name!r}")
        cells: list[list[Cell]] = sheet.to_python()
        if sum(sum(cell != "" for cell in row) > 1 for row in cells[:50]) > 1 or (cells and len(names) == 1):
            return name, cells, sheet.start or (0, 0), [*names[:i], *names[i + 1 :]]
    return "", [], (0, 0), []


def _other_sheets(chosen: str, others: Sequence[str]) -> list[Finding]:
    if not others:
        return []
    shown = ", ".join(map(repr, others[:SHOWN])) + (" ..." if len(others) > SHOWN else "")
    done = "to take another, name it: data: file.xlsx#Sheet2"
    return [
        Finding("sheets", f"sheet {chosen!r} is read; there are {len(others)} more: {shown}", done, level="question")
    ]


def _shown(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _value(cell: Cell, text: bool) -> object:
    """A cell as Python has it; a time of midnight is a day."""
    if cell == "":
        return None
    if isinstance(cell, timedelta):
        return cell.total_seconds()
    return _shown(cell) if text and isinstance(cell, float | int) and not isinstance(cell, bool) else cell

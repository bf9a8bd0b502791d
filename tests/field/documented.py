"""Writes docs/files.md, the table of what is read and how, from the cases that the tests read.

python -m tests.field.documented > docs/files.md
"""

from __future__ import annotations

from datetime import UTC, datetime

from tests.field.exports import REFUSED, SAME, WORDS
from tests.field.spellings import NUMBERS, PERCENT, TIMES

HEAD = """# Files that are read

Every line below is a case of the tests, and this page is written from them by `python -m tests.field.documented`. How columns are
understood once a file is read is in [columns.md](columns.md).

One reader serves training, `predict` and `learn`: csv, tsv, txt (any delimiter of `,` `;` tab `|`), parquet, jsonl, json, xlsx, xls, xlsb, ods,
RecBole's atomic files, each also packed by gzip; SQLite and PostgreSQL by a query. A sheet is named behind `#`: `data: sales.xlsx#May`.
"""


def page() -> str:
    """The page as Markdown."""
    when, amount = datetime(2026, 4, 13, 17, 30, tzinfo=UTC), -1234.5
    lines = [HEAD, "## Around the table", "", "| The file has | What `check` says |", "|---|---|"]
    lines += [f"| {name} | {kind or 'nothing: it is read'} |" for name, (_, _, kind) in SAME.items()]
    lines += ["", "## Encodings besides UTF-8 and UTF-16", "", "| Encoding | Read in the tests from |", "|---|---|"]
    lines += [f"| {name} | {', '.join(words)} |" for name, words in WORDS.items()]
    lines += ["", "A guess is said; `encoding:` in the brief settles it.", "", "## Refused in one line", ""]
    lines += [f"- {name}" for name in REFUSED]
    lines += ["", "## Numbers", "", f"| Format | {amount:,.2f} is written |", "|---|---|"]
    lines += [f"| {name} | `{spell(amount)}` |" for name, spell in {**NUMBERS, **PERCENT}.items()]
    lines += ["", "## Times", "", f"| Format | {when:%d %B %Y, %H:%M} UTC is written |", "|---|---|"]
    lines += [f"| {name} | `{spell(when)}` |" for name, (spell, _) in TIMES.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")

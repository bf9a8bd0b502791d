"""What a newcomer's first commands say of files as people have them: hints, questions and answers that can be joined."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from breakeven import cli
from breakeven.core import brief
from breakeven.files import dialect, encoding
from breakeven.scenarios import registry
from tests.field.checked import ROWS, Check, asked, column, noisy

TIMES = [f"2026-0{month}-{day:02d} 08:00:00" for month in range(1, 9) for day in range(1, 29)]
EVENTS = {"order_id": "1", "customer": "c1", "sku": "tea", "ordered_at": TIMES[0]}
#: Tables of other scenarios: a row, and which it is for.
OTHERS = [
    (EVENTS, "recommend"),
    ({"FeedbackType": "favori", "UserId": "3423", "ItemId": "186758", "Timestamp": "2022-06-24 21:20:11"}, "recommend"),
    ({"question": "How do I pay?", "answer": "By card."}, "support"),
    ({"utterance": "pay by card", "intent": "payment"}, "support"),
    ({"conversation_id": "1", "sender": "customer", "message": "hello", "timestamp": TIMES[0]}, "support"),
]
#: A text, the code page it is in, and the others that would be named beside it.
CODE_PAGES = [
    ("Łukasz", "cp1250", "cp850 ('úukasz') or cp1252 ('£ukasz')"),
    ("José", "mac_roman", "cp1252 ('JosŽ') or cp1251 ('JosЋ')"),
]


def written(path: Path, row: dict[str, str], rows: int = 3) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, row)
        out.writeheader()
        out.writerows([row] * rows)
    return path


@pytest.mark.parametrize(("row", "scenario"), OTHERS)
def test_a_file_of_another_scenario_is_known_by_its_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], row: dict[str, str], scenario: str
) -> None:
    file = written(tmp_path / "file.csv", row)
    assert cli.main(["build", str(file)]) == 2
    said = capsys.readouterr().err
    assert (
        f"run breakeven new {scenario} {tmp_path}, then breakeven build {tmp_path}" in said and "--target NAME" in said
    )
    assert cli.main(["new", scenario, str(tmp_path)]) == 0
    assert "product.yaml for file.csv" in capsys.readouterr().out
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file.csv", "product.yaml"]
    need = registry.parse_brief(brief.read(tmp_path), tmp_path)
    assert (need.scenario, need.data) == (scenario, "file.csv")


@pytest.mark.parametrize("names", ["text,label", "customer_id,age,plan,churned", "user,date,amount", "question,score"])
def test_other_tables_are_no_other_scenarios(tmp_path: Path, capsys: pytest.CaptureFixture[str], names: str) -> None:
    file = written(tmp_path / "file.csv", dict.fromkeys(names.split(","), "1"))
    assert cli.main(["check", str(file)]) == 2
    assert "breakeven new" not in capsys.readouterr().err


def test_a_file_among_others_is_moved_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path / "orders.csv", EVENTS)
    written(tmp_path / "staff.csv", {"a": "1"})
    assert cli.main(["check", str(file)]) == 2
    assert f"move it to {tmp_path / 'orders'}, and run breakeven new recommend" in capsys.readouterr().err


@pytest.mark.parametrize(("word", "page", "others"), CODE_PAGES)
def test_the_likeliest_other_encodings_are_named_with_what_they_read(
    tmp_path: Path, word: str, page: str, others: str
) -> None:
    path = tmp_path / "names.csv"
    path.write_bytes("\n".join(["name,sum", *[f"{word},{i}" for i in range(40)]]).encode(page))
    assert encoding.find(path).name == page
    said = next(one for one in dialect.inspect(path).findings if one.kind == "encoding")
    assert f"the likeliest others are encoding: {others}" in said.done


def test_codes_of_digits_and_letters_are_no_numbers_with_units(check: Check) -> None:
    chance = random.Random(2)
    codes = [f"{i}-{''.join(chance.choices('ABCDEFGHJKLMNPQRSTUVWXYZ', k=5))}" for i in range(1000, 1000 + ROWS)]
    age = chance.sample(range(1000), ROWS)
    found = check({"customerID": codes, "age": age, "y": noisy([v > 500 for v in age])}, "y")
    assert column(found, "customerID").role == "id" and not asked(found)


def test_a_rare_class_is_said_once_and_repeated_rows_without_nothing(check: Check) -> None:
    chance = random.Random(5)
    rows = [(chance.random(), chance.random(), "yes" if i % 40 == 7 else "no") for i in range(ROWS - 10)]
    a, b, y = zip(*rows, *[row for row in rows if row[2] == "no"][:10], strict=True)
    found = check({"a": a, "b": b, "y": y}, "y")
    said = {f.kind: f"{f.what}; {f.done}" for f in found.findings}
    assert said["imbalance"].endswith("splits keep the shares") and "average_precision" in said["metric"]
    assert "(0 of" not in said["duplicates"]

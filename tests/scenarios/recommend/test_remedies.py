"""Errors of a shop whose remedy is a line of product.yaml: the line is taken out of the message, written there, and works."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from breakeven.core.errors import InputError
from breakeven.scenarios.recommend import problem
from breakeven.scenarios.registry import load_brief
from tests.scenarios.recommend.conftest import events, folder, listed

#: Lines that may have to be followed one after another.
MOST_LINES = 3


def renamed(text: str, **names: str) -> str:
    head, _, rest = text.partition("\n")
    return ",".join(names.get(column, column) for column in head.split(",")) + "\n" + rest


def column_more(text: str, name: str, values: list[str]) -> str:
    lines = text.splitlines()
    rows = [f"{line},{values[n % len(values)]}" for n, line in enumerate(lines[1:])]
    return "\n".join([f"{lines[0]},{name}", *rows]) + "\n"


USERS = "person,city\n" + "".join(f"u{u},{'AB'[u % 2]}\n" for u in range(90))
FOLLOWS = "a b,c\n" + "".join(f"u{u},u{u + 1}\n" for u in range(80))
STAPLES = "user,item,kind,time\n" + "".join(
    f"u{u},商品{(u + n) % 6},purchase,{1_750_000_000 + 86_400 * n}\n" for u in range(60) for n in range(30)
)
BOUGHT_AFTER_VIEWS = "user,item,kind,time\n" + "".join(
    f"u{u},商品{(u + n) % 45},{kind},{1_750_000_000 + 86_400 * n}\n"
    for u in range(60)
    for n in range(12)
    for kind in ("view", "purchase")
)
BY_NUMBER = column_more(renamed(listed(), item="code"), "sku", [f"商品{i}" for i in range(46)])

#: Name -> the files of a folder by their names, and keys of the section `recommend`.
CASES: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "events of other names": ({"events.csv": renamed(events(), user="who", item="what")}, {}),
    "an item list of another name": ({"items.csv": renamed(listed(), item="code")}, {}),
    "a user list of another name": ({"users.csv": USERS}, {"users": "users.csv"}),
    "friends of other names": ({"friends.csv": FOLLOWS}, {"friends": "friends.csv"}),
    "items by another column": (
        {"items.csv": renamed(BY_NUMBER, sku="our name", code="item").replace("\n商品", "\nx")},
        {},
    ),
    "times that cannot be read": (
        {"events.csv": re.sub(r",(\d+)\n", lambda m: f",week {int(m[1]) // 604_800}\n", events())},
        {},
    ),
    "staples": ({"events.csv": STAPLES}, {"repeat": "never"}),
    "purchases after views": ({"events.csv": BOUGHT_AFTER_VIEWS}, {}),
    "weights without kinds": ({}, {"kinds": ["view"]}),
    "a column that is no kind": (
        {"events.csv": column_more(renamed(events(), kind="shape"), "type", [f"t{n}" for n in range(1_100)])},
        {},
    ),
    "kinds nobody knows": ({"events.csv": events().replace(",cart,", ",wave,")}, {}),
    "a state in other words": ({"items.csv": column_more(renamed(listed(), stock="x"), "status", ["active"])}, {}),
}


def lines_in(text: str) -> Iterator[dict[str, Any]]:
    """The lines of product.yaml that a remedy names."""
    for found in re.finditer(r"(columns|recommend): \{", text):
        depth, end = 0, found.end() - 1
        for end in range(found.end() - 1, len(text)):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            if not depth:
                break
        yield yaml.safe_load(text[found.start() : end + 1])


def complaint(place: Path) -> tuple[str, str]:
    """What is wrong or asked, and what to do; two empty texts where nothing is."""
    try:
        found = problem.collect(load_brief(place))
    except InputError as error:
        return error.what, error.remedy
    return next(((f.what, f.done) for f in found.findings if f.level == "question"), ("", ""))


def written(place: Path, line: dict[str, Any]) -> None:
    brief = yaml.safe_load((place / "product.yaml").read_text())
    for section, mapping in line.items():
        brief.setdefault(section, {}).update(mapping)
    (place / "product.yaml").write_text(yaml.safe_dump(brief, allow_unicode=True))


def followed(place: Path, copy: Path) -> bool:
    """Whether one of the remedies' lines leads, in a few steps, to a shop of which nothing is asked."""
    for step in range(MOST_LINES):
        what, remedy = complaint(place)
        if not what:
            return step > 0
        for n, line in enumerate(lines_in(remedy)):
            tried = copy / f"{step} {n}"
            shutil.copytree(place, tried)
            written(tried, line)
            if complaint(tried)[0] != what:
                place = tried
                break
        else:
            return False
    return not complaint(place)[0]


@pytest.mark.parametrize("name", CASES)
def test_a_remedy_that_is_a_line_of_the_brief_works(name: str, tmp_path: Path) -> None:
    files, own = CASES[name]
    place = folder(tmp_path / "shop", recommend=own)
    for file, text in files.items():
        (place / file).write_text(text, encoding="utf-8")
    assert followed(place, tmp_path), complaint(place)


def test_one_key_holds_for_every_file_and_a_file_can_be_named(tmp_path: Path) -> None:
    """`id` is the event in one file, the item in another and the person in a third; prices have a decimal comma."""
    items = re.sub(r",(\d+),(\d+)\n", r',"\1,500",\2\n', renamed(listed(), item="id"))
    place = folder(
        tmp_path / "shop",
        items=items,
        recommend={"users": "users.csv"},
        columns={"price": "number(comma)", "users.id": "user", "city": "ignore"},
    )
    (place / "users.csv").write_text(renamed(USERS, person="id"))
    found = problem.collect(load_brief(place))
    assert found.shop.items.prices[found.shop.items.ids.index("商品3")] == 4.5
    assert "are not in the user list" not in str(found.findings)


def test_a_column_that_no_file_has_is_named(tmp_path: Path) -> None:
    place = folder(tmp_path / "shop", columns={"items.cost": "price"})
    with pytest.raises(
        InputError, match=r"no file has a column 'items.cost' that can be the price; columns are: user,"
    ):
        problem.collect(load_brief(place))
    written(place, {"columns": {"usr": "user"}})
    with pytest.raises(InputError, match="no file has a column"):
        problem.collect(load_brief(place))

"""Roles, findings and errors of the data, through the brief as a user writes it."""

from __future__ import annotations

import numpy as np
import pytest

from breakeven import pipeline
from breakeven.collect import split
from breakeven.core.errors import InputError
from breakeven.core.types import Split
from breakeven.scenarios.registry import load_brief


def check(place):
    return pipeline.check(load_brief(place))


def rows(header: str, line, count: int = 60) -> str:
    return header + "\n" + "\n".join(line(i) for i in range(count)) + "\n"


def found(collected, kind: str):
    return [f for f in collected.findings if f.kind == kind]


def test_roles_and_reasons(folder) -> None:
    roles = {c.name: (c.role, c.reason) for c in check(folder()).columns}
    assert {n: r for n, (r, _) in roles.items()} == {
        "customer_no": "id", "age": "number", "plan": "category", "city": "category", "signed": "time", "spend": "number"}  # fmt: skip
    assert all(reason for _, reason in roles.values())


def test_the_briefs_role_wins(folder) -> None:
    collected = check(folder(columns={"age": "category", "spend": "ignore"}))
    assert {c.name: c.role for c in collected.columns}["age"] == "category"
    assert "spend" in collected.schema.ignored


def test_texts_are_told_apart_and_read(folder) -> None:
    text = rows("note,x,left", lambda i: f"the customer number {i} called about bill {i * 7},{i % 9},{'yn'[i % 2]}")
    collected = check(folder(text))
    assert next(c.role for c in collected.columns if c.name == "note") == "text"
    assert {f.name: f.role for f in collected.schema.fields} == {"note": "text", "x": "number"}
    assert collected.rows.layout.texts == ("note",)


def test_a_leak_is_set_aside_and_said(folder) -> None:
    text = rows(
        "x,closed,left", lambda i: f"{(i * 37) % 11},{'gone' if i % 3 else 'here'},{'yes' if i % 3 else 'no'}", 200
    )
    collected = check(folder(text))
    assert [f.column for f in found(collected, "leak")] == ["closed"]
    assert [f.name for f in collected.schema.fields] == ["x"]
    kept = check(folder(text, columns={"closed": "category"}))
    assert [f.name for f in kept.schema.fields] == ["x", "closed"]


def test_constants_outliers_missing_duplicates_imbalance(folder) -> None:
    def line(i: int) -> str:
        return f"same,{'' if i % 5 == 0 else i % 50},{10**9 if i == 7 else i % 13},{'yes' if i % 25 == 0 else 'no'}"

    collected = check(folder(rows("c,m,o,left", line, 300)))
    kinds = {f.kind for f in collected.findings}
    assert {"ignored column", "missing values", "far-out values", "duplicates", "imbalance"} <= kinds
    assert found(collected, "missing values")[0].count == 60
    assert found(collected, "far-out values")[0].where == (8,)
    units = [tuple(r) for r in np.nan_to_num(collected.rows.X, nan=-1)]
    test = {units[i] for i in collected.rows.test_rows}
    assert not test & {units[i] for i in collected.rows.open_rows}


def test_numbers_written_as_people_do(folder) -> None:
    text = rows("price,x,left", lambda i: f'"{["￥1,200", "１２", "30%", "$4.5"][i % 4]}",{i % 7},{"yn"[i % 3 % 2]}')
    collected = check(folder(text))
    assert sorted(set(collected.rows.X[:, 0])) == [0.3, 4.5, 12, 1200]


def test_impossible_values_are_counted(folder) -> None:
    text = rows("n,x,left", lambda i: f"{'oops' if i == 3 else i},{'inf' if i == 9 else i % 5},{'yn'[i % 2]}", 100)
    wrong = found(check(folder(text)), "impossible values")
    assert {(f.column, f.count, f.where) for f in wrong} == {("n", 1, (4,)), ("x", 1, (10,))}


def test_missing_spellings_are_read_as_missing_and_said(folder) -> None:
    words = ("n/a", "-", "None")
    text = rows(
        "income,day,plan,left",
        lambda i: (
            f"{words[i % 3] if i % 7 == 0 else i * 13},{words[i % 3] if i % 9 == 0 else f'2025-01-{i % 28 + 1:02d}'},"
            f"{'None' if i % 2 else 'paid'},{'yn'[i % 5 % 2]}"
        ),
        84,
    )
    collected = check(folder(text))
    assert {c.name: c.role for c in collected.columns} == {"income": "number", "day": "time", "plan": "category"}
    assert [(f.column, f.count) for f in found(collected, "missing spellings")] == [("income", 12), ("day", 10)]
    assert not found(collected, "impossible values")
    assert collected.schema.fields[2].levels == ("None", "paid")


def test_split_follows_groups_and_time(folder) -> None:
    text = rows("patient_id,x,left", lambda i: f"P{i % 20},{i % 17},{'yn'[(i // 20) % 2]}", 200)
    collected = check(folder(text, split={"test": 0.2}))
    assert (collected.split.by, collected.split.column, collected.split.chosen_by) == ("group", "patient_id", "data")
    timed = check(folder(split={"test": 0.2}))
    assert (timed.split.by, timed.split.column) == ("time", "signed")


def test_a_split_by_a_time_that_cannot_be_divided_is_said(folder) -> None:
    split_by = {"by": "time(day)", "test": 0.2}
    text = rows("day,x,left", lambda i: f"2026-0{1 + (i > 189)}-01,{i % 17},{'yn'[i % 2]}", 200)
    (few,) = found(check(folder(text, split=split_by)), "few times")
    assert few.level == "warning" and few.what.startswith("30 of 40 test rows are of the same time")
    days = rows("day,x,left", lambda i: f"2026-01-{10 + i // 20},{i % 17},{'yn'[i % 2]}", 200)
    assert not found(check(folder(days, split=split_by)), "few times")


def test_personal_data_is_said_and_removed_on_request(folder) -> None:
    text = rows("mail,x,left", lambda i: f"p{i % 9}@example.org,{i % 5},{'yn'[i % 2]}", 100)
    assert found(check(folder(text)), "personal data")[0].done == "kept"
    collected = check(folder(text, privacy={"anonymise": True}))
    assert [f.name for f in collected.schema.fields] == ["x"]


def test_rare_classes_are_left_out_and_said(folder) -> None:
    collected = check(folder(rows("x,left", lambda i: f"{i % 23},{'c' if i < 2 else 'ab'[i % 2]}", 100)))
    assert collected.rows.classes == ("a", "b")
    assert found(collected, "rare classes")[0].count == 2


@pytest.mark.parametrize(
    ("text", "keys", "words"),
    [
        (
            rows("x,left", lambda i: f"{i},{'yn'[i % 2] if i % 5 > 2 else ''}", 200),
            {},
            ["missing in 120 of 200 rows (lines 2,", "more than half", "write it there", "{left: category(known)}"],
        ),
        (
            rows("x,left", lambda i: f"{i},{'y' if i % 2 else ''}", 200),
            {},
            ["only one value, 'y'", "an empty cell means"],
        ),
        (rows("x,left", lambda i: f"{i},{'yn'[i % 2] if i % 7 < 4 else ''}"), {}, ["36 rows have a target", "40"]),
        (
            rows("x,left", lambda i: f"{i % 7},{'inf' if i % 9 == 5 else i * 1.5}"),
            {},
            ["7 of 60 rows are infinite or beyond 3.4e+38", "lines 7"],
        ),
        (rows("x,left", lambda i: f"{i},y"), {}, ["only one value"]),
        (rows("x,gone", lambda i: f"{i},y"), {}, ["'left' is not in the data"]),
        (rows("x,left", lambda i: f"{i},{'yn'[i % 2]}", 3), {}, ["3 rows are too few", "40"]),
        (
            rows("x,left", lambda i: f"{i % 7},{'abc' if i % 10 == 5 else i * 1.5}", 200),
            {"columns": {"left": "number"}},
            ["20 of 200 rows hold no number", "'abc' (lines 7,"],
        ),
        (rows("x,left", lambda i: f"{i},name {i}"), {}, ["no classes"]),
        (rows("x,left", lambda i: f"{i % 7},{'yn'[i % 2]}"), {"columns": {"y": "number"}}, ["no column 'y'"]),
        (rows("x,left", lambda i: f"{'ab'[i % 2]},{'yn'[i % 2]}"), {"columns": {"x": "number"}}, ["no number"]),
        (rows("x,left", lambda i: f"{i % 7},{'yn'[i % 2]}"), {"metric": "rmse"}, ["rmse", "regression"]),
        (rows("x,left", lambda i: f"{i % 7},{'yn'[i % 2]}"), {"split": {"by": "time(when)"}}, ["no column 'when'"]),
        (rows("x,left", lambda i: f"same,{'yn'[i % 2]}"), {}, ["no column is left"]),
        (
            rows("day,x,left", lambda i: f"2026-01-01,{i % 7},{'yn'[i % 2]}"),
            {"split": {"by": "time(day)"}},
            ["'day' is not used (", "name a time column"],
        ),
        (
            rows("g,x,left", lambda i: f"{'ab'[i % 2]},{i % 7},{'yn'[i % 3 % 2]}"),
            {"split": {"by": "group(g)"}},
            ["only 2 groups"],
        ),
        (rows("x,left", lambda i: f"v{i},{'yn'[i % 2]}", 12_000), {"columns": {"x": "category"}}, ["12,000", "10,000"]),
    ],
)
def test_bad_data_is_named(folder, text: str, keys: dict, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        check(folder(text, **keys))
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_hundred_thousand_levels_are_not_a_category(folder) -> None:
    collected = check(folder(rows("x,z,left", lambda i: f"v{i},{i % 7},{'yn'[i % 2]}", 100_000)))
    assert next(c for c in collected.columns if c.name == "x").role == "id"
    assert [f.name for f in collected.schema.fields] == ["z"]


def test_feedback_rows_join_training_only(folder) -> None:
    place = folder()
    wanted = load_brief(place)
    plain = pipeline.check(wanted)
    extra = [{"age": 30, "plan": "pro", "city": None, "signed": None, "spend": 3, "left": "no"}]
    from breakeven.tables import problem

    joined = problem.collect(wanted, None, extra)
    assert len(joined.rows.open_rows) == len(plain.rows.open_rows) + 1
    assert np.array_equal(joined.rows.test_rows, plain.rows.test_rows)
    with pytest.raises(InputError, match="maybe"):
        problem.collect(wanted, None, [{**extra[0], "left": "maybe"}])


def test_codes_with_leading_zeros_stay_apart_when_the_brief_says_category(folder) -> None:
    text = rows("zip,x,left", lambda i: f"{['01234', '1234'][i % 2]},{i % 7},{'yn'[i % 3 % 2]}", 100)
    collected = check(folder(text, columns={"zip": "category"}))
    assert collected.schema.fields[0].levels == ("01234", "1234")


def test_semicolons_with_decimal_commas(folder) -> None:
    collected = check(folder(rows("a;b;left", lambda i: f"{i},5;2,{i % 9}5;{'yn'[i % 2]}", 100)))
    assert [(f.name, f.role) for f in collected.schema.fields] == [("a", "number"), ("b", "number")]
    assert collected.rows.X[3].tolist() == [3.5, 2.35]


def test_thousands_commas_stay_thousands_and_are_said(folder) -> None:
    text = rows("pay,x,left", lambda i: f'"{i % 40 + 1},{(i * 37) % 1000:03d}",{i % 7},{"yn"[i % 3 % 2]}', 100)
    collected = check(folder(text))
    assert collected.rows.X[3].tolist() == [4111, 3]
    asked = found(collected, "number format")[0]
    assert asked.level == "question"
    assert asked.what == "'1,000' is read as 1000, and could be 1; no cell decides"
    assert "columns: {pay: number(comma)}" in asked.done
    text = text.replace('"4,111"', '"0,111"')
    collected = check(folder(text))
    assert collected.rows.X[3].tolist() == [0.111, 3]
    assert collected.rows.X[0].tolist() == [1, 0]
    assert not found(collected, "number format")  # 0,111 decides
    assert "numbers with decimal comma" in next(c.reason for c in collected.columns if c.name == "pay")


def test_plain_numbers_have_the_point_format(folder) -> None:
    collected = check(folder())
    spend = next(f for f in collected.schema.fields if f.name == "spend")
    assert spend.format is not None and (spend.format.decimal, spend.format.thousands) == (".", ",")
    assert not found(collected, "number format")


def test_a_header_of_two_lines_is_one_record(folder) -> None:
    collected = check(folder(rows('"a\nb",left', lambda i: f"{i % 23},{'yn'[i % 2]}", 100)))
    assert collected.schema.fields[0].name == "a\nb"
    assert len(collected.rows.y) == 100


def test_too_few_different_rows_are_said(folder) -> None:
    with pytest.raises(InputError, match="different rows"):
        check(folder(rows("a,b,c,left", lambda i: ",".join([f"v{i % 5}"] * 3) + f",{'yn'[i % 3 % 2]}", 124)))


def test_outcomes_equal_to_sealed_rows_stay_out(folder) -> None:
    from breakeven.tables import problem

    text = rows("a,b,left", lambda i: f"{i},{i * 3 % 101},{'yn'[i % 2]}", 100).replace("\n0,", "\n0.5,")
    wanted = load_brief(folder(text, columns={"a": "number", "b": "number"}))
    plain = pipeline.check(wanted)
    sealed = plain.rows.X[plain.rows.test_rows[0]]
    extra = [{"a": float(sealed[0]), "b": float(sealed[1]), "left": "y"}, {"a": 999.5, "b": 1, "left": "n"}]
    joined = problem.collect(wanted, None, extra)
    assert len(joined.rows.open_rows) == len(plain.rows.open_rows) + 1
    assert found(joined, "outcomes of sealed rows")[0].count == 1


def test_another_name_or_level_is_another_build(folder) -> None:
    text = rows("a,b,left", lambda i: f"{i % 31},{'pq'[i % 2]},{'yn'[i % 3 % 2]}", 100)
    marks = {
        check(folder(t)).fingerprint
        for t in (text, text.replace("a,b,left", "z,b,left"), text.replace(",p,", ",r,"), text)
    }
    assert len(marks) == 3


def test_large_media_are_judged_by_some_of_the_validation_rows() -> None:
    y = np.arange(400) % 2
    units = np.arange(400) // 3  # copies in threes
    parts = split.parts(units, y, "classification", Split(), None, 0)
    fewer = split.judged_by(parts, units, 50, 0)
    for before, after in zip(parts.folds, fewer.folds, strict=True):
        assert 50 <= len(after.validation) < 53 and set(after.validation) < set(before.validation)
        dropped = after.spare
        assert sorted([*dropped, *after.validation]) == sorted(before.validation)
        assert not set(units[dropped]) & set(units[after.validation])
        assert np.array_equal(before.train, after.train)
    assert all(a is b for a, b in zip(split.judged_by(parts, units, 400, 0).folds, parts.folds, strict=True))


def test_folds_carry_the_units_that_splits_keep_together(folder) -> None:
    text = rows("who,x,z,left", lambda i: f"p{i % 30},{(i * 37) % 101},{i % 17},{'yn'[i % 2]}", 300)
    collected = check(folder(text, split={"by": "group(who)"}))
    found = collected.rows
    people = np.array([i % 30 for i in range(300)])
    assert len(np.unique(found.units)) <= 30
    for fold in found.folds:
        assert np.array_equal(fold.validation_units, found.units[fold.validation])
        for person in np.unique(people[fold.validation]):
            assert len(np.unique(fold.validation_units[people[fold.validation] == person])) == 1
        assert not set(found.units[fold.train].tolist()) & set(fold.validation_units.tolist())

"""The door for bodies: size, JSON syntax, nesting and duplicate keys, each refused with its place."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.core.errors import InputError, TooLarge
from breakeven.serving import body
from breakeven.serving.body import MAX_BODY, MAX_DEPTH, MAX_VALUES, Disconnected, NotJson, count_keys, parse, read

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=5)
    | st.sampled_from([":", '":', "a:b"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)


def keys_of(value: object) -> int:
    """The slow twin of count_keys."""
    if isinstance(value, dict):
        return len(value) + sum(map(keys_of, value.values()))
    return sum(map(keys_of, value)) if isinstance(value, list) else 0


@given(JSON)
def test_any_json_comes_back_as_it_is(value: object) -> None:
    assert parse(json.dumps(value).encode()) == value
    assert count_keys(value) == keys_of(value)


@given(st.dictionaries(st.text(max_size=4), JSON, min_size=1, max_size=4), st.data())
def test_a_key_that_stands_twice_is_refused_wherever_it_stands(value: dict[str, object], data: st.DataObject) -> None:
    twice = data.draw(st.sampled_from(sorted(value)))
    inner = json.dumps(value)[:-1] + f", {json.dumps(twice)}: 1}}"
    for text in (inner, f"[{inner}]", f'{{"a": [1, {inner}]}}'):
        with pytest.raises(InputError, match="stands twice"):
            parse(text.encode())


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b'{"rows": [{"a": 1}, {"b": %s}]}', "rows[1], b: "),
        (b'{"a": %s}', "body, a: "),
        (b'[{"UserId": %s}]', "[0], UserId: "),
        (b"%s", "body: "),
    ],
)
@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 200, 900])
def test_deep_nesting_is_refused_with_its_field(raw: bytes, place: str, depth: int) -> None:
    with pytest.raises(InputError) as error:
        parse(raw % (b"[" * depth + b"]" * depth))
    assert str(error.value).startswith(place) and "nested more than" in str(error.value)


def test_the_deepest_nesting_that_is_read() -> None:
    parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(InputError, match="nested"):
        parse(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"NaN",
        b'{"a": Infinity}',
        b"\xff",
        b'{"a": 1} x',
        b'"\\ud800"',
        b"[" * 5_000 + b"]" * 5_000,
    ],
)
def test_what_is_not_json_is_400_with_line_and_column(raw: bytes) -> None:
    with pytest.raises(NotJson, match=r"body, line \d+, column \d+: not JSON") as error:
        parse(raw)
    assert error.value.status == 400


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"9" * 400, b"9" * 5_000, b"-" + b"9" * 5_000])
def test_a_number_that_no_float_holds_is_out_of_range(number: bytes) -> None:
    with pytest.raises(InputError, match=r"line 2, column \d+: a number beyond") as error:
        parse(b'{"a":\n %s}' % number)
    assert error.value.status == 422


COUNTED = {"numbers": b"[" + b"1," * MAX_VALUES + b"1]", "keys": b"{" + b",".join([b'"a":1'] * (MAX_VALUES + 1)) + b"}",
           "quotes": b"[" + rb'"\"\\",' * MAX_VALUES + b"1]"}  # fmt: skip


@pytest.mark.parametrize("raw", COUNTED.values(), ids=COUNTED)
def test_more_values_than_allowed_are_refused(raw: bytes) -> None:
    with pytest.raises(TooLarge, match="more than 1,000,000 values"):
        parse(raw)


@pytest.mark.parametrize("text", ["," * MAX_VALUES, '\\"' + "," * MAX_VALUES, "\\\\" + "," * MAX_VALUES + '\\"'])
def test_commas_of_texts_are_no_values(text: str) -> None:
    assert parse(f'["{text}", 1]'.encode(), max_text=2 * MAX_VALUES) == [json.loads(f'"{text}"'), 1]


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"rows": [{"a": "x" * 11}]}, r"rows\[0\], a"),
        (["x" * 11], r"\[0\]"),
        ("x" * 11, "body"),
        ({"y" * 11: 1}, "body, yyy"),
    ],
)
def test_a_text_that_is_too_long_is_refused_with_its_place(value: object, place: str) -> None:
    with pytest.raises(TooLarge, match=rf"{place}.*11 characters"):
        parse(json.dumps(value).encode(), max_text=10)


def received(*pieces: bytes, length: int | None = None) -> bytes:
    """A body that comes in pieces."""
    messages = [{"type": "http.request", "body": p, "more_body": i < len(pieces) - 1} for i, p in enumerate(pieces)]
    taken = iter(messages)

    async def receive() -> dict[str, object]:
        return next(taken)

    headers = [] if length is None else [(b"content-length", b"%d" % length)]
    return asyncio.run(read(headers, receive))


def test_a_body_in_pieces_is_put_together() -> None:
    assert received(b"ab", b"", b"c") == b"abc" and received(b"abc") == b"abc"


def test_a_body_is_refused_by_its_announced_and_by_its_real_length() -> None:
    with pytest.raises(TooLarge, match="over the limit of 17 MB"):
        received(length=MAX_BODY + 1)  # no piece is waited for
    with pytest.raises(TooLarge, match="more than 15 digits"):
        received(length=10**500)
    with pytest.raises(TooLarge):
        received(b"a" * MAX_BODY, b"b", b"never asked for", length=5)


def test_a_body_whose_client_leaves_is_none() -> None:
    messages = iter([{"type": "http.request", "body": b"{}", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> dict[str, object]:
        return next(messages)

    with pytest.raises(Disconnected):
        asyncio.run(read([], receive))


def test_places() -> None:
    assert (
        body.place(["rows"]) == "body, rows"
        and body.place(["rows", 2]) == "rows[2]"
        and len(body.place(["x" * 500])) <= 150
    )

"""Bodies and queries by their types: every refusal names place, value and remedy."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import UNSET, Meta, UnsetType

from breakeven.core.errors import InputError, TooLarge
from breakeven.serving.decode import decode_body, decode_query


class Item(msgspec.Struct, forbid_unknown_fields=True):
    item: str | int
    title: Annotated[str, Meta(max_length=5)] | UnsetType | None = UNSET
    price: Annotated[float, Meta(ge=0)] | None = None
    tags: Annotated[list[str], Meta(max_length=2)] | UnsetType = UNSET
    hidden: bool = False
    kind: Literal["old", "new"] = "new"


class Batch(msgspec.Struct, forbid_unknown_fields=True):
    items: Annotated[list[Item], Meta(min_length=1, max_length=3)]


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    k: Annotated[int, Meta(ge=1, le=1_000)] = 10
    share: Annotated[float, Meta(gt=0, lt=1)] | UnsetType = UNSET
    explain: bool | UnsetType = UNSET
    name: str | UnsetType = UNSET


@pytest.mark.parametrize(
    ("item", "status", "message"),
    [
        ({}, 422, "items[0], item: it is missing; send it; see /docs"),
        ({"item": []}, 422, "items[0], item: a list of 0 is not a whole number or text; send a whole number or text"),
        ({"item": True}, 422, "items[0], item: true is not"),
        ({"item": 1, "title": {"a": 1}}, 422, "items[0], title: an object of 1 is not text; send text or null"),
        ({"item": 1, "title": "too long"}, 413, "items[0], title: 8 characters are over the limit of 5; send fewer"),
        ({"item": 1, "price": -1}, 422, "items[0], price: -1 is below 0; send a number of at least 0"),
        ({"item": 1, "price": "1"}, 422, "items[0], price: '1' is not a number; send a number or null"),
        ({"item": 1, "tags": ["a", 1]}, 422, "items[0], tags[1]: 1 is not text"),
        ({"item": 1, "tags": ["a"] * 3}, 413, "items[0], tags: 3 entries are over the limit of 2"),
        ({"item": 1, "hidden": None}, 422, "items[0], hidden: null is not true or false"),
        ({"item": 1, "kind": "odd"}, 422, "items[0], kind: 'odd' is none of the values it may have"),
        ({"item": 1, "tittle": "a"}, 422, "items[0]: unknown key 'tittle'; did you mean 'title'?"),
        (5, 422, "items[0]: 5 is not an object"),
    ],
)
def test_a_wrong_field_is_named(item: object, status: int, message: str) -> None:
    with pytest.raises(InputError) as error:
        decode_body({"items": [item]}, Batch)
    assert str(error.value).startswith(message) and error.value.status == status
    with pytest.raises(InputError, match=r"^items\[1\]"):
        decode_body({"items": [{"item": 1}, item]}, Batch)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "body, items: it is missing"),
        ([], "body: a list of 0 is not an object; send an object with 'items'"),
        (None, "body: null is not an object"),
        ({"items": []}, "body, items: the list is empty; send at least 1"),
        ({"items": "x"}, "body, items: 'x' is not a list"),
        ({"items": [{"item": 1}], "more": 1}, "body: unknown key 'more'; known: items"),
        ({"item": 1, "title": "a"}, "body: unknown key 'item'; did you mean 'items'?"),
        ({"label": "a"}, "body: unknown key 'label'; known: items"),
        ({"items": [{"items": []}]}, "items[0]: unknown key 'items'; did you mean 'item'?"),
    ],
)
def test_a_wrong_body_is_named(body: object, message: str) -> None:
    with pytest.raises(InputError) as error:
        decode_body(body, Batch)
    assert str(error.value).startswith(message)


def test_a_tuple_has_its_length() -> None:
    with pytest.raises(InputError, match=r"^\[1\]: a list of 3 where 2 are expected; send 2$"):
        decode_body([[1, "a"], [1, "a", 2]], list[tuple[float, str]])


def test_too_many_are_413() -> None:
    with pytest.raises(TooLarge, match="4 entries are over the limit of 3"):
        decode_body({"items": [{"item": 1}] * 4}, Batch)


class Lists(msgspec.Struct, frozen=True):
    exclude: str | tuple[str, ...] = ()
    one: str = ""


def test_a_query_is_read_as_its_types() -> None:
    assert decode_query(b"", Query) == Query()
    assert decode_query(b"k=5&share=0.5&explain=1&name=%E5%BC%A0", Query) == Query(5, 0.5, True, "\u5f20")
    assert decode_query(b"k=2&k=2&explain=false", Query) == Query(2, explain=False)
    assert decode_query(b"exclude=a&exclude=b,c&one=x", Lists) == Lists(("a", "b,c"), "x")
    assert decode_query(b"explain&name=", Query) == Query(explain=True, name="")
    assert decode_query(b"name=" + b"x" * 5_000, Query).name == "x" * 5_000


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (b"k=1&k=2", "query, k: it is given twice, with two values; send one"),
        (b"k=0", "query, k: 0 is below 1; send a whole number of at least 1"),
        (b"k=1001", "query, k: 1,001 is above 1,000; send a whole number of at most 1,000"),
        (b"k=", "query, k: '' is not a whole number"),
        (b"k=1.5", "query, k: '1.5' is not a whole number"),
        (b"k=" + b"9" * 5_000, "query, k: "),
        (b"share=1", "query, share: 1 is not less than 1; send a number of less than 1"),
        (b"share=nan", "query, share: nan is"),
        (b"explain=maybe", "query, explain: 'maybe' is not true or false"),
        (b"explian=1", "query: unknown key 'explian'; did you mean 'explain'?"),
    ],
)
def test_a_wrong_query_is_named(query: bytes, message: str) -> None:
    with pytest.raises(InputError) as error:
        decode_query(query, Query)
    assert str(error.value).startswith(message) and len(str(error.value)) < 200

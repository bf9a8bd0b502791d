"""What is asked about a row, and how answers are read."""

from __future__ import annotations

import json

import numpy as np
import pytest

from breakeven.features.media import Memory
from breakeven.features.number_format import NumberFormat
from breakeven.features.schema import Field, Schema
from breakeven.models.hosted.question import Question, tokens

CLASSES = ("refund", "delivery", "login")
MIXED = Schema((Field("age", "number"), Field("plan", "category", levels=("free", "paid")), Field("note", "text"),
                Field("photo", "image")))  # fmt: skip
CHOICE = Question("topic", MIXED, CLASSES)


@pytest.mark.parametrize(("answer", "name"), [
    ("refund", "refund"), (" Refund.\n", "refund"), ('"ＬＯＧＩＮ"', "login"), ("refund or login", None), ("", None),
    ('{"answer": "delivery"}', "delivery"), ('```json\n{"answer": "Login"}\n```', "login"), ('{"answer": "spam"}', None),
    ('{"answer": ["refund"]}', None), ('{"answer": "refund"', None), ('{"topic": "refund"}', None), ("None", None),
    ("{" * 100_000, None), ('{"answer": null}', None),
])  # fmt: skip
def test_classes_are_read_strictly(answer: str, name: str | None) -> None:
    place = CHOICE.parse(answer)
    assert (None if place is None else CLASSES[int(place)]) == name


@pytest.mark.parametrize(("answer", "value"), [
    ('{"answer": 12.5}', 12.5), ("12.5", 12.5), ("12.", 12.0), ("$1,250", 1250.0), ('{"answer": "1,250.5"}', 1250.5), ("-3", -3.0),
    ("12 or 13", None), ("", None), ('{"answer": true}', None), ('{"answer": null}', None),
    ("NaN", None), ('{"answer": NaN}', None), ('{"answer": Infinity}', None), ("1e300", None), ('{"answer": {"a": 1}}', None),
    ('{"answer": 1' + "0" * 400 + "}", None),
])  # fmt: skip
def test_numbers_are_read_strictly(answer: str, value: float | None) -> None:
    assert Question("price", MIXED, ()).parse(answer) == value


def test_numbers_are_read_as_the_target_is_written() -> None:
    german = Question("price", MIXED, (), None, NumberFormat(",", ".", "km"))
    assert german.parse("1.250,5 km") == 1250.5 and german.parse("12,500") == 12.5
    assert german.parse("12 miles") is None
    assert " in km" in german.shared(np.zeros((0, 4)), np.zeros(0), 0)[0]["content"]


def test_a_mixed_row_has_its_words_and_its_image() -> None:
    media = Memory({"note": ["write to a.b@c.com"]}, {"photo": np.zeros((1, 4, 4, 3), np.uint8)})
    question = Question("topic", MIXED, CLASSES, media)
    words, picture = question.about(np.array([31.0, 1.0, 0.0, 0.0]))["content"]
    assert words == {"type": "text", "text": "age: 31\nplan: paid\nnote: write to <e-mail>"}
    assert picture["image_url"]["url"].startswith("data:image/png;base64,")
    assert question.about(np.array([31.0, np.nan, np.nan, np.nan])) == {"role": "user", "content": "age: 31"}


def test_an_image_counts_as_an_image_and_not_as_its_letters() -> None:
    media = Memory({}, {"photo": np.random.default_rng(0).integers(0, 255, (1, 64, 64, 3)).astype(np.uint8)})
    question = Question("topic", Schema((Field("photo", "image"),)), CLASSES, media)
    assert 250 < tokens([question.about(np.zeros(1))]) < 300


def test_examples_take_turns_among_the_classes() -> None:
    y = np.array([0] * 50 + [1] * 3 + [2] * 1)
    X = np.zeros((54, 4))
    shown = [json.loads(m["content"])["answer"] for m in CHOICE.shared(X, y, 8) if m["role"] == "assistant"]
    assert sorted(shown) == ["delivery"] * 3 + ["login"] + ["refund"] * 4
    assert len(CHOICE.shared(X, y, 0)) == 1


def test_examples_of_values_go_from_the_least_to_the_greatest() -> None:
    y = np.random.default_rng(0).permutation(100).astype(float)
    shown = [
        json.loads(m["content"])["answer"] for m in Question("v", MIXED, ()).shared(np.zeros((100, 4)), y, 4)[2::2]
    ]
    assert shown == [12, 37, 62, 87]


def test_a_long_class_has_room_in_the_answer() -> None:
    assert Question("y", MIXED, ["word " * 100, "b"]).longest_answer > 300

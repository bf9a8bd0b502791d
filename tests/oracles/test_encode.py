"""The one-row path against the general one, and the views against plain loops."""

from __future__ import annotations

import json

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from breakeven.core.types import Layout
from breakeven.features.calibration import Beta, Isotonic, Temperature, Vector
from breakeven.features.decoding import Decoder
from breakeven.features.schema import Field, Schema
from breakeven.features.view import View

SCHEMA = Schema(
    (Field("age", "number"), Field("plan", "category", ("1", "free", "paid", "上海")), Field("spend", "number")),
    ignored=("id",),
)
ONES, POINTS = (0.7, 1.9, 1.0, 1.3, 0.9, 1.1), ((0.0, 0.2, 0.25, 1.0), (0.01, 0.1, 0.5, 0.99))
MAPS = {
    "temperature": lambda classes: Temperature(2.3),
    "vector": lambda classes: Vector(ONES[:classes], ONES[-classes:]),
    "beta": lambda classes: Beta(*[ONES[: maps_of(classes)]] * 3),
    "isotonic": lambda classes: Isotonic(*([points] * maps_of(classes) for points in POINTS)),
}


def maps_of(classes: int) -> int:
    return 1 if classes == 2 else classes


VALUES = st.one_of(st.none(), st.floats(-(2.0**100), 2.0**100, width=32), st.integers(-(10**9), 10**9))
ROWS = st.fixed_dictionaries(
    {
        "age": VALUES,
        "plan": st.sampled_from(["free", " paid ", "上海", "ｆree", 1, 1.0, None, "new", True]),
        "spend": VALUES,
    }
)


@given(ROWS)
def test_one_row_path_equals_the_general_one(row) -> None:
    assert np.array_equal(SCHEMA.one(row), SCHEMA.matrix(SCHEMA.columns([row])), equal_nan=True)


@given(st.lists(ROWS, min_size=1, max_size=8))
def test_batch_equals_row_by_row(rows) -> None:
    whole = SCHEMA.matrix(SCHEMA.columns(rows))
    assert np.array_equal(whole, np.concatenate([SCHEMA.one(r) for r in rows]), equal_nan=True)


def test_schema_and_views_survive_json(mixed) -> None:
    X, _, layout = mixed
    again = Schema.from_json(json.loads(json.dumps(SCHEMA.to_json())))
    assert again == SCHEMA
    for kind in ("raw", "filled", "dense", "mixed"):
        view = View.fit(kind, X, layout)
        assert np.array_equal(
            msgspec.json.decode(msgspec.json.encode(view), type=View).apply(X), view.apply(X), equal_nan=True
        )


def test_dense_view_against_a_loop() -> None:
    X = np.array([[1.0, 0], [3.0, 1], [np.nan, np.nan], [5.0, 2]])
    view = View.fit("dense", X, Layout(("a", "c"), (0, 3)))
    got = view.apply(X)
    known = [1.0, 3.0, 5.0]
    mean, sd = np.mean(known), np.std(known)
    for i, row in enumerate(X):
        number = 0.0 if np.isnan(row[0]) else (row[0] - mean) / sd
        expected = [number, float(np.isnan(row[0])), *[float(row[1] == k) for k in range(3)]]
        assert np.allclose(got[i], expected, atol=1e-6)
    assert got.shape[1] == view.width


def test_time_parts_against_the_calendar() -> None:
    import datetime as dt

    f = Field("when", "time", origin=0.0)
    moments = [
        dt.datetime(2024, 2, 29, 6, 30, tzinfo=dt.UTC),
        dt.datetime(1969, 12, 31, 23, tzinfo=dt.UTC),
        dt.datetime(2026, 11, 23, tzinfo=dt.UTC),
    ]
    for m, row in zip(moments, f.block(np.array([m.timestamp() for m in moments])), strict=True):
        assert row.tolist() == [m.timestamp() / 86400, m.month, m.weekday(), m.hour + m.minute / 60]


@given(
    st.lists(st.floats(0.0, 1.0, width=32), min_size=2, max_size=6).filter(lambda p: sum(p) > 0.01),
    st.sampled_from([None, *MAPS]),
)
def test_one_answer_equals_the_general_one(row, kind) -> None:
    decoder = Decoder("classification", tuple("abcdef"[: len(row)]), kind and MAPS[kind](len(row)))
    general, one = decoder.answers(np.array([row]))[0], decoder.one(row)
    assert np.allclose(list(one["probabilities"].values()), list(general["probabilities"].values()), rtol=1e-12)
    assert one["probability"] == max(one["probabilities"].values())
    value = Decoder("regression", half_width=0.5)
    assert value.one([1.25]) == value.answers(np.array([[1.25]]))[0]

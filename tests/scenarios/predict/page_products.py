"""Products of rows written down rather than built, for tests of their page and for pictures of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from breakeven.core.types import Array, Row
from breakeven.features.decoding import Decoder
from breakeven.features.media import Media
from breakeven.features.reader import Reader
from breakeven.features.schema import Field, Schema
from breakeven.runtime.description import Description
from breakeven.runtime.explain import Reason, Word
from breakeven.runtime.predictor import Loaded

ODD_NAMES = ("n" * 300, "שם העמודה", "🙂👩‍👩‍👧 <b>&amp;", "__proto__", "elements", "submit", "a=b&c#d", 'quo"te')
MESSAGE = "Hello 🙂, the parcel came late and broken, I want my money back please. 退款，谢谢。"


def odd() -> Loaded:
    """200 classes, 2,000 columns, names of 300 letters, of right-to-left letters, of emoji, and such as a form has itself."""
    fields = tuple(Field(name, "category", levels=tuple(f"{name[:9]}{i}" for i in range(40))) for name in ODD_NAMES)
    fields += tuple(Field(f"c{i}", "number", typical=(1.0,)) for i in range(2000 - len(ODD_NAMES)))
    classes = tuple(f"class {i} {'x' * 300}" for i in range(200))
    about = Description(name="שם", target="🎯" * 50, schema=Schema(fields), decoder=Decoder("classification", classes))

    class Odd(Loaded):
        def predict(self, rows: Sequence[Row]) -> list[dict[str, object]]:
            self.schema.columns(rows)
            found = dict.fromkeys(classes, 1 / 200)
            return [{"prediction": classes[0], "probability": 1 / 200, "probabilities": found} for _ in rows]

        def explain(self, row: Row) -> list[Reason]:
            return [Reason(column=n, value=row[n], effect=(-1) ** i * 0.1) for i, n in enumerate(ODD_NAMES)]  # type: ignore[typeddict-item]

    return Odd(about, about.schema, Reader(None, ()), about.decoder, None, Path())


def pictures() -> Loaded:
    """Whether a picture is bright, with the places of it that speak for the answer."""
    schema = Schema((Field("photo", "image", side=8, channels=3), Field("kind", "category", levels=("a", "b"))))
    decoder = Decoder("classification", ("dark", "bright"))

    class Pictures(Loaded):
        def encode(self, rows: Sequence[Row]) -> tuple[Array, None]:
            return np.array([[np.mean(p) / 255] for p in self.schema.columns(rows)["photo"]]), None

        def scores(self, X: Array, media: Media | None = None) -> Array:
            return np.column_stack([1 - X[:, 0], X[:, 0]])

        def explain(self, row: Row) -> list[Reason]:
            heat = (np.arange(64).reshape(8, 8) / 63).round(2).tolist()
            return [Reason(column="photo", value=None, effect=0.4, heat=heat)]

    about = Description(
        name="light", target="light", schema=schema, decoder=decoder, sample={"photo": None, "kind": "a"}
    )
    return Pictures(about, schema, Reader(None, ()), decoder, None, Path())


def texts() -> Loaded:
    """What a message is about, with the words that speak for the answer."""
    schema = Schema((Field("message", "text"), Field("waited", "number", typical=(3.0,))))
    decoder = Decoder("classification", ("refund", "delivery", "login"))
    about = Description(
        name="tickets", target="topic", schema=schema, decoder=decoder, sample={"message": MESSAGE, "waited": 3.0}
    )
    spoken = {"parcel": -0.04, "late": -0.11, "money": 0.3, "back": 0.12, "退款": 0.2}

    class Texts(Loaded):
        def predict(self, rows: Sequence[Row]) -> list[dict[str, object]]:
            self.schema.columns(rows)
            found = {"refund": 0.83, "delivery": 0.15, "login": 0.02}
            return [{"prediction": "refund", "probability": 0.83, "probabilities": found} for _ in rows]

        def explain(self, row: Row) -> list[Reason]:
            text = str(row["message"])
            words = [Word(text=w, start=text.index(w), effect=e) for w, e in spoken.items() if w in text]
            return [
                Reason(column="message", value=text, effect=0.5, words=words),
                Reason(column="waited", value=3.0, effect=-0.02),
            ]

    return Texts(about, schema, Reader(None, ()), decoder, None, Path())

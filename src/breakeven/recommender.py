"""A shop's recommendations as one object: events in, the next items for each user out.

>>> from breakeven import Recommender
>>> # shop = Recommender(minutes=2).fit(events, items=items)
>>> # shop.recommend("anna", k=5), shop.recommend(["anna", "bo"], k=5), shop.save("shop")
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self, overload

from breakeven import api, frames
from breakeven.core import store, temporary
from breakeven.core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from breakeven.product import Product

#: The scenario of users, items and events.
SCENARIO = "recommend"
#: Files that stand beside the events, by the key of the brief that names them.
BESIDE = ("items", "users", "friends")


class Recommender:
    """Measures which model recommends best from a shop's events, and answers with it.

    Parameters
    ----------
    minutes: what `fit` may take.
    k: items of a shelf where `recommend` does not say.
    candidates: names of models that may race; None: all.
    quiet: show no progress.
    settings: further keys of the brief's section `recommend`, such as `again`, `kinds`, `rules`.
    """

    def __init__(
        self,
        minutes: float = 5.0,
        k: int = 10,
        candidates: Sequence[str] | None = None,
        quiet: bool = False,
        **settings: object,
    ) -> None:
        self.minutes, self.k, self.candidates, self.quiet, self.settings = minutes, k, candidates, quiet, settings
        self._product: Product | None = None

    @property
    def product(self) -> Product:
        """The fitted product, with verdict, leaderboard, report and serve. Raises InputError before `fit`."""
        if self._product is None:
            raise InputError("Recommender", "it is not fitted yet", "call fit first")
        return self._product

    def fit(self, events: object, items: object = None, users: object = None, friends: object = None) -> Self:
        """Learn from tables: events (user, item, and where there are time, kind, value), and where there are items (item, title,
        categories, price, ...), users (user and segments) and friends (user, friend).

        Raises InputError for a mistake in them, in one line.
        """
        with temporary.folder() as folder:
            section: dict[str, object] = {"k": self.k, **self.settings}
            for name, data in zip(BESIDE, (items, users, friends), strict=True):
                if data is not None:
                    section[name] = str(_written(folder / f"{name}.jsonl", data))
            self._product = api.build(
                events,
                minutes=self.minutes,
                candidates=self.candidates,
                quiet=self.quiet,
                scenario=SCENARIO,
                name="shop",
                recommend=section,
            )
        return self

    @overload
    def recommend(self, users: str | int, k: int | None = None) -> list[str]:
        """For one user."""

    @overload
    def recommend(self, users: Sequence[str | int], k: int | None = None) -> pd.DataFrame:
        """For several users."""

    def recommend(self, users: str | int | Sequence[str | int], k: int | None = None) -> list[str] | pd.DataFrame:
        """The next items: a list of them, best first, for one user; a frame (user, rank, item, score, reason) for several.

        Who is not known gets what is popular. Raises InputError before `fit`, MissingExtra for several without pandas.
        """
        one = isinstance(users, str | int)
        asked = {"user": [users] if one else list(users)}  # type: ignore[arg-type]
        found = self.product.predict(asked, k=self.k if k is None else k)
        return [str(item) for item in found["item"]] if one else frames.pandas(found)

    def save(self, folder: str | Path, overwrite: bool = False) -> Path:
        """Keep it in a folder, for `load` and `breakeven serve`. Raises InputError where a product is there already."""
        return self.product.save(folder, overwrite)

    @classmethod
    def load(cls, path: str | Path) -> Recommender:
        """A saved one. Raises ProductError for a changed or unfinished one, InputError for a product of another kind."""
        found = api.load(path)
        if found.scenario != SCENARIO:
            raise InputError(
                str(path), f"a product of scenario {found.scenario!r} recommends nothing", "use breakeven.load"
            )
        made = cls()
        made._product = found
        return made


def _written(path: Path, data: object) -> Path:
    """A table as a file that the brief can name; a path stays."""
    if isinstance(data, str | Path):
        return Path(data).resolve()
    import orjson

    frame = frames.read(data, path.stem)
    rows = (dict(zip(frame.columns, cells, strict=True)) for cells in zip(*frame.columns.values(), strict=True))
    store.write_bytes(path, b"".join(orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY) + b"\n" for row in rows))
    return path

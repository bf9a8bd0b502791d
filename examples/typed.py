"""breakeven in a typed program: mypy knows what every call gives. `mypy --strict examples/typed.py` finds nothing."""

from __future__ import annotations

import breakeven
from breakeven import BreakevenClassifier, Product, Recommender
from breakeven.errors import InputError


def churned(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Build on the first rows, answer the last ten."""
    product: Product = breakeven.build(rows[:-10], target="churned", minutes=1, candidates=["linear"], quiet=True)
    score = product.verdict.test[0].score
    print(product.verdict.sentence.en, 0.0 if score is None else score, product.report().name)
    return product.predict(rows[-10:])


def shelf(events: dict[str, list[str]], user: str) -> list[str]:
    """The next items for one user."""
    try:
        return Recommender(minutes=1).fit(events).recommend(user, k=5)
    except InputError as error:
        print(error.remedy)
        return []


def fitted(X: list[list[float]], y: list[bool]) -> int:
    """How many of the rows are answered yes."""
    return int(BreakevenClassifier(minutes=0.5).fit(X, y).predict(X).sum())

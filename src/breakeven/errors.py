"""The errors that breakeven raises on purpose. Each message is one line: what, where, and what to do.

>>> import breakeven
>>> try:
...     breakeven.build({"x": [1, 2], "y": [0, 1]}, "z")
... except breakeven.errors.InputError as error:
...     print(error)
frame, target: there is no column 'z'; known: x, y
"""

from __future__ import annotations

from breakeven.core.errors import (
    BreakevenError,
    ExportError,
    InputError,
    LimitsError,
    MissingExtra,
    ProductError,
    TooLarge,
)

__all__ = ["BreakevenError", "ExportError", "InputError", "LimitsError", "MissingExtra", "ProductError", "TooLarge"]


def __dir__() -> list[str]:
    return __all__

"""Rows in, numbers out: the one preprocessing that training and serving share, driven by JSON.

A `Schema` turns named raw values into the base matrix (n, p) float64: numbers as they are (NaN missing), categories as
level numbers (NaN missing or unseen), times as parts, texts and images as references into a `Media`. A `View`, fitted
on a model's own training rows, turns the base matrix into what that model reads. All of it is plain data; none of it
needs a training library.
"""

from breakeven.encode.media import Disk, Media, Memory
from breakeven.encode.packed import Packed
from breakeven.encode.reader import Reader
from breakeven.encode.schema import Field, Schema, raw_column
from breakeven.encode.values import LARGEST, level, missing, moment, number, typical
from breakeven.encode.view import View

__all__ = [
    "LARGEST",
    "Disk",
    "Field",
    "Media",
    "Memory",
    "Packed",
    "Reader",
    "Schema",
    "View",
    "level",
    "missing",
    "moment",
    "number",
    "raw_column",
    "typical",
]

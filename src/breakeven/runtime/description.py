"""product.json of a table's product: what it answers, how it reads rows, and how it was made. Decoded here alone, strictly.

Keys that this version does not know are passed over; a change of what a key means is a new FORMAT. Format 2 has maps of
probabilities other than a temperature.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from breakeven.core import product_folder
from breakeven.core.errors import ProductError
from breakeven.core.plain_file import RESTORE
from breakeven.core.product_folder import MAX_JSON_BYTES, ProductFolder
from breakeven.core.types import Route, Setting, Task
from breakeven.features.decoding import Decoder
from breakeven.features.packed import ReaderSettings
from breakeven.features.schema import Schema, cell_format
from breakeven.features.view import View
from breakeven.runtime.ensemble import Pool

ABOUT = "product.json"
FORMAT = 2
Kind = TypeVar("Kind", bound=msgspec.Struct)


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """What the product.json of every scenario says; `schema` where the product answers rows. No scenario is of 0.1."""

    name: str
    scenario: str = ""
    format: int = FORMAT
    schema: msgspec.Raw = msgspec.Raw()


class Fit(msgspec.Struct, frozen=True):
    """What the last fit took: seconds, training rows, the share of a network's steps that were made, of its plan; `again`: by
    another seed; `epochs`: as many as the usual steps are.
    """

    seconds: float
    rows: int
    share: float = 1.0
    plan: float = 1.0
    settings: dict[str, Setting] = {}
    again: bool = False
    epochs: int = 0


class Parity(msgspec.Struct, frozen=True):
    """How far the graph's answers are from the model's."""

    rows: int
    largest: float
    agreement: float


class Int8(msgspec.Struct, frozen=True):
    """Whether the graph is the int8 one, and in words why; `alone`: it answers rows one by one."""

    kept: bool
    why: str
    alone: bool = False


class Calibrated(msgspec.Struct, frozen=True):
    """How probabilities were calibrated: the kind of map, in words why, and the log loss of each kind that was tried on
    `rows` held-out rows, each answered by a map that it had no part in.
    """

    kind: str
    why: str
    log_loss: dict[str, float]
    rows: int


class Member(msgspec.Struct, frozen=True):
    """A model of an ensemble, in a folder of the product."""

    folder: str
    candidate: str
    route: Route


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """A table's product. An ensemble has `pool` and `members` and no reader of its own; products of 0.1 have a `view` alone."""

    name: str
    scenario: str = ""
    format: int = FORMAT
    version: str = "1"
    target: str
    schema: Schema
    decoder: Decoder
    metric: str = ""
    task: Task | None = None
    sample: dict[str, str | float | None] = {}
    encoding: str | None = None
    candidate: str = ""
    route: Route | None = None
    fit: Fit | None = None
    parity: Parity | None = None
    int8: Int8 | None = None
    calibrated: Calibrated | None = None
    reader: ReaderSettings | None = None
    view: View | None = None
    pool: Pool | None = None
    members: tuple[Member, ...] = ()


def read(folder: Path, kind: type[Kind]) -> Kind:
    """The description in a folder of a build's own. Raises ProductError for a newer format and for what does not fit."""
    path = folder / ABOUT
    try:
        return decoded(path.read_bytes(), path, kind)
    except OSError as error:
        raise ProductError(str(path), f"it cannot be read ({error})", RESTORE) from None


def of(files: ProductFolder, kind: type[Kind]) -> Kind:
    """The description of a product, checked against its manifest. Raises ProductError as `read`, and for a changed one."""
    return decoded(files.read(ABOUT, MAX_JSON_BYTES), files.path(ABOUT), kind)


def decoded(content: bytes, path: Path, kind: type[Kind]) -> Kind:
    """A description from its bytes. Raises ProductError for a newer format, a name that is none, and for what does not fit."""
    heading = product_folder.decoded(content, Heading, path, "it")
    if heading.format > FORMAT:
        what = f"format {heading.format}, this version reads {FORMAT}"
        raise ProductError(str(path), what, "install a newer breakeven")
    if not product_folder.NAME.fullmatch(heading.name):
        raise ProductError(str(path), f"the name {heading.name[:60]!a} cannot be a product's", RESTORE)
    return product_folder.decoded(content, kind, path, "it", cell_format)

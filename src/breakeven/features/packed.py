"""A reader, or a part of one, as plain data: what a product folder keeps of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from breakeven.core.types import Array


@dataclass(frozen=True)
class Packed:
    """JSON, named arrays and named text files."""

    plain: dict[str, Any]
    arrays: dict[str, Array] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

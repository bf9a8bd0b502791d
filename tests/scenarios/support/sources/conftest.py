"""Companies' files in a folder, read as one material."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from breakeven.core.types import Need, Row
from breakeven.scenarios.support.material import Material
from breakeven.scenarios.support.sources import read_material

#: Files by name (a text, or a value that is written as JSON), the brief's `data`, columns, outcomes, settings.
Read = Callable[..., Material]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reading(
        files: Mapping[str, object],
        data: str,
        columns: Mapping[str, str] | None = None,
        extra: Sequence[Row] = (),
        **settings: object,
    ) -> Material:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                path.write_bytes(content)
            else:
                text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
                path.write_text(text, encoding="utf-8")
        need = Need("desk", "support", data, None, tmp_path, columns=columns or {}, settings=settings)
        return read_material(need, None, extra)

    return reading


def asked(material: Material) -> list[tuple[str, str | None]]:
    """Questions with their topics."""
    return [(q.text, q.topic) for q in material.questions]


def said(material: Material, kind: str) -> list[str]:
    """What findings of a kind say."""
    return [f.what for f in material.findings if f.kind == kind]

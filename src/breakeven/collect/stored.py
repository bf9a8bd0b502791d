"""Texts and images of a table put on disk, where the base matrix refers to them, with their near copies found."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import orjson

from breakeven.collect import images, near_duplicates
from breakeven.collect.images import Pictures
from breakeven.collect.roles import Typed
from breakeven.core import store
from breakeven.core.errors import InputError
from breakeven.core.fields import described
from breakeven.core.private import private_folder
from breakeven.core.types import MEDIA_ROLES, Array, Finding, Need, Row, places
from breakeven.core.wording import counted
from breakeven.features import image
from breakeven.features.image import BadImage
from breakeven.features.media import column_folder, save
from breakeven.features.text import MOST_CHARACTERS

#: Counts into the key of a stored folder: another number when what is stored changes.
VERSION = 3
FINISHED = "stored.json"


@dataclass(frozen=True)
class Stored:
    """Where the values lie, side and channels of each image column, near copies, rows left out, and what to say.

    `copies` has a number for each row of the table; rows with equal numbers are near copies. `joint` has the same for the
    table and the extra rows together: the table's own split must not change because outcomes came back.
    """

    folder: Path | None = None
    pictures: Mapping[str, Pictures] = field(default_factory=dict)
    copies: Mapping[str, Array] = field(default_factory=dict)
    joint: Mapping[str, Array] = field(default_factory=dict)
    broken: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()


def put(typed: Typed, need: Need, extra: Sequence[Row]) -> Stored:
    """Store every text and image column. The same values are stored once, however often a build is run."""
    names = [c.name for c in typed.columns if c.role in MEDIA_ROLES]
    if not names:
        return Stored()
    table = typed.table
    found: list[Finding] = []
    pictures = {}
    for name in names:
        if typed.role(name) == "image":
            files = images.find(table.columns[name], table, name)
            pictures[name], seen = images.survey(files, f"{table.source}, column {name!r}")
            found += [*(replace(one, column=name) for one in seen), *images.moving(files, name)]
        else:
            found += _cut(name, table.columns[name])
    folder = need.folder / "build" / "media" / _key(typed, names, pictures, extra)
    if not (folder / FINISHED).is_file():
        _write(folder, typed, names, pictures, extra)
    kept = store.read_json(folder / FINISHED)
    broken: set[int] = set()
    for name in pictures:
        reasons = {int(k): v for k, v in kept["broken"].get(name, {}).items()}
        found += images.findings_of(reasons, pictures[name].files, name, table.source)
        broken |= set(reasons)
    near, joint = (
        {name: np.load(folder / column_folder(name) / f"{kind}.npy", allow_pickle=False) for name in names}
        for kind in ("copies", "joint")
    )
    return Stored(folder, pictures, near, joint, tuple(sorted(broken)), tuple(found))


def _cut(name: str, values: Array) -> list[Finding]:
    rows = [i for i, v in enumerate(values.tolist()) if v is not None and len(v) > MOST_CHARACTERS]
    if not rows:
        return []
    what = f"{counted(len(rows), 'text is', 'texts are')} longer than {MOST_CHARACTERS:,} characters"
    return [Finding("long texts", what, "read up to there", name, len(rows), places(rows))]


def _key(typed: Typed, names: list[str], pictures: Mapping[str, Pictures], extra: Sequence[Row]) -> str:
    digest = hashlib.sha256(f"{VERSION}".encode())
    for name in names:
        digest.update(name.encode())
        if name in pictures:
            scale = pictures[name].scale
            digest.update(f"{pictures[name].side} {pictures[name].channels} {scale or ''}".encode())
            identities = [_identity(path) for path in pictures[name].files]
        else:
            identities = typed.table.columns[name].tolist()
        digest.update(orjson.dumps([identities, [row.get(name) for row in extra]], default=str))
    return digest.hexdigest()[:16]


def _identity(path: Path | None) -> list[object] | None:
    """What changes when a file does."""
    try:
        found = path.stat() if path else None
    except OSError:
        return [str(path), 0, 0]
    return [str(path), found.st_size, found.st_mtime_ns] if found else None


def _write(
    folder: Path, typed: Typed, names: list[str], pictures: Mapping[str, Pictures], extra: Sequence[Row]
) -> None:
    broken = {}
    for name in names:
        path = folder / column_folder(name)
        private_folder(path)
        if name in pictures:
            more = [_picture(row.get(name), pictures[name]) for row in extra]
            why = images.decode([*pictures[name].files, *more], pictures[name], path / "pixels.npy")
            broken[name] = {str(k): v for k, v in why.items()}
            held = np.load(path / "pixels.npy", mmap_mode="r", allow_pickle=False)
            near, joint = (near_duplicates.of_images(held[:count]) for count in (typed.table.rows, len(held)))
        else:
            texts = [v if v is not None else "" for v in typed.table.columns[name].tolist()]
            texts += ["" if row.get(name) is None else str(row[name]) for row in extra]
            store.write_bytes(path / "texts.json", orjson.dumps([_writable(t) for t in texts]))
            near, joint = (near_duplicates.of_texts(texts[:count]) for count in (typed.table.rows, len(texts)))
        save(path / "copies.npy", near)
        save(path / "joint.npy", joint)
    store.write_json(folder / FINISHED, {"broken": broken})


def _writable(text: str) -> str:
    """Lone surrogates, which no file can hold, as replacement characters."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _picture(value: object, pictures: Pictures) -> Array | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        given = image.from_text(value) if isinstance(value, str) else value
        if not isinstance(given, bytes | Path):
            raise BadImage(f"{described(value)} is none")
        return image.pixels(given, pictures.side, pictures.channels, pictures.scale)
    except BadImage as error:
        raise InputError("feedback", f"an image cannot be read ({error})", "send it again") from None

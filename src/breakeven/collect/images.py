"""Image columns and folders of images: found, checked, decoded once into a memory-mapped array.

A file that cannot be read is named and counted, and its row is left out; more than 5 % of them end the build.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from breakeven.core.brief import FOLDER_TARGET
from breakeven.core.errors import InputError
from breakeven.core.types import Array, Finding, Table
from breakeven.features import image
from breakeven.features.image import BadImage

CLASS, IMAGE = FOLDER_TARGET, "image"
ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
#: Share of files that may be broken.
MOST_BROKEN = 0.05
#: Images are brought to the median of their shorter sides, within these bounds (pixels).
SMALLEST, LARGEST = 8, 128
LOOK = 400
CHUNK = 256


@dataclass(frozen=True)
class Pictures:
    """What is known of an image column before it is decoded: its files, their side and channels."""

    files: tuple[Path | None, ...]
    side: int
    channels: int


def folder_table(folder: Path) -> Table:
    """A folder with one sub-folder a class, as a table of paths and classes. Raises InputError when it is not one."""
    classes = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not classes:
        raise InputError(
            str(folder), "a folder of images needs one sub-folder a class, and there is none", "sort them into folders"
        )
    paths, names = [], []
    for one in classes:
        for path in sorted(p for p in one.rglob("*") if p.suffix.lower() in ENDINGS and not p.name.startswith(".")):
            paths.append(path.relative_to(folder).as_posix())
            names.append(one.name)
    if not paths:
        raise InputError(
            str(folder), f"{len(classes)} sub-folders but no image in them", f"known endings: {', '.join(ENDINGS)}"
        )
    columns = {IMAGE: np.array(paths, dtype=object), CLASS: np.array(names, dtype=object)}
    return Table(columns, str(folder), 1, folder)


def find(values: Array, table: Table, column: str) -> tuple[Path | None, ...]:
    """The file of each row. Raises InputError for a path that leads out of the data folder."""
    root = table.root.resolve() if table.root else None
    out: list[Path | None] = []
    for i, value in enumerate(values.tolist()):
        if value is None:
            out.append(None)
            continue
        path = Path(value) if root is None else root / value
        if root is not None and not path.resolve().is_relative_to(root):
            raise InputError(
                f"{table.source}, line {i + table.first_line}, column {column!r}",
                f"{str(value)[:60]!r} lies outside the data folder {root}",
                "put the images beside the table",
            )
        out.append(path)
    return tuple(out)


def survey(files: Sequence[Path | None], where: str) -> tuple[int, int]:
    """Side and channels to bring the images to, from the headers of up to 400 of them."""
    known = [f for f in files if f is not None]
    sides, grey = [], True
    for path in known[:: max(1, len(known) // LOOK)]:
        try:
            width, height, plain, _ = image.look(path)
        except BadImage:
            continue
        sides.append(min(width, height))
        grey = grey and plain
    if not sides:
        raise InputError(where, f"none of the images looked at can be read ({_why(known)})", "check the files")
    return int(np.clip(np.median(sides), SMALLEST, LARGEST)), 1 if grey else 3


def _why(files: Sequence[Path]) -> str:
    try:
        image.look(files[0])
    except (BadImage, IndexError) as error:
        return f"{files[0].name}: {error}" if files else "no paths"
    return ""


def decode(
    sources: Sequence[Path | Array | None],
    pictures: Pictures,
    path: Path,
    say: Callable[[int, int], None] | None = None,
) -> Mapping[int, str]:
    """Decode into a memory-mapped (n, side, side, channels) uint8 file. Returns why rows could not be.

    Pillow decodes outside Python's lock, so threads use all cores; memory holds a few images at a time.
    """
    side, channels = pictures.side, pictures.channels
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name("pixels.tmp.npy")
    out = np.lib.format.open_memmap(beside, "w+", np.uint8, (len(sources), side, side, channels))
    broken: dict[int, str] = {}

    def one(i: int) -> None:
        source = sources[i]
        if source is None:
            return
        try:
            out[i] = image.pixels(source, side, channels) if isinstance(source, Path) else source
        except BadImage as error:
            broken[i] = str(error)

    with ThreadPoolExecutor() as pool:
        for start in range(0, len(sources), CHUNK):
            list(pool.map(one, range(start, min(start + CHUNK, len(sources)))))
            if say:
                say(min(start + CHUNK, len(sources)), len(sources))
    out.flush()
    beside.replace(path)
    return broken


def findings_of(broken: Mapping[int, str], files: Sequence[Path | None], column: str, where: str) -> list[Finding]:
    """A finding on the files that cannot be used. Raises InputError when they are too many."""
    if not broken:
        return []
    rows = sorted(broken)
    shown = ", ".join(f"{(files[r] or Path('?')).name} ({broken[r]})" for r in rows[:5])
    what = f"{len(rows):,} of {len(files):,} images cannot be used: {shown}" + (", ..." if len(rows) > 5 else "")
    if len(rows) > MOST_BROKEN * len(files):
        raise InputError(f"{where}, column {column!r}", what, f"fix them; up to {MOST_BROKEN:.0%} are left out")
    return [Finding("broken images", what, "their rows are left out", column, len(rows), tuple(rows[:5]), "warning")]


def moving(files: Sequence[Path | None], column: str) -> list[Finding]:
    """A finding on files with several frames: only the first is used."""
    rows = []
    for i, path in enumerate(files):
        if path is not None and path.suffix.lower() in (".gif", ".tif", ".tiff", ".webp", ".png"):
            try:
                if path.suffix.lower() != ".png" and image.look(path)[3] > 1:
                    rows.append(i)
            except BadImage:
                continue
    if not rows:
        return []
    return [
        Finding(
            "moving images",
            f"{len(rows):,} images have several frames",
            "the first frame is used",
            column,
            len(rows),
            tuple(rows[:5]),
        )
    ]

"""Image columns and folders of images: found, checked, decoded once into a memory-mapped array.

A file that cannot be read is named and counted, and its row is left out; more than 5 % of them end the build.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from breakeven.collect import far_out
from breakeven.core.brief import FOLDER_TARGET
from breakeven.core.errors import InputError
from breakeven.core.private import private_folder
from breakeven.core.types import Array, Finding, Table, places
from breakeven.core.wording import counted
from breakeven.features import deep_image, image
from breakeven.features.image import BadImage

CLASS, IMAGE = FOLDER_TARGET, "image"
ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
#: Share of files that may be broken.
MOST_BROKEN = 0.05
#: Images are brought to the median of their shorter sides, within these bounds (pixels).
SMALLEST, LARGEST = 8, 128
LOOK = 400
#: Deep images whose values are looked at, pixels of each, and the share of values beyond either end of the range shown.
DEEP, PIXELS, BEYOND = 200, 4096, 0.001
CHUNK = 256


@dataclass(frozen=True)
class Pictures:
    """What is known of an image column before it is decoded: its files, the side and channels to bring them to, and the values
    of deep images to show as 0 and 255 (None: there are no deep images).
    """

    files: tuple[Path | None, ...]
    side: int
    channels: int
    scale: tuple[float, float] | None = None


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


def survey(files: Sequence[Path | None], where: str) -> tuple[Pictures, list[Finding]]:
    """What to bring the images to, from up to 400 of them, with a finding on deep ones. Raises InputError."""
    known = [f for f in files if f is not None]
    sides, grey, depths = [], True, dict[Path, str | None]()
    for path in known[:: max(1, len(known) // LOOK)]:
        try:
            header = image.look(path)
        except BadImage:
            continue
        sides.append(min(header.width, header.height))
        grey = grey and header.grey
        depths[path] = header.depth
    if not sides:
        raise InputError(where, f"none of the images looked at can be read ({_why(known)})", "check the files")
    side, channels = int(np.clip(np.median(sides), SMALLEST, LARGEST)), 1 if grey else 3
    scale, found = _scale(depths)
    return Pictures(tuple(files), side, channels, scale), found


def _scale(depths: Mapping[Path, str | None]) -> tuple[tuple[float, float] | None, list[Finding]]:
    """The range of deep images that is shown as 0 to 255, one for all, and what to say about it.

    It is where all but the lowest and highest thousandth of the values lie: neither the depth of the file nor the largest value
    says what was measured, since 12 bits lie in 16 and one hot pixel is brighter than all else. A value that marks missing
    pixels, such as -9999, does not count.
    """
    deep = [path for path, depth in depths.items() if depth is not None]
    values = _sampled(deep[:: max(1, len(deep) // DEEP)])
    if not len(values):
        return None, []
    marks = [mark.value for mark in far_out.marks(values) if mark.strong]
    values = values[~np.isin(values, marks)]
    low, high = (float(q) for q in np.quantile(values, [BEYOND, 1 - BEYOND]))
    if not low < high:
        low, high = float(values.min()), float(values.max())
    scale = (low, high if low < high else low + 1)
    kinds = Counter(depth or "8-bit" for depth in depths.values())
    names = " and ".join(kind for kind, _ in kinds.most_common() if kind != "8-bit")
    most = f" of {deep_image.FULL:,}" if names == "16-bit" else ""
    what = f"{names} images: {scale[0]:,.6g} to {scale[1]:,.6g}{most} are shown as 0 to 255"
    if marks:
        what += f", and {', '.join(f'{v:g}' for v in marks)} as what lies outside"
    done = "the same for all images, in training as in the product"
    if len(kinds) == 1:
        return scale, [Finding("deep images", what, done, None, len(deep))]
    mixed = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
    done += "; those of 8 bits stay as they are" if "8-bit" in kinds else ""
    what = f"images of different depths ({mixed} of those looked at); {what}"
    return scale, [Finding("deep images", what, f"{done}; save all with one depth", None, len(deep), (), "warning")]


def _sampled(files: Sequence[Path]) -> Array:
    """Finite values (n,) of some pixels of some images, as many of each."""
    parts = [np.zeros(0)]
    for path in files:
        try:
            values = image.raw(path)
        except BadImage:
            continue
        values = values[..., :3].reshape(-1) if values.ndim == 3 else values.reshape(-1)
        values = values[:: max(1, len(values) // PIXELS)].astype(np.float64)
        parts.append(values[np.isfinite(values)])
    return np.concatenate(parts)


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
    private_folder(path.parent)
    beside = path.with_name("pixels.tmp.npy")
    broken = _fill(beside, sources, pictures, say)
    beside.replace(path)  # its map is closed by now: Windows moves no open file
    return broken


def _fill(
    beside: Path, sources: Sequence[Path | Array | None], pictures: Pictures, say: Callable[[int, int], None] | None
) -> dict[int, str]:
    """Decode into a new file."""
    side, channels, scale = pictures.side, pictures.channels, pictures.scale
    out = np.lib.format.open_memmap(beside, "w+", np.uint8, (len(sources), side, side, channels))
    broken: dict[int, str] = {}

    def one(i: int) -> None:
        source = sources[i]
        if source is None:
            return
        try:
            out[i] = image.pixels(source, side, channels, scale) if isinstance(source, Path) else source
        except BadImage as error:
            broken[i] = str(error)

    with ThreadPoolExecutor() as pool:
        for start in range(0, len(sources), CHUNK):
            list(pool.map(one, range(start, min(start + CHUNK, len(sources)))))
            if say:
                say(min(start + CHUNK, len(sources)), len(sources))
    out.flush()
    return broken


def findings_of(broken: Mapping[int, str], files: Sequence[Path | None], column: str, where: str) -> list[Finding]:
    """A finding on the files that cannot be used. Raises InputError when they are too many."""
    if not broken:
        return []
    rows = sorted(broken)
    shown = ", ".join(f"{(files[r] or Path('?')).name} ({broken[r]})" for r in rows[:5])
    what = f"{len(rows):,} of {counted(len(files), 'image')} cannot be used: {shown}" + (
        ", ..." if len(rows) > 5 else ""
    )
    if len(rows) > MOST_BROKEN * len(files):
        raise InputError(f"{where}, column {column!r}", what, f"fix them; up to {MOST_BROKEN:.0%} are left out")
    return [Finding("broken images", what, "their rows are left out", column, len(rows), places(rows), "warning")]


def moving(files: Sequence[Path | None], column: str) -> list[Finding]:
    """A finding on files with several frames: only the first is used."""
    rows = []
    for i, path in enumerate(files):
        if path is not None and path.suffix.lower() in (".gif", ".tif", ".tiff", ".webp", ".png"):
            try:
                if path.suffix.lower() != ".png" and image.look(path).frames > 1:
                    rows.append(i)
            except BadImage:
                continue
    if not rows:
        return []
    return [
        Finding(
            "moving images",
            f"{counted(len(rows), 'image has', 'images have')} several frames",
            "the first frame is used",
            column,
            len(rows),
            places(rows),
        )
    ]

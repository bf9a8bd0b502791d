"""The texts of a file, a folder or a zip archive, by their paths; bounded, nothing is unpacked to disk."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import yaml

from breakeven.core import brief_yaml
from breakeven.core.errors import InputError
from breakeven.files import encoding

#: Endings that are read, and most files and bytes of them.
READ = ("yml", "yaml", "json", "jsonl", "ndjson", "md", "markdown", "html", "htm", "txt")
MAX_FILES, MAX_BYTES = 5_000, 100_000_000
#: Folders that hold no data, and files that hold settings or passwords of other programs.
_NOT_ENTERED = (
    "node_modules",
    "venv",
    "env",
    "models",
    "results",
    "__pycache__",
    "__MACOSX",
    "actions",
    "tests",
    "test",
)
_NOT_OPENED = (
    "credentials",
    "endpoints",
    "config",
    "docker-compose",
    "package",
    "package-lock",
    "tsconfig",
    "license",
    "changelog",
)


@dataclass(frozen=True)
class Documents:
    """Texts by path below `root`, and how many files were not opened because of their ending or name."""

    root: str
    texts: Mapping[str, str]
    unopened: int = 0

    def where(self, name: str) -> str:
        """A document's place, for messages."""
        if not name or Path(name).is_absolute():
            return name or self.root
        return f"{self.root}/{name}"

    def ending(self, *endings: str) -> Iterator[tuple[str, str]]:
        """Documents whose names end so, in order of their names."""
        return ((name, text) for name, text in sorted(self.texts.items()) if _ending(name) in endings)


def open_documents(path: Path, given: str | None = None) -> Documents:
    """All that can be read. `given` is the brief's encoding. Raises InputError for what is too large, and where there is nothing."""
    if path.is_file() and path.suffix.lower() == ".zip":
        found = _zipped(path)
    elif path.is_file():
        return Documents(str(path), {"": _decoded(path, given)})
    else:
        found = _folder(path, given)
    if not found.texts:
        raise InputError(
            str(path), f"no file in it is read ({found.unopened:,} others)", f"known endings: {', '.join(READ)}"
        )
    return found


def parsed(text: str, where: str) -> object:
    """YAML with every value as a text. Raises InputError naming the line."""
    try:
        return brief_yaml.load_texts(text, MAX_BYTES)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark is not None else ""
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise InputError(
            f"{where}{line}",
            f"not YAML ({what})",
            "correct the line; indent with spaces, and put texts with ': ', ' #', '{' or '?' in quotes",
        ) from None
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise InputError(where, f"not YAML ({error})", "correct it, or split the file") from None


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lstrip(".").lower()


def _is_read(name: str) -> bool:
    parts = PurePosixPath(name).parts
    if any(part in _NOT_ENTERED or part.startswith(".") for part in parts[:-1]) or parts[-1].startswith("."):
        return False
    return _ending(name) in READ and PurePosixPath(name).stem.lower() not in _NOT_OPENED


def _folder(path: Path, given: str | None) -> Documents:
    texts, size, unopened = dict[str, str](), 0, 0
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path).as_posix()
        if file.is_symlink() or not stat.S_ISREG(file.lstat().st_mode):
            continue
        if not _is_read(name):
            unopened += 1
            continue
        size += file.stat().st_size
        _check(path, len(texts) + 1, size)
        if file.stat().st_size:
            texts[name] = _decoded(file, given)
    return Documents(str(path), texts, unopened)


def _zipped(path: Path) -> Documents:
    texts, size, unopened = dict[str, str](), 0, 0
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                name = entry.filename.replace("\\", "/")
                if entry.is_dir() or not _is_read(name):
                    unopened += not entry.is_dir()
                    continue
                with archive.open(entry) as file:
                    content = file.read(MAX_BYTES - size + 1)  # not as many as the archive says
                size += len(content)
                _check(path, len(texts) + 1, size)
                if content:
                    texts[name] = content.decode("utf-8-sig")
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise InputError(
            str(path), f"not a readable zip archive ({error})", "export it again, without a password"
        ) from None
    except UnicodeDecodeError:
        raise InputError(
            f"{path}, {name}", "the text is not UTF-8", "unpack the archive, and name the folder"
        ) from None
    return Documents(str(path), texts, unopened)


def _decoded(path: Path, given: str | None) -> str:
    with path.open(encoding=encoding.find(path, encoding.beside(path, given)).name) as file:
        return file.read()


def _check(path: Path, files: int, size: int) -> None:
    if files > MAX_FILES or size > MAX_BYTES:
        raise InputError(
            str(path),
            f"more than {MAX_FILES:,} files or {MAX_BYTES:,} bytes",
            "keep the folders with questions and answers",
        )

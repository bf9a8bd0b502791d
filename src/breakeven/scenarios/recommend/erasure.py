"""Erasing a user from the product folders of a shop: their name, their events, their friends and their segment.

A model keeps nothing by user: it reads a user's events when it is asked. Folders are written beside the old ones and take
their places, so that a reader never finds one half written.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from breakeven.core import store
from breakeven.core.product_folder import SIGNATURE, ProductFolder, unpin
from breakeven.online.event import user_digest
from breakeven.online.log_changes import erase_user
from breakeven.online.logs import open_log
from breakeven.scenarios.recommend.event_types import CHECKS
from breakeven.scenarios.recommend.product import SEGMENTS, SHOP, USERS

#: What stands for an erased user's name, so that the numbers of the others stay as they are.
ERASED_NAME = ""
#: End of the name of a folder that is being written.
NEW = ".erasing"


@dataclass(frozen=True)
class Erased:
    """What was erased of a user: events of the log, and in how many product folders they stood."""

    events: int
    builds: int


def erase(folder: Path, name: str, user: str) -> Erased:
    """Erase a user from the log and the builds of a product that is not served. Raises InputError while it is served."""
    log = open_log(folder, name, CHECKS)
    with contextlib.closing(log):
        change = erase_user(log, user)
    return Erased(change.events, erase_from_builds(folder, {record.item for record in change.records}))


def erase_from_builds(folder: Path, digests: Collection[str]) -> int:
    """Erase users, given by the digests of their names, from all builds in a product's folder. Returns how many were changed.

    Raises OSError for a full disk; the call can be repeated.
    """
    builds = folder / "build"
    for left in sorted(builds.rglob(f"*{store.REPLACED}")):  # a process that ended in between
        store.recover(left.with_suffix(""))
    changed = 0
    for users in sorted(builds.rglob(USERS)):
        parent = users.parent
        if users.parent.suffix != NEW and (parent / SHOP).is_file() and not users.is_symlink():
            changed += _erase(parent, digests)
    return changed


def _erase(folder: Path, digests: Collection[str]) -> bool:
    from safetensors.numpy import load_file, save

    sealed = ProductFolder.open(folder) if (folder / store.MANIFEST).is_file() else None
    users = sealed.json(USERS, list[str]) if sealed else store.read_json(folder / USERS)
    gone = np.array(
        [u for u, name in enumerate(users) if name != ERASED_NAME and user_digest(name) in digests], dtype=np.int64
    )
    segments: dict[str, int] = {}
    if (folder / SEGMENTS).is_file():
        segments = sealed.json(SEGMENTS, dict[str, int]) if sealed else store.read_json(folder / SEGMENTS)
    left = {name: number for name, number in segments.items() if user_digest(name) not in digests}
    if not len(gone) and len(left) == len(segments):
        return False
    held = sealed.arrays(SHOP) if sealed else load_file(folder / SHOP)
    owners = np.repeat(np.arange(len(users)), np.diff(held["starts"]))
    kept = ~np.isin(owners, gone)
    for name in ("items", "weights", "times", "kinds"):
        held[name] = np.ascontiguousarray(held[name][kept])
    held["starts"] = np.concatenate([[0], np.cumsum(np.bincount(owners[kept], minlength=len(users)))]).astype(
        held["starts"].dtype
    )
    for name in ("friends", "refusals"):
        if name in held:
            columns = (0, 1) if name == "friends" else (0,)
            held[name] = np.ascontiguousarray(held[name][~np.isin(held[name][:, columns], gone).any(axis=1)])
    for u in gone.tolist():
        users[u] = ERASED_NAME
    _replace(folder, {SHOP: save(held), USERS: _json(users), SEGMENTS: _json(left)})
    return True


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _replace(folder: Path, files: dict[str, bytes]) -> None:
    """A sealed folder with some of its files written anew, and all others linked or copied."""
    new = folder.with_name(folder.name + NEW)
    shutil.rmtree(new, ignore_errors=True)
    is_sealed = (folder / store.MANIFEST).is_file()
    if is_sealed:
        ProductFolder.open(folder).copy(new)  # what was changed since it was published is not sealed anew
    else:
        shutil.copytree(folder, new, symlinks=True)
    for name, content in files.items():
        store.write_bytes(new / name, content)
    if is_sealed:
        manifest = store.read_json(new / store.MANIFEST)
        (new / store.MANIFEST).unlink()
        (new / SIGNATURE).unlink(missing_ok=True)  # it was of the old one
        store.seal(new, {key: value for key, value in manifest.items() if key != "files"})
    unpin(folder)
    store.exchange(folder, new)

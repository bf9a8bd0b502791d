"""A folder as a person in the working directory would write it in a command."""

from __future__ import annotations

import shlex
from pathlib import Path


def from_here(folder: Path) -> str:
    """The folder's path from the working directory, in full where it lies outside it; quoted for a shell.

    >>> from_here(Path("customer churn")), from_here(Path.cwd())
    ("'customer churn'", '.')
    """
    here, path = Path.cwd(), folder.resolve()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))

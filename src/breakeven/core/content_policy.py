"""Content-Security-Policy: what a browser may do for a page, with its scripts and styles allowed by their hashes.

A hash allows one text and nothing else: what a name or a cell may bring into a page never runs.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable


def allowed(text: str) -> str:
    """The source expression that allows exactly this inline script or style.

    >>> allowed("alert(1)")
    "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(scripts: Iterable[str] = (), styles: Iterable[str] = (), more: Iterable[str] = ()) -> str:
    """A policy that runs these scripts, uses these styles, shows images that stand in the page, and nothing else.

    `more` are further directives, such as `connect-src 'self'` for a page that asks its own service.

    >>> policy()
    "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'"
    """
    sources = {"style-src": list(map(allowed, styles)), "script-src": list(map(allowed, scripts))}
    named = [" ".join((name, *hashes)) for name, hashes in sources.items() if hashes]
    return "; ".join(["default-src 'none'", "img-src data:", *named, "base-uri 'none'", "form-action 'none'", *more])

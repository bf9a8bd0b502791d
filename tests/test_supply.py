"""The lock file of the image, and what is said where vulnerabilities cannot be looked up."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "deploy" / "requirements.lock").read_text(encoding="utf-8")


def normal(name: str) -> str:
    return re.split(r"[\[<>=!;~ ]", name)[0].lower().replace("_", "-").replace(".", "-")


def pins(text: str) -> dict[str, str]:
    return {normal(m[1]): m[2] for m in re.finditer(r"^([\w.\[\]-]+)==([^\s\\;]+)", text, re.MULTILINE)}


def test_every_package_of_the_image_is_locked_with_hashes() -> None:
    locked = pins(LOCK)
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert {normal(one) for one in needed} <= set(locked)
    assert {"psycopg", "psycopg-binary", "setuptools"} <= set(locked)
    for block in re.split(r"\n(?=\S)", LOCK.strip()):
        assert block.startswith("#") or "--hash=sha256:" in block, block
    assert "://" not in LOCK


def test_the_lock_file_has_the_versions_of_the_constraints() -> None:
    wanted = pins((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    assert {name: version for name, version in pins(LOCK).items() if wanted.get(name, version) != version} == {}


@pytest.mark.parametrize(
    ("said", "code", "line"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0, "1 packages checked, 0 vulnerabilities known"),
        ([{"name": "a", "version": "1", "vulns": [{"id": "CVE-1"}]}], 1, "a 1: CVE-1"),
        ([{"name": "a", "version": "1", "skip_reason": "?"}], 1, "nothing was checked"),
        ([{"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "?"}], 1, "not checked, for nothing is known of them: b"),
    ],
)  # fmt: skip
def test_what_was_not_checked_does_not_pass(said: list[dict], code: int, line: str) -> None:
    spec = importlib.util.spec_from_file_location("supply", ROOT / "deploy" / "supply.py")
    assert spec is not None and spec.loader is not None
    supply = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(supply)
    found, lines = supply.verdict(json.dumps({"dependencies": said}))
    assert found == code and any(line in one for one in lines)
    assert supply.verdict("no document") == (1, [])

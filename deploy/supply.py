"""What the product is made of: a software bill of materials, a list of licenses, and a look at known vulnerabilities.

python deploy/supply.py describe PYTHON FOLDER   # of an environment with the wheel: sbom.cdx.json and licenses.md
python deploy/supply.py audit LOCK               # of a lock file, against the data of pypi.org or osv.dev
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


def describe(python: str, folder: str) -> int:
    """Write the bill of materials (CycloneDX JSON) and the licenses of all packages that an environment has."""
    out = Path(folder)
    sbom = [BIN / "cyclonedx-py", "environment", python, "--pyproject", ROOT / "pyproject.toml", "--of", "JSON"]
    subprocess.run([*sbom, "--output-reproducible", "-o", out / "sbom.cdx.json"], check=True)
    named = ["--from=mixed", "--format=markdown", "--with-urls", "--order=license"]
    listed = subprocess.run(
        [BIN / "pip-licenses", f"--python={python}", *named], check=True, capture_output=True, text=True
    )
    (out / "licenses.md").write_text(listed.stdout, encoding="utf-8")
    count = len(json.loads((out / "sbom.cdx.json").read_text(encoding="utf-8"))["components"])
    print(f"{out}/sbom.cdx.json: {count} packages; {out}/licenses.md")
    return 0


def audit(lock: str) -> int:
    """Compare a lock file with what is known. Returns 1 for vulnerabilities, and where nothing could be compared."""
    command = [BIN / "pip-audit", "-r", lock, "--no-deps", "--disable-pip", "--format=json", "--progress-spinner=off"]
    done = subprocess.run(command, capture_output=True, text=True)
    code, lines = verdict(done.stdout)
    print(*(lines or [*done.stderr.strip().splitlines()[-1:], UNREACHABLE]), sep="\n")
    return code


UNREACHABLE = "the data about vulnerabilities cannot be reached from here: nothing was checked"


def verdict(said: str) -> tuple[int, list[str]]:
    """Exit code and lines for what pip-audit printed; no lines where it printed no document.

    >>> verdict('{"dependencies": [{"name": "a", "version": "1", "skip_reason": "not found"}]}')
    (1, ['the data about vulnerabilities cannot be reached from here: nothing was checked'])
    """
    try:
        found: list[dict[str, Any]] = json.loads(said)["dependencies"]
    except (ValueError, KeyError):
        return 1, []
    skipped = [one["name"] for one in found if "skip_reason" in one]
    bad = [f"{one['name']} {one['version']}: {v['id']}" for one in found for v in one.get("vulns", ())]
    if len(skipped) == len(found):
        return 1, [UNREACHABLE]
    lines = [*bad, f"{len(found) - len(skipped)} packages checked, {len(bad)} vulnerabilities known"]
    if skipped:
        lines.append(f"not checked, for nothing is known of them: {', '.join(skipped)}")
    return int(bool(bad or skipped)), lines


if __name__ == "__main__":
    sys.exit({"describe": describe, "audit": audit}[sys.argv[1]](*sys.argv[2:]))

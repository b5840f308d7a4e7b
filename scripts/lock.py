"""The lock file: make it, or check that it belongs to the present pyproject.toml.

`requirements.lock` carries a digest of what it was made from, so that the check needs no network and no index. It names
versions and hashes, never the index they came from.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
MARK = "# made from "


def digest_requirements() -> str:
    """Digest of everything in pyproject.toml that a change of would change the lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {
        "build": project["build-system"]["requires"],
        "dependencies": project["project"]["dependencies"],
        "groups": project["dependency-groups"],
        "python": project["project"]["requires-python"],
    }
    return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:16]


def make() -> int:
    """Choose versions for every platform and Python, the newest that fit."""
    uv = subprocess.run(
        [ROOT / "scripts" / "find_uv.sh"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()
    command = [
        uv, "pip", "compile", "--quiet", "--universal", "--upgrade", "--python-version", "3.11", "pyproject.toml",
        "--group", "dev", "--generate-hashes", "--no-header", "--no-emit-index-url", "--no-emit-find-links",
        "--no-annotate", "--output-file", str(LOCK),
    ]  # fmt: skip
    subprocess.run(command, cwd=ROOT, check=True)
    LOCK.write_text(f"{MARK}{digest_requirements()}\n{LOCK.read_text()}")
    return 0


def check() -> int:
    """Say whether the lock is of the present pyproject.toml."""
    if LOCK.read_text().split("\n", 1)[0] == MARK + digest_requirements():
        return 0
    print("requirements.lock is older than the requirements in pyproject.toml: run `make lock` and commit both.")
    return 1


if __name__ == "__main__":
    sys.exit({"make": make, "check": check}[sys.argv[1]]())

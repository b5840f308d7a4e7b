"""Writes the reference pages from the code, or checks that they say what the code says.

Run as a module from the repository's root: `python -m scripts.make_reference [--check]`. A test does the same check.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from scripts.reference import (
    agents,
    api,
    commands,
    dagster_location,
    platforms,
    sandbox,
    scores,
    settings,
    states,
    tables,
)

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
PAGES: Mapping[str, Callable[[], str]] = {
    "settings.md": settings.make_page,
    "cli.md": commands.make_page,
    "dagster.md": dagster_location.make_page,
    "api.md": api.make_page,
    "tables.md": tables.make_page,
    "states.md": states.make_page,
    "platforms.md": platforms.make_page,
    "agents.md": agents.make_page,
    "sandbox.md": sandbox.make_page,
    "scores.md": scores.make_page,
}


def is_current(name: str) -> bool:
    """Whether the page in the tree says what the code says."""
    path = FOLDER / name
    return path.exists() and path.read_text() == PAGES[name]()


def main(arguments: list[str]) -> int:
    """Exit code 1 when a page was to be checked and is stale."""
    if arguments == ["--check"]:
        stale = [name for name in PAGES if not is_current(name)]
        for name in stale:
            print(f"docs/reference/{name} is not what the code says: run `make reference` and commit it.")
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make())
        print(f"docs/reference/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

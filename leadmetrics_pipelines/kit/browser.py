"""Where this machine's Chromium or Chrome is. Starting it is its users' affair (crawler, browser tests).

Run as a program it prints the path, tried out: `python -m leadmetrics_pipelines.kit.browser`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from leadmetrics_pipelines.errors import PermanentError

# Written by `make browser`; relative to the folder make runs in.
REMEMBERED = Path(".cache/chromium-path")
ENVIRONMENT_NAME = "LEADMETRICS_CHROMIUM"
_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_APPLICATIONS = ("Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome")
_FOLDERS = (Path("/usr/lib/chromium"), Path("/opt/google/chrome"), Path("/snap/bin"))
# Playwright keeps its downloads per version; the newest has the highest number.
_PLAYWRIGHT_FOLDERS = (".cache/ms-playwright", "Library/Caches/ms-playwright")
_PLAYWRIGHT_PATTERNS = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "chromium_headless_shell-*/*/*headless*shell",
)
_START_SECONDS = 30


class BrowserMissing(PermanentError):
    """There is no Chromium or Chrome that starts."""


def find_browser(named: Path | str | None = None) -> Path:
    """The browser to use: the named one, else LEADMETRICS_CHROMIUM, what `make browser` found, the first here.

    Raises:
        BrowserMissing: there is none, or the named one is not a program; the message says what to do.
    """
    chosen = named or os.environ.get(ENVIRONMENT_NAME)
    if chosen:
        if _is_program(Path(chosen)):
            return Path(chosen)
        raise BrowserMissing(f"{ENVIRONMENT_NAME} names {chosen}, which is no program. Correct it, or leave it empty.")
    for path in _candidates():
        return path
    raise BrowserMissing(
        "There is no Chromium or Chrome here. Run `make browser`, or install one (Debian: apt-get install chromium; "
        f"macOS: brew install --cask chromium), or give its path in {ENVIRONMENT_NAME}."
    )


def find_working_browser() -> Path:
    """As `find_browser`, but each is started once (`--version`): a download without its libraries is passed over."""
    named = os.environ.get(ENVIRONMENT_NAME)
    candidates = [find_browser(named)] if named else list(_candidates())
    for path in candidates:
        if _starts(path):
            return path
    tried = ", ".join(map(str, candidates)) or "none found"
    raise BrowserMissing(f"No Chromium or Chrome that starts ({tried}). Run `make browser`, or install one.")


def _candidates() -> Iterator[Path]:
    if REMEMBERED.exists() and _is_program(path := Path(REMEMBERED.read_text().strip())):
        yield path
    for command in _COMMANDS:
        if found := shutil.which(command):
            yield Path(found)
    for folder in _FOLDERS:
        yield from (folder / name for name in _COMMANDS if _is_program(folder / name))
    for applications in (Path("/Applications"), Path.home() / "Applications"):
        yield from (applications / name for name in _APPLICATIONS if _is_program(applications / name))
    for cache in _PLAYWRIGHT_FOLDERS:
        for pattern in _PLAYWRIGHT_PATTERNS:
            yield from sorted(filter(_is_program, (Path.home() / cache).glob(pattern)), reverse=True)


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _starts(path: Path) -> bool:
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=_START_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{find_working_browser()}\n")
    except BrowserMissing as error:
        sys.exit(str(error))

"""Finding a browser, or saying what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadmetrics_pipelines.kit import browser
from leadmetrics_pipelines.kit.browser import BrowserMissing, find_browser, find_working_browser


@pytest.fixture
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No browser on PATH, in the known places, in Playwright's cache, or remembered."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv(browser.ENVIRONMENT_NAME, raising=False)
    monkeypatch.setattr(browser, "_FOLDERS", ())
    monkeypatch.setattr(browser, "_APPLICATIONS", ())
    return tmp_path


def make_program(path: Path, script: str = "exit 0") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_without_a_browser_the_error_says_what_to_do(empty_machine: Path) -> None:
    """The command, the packages, the setting."""
    with pytest.raises(BrowserMissing, match=r"make browser.*apt-get install chromium.*LEADMETRICS_CHROMIUM"):
        find_browser()


def test_the_named_browser_wins(empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before one on PATH; and a wrong name is an error, not a reason to take another."""
    make_program(empty_machine / "bin" / "chromium")
    named = make_program(empty_machine / "mine")
    monkeypatch.setenv(browser.ENVIRONMENT_NAME, str(named))
    assert find_browser() == named
    monkeypatch.setenv(browser.ENVIRONMENT_NAME, "/nowhere/chromium")
    with pytest.raises(BrowserMissing, match="names /nowhere/chromium"):
        find_browser()


def test_what_make_browser_found_comes_before_the_rest(empty_machine: Path) -> None:
    """As long as it is still there."""
    on_path = make_program(empty_machine / "bin" / "chromium")
    remembered = make_program(empty_machine / "remembered")
    (empty_machine / ".cache").mkdir()
    browser.REMEMBERED.write_text(f"{remembered}\n")
    assert find_browser() == remembered
    remembered.unlink()
    assert find_browser() == on_path


def test_playwrights_newest_download_is_found(empty_machine: Path) -> None:
    """On a machine with nothing else."""
    downloads = empty_machine / ".cache" / "ms-playwright"
    make_program(downloads / "chromium-1000" / "chrome-linux" / "chrome")
    newest = make_program(downloads / "chromium-1200" / "chrome-linux" / "chrome")
    assert find_browser() == newest


def test_a_browser_that_does_not_start_is_passed_over(empty_machine: Path) -> None:
    """A download without its libraries ends with an error at once."""
    make_program(empty_machine / "bin" / "chromium", "exit 127")
    working = make_program(empty_machine / "bin" / "google-chrome")
    assert find_working_browser() == working
    working.unlink()
    with pytest.raises(BrowserMissing, match="that starts"):
        find_working_browser()

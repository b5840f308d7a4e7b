"""The tiers of the suite: a test's folder decides what it may touch. Hooks for pytest, used by `conftest.py`.

The tier's name becomes the test's marker (`pytest -m storage`), and a test outside every tier stops the collection:
it would run with rules nobody chose.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_socket

TESTS = Path(__file__).parent
# Folder, and whether its tests may open sockets (to this machine only).
TIERS = {
    "unit": False,
    "storage": True,
    "services": True,
    "orchestration": True,
    "agents": True,
    "platforms": True,
    "faults": True,
    "sandbox": True,
    "cli": True,
    "review": True,
    "browser": True,
    "journeys": True,
}


def tier_of(path: Path) -> str | None:
    """The tier a test file belongs to, None when it is in no tier's folder."""
    if not path.is_relative_to(TESTS):
        return None
    folder = path.relative_to(TESTS).parts[0]
    return folder if folder in TIERS else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with its tier."""
    homeless = sorted({str(item.path) for item in items if tier_of(item.path) is None})
    if homeless:
        known = ", ".join(TIERS)
        raise pytest.UsageError(f"Tests live in tests/<tier>/ ({known}); these do not: {', '.join(homeless)}")
    for item in items:
        item.add_marker(str(tier_of(item.path)))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Close the sockets before any fixture of the test is made."""
    pytest_socket.enable_socket()
    if TIERS[str(tier_of(item.path))]:
        pytest_socket.socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)
    else:
        pytest_socket.disable_socket(allow_unix_socket=False)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Open them again: what pytest does between tests is not the test's doing."""
    pytest_socket.enable_socket()
    pytest_socket._remove_restrictions()

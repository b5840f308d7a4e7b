"""Free ports for the processes a test starts."""

from __future__ import annotations

import socket

import pytest


@pytest.fixture
def free_port() -> int:
    """A loopback port nobody listens on."""
    return _find_port()


@pytest.fixture
def other_free_port(free_port: int) -> int:
    """A second one."""
    while (port := _find_port()) == free_port:
        pass
    return port


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

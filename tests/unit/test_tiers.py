"""The rules of the tiers hold in the tiers."""

from __future__ import annotations

import socket

import pytest
from pytest_socket import SocketBlockedError

from tests.tiers import TESTS, TIERS, tier_of


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6, socket.AF_UNIX])
def test_a_unit_test_cannot_open_a_socket(family: socket.AddressFamily) -> None:
    """Not even to this machine."""
    with pytest.raises(SocketBlockedError):
        socket.socket(family)


def test_a_test_belongs_to_the_tier_of_its_folder() -> None:
    """And to none outside the known folders."""
    assert tier_of(TESTS / "storage" / "deep" / "test_x.py") == "storage"
    assert tier_of(TESTS / "test_x.py") is None
    assert tier_of(TESTS / "assets" / "test_x.py") is None


def test_every_tier_has_its_marker(pytestconfig: pytest.Config) -> None:
    """`pytest -m <tier>` works for each."""
    markers = {line.split(":", 1)[0] for line in pytestconfig.getini("markers")}
    assert set(TIERS) <= markers

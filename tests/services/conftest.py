"""Fixtures of the service tier."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from leadmetrics_pipelines.kit import passwords


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 at its cheapest, for tests with many people and nothing to say about passwords."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

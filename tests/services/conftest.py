"""Fixtures of the service tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import PasswordHasher

from leadmetrics_pipelines.kit import passwords
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.storage.database import Database
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import BlogMonth, build_blog_month, build_runtime


@pytest.fixture
def neighbour(database: Database, clock: FixedClock, home: Path, zenith: Tenant) -> BlogMonth:
    """Zenith's November with two blog posts."""
    return build_blog_month(build_runtime(database, clock, home), zenith, posts=2)


@pytest.fixture
def quick(database: Database, clock: FixedClock, home: Path, acme: Tenant, neighbour: BlogMonth) -> BlogMonth:
    """Acme's November with three blog posts, whose agents are played by `quick.py`; the neighbour has a month, too."""
    return build_blog_month(build_runtime(database, clock, home), acme)


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 at its cheapest, for tests with many people and nothing to say about passwords."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

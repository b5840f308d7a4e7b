"""Fixtures of the review tier."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import PasswordHasher

from leadmetrics_pipelines.kit import passwords
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.database import Database
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import build_runtime
from tests.review.pages_world import PagesWorld, build_pages


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 at its cheapest: these tests sign in often and have nothing to say about passwords."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def review_runtime(database: Database, clock: FixedClock, home: Path, cheap_passwords: None) -> Runtime:
    """A runtime on the test's database."""
    return build_runtime(database, clock, home)


@pytest.fixture
def pages(review_runtime: Runtime, acme: Tenant) -> PagesWorld:
    """Acme's month with three topics waiting."""
    return build_pages(review_runtime, acme)

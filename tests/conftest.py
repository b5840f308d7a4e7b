"""Fixtures every tier may ask for: the test database, a clock that stands still, and two tenants."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from leadmetrics_pipelines.domain.people import system_actor
from leadmetrics_pipelines.kit.browser import find_browser
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.sandbox.running import RunningSandbox, running_sandbox
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.database import Database, all_tenants
from leadmetrics_pipelines.storage.embedded import EmbeddedPostgres
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests import databases
from tests.builders import build_runtime
from tests.databases import TestDatabase
from tests.tiers import pytest_collection_modifyitems, pytest_runtest_setup, pytest_runtest_teardown

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
__all__ = ["pytest_collection_modifyitems", "pytest_runtest_setup", "pytest_runtest_teardown"]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own LEADMETRICS_ variables mean nothing here; those that steer the tests remain."""
    for name in os.environ:
        if name.startswith("LEADMETRICS_") and not name.startswith(("LEADMETRICS_TEST_", "LEADMETRICS_CHROMIUM")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The Postgres server, shared by all workers."""
    with databases.run_server() as server:
        yield server


@pytest.fixture(scope="session")
def schema_template(postgres: EmbeddedPostgres) -> str:
    """The name of a migrated, empty database to copy."""
    return databases.find_template(postgres)


@pytest.fixture(scope="session")
def worker_database(postgres: EmbeddedPostgres, schema_template: str) -> Iterator[TestDatabase]:
    """This worker's database. Ask for `test_database`, which is empty."""
    with databases.copy_template(postgres, schema_template, "worker") as database:
        yield database


@pytest.fixture
def test_database(worker_database: TestDatabase) -> Iterator[TestDatabase]:
    """Addresses of a migrated, empty database, for tests that start processes or speak SQL."""
    yield worker_database
    databases.empty_tables(worker_database)


@pytest.fixture
def spare_database(postgres: EmbeddedPostgres, schema_template: str) -> Iterator[TestDatabase]:
    """A second database for the test alone, for those that change the schema or outlive the test."""
    with databases.copy_template(postgres, schema_template, "spare") as database:
        yield database


@pytest.fixture
def clock() -> FixedClock:
    """Monday 2 November 2026, 09:00 UTC, until the test moves it."""
    return FixedClock(datetime(2026, 11, 2, 9, tzinfo=UTC))


@pytest.fixture
def database(test_database: TestDatabase, clock: FixedClock) -> Iterator[Database]:
    """The database as the app sees it, with the test's clock."""
    database = Database(test_database.url, clock=clock, pool_size=5)
    yield database
    database.dispose()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty LEADMETRICS_HOME."""
    return tmp_path / "home"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests of this worker: Playwright runs once in a process."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find_browser()), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def acme(database: Database) -> Tenant:
    """Our tenant."""
    return _add_tenant(database, slug="acme", name="Acme", time_zone="Europe/Berlin")


@pytest.fixture
def zenith(database: Database) -> Tenant:
    """The neighbour: nothing a test does for `acme` may be seen or changed from here."""
    return _add_tenant(database, slug="zenith", name="Zenith", time_zone="America/New_York")


@pytest.fixture(scope="session")
def _worker_sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def sandbox(_worker_sandbox: RunningSandbox) -> RunningSandbox:
    """Every outside party, with nothing posted and no fault set."""
    _worker_sandbox.reset()
    return _worker_sandbox


@pytest.fixture
def runtime(database: Database, clock: FixedClock, home: Path, sandbox: RunningSandbox) -> Iterator[Runtime]:
    """A process's means on the test's database, with agents that talk to the sandbox."""
    runtime = build_runtime(database, clock, home, anthropic_url=sandbox.anthropic_url)
    yield runtime
    if runtime._http is not None:
        runtime._http.close()


def _add_tenant(database: Database, *, slug: str, name: str, time_zone: str) -> Tenant:
    with database.unit_of_work(tenant=all_tenants, actor=system_actor("tests", "test")) as work:
        tenant = Tenant(
            slug=slug, name=name, website_url=f"https://{slug}.example", time_zone=time_zone, created_at=work.now
        )
        work.session.add(tenant)
    return tenant

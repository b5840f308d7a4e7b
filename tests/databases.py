"""The test server and its databases: one embedded Postgres for all workers, one migrated template, one copy a worker.

Copying the template takes 80 ms and emptying the tables 2 ms (measured with 25 tables), so a worker keeps its copy
and empties it after each test. The server stays in `.cache/`, so that the next run finds cluster and template ready.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from filelock import FileLock
from psycopg import sql

from leadmetrics_pipelines.storage import migrate as migrations
from leadmetrics_pipelines.storage.embedded import EmbeddedPostgres
from leadmetrics_pipelines.storage.security import APP_ROLE

ROOT = Path(__file__).parent.parent
KEPT_TEMPLATES = 4
_PREFIX = "test_"
_TEMPLATE = "template_"


@dataclass(frozen=True, kw_only=True)
class TestDatabase:
    """A migrated, empty database on the test server."""

    __test__ = False

    server: EmbeddedPostgres
    name: str

    @property
    def url(self) -> str:
        """Address as the app's role: what LEADMETRICS_DATABASE_URL would hold."""
        return self.server.url(self.name, APP_ROLE)

    @property
    def owner_url(self) -> str:
        """Address as the owner of the tables: what LEADMETRICS_DATABASE_OWNER_URL would hold."""
        return self.server.url(self.name)


@contextlib.contextmanager
def run_server() -> Iterator[EmbeddedPostgres]:
    """The server all test processes of this user and tree share."""
    folder = ROOT / ".cache" / f"test-postgres-{os.getuid()}"
    with EmbeddedPostgres(folder, durable=False) as server:
        yield server


def find_template(server: EmbeddedPostgres) -> str:
    """The name of a database with the present schema; migrated by whoever comes first."""
    name = f"{_TEMPLATE}{_digest_schema()}"
    with FileLock(server.folder / "template.lock"):
        if name in _databases(server, _TEMPLATE):
            return name
        _drop_leftovers(server)
        # Renamed when done: a run killed half-way leaves no template that lacks tables.
        half_done = f"{_PREFIX}{os.getpid()}_template"
        server.create_database(half_done)
        migrations.migrate(server.url(half_done))
        with server.connect() as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(half_done), sql.Identifier(name))
            )
    return name


@contextlib.contextmanager
def copy_template(server: EmbeddedPostgres, template: str, purpose: str) -> Iterator[TestDatabase]:
    """A database of this process, dropped at the end."""
    name = f"{_PREFIX}{os.getpid()}_{purpose}"
    server.drop_database(name)
    server.create_database(name, template=template)
    try:
        yield TestDatabase(server=server, name=name)
    finally:
        server.drop_database(name)


def empty_tables(database: TestDatabase) -> None:
    """Remove all rows. Connections that a test forgot are closed first: they may hold locks."""
    with database.server.connect(database.name) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        delete = sql.SQL("; ").join(
            sql.SQL("DELETE FROM {}").format(sql.Identifier(table)) for (table,) in rows if table != "alembic_version"
        )
        # `replica` leaves out foreign keys and triggers, so the order does not matter.
        try:
            connection.execute("SET session_replication_role = replica; SET lock_timeout = '2s'")
            connection.execute(delete)
        except psycopg.errors.LockNotAvailable:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute(delete)


def _digest_schema() -> str:
    storage = ROOT / "leadmetrics_pipelines" / "storage"
    digest = hashlib.sha256()
    for file in sorted([*storage.glob("migrations/**/*.py"), storage / "security.py"]):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _databases(server: EmbeddedPostgres, prefix: str) -> list[str]:
    with server.connect() as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY oid", [prefix]
        ).fetchall()
    return [name for (name,) in rows]


def _drop_leftovers(server: EmbeddedPostgres) -> None:
    """Databases of killed runs, and templates of schemas long gone."""
    for name in _databases(server, _PREFIX):
        if not psutil.pid_exists(int(name.split("_")[1])):
            server.drop_database(name)
    for name in _databases(server, _TEMPLATE)[: -KEPT_TEMPLATES + 1]:
        server.drop_database(name)

"""Two tenants and raw SQL: whatever a tenant's transaction says, the neighbour's rows stay unseen and unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.exc import DataError

from leadmetrics_pipelines.domain.people import system_actor
from leadmetrics_pipelines.storage.database import Database
from leadmetrics_pipelines.storage.models import metadata
from leadmetrics_pipelines.storage.security import PLATFORM_ROLE, PLATFORM_TABLES, TENANT_ROLE
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.databases import TestDatabase
from tests.storage.rows import fill_all_tables, insert_row, make_row

ACTOR = system_actor("tests", "test")
WITH_TENANT = sorted(name for name, table in metadata.tables.items() if "tenant_id" in table.columns)
OWN_COLUMN = dict.fromkeys(WITH_TENANT, "tenant_id") | {"tenants": "id"}
HOSTILE = (
    "UPDATE {table} SET {own} = {own}::uuid WHERE {own} = {neighbour}",
    "UPDATE {table} SET {own} = {neighbour} WHERE {own} = {me}",
    "UPDATE {table} SET {own} = {neighbour}",
    "DELETE FROM {table} WHERE {own} = {neighbour}",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
    "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
    "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    "DROP POLICY tenant ON {table}",
)
EVERY_TABLE = sorted(metadata.tables)


@pytest.fixture
def full(test_database: TestDatabase, acme: Tenant, zenith: Tenant) -> TestDatabase:
    """At least one row of every table for either tenant."""
    with test_database.server.connect(test_database.name) as connection:
        fill_all_tables(connection, [acme.id, zenith.id])
    return test_database


@contextmanager
def signed_in(database: TestDatabase, role: str | None, tenant: UUID | str | None) -> Iterator[psycopg.Connection[Any]]:
    """A transaction of the app as that role with that tenant, thrown away at the end."""
    with psycopg.connect(database.url.replace("postgresql+psycopg", "postgresql")) as connection:
        if role is not None:
            connection.execute("SELECT set_config('role', %s, true)", [role])
        if tenant is not None:
            connection.execute("SELECT set_config('leadmetrics.tenant', %s, true)", [str(tenant)])
        yield connection
        connection.rollback()


def dump(database: TestDatabase, table: str, tenant: UUID) -> list[Any]:
    """All rows of a tenant as the superuser sees them."""
    query = sql.SQL("SELECT t::text FROM {} t WHERE {} = %s ORDER BY 1")
    with database.server.connect(database.name) as connection:
        found = connection.execute(
            query.format(sql.Identifier(table), sql.Identifier(OWN_COLUMN[table])), [tenant]
        ).fetchall()
    assert found, f"the test has no row of the neighbour in {table}"
    return found


def attempt(connection: psycopg.Connection[Any], statement: str, table: str, **names: str) -> int | None:
    """How many rows a statement changed; None when it was refused."""
    query = sql.SQL(statement).format(
        table=sql.Identifier(table), own=sql.Identifier(OWN_COLUMN[table]),
        **{name: sql.Literal(value) for name, value in names.items()},
    )  # fmt: skip
    try:
        with connection.transaction():
            return connection.execute(query).rowcount
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ForeignKeyViolation):
        return None


@pytest.mark.parametrize("table", sorted(OWN_COLUMN))
def test_a_tenant_sees_its_own_rows_alone(full: TestDatabase, acme: Tenant, zenith: Tenant, table: str) -> None:
    """Whatever the query asks for, and whoever's turn it is."""
    query = sql.SQL("SELECT {} FROM {}").format(sql.Identifier(OWN_COLUMN[table]), sql.Identifier(table))
    for tenant in (acme, zenith):
        with signed_in(full, TENANT_ROLE, tenant.id) as connection:
            assert {owner for (owner,) in connection.execute(query)} == {tenant.id}


@pytest.mark.parametrize("table", sorted(OWN_COLUMN))
def test_a_tenant_changes_no_row_of_the_neighbour(full: TestDatabase, acme: Tenant, zenith: Tenant, table: str) -> None:
    """Its statements are refused or find nothing; what is committed leaves the neighbour's rows as they were."""
    before = dump(full, table, zenith.id)
    with signed_in(full, TENANT_ROLE, acme.id) as connection:
        for statement in HOSTILE:
            changed = attempt(connection, statement, table, neighbour=str(zenith.id), me=str(acme.id))
            assert not changed or "{neighbour}" not in statement, statement
        connection.commit()
    assert dump(full, table, zenith.id) == before


@pytest.mark.parametrize("table", WITH_TENANT)
def test_a_tenant_plants_no_row_at_the_neighbours(full: TestDatabase, acme: Tenant, zenith: Tenant, table: str) -> None:
    """An insert in the neighbour's name is refused; in its own name the same row is judged by its own rules only."""
    before = dump(full, table, zenith.id)
    row = make_row(metadata.tables[table], zenith.id)
    with (
        signed_in(full, TENANT_ROLE, acme.id) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"row-level security|permission denied"),
    ):
        insert_row(connection, metadata.tables[table], row)
    assert dump(full, table, zenith.id) == before


@pytest.mark.parametrize("table", EVERY_TABLE)
def test_without_a_tenant_the_tenant_role_sees_nothing(
    full: TestDatabase, acme: Tenant, zenith: Tenant, table: str
) -> None:
    """A transaction that forgot to say whose it is, or says it is nobody's."""
    columns = "id" if table == "users" else "*"
    for tenant in (None, "", UUID(int=0)):
        with signed_in(full, TENANT_ROLE, tenant) as connection:
            query = sql.SQL("SELECT {} FROM {}").format(sql.SQL(columns), sql.Identifier(table))
            if table in PLATFORM_TABLES:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(query)
            else:
                shared = 2 if table == "heartbeats" else 0
                assert len(connection.execute(query).fetchall()) == shared


@pytest.mark.parametrize("table", EVERY_TABLE)
def test_the_app_by_itself_may_touch_nothing(full: TestDatabase, acme: Tenant, zenith: Tenant, table: str) -> None:
    """SQL that runs outside of a unit of work, with or without a tenant's name."""
    with signed_in(full, None, acme.id) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(sql.SQL("SELECT 1 FROM {}").format(sql.Identifier(table)))


@pytest.mark.parametrize("tenant", ["acme", "' OR true --", "NULL", "%", "00000000", "*"])
def test_a_tenant_that_is_no_id_is_an_error_not_a_pass(
    full: TestDatabase, acme: Tenant, zenith: Tenant, tenant: str
) -> None:
    """The setting is read as an id or not at all; nothing in it is ever run as SQL."""
    with (
        signed_in(full, TENANT_ROLE, tenant) as connection,
        pytest.raises(psycopg.errors.InvalidTextRepresentation),
    ):
        connection.execute("SELECT * FROM tenants")


def test_a_hold_on_everything_is_seen_by_tenants_and_neither_set_nor_released_by_them(
    full: TestDatabase, acme: Tenant, zenith: Tenant
) -> None:
    """The red button of the platform."""
    hold = make_row(metadata.tables["holds"], acme.id) | {"scope": "all", "tenant_id": None, "released_at": None}
    with full.server.connect(full.name) as connection:
        insert_row(connection, metadata.tables["holds"], hold)
    with signed_in(full, TENANT_ROLE, acme.id) as connection:
        assert connection.execute("SELECT count(*) FROM holds WHERE scope = 'all'").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE holds SET released_at = now() WHERE scope = 'all'")
    with signed_in(full, TENANT_ROLE, acme.id) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        insert_row(connection, metadata.tables["holds"], hold | {"id": UUID(int=5)})


def test_a_tenant_sees_the_people_who_work_for_it_and_no_password(
    full: TestDatabase, acme: Tenant, zenith: Tenant
) -> None:
    """Members, not the neighbour's, not platform admins without membership; sign-ins of nobody."""
    with signed_in(full, TENANT_ROLE, acme.id) as connection:
        seen = {row for (row,) in connection.execute("SELECT id FROM users")}
        members = {row for (row,) in connection.execute("SELECT user_id FROM memberships")}
        assert len(seen) == 1
        assert seen <= members
        for query in ("SELECT password_hash FROM users", "SELECT * FROM users", "SELECT secret_hash FROM sign_ins"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(query)


def test_audit_rows_of_the_platform_are_seen_by_no_tenant(full: TestDatabase, acme: Tenant, zenith: Tenant) -> None:
    """Rows without a tenant are the platform's own."""
    row = make_row(metadata.tables["audit_log"], acme.id) | {"tenant_id": None, "action": "platform.secret"}
    with full.server.connect(full.name) as connection:
        insert_row(connection, metadata.tables["audit_log"], row)
    query = "SELECT count(*) FROM audit_log WHERE action = 'platform.secret'"
    for role, count in ((TENANT_ROLE, 0), (PLATFORM_ROLE, 1)):
        with signed_in(full, role, acme.id) as connection:
            assert connection.execute(query).fetchone() == (count,)


@pytest.mark.parametrize("table", ["decisions", "audit_log", "documents", "comments", "session_events"])
def test_the_platform_itself_rewrites_no_history(full: TestDatabase, acme: Tenant, zenith: Tenant, table: str) -> None:
    """Append-only holds for the role that sees all tenants, too."""
    for statement in ("DELETE FROM {table}", "UPDATE {table} SET {own} = {own}", "TRUNCATE {table}"):
        with signed_in(full, PLATFORM_ROLE, None) as connection:
            assert attempt(connection, statement, table) is None


def test_units_of_work_of_two_tenants_in_turn_on_one_connection_never_mix(
    test_database: TestDatabase, full: TestDatabase, acme: Tenant, zenith: Tenant
) -> None:
    """Commits, errors and all: each transaction sees its own tenant's rows."""
    database = Database(test_database.url, pool_size=1)

    def look(tenant: Tenant, *, fail: bool) -> None:
        with database.unit_of_work(tenant=tenant.id, actor=ACTOR) as work:
            assert set(work.session.scalars(text("SELECT DISTINCT tenant_id FROM channels"))) == {tenant.id}
            if fail:
                work.session.execute(text("SELECT 1 / 0"))

    for _ in range(2):
        look(acme, fail=False)
        with pytest.raises(DataError, match="division by zero"):
            look(zenith, fail=True)
        with pytest.raises(DataError, match="division by zero"):
            look(acme, fail=True)
        look(zenith, fail=False)
    database.dispose()

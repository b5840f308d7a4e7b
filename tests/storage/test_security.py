"""The catalogue of Postgres against the lists in `storage/security.py`: no table forgotten, no role too mighty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from leadmetrics_pipelines.storage import security
from leadmetrics_pipelines.storage.models import metadata
from leadmetrics_pipelines.storage.security import APP_ROLE, PLATFORM_ROLE, TENANT_ROLE
from tests.databases import TestDatabase

OURS = (APP_ROLE, TENANT_ROLE, PLATFORM_ROLE)
# For ever: what was decided, done, said, paid and stored is never changed.
APPEND_ONLY = {
    "audit_log", "comments", "decisions", "documents", "image_files", "model_calls", "publication_events",
    "session_events",
}  # fmt: skip
# The only rows that may be removed, and why: a role that is taken away, an empty draft whose approval is undone, a
# sign-in that ended, attempts that no longer count.
DELETABLE = {"channel_slots", "memberships", "posts", "sign_ins", "sign_in_attempts"}
PASSWORD_FREE = {"id", "email", "name", "platform_role", "is_active", "created_at"}


class Catalogue:
    """Questions to the catalogue, as a superuser."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._cursor = connection.cursor(row_factory=dict_row)

    def ask(self, query: str, **values: object) -> list[dict[str, Any]]:
        return self._cursor.execute(query, values).fetchall()

    def privileges(self, role: str, table: str) -> set[str]:
        """What a role may do with a whole table, by grants to itself, to PUBLIC, or to roles it inherits from."""
        (row,) = self.ask(
            "SELECT array(SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES',"
            " 'TRIGGER', 'MAINTAIN']) p WHERE has_table_privilege(%(role)s, %(table)s, p)) AS found",
            role=role, table=table,
        )  # fmt: skip
        return set(row["found"])


@pytest.fixture
def catalogue(test_database: TestDatabase) -> Iterator[Catalogue]:
    with test_database.server.connect(test_database.name) as connection:
        yield Catalogue(connection)


@pytest.fixture
def tables(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Every table there is, apart from Alembic's own."""
    return catalogue.ask(
        "SELECT c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced, r.rolname AS owner,"
        " EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT"
        " a.attisdropped) AS has_tenant FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner"
        " WHERE c.relkind IN ('r', 'p', 'f') AND c.relnamespace = 'public'::regnamespace"
        " AND c.relname <> 'alembic_version'"
    )


def granted(text: str) -> set[str]:
    return {word.strip() for word in text.split(",")}


def test_every_table_is_on_exactly_one_list(tables: list[dict[str, Any]]) -> None:
    """And every table of the models is in the database."""
    lists = [set(security.TENANT_TABLES), set(security.SPECIAL_TABLES), set(security.PLATFORM_TABLES)]
    names = {table["name"] for table in tables}
    assert names == set.union(*lists) == set(metadata.tables)
    assert sum(map(len, lists)) == len(names)


def test_a_table_with_a_tenant_is_on_a_list_of_tenant_tables(tables: list[dict[str, Any]]) -> None:
    """A new table with tenant data cannot be filed under the platform's by mistake."""
    with_tenant = {table["name"] for table in tables if table["has_tenant"]}
    assert with_tenant == set(security.TENANT_TABLES) | {"holds", "audit_log"}


def test_row_level_security_is_on_and_forced_everywhere(tables: list[dict[str, Any]]) -> None:
    """Forced: the owner is bound as well, should anybody ever connect as the owner."""
    assert [table["name"] for table in tables if not (table["enabled"] and table["forced"])] == []


def test_policies_are_those_of_the_lists_and_no_others(catalogue: Catalogue, tables: list[dict[str, Any]]) -> None:
    """One for the platform, one for tenants where they may come; each for one role, permissive, for all commands."""
    policies = catalogue.ask(
        "SELECT tablename, policyname, roles::text[] AS roles, cmd, permissive, qual, with_check FROM pg_policies"
    )
    expected = {(table["name"], "platform", PLATFORM_ROLE) for table in tables} | {
        (name, "tenant", TENANT_ROLE) for name in {*security.TENANT_TABLES, *security.SPECIAL_TABLES}
    }
    assert {(p["tablename"], p["policyname"], *p["roles"]) for p in policies} == expected
    assert {(p["cmd"], p["permissive"]) for p in policies} == {("ALL", "PERMISSIVE")}
    for policy in policies:
        if policy["policyname"] == "tenant" and policy["tablename"] in security.TENANT_TABLES:
            assert policy["qual"] == policy["with_check"]
            assert policy["qual"].startswith("(tenant_id = ( SELECT (NULLIF(current_setting('leadmetrics.tenant'")


def test_grants_are_those_of_the_lists_and_no_others(catalogue: Catalogue, tables: list[dict[str, Any]]) -> None:
    """For each role and table; TRUNCATE, which no policy stops, is nobody's."""
    for table in (row["name"] for row in tables):
        if table in security.PLATFORM_TABLES:
            for_tenants, for_platform = set(), granted(security.PLATFORM_TABLES[table])
        elif table in security.SPECIAL_TABLES:
            for_tenants = granted(security.SPECIAL_TABLES[table][0]) if table != "users" else set()
            for_platform = granted(security._PLATFORM_PRIVILEGES[table])
        else:
            for_tenants = for_platform = granted(security.TENANT_TABLES[table])
        assert catalogue.privileges(TENANT_ROLE, table) == for_tenants, table
        assert catalogue.privileges(PLATFORM_ROLE, table) == for_platform, table
        assert catalogue.privileges(APP_ROLE, table) == set(), table


def test_a_tenant_reads_no_password_hash(catalogue: Catalogue) -> None:
    """Only the columns of a person that others may know."""
    columns = catalogue.ask(
        "SELECT attname AS name FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0"
        " AND has_column_privilege(%(role)s, 'users', attname, 'SELECT')",
        role=TENANT_ROLE,
    )
    assert {column["name"] for column in columns} == PASSWORD_FREE


def test_what_is_append_only_can_be_neither_changed_nor_deleted(catalogue: Catalogue) -> None:
    """By any role the app can take on; not even one column of it."""
    for table in APPEND_ONLY:
        for role in OURS:
            assert not catalogue.privileges(role, table) & {"UPDATE", "DELETE", "TRUNCATE"}, (role, table)
            rows = catalogue.ask(
                "SELECT has_any_column_privilege(%(role)s, %(table)s, 'UPDATE') AS may", role=role, table=table
            )
            assert rows == [{"may": False}], (role, table)


def test_rows_can_be_removed_only_where_that_is_meant(catalogue: Catalogue, tables: list[dict[str, Any]]) -> None:
    """A new table that allows it must say why in this file."""
    names = [table["name"] for table in tables]
    assert {name for name in names for role in OURS if "DELETE" in catalogue.privileges(role, name)} == DELETABLE


def test_our_roles_are_small(catalogue: Catalogue) -> None:
    """No superuser, no way around row-level security, no making of roles or databases; only the app signs in."""
    rows = catalogue.ask(
        "SELECT rolname, rolcanlogin, rolinherit FROM pg_roles WHERE rolname = ANY(%(roles)s) AND NOT"
        " (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)",
        roles=list(OURS),
    )
    assert {row["rolname"] for row in rows} == set(OURS)
    assert {row["rolname"] for row in rows if row["rolcanlogin"]} == {APP_ROLE}
    assert not any(row["rolinherit"] for row in rows if row["rolname"] == APP_ROLE)


def test_the_app_can_become_our_two_roles_and_nobody_else(catalogue: Catalogue) -> None:
    """And administer neither; the two are members of nothing."""
    rows = catalogue.ask(
        "SELECT m.rolname AS member, r.rolname AS role, a.admin_option FROM pg_auth_members a"
        " JOIN pg_roles m ON m.oid = a.member JOIN pg_roles r ON r.oid = a.roleid WHERE m.rolname = ANY(%(roles)s)",
        roles=list(OURS),
    )
    assert {(row["member"], row["role"], row["admin_option"]) for row in rows} == {
        (APP_ROLE, TENANT_ROLE, False), (APP_ROLE, PLATFORM_ROLE, False),
    }  # fmt: skip


def test_our_roles_own_nothing(catalogue: Catalogue) -> None:
    """An owner could drop a policy."""
    for table, column in (("pg_class", "relowner"), ("pg_namespace", "nspowner"), ("pg_proc", "proowner"),
                          ("pg_database", "datdba"), ("pg_type", "typowner")):  # fmt: skip
        query = f"SELECT count(*) AS owned FROM {table} WHERE {column}::regrole::text = ANY(%(roles)s)"  # noqa: S608
        assert catalogue.ask(query, roles=list(OURS)) == [{"owned": 0}], table


def test_the_public_has_no_grant_on_any_table(catalogue: Catalogue) -> None:
    """Nor on a sequence or a view, nor may it create any in our schema."""
    rows = catalogue.ask(
        "SELECT c.relname FROM pg_class c, aclexplode(c.relacl) g"
        " WHERE c.relnamespace = 'public'::regnamespace AND g.grantee = 0"
    )
    assert rows == []
    for role in ("public", *OURS):
        assert catalogue.ask("SELECT has_schema_privilege(%(role)s, 'public', 'CREATE') AS may", role=role) == [
            {"may": False}
        ], role


def test_there_is_no_view_or_function_of_ours_that_runs_as_its_owner(catalogue: Catalogue) -> None:
    """Either would be a door around row-level security."""
    assert catalogue.ask("SELECT viewname FROM pg_views WHERE schemaname = 'public'") == []
    assert catalogue.ask("SELECT matviewname FROM pg_matviews WHERE schemaname = 'public'") == []
    assert catalogue.ask(
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    ) == []  # fmt: skip

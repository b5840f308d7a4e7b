"""The unit of work: one transaction, one tenant, all or nothing; and what is said of a database that cannot be used."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from uuid import UUID

import pytest
from psycopg import sql
from sqlalchemy import text

from leadmetrics_pipelines.domain.people import system_actor
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.storage.audit.models import AuditRow
from leadmetrics_pipelines.storage.database import Busy, Database, DatabaseUnavailable, all_tenants
from leadmetrics_pipelines.storage.embedded import EmbeddedPostgres
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.databases import TestDatabase

ACTOR = system_actor("tests", "test")


class Oops(Exception):
    """A mistake in a use case."""


def visible(database: Database, tenant: Tenant) -> list[str]:
    """The actions in the tenant's audit log."""
    with database.unit_of_work(tenant=tenant.id, actor=ACTOR) as work:
        return list(work.session.scalars(text("SELECT action FROM audit_log ORDER BY id")))


def test_leaving_without_an_error_commits(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """And what is to happen after the commit happens then."""
    done: list[str] = []
    with database.unit_of_work(tenant=acme.id, actor=ACTOR) as work:
        work.audit("test.done", subject_kind="test", subject_id="1")
        work.after_commit.append(lambda: done.extend(visible(database, acme)))
        assert done == []
    assert done == ["test.done"]
    assert visible(database, zenith) == []


def test_an_error_takes_everything_back(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """Nothing is stored, and nothing that waited for the commit is done."""
    done: list[str] = []

    def fail() -> None:
        with database.unit_of_work(tenant=acme.id, actor=ACTOR) as work:
            work.audit("test.lost", subject_kind="test", subject_id="1")
            work.session.flush()
            work.after_commit.append(lambda: done.append("after"))
            raise Oops

    with pytest.raises(Oops):
        fail()
    assert (visible(database, acme), done) == ([], [])


def test_an_audit_row_says_who_when_and_by_which_route(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """Taken from the unit of work, so that no use case can forget it."""
    with database.unit_of_work(tenant=acme.id, actor=ACTOR) as work:
        work.audit("test.done", subject_kind="test", subject_id=acme.id, from_state="a", to_state="b", reason="why")
        work.session.flush()
        row = work.session.query(AuditRow).one()
        assert (row.tenant_id, row.at, row.actor_kind, row.actor_id, row.actor_name, row.route) == (
            acme.id, work.now, "system", "tests", "tests", "test",
        )  # fmt: skip
        assert (row.from_state, row.to_state, row.reason, row.subject_id) == ("a", "b", "why", str(acme.id))


@pytest.mark.parametrize("tenant", [None, "", "acme", "' OR true --", 0, [], object])
def test_a_unit_of_work_for_no_tenant_is_never_one_for_all(
    database: Database, acme: Tenant, zenith: Tenant, tenant: object
) -> None:
    """A tenant that a caller forgot stops the work; crossing tenants is asked for by name."""
    with (
        pytest.raises(TypeError, match="one tenant's id or for all_tenants"),
        database.unit_of_work(tenant=tenant, actor=ACTOR),  # type: ignore[arg-type]
    ):
        pytest.fail("it was opened")


def test_work_across_tenants_has_no_tenant_of_its_own(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """A use case for one tenant cannot run there by mistake."""
    with (
        pytest.raises(RuntimeError, match="works in one tenant"),
        database.unit_of_work(tenant=all_tenants, actor=ACTOR) as work,
    ):
        assert work.tenant_id


def test_two_that_wait_for_each_other_are_told_to_try_again(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """A deadlock is a passing error with a sentence for people; the other one goes through."""
    meet = threading.Barrier(2, timeout=20)
    outcomes: list[str] = []

    def lock_both(first: Tenant, second: Tenant) -> None:
        try:
            with database.unit_of_work(tenant=all_tenants, actor=ACTOR) as work:
                work.session.execute(text("SELECT 1 FROM tenants WHERE id = :id FOR UPDATE"), {"id": first.id})
                meet.wait()
                work.session.execute(text("SELECT 1 FROM tenants WHERE id = :id FOR UPDATE"), {"id": second.id})
            outcomes.append("done")
        except Busy as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=lock_both, args=pair) for pair in ((acme, zenith), (zenith, acme))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(outcomes) == [
        "Somebody changed the same thing at the same moment, so nothing was stored. Try again.", "done",
    ]  # fmt: skip


def test_a_lost_connection_is_told_as_such_and_the_next_work_has_a_new_one(
    database: Database, test_database: TestDatabase, acme: Tenant, zenith: Tenant
) -> None:
    """Postgres was restarted in the middle: a passing error, then all is well again."""

    def work_through_a_restart() -> None:
        with database.unit_of_work(tenant=acme.id, actor=ACTOR) as work:
            pid = work.session.scalar(text("SELECT pg_backend_pid()"))
            with test_database.server.connect(test_database.name) as connection:
                connection.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            work.session.execute(text("SELECT 1"))

    with pytest.raises(DatabaseUnavailable, match="cannot be used"):
        work_through_a_restart()
    assert visible(database, acme) == []


# --- Addresses ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "localhost:5432/leadmetrics", "http://localhost", "sqlite://", "sqlite:///x.db", "mysql://u@h/db",
     "postgres://u:p@h/db", "postgresql+psycopg2://u:p@h/db", "postgresql+asyncpg://u@h/db",
     "postgresql+psycopg://u:p@h:abc/db"],
)  # fmt: skip
def test_what_is_no_address_of_postgres_is_refused_at_once(url: str) -> None:
    """With the setting's name and an example, before anything is connected."""
    with pytest.raises(InvalidInput, match=r"postgresql\+psycopg://user:password@host:5432/name") as caught:
        Database(url)
    assert caught.value.field == "LEADMETRICS_DATABASE_URL"


def test_the_short_spelling_of_an_address_is_accepted() -> None:
    """Hosting companies hand out postgresql:// addresses; the driver is ours to choose."""
    database = Database("postgresql://someone@127.0.0.1:1/db")
    assert database.engine.url.drivername == "postgresql+psycopg"


def test_a_server_that_is_away_is_told_without_the_password() -> None:
    """The address, the cause and what to check; by check() and by a unit of work."""
    database = Database("postgresql+psycopg://someone:hush-hush@127.0.0.1:1/db")
    with pytest.raises(DatabaseUnavailable, match="Check LEADMETRICS_DATABASE_URL") as caught:
        database.check()
    assert "127.0.0.1:1/db" in str(caught.value)
    assert "hush-hush" not in str(caught.value)
    with pytest.raises(DatabaseUnavailable), database.unit_of_work(tenant=UUID(int=1), actor=ACTOR):
        pytest.fail("it was opened")


def test_a_database_that_is_not_there_is_named(postgres: EmbeddedPostgres) -> None:
    """A typing error in the name is the likeliest cause."""
    database = Database(postgres.url("leadmetrcis"))
    with pytest.raises(DatabaseUnavailable, match='database "leadmetrcis" does not exist'):
        database.check()


def test_the_apps_role_passes(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """The one that is neither mighty nor powerless."""
    database.check()


def test_a_superuser_is_refused(test_database: TestDatabase) -> None:
    """Row-level security would not bind it, and no test of isolation would mean anything."""
    database = Database(test_database.owner_url)
    with pytest.raises(InvalidInput, match=r"superuser .* Use the role leadmetrics_app") as caught:
        database.check()
    assert caught.value.field == "LEADMETRICS_DATABASE_URL"
    database.dispose()


@pytest.fixture
def plain_role(test_database: TestDatabase) -> Iterator[str]:
    """A role that may sign in, and nothing else."""
    name = f"plain_{test_database.name}"
    with test_database.server.connect(test_database.name) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
        yield name
        connection.execute(sql.SQL("DROP OWNED BY {0}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def test_a_role_that_may_not_work_for_tenants_is_refused(test_database: TestDatabase, plain_role: str) -> None:
    """At the check, not with an odd message at the first unit of work."""
    database = Database(test_database.server.url(test_database.name, plain_role))
    with pytest.raises(InvalidInput, match="may not work for tenants"):
        database.check()
    database.dispose()


def test_the_tables_owner_is_refused_even_when_no_superuser(test_database: TestDatabase, plain_role: str) -> None:
    """An owner could switch row-level security off."""
    change_owner = sql.SQL("ALTER TABLE audit_log OWNER TO {}")
    database = Database(test_database.server.url(test_database.name, plain_role))
    with test_database.server.connect(test_database.name) as connection:
        connection.execute(change_owner.format(sql.Identifier(plain_role)))
        try:
            with pytest.raises(InvalidInput, match="the tables' owner"):
                database.check()
        finally:
            connection.execute(change_owner.format(sql.Identifier("postgres")))
            database.dispose()


def test_a_database_without_tables_says_how_to_get_them(
    postgres: EmbeddedPostgres, test_database: TestDatabase
) -> None:
    """Whoever signs in."""
    name = f"{test_database.name}_empty"
    postgres.create_database(name)
    try:
        for url in (postgres.url(name), postgres.url(name, "leadmetrics_app")):
            database = Database(url)
            with pytest.raises(InvalidInput, match="Run `leadmetrics db migrate`"):
                database.check()
            database.dispose()
    finally:
        postgres.drop_database(name)


def test_the_session_runs_as_the_role_of_its_tenant_and_the_connection_forgets_it(
    test_database: TestDatabase, acme: Tenant, zenith: Tenant
) -> None:
    """On one pooled connection: neither role nor tenant outlives the transaction, however it ended."""
    database = Database(test_database.url, pool_size=1)
    ask = text("SELECT pg_backend_pid(), current_user, current_setting('leadmetrics.tenant', true)")
    seen: list[tuple[int, str, str]] = []

    def look_and_fail() -> None:
        with database.unit_of_work(tenant=acme.id, actor=ACTOR) as work:
            seen.append(tuple(work.session.execute(ask).one()))
            raise Oops

    with pytest.raises(Oops):
        look_and_fail()
    with database.unit_of_work(tenant=zenith.id, actor=ACTOR) as work:
        seen.append(tuple(work.session.execute(ask).one()))
    with database.unit_of_work(tenant=all_tenants, actor=ACTOR) as work:
        seen.append(tuple(work.session.execute(ask).one()))
    with database.engine.connect() as connection:
        seen.append(tuple(connection.execute(ask).one()))
        with pytest.raises(Exception, match="permission denied"):
            connection.execute(text("SELECT * FROM tenants"))
    database.dispose()
    assert len({pid for pid, _, _ in seen}) == 1, "the pool was to hold one connection"
    assert [(role, tenant) for _, role, tenant in seen] == [
        ("leadmetrics_tenant", str(acme.id)), ("leadmetrics_tenant", str(zenith.id)), ("leadmetrics_platform", ""),
        ("leadmetrics_app", ""),
    ]  # fmt: skip

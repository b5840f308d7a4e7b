"""The database and its unit of work: one transaction, one tenant, one actor.

Nothing else opens a session, and only the edge that opened a unit of work commits it (by leaving it without an error).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session

from leadmetrics_pipelines.domain.people import Actor
from leadmetrics_pipelines.errors import InvalidInput, PassingError
from leadmetrics_pipelines.kit.clock import Clock, SystemClock

# Tables refer to each other across rooms: whoever opens the database needs all of them known.
from leadmetrics_pipelines.storage import models as _all_tables  # noqa: F401
from leadmetrics_pipelines.storage.audit.models import AuditRow
from leadmetrics_pipelines.storage.documents.postgres import PostgresDocumentStore
from leadmetrics_pipelines.storage.documents.store import DocumentStore
from leadmetrics_pipelines.storage.security import APP_ROLE, PLATFORM_ROLE, TENANT_ROLE


class DatabaseUnavailable(PassingError):
    """Postgres does not answer, or does not let us in."""


class Busy(PassingError):
    """Two pieces of work waited for each other, or for too long; nothing of this one is stored."""


class AllTenants:
    """The type of `all_tenants`."""


# Say it by name: work that crosses tenants.
all_tenants: Final = AllTenants()

_DRIVERS = {"postgresql", "postgresql+psycopg"}
# Deadlock, serialization failure, lock not available: Postgres' codes for "try again".
_TRY_AGAIN = {"40P01", "40001", "55P03"}

_VERSION = text("SELECT current_setting('server_version_num')::int / 10000")
_IS_MIGRATED = text("SELECT to_regclass('public.audit_log') IS NOT NULL")
_STANDING = text("""
    SELECT r.rolsuper OR r.rolbypassrls OR pg_has_role(r.oid, c.relowner, 'MEMBER'),
           pg_has_role(r.oid, :tenant_role, 'MEMBER') AND pg_has_role(r.oid, :platform_role, 'MEMBER')
    FROM pg_roles r, pg_class c WHERE r.rolname = session_user AND c.oid = to_regclass('public.audit_log')
""")
# uuidv7() came with 18.
LEAST_VERSION = 18
_ENTER = text("SELECT set_config('role', :role, true), set_config('leadmetrics.tenant', :tenant, true)")


@dataclass
class UnitOfWork:
    """One transaction. Services read and write through `session`; they never commit."""

    session: Session
    actor: Actor
    tenant: UUID | None
    clock: Clock
    documents: DocumentStore
    undo_time: timedelta
    after_commit: list[Callable[[], None]] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """The present instant, UTC."""
        return self.clock.now()

    @property
    def tenant_id(self) -> UUID:
        """The tenant of this work; a mistake in the caller when the work crosses tenants."""
        if self.tenant is None:
            msg = "This use case works in one tenant, but the unit of work crosses all of them."
            raise RuntimeError(msg)
        return self.tenant

    def audit(
        self, action: str, *, subject_kind: str, subject_id: UUID | str, from_state: str | None = None,
        to_state: str | None = None, reason: str = "", detail: dict[str, Any] | None = None,
        tenant_id: UUID | None = None,
    ) -> None:  # fmt: skip
        """Add a row to the audit log, in this transaction."""
        self.session.add(
            AuditRow(
                tenant_id=tenant_id or self.tenant, at=self.now, actor_kind=self.actor.kind, actor_id=self.actor.id,
                actor_name=self.actor.name, route=self.actor.route, action=action, subject_kind=subject_kind,
                subject_id=str(subject_id), from_state=from_state, to_state=to_state, reason=reason,
                detail=detail or {},
            )
        )  # fmt: skip


class Database:
    """One Postgres database, reached as the app's role."""

    def __init__(
        self, url: str, *, clock: Clock | None = None, pool_size: int = 10, undo_seconds: float = 5,
        make_documents: Callable[[Session], DocumentStore] = PostgresDocumentStore,
    ) -> None:  # fmt: skip
        """Nothing is connected yet. `url` starts with `postgresql+psycopg://`; a wrong one raises InvalidInput."""
        self.clock = clock or SystemClock()
        self._make_documents = make_documents
        self.undo_time = timedelta(seconds=undo_seconds)
        self.engine: Engine = create_engine(
            parse_url(url, "LEADMETRICS_DATABASE_URL"), pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=False
        )

    @contextmanager
    def unit_of_work(self, *, tenant: UUID | AllTenants, actor: Actor) -> Iterator[UnitOfWork]:
        """Open a transaction as the tenant's role (or, asked by name, the platform's), and commit it at the end.

        Raises DatabaseUnavailable, or Busy where the same work may succeed in a moment; then nothing is stored.
        """
        tenant_id = _tenant_of(tenant)
        role = PLATFORM_ROLE if tenant_id is None else TENANT_ROLE
        with Session(self.engine, expire_on_commit=False) as session:
            self._enter(session, role, tenant_id)
            work = UnitOfWork(
                session=session,
                actor=actor,
                tenant=tenant_id,
                clock=self.clock,
                documents=self._make_documents(session),
                undo_time=self.undo_time,
            )
            try:
                yield work
                session.commit()
            except OperationalError as error:
                raise _translate(self.engine, error) from error
        for action in work.after_commit:
            action()

    def _enter(self, session: Session, role: str, tenant_id: UUID | None) -> None:
        try:
            # On the connection: a session's own execute takes longer than the statement.
            session.connection().execute(_ENTER, {"role": role, "tenant": str(tenant_id or "")})
        except OperationalError as error:
            raise DatabaseUnavailable(_explain(self.engine, error)) from error

    def check(self) -> None:
        """Raise unless the database answers, is migrated, and row-level security binds us."""
        try:
            with self.engine.connect() as connection:
                version = connection.execute(_VERSION).scalar_one()
                migrated = connection.execute(_IS_MIGRATED).scalar_one()
                roles = {"tenant_role": TENANT_ROLE, "platform_role": PLATFORM_ROLE}
                too_mighty, is_app = connection.execute(_STANDING, roles).one() if migrated else (False, True)
        except OperationalError as error:
            raise DatabaseUnavailable(_explain(self.engine, error)) from error
        if version < LEAST_VERSION:
            msg = f"This is PostgreSQL {version}; at least {LEAST_VERSION} is needed (uuidv7). Upgrade the server."
            raise InvalidInput(msg)
        if not migrated:
            msg = "The database has no tables yet. Run `leadmetrics db migrate`."
            raise InvalidInput(msg)
        if too_mighty or not is_app:
            who = "a superuser or the tables' owner, whom row-level security does not bind"
            msg = (
                f"LEADMETRICS_DATABASE_URL signs in as {who if too_mighty else 'a role that may not work for tenants'}."
                f" Use the role {APP_ROLE}, and give the owner's address as LEADMETRICS_DATABASE_OWNER_URL."
            )
            raise InvalidInput(msg, field="LEADMETRICS_DATABASE_URL")

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def parse_url(url: str, setting: str) -> URL:
    """A Postgres address, or InvalidInput naming the setting and showing what one looks like."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    # Other drivers, and other databases, would fail later and less clearly.
    if parsed is None or parsed.drivername not in _DRIVERS:
        msg = (
            f"{setting} is not an address of a Postgres database. It looks like"
            " postgresql+psycopg://user:password@host:5432/name; leave it empty for embedded Postgres."
        )
        raise InvalidInput(msg, field=setting)
    return parsed.set(drivername="postgresql+psycopg")


def _tenant_of(tenant: object) -> UUID | None:
    if isinstance(tenant, AllTenants):
        return None
    # A tenant that was forgotten somewhere (None) must not come to see all of them.
    if not isinstance(tenant, UUID):
        msg = f"A unit of work is for one tenant's id or for all_tenants, not {tenant!r}."
        raise TypeError(msg)
    return tenant


def _translate(engine: Engine, error: OperationalError) -> PassingError:
    if getattr(error.orig, "sqlstate", None) in _TRY_AGAIN:
        return Busy("Somebody changed the same thing at the same moment, so nothing was stored. Try again.")
    return DatabaseUnavailable(_explain(engine, error))


def _explain(engine: Engine, error: OperationalError) -> str:
    place = engine.url.render_as_string(hide_password=True)
    return (
        f"Postgres at {place} cannot be used: {str(error.orig).strip()}\n"
        "Check LEADMETRICS_DATABASE_URL and that the server runs; leave it empty for embedded Postgres."
    )

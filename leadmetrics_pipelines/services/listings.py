"""Lists and single rows for the JSON API and the command line: newest first, paged by place. Nothing is written.

What the pages of the review app show is in `views/`; here are the plain rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from leadmetrics_pipelines.domain.periods import Health, Month, PeriodStatus, judge_health
from leadmetrics_pipelines.errors import NotFound
from leadmetrics_pipelines.services.views.keysets import Place
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.audit.models import AuditRow
from leadmetrics_pipelines.storage.content.models import ContentRequest, ImageFile, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.deliverables.models import Deliverable, DeliverablePeriod
from leadmetrics_pipelines.storage.sessions.models import ModelCallRow, Session, SessionEvent

T = TypeVar("T")
PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Listing(Generic[T]):
    """Some rows, and the cursor to go on with when there are more."""

    items: tuple[T, ...]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class SessionRecord:
    """A session with its transcript and its model calls, first to last."""

    session: Session
    events: tuple[SessionEvent, ...]
    calls: tuple[ModelCallRow, ...]


@dataclass(frozen=True, kw_only=True)
class PeriodProgress:
    """How one deliverable does in one month. Instants are UTC."""

    id: UUID
    deliverable_id: UUID
    deliverable: str
    kind: str
    month: Month
    status: PeriodStatus
    health: Health
    completed: int
    target: int
    started_at: datetime | None
    completed_at: datetime | None


def list_requests(
    work: UnitOfWork, *, status: str | None = None, period_id: UUID | None = None, after: str | None = None,
    limit: int = PAGE,
) -> Listing[ContentRequest]:  # fmt: skip
    """The tenant's requests."""
    query = select(ContentRequest).where(ContentRequest.tenant_id == work.tenant_id)
    query = query.where(ContentRequest.status == status) if status else query
    query = query.where(ContentRequest.period_id == period_id) if period_id else query
    return _page(work, query, ContentRequest.created_at, ContentRequest.id, after, limit)


def list_posts(
    work: UnitOfWork, *, status: str | None = None, period_id: UUID | None = None, after: str | None = None,
    limit: int = PAGE,
) -> Listing[Post]:  # fmt: skip
    """The tenant's posts."""
    query = select(Post).where(Post.tenant_id == work.tenant_id)
    query = query.where(Post.status == status) if status else query
    query = query.where(Post.period_id == period_id) if period_id else query
    return _page(work, query, Post.created_at, Post.id, after, limit)


def list_activities(
    work: UnitOfWork, *, status: str | None = None, period_id: UUID | None = None, request_id: UUID | None = None,
    after: str | None = None, limit: int = PAGE,
) -> Listing[Activity]:  # fmt: skip
    """The tenant's activities."""
    query = select(Activity).where(Activity.tenant_id == work.tenant_id)
    query = query.where(Activity.status == status) if status else query
    query = query.where(Activity.period_id == period_id) if period_id else query
    query = query.where(Activity.request_id == request_id) if request_id else query
    return _page(work, query, Activity.created_at, Activity.id, after, limit)


def list_audit(
    work: UnitOfWork, *, subject_id: str | None = None, action: str | None = None, after: str | None = None,
    limit: int = PAGE,
) -> Listing[AuditRow]:  # fmt: skip
    """The tenant's audit log."""
    query = select(AuditRow).where(AuditRow.tenant_id == work.tenant_id)
    query = query.where(AuditRow.subject_id == subject_id) if subject_id else query
    query = query.where(AuditRow.action == action) if action else query
    return _page(work, query, AuditRow.at, AuditRow.id, after, limit)


def read_approval(work: UnitOfWork, approval_id: UUID) -> Approval:
    """One approval of the tenant, open or not. Raises NotFound."""
    row = work.session.get(Approval, approval_id)
    if row is None or row.tenant_id != work.tenant_id:
        raise NotFound("There is no such approval in this tenant.")
    return row


def read_image(work: UnitOfWork, digest: str) -> ImageFile:
    """One stored image of the tenant. Raises NotFound."""
    row = work.session.get(ImageFile, (work.tenant_id, digest))
    if row is None:
        raise NotFound("There is no such image in this tenant.")
    return row


def list_sessions(work: UnitOfWork, activity_id: UUID) -> tuple[Session, ...]:
    """The executions of an activity, newest first."""
    query = select(Session).where(Session.tenant_id == work.tenant_id, Session.activity_id == activity_id)
    return tuple(work.session.scalars(query.order_by(Session.started_at.desc(), Session.id.desc())))


def read_session(work: UnitOfWork, session_id: UUID) -> SessionRecord:
    """One execution with all it said and did. Raises NotFound."""
    row = work.session.get(Session, session_id)
    if row is None or row.tenant_id != work.tenant_id:
        raise NotFound("There is no such session in this tenant.")
    events = work.session.scalars(
        select(SessionEvent).where(SessionEvent.session_id == session_id).order_by(SessionEvent.position)
    )
    calls = work.session.scalars(
        select(ModelCallRow).where(ModelCallRow.session_id == session_id).order_by(ModelCallRow.at, ModelCallRow.id)
    )
    return SessionRecord(session=row, events=tuple(events), calls=tuple(calls))


def read_month(work: UnitOfWork, month: Month) -> tuple[PeriodProgress, ...]:
    """The month of each of the tenant's deliverables, oldest deliverable first. Months are calendar months in UTC."""
    query = (
        select(DeliverablePeriod, Deliverable.name, Deliverable.kind)
        .join(Deliverable, Deliverable.id == DeliverablePeriod.deliverable_id)
        .where(DeliverablePeriod.tenant_id == work.tenant_id, DeliverablePeriod.month == month.first_day)
        .order_by(Deliverable.id)
    )
    elapsed = month.elapsed(work.now)
    return tuple(_progress(row.DeliverablePeriod, row.name, row.kind, elapsed) for row in work.session.execute(query))


def _progress(period: DeliverablePeriod, name: str, kind: str, elapsed: float) -> PeriodProgress:
    return PeriodProgress(
        id=period.id, deliverable_id=period.deliverable_id, deliverable=name, kind=kind, month=Month(period.month),
        status=PeriodStatus(period.status), completed=period.completed_count, target=period.target_quantity,
        health=judge_health(completed=period.completed_count, target=period.target_quantity, elapsed=elapsed),
        started_at=period.started_at, completed_at=period.completed_at,
    )  # fmt: skip


def _page(
    work: UnitOfWork, query: Select[T], at: InstrumentedAttribute[datetime], row_id: InstrumentedAttribute[UUID],
    after: str | None, limit: int,
) -> Listing[T]:  # fmt: skip
    if after is not None:
        place = Place.parse(after)
        query = query.where(tuple_(at, row_id) < tuple_(place.at, place.id))
    rows: Sequence[Any] = work.session.scalars(query.order_by(at.desc(), row_id.desc()).limit(limit + 1)).all()
    items = tuple(rows[:limit])
    last = items[-1] if len(rows) > limit else None
    return Listing(items=items, next=None if last is None else str(Place(getattr(last, at.key), last.id)))

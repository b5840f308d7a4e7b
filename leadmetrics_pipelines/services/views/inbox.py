"""The inbox: what waits for a decision, oldest first.

Reads the partial index on open approvals; a page costs the same with ten items or 100,000.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, select, tuple_

from leadmetrics_pipelines.domain.approvals import ApprovalStatus, SubjectKind
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.services.views.counts import Count, count_rows
from leadmetrics_pipelines.services.views.keysets import Place
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.deliverables.models import Deliverable, DeliverablePeriod

# Two screens; more come as one scrolls, and a page that is drawn in full costs its reader each time.
PAGE = 30
# Who asked is offered as a filter from so many of the newest items; all of 100,000 would cost more than the page.
_LOOKED_AT_FOR_CHOICES = 500


# The tenant is said again beside row-level security: it is the first column of the index.
_OPEN_HERE = (Approval.tenant_id == bindparam("tenant"), Approval.status == ApprovalStatus.OPEN)
# Built once: building it for each page costs as much as a statement. Parameters: `tenant`, `most` (rows).
_ROWS = (
    select(
        Approval.id, Approval.subject_kind, Approval.subject_id, Approval.subject_version, Approval.seal,
        Approval.title, Approval.asked_by, Approval.cause, Approval.due_at, Approval.opened_at,
        Channel.name.label("channel_name"), Deliverable.name.label("deliverable_name"), DeliverablePeriod.month,
    )
    .outerjoin(Channel, Channel.id == Approval.channel_id)
    .outerjoin(DeliverablePeriod, DeliverablePeriod.id == Approval.period_id)
    .outerjoin(Deliverable, Deliverable.id == DeliverablePeriod.deliverable_id)
    .where(*_OPEN_HERE)
    .order_by(Approval.opened_at, Approval.id)
    .limit(bindparam("most"))
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class InboxFilter:
    """What to show; None shows all."""

    kind: SubjectKind | None = None
    channel_id: UUID | None = None
    month: Month | None = None
    asked_by: str | None = None

    @property
    def is_on(self) -> bool:
        """Whether anything is left out."""
        return any(part is not None for part in (self.kind, self.channel_id, self.month, self.asked_by))


@dataclass(frozen=True, kw_only=True)
class InboxRow:
    """One open item. Instants are UTC."""

    approval_id: UUID
    subject_kind: SubjectKind
    subject_id: UUID
    subject_version: int
    seal: str
    title: str
    asked_by: str
    cause: str
    channel_name: str | None
    deliverable_name: str | None
    month: Month | None
    due_at: datetime | None
    opened_at: datetime

    @property
    def place(self) -> Place:
        """Where it stands in the inbox."""
        return Place(self.opened_at, self.approval_id)


@dataclass(frozen=True, kw_only=True)
class InboxPage:
    """Some rows, and the place to go on from when there are more."""

    rows: tuple[InboxRow, ...]
    more_after: Place | None


@dataclass(frozen=True, kw_only=True)
class InboxChoices:
    """What one can filter by."""

    channels: tuple[tuple[UUID, str], ...]
    months: tuple[Month, ...]
    askers: tuple[str, ...]


def list_inbox(work: UnitOfWork, wanted: InboxFilter, *, after: Place | None = None, limit: int = PAGE) -> InboxPage:
    """The next rows, oldest first."""
    query = _narrow(_ROWS, wanted)
    if after is not None:
        query = query.where(tuple_(Approval.opened_at, Approval.id) > tuple_(after.at, after.id))
    found = work.session.connection().execute(query, {"tenant": work.tenant_id, "most": limit + 1})
    rows = [_read(row) for row in found]
    more = len(rows) > limit
    rows = rows[:limit]
    return InboxPage(rows=tuple(rows), more_after=rows[-1].place if more else None)


def count_inbox(work: UnitOfWork, wanted: InboxFilter) -> Count:
    """How many items the filter shows, as far as anybody counts."""
    return count_rows(work, _narrow(select(Approval.id).where(*_OPEN_HERE), wanted), tenant=work.tenant_id)


def find_next(work: UnitOfWork, wanted: InboxFilter, after: Place) -> InboxRow | None:
    """The item to open after this one: the next older-to-newer, else the first that is left."""
    found = list_inbox(work, wanted, after=after, limit=1).rows or list_inbox(work, wanted, limit=1).rows
    return found[0] if found else None


def find_rows(work: UnitOfWork, approval_ids: Sequence[UUID]) -> dict[UUID, InboxRow]:
    """Those of the given items that are still open."""
    query = _ROWS.where(Approval.id.in_(approval_ids))
    found = work.session.execute(query, {"tenant": work.tenant_id, "most": len(approval_ids)})
    return {row.id: _read(row) for row in found}


def list_choices(work: UnitOfWork) -> InboxChoices:
    """The values worth filtering by."""
    channels = work.session.execute(select(Channel.id, Channel.name).order_by(Channel.name)).all()
    months = work.session.scalars(
        select(DeliverablePeriod.month).distinct().order_by(DeliverablePeriod.month.desc()).limit(6)
    )
    newest = (
        select(Approval.asked_by)
        .where(Approval.tenant_id == work.tenant_id, Approval.status == ApprovalStatus.OPEN)
        .order_by(Approval.opened_at.desc(), Approval.id.desc())
        .limit(_LOOKED_AT_FOR_CHOICES)
        .subquery()
    )
    askers = work.session.scalars(select(newest.c.asked_by).distinct().order_by(newest.c.asked_by))
    return InboxChoices(
        channels=tuple((row.id, row.name) for row in channels), months=tuple(Month(day) for day in months),
        askers=tuple(askers),
    )  # fmt: skip


def _narrow(query: Select[*tuple[Any, ...]], wanted: InboxFilter) -> Select[*tuple[Any, ...]]:
    if wanted.kind is not None:
        query = query.where(Approval.subject_kind == wanted.kind)
    if wanted.channel_id is not None:
        query = query.where(Approval.channel_id == wanted.channel_id)
    if wanted.asked_by is not None:
        query = query.where(Approval.asked_by == wanted.asked_by)
    if wanted.month is not None:
        periods = select(DeliverablePeriod.id).where(
            DeliverablePeriod.tenant_id == bindparam("tenant"), DeliverablePeriod.month == wanted.month.first_day
        )
        query = query.where(Approval.period_id.in_(periods))
    return query


def _read(row: Row[*tuple[Any, ...]]) -> InboxRow:
    return InboxRow(
        approval_id=row.id, subject_kind=SubjectKind(row.subject_kind), subject_id=row.subject_id,
        subject_version=row.subject_version, seal=row.seal, title=row.title, asked_by=row.asked_by, cause=row.cause,
        channel_name=row.channel_name, deliverable_name=row.deliverable_name,
        month=Month(row.month) if row.month else None, due_at=row.due_at, opened_at=row.opened_at,
    )  # fmt: skip

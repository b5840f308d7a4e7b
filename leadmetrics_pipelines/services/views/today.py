"""Today: what waits for me, what is stuck, how far the month is; and for a new client, the first steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from leadmetrics_pipelines.domain.approvals import ApprovalStatus, SubjectKind
from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.periods import Health, Month, PeriodStatus, judge_health
from leadmetrics_pipelines.services.views.counts import MOST_COUNTED, Count
from leadmetrics_pipelines.services.views.inbox import InboxFilter, InboxRow, list_inbox
from leadmetrics_pipelines.services.views.month_board import StuckWork, read_stuck
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.channels.models import Channel, HoldRow
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.deliverables.models import Deliverable, DeliverablePeriod
from leadmetrics_pipelines.storage.tenants.models import Tenant

SHOWN = 6


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One deliverable this month."""

    period_id: UUID
    name: str
    completed: int
    target: int
    status: PeriodStatus
    health: Health


@dataclass(frozen=True, kw_only=True)
class LivePostLine:
    """A post that went live."""

    id: UUID
    title: str
    url: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class HoldView:
    """A kill switch that is on."""

    id: UUID
    scope: str
    channel_name: str | None
    reason: str
    set_by: str
    set_at: datetime


@dataclass(frozen=True, kw_only=True)
class Today:
    """The day of one tenant."""

    month: Month
    oldest: tuple[InboxRow, ...]
    waiting: tuple[tuple[SubjectKind, Count], ...]
    stuck: tuple[StuckWork, ...]
    progress: tuple[Progress, ...]
    live: tuple[LivePostLine, ...]
    has_channel: bool
    has_deliverable: bool
    has_month: bool


@dataclass(frozen=True, kw_only=True)
class ClientLine:
    """One client on the page of all clients."""

    tenant_id: UUID
    slug: str
    name: str
    waiting: Count
    completed: int
    target: int


def read_today(work: UnitOfWork) -> Today:
    """The home page of a tenant."""
    month = Month.of(work.now)
    progress = _read_progress(work, month)
    return Today(
        month=month, oldest=list_inbox(work, InboxFilter(), limit=SHOWN).rows, waiting=_count_kinds(work),
        stuck=read_stuck(work, SHOWN), progress=progress, live=_read_live(work),
        has_channel=_exists(work, select(Channel.id).where(Channel.status == ChannelStatus.CONNECTED)),
        has_deliverable=_exists(work, select(Deliverable.id).where(Deliverable.is_active)),
        has_month=bool(progress) or _exists(work, select(DeliverablePeriod.id)),
    )  # fmt: skip


def read_holds(work: UnitOfWork) -> tuple[HoldView, ...]:
    """The kill switches that are on and reach this tenant."""
    query = (
        select(HoldRow, Channel.name.label("channel_name"))
        .outerjoin(Channel, Channel.id == HoldRow.channel_id)
        .where(HoldRow.released_at.is_(None))
        .order_by(HoldRow.set_at)
    )
    return tuple(
        HoldView(
            id=row.HoldRow.id, scope=row.HoldRow.scope, channel_name=row.channel_name, reason=row.HoldRow.reason,
            set_by=row.HoldRow.set_by, set_at=row.HoldRow.set_at,
        )
        for row in work.session.execute(query)
    )  # fmt: skip


def read_clients(work: UnitOfWork, tenant_ids: list[UUID]) -> tuple[ClientLine, ...]:
    """Several clients at a glance, in a unit of work across tenants; for exactly the tenants named."""
    open_items = (
        select(Approval.id)
        .where(Approval.tenant_id == Tenant.id, Approval.status == ApprovalStatus.OPEN)
        .limit(MOST_COUNTED + 1)
        .correlate(Tenant)
        .lateral("open_items")
    )
    waiting = select(func.count()).select_from(open_items).correlate(Tenant).scalar_subquery()
    month = Month.of(work.now).first_day
    mine = (DeliverablePeriod.tenant_id == Tenant.id, DeliverablePeriod.month == month)
    completed = select(func.coalesce(func.sum(DeliverablePeriod.completed_count), 0)).where(*mine).scalar_subquery()
    target = select(func.coalesce(func.sum(DeliverablePeriod.target_quantity), 0)).where(*mine).scalar_subquery()
    rows = work.session.execute(
        select(
            Tenant.id,
            Tenant.slug,
            Tenant.name,
            waiting.label("waiting"),
            completed.label("completed"),
            target.label("target"),
        )
        .where(Tenant.id.in_(tenant_ids))
        .order_by(Tenant.name)
    )
    return tuple(
        ClientLine(
            tenant_id=row.id, slug=row.slug, name=row.name, waiting=Count(row.waiting), completed=int(row.completed),
            target=int(row.target),
        )
        for row in rows
    )  # fmt: skip


def _read_progress(work: UnitOfWork, month: Month) -> tuple[Progress, ...]:
    rows = work.session.execute(
        select(DeliverablePeriod, Deliverable.name)
        .join(Deliverable, Deliverable.id == DeliverablePeriod.deliverable_id)
        .where(DeliverablePeriod.tenant_id == work.tenant_id, DeliverablePeriod.month == month.first_day)
        .order_by(Deliverable.id)
    )
    elapsed = month.elapsed(work.now)
    return tuple(
        Progress(
            period_id=period.id, name=name, completed=period.completed_count, target=period.target_quantity,
            status=PeriodStatus(period.status),
            health=judge_health(completed=period.completed_count, target=period.target_quantity, elapsed=elapsed),
        )
        for period, name in rows
    )  # fmt: skip


def _count_kinds(work: UnitOfWork) -> tuple[tuple[SubjectKind, Count], ...]:
    capped = (
        select(Approval.subject_kind)
        .where(Approval.tenant_id == work.tenant_id, Approval.status == ApprovalStatus.OPEN)
        .order_by(Approval.opened_at, Approval.id)
        .limit(1000)
        .subquery()
    )
    rows = work.session.execute(select(capped.c.subject_kind, func.count()).group_by(capped.c.subject_kind)).all()
    counts: dict[str, int] = {kind: int(count) for kind, count in rows}
    return tuple((kind, Count(counts[kind])) for kind in SubjectKind if kind in counts)


def _read_live(work: UnitOfWork) -> tuple[LivePostLine, ...]:
    rows = work.session.scalars(
        select(Post)
        .where(Post.tenant_id == work.tenant_id, Post.status == PostStatus.PUBLISHED)
        .order_by(Post.published_at.desc())
        .limit(SHOWN)
    )
    return tuple(
        LivePostLine(id=row.id, title=row.title, url=row.published_url or "", at=row.published_at or row.status_since)
        for row in rows
    )


def _exists(work: UnitOfWork, query: object) -> bool:
    return bool(work.session.scalar(select(query.exists())))  # type: ignore[attr-defined]

"""How the platform stands: what waits for people, what failed, what is due, what is held, and who is alive.

For the command line and for monitoring. One short statement per question, over all tenants at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.approvals import ApprovalStatus
from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.services.publishing import due_publications
from leadmetrics_pipelines.services.release import ReleaseLimits
from leadmetrics_pipelines.services.work import find_ready_work
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.channels.models import Channel, HoldRow
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.publications.models import Heartbeat
from leadmetrics_pipelines.storage.tenants.models import Tenant


@dataclass(frozen=True, kw_only=True)
class TenantStatus:
    """How one tenant stands. `oldest_wait` is since when the oldest approval is open (UTC)."""

    tenant: str
    waiting: int
    oldest_wait: datetime | None
    failed: int
    blocked: int
    agent_work: int
    publish_failed: int
    due: int
    broken_channels: int


@dataclass(frozen=True, kw_only=True)
class HoldStatus:
    """A kill switch that is on. `tenant` is None for a hold on everything."""

    scope: str
    tenant: str | None
    channel: str | None
    reason: str
    set_by: str
    set_at: datetime


@dataclass(frozen=True, kw_only=True)
class PlatformStatus:
    """Everything an operator asks first. `heartbeats`: when each part of the platform last ran (UTC)."""

    at: datetime
    tenants: tuple[TenantStatus, ...]
    holds: tuple[HoldStatus, ...]
    heartbeats: Mapping[str, datetime]


def read_status(work: UnitOfWork, *, tenant: str | None = None, limits: ReleaseLimits | None = None) -> PlatformStatus:
    """The state of one tenant (by slug), or of all. Needs work that crosses tenants."""
    ready = _summed([(piece.tenant, piece.count) for piece in find_ready_work(work)])
    due = _summed([(piece.tenant, piece.count) for piece in due_publications(work, limits=limits)])
    rows = work.session.execute(_tenants(tenant)).all()
    tenants = tuple(
        TenantStatus(
            tenant=row.slug, waiting=row.waiting, oldest_wait=row.oldest_wait, failed=row.failed, blocked=row.blocked,
            publish_failed=row.publish_failed, broken_channels=row.broken, agent_work=ready.get(row.slug, 0),
            due=due.get(row.slug, 0),
        )
        for row in rows
    )  # fmt: skip
    beats = work.session.execute(select(Heartbeat.name, Heartbeat.at).order_by(Heartbeat.name))
    return PlatformStatus(
        at=work.now, tenants=tenants, holds=_read_holds(work, tenant), heartbeats={beat.name: beat.at for beat in beats}
    )


def _tenants(slug: str | None) -> Any:  # noqa: ANN401 - a select of nine columns
    def count(row_type: type[Any], *conditions: Any) -> Any:  # noqa: ANN401 - columns of any table
        query = select(func.count()).select_from(row_type).where(row_type.tenant_id == Tenant.id, *conditions)
        return query.scalar_subquery()

    opened = Approval.status == ApprovalStatus.OPEN
    oldest = select(func.min(Approval.opened_at)).where(Approval.tenant_id == Tenant.id, opened).scalar_subquery()
    usable = (ChannelStatus.CONNECTED, ChannelStatus.DISCONNECTED, ChannelStatus.PENDING)
    query = (
        select(
            Tenant.slug,
            count(Approval, opened).label("waiting"),
            oldest.label("oldest_wait"),
            count(Activity, Activity.status == ActivityStatus.FAILED).label("failed"),
            count(Activity, Activity.status == ActivityStatus.BLOCKED).label("blocked"),
            count(Post, Post.status == PostStatus.PUBLISH_FAILED).label("publish_failed"),
            count(Channel, Channel.status.not_in(usable)).label("broken"),
        )
        .where(Tenant.is_active)
        .order_by(Tenant.slug)
    )
    return query.where(Tenant.slug == slug) if slug else query


def _read_holds(work: UnitOfWork, slug: str | None) -> tuple[HoldStatus, ...]:
    query = (
        select(HoldRow, Tenant.slug, Channel.name)
        .outerjoin(Tenant, Tenant.id == HoldRow.tenant_id)
        .outerjoin(Channel, Channel.id == HoldRow.channel_id)
        .where(HoldRow.released_at.is_(None))
        .order_by(HoldRow.set_at)
    )
    if slug is not None:
        query = query.where(HoldRow.tenant_id.is_(None) | (Tenant.slug == slug))
    return tuple(
        HoldStatus(
            scope=row.HoldRow.scope, tenant=row.slug, channel=row.name, reason=row.HoldRow.reason,
            set_by=row.HoldRow.set_by, set_at=row.HoldRow.set_at,
        )
        for row in work.session.execute(query)
    )  # fmt: skip


def _summed(pairs: Sequence[tuple[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for name, count in pairs:
        total[name] = total.get(name, 0) + count
    return total
